"""Writes Visa BASE II files (CTF and ITF) whose header and trailers say what stands in them.

    90 483696 26061 ...      file header
    0500 ... 0501 ... 0505   one draft: TCR 0, 1 and 5
    10 0 ...                 a fee collection
    46 0 ... V2110 ...       a total of VSS-110
    91 ... 92 ...            batch and file trailers

Independent of the parser, so that each proves the other. Positions: docs/formats/visa_baseii.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

RECORD_CHARACTERS = 168
_BATCH_DRAFTS = 1_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A sale, credit, cash, or a chargeback or reversal of one; amounts in minor units.

    `code` is the transaction code, currencies are numeric ISO codes, `day` is the central
    processing date; without one the field stays blank.
    """

    code: str
    source_minor: int
    source_currency: str = "978"
    destination_minor: int = 0
    destination_currency: str = "840"
    card: str = "4111111111111111"
    arn: str = "74836966061000000000017"
    merchant: str = "CORNER SHOP"
    city: str = "PARIS"
    country: str = "FR"
    purchased_on: date = date(2026, 3, 1)
    category: str = "5812"
    usage: str = "1"
    auth_code: str = "A1B2C3"
    day: date | None = date(2026, 3, 1)
    acceptor: str = "MERCHANT0000001"
    terminal: str = "TERM0001"
    purchase: str = "ORDER-1"
    transaction_id: str = "306061000000017"

    def records(self) -> Iterator[str]:
        """Return TCR 0, 1 and 5."""
        day = "" if self.day is None else f"{self.day.year % 10}{self.day.timetuple().tm_yday:03d}"
        amounts = (
            f"{self.destination_minor:012d}{self.destination_currency}"
            f"{self.source_minor:012d}{self.source_currency}"
        )
        place = f"{self.merchant:<25}{self.city:<13}{self.country:<3}{self.category}"
        yield _placed(
            f"{self.code} 0",
            {
                5: f"{self.card:<16}" if len(self.card) <= 16 else self.card,
                **({21: "000"} if len(self.card) <= 16 else {}),
                27: self.arn,
                58: f"{self.purchased_on:%m%d}{amounts}{place}",
                147: self.usage,
                152: self.auth_code,
                164: day,
            },
        )
        names = {81: f"{self.acceptor:<15}{self.terminal:<8}", 133: self.purchase}
        yield _placed(f"{self.code} 1", names)
        authorised = f"{self.source_minor:012d}{self.source_currency}"
        yield _placed(f"{self.code} 5", {5: f"{self.transaction_id:<15}{authorised}"})


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee collection (code 10) or funds disbursement (20)."""

    code: str
    source_minor: int
    source_currency: str = "840"
    destination_minor: int = 0
    destination_currency: str = "840"
    source_bin: str = "400000"
    destination_bin: str = "483696"
    card: str = "4111111111111111"
    text: str = "MEMBERSHIP"
    transaction_id: str = "306061000000018"
    day: date = date(2026, 3, 1)

    def records(self) -> Iterator[str]:
        """Return its one record."""
        yield _placed(
            f"{self.code} 0",
            {
                5: f"{self.destination_bin}{self.source_bin}",
                28: self.card,
                47: f"{self.destination_minor:012d}{self.destination_currency}",
                62: f"{self.source_minor:012d}{self.source_currency}",
                77: self.text[:70],
                148: self.transaction_id,
                164: f"{self.day.year % 10}{self.day.timetuple().tm_yday:03d}",
            },
        )


@dataclass(frozen=True, slots=True)
class Settlement:
    """A total of VSS-110 (TC 46, subgroup 2); `kind` is I, F, C or T, `mode` 1, 2, 3 or 9."""

    credit_minor: int
    debit_minor: int
    kind: str = "T"
    mode: str = "9"
    count: int = 0
    entity: str = "1000012345"
    currency: str = "840"
    settled_on: date = date(2026, 3, 3)
    reported_on: date = date(2026, 3, 2)

    def records(self) -> Iterator[str]:
        """Return its one record."""
        net = self.credit_minor - self.debit_minor
        figures = f"{self.count:015d}{self.credit_minor:015d}{self.debit_minor:015d}"
        days = "".join(
            f"{one.year}{one.timetuple().tm_yday:03d}"
            for one in (self.settled_on, self.reported_on)
        )
        yield _placed(
            "46 0",
            {
                17: self.entity,
                47: f"001{self.currency}",
                53: "N",
                59: "V2110",
                66: days,
                94: f"{self.kind}{self.mode}{figures}{abs(net):015d}{'DB' if net < 0 else 'CR'}",
            },
        )


Transaction = Draft | Fee | Settlement


@dataclass(frozen=True, slots=True)
class CtfFile:
    """What a file says of itself, and how its records are laid down.

    `states_destination` False leaves the sums of destination amounts zero, as files on their
    way to the scheme do. `encoding` is latin-1 or cp037.
    """

    processing_bin: str = "483696"
    day: date = date(2026, 3, 2)
    file_id: str = "001"
    test_option: str = ""
    states_destination: bool = True
    is_itf: bool = False
    encoding: str = "latin-1"
    ending: str = "\r\n"


@dataclass(frozen=True, slots=True)
class _Tally:
    """What a trailer says; the numbers of records and transactions still without itself."""

    monetary: int = 0
    records: int = 0
    transactions: int = 0
    source: int = 0
    destination: int = 0

    def plus(self, other: "_Tally") -> "_Tally":
        return _Tally(
            self.monetary + other.monetary,
            self.records + other.records,
            self.transactions + other.transactions,
            self.source + other.source,
            self.destination + other.destination,
        )


def write_visa_ctf(batches: Sequence[Iterable[Transaction]], file: CtfFile = CtfFile()) -> bytes:
    """Return the bytes of a file with these batches."""
    stamp = f"{file.processing_bin}{file.day:%y}{file.day.timetuple().tm_yday:03d}"
    lines = [_placed("90", {3: stamp, 30: file.test_option, 77: file.file_id})]
    total = _Tally()
    for number, batch in enumerate(batches, 1):
        tally = _Tally()
        for one in batch:
            records = list(one.records())
            lines += records
            tally = tally.plus(_tally(one, len(records)))
        tally = replace(tally, records=tally.records + 1, transactions=tally.transactions + 1)
        lines.append(_trailer("91", stamp, number, tally, file))
        total = total.plus(tally)
    total = replace(total, records=total.records + 1, transactions=total.transactions + 1)
    lines.append(_trailer("92", stamp, len(batches), total, file))
    if file.is_itf:
        lines = [f"{one[:2]}  {one[2:]}" for one in lines]
    return "".join(f"{one}{file.ending}" for one in lines).encode(file.encoding)


def generate_visa_ctf(count: int, file: CtfFile = CtfFile()) -> bytes:
    """Return a file of `count` sales of different cards, amounts and references, for benchmarks.

    Two cards in three are used once; every record is as long and as full as real ones.
    """
    numbers = range(count)
    starts = range(0, count, _BATCH_DRAFTS)
    return write_visa_ctf(
        [map(_sample, numbers[start : start + _BATCH_DRAFTS]) for start in starts], file
    )


def _sample(number: int) -> Draft:
    return Draft(
        "05",
        100 + number * 7919 % 90_000,
        card=f"411111{number * 2 // 3:010d}",
        arn=f"74836966061{number:012d}",
        city=("PARIS", "LYON", "MARSEILLE", "LILLE")[number % 4],
        acceptor=f"MERCHANT{number % 900:07d}",
        purchase=f"ORDER-{number:019d}",
        transaction_id=f"306061{number:09d}",
    )


def _tally(one: Transaction, records: int) -> _Tally:
    if isinstance(one, Settlement):
        return _Tally(records=records, transactions=1)
    return _Tally(1, records, 1, one.source_minor, one.destination_minor)


def _trailer(code: str, stamp: str, batches: int, tally: _Tally, file: CtfFile) -> str:
    destination = tally.destination if file.states_destination else 0
    counts = f"{destination:015d}{tally.monetary:012d}{batches:06d}{tally.records:012d}"
    fields = {5: f"{stamp}{counts}", 75: f"{tally.transactions:09d}", 102: f"{tally.source:015d}"}
    return _placed(code, fields)


def _placed(start: str, fields: dict[int, str]) -> str:
    """Return a record with texts at positions counted from 1, in ascending order."""
    record = start
    for first, text in fields.items():
        record = f"{record:<{first - 1}}{text}"
    return f"{record:<{RECORD_CHARACTERS}}"
