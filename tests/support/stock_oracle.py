"""What the design says becomes of stock and lines, in plain dictionaries.

Written from the words of the design and of the brief, not from the code: one sku, its
batches and its lines, each by its name.
"""

from dataclasses import dataclass, field
from datetime import date

from allocation.domain.errors import BatchConflict, InvalidSku, LineConflict, UnknownBatch
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event

CONFLICT = "conflict"
UNKNOWN = "unknown"


@dataclass
class BatchFacts:
    """A batch as it was announced, and how many units it holds now."""

    qty: int
    eta: date | None
    held: int


@dataclass
class LineFacts:
    """A line: its place in the order of acceptance, and who promises it since when."""

    qty: int
    position: int
    batchref: str | None = None
    promised: int = 0
    first_date: date | None = None


@dataclass
class Oracle:
    """One sku on one day. Every method answers what a caller must be told."""

    today: date = date.min
    batches: dict[str, BatchFacts] = field(default_factory=dict)
    lines: dict[str, LineFacts] = field(default_factory=dict)
    times_out_of_stock: int = 0
    everybody_knows: bool = False
    _last_promise: int = 0

    def answer(self, message: Event) -> object:
        """Do what the message says."""
        match message:
            case BatchCreated(ref, _, qty, eta):
                return self.add_batch(ref, qty, eta)
            case AllocationRequired(orderid, _, qty):
                return self.allocate(orderid, qty)
            case BatchQuantityChanged(ref, qty):
                return self.change_batch_quantity(ref, qty)
        raise LookupError(message)

    def add_batch(self, ref: str, qty: int, eta: date | None) -> str:
        """Announced again as it was or as it is, a batch is the same; otherwise a conflict."""
        if ref in self.batches:
            batch = self.batches[ref]
            same = (qty, eta) in ((batch.qty, batch.eta), (batch.held, batch.eta))
            return ref if same else CONFLICT
        self.batches[ref] = BatchFacts(qty, eta, held=qty)
        self.everybody_knows = False
        self._serve_the_queue()
        return ref

    def allocate(self, orderid: str, qty: int) -> str | None:
        """Each line is promised from one batch, or waits."""
        if not self.batches:
            return UNKNOWN
        if orderid in self.lines and self.lines[orderid].qty != qty:
            return CONFLICT
        if orderid not in self.lines:
            self.lines[orderid] = LineFacts(qty, position=len(self.lines))
            if not self._serve(self.lines[orderid]) and not self.everybody_knows:
                self._say_out_of_stock()
        return self.lines[orderid].batchref

    def change_batch_quantity(self, ref: str, qty: int) -> list[str] | str:
        """The line promised last loses first; who lost is told."""
        if ref not in self.batches:
            return UNKNOWN
        before = self.batches[ref].held
        if before == qty:
            return []
        self.batches[ref].held = qty
        taken_off = []
        while self.room_of(ref) < 0:
            loser = max(self._on(ref), key=lambda orderid: self.lines[orderid].promised)
            self.lines[loser].batchref = None
            taken_off.append(loser)
        if qty > before:
            self.everybody_knows = False
        unserved = self._serve_the_queue()
        if set(unserved) & set(taken_off):
            self._say_out_of_stock()
        return taken_off

    def allocated(self, ref: str) -> int:
        """The units promised from a batch."""
        return sum(self.lines[orderid].qty for orderid in self._on(ref))

    def room_of(self, ref: str) -> int:
        """The units that a batch can still promise."""
        return self.batches[ref].held - self.allocated(ref)

    def queue(self) -> list[str]:
        """The waiting lines, oldest first."""
        waiting = [orderid for orderid, line in self.lines.items() if line.batchref is None]
        return sorted(waiting, key=lambda orderid: self.lines[orderid].position)

    def _on(self, ref: str) -> list[str]:
        return [orderid for orderid, line in self.lines.items() if line.batchref == ref]

    def _serve_the_queue(self) -> list[str]:
        """Whoever waits, or is promised for a later day than at first, the oldest first.

        Who moves to an earlier day leaves room, so the queue is asked again.
        """
        while chosen := self._who_gains():
            for orderid in chosen:
                self._serve(self.lines[orderid])
        return self.queue()

    def _who_gains(self) -> list[str]:
        rooms = {ref: self.room_of(ref) for ref in self.batches}
        chosen = []
        for orderid, line in sorted(self.lines.items(), key=lambda item: item[1].position):
            ref = self._best(line, rooms)
            if ref is not None:
                rooms[ref] -= line.qty
                chosen.append(orderid)
        return chosen

    def _serve(self, line: LineFacts) -> bool:
        """From what is in stock, then from what comes first, then by name; whole or not."""
        ref = self._best(line, {ref: self.room_of(ref) for ref in self.batches})
        if ref is None:
            return False
        line.batchref = ref
        self._last_promise += 1
        line.promised = self._last_promise
        line.first_date = line.first_date or self._date(ref)
        return True

    def _best(self, line: LineFacts, rooms: dict[str, int]) -> str | None:
        able = [ref for ref in rooms if rooms[ref] >= line.qty]
        if line.batchref is not None:
            now = self._date(line.batchref)
            is_late = line.first_date is not None and now > line.first_date
            able = [ref for ref in able if is_late and self._date(ref) < now]
        return min(able, key=lambda ref: (self.batches[ref].eta or date.min, ref), default=None)

    def _date(self, ref: str) -> date:
        return self.batches[ref].eta or self.today

    def _say_out_of_stock(self) -> None:
        self.everybody_knows = True
        self.times_out_of_stock += 1


def in_the_oracles_words(answer: object) -> object:
    """What a caller was told, or refused, as the oracle says it."""
    match answer:
        case BatchConflict() | LineConflict():
            return CONFLICT
        case InvalidSku() | UnknownBatch():
            return UNKNOWN
        case _:
            return answer
