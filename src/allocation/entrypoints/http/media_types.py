"""Chooses the media type of a response by the Accept header (RFC 9110, 12.5.1)."""

from collections.abc import Sequence

from litestar.datastructures.headers import MediaTypeHeader

from allocation.entrypoints.http.errors import NotAcceptable


def chosen(header: str | None, offered: Sequence[str]) -> str:
    """The media type that the client prefers; of several, the first one.

    For each media type, the most specific range of the header that matches it counts.

    Raises:
        NotAcceptable: the client accepts none of them.
    """
    ranges = [MediaTypeHeader(text) for text in (header or "").split(",") if text.strip()]
    if not ranges:
        return offered[0]
    qualities = [_quality(media_type, ranges) for media_type in offered]
    best = max(qualities)
    if not best:
        raise NotAcceptable(f"Accept allows none of {', '.join(offered)}")
    return offered[qualities.index(best)]


def _quality(media_type: str, ranges: Sequence[MediaTypeHeader]) -> float:
    offered = MediaTypeHeader(media_type)
    matching = [each for each in ranges if offered.match(each)]
    if not matching:
        return 0.0
    most_specific = max(matching, key=_specificity)
    try:
        return min(1.0, max(0.0, float(most_specific.params.get("q", "1"))))
    except ValueError:
        return 1.0


def _specificity(accepted: MediaTypeHeader) -> int:
    if accepted.maintype == "*":
        return 0
    return 1 if accepted.subtype == "*" else 2
