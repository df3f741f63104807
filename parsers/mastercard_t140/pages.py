"""Lines to rows: what the page says above a row is put beside it."""

import re

import polars as pl

from parsers.mastercard_t140 import layout
from parsers.records import read_lines

_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*1IP(?:727|728|142)[0-9]{3}-[A-Z]{2} .{0,80}MASTERCARD")


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with the head of a page."""
    return _START.match(data[:512]) is not None


def read_pages(data: bytes) -> pl.DataFrame:
    """Return all lines with page (from 1) and what the page says so far (null: nothing yet)."""
    lines = read_lines(data).with_columns(
        pl.col("text").str.contains(layout.PAGE).cum_sum().cast(pl.Int64).alias("page")
    )
    heads = [pl.col("text").str.extract(shape).alias(name) for name, shape in layout.HEAD.items()]
    lines = lines.with_columns(heads)
    return lines.with_columns(
        pl.col(name).forward_fill().over("page").str.strip_chars() for name in layout.HEAD
    )


def pick(lines: pl.DataFrame, where: pl.Expr, shape: str, names: list[str]) -> pl.DataFrame:
    """Return the lines of these pages that have this shape, its groups as columns `names`."""
    mine = lines.filter(where & pl.col("text").str.contains(shape))
    groups = mine["text"].str.extract_groups(shape).struct.unnest()
    groups.columns = names
    return mine.hstack(groups)
