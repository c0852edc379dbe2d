"""Creating, listing, rotating and revoking access keys over HTTP."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from litestar import Request, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import ResponseHeader, State
from litestar.params import FromPath

from allocation.access.keys import AccessKey
from allocation.access.scopes import Scope
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.app_state import application_of, worker_of
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.dry_runs import refuse_dry_run
from allocation.entrypoints.http.key_bodies import NewKey, Overlap, WithNewKey, WithOverlap
from allocation.entrypoints.http.operations import OF_BODIES, OF_CHANGES, Documented, failing
from allocation.entrypoints.key_details import KeyDetails, details
from allocation.errors import InvalidValue, KeyNameTaken, KeyNotValid, SeveralKeys, UnknownKey

_ADMIN: Final = {ACCESS: Scope.ADMIN}
_NOT_STORED: Final = [ResponseHeader(name="Cache-Control", value="no-store")]


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """All access keys, also revoked and expired ones, oldest first."""

    keys: list[KeyDetails]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedKey(KeyDetails):
    """A new access key. `key` is its text, which no other answer has: only its hash is stored."""

    key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatedKey(CreatedKey):
    """A new access key, and the one that it replaces."""

    replaced: KeyDetails


@get("/", opt=_ADMIN, operation_class=Documented, responses=failing())
async def every_key(request: Request[Any, Any, State]) -> AccessKeys:
    """List all access keys."""
    keys = await sync_to_thread(application_of(request).keys.all)
    return AccessKeys([_details(request, key) for key in keys])


@post(
    "/create",
    opt=_ADMIN,
    operation_class=WithNewKey,
    response_headers=_NOT_STORED,
    responses=failing(*OF_CHANGES, *OF_BODIES, KeyNameTaken),
)
async def create(request: Request[Any, Any, State]) -> CreatedKey:
    """Create an access key; the answer is the only one with its text.

    If the answer is lost, the key is of no use: revoke it, and create another one.
    """
    refuse_dry_run(request)
    form, store = await NewKey.received(request), application_of(request).keys
    expires_at = None if form.lifetime is None else store.clock() + form.lifetime
    sender = caller_of(request.scope).sender
    text, key = await worker_of(request).do(
        partial(store.create, form.name, form.valid_scopes, expires_at, sender)
    )
    return CreatedKey(key=str(text), **details(key, store.clock()))


@post(
    "/{prefix:str}/rotate",
    opt=_ADMIN,
    operation_class=WithOverlap,
    response_headers=_NOT_STORED,
    responses=failing(*OF_CHANGES, *OF_BODIES, UnknownKey, SeveralKeys, KeyNotValid),
)
async def rotate(request: Request[Any, Any, State], prefix: FromPath[str]) -> RotatedKey:
    """Create an access key that replaces another one, named by its prefix or name.

    It has the same name, scopes and lifetime. The replaced key stays valid for the overlap. A name
    never has more than two valid keys.
    """
    refuse_dry_run(request)
    form, store = await Overlap.received(request), application_of(request).keys
    sender = caller_of(request.scope).sender
    rotated = partial(store.rotate, prefix, form.overlap, sender)
    text, new, old = await worker_of(request).do(rotated)
    replaced = _details(request, old)
    return RotatedKey(key=str(text), replaced=replaced, **details(new, store.clock()))


@post(
    "/{prefix:str}/revoke",
    opt=_ADMIN,
    status_code=200,
    operation_class=Documented,
    responses=failing(*OF_CHANGES, InvalidValue, UnknownKey, SeveralKeys),
)
async def revoke(request: Request[Any, Any, State], prefix: FromPath[str]) -> KeyDetails:
    """Revoke an access key, named by its prefix or name; its sessions end with it.

    Every server refuses it within a second. A key that was revoked before stays as it is.
    """
    refuse_dry_run(request)
    sender = caller_of(request.scope).sender
    revoked = partial(application_of(request).keys.revoke, prefix, sender)
    [now_revoked] = await worker_of(request).do(revoked)
    return _details(request, now_revoked)


def _details(request: Request[Any, Any, State], key: AccessKey) -> KeyDetails:
    return KeyDetails(**details(key, application_of(request).keys.clock()))


router: Final = Router(
    "/keys",
    route_handlers=[every_key, create, rotate, revoke],
    tags=["operations"],
)
