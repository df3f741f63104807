"""What trailers and summaries of an issuer detail file declare, against what stands before them."""

from dataclasses import dataclass, field

import numpy as np

from parsers.discover import layout
from parsers.discover.figures import OWN, SETTLED, Charges, Complaints, Figures, read_fields
from parsers.outcome import ControlTotal, Statement
from parsers.statements import Place
from parsers.text_records import Records
from parsers.views import sums_between


@dataclass(slots=True)
class Recap:
    """What one acquirer is settled: its header, and what was seen of it so far."""

    number: int
    texts: dict[str, str]
    batches: int = 0
    charges: int = 0
    gross: int = 0
    converted: int = 0


@dataclass(slots=True)
class Sums:
    """What was seen of one settlement currency."""

    recaps: int = 0
    charges: int = 0
    net: int = 0
    gross: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """A recap trailer as a line."""

    row: int
    recap: Recap
    net: int
    day: str


@dataclass(frozen=True, slots=True)
class Walked:
    """What the trailers of a piece say about its charges: sign and batch of each, and recaps."""

    signs: list[int]
    batches: list[str]
    ends: list[int]
    """The charge behind the last one of each batch."""
    settled: list[Settled]


@dataclass(slots=True)
class Book:
    """The totals of a file, declared and computed, as its pieces come."""

    complaints: Complaints
    header: dict[str, str] = field(default_factory=dict)
    recaps: list[Recap | None] = field(default_factory=lambda: [None])
    """The recap that is open where the piece at hand begins, and those that begin in it."""
    count: int = 0
    batches: int = 0
    charges: int = 0
    sums: dict[str, Sums] = field(default_factory=dict)
    totals: list[ControlTotal] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)

    def open(self, records: Records) -> None:
        """Read the headers of a piece: of the file and of recaps."""
        if records.before == 0 and len(records):
            self.header = read_fields(records, 0, layout.HEADER_FIELDS)
        self.recaps = self.recaps[-1:]
        for row in np.flatnonzero(records.are(layout.RECAP)).tolist():
            self.count += 1
            self.recaps.append(Recap(self.count, read_fields(records, row, layout.RECAP_FIELDS)))

    def walk(self, records: Records, charges: Charges) -> Walked:
        """Hold trailers and summaries of a piece against its charges."""
        walked = Walked([], [], [], [])
        starts = np.flatnonzero(records.are(layout.BATCH))
        ends = np.flatnonzero(records.are(layout.BATCH_END))
        firsts, lasts = (np.searchsorted(charges.rows, one) for one in (starts, ends))
        gross = sums_between(charges.amounts["gross"], firsts, lasts)
        settled = sums_between(charges.amounts["settled_gross"], firsts, lasts)
        numbers = (lasts - firsts).tolist()
        recap, *others = self.recaps
        recaps, batch = iter(others), 0
        for row in np.flatnonzero(~records.are(layout.FILE, layout.BATCH, layout.CHARGE)).tolist():
            code = str(records.record[row])
            if code == layout.RECAP:
                recap = next(recaps)
            elif code == layout.BATCH_END and recap is not None:
                head = read_fields(records, int(starts[batch]), layout.BATCH_FIELDS)
                seen = (numbers[batch], gross[batch], settled[batch])
                sign = self._end_batch(records, row, head, recap, seen)
                walked.signs.append(sign)
                walked.batches.append(f"{recap.texts['recap']}-{head['batch']}")
                walked.ends.append(int(lasts[batch]))
                batch += 1
            elif code == layout.RECAP_END and recap is not None:
                walked.settled.append(self._end_recap(records, row, recap))
            elif code == layout.SUMMARY:
                self._summarise(records, row)
            elif code == layout.FILE_END:
                self._end_file(records, row)
        return walked

    def _end_batch(
        self,
        records: Records,
        row: int,
        head: dict[str, str],
        recap: Recap,
        seen: tuple[int, int, int],
    ) -> int:
        """Read a batch trailer; return the sign of its charges: what an issuer pays is negative."""
        place, texts = records.place(row), read_fields(records, row, layout.BATCH_END_FIELDS)
        figures = Figures(place, texts, self.complaints)
        counts = {one: figures.count(one) for one in ("charges", "credits", "debits")}
        currency = recap.texts["currency"]
        sums = {one: figures.money(one, currency) for one in ("credit_sum", "debit_sum")}
        if texts["recap"] != recap.texts["recap"] or any(
            texts[one] != head[one] for one in ("recap", "batch")
        ):
            self.complaints.refuse(place, "rows_disagree", "batch", texts["batch"])
        is_credit = counts["credits"] > 0
        if is_credit and counts["debits"] > 0:
            self.complaints.refuse(place, "indicator_unknown", "type of charge", texts["batch"])
        number, gross, settled = seen
        name = f"batch {texts['batch']} of recap {texts['recap']}"
        zero = (0, 0)
        credits, debits = ((number, gross), zero) if is_credit else (zero, (number, gross))
        self._compare(place, f"charges of {name}", counts["charges"], number)
        self._compare(place, f"credits of {name}", counts["credits"], credits[0])
        self._compare(place, f"debits of {name}", counts["debits"], debits[0])
        self._compare(place, f"credits in money of {name}", sums["credit_sum"], credits[1])
        self._compare(place, f"debits in money of {name}", sums["debit_sum"], debits[1])
        sign = 1 if is_credit else -1
        recap.batches, recap.charges = recap.batches + 1, recap.charges + number
        recap.gross += sums["debit_sum"] - sums["credit_sum"]
        recap.converted -= settled * sign
        self.batches, self.charges = self.batches + 1, self.charges + number
        return sign

    def _end_recap(self, records: Records, row: int, recap: Recap) -> Settled:
        """Read a recap trailer, add its statement and return what it settles."""
        place, texts = records.place(row), read_fields(records, row, layout.RECAP_END_FIELDS)
        figures = Figures(place, texts, self.complaints)
        own, other = texts["currency"], texts["settlement_currency"]
        amounts = {one: figures.money(one, own) for one in OWN}
        amounts |= {one: figures.money(one, other) for one in SETTLED}
        batches, day = figures.count("batches"), figures.day("settlement_day")
        names = ("parties", "recap", "currency", "settlement_currency", "recap_day")
        if any(texts[one] != recap.texts[one] for one in names):
            self.complaints.refuse(place, "rows_disagree", "recap", texts["recap"])
        for gross, net, commission in (OWN, SETTLED):
            if amounts[net] + amounts[commission] != amounts[gross]:
                what = f"{gross.replace('_', ' ')} of record {place.record}"
                computed = amounts[net] + amounts[commission]
                self.complaints.differs(place, what, amounts[gross], computed)
        name, stated = f"recap {texts['recap']}", amounts["settled_gross"]
        # Every charge is converted and rounded for itself: as many minor units may be missing.
        is_near = abs(recap.converted - stated) <= recap.charges
        self._compare(place, f"batches of {name}", batches, recap.batches)
        self._compare(place, f"gross of {name}", amounts["gross"], recap.gross)
        seen = stated if is_near else recap.converted
        self._compare(place, f"gross settlement of {name}", stated, seen)
        sums = self.sums.setdefault(other, Sums())
        sums.recaps, sums.charges = sums.recaps + 1, sums.charges + recap.charges
        sums.net, sums.gross = sums.net + amounts["settled_net"], sums.gross + stated
        self._add_statement(texts, recap, amounts["settled_net"], day)
        return Settled(row, recap, amounts["settled_net"], day)

    def _add_statement(self, texts: dict[str, str], recap: Recap, net: int, day: str) -> None:
        header = self.header
        reference = f"{header['issuer']}-{header['day']}-{header['number']}-{texts['recap']}"
        self.statements.append(
            Statement(
                account=texts["parties"],
                reference=reference,
                currency=texts["settlement_currency"],
                opening_minor=None,
                closing_minor=None,
                net_minor=-net,
                entries=recap.charges,
                consistent=True,
                closing_date=day,
            )
        )

    def _summarise(self, records: Records, row: int) -> None:
        """Compare the summary of a settlement currency with its recaps."""
        place, texts = records.place(row), read_fields(records, row, layout.SUMMARY_FIELDS)
        figures, currency = Figures(place, texts, self.complaints), texts["settlement_currency"]
        seen, name = self.sums.get(currency, Sums()), f"currency {currency}"
        self._compare(place, f"recaps of {name}", figures.count("recaps"), seen.recaps)
        self._compare(place, f"charges of {name}", figures.count("charges"), seen.charges)
        # Amounts of the summary have no sign; P says that the issuer pays, R that it receives.
        net, gross = (figures.money(one, currency) for one in ("settled_net", "settled_gross"))
        self._compare(place, f"net settlement of {name}", net, abs(seen.net))
        self._compare(place, f"gross settlement of {name}", gross, abs(seen.gross))

    def _end_file(self, records: Records, row: int) -> None:
        """Compare the file trailer with all recaps, batches and charges."""
        place, texts = records.place(row), read_fields(records, row, layout.FILE_END_FIELDS)
        figures = Figures(place, texts, self.complaints)
        seen = {"recaps": self.count, "batches": self.batches, "charges": self.charges}
        for name, computed in seen.items():
            self._compare(place, f"{name} of file", figures.count(name), computed)

    def _compare(self, place: Place, what: str, declared: int, computed: int) -> None:
        agrees = declared == computed
        self.totals.append(ControlTotal(what, str(declared), str(computed), agrees))
        if not agrees:
            self.complaints.differs(place, what, declared, computed)
