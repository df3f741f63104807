"""Fields of delimited bytes: few records are read in another way than many, to the same texts."""

import csv
import io
from typing import Literal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.outcome import Findings
from parsers.table import ReportShape, read_records, read_table
from parsers.tables.few import FEW_BYTES
from parsers.tables.spans import joined

_TEXTS = st.text('ab é,\n"', max_size=5)
_ROWS = st.lists(st.tuples(_TEXTS, _TEXTS, _TEXTS), min_size=1, max_size=12)
_FILLER = ("x" * 80, "y", "z")


def written(rows: list[tuple[str, ...]], quoting: Literal[0, 1], end: str) -> bytes:
    file = io.StringIO()
    csv.writer(file, quoting=quoting, lineterminator=end).writerows([("p", "q", "r"), *rows])
    return file.getvalue().encode()


def cells_of(data: bytes) -> pl.DataFrame:
    findings = Findings()
    table = read_table(data, ReportShape(("p", "q", "r")), findings)
    assert table is not None, findings.kept
    return table.cells


class TestFewRecords:
    """A kilobyte, and the same rows at the head of a long file."""

    @given(
        rows=_ROWS,
        quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        end=st.sampled_from(["\n", "\r\n"]),
    )
    @settings(max_examples=60, deadline=None)
    def test_are_read_as_many_are(
        self, rows: list[tuple[str, ...]], quoting: Literal[0, 1], end: str
    ) -> None:
        few = written(rows, quoting, end)
        many = written([*rows, *[_FILLER] * (FEW_BYTES // 80)], quoting, end)

        found, expected = cells_of(few), cells_of(many).head(len(rows))

        assert len(few) < FEW_BYTES < len(many)
        assert found.fill_null("").equals(expected.fill_null(""))


class TestPieces:
    """Records that are looked for a few bytes at a time."""

    @given(rows=_ROWS, size=st.integers(1, 60))
    @settings(max_examples=60, deadline=None)
    def test_stand_where_they_stand_in_the_whole(
        self, rows: list[tuple[str, ...]], size: int
    ) -> None:
        data, shape = written(rows, csv.QUOTE_MINIMAL, "\n"), ReportShape()

        parts = [one for _, one in read_records(data, shape, Findings(), size=size)]
        whole = [one for _, one in read_records(data, shape, Findings(), size=len(data))]

        found, expected = joined(parts), whole[0]
        assert len(whole) == 1
        for name in ("starts", "ends", "lines", "fields"):
            assert getattr(found, name).tolist() == getattr(expected, name).tolist()
        ends = found.marks[found.firsts + found.fields - 1]
        assert ends.tolist() == expected.ends.tolist()
