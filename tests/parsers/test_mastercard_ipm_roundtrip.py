"""What the IPM writer writes, the parser reads: made-up days in every container and character set.

The expected lines are computed from the drawn facts, by the rules of docs/formats/mastercard_ipm.md
and not by the parser's code.
"""

import io
from dataclasses import dataclass, replace
from datetime import date

import polars as pl
import pytest
from cardutil.mciipm import IpmReader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers import ParsedFile, Stream, parse
from tests.support import ipm_files
from tieout.references import fingerprint_pan, mask_pan
from tieout.simulator.writers.mastercard_ipm import (
    IpmFile,
    IpmMessage,
    write_mastercard_ipm,
    write_messages,
)
from tieout.simulator.writers.mastercard_ipm_bulk import bulk_ipm

KEY = b"a key of thirty-two bytes or so."
CARDS = ("4111111111111111", "5555555555554444", "5105105105105100", "4222222222222")
CURRENCIES = {"EUR": ("978", 2), "JPY": ("392", 0), "KWD": ("414", 3), "USD": ("840", 2)}
NUMERIC = {
    "sale": ("1240", "000000", "200"),
    "refund": ("1240", "200000", "200"),
    "chargeback": ("1442", "000000", "450"),
    "representment": ("1240", "000000", "205"),
    "fee": ("1740", "190000", "700"),
}
DAY = date(2026, 3, 2)
REPEATED = 8


@dataclass(frozen=True)
class Fact:
    """One message, as a person would say it."""

    kind: str
    amount: int
    currency: str
    card: str
    name: str
    fee: int | None
    is_reversed: bool
    has_chip: bool
    filler: int


facts = st.builds(
    Fact,
    kind=st.sampled_from(list(NUMERIC)),
    amount=st.integers(0, 10**12 - 1),
    currency=st.sampled_from(list(CURRENCIES)),
    card=st.sampled_from(CARDS),
    name=st.text("ABCXYZ0189 .ÉÑß", min_size=1, max_size=60).map(str.strip).filter(bool),
    fee=st.none() | st.integers(0, 10**12 - 1),
    is_reversed=st.booleans(),
    has_chip=st.booleans(),
    filler=st.integers(0, 900),
)


def message(fact: Fact, number: int) -> IpmMessage:
    mti, process, function = NUMERIC[fact.kind]
    numeric, exponent = CURRENCIES[fact.currency]
    elements: dict[int, str | bytes] = {
        **{2: fact.card, 3: process, 4: f"{fact.amount:012d}", 24: function},
        **{31: f"{number:023d}", 43: fact.name, 49: numeric},
    }
    if fact.has_chip:
        elements[55] = bytes(range(256))[number % 200 :]
    private = {148: f"{numeric}{exponent}", 158: f"MCC201000175{DAY:%y%m%d}01"}
    if fact.fee is not None:
        private[146] = f"000001{numeric}{fact.fee:012d}{numeric}{fact.fee:012d}"
    if fact.is_reversed:
        private[25] = "R260228"
    if fact.filler:
        private[1000] = "F" * fact.filler
    return IpmMessage(mti, elements, private)


def expected(fact: Fact, number: int, file: int, *, is_file_reversed: bool) -> tuple[object, ...]:
    """Return the line of a message: kind, signed amount, fee, currency, exponent, references."""
    comes = {"sale": 1, "representment": 1, "refund": -1, "chargeback": -1, "fee": -1}[fact.kind]
    undone = fact.is_reversed != is_file_reversed
    sign = -comes if undone else comes
    kind = fact.kind
    if fact.is_reversed and kind in ("sale", "refund"):
        kind = "reversal"
    fee = None if fact.fee is None else -sign * fact.fee
    _, exponent = CURRENCIES[fact.currency]
    return (
        *(kind, sign * fact.amount, fee, fee, fact.currency, exponent, undone, file),
        *(f"{number:023d}", " ".join(fact.name.split()), DAY, mask_pan(fact.card)),
        fingerprint_pan(fact.card, KEY),
    )


COLUMNS = (
    *("kind", "amount_minor", "fee_minor", "interchange_minor", "currency", "exponent"),
    *("is_reversal", "statement_no", "scheme_ref", "narrative", "business_date", "pan_masked"),
    "pan_fingerprint",
)


