"""How an amount may be written: every format answers every spelling, and no answer is a guess.

Amounts are ASCII digits by the format's own grammar. A spelling is either read as what it plainly
says, or the file is refused; the table says which. Totals are let pass here, so that the answer is
the grammar's and not a sum's.
"""

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from parsers import ParsedFile, parse
from tests.fuzz.seeds import FIXTURES

REFUSED = None
SPELLINGS = (
    "1e3",
    "+1",
    "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}",
    "1_000",
    "-",
    "-0",
    "\N{MINUS SIGN}1",
    "0x10",
    "NaN",
    "inf",
    "(1)",
    "1-",
    "1 0",
    "1'000",
    "1.0.0",
    ".5",
    "5.",
    ".",
)
PLACES: dict[str, tuple[str, bytes, int]] = {
    "adyen_settlement": ("ordinary_batch_with_payout.csv", b"49.10", 0),
    "bai2": ("ordinary_two_accounts.bai", b"150000", 0),
    "camt": ("ordinary_one_account.xml", b"250.50", 0),
    "cfonb120": ("ordinary_one_statement.txt", b"0000000000491{", 14),
    "checkout": ("ordinary_payout.csv", b"48.5", 0),
    "coda": ("ordinary_one_account.cod", b"000000000049100", 15),
    "csb43": ("ordinary_one_account.n43", b"00000000004910", 14),
    "delimited": ("ordinary_batch.csv", b"1.190,00", 0),
    "mt940": ("ordinary_two_statements.sta", b"250,50", 0),
    "nacha": ("ordinary_entries_return_and_change.ach", b"0000012345", 10),
    "ofx": ("ordinary_sgml_two_entries.ofx", b"100.00", 0),
    "paypal_stl": ("ordinary_section_with_balances.csv", b"5000", 0),
    "stripe_payout": ("ordinary_payout.csv", b"50.00", 0),
    "visa_baseii": ("ordinary_two_batches.ctf", b"000000012345978", 12),
}
"""Format → fixture, an amount in it, and how wide its field is where width is fixed."""

READ: Mapping[tuple[str, str], int] = {
    ("adyen_settlement", "-0"): 0,
    ("bai2", "+1"): 1,  # a signed field by the standard
    ("bai2", "-0"): 0,
    ("camt", "+1"): 100,  # xs:decimal has a plus sign
    ("camt", "-0"): 0,
    ("camt", ".5"): 50,  # xs:decimal needs digits on one side of the point only
    ("camt", "5."): 500,
    ("adyen_settlement", ".5"): 0,  # read; its net, which is no amount of the line, differs
    ("checkout", "-0"): 0,
    ("checkout", ".5"): 0,
    ("mt940", ".5"): 50,  # many banks write a point, and digits on one side of it only
    ("mt940", "5."): 500,
    ("ofx", ".5"): 50,
    ("ofx", "5."): 500,
    ("stripe_payout", ".5"): 50,
    ("delimited", "-0"): 0,
    ("ofx", "+1"): 100,  # its amounts may be signed
    ("ofx", "-0"): 0,
    ("paypal_stl", "-0"): 0,
    ("stripe_payout", "-0"): 0,
}
"""What is read, in minor units; everything else is refused."""


def spelled(name: str, text: str) -> tuple[ParsedFile, list[int]]:
    """Return the file with one amount written so, and its amounts that have changed."""
    file, old, width = PLACES[name]
    path = FIXTURES / name / file
    layout = path.with_suffix(".layout.toml")
    rules: dict[str, Any] | None = None
    if layout.exists():
        rules = tomllib.loads(layout.read_text("utf-8"))["layout"]
    data = path.read_bytes()
    assert old in data
    new = text.rjust(width, "0").encode() + (old[width:] if width else b"")
    pass_totals = {"control_total_differs": "warn", "message_number": "warn"}
    before = parse(data, format=name, layout=rules).frame["amount_minor"].to_list()
    parsed = parse(data.replace(old, new, 1), format=name, layout=rules, controls=pass_totals)
    after = parsed.frame["amount_minor"].to_list()
    return parsed, [one for one, other in zip(after, before, strict=False) if one != other]


@pytest.mark.parametrize("name", list(PLACES))
class TestSpellings:
    """One amount of an ordinary file, written in another way."""

    def test_have_one_answer_each(self, name: str) -> None:
        answers = {}
        for text in SPELLINGS:
            parsed, changed = spelled(name, text)
            answers[text] = (changed or [0])[0] if parsed.accepted else REFUSED

        assert answers == {text: READ.get((name, text), REFUSED) for text in SPELLINGS}

    def test_of_digits_are_read(self, name: str) -> None:
        width = PLACES[name][2]
        old = PLACES[name][1].decode()[: width or None]

        parsed, changed = spelled(name, old)

        assert parsed.accepted
        assert changed == []
