"""CODA, CFONB 120 and CSB43: no digit of money changes, and nothing is cut off, unnoticed."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import FORMATS
from parsers.bank_records import find_minor, gathered
from parsers.contract import Source
from parsers.errors import Refused
from parsers.outcome import Findings
from parsers.singles import FEW
from tests.parsers.test_corpus import CORPUS

FIXTURES = Path(__file__).parent.parent / "fixtures"
OWN = {
    "coda": FIXTURES / "coda" / "ordinary_one_account.cod",
    "cfonb120": FIXTURES / "cfonb120" / "ordinary_one_statement.txt",
    "csb43": FIXTURES / "csb43" / "ordinary_one_account.n43",
}
REAL = {
    "coda": CORPUS / "coda" / "tryton__account_statement_coda" / "tests" / "CODA.txt",
    "cfonb120": CORPUS / "cfonb120/pennylane-hq__cfonb/spec/files/example.txt",
    "csb43": CORPUS / "csb43/OCA__l10n-spain/l10n_es_account_statement_import_n43/tests/test.n43",
}
SHORT = {REAL["cfonb120"]: CORPUS / "cfonb120/silarhi__cfonb-parser/tests/fixtures/simple-test.txt"}
"""One statement: the format has no counts, a file may end after any of its statements."""

MONEY = {
    "coda": {
        "1": [(44, 58)],
        "21": [(33, 47)],
        "8": [(43, 57)],
        "9": [(17, 22), (23, 37), (38, 52)],
    },
    "cfonb120": {"01": [(91, 104)], "04": [(91, 104)], "07": [(91, 104)]},
    "csb43": {
        "11": [(34, 47)],
        "22": [(29, 42)],
        "33": [(21, 25), (26, 39), (40, 44), (45, 58), (60, 73)],
        "88": [(21, 26)],
    },
}
"""Start of a record → positions of its amounts, counts and totals, from the specifications."""

SILENT_IN_REAL_FILES = {
    # The bank did not count its record 24. With 11 instead of 10 the number is right.
    "csb43": [(12, 26, "1")],
}
"""Edits that make a real file agree with itself: (line, column, new digit)."""

corpus = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not (CORPUS / "EXPECTED.json").exists(),
        reason="the shared corpus is not beside this checkout (../shared/corpus)",
    ),
]
FILES = [pytest.param(name, path, id=f"own-{name}") for name, path in OWN.items()]
FILES += [pytest.param(name, path, id=f"real-{name}", marks=corpus) for name, path in REAL.items()]


def said(name: str, data: bytes) -> set[tuple[str, str, str | None]]:
    """Return what a parser finds; without the check of the frame, which costs more than it."""
    findings = Findings()
    source = Source(data, "0" * 64, "", {}, None, b"unkeyed-fingerprints")
    try:
        FORMATS[name].parse(source, findings)
    except Refused as refused:
        findings.add(refused.finding)
    return {(one.code, one.found, one.field) for one in findings.kept}


def edits(name: str, data: bytes) -> Iterator[tuple[int, int, str, bytes]]:
    """Yield (line, column, new character, edited file) for every figure of every record."""
    at = 0
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        spans = (
            span
            for start, found in MONEY[name].items()
            if line.startswith(start.encode())
            for span in found
        )
        for first, last in spans:
            for column in range(first, last + 1):
                place = at + column - 1
                new = changed(chr(data[place]))
                yield number, column, new, data[:place] + new.encode() + data[place + 1 :]
        at += len(line)


def changed(character: str) -> str:
    """Return another digit; of an overpunched one the next letter of its sign."""
    if character.isdigit():
        return str((int(character) + 1) % 10)
    signed = "{ABCDEFGHI" if character in "{ABCDEFGHI" else "}JKLMNOPQR"
    return signed[(signed.index(character) + 1) % 10]


@pytest.mark.parametrize(("name", "path"), FILES)
class TestChanges:
    """Files that somebody changed on the way."""

    def test_of_one_digit_are_noticed(self, name: str, path: Path) -> None:
        data = path.read_bytes()
        before = said(name, data)

        silent = [edit[:3] for edit in edits(name, data) if said(name, edit[3]) <= before]

        expected = SILENT_IN_REAL_FILES.get(name, []) if path == REAL[name] else []
        assert silent == expected

    def test_of_the_length_are_noticed(self, name: str, path: Path) -> None:
        path = SHORT.get(path, path)
        data = path.read_bytes()
        before = said(name, data)

        silent = [
            size
            for size in sizes(path, data)
            if data[size:].strip() and said(name, data[:size]) <= before
        ]

        assert silent == []


def sizes(path: Path, data: bytes) -> Iterable[int]:
    """Return every size of a real file; of ours those around line ends and in the last line."""
    if path not in OWN.values():
        return range(len(data))
    ends = [match.end() for match in re.finditer(b"\n", data)]
    last = range(len(data.rstrip().rpartition(b"\n")[0]), len(data))
    return sorted({size for end in ends for size in (end - 2, end, end + 1)} | set(last))


class TestFigures:
    """Implied decimals to minor units."""

    @pytest.mark.parametrize(
        ("digits", "decimals", "currency", "minor"),
        [
            ("000000000491000", 3, "EUR", 49100),
            ("000000000491001", 3, "EUR", None),
            ("000000000491000", 3, "JPY", 491),
            ("000000000491001", 3, "KWD", 491001),
            ("0000000001", 2, "KWD", 10),
            ("12 4", 2, "EUR", None),
            ("\u0661\u0662", 2, "EUR", None),
            ("100", 2, "XXZ", None),
            ("100", 2, None, None),
        ],
    )
    def test_are_exact_or_absent(
        self, digits: str, decimals: int, currency: str | None, minor: int | None
    ) -> None:
        assert find_minor(digits, decimals, currency) == minor


class TestTexts:
    """Records of text behind their entry."""

    @given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["a", "bb", None])), max_size=30))
    @settings(max_examples=40, deadline=None)
    def test_are_joined_alike_for_a_few_entries_and_for_many(
        self, rows: list[tuple[int, str | None]]
    ) -> None:
        ordered = sorted(rows, key=lambda row: row[0])
        owners = np.array([owner for owner, _ in ordered], dtype=np.int64)
        parts = pl.Series("text", [part for _, part in ordered], dtype=pl.String)

        few, many = (gathered(parts, owners, count).to_list() for count in (10, FEW))

        wanted = [
            " ".join(part for owner, part in ordered if owner == one and part) or None
            for one in range(10)
        ]
        assert few == many[:10] == wanted