def read(data: bytes, encoding: str, batch_bytes: int) -> ParsedFile:
    options = {} if encoding == "latin-1" else {"encoding": encoding}
    stream = Stream(data, options=options, pan_key=KEY, batch_bytes=batch_bytes)
    batches = list(stream)
    return replace(stream.outcome, frame=pl.concat(batches))


class TestRoundTrip:
    """Thousands of messages in every container."""

    @given(
        day=st.lists(st.lists(facts, max_size=12), min_size=1, max_size=3),
        encoding=st.sampled_from(["latin-1", "cp500", "cp037"]),
        is_blocked=st.booleans(),
        reversed_file=st.integers(-1, 2),
        batch_bytes=st.sampled_from([6084, 1 << 20]),
    )
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    def test_gives_back_what_was_written(
        self,
        day: list[list[Fact]],
        encoding: str,
        is_blocked: bool,
        reversed_file: int,
        batch_bytes: int,
    ) -> None:
        files, lines = [], []
        for place, drawn in enumerate(day):
            own = [(fact, number) for number, fact in enumerate(drawn * REPEATED)]
            is_undone = place == reversed_file
            files.append(
                IpmFile(
                    f"001260302{'12345':>011}{place:05d}",
                    [message(*one) for one in own],
                    reversal="R260301" if is_undone else None,
                )
            )
            lines += [expected(*one, place, is_file_reversed=is_undone) for one in own]
        data = write_mastercard_ipm(files, encoding=encoding, is_blocked=is_blocked)

        parsed = read(data, encoding, batch_bytes)

        assert parsed.findings == ()
        assert parsed.records == len(lines) + 2 * len(files)
        assert all(total.agrees for total in parsed.control_totals)
        assert parsed.frame.select(COLUMNS).rows() == lines

    def test_bytes_are_those_of_another_writer(self) -> None:
        theirs = ipm_files.framed([ipm_files.presentment(1234), ipm_files.chargeback(7)])
        ours = [_as_message(one) for one in theirs]

        for encoding in ("latin-1", "cp500", "cp037"):
            for is_blocked in (True, False):
                data = write_messages(ours, encoding=encoding, is_blocked=is_blocked)

                assert data == ipm_files.write_ipm(theirs, encoding=encoding, blocked=is_blocked)


def _as_message(one: ipm_files.Message) -> IpmMessage:
    """Return somebody else's message as ours."""
    widths = {4: 12, 5: 12, 26: 4, 71: 8}
    elements: dict[int, str | bytes] = {}
    for name, value in one.items():
        if name.startswith("DE"):
            number = int(name[2:])
            text = f"{value:%y%m%d%H%M%S}" if number == 12 else str(value)
            elements[number] = text.zfill(widths.get(number, 0))
    private = {int(name[3:]): str(value) for name, value in one.items() if name.startswith("PDS")}
    return IpmMessage(str(one["MTI"]), elements, private)


class TestBulk:
    """The large files of the benchmark."""

    def test_agree_with_another_reader(self) -> None:
        data = bulk_ipm(100)

        theirs = list(IpmReader(io.BytesIO(data), encoding="cp500", blocked=True))[1:-1]
        ours = parse(data).frame

        assert ours["scheme_ref"].to_list() == [one["DE31"] for one in theirs]
        assert ours["amount_minor"].abs().to_list() == [one["DE4"] for one in theirs]
        assert ours["pan_masked"].to_list() == [mask_pan(one["DE2"]) for one in theirs]

    @pytest.mark.parametrize("is_blocked", [True, False])
    def test_give_the_same_lines_in_small_batches(self, is_blocked: bool) -> None:
        data = bulk_ipm(3000, is_blocked=is_blocked)

        whole = parse(data, pan_key=KEY)
        stream = Stream(data, pan_key=KEY, batch_bytes=100_000)
        heights = []
        parts = []
        for batch in stream:
            heights.append(batch.height)
            parts.append(batch)

        assert pl.concat(parts).equals(whole.frame)
        assert max(heights) < 300
        assert stream.outcome.control_totals == whole.control_totals
        assert stream.outcome.statements == whole.statements
