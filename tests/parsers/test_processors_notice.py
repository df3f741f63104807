"""Nothing is lost or changed in silence: cuts and digits of reports that prove themselves.

The ordinary fixture of each format is cut and altered; whatever the file declares about itself must
show it, as a refusal or as a finding. Amazon's and Braintree's files declare no totals: a cut
between two of their rows cannot be seen, and they are not here.
"""

import csv
import io
from collections.abc import Iterator

import pytest

from parsers import parse
from tests.parsers.test_fixtures import FIXTURES

PROVED: dict[str, tuple[str, tuple[str, ...]]] = {
    "adyen_settlement": (
        "ordinary_batch_with_payout.csv",
        ("Gross Credit (GC)", "Net Debit (NC)", "Net Credit (NC)", "Markup (NC)"),
    ),
    "adyen_accounting": (
        "ordinary_steps_of_two_payments.csv",
        ("Payable (SC)", "Markup (SC)", "Scheme Fees (SC)", "Interchange (SC)"),
    ),
    "stripe_payout": ("ordinary_payout.csv", ("gross", "fee", "net")),
    "dlocal_settlement": (
        "ordinary_transfer.csv",
        (
            *("NUMBER_OF_ITEMS", "GROSS_TOTAL_AMOUNT", "FEE_TOTAL_AMOUNT", "NET_TOTAL_AMOUNT"),
            *("GROSS_AMOUNT", "FEE_AMOUNT", "NET_AMOUNT"),
        ),
    ),
    "klarna_settlement": (
        "ordinary_signed_settlement.csv",
        ("total_sale_amount", "total_fee_amount", "total_settlement_amount", "amount"),
    ),
    "trustly_funding": ("ordinary_funding.csv", ()),
    "worldpay_emis": ("ordinary_two_outlets.txt", ()),
}
"""Format → its ordinary fixture, and the columns that it proves; where it has none, see below."""

PLACES: dict[str, dict[str, tuple[int, ...]]] = {
    "trustly_funding": {"I": (15, 22), "F": (5,), "L": (1, 2, 3, 4)},
}
"""Record → places of the fields that are proved, where they have no names."""

CUTS = (
    *("adyen_settlement", "dlocal_settlement", "klarna_settlement"),
    *("trustly_funding", "worldpay_emis"),
)
"""Formats in which a missing end shows: the others may be without the row of the payout."""

STEPS = ("SentForSettle",)
"""Rows that say what will be settled: only the row that settles it counts."""

MOST = 60
"""Digits that are changed per file, evenly over it: a fixed-width file has hundreds of zeros."""

FIXED = {"00": (24, 138), "05": (24, 138), "10": (36, 143), "15": (34, 44)}
"""Record of the fixed-width file → first and last position of the figures that are proved."""


def is_noticed(name: str, data: bytes) -> bool:
    parsed = parse(data, format=name)
    return bool(parsed.findings) or not all(one.agrees for one in parsed.control_totals)


def changed_digits(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield every file that differs in one digit of a figure that the format proves."""
    for start, end in _figures(name, data):
        for place in range(start, end):
            if chr(data[place]).isdigit():
                digit = b"%d" % ((data[place] - 47) % 10)
                text = (
                    data[start:place].decode()
                    + f"[{digit.decode()}]"
                    + data[place + 1 : end].decode()
                )
                yield text, data[:place] + digit + data[place + 1 :]


def _figures(name: str, data: bytes) -> Iterator[tuple[int, int]]:
    names: list[str] = []
    offset = 0
    for line in data.decode().splitlines(keepends=True):
        if name == "worldpay_emis":
            first, last = FIXED.get(line[:2], (1, 0))
            yield offset + first - 1, offset + last
            offset += len(line)
            continue
        fields = next(csv.reader(io.StringIO(line)), [])
        known = PLACES.get(name, {}).get(fields[0] if fields else "", ())
        if not known and fields and set(fields) & set(PROVED[name][1]):
            names = fields
        elif not known and not set(fields) & set(STEPS):
            known = tuple(at for at, one in enumerate(names) if one in PROVED[name][1])
        at = offset
        for place, field in enumerate(fields):
            if place in known:
                yield at, at + len(field)
            at += len(field) + 1
        offset += len(line)


class TestNotice:
    """One report that proves itself."""

    @pytest.mark.parametrize("name", PROVED)
    def test_every_changed_digit(self, name: str) -> None:
        data = (FIXTURES / name / PROVED[name][0]).read_bytes()
        assert not is_noticed(name, data)

        every = list(changed_digits(name, data))
        altered = every[:: 1 + len(every) // MOST]
        silent = [text for text, other in altered if not is_noticed(name, other)]

        assert len(altered) > 20
        assert silent == []

    @pytest.mark.parametrize("name", CUTS)
    def test_every_cut(self, name: str) -> None:
        data = (FIXTURES / name / PROVED[name][0]).read_bytes().rstrip(b"\r\n")
        ends = {at for at in range(len(data)) if data[at : at + 1] == b"\n"}
        sizes = {*range(0, len(data), 29), *ends, *(at + 1 for at in ends)}

        silent = [size for size in sorted(sizes) if not is_noticed(name, data[:size])]

        assert silent == []


class TestLastRows:
    """The end of reports without a trailer."""

    @pytest.mark.parametrize(
        "name",
        ["adyen_accounting", "adyen_settlement", "amazon_settlement", "checkout", "stripe_payout"],
    )
    def test_without_a_line_end_are_told(self, name: str) -> None:
        path = min((FIXTURES / name).glob("ordinary*.csv"))

        parsed = parse(path.read_bytes().rstrip())

        assert parsed.accepted
        assert "end_mark_missing" in {one.code for one in parsed.warnings}
