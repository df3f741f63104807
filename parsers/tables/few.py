"""The fields of few records as texts: what a CSV reader gives, without the cost of starting one.

Where fields end has been counted already, so a text is a view of the bytes between two marks. For a
day's data the reader is twice as fast; for a kilobyte, starting it costs more than all the rest.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from parsers.tables.spans import Offsets, Spans
from parsers.views import PAD, texts

FEW_BYTES = 32 << 10


def few_columns(
    data: bytes, details: Spans, places: Mapping[str, int], quote: str
) -> list[pl.Series]:
    """Return one column per name; fields that are empty or absent are null.

    Args:
        data: UTF-8 that holds all the records.
        details: the records, at places of `data`; at least one.
        places: name of a column → which field it is, from 0.
        quote: the mark around fields, "" for none.
    """
    starts, ends = _edges(details, np.array(list(places.values()), dtype=np.int64))
    padded = data + PAD
    if quote and quote.encode() in data:
        cells = _unquoted(padded, starts, ends, quote)
    else:
        cells = texts(padded, starts, ends - starts)
    height = len(details)
    return [cells.slice(number * height, height).alias(name) for number, name in enumerate(places)]


def _edges(details: Spans, places: Offsets) -> tuple[Offsets, Offsets]:
    """Return first byte and end of the fields at `places`, one column after the other."""
    marks = np.minimum(details.firsts + places[:, None], len(details.marks) - 1)
    starts, ends = details.marks[marks - 1] + 1, details.marks[marks]
    starts[places == 0] = details.starts
    ends = np.where(places[:, None] == details.fields - 1, details.ends, ends)
    is_absent = places[:, None] >= details.fields
    if is_absent.any():
        starts = np.where(is_absent, details.starts, starts)
        ends = np.where(is_absent, details.starts, ends)
    return starts.ravel(), ends.ravel()


def _unquoted(padded: bytes, starts: Offsets, ends: Offsets, quote: str) -> pl.Series:
    """Return the fields without the quotes around them, doubled ones as one."""
    codes = np.frombuffer(padded, np.uint8)
    quoted = (codes[starts] == ord(quote)) & (ends > starts)
    starts, ends = starts + quoted, ends - quoted
    cells = texts(padded, starts, ends - starts)
    # Where each quoted field has its two, none is left inside.
    if np.count_nonzero(quoted) * 2 != padded.count(quote.encode()):
        cells = cells.str.replace_all(quote * 2, quote, literal=True)
    if b"\r\n" in padded:
        cells = cells.str.replace_all("\r\n", "\n", literal=True)
    return cells
