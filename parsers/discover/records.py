"""Bytes to records: fixed distances or lines, in the order that the format allows."""

import polars as pl

from parsers.discover import layout
from parsers.outcome import Findings
from parsers.records import read_lines

_HINT = "Fetch the file again; if it stays so, ask the sender."
_SHOWN = 20


def read_records(data: bytes, findings: Findings) -> pl.DataFrame:
    """Return the records: text, code, line, byte_start, byte_length, recap_no and batch_no.

    recap_no and batch_no count from 1 in the file; records before the first have 0.
    """
    records = _cut(data)
    records = records.filter(pl.col("text").str.strip_chars() != "")
    records = records.with_columns(code=pl.col("text").str.slice(0, 2))
    _check_lengths(records, findings)
    _check_order(records, findings)
    return records.with_columns(
        recap_no=(pl.col("code") == layout.RECAP).cum_sum().cast(pl.Int64),
        batch_no=(pl.col("code") == layout.BATCH).cum_sum().cast(pl.Int64),
    )


def _cut(data: bytes) -> pl.DataFrame:
    """Return records cut at line ends or, where there are none, every 1,024 bytes."""
    if data[: layout.RECORD_BYTES + 2].find(b"\n") >= 0 or len(data) <= layout.RECORD_BYTES:
        return read_lines(data, "latin-1")
    size = layout.RECORD_BYTES
    text = str(data, "latin-1")
    parts = [text[place : place + size] for place in range(0, len(text), size)]
    return pl.DataFrame({"text": parts}, schema={"text": pl.String}).with_columns(
        line=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        byte_start=pl.int_range(0, pl.len(), dtype=pl.Int64) * size,
        byte_length=pl.col("text").str.len_chars().cast(pl.Int64),
    )


def _check_lengths(records: pl.DataFrame, findings: Findings) -> None:
    """Refuse records that are too long; blanks cut from line ends do no harm."""
    long = records.filter(
        pl.col("text").str.strip_chars_end().str.len_chars() > layout.RECORD_BYTES
    )
    for row in long.head(_SHOWN).iter_rows(named=True):
        findings.refuse(
            "record_length",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            found=f"{len(row['text'])} characters",
            expected=f"records of {layout.RECORD_BYTES} characters",
            hint=_HINT,
        )


def _check_order(records: pl.DataFrame, findings: Findings) -> None:
    """Refuse records that may not follow each other, and a file without its trailer."""
    allowed = [one + two for one, others in layout.NEXT.items() for two in others]
    pair = pl.col("code").shift(1, fill_value="") + pl.col("code")
    wrong = records.filter(~pair.is_in([layout.FILE, *allowed]))
    for row in wrong.head(_SHOWN).iter_rows(named=True):
        findings.refuse(
            "record_order",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            found=f"record {row['code']}",
            expected="01, recaps of 02, 04, 06, 08 and 10, then 90 and 99",
            hint="A record is missing: fetch the file again.",
        )
    if records.is_empty() or records["code"][-1] != layout.FILE_END:
        findings.refuse(
            "trailer_missing",
            byte_offset=0 if records.is_empty() else records["byte_start"][-1],
            found="a file without its trailer",
            expected=f"record {layout.FILE_END} at the end",
            hint=_HINT,
        )
