"""BAI2 written by an independent writer and read back; what is cut off or changed is noticed."""

import re
from datetime import date, timedelta

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from parsers import ParsedFile, Stream, parse
from tieout.simulator.writers.bai2 import Account, Detail, Group, write_bai2

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking whole files takes minutes
DAY = date(2026, 3, 2)
CREDITS, DEBITS, FEES = (165, 195, 399, 720, 930), (451, 495, 970), (661, 698)
LATER = DAY + timedelta(days=3)
FUNDS = {
    "Z": None,
    "": None,
    "0": DAY,
    "1": None,
    f"V,{LATER:%y%m%d},1200": LATER,
    "V,260101,": DAY,
    "S,1,2,3": None,
    "D,2,0,5,1,7": None,
}
"""Funds type as written → the value date that it gives."""

WORDS = st.text("ABCXYZabc é.:+1", max_size=60).map(lambda text: " ".join(text.split()))
# Too short for a card number, which would come back masked.
REFERENCES = st.text("ABCD1234.-", max_size=11)
DETAILS = st.builds(
    Detail,
    kind=st.sampled_from(CREDITS + DEBITS + FEES),
    amount_minor=st.integers(0, 10**14),
    funds=st.sampled_from(sorted(FUNDS)),
    bank=REFERENCES,
    customer=REFERENCES,
    text=WORDS,
    continued=st.lists(WORDS.filter(bool), max_size=3).map(tuple),
)
ACCOUNTS = st.builds(
    Account,
    number=st.sampled_from(["4005519200", "77"]),
    details=st.lists(DETAILS, max_size=25).map(tuple),
    currency=st.sampled_from(["", "USD", "JPY"]),
    opening_minor=st.none() | st.integers(-(10**9), 10**9),
)
GROUPS = st.lists(
    st.builds(Group, as_of=st.just(DAY), accounts=st.lists(ACCOUNTS, max_size=3).map(tuple)),
    min_size=1,
    max_size=3,
)


def expected_rows(groups: list[Group]) -> list[tuple[object, ...]]:
    accounts = [account for group in groups for account in group.accounts]
    return [
        (
            number,
            account.number,
            account.currency or "USD",
            -one.amount_minor if one.kind in DEBITS + FEES else one.amount_minor,
            FUNDS[one.funds],
            "fee" if one.kind in FEES else "payout",
            one.bank or None,
            one.customer or None,
            " ".join(filter(None, (one.text, *one.continued))) or None,
        )
        for number, account in enumerate(accounts)
        for one in account.details
    ]


def found_rows(parsed: ParsedFile) -> list[tuple[object, ...]]:
    columns = "statement_no account currency amount_minor value_date kind psp_ref merchant_ref"
    return parsed.frame.select(*columns.split(), "narrative").rows()


class TestRoundTrip:
    """What is written is read, whatever line ends and block size."""

    @given(GROUPS, st.sampled_from(["\n", "\r\n", "\r"]))
    @settings(max_examples=50, deadline=None, phases=PHASES)
    def test_details_come_back_equal(self, groups: list[Group], ending: str) -> None:
        data = write_bai2(groups, created=DAY, ending=ending)

        parsed = parse(data, format="bai2")

        assert parsed.refusals == ()
        assert found_rows(parsed) == expected_rows(groups)
        assert all(one.agrees for one in parsed.control_totals)

    @given(GROUPS, st.integers(1, 2000))
    @settings(max_examples=12, deadline=None, phases=PHASES)
    def test_blocks_of_any_size_give_the_same_lines(self, groups: list[Group], size: int) -> None:
        data = write_bai2(groups, created=DAY)

        reading = Stream(data, format="bai2", batch_bytes=size)
        rows = [row for batch in reading for row in batch.rows()]
        whole = parse(data, format="bai2")

        assert rows == whole.frame.rows()
        assert reading.outcome.statements == whole.statements
        assert reading.outcome.control_totals == whole.control_totals
        assert reading.outcome.findings == whole.findings

    def test_a_carriage_return_inside_a_text_cuts_no_block(self) -> None:
        details = (Detail(165, 5, text="BEFORE\r49,5,1/ AFTER"),)
        data = write_bai2([Group(DAY, (Account("9", details),))], created=DAY)

        reading = Stream(data, batch_bytes=1)

        assert [batch["narrative"].to_list() for batch in reading] == [["BEFORE 49,5,1/ AFTER"]]
        assert reading.outcome.accepted

    def test_byte_ranges_hold_a_detail_and_its_continuations(self) -> None:
        details = (Detail(165, 5, text="ONE", continued=("TWO",)), Detail(451, 6))
        data = write_bai2([Group(DAY, (Account("9", details),))], created=DAY, ending="\r\n")

        ranges = parse(data).frame.select("byte_start", "byte_length").rows()

        assert [data[start : start + length] for start, length in ranges] == [
            b"16,165,5,Z,,,ONE/\r\n88,TWO/",
            b"16,451,6,Z,,,/",
        ]


ORDINARY = write_bai2(
    [
        Group(
            DAY,
            (
                Account(
                    "4005519200",
                    (
                        Detail(165, 150_000, "0", "BK-1", "PO-1", "ACH", ("EREF: E2E-1",)),
                        Detail(451, 25_000, "V,260303,1200", "BK-2", "", "WIRE"),
                    ),
                    opening_minor=1_000_000,
                    closing_minor=1_125_000,
                ),
            ),
        )
    ],
    created=DAY,
)


class TestDamage:
    """One report whose trailers prove its records."""

    def test_every_truncation_is_noticed(self) -> None:
        whole = len(ORDINARY.rstrip())

        silent = [size for size in range(whole) if not parse(ORDINARY[:size]).findings]

        assert parse(ORDINARY).findings == ()
        assert silent == []

    def test_every_changed_digit_of_an_amount_count_or_total_refuses_the_file(self) -> None:
        fields = (
            rb"(?m)^16,\d{3},(\d+)",
            rb"010,(\d+)",
            rb"015,(\d+)",
            rb"(?m)^(?:49|98|99),(\d+)",
            rb"(?m)^(?:49|98|99),\d+,(\d+)",
            rb"(?m)^(?:98|99),\d+,\d+,(\d+)",
        )
        places = [
            place
            for field in fields
            for found in re.finditer(field, ORDINARY)
            for place in range(*found.span(1))
        ]

        silent = [
            (place, digit)
            for place in places
            for digit in b"0123456789"
            if digit != ORDINARY[place]
            and parse(ORDINARY[:place] + bytes([digit]) + ORDINARY[place + 1 :]).accepted
        ]

        assert len(places) > 40
        assert silent == []
