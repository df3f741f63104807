"""Records 16 as columns: type, amount, value date, references and text of all details at once.

A field stands between two separators: commas, or the border between a record and what continues
it. So the fields of a record are places in one list of separators, and a funds type only shifts
them. What that does not cover (funds type D, forms outside the standard) is marked odd and read by
the regular expression of layout.py.
"""

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from parsers.bai2 import layout
from parsers.bai2.physical import CONTINUED, Records
from parsers.views import (
    PAD,
    Bytes,
    Mask,
    Offsets,
    Words,
    codes_of,
    day_numbers,
    digits,
    texts,
    trimmed,
    words_of,
)

_DETAIL = re.compile(layout.DETAIL, re.DOTALL)
_DISTRIBUTED = re.compile(r"^(16[,\n][^,\n]*[,\n][^,\n]*[,\n])D[,\n]([0-9]{1,3})(.*)$", re.DOTALL)
_CENTURY_FROM = 69
_LF, _CR = 10, 13
Places = tuple[Offsets, Offsets]
"""Start and length of each text; a length of 0 or less is no text."""


@dataclass(slots=True)
class Details:
    """One row per detail; rows of `odd` hold nothing yet.

    Attributes:
        rows: each one's place in Records.firsts.
        types: type code, -1 where it cannot be read.
        minor: amount as written, signed only where the detail writes a sign.
        has_amount: whether the amount field holds anything.
        funds: first letter of the funds type, 0 without one.
        days: value date of funds type V in days since 1970; valid where `has_day`.
        bank, customer, text: places of these fields.
    """

    rows: Offsets
    types: Offsets
    minor: Offsets
    has_amount: Mask
    funds: Offsets
    days: Offsets
    has_day: Mask
    bank: Places
    customer: Places
    text: Places
    odd: Mask


@dataclass(frozen=True, slots=True)
class OddDetail:
    """What one odd record 16 says."""

    type_no: int
    minor: int
    has_amount: bool
    funds: int
    value_day: str
    bank: str | None
    customer: str | None
    text: str | None


def read_details(records: Records) -> Details:
    """Return the details of a block."""
    rows = np.flatnonzero(records.kinds[records.firsts] == 16)
    ends = records.ends[records.lasts[rows]]
    stops, nexts = _separators(records)
    # The separators of a record run from its own first to the first of the next record.
    bounds = np.append(np.searchsorted(stops, records.starts[records.firsts]), len(stops))
    begins = bounds[rows]
    count = bounds[rows + 1] - begins
    stops = np.append(stops, np.full(16, len(records.codes) - len(PAD)))
    nexts = np.append(nexts, np.full(16, len(records.codes) - len(PAD)))

    def field(place: Offsets | int) -> Places:
        """Return the places of a field; the code is 0. Behind the last one there is nothing."""
        start = np.minimum(nexts[begins + place - 1], ends)
        stop = np.where(count > place, stops[np.minimum(begins + place, len(stops) - 1)], ends)
        return start, np.where(count >= place, stop - start, -1)

    words, codes = words_of(records.text), records.codes
    types, is_type = digits(words, *_exactly(codes, *field(1), 3))
    minor, has_amount, is_amount = _amounts(words, codes, *field(2))
    starts, sizes = field(3)
    funds = np.where(sizes > 0, codes[starts], 0).astype(np.int64)
    is_dated, is_split = funds == ord("V"), funds == ord("S")
    shift = np.where(is_dated, 2, np.where(is_split, 3, 0))
    odd = (count < 2) | ~is_type | ~is_amount | (sizes > 1)
    odd |= ~_FUNDS[funds] | ((shift > 0) & (count < 3 + shift))
    days, has_day = np.zeros(len(rows), np.int64), np.zeros(len(rows), bool)
    dated = np.flatnonzero(is_dated)
    day_starts, day_sizes = (one[dated] for one in field(4))
    days[dated], has_day[dated], is_day = _days(words, codes, day_starts, day_sizes)
    odd[dated] |= ~is_day
    text = np.minimum(nexts[begins + 5 + shift], ends)
    return Details(
        rows=rows,
        types=np.where(odd, -1, types),
        minor=np.where(odd, 0, minor),
        has_amount=has_amount & ~odd,
        funds=funds,
        days=days,
        has_day=has_day,
        bank=trimmed(codes, *field(4 + shift)),
        customer=trimmed(codes, *field(5 + shift)),
        text=(text, np.where(count >= 6 + shift, ends - text, 0)),
        odd=odd,
    )


_FUNDS = np.isin(np.arange(256), [0, *b" 012ZVS"])


def _separators(records: Records) -> Places:
    """Return where each separator stands and where the field behind it starts."""
    stops = np.flatnonzero(records.codes == ord(","))
    nexts = stops + 1
    rows = records.continued
    if not len(rows):
        return stops, nexts
    begins = records.starts[rows]
    before = records.ends[rows - 1]
    if not len(stops):
        return before, begins
    # The comma of "88," stands for the border; where there is none, one is put in.
    at = np.maximum(np.searchsorted(stops, begins) - 1, 0)
    has_comma = (records.kinds[rows] == CONTINUED) & (stops[at] == begins - 1)
    stops[at[has_comma]], nexts[at[has_comma]] = before[has_comma], begins[has_comma]
    rest = np.flatnonzero(~has_comma)
    if len(rest):
        where = np.searchsorted(stops, before[rest], side="right")
        stops = np.insert(stops, where, before[rest])
        nexts = np.insert(nexts, where, begins[rest])
    return stops, nexts


