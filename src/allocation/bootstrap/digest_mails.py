"""Mails about the facts of a digest."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from allocation.adapters.email import Mailer
from allocation.messaging.deliveries import Delivery, DeliveryHandler
from allocation.messaging.digests import Digest
from allocation.messaging.errors import DeliverySkipped, RegistryError
from allocation.messaging.registry import Registry
from allocation.views.news import FactRange, NewsViews

NOTHING_TO_TELL: Final = "nothing of it is true any more"
"""The reason why a mail is skipped, such as that each promise is the same again."""


class DigestMails:
    """Sends one mail about the digests of an audience and a cause, made from the facts.

    Raises:
        RegistryError: an audience has no recipients in the settings, not even an empty list.
    """

    def __init__(self, mailer: Mailer, views: NewsViews, registry: Registry) -> None:
        for name in set(registry.audiences.values()) - mailer.audiences:
            raise RegistryError(f"no setting names the recipients of the audience {name!r}")
        self._mailer = mailer
        self._views = views

    def handler(self, write: Callable[[Any, Any], Any]) -> DeliveryHandler:
        """The delivery handler of digests.

        The function `(digest, news)` writes a `Notification`, or returns None if nothing of the
        news is true any more.
        """

        def deliver(digest: Digest, delivery: Delivery) -> None:
            others: list[Any] = [other.message for other in delivery.others]
            digests = [digest, *others]
            ranges = [FactRange(*facts) for each in digests for facts in each.facts]
            counts = sum((Counter(each.counts) for each in digests), Counter[str]())
            written = write(digest, self._views.news(ranges, counts, digest.title))
            if written is None:
                raise DeliverySkipped(NOTHING_TO_TELL)
            self._mailer.send(digest.audience, written, delivery)

        return deliver
