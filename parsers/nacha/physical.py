"""Bytes to records of 94 characters, whether or not line ends stand between them."""

import re

import polars as pl

from parsers.nacha.layout import RECORD_CHARACTERS
from parsers.outcome import Findings
from parsers.records import read_lines

_FILE = re.compile(rb"(?:\xef\xbb\xbf)?\s*101.{31}094101", re.DOTALL)
_BATCH = re.compile(rb"\s*5(?:200|220|225|280).{46}[A-Z]{3}.{26}[0-9 ]{8}[0-9]{7}\s*[\r\n678]")
_ENTRY = re.compile(rb"\s*6[2-58][1-9][0-9]{9}.{17}[0-9]{10}.{39}[01][0-9]{15}\s*[\r\n578]")


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with a file header, or is an extract that starts later."""
    head = data[:4096]
    return any(one.match(head) is not None for one in (_FILE, _BATCH, _ENTRY))


def read_records(data: bytes, findings: Findings) -> pl.DataFrame:
    """Return the records: record (its type), text (94 characters), line, byte_start, byte_length.

    Filling lines of nines are left out; a line that holds several records is cut.
    """
    lines = read_lines(data).with_columns(pl.col("text").str.strip_chars_end())
    lines = lines.filter(pl.col("text") != "")
    size = pl.col("text").str.len_chars()
    is_long = size > RECORD_CHARACTERS
    if lines.select(is_long.any()).item():
        # Records without line ends: one line holds them all, and its last one may be stripped.
        _refuse_odd(lines.filter(is_long & (pl.len() > 1)), findings)
        lines = _cut(lines) if lines.height == 1 else lines
    lines = lines.with_columns(
        pl.col("text").str.pad_end(RECORD_CHARACTERS),
        pl.col("text").str.slice(0, 1).alias("record"),
    )
    lines = lines.filter(~pl.col("text").str.contains(r"^9{56,}\s*$"))
    unknown = ~pl.col("record").is_in(["1", "5", "6", "7", "8", "9"])
    for row in lines.filter(unknown).head(20).iter_rows(named=True):
        _refuse(findings, row, "record_unknown", "a record type 1, 5, 6, 7, 8 or 9")
    return lines


def _cut(lines: pl.DataFrame) -> pl.DataFrame:
    start, text = lines["byte_start"][0], lines["text"][0]
    places = range(0, len(text), RECORD_CHARACTERS)
    parts = [text[place : place + RECORD_CHARACTERS] for place in places]
    return pl.DataFrame(
        {
            "text": parts,
            "line": [1] * len(parts),
            "byte_start": [start + place for place in places],
            "byte_length": [len(part) for part in parts],
        },
        schema={
            "text": pl.String,
            "line": pl.Int64,
            "byte_start": pl.Int64,
            "byte_length": pl.Int64,
        },
    )


def _refuse_odd(lines: pl.DataFrame, findings: Findings) -> None:
    for row in lines.head(20).iter_rows(named=True):
        _refuse(findings, row, "record_length", f"{RECORD_CHARACTERS} characters")


def _refuse(findings: Findings, row: dict[str, object], code: str, expected: str) -> None:
    findings.refuse(
        code,
        line=row["line"],
        byte_offset=row["byte_start"],
        found=f"{len(str(row['text']))} characters: {row['text']}",
        expected=expected,
        hint="The file was changed on the way: fetch it again.",
    )