def _exactly(codes: Bytes, starts: Offsets, sizes: Offsets, size: int) -> Places:
    """Return the trimmed places; those of another size have none."""
    starts, sizes = trimmed(codes, starts, sizes)
    return starts, np.where(sizes == size, sizes, 0)


def _amounts(
    words: Words, codes: Bytes, starts: Offsets, sizes: Offsets
) -> tuple[Offsets, Mask, Mask]:
    """Return amounts, whether there is one, and whether it is readable."""
    starts, sizes = trimmed(codes, starts, sizes)
    sign = np.where(sizes > 0, codes[starts], 0)
    is_signed = (sign == ord("+")) | (sign == ord("-"))
    starts, sizes = starts + is_signed, sizes - is_signed
    minor, is_number = digits(words, starts, sizes)
    is_empty = (sizes <= 0) & ~is_signed
    minor = np.where(sizes <= 0, 0, np.where(sign == ord("-"), -minor, minor))
    return minor, ~is_empty, is_number | is_empty


def _days(
    words: Words, codes: Bytes, starts: Offsets, sizes: Offsets
) -> tuple[Offsets, Mask, Mask]:
    """Return the days of YYMMDD, whether each is one, and whether it is digits or empty."""
    starts, sizes = trimmed(codes, starts, sizes)
    number, is_number = digits(words, starts, sizes)
    number = np.where(is_number & (sizes == 6), number, 0)
    years = number // 10000
    years += np.where(years >= _CENTURY_FROM, 1900, 2000)
    days, is_day = day_numbers(years, number // 100 % 100, number % 100)
    return days, is_day, is_number | (sizes <= 0)


def read_odd(text: str) -> OddDetail | None:
    """Return a detail by the regular expression; None when it has not that shape."""
    found = _DETAIL.match(_without_distribution(text))
    if found is None or len(found["amount"]) > 18:
        return None
    amount = int(found["amount"] or 0)
    funds = found["funds_v"] or found["funds_s"] or found["funds"] or ""
    return OddDetail(
        type_no=int(found["type"]),
        minor=-amount if found["sign"] == "-" else amount,
        has_amount=found["amount"] != "",
        funds=ord(funds) if len(funds) == 1 else 0,
        value_day=found["value_date"] or "",
        bank=(found["bank"] or "").strip() or None,
        customer=(found["customer"] or "").strip() or None,
        text=" ".join((found["text"] or "").split()) or None,
    )


def _without_distribution(text: str) -> str:
    """Turn funds type D, which has as many fields as it says, into Z."""
    found = _DISTRIBUTED.match(text)
    if found is None:
        return text
    rest = re.split(r"([,\n])", found[3])
    kept = "".join(rest[1 + 4 * int(found[2]) :])
    return f"{found[1]}Z{kept}"


def read_texts(records: Records, details: Details) -> pl.Series:
    """Return the text of each detail, blanks and borders between records made one blank."""
    text: bytes | bytearray = records.text
    several = records.lasts[details.rows] > records.firsts[details.rows]
    if several.any():
        text = _without_borders(records)
    codes = codes_of(text)
    starts, sizes = trimmed(codes, *details.text)
    found = texts(text, starts, sizes)
    care = np.zeros(len(starts), bool)
    if _has_odd_characters(records):
        care = _need_care(codes, starts, starts + sizes)
    for mask, blanks in ((several & ~care, " {2,}"), (care, r"\s+")):
        rows = np.flatnonzero(mask)
        if len(rows):
            plain = found.gather(rows).str.replace_all(blanks, " ").str.strip_chars()
            found = found.scatter(rows, pl.select(pl.when(plain != "").then(plain)).to_series())
    return found


def _without_borders(records: Records) -> bytearray:
    """Return the text with blanks where a record ends and its continuation starts."""
    text = bytearray(records.text)
    codes = np.frombuffer(text, np.uint8)
    begins = records.ends[records.continued - 1]
    sizes = records.starts[records.continued] - begins
    for place in range(int(sizes.max(initial=0))):
        codes[begins[sizes > place] + place] = ord(" ")
    return text


def _has_odd_characters(records: Records) -> bool:
    """Tell whether the block holds anything but ASCII words with one blank between them."""
    controls = np.count_nonzero(records.codes < ord(" ")) - len(PAD)
    returns = np.flatnonzero(records.codes == _CR)
    ends = records.line_ends + np.count_nonzero(records.codes[returns + 1] == _LF)
    if controls != ends or not records.text.isascii():
        return True
    is_blank = records.codes == ord(" ")
    return bool((is_blank[:-1] & is_blank[1:]).any())


def _need_care(codes: Bytes, starts: Offsets, ends: Offsets) -> Mask:
    """Tell which texts hold double blanks, control characters or others outside ASCII."""
    is_low = codes <= ord(" ")
    odd = is_low[:-1] & (is_low[1:] | (codes[:-1] < ord(" ")))
    places = np.flatnonzero(odd)
    places = places[(codes[places] != _LF) & (codes[places] != 0)]
    care = np.searchsorted(places, starts) < np.searchsorted(places, ends)
    others = np.flatnonzero(codes >= 0x80)
    if len(others):
        care |= np.searchsorted(others, starts) < np.searchsorted(others, ends)
    return care
