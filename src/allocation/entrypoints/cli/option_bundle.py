"""Options that several commands have in common, as the fields of a dataclass."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, Final, TypeVar, get_type_hints

T = TypeVar("T")

BUNDLE: Final = "options"
"""The parameter of a command that has a bundle of options."""


def with_options(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command an option for each field of its parameter `options`, a dataclass."""
    signature = inspect.signature(command)
    bundle = get_type_hints(command)[BUNDLE]
    own = [each for name, each in signature.parameters.items() if name != BUNDLE]
    options = _parameters(bundle)

    @wraps(command)
    def with_bundle(**values: Any) -> T:
        given = bundle(**{option.name: values.pop(option.name) for option in options})
        return command(**values, **{BUNDLE: given})

    decorated: Any = with_bundle
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in [*own, *options]]
    decorated.__signature__ = signature.replace(parameters=parameters)
    decorated.__annotations__ = {each.name: each.annotation for each in parameters}
    return with_bundle


def _parameters(bundle: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(bundle, include_extras=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(each.name, kind, default=each.default, annotation=hints[each.name])
        for each in fields(bundle)
    ]
