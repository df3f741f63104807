"""NACHA written by an independent writer and read back; what is cut off or changed is noticed."""

import re
from datetime import date

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from parsers import ParsedFile, Stream, parse
from tieout.simulator.writers.nacha import (
    Batch,
    Change,
    Entry,
    Parties,
    Return,
    generate_nacha,
    write_nacha,
)

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking whole files takes minutes
DAY, EFFECTIVE = date(2026, 3, 2), date(2026, 3, 3)
WORDS = st.text("ABCXYZ abc.-1", max_size=22).map(lambda text: " ".join(text.split()))
# No card number starts with 0; one would come back masked.
TRACES = st.integers(0, 10**14 - 1).map(lambda number: f"{number:015d}")
BANKS = st.integers(0, 10**8 - 1).map(lambda number: f"{number:08d}")
NOTICES = st.builds(
    Return,
    reason=st.sampled_from(["R01", "R10", "R29"]),
    first_trace=TRACES,
    first_bank=BANKS,
    text=WORDS,
) | st.builds(
    Change,
    reason=st.sampled_from(["C01", "C05", "C14"]),
    first_trace=TRACES,
    first_bank=BANKS,
    corrected=WORDS,
)


def entries(*, is_international: bool) -> st.SearchStrategy[Entry]:
    parties = st.builds(Parties, receiver=WORDS, originator=WORDS, foreign_trace=TRACES)
    return st.builds(
        Entry,
        code=st.sampled_from([21, 22, 26, 27, 32, 37, 52]),
        cents=st.integers(0, 10**10 - 1),
        sequence=st.integers(0, 10**7 - 1),
        bank=BANKS,
        identification=st.just("")
        if is_international
        else WORDS.map(lambda text: text[:15].strip()),
        name=st.just("") if is_international else WORDS,
        text=WORDS,
        notice=st.none() | NOTICES,
        parties=parties if is_international else st.none(),
    )


def batches(sec: str) -> st.SearchStrategy[Batch]:
    return st.builds(
        Batch,
        entries=st.lists(entries(is_international=sec == "IAT"), max_size=25).map(tuple),
        effective=st.just(EFFECTIVE),
        sec=st.just(sec),
        company_name=st.sampled_from(["COMPANY", "ANOTHER CO"]),
        description=st.sampled_from(["PAYROLL", "REVERSAL"]),
        settlement=st.none() | st.just(63),
    )


FILES = st.lists(st.sampled_from(["PPD", "CCD", "IAT"]).flatmap(batches), min_size=1, max_size=4)


def expected_rows(file: list[Batch]) -> list[tuple[object, ...]]:
    return [row for number, batch in enumerate(file) for row in _rows(number, batch)]


def _rows(number: int, batch: Batch) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for one in batch.entries:
        trace = f"{batch.odfi}{one.sequence:07d}"
        notice, parties = one.notice, one.parties
        is_return = isinstance(notice, Return)
        is_credit = one.code % 10 in (1, 2, 3, 4)
        is_reversal = is_return or batch.description == "REVERSAL"
        kind = "reversal" if is_reversal else "payout" if is_credit else "sale"
        said: list[str] = []
        if notice is not None:
            said = [notice.reason, notice.text if isinstance(notice, Return) else notice.corrected]
        if parties:
            names = [parties.originator, parties.receiver]
        else:
            names = [batch.company_name, one.name]
        text = " ".join(filter(None, [*names, *said]))
        rows.append(
            (
                number,
                one.cents if is_credit else -one.cents,
                kind if one.cents else "adjustment",
                one.cents > 0,
                is_reversal,
                notice.first_trace if notice else trace,
                trace,
                parties.foreign_trace if parties else one.identification or None,
                text or None,
                date(2026, 3, 4) if batch.settlement else EFFECTIVE,
            )
        )
    return rows


def found_rows(parsed: ParsedFile) -> list[tuple[object, ...]]:
    columns = "statement_no amount_minor kind is_booked is_reversal scheme_ref psp_ref"
    return parsed.frame.select(*columns.split(), "merchant_ref", "narrative", "value_date").rows()


