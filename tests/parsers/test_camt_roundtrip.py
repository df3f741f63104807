"""camt: what our writer writes is read back, whole or in blocks; what is cut or changed is noticed.

The writer knows nothing of the reader (tieout/simulator/writers/camt053.py).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import ParsedFile, Stream, parse
from parsers.contract import BATCH_BYTES
from tieout.frames.settlement import empty_lines
from tieout.simulator.writers.camt053 import Detail, Entry, Statement, many_entries, write_camt

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
TEXTS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=("C", "Z")),
    min_size=1,
    max_size=12,
).filter(lambda text: not re.search("[0-9]{12}", text))
AMOUNTS = st.integers(-(10**15), 10**15).filter(bool)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    parts = draw(st.lists(AMOUNTS, min_size=1, max_size=3))
    total = sum(parts) or parts.pop()
    details = tuple(Detail(one, draw(TEXTS), draw(st.just("") | TEXTS)) for one in parts)
    return Entry(
        amount_minor=total,
        booked_on=draw(DAYS),
        reference=draw(TEXTS),
        value_on=draw(st.none() | DAYS),
        status=draw(st.sampled_from(["BOOK", "PDNG", "INFO"])),
        is_reversal=draw(st.booleans()),
        details=details if sum(parts) == total else (),
        text=draw(st.just("") | TEXTS),
    )


STATEMENTS = st.builds(
    Statement,
    account=st.from_regex("[A-Z]{2}[0-9]{2}[A-Z0-9]{5}", fullmatch=True),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    reference=TEXTS,
    day=DAYS,
    opening_minor=AMOUNTS,
    sequence=st.integers(1, 999),
    entries=st.lists(entries(), max_size=6).map(tuple),
)


def written(statements: list[Statement]) -> Iterator[tuple[Any, ...]]:
    """Yield the lines that should be read: an entry, or each of its two or more details."""
    for number, statement in enumerate(statements):
        for entry in statement.entries:
            many = len(entry.details) > 1
            for part in entry.details if many else (entry.details or (None,))[:1]:
                texts = [part.text if part else "", entry.text]
                yield (
                    number,
                    statement.account,
                    statement.currency,
                    part.amount_minor if part and many else entry.amount_minor,
                    entry.status == "BOOK",
                    entry.is_reversal,
                    entry.booked_on,
                    entry.value_on,
                    part.end_to_end_id if part else None,
                    entry.reference,
                    " ".join(filter(None, texts)) or None,
                )


COLUMNS = [
    *("statement_no", "account", "currency", "amount_minor", "is_booked", "is_reversal"),
    *("booking_date", "value_date", "scheme_ref", "merchant_ref", "narrative"),
]


def joined(data: bytes, *, batch_bytes: int = BATCH_BYTES) -> tuple[ParsedFile, pl.DataFrame]:
    stream = Stream(data, batch_bytes=batch_bytes)
    batches = list(stream)
    return stream.outcome, pl.concat(batches) if batches else empty_lines()


class TestRoundTrip:
    """Documents of every message and version."""

    @given(
        st.lists(STATEMENTS, min_size=1, max_size=3),
        st.sampled_from(["camt.052", "camt.053", "camt.054"]),
        st.integers(2, 13),
        st.sampled_from(["", "ns2", "a-longer.prefix_1"]),
    )
    @settings(max_examples=40, deadline=None)
    def test_is_exact(
        self, statements: list[Statement], message: str, version: int, prefix: str
    ) -> None:
        data = write_camt(statements, message=message, version=version, prefix=prefix)

        parsed = parse(data)

        assert [one for one in parsed.findings if one.code != "statement_gap"] == []
        assert parsed.frame.select(COLUMNS).rows() == list(written(statements))
        assert all(one.agrees for one in parsed.control_totals)
        balances = [(one.opening_minor, one.closing_minor) for one in parsed.statements]
        stated = [(one.opening_minor, one.closing_minor) for one in statements]
        assert balances == ([(None, None)] * len(stated) if message == "camt.054" else stated)

    def test_ranges_are_the_entries(self) -> None:
        data = many_entries(50)

        frame = parse(data).frame

        for start, length in frame.select("byte_start", "byte_length").rows():
            assert re.fullmatch(rb"<Ntry>(?:(?!<Ntry>).)*</Ntry>", data[start : start + length])

    def test_blocks_of_any_size_give_the_same(self) -> None:
        day = date(2026, 3, 2)
        booked = [
            Entry(n, day, f"R{n}", details=(Detail(n, f"E{n}", f"T{n}"),)) for n in range(1, 60)
        ]
        some = [
            Statement(f"A{n}", "EUR", f"S{n}", day, entries=tuple(booked[n::5])) for n in range(5)
        ]
        data = write_camt(some)
        whole = parse(data)

        for size in (1400, 18000):
            outcome, frame = joined(data, batch_bytes=size)

            assert frame.equals(whole.frame)
            assert outcome.statements == whole.statements
            assert outcome.control_totals == whole.control_totals


class TestDamage:
    """A file that declares counts, sums, a net and balances."""

    DAY = date(2026, 3, 2)
    WHOLE = Statement(
        "DE89370400440532013000",
        "EUR",
        "S-1",
        DAY,
        opening_minor=123456,
        entries=(
            Entry(5010, DAY, "A", details=(Detail(5010, "PO-A"),)),
            Entry(-725, DAY, "B"),
            Entry(1099, DAY, "C", details=(Detail(1000, "PO-C"), Detail(99, "PO-D"))),
        ),
    )

    def test_every_truncation_is_refused(self) -> None:
        data = write_camt([self.WHOLE]).rstrip()

        accepted = [size for size in range(len(data)) if parse(data[:size]).accepted]

        assert accepted == []

    @pytest.mark.parametrize("version", [2, 8])
    def test_every_digit_of_an_amount_count_or_sum_is_proved(self, version: int) -> None:
        data = write_camt([self.WHOLE], version=version)
        figures = rb'(?:<Amt Ccy="EUR">|<NbOfNtries>|<Sum>|<NbOfTxs>|<TtlNetNtryAmt>)([0-9.]+)<'
        places = [
            place
            for found in re.finditer(figures, data)
            for place in range(*found.span(1))
            if data[place] != ord(".")
        ]
        silent = []

        for place in places:
            changed = bytearray(data)
            changed[place] = ord("7") if data[place] != ord("7") else ord("8")
            if not parse(bytes(changed)).findings:
                silent.append(place)

        assert parse(data).findings == ()
        assert len(places) > 50
        assert silent == []

    def test_a_statement_left_out_is_a_gap(self) -> None:
        first = self.WHOLE
        second = replace(first, reference="S-2", opening_minor=first.closing_minor + 1)

        parsed = parse(write_camt([first, second]))

        assert [one.code for one in parsed.findings] == ["statement_gap"]
