"""The headers of every response that restrict what a browser does with it."""

from collections.abc import Iterable
from typing import Final

Headers = Iterable[tuple[bytes, bytes]]
"""Headers in the form of ASGI."""

CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # the documentation page has its icons in its style sheet
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Pages load only what this service serves, run no inline script, and stand in no frame."""

PERMISSIONS: Final = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=()"
"""No page asks for the devices of its reader."""

SECURITY_HEADERS: Final = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", PERMISSIONS.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
"""Constant headers, in the form of ASGI."""

CACHE_CONTROL: Final = b"cache-control"

NOT_STORED: Final = (CACHE_CONTROL, b"no-store")
"""No cache keeps a response that does not say otherwise: most show data of the business."""


def secured(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers of a response, with the security headers."""
    complete = [*headers, *SECURITY_HEADERS]
    if not any(name.lower() == CACHE_CONTROL for name, _ in complete):
        complete.append(NOT_STORED)
    return complete
