"""Bytes to records: physical records cut apart, and continuations joined to what they continue."""

import re

import polars as pl

from parsers.bai2.layout import CODES
from parsers.outcome import Findings
from parsers.records import read_lines

_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s*01,[^,\r\n]*,[^,\r\n]*,\s*[0-9]{6}\s*,")
_INNER = rf"/[ \t]+(?:{'|'.join(CODES)}),"
_CODED = r"^\s*([0-9]{2})(?:,|$)|^\s*(88)"


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with a file header and its date."""
    return _HEAD.match(data[:4096]) is not None


def read_records(data: bytes, findings: Findings) -> pl.DataFrame:
    """Return the records that are no continuations.

    Columns: code, text (continuations joined by line feeds, without closing slashes), line,
    byte_start, byte_length, ordinal and last (first and last physical record, from 0).
    """
    lines = read_lines(data).filter(pl.col("text").str.strip_chars() != "")
    lines = _cut_apart(lines)
    codes = lines["text"].str.extract_groups(_CODED).struct.unnest()
    lines = lines.with_columns(
        pl.coalesce(codes["2"], codes["1"]).alias("code"),
        pl.col("text").str.strip_chars().str.replace(r"[ \t]*/$", ""),
    )
    _check_codes(lines, findings)
    is_record = pl.col("code").is_not_null()
    lines = lines.with_columns((is_record.cum_sum().cast(pl.Int64) - 1).alias("ordinal"))
    starts = (is_record & (pl.col("code") != "88")).fill_null(False)
    lines = lines.with_columns(starts.alias("starts"))
    return _alone(lines) if lines["starts"].all() else _join(lines)


def _cut_apart(lines: pl.DataFrame) -> pl.DataFrame:
    """Give each record a row of its own where several stand on one line."""
    several = pl.col("text").str.contains(_INNER)
    if not lines.select(several.any()).item():
        return lines
    parts = (
        lines.filter(several)
        .with_columns((pl.col("text").str.len_bytes() == pl.col("byte_length")).alias("is_utf8"))
        .with_columns(
            pl.col("text").str.replace_all(rf"(/[ \t]+)((?:{'|'.join(CODES)}),)", "$1\n$2")
        )
        .with_columns(pl.col("text").str.split("\n"))
        .explode("text")
        .with_columns(
            pl.when("is_utf8")
            .then(pl.col("text").str.len_bytes())
            .otherwise(pl.col("text").str.len_chars())
            .cast(pl.Int64)
            .alias("byte_length")
        )
        .drop("is_utf8")
    )
    before = (pl.col("byte_length").cum_sum() - pl.col("byte_length")).over("line")
    parts = parts.with_columns(pl.col("byte_start") + before)
    whole = lines.filter(~several)
    return pl.concat([whole, parts]).sort("byte_start", maintain_order=True)


def _check_codes(lines: pl.DataFrame, findings: Findings) -> None:
    unknown = lines.filter(pl.col("code").is_not_null() & ~pl.col("code").is_in(CODES))
    for row in unknown.head(20).iter_rows(named=True):
        findings.refuse(
            "record_unknown",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            found=row["text"],
            expected=f"one of {', '.join(CODES)}",
            hint="Ask the bank for a file of BAI version 2.",
        )
    for row in lines.filter(pl.col("code").is_null()).head(20).iter_rows(named=True):
        findings.warn(
            "record_code_missing",
            line=row["line"],
            byte_offset=row["byte_start"],
            found=row["text"],
            expected="a line that starts with its record code",
            hint="It was read as the continuation of the text before it.",
        )


def _alone(lines: pl.DataFrame) -> pl.DataFrame:
    last = pl.col("ordinal").alias("last")
    return lines.select("code", "text", "line", "byte_start", "byte_length", "ordinal", last)


def _join(lines: pl.DataFrame) -> pl.DataFrame:
    """Put continuations behind the record that they continue."""
    piece = pl.when("starts").then("text").otherwise(pl.col("text").str.replace("^88[,: ]?", ""))
    end = pl.col("byte_start") + pl.col("byte_length")
    return (
        lines.with_columns(piece, pl.col("starts").cum_sum().alias("logical"), end.alias("end"))
        .group_by("logical", maintain_order=True)
        .agg(
            pl.col("code").first(),
            pl.col("text").str.join("\n"),
            pl.col("line").first(),
            pl.col("byte_start").first(),
            (pl.col("end").last() - pl.col("byte_start").first()).alias("byte_length"),
            pl.col("ordinal").first(),
            pl.col("ordinal").last().alias("last"),
        )
        .drop("logical")
    )
