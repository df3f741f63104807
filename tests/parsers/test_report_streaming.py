"""A long report read in pieces says what it says at once: lines, statements, totals, findings."""

from dataclasses import replace

import polars as pl
import pytest

from parsers import ParsedFile, Stream, parse

HEAD = (
    "Merchant Account,Psp Reference,Merchant Reference,Creation Date,TimeZone,Type,Gross Currency,"
    "Gross Debit (GC),Gross Credit (GC),Net Currency,Net Debit (NC),Net Credit (NC),"
    "Commission (NC),Batch Number\n"
)
ROWS = 3_000


def row(number: int, kind: str, gross: str, net: str, batch: int) -> str:
    moment = f"2026-03-{number % 28 + 1:02} 10:00:{number % 60:02}"
    return f"Acme,P{number},PO-{number},{moment},CET,{kind},EUR,,{gross},EUR,,{net},0.10,{batch}\n"


def report(*odd: tuple[int, str]) -> bytes:
    """Return a long report of three batches in which some rows are other ones."""
    rows = [row(one, "Settled", "5.00", "4.90", one // 1_200) for one in range(ROWS)]
    for place, text in odd:
        rows[place] = text
    return (HEAD + "".join(rows)).encode()


def in_pieces(data: bytes) -> ParsedFile:
    stream = Stream(data, batch_bytes=80_000)
    batches = list(stream)
    outcome = stream.outcome
    assert not outcome.accepted or len(batches) > 5
    return replace(outcome, frame=pl.concat(batches)) if outcome.accepted else outcome


class TestLongReports:
    """Three thousand rows in pieces of two hundred."""

    @pytest.mark.parametrize(
        "odd",
        [
            (),
            # Types that nobody knows, nets that differ: told once, counted over all pieces.
            (
                (7, row(7, "Mystery", "5.00", "4.90", 0)),
                (9, row(9, "Settled", "5.00", "4.80", 0)),
                (2_900, row(2_900, "Mystery", "5.00", "4.70", 2)),
                (2_901, row(2_901, "Riddle", "5.00", "4.90", 2)),
            ),
            # Forty amounts that are none, the first in the first piece, and a day in the last.
            (
                *((one * 70, row(one * 70, "Settled", "5.00", "4.9O", 0)) for one in range(40)),
                (2_999, row(2_999, "Settled", "5.00", "4.90", 2).replace("2026-03", "2026-13")),
            ),
            # A cut row: what the rows before it say does not count.
            ((5, row(5, "Settled", "x", "4.90", 0)), (2_950, "Acme,P\n")),
        ],
        ids=["plain", "odd", "unreadable", "cut"],
    )
    def test_in_pieces_are_what_they_are_at_once(self, odd: tuple[tuple[int, str], ...]) -> None:
        data = report(*odd)

        whole, parts = parse(data), in_pieces(data)

        assert parts.frame.equals(whole.frame)
        assert replace(parts, frame=whole.frame) == whole

    def test_list_so_many_rows_and_count_the_others(self) -> None:
        odd = [(one * 70, row(one * 70, "Settled", "5.00", "4.9O", 0)) for one in range(40)]

        found = in_pieces(report(*odd)).refusals

        assert len(found) == 26
        assert found[-1].found == "15 more lines like the ones listed"
