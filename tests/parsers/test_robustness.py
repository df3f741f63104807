"""Damaged and hostile files: cut off, a digit changed, arbitrary bytes, amounts of other grammars.

Bad bytes never raise, and damage is noticed: the file is refused or says what is odd. Where nobody
can notice, the format and the reason stand in a list here. The tests try a part of all offsets and
digits; `python -m tests.fuzz.damage` tries every one.
"""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers import FORMATS, ParsedFile, parse
from tests.fuzz.damage import sample_of
from tests.parsers.test_fixtures import CASES
from tests.support.ipm_files import framed, presentment, refund, write_ipm

DEFECT = "parser_defect"
LAYOUT: dict[str, object] = {
    "kind": {"constant": "sale"},
    "columns": {"amount": "amount", "currency": "currency", "business_date": "date"},
}
NAMES = [name for name in FORMATS if not name.startswith("fixed")]

TAILS = {
    "amex": rb'[",\s]*',
    "bai2": rb"/?\s*",
    "delimited": rb",?0*\s*",  # 2390,00 without its decimals is the same figure
    "mt940": rb"[-}{5:\s]*",
    "nacha": rb"[9\s]*",  # the filling of the last block
    "paypal_stl": rb"[,\s]*",  # fields that nobody fills
}
"""What may be missing at the end without being missed, where it is more than blanks."""

NO_END_MARK = {
    "adyen_accounting": "rows without a trailer: nobody misses one after a cut between two",
    "adyen_settlement": "rows without a trailer: a batch may be paid out in another file",
    "amazon_settlement": "rows without a trailer: nobody misses one after a cut between two",
    "checkout": "rows without a trailer: nobody misses one after a cut between two",
    "mt940": "a file may end after any statement; inside one, the closing balance is missed",
    "paypal_stl": "without RH and FH a file may end after any of its counts",
    "stripe_payout": "rows without a trailer: a payout may have rows in another file",
    "worldpay_emis": "the merchant's reference at the end may be shorter",
    "worldpay_lynk": "the trailer's count is its proof; the time behind it may be shorter",
}
"""Formats in which a cut can go unnoticed, and why."""

NOT_CONTROLLED = {
    "amex": "a fee that is not booked is in no total",
    "camt": "pending entries are in no balance",
    "ofx": "states a closing balance and no opening one",
    "paypal_stl": "event codes are in no total",
    "worldpay_lynk": "the trailer counts transactions, not money",
}
"""Formats in which a changed digit can change money unnoticed, and where."""


def codes(parsed: ParsedFile) -> set[str]:
    return {one.code for one in parsed.findings}


class TestTruncation:
    """Files that stop too early."""

    @pytest.mark.parametrize("name", NAMES)
    def test_is_noticed_wherever_there_is_an_end_mark(self, name: str) -> None:
        sample = sample_of(name)
        size = len(sample.data)
        offsets = sorted({*range(0, size, max(1, size // 16)), *range(max(0, size - 12), size)})

        silent = sample.silent_cuts(offsets)

        harmless = re.compile(TAILS.get(name, rb"\s*"))
        missed = [one for one in silent if not harmless.fullmatch(sample.data[one:])]
        assert missed == [] or name in NO_END_MARK

    def test_of_an_ipm_file_is_always_refused(self) -> None:
        data = write_ipm(framed([presentment(1234), refund(55)]), blocked=False)

        accepted = [size for size in range(len(data) - 4) if parse(data[:size]).accepted]

        assert accepted == []


class TestSingleDigitEdits:
    """One digit changed on the way."""

    @pytest.mark.parametrize("name", [one for one in NAMES if one not in NOT_CONTROLLED])
    def test_never_change_money_unnoticed(self, name: str) -> None:
        sample = sample_of(name)
        digits = sample.digits()

        silent = sample.silent_edits(digits[:: max(1, len(digits) // 24)])

        assert [sample.data[max(0, one - 20) : one + 10] for one in silent] == []

    def test_of_every_amount_and_total_of_an_ipm_file_are_noticed(self) -> None:
        data = write_ipm(
            framed([presentment(111222), refund(333444)]), encoding="latin-1", blocked=False
        )
        fields = [
            match.span()
            for text in (rb"(?<=000000)000000111222", rb"(?<=200000)000000333444")
            for match in re.finditer(text, data)
        ]
        fields += [match.span() for match in re.finditer(rb"(?<=0301016)\d{16}", data)]
        fields += [match.span() for match in re.finditer(rb"(?<=0306008)\d{8}", data)]
        silent = []

        for first, last in fields:
            for place in range(first, last):
                edited = bytearray(data)
                edited[place] = ord("7") if edited[place] != ord("7") else ord("8")
                if parse(bytes(edited)).accepted:
                    silent.append(place)

        assert len(fields) == 4
        assert silent == []


class TestArbitraryBytes:
    """Files that are no files."""

    @given(st.binary(max_size=400))
    @settings(max_examples=20, deadline=None)
    @pytest.mark.parametrize("name", [name for name in NAMES if name != "delimited"])
    def test_never_raise(self, name: str, data: bytes) -> None:
        parsed = parse(data, format=name)

        assert DEFECT not in codes(parsed)

    @given(st.binary(max_size=300))
    @settings(max_examples=50, deadline=None)
    def test_never_raise_as_a_delimited_file(self, data: bytes) -> None:
        parsed = parse(b"amount,currency,date\n" + data, layout=LAYOUT)

        assert DEFECT not in codes(parsed)

    @given(data=st.data())
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_one_changed_byte_never_raises(self, data: st.DataObject) -> None:
        names = [
            one for one in CASES if one.parent.name in NAMES and one.parent.name != "delimited"
        ]
        path = data.draw(st.sampled_from(names))
        content = bytearray(path.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

        parsed = parse(bytes(content), format=path.parent.name)

        assert DEFECT not in codes(parsed)
