"""The bodies of requests for access keys."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request
from litestar.openapi.spec import OpenAPIMediaType, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType

from allocation.access.keys import LONGEST_KEY_NAME, LONGEST_OVERLAP
from allocation.access.scopes import Scope
from allocation.entrypoints.http.operations import Documented
from allocation.entrypoints.http.request_bodies import read_as, received, refuse_duplicates
from allocation.entrypoints.http.schemas import NAME
from allocation.entrypoints.key_details import DEFAULT_OVERLAP, LONGEST_LIFETIME
from allocation.errors import InvalidValue

T = TypeVar("T")

LARGEST_BODY: Final = 16 * 1024
"""The maximum size of a body in bytes."""


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The request for a new key; without `expires_in_days`, it never expires."""

    name: str
    scopes: list[str]
    expires_in_days: int | None = None

    @classmethod
    async def received(cls, request: Request[Any, Any, Any]) -> "NewKey":
        """Receive the body of a request.

        Raises:
            InvalidValue: a field has an invalid value.
            InvalidBody: the body is not a JSON object, or a field is missing, unknown or repeated.
            BodyTooLarge: the body is too large.
        """
        return _read(cls, await received(request, LARGEST_BODY))

    @property
    def valid_scopes(self) -> list[Scope]:
        """The scopes.

        Raises:
            InvalidValue: one of them is not a scope.
        """
        for scope in self.scopes:
            if scope not in list(Scope):
                raise InvalidValue("scopes", scope, f"is not one of {', '.join(Scope)}")
        return [Scope(scope) for scope in self.scopes]

    @property
    def lifetime(self) -> timedelta | None:
        """The time after which the key expires; None means never.

        Raises:
            InvalidValue: it is not in the bounds.
        """
        days = self.expires_in_days
        return None if days is None else _days("expires_in_days", days, 1, LONGEST_LIFETIME)


class Overlap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The request to rotate a key: the days for which the replaced key stays valid."""

    overlap_days: int = DEFAULT_OVERLAP.days

    @property
    def overlap(self) -> timedelta:
        """The time for which the replaced key stays valid.

        Raises:
            InvalidValue: it is not in the bounds.
        """
        return _days("overlap_days", self.overlap_days, 0, LONGEST_OVERLAP)

    @classmethod
    async def received(cls, request: Request[Any, Any, Any]) -> "Overlap":
        """Receive the body of a request, which may be empty.

        Raises:
            InvalidValue: a field has an invalid value.
            InvalidBody: the body is not a JSON object, or a field is unknown or repeated.
            BodyTooLarge: the body is too large.
        """
        body = await received(request, LARGEST_BODY)
        return _read(cls, body) if body else cls()


def _days(field: str, days: int, least: int, most: timedelta) -> timedelta:
    if not least <= days <= most.days:
        raise InvalidValue(field, days, f"is not between {least} and {most.days}")
    return timedelta(days=days)


def _read(kind: type[T], body: bytes) -> T:
    form = read_as(kind, body)
    refuse_duplicates(body)
    return form


_NAME: Final = Schema(
    type=OpenAPIType.STRING,
    min_length=1,
    max_length=LONGEST_KEY_NAME,
    pattern=NAME.replace("^", "^(?![0-9a-f]{12}$)", 1),
    description="Names the client; a valid key has this name alone",
)
_NEW_KEY: Final = Schema(
    title="NewKey",
    type=OpenAPIType.OBJECT,
    properties={
        "name": _NAME,
        "scopes": Schema(
            type=OpenAPIType.ARRAY,
            items=Schema(type=OpenAPIType.STRING, enum=[*Scope]),
            min_items=1,
            max_items=100,
        ),
        "expires_in_days": Schema(
            one_of=[
                Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=LONGEST_LIFETIME.days),
                Schema(type=OpenAPIType.NULL),
            ],
            description="Without it, the key never expires",
        ),
    },
    required=["name", "scopes"],
    additional_properties=False,
    examples=[{"name": "shop", "scopes": ["orders"], "expires_in_days": 90}],
)
_OVERLAP: Final = Schema(
    title="Overlap",
    type=OpenAPIType.OBJECT,
    properties={
        "overlap_days": Schema(
            type=OpenAPIType.INTEGER,
            minimum=0,
            maximum=LONGEST_OVERLAP.days,
            default=DEFAULT_OVERLAP.days,
            description="The days for which the replaced key stays valid",
        ),
    },
    additional_properties=False,
    examples=[{"overlap_days": DEFAULT_OVERLAP.days}],
)


@dataclass
class WithNewKey(Documented):
    """An operation whose body is a `NewKey`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        content = {"application/json": OpenAPIMediaType(_NEW_KEY)}
        self.request_body = RequestBody(content=content, required=True)


@dataclass
class WithOverlap(Documented):
    """An operation whose body, if there is one, is an `Overlap`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        content = {"application/json": OpenAPIMediaType(_OVERLAP)}
        self.request_body = RequestBody(content=content, required=False)
