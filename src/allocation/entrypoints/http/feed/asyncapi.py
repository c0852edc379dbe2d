"""`/asyncapi.json`: the feed described for programs, derived from the registry."""

from importlib.metadata import version
from inspect import getdoc
from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.datastructures import State

from allocation.access.scopes import Scope
from allocation.bootstrap import MessageType, Registry
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.app_state import application_of
from allocation.entrypoints.http.feed.cloud_events import CloudEvent

MEDIA_TYPE: Final = "application/vnd.aai.asyncapi+json"

_DESCRIPTION: Final = (
    "Every message of the log once, as it was accepted, in an order that never changes. The "
    "messages of one product are in the order in which they took effect. The parameters are in "
    "/openapi.json."
)
_CHANNEL: Final = "events"


@get("/asyncapi.json", include_in_schema=False, media_type=MEDIA_TYPE, opt={ACCESS: Scope.READ})
async def asyncapi(request: Request[Any, Any, State]) -> bytes:
    """The document at the path where programs expect it."""
    return msgspec.json.encode(document(application_of(request).registry))


def document(registry: Registry) -> dict[str, Any]:
    """The AsyncAPI document (3.0) of a feed with the messages of this registry."""
    entries = sorted(registry.entries, key=lambda entry: entry.name)
    kinds = [CloudEvent, *(entry.type for entry in entries)]
    (envelope, *bodies), schemas = msgspec.json.schema_components(
        kinds, ref_template="#/components/schemas/{name}"
    )
    of_channel = {e.name: {"$ref": f"#/components/messages/{e.name}"} for e in entries}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "allocation",
            "version": version("allocation"),
            "description": _DESCRIPTION,
        },
        "defaultContentType": "application/json",
        "channels": {
            _CHANNEL: {
                "address": "/events",
                "description": "The feed, as JSON or as server-sent events.",
                "messages": of_channel,
            }
        },
        "operations": {
            "sendEvents": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{_CHANNEL}"},
                "summary": "The service sends the events to those who follow the feed.",
                "bindings": {"http": {"method": "GET", "bindingVersion": "0.3.0"}},
            }
        },
        "components": {
            "messages": {
                entry.name: _message(entry, envelope, body)
                for entry, body in zip(entries, bodies, strict=True)
            },
            "schemas": schemas,
        },
    }


def _message(
    entry: MessageType[Any], envelope: dict[str, Any], body: dict[str, Any]
) -> dict[str, Any]:
    """A message: an event whose type is that of the entry, and whose data is its message."""
    properties = {"type": {"const": entry.name}, "data": body}
    return {
        "name": entry.name,
        "title": entry.name,
        "summary": (getdoc(entry.type) or entry.name).partition("\n\n")[0],
        "payload": {"allOf": [envelope, {"type": "object", "properties": properties}]},
    }
