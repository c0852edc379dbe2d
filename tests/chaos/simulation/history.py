"""The observations of a history, and its records for the audit that real runs have, too."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from allocation.adapters.codec import Codec
from allocation.domain.errors import Refusal
from allocation.messaging.log import Answer
from allocation.service_layer.messagebus import REGISTRY
from tests.chaos.audit import Records, audit
from tests.chaos.audit.model import differences_from_model
from tests.chaos.audit.model_stock import InMemory
from tests.chaos.audit.oracle import differences_from_oracle
from tests.chaos.observations import Call, Observations, Repeat
from tests.chaos.simulation.places import Place
from tests.chaos.workload import Operation
from tests.support.clients import HttpAnswer

DONE, REFUSED = 200, 400

CODEC = Codec(REGISTRY)


class History:
    """The answers that the callers were given, and those that came too early."""

    def __init__(self, place: Place, today: date) -> None:
        self._observations = Observations()
        self._wrong_answers: list[str] = []
        self._place = place
        self._today = today
        self._calls: dict[str, Call] = {}

    def is_answered(self, key: str) -> bool:
        """Whether the caller with this key knows the outcome."""
        return key in self._calls

    def note(self, operation: Operation, answer: Answer, *, complete: bool) -> None:
        """Write the answer down; it must be on disk, and `complete`: with all its follow-ups."""
        key, shown = operation.request.key, _shown(answer)
        if key in self._calls:
            self._observations.repeats.append(Repeat(self._calls[key], shown))
        else:
            simulated = replace(operation, expected=frozenset({DONE, REFUSED}))
            self._calls[key] = Call(key, simulated, shown)
            self._observations.calls.append(self._calls[key])
        rows = {row["id"]: row for row in self._place.messages(key)}
        refusal = answer.error and CODEC.encode_refusal(answer.error)
        if key not in rows:
            self._wrong_answers.append(f"{key} was answered, and is not on disk")
        elif refusal != rows[key]["refusal"]:
            self._wrong_answers.append(f"{key} was answered with {answer}, on disk is {rows[key]}")
        elif complete and any(row["status"] == "pending" for row in rows.values()):
            self._wrong_answers.append(f"{key} was answered before its follow-ups were done")

    def findings(
        self, operations: Sequence[Operation], mails: Sequence[str], *, plain: bool
    ) -> list[str]:
        """Everything that is wrong; `plain` histories are compared with the models, too."""
        unanswered = [o for o in operations if not self.is_answered(o.request.key)]
        self._observations.unanswered = unanswered
        ledger = self._place.ledger()
        records = Records(
            ledger,
            self._observations,
            mails,
            self._wrong_answers,
            answer_by_log=lambda entry: entry.result,
            discrepancies=self._place.discrepancies(),
        )
        findings = [f"{kind}: {text}" for kind, texts in audit(records).items() for text in texts]
        if plain:
            findings += differences_from_oracle(records, self._today)
            findings += differences_from_model(records, InMemory(self._today))
        return findings


def _shown(answer: Answer) -> HttpAnswer:
    if isinstance(answer.error, Refusal):
        return HttpAnswer(REFUSED, str(answer.error))
    results = CODEC.decode_results(CODEC.encode_results(answer.results))
    return HttpAnswer(DONE, results[0] if results else None)
