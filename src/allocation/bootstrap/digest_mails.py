"""Mails about the facts of a digest."""

from collections.abc import Callable
from typing import Any

from allocation.adapters.email import Content, Mailer
from allocation.messaging.deliveries import Delivery, DeliveryHandler
from allocation.messaging.digests import Digest
from allocation.messaging.errors import DeliverySkipped
from allocation.service_layer.notifications import Notification
from allocation.views.news import FactRange, NewsViews


class DigestMails:
    """Sends one mail about the digests of an audience and a cause, made from the facts."""

    def __init__(self, mailer: Mailer, views: NewsViews) -> None:
        self._mailer = mailer
        self._views = views

    def handler(self, write: Callable[[Any, Any], object]) -> DeliveryHandler:
        """The delivery handler of digests.

        The function `(digest, news)` writes a `Notification`, or returns None if nothing of the
        news is true any more.
        """

        def deliver(digest: Digest, delivery: Delivery) -> None:
            others: list[Any] = [other.message for other in delivery.others]
            ranges = [FactRange(d.chain, d.first, d.last, d.counts) for d in (digest, *others)]
            written = write(digest, self._views.news(ranges, digest.title))
            if not isinstance(written, Notification):
                raise DeliverySkipped("nothing of it is true any more")
            self._mailer.send(digest.audience, Content(*written), delivery)

        return deliver
