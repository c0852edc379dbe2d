"""What schemathesis is told of the service: what lines are, and which refusals are no faults.

What a schema cannot say is excepted by the name of its code, or, of an invalid value, by its field
and message, and by nothing else.
"""

import json
from typing import Any, Final

import schemathesis

OF_STATE: Final = {
    "invalid_sku": 400,  # as the chapter prints it: the line is right, and no product has the sku
    "id_reused": 422,  # the key is right, and was that of another message
}
"""Refusals of requests that are as the document asks for: what is on record does not allow them."""

OF_VALUES: Final = {
    "new_ref": "must differ from",  # the other reference
    "after": "is not a cursor",  # what a cursor is made of is nobody's business
    "Last-Event-ID": "is not a cursor",
    "type": "is not a type of event",  # the types are in another document
}
"""Fields with a part of the message for values that no schema can forbid."""


@schemathesis.serializer("application/x-ndjson")
def text_as_lines(_context: Any, value: Any) -> Any:
    """Many messages as they are sent: their schema is that of a text."""
    return {"data": value if isinstance(value, bytes) else str(value).encode()}


@schemathesis.deserializer("application/x-ndjson")
def lines_as_text(_context: Any, response: Any) -> str:
    """The answers to them."""
    return "\n".join(json.dumps(line) for line in lines_of(response))


@schemathesis.hook
def filter_failure(_context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure is one."""
    kind = type(failure).__name__
    if kind == "RejectedPositiveData":
        error = response.json()
        reason = OF_VALUES.get(error.get("field"))
        is_excepted = reason is not None and reason in error["message"]
        return not is_excepted and OF_STATE.get(error.get("code")) != int(response.status_code)
    if kind == "AcceptedNegativeData" and case.operation.label == "POST /messages":
        # Each line is refused in its own answer; that of the whole is only that it was read.
        return any(line["status"] != 400 for line in lines_of(response))
    return True


def lines_of(response: Any) -> list[Any]:
    """The answers to many messages."""
    return [json.loads(line) for line in response.content.splitlines()]