class TestRoundTrip:
    """What is written is read, whatever line ends and block size."""

    @given(FILES, st.sampled_from(["\n", "\r\n", "\r", ""]))
    @settings(max_examples=50, deadline=None, phases=PHASES)
    def test_entries_come_back_equal(self, file: list[Batch], ending: str) -> None:
        data = write_nacha(file, created=DAY, ending=ending)

        parsed = parse(data, format="nacha")

        assert parsed.findings == ()
        assert found_rows(parsed) == expected_rows(file)

    @given(FILES, st.integers(1, 2000), st.sampled_from(["\n", ""]))
    @settings(max_examples=12, deadline=None, phases=PHASES)
    def test_blocks_of_any_size_give_the_same_lines(
        self, file: list[Batch], size: int, ending: str
    ) -> None:
        data = write_nacha(file, created=DAY, ending=ending)

        reading = Stream(data, format="nacha", batch_bytes=size)
        rows = [row for batch in reading for row in batch.rows()]
        whole = parse(data, format="nacha")

        assert rows == whole.frame.rows()
        assert reading.outcome.statements == whole.statements
        assert reading.outcome.control_totals == whole.control_totals
        assert reading.outcome.findings == whole.findings

    def test_batches_that_are_cut_by_blocks_keep_their_sums(self) -> None:
        data = generate_nacha(5_000, created=DAY)

        reading = Stream(data, batch_bytes=60_000)
        sizes = [batch.height for batch in reading]

        assert reading.outcome.findings == ()
        assert [one.entries for one in reading.outcome.statements] == [500] * 10
        assert (sum(sizes), len(sizes)) == (5_000, 8)

    def test_byte_ranges_hold_an_entry_and_its_addenda(self) -> None:
        returned = Return("R01", "1" * 15, "23138010")
        data = write_nacha(
            [Batch((Entry(27, 5, 1, notice=returned), Entry(22, 6, 2)), EFFECTIVE)], created=DAY
        )

        ranges = parse(data).frame.select("byte_start", "byte_length").rows()

        lines = data.split(b"\n")
        assert [data[start : start + length] for start, length in ranges] == [
            b"\n".join(lines[2:4]),
            lines[4],
        ]


ORDINARY = write_nacha(
    [
        Batch((Entry(22, 1005, 1, name="JANE DOE"), Entry(27, 20, 2, name="JOHN DOE")), EFFECTIVE),
        Batch(
            (Entry(26, 77, 1, notice=Return("R01", "1" * 15, "23138010", "NO FUNDS")),), EFFECTIVE
        ),
    ],
    created=DAY,
)
"""Ten records, so that nothing fills up the last block."""


class TestDamage:
    """One file whose controls prove its entries."""

    def test_every_truncation_is_noticed(self) -> None:
        whole = len(ORDINARY.rstrip(b"\n"))

        silent = [size for size in range(whole) if not parse(ORDINARY[:size]).findings]

        assert parse(ORDINARY).findings == ()
        assert silent == []

    def test_every_changed_digit_of_an_amount_count_hash_or_total_refuses_the_file(self) -> None:
        fields = {
            rb"(?m)^6.{28}(\d{10})": 3,
            rb"(?m)^8\d{3}(\d{6}\d{10}\d{12}\d{12})": 2,
            rb"(?m)^9(\d{6})\d{6}(?:\d{42})": 1,
            rb"(?m)^9\d{12}(\d{8}\d{10}\d{12}\d{12})": 1,
        }
        found = {field: list(re.finditer(field, ORDINARY)) for field in fields}
        places = [
            place for matches in found.values() for one in matches for place in range(*one.span(1))
        ]

        silent = [
            place
            for place in places
            for digit in (ord("7"), ord("8"))
            if digit != ORDINARY[place]
            and parse(ORDINARY[:place] + bytes([digit]) + ORDINARY[place + 1 :]).accepted
        ]

        assert {field: len(matches) for field, matches in found.items()} == fields
        assert silent == []
