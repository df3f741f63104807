"""The many dialects of field 86: one readable text, and the end-to-end id where one is named.

German banks cut the text into numbered subfields, which are put together again; elsewhere a line
that is full (65 characters) goes on without a break in the next one.
"""

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from parsers.mt940.lines import BLANK, Lines
from parsers.views import Mask, Offsets, codes_of, texts, words_of

LINE_CHARACTERS = 65
_GERMAN = re.compile(r"[0-9]{3}[^0-9A-Za-z\s](?=[0-9]{2})")
_PURPOSE = frozenset([*(str(one) for one in range(20, 30)), *(str(one) for one in range(60, 64))])
_KEYWORDS = "KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|PURP|IBAN|BIC"
_END_TO_END = r"EREF\+(.\S*)|/EREF/([^/]+)|EREF: ?(\S+)"
_DUTCH = r"/EREF/([^/]+)"
_NONE = ("NOTPROVIDED", "NONREF", "")
_BLANKS = bytes.maketrans(b"\n\t\x0b\x0c\x1c\x1d\x1e\x1f", b" " * 8)
_IS_MARK = np.array([one < 128 and not chr(one).isalnum() and one > 32 for one in range(256)])
_MARKS_MAX = 4
_FEW = 64
"""Up to so many texts, Python looks at them sooner than Polars begins to."""
_HEAD_CHARACTERS = 6


@dataclass(slots=True)
class Spans:
    """The lines of each entry's narrative; rows of `odd` are put together one by one.

    `firsts` and `lasts` are lines (firsts > lasts: no narrative). Positions of text are those of
    the block.
    """

    firsts: Offsets
    lasts: Offsets
    odd: Mask


def read_narratives(lines: Lines, spans: Spans, odd: dict[int, list[str]]) -> pl.Series:
    """Return one text per entry, null where there is none; `odd` holds the lines of odd rows."""
    has_text = (spans.firsts <= spans.lasts) & ~spans.odd
    rows = np.flatnonzero(has_text)
    firsts, lasts = spans.firsts[rows], spans.lasts[rows]
    starts, ends = lines.starts[firsts], lines.ends[lasts]
    is_german = _are_german(lines, starts)
    text, gone = _plain_text(lines, _joined(lines, firsts, lasts, is_german))
    starts, ends = starts - gone[firsts], ends - gone[lasts]
    lengths = np.zeros(len(spans.firsts), np.int64)
    places = np.zeros(len(spans.firsts), np.int64)
    places[rows], lengths[rows] = starts, ends - starts
    found = texts(text, places, lengths)
    changed = np.flatnonzero(_need_care(text, starts, ends) & ~is_german)
    if len(changed):
        found = found.scatter(rows[changed], _collapsed(found.gather(rows[changed])))
    if is_german.any():
        german = rows[is_german]
        found = found.scatter(german, _put_together(found.gather(german)))
    if odd:
        found = found.scatter(list(odd), [read_narrative(one) for one in odd.values()])
    return found


def _are_german(lines: Lines, starts: Offsets) -> Mask:
    """Tell which texts start with three digits, a mark and a number of two digits."""
    words = words_of(lines.text)[starts]
    at = [
        ((words >> np.uint64(8 * place)) & np.uint64(0xFF)).astype(np.int64) for place in range(6)
    ]
    found = _IS_MARK[at[3]]
    for place in (0, 1, 2, 4, 5):
        found &= (at[place] >= ord("0")) & (at[place] <= ord("9"))
    return found


def _joined(lines: Lines, firsts: Offsets, lasts: Offsets, is_german: Mask) -> Offsets:
    """Return the lines that go on in the next one without a break."""
    several = lasts > firsts
    inside = np.zeros(len(lines.kinds) + 1, np.int64)
    for one, weight in ((several, 1), (several & is_german, 1 << 32)):
        inside[firsts[one]] += weight  # every line belongs to one narrative at most
        inside[lasts[one]] -= weight
    inside = np.cumsum(inside)[:-1]
    at = np.flatnonzero(inside)
    sizes = lines.ends[at] - lines.starts[at]
    if not lines.text.isascii():
        # Characters count, not bytes: take those off that only continue one.
        more = np.flatnonzero((lines.codes & 0xC0) == 0x80)
        sizes -= np.searchsorted(more, lines.ends[at]) - np.searchsorted(more, lines.starts[at])
    return at[(sizes >= LINE_CHARACTERS) | (inside[at] >> 32 > 0)]


def _plain_text(lines: Lines, joined: Offsets) -> tuple[bytes, Offsets]:
    """Return the text with spaces for blanks and line ends, none where two lines are one.

    The second value says how many bytes fewer stand before each line.
    """
    removed = np.full(len(lines.kinds), 1 if b"\r" in lines.text else 0)
    removed[joined] += 1
    gone = np.cumsum(removed) - removed
    text: bytes | bytearray = lines.text
    if len(joined):
        text = bytearray(text)
        np.frombuffer(text, np.uint8)[lines.feeds[joined]] = ord("\r")
    return bytes(text.translate(_BLANKS, b"\r" if gone[-1] else b"")), gone


def _need_care(text: bytes, starts: Offsets, ends: Offsets) -> Mask:
    """Tell which texts hold double blanks, blanks around them or other scripts."""
    codes = codes_of(text)
    care = (codes[starts] <= ord(" ")) | (codes[np.maximum(ends - 1, 0)] <= ord(" "))
    odd = []
    is_blank = codes == ord(" ")
    doubles = np.flatnonzero(is_blank[:-1] & is_blank[1:])
    if len(doubles):
        odd.append(doubles)
    if not text.isascii():
        odd.append(np.flatnonzero(codes >= 0x80))
    for places in odd:
        care |= np.searchsorted(places, starts) < np.searchsorted(places, ends)
    return care


def _collapsed(found: pl.Series) -> pl.Series:
    text = found.str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.select(pl.when(text != "").then(text)).to_series()


def _put_together(whole: pl.Series) -> pl.Series:
    """Join the numbered subfields of German texts: booking text, purpose, name."""
    marks = whole.str.slice(3, 1)
    kinds = marks.unique(maintain_order=True).to_list()
    result = _nulls(len(whole))
    for mark in kinds[:_MARKS_MAX]:
        rows = (marks == mark).arg_true()
        result = result.scatter(rows, _subfields(whole.gather(rows), mark))
    for mark in kinds[_MARKS_MAX:]:
        rows = (marks == mark).arg_true()
        result = result.scatter(rows, [_german(one) or None for one in whole.gather(rows)])
    return result


def _subfields(whole: pl.Series, mark: str) -> pl.Series:
    m = "\\x" + f"{ord(mark):02x}"
    body = pl.col("whole").str.slice(3)

    def only(others: str) -> pl.Expr:
        without = body.str.replace_all(f"{m}(?:{others})[^{m}]*", "")
        return without.str.replace_all(f"{m}[0-9]{{2}}", "")

    pieces = [
        body.str.extract(rf"^(?s:.*){m}00([^{m}]*)"),
        only("[013-57-9][0-9]|6[4-9]"),
        only("[0-24-9][0-9]|3[014-9]"),
    ]
    text = pl.concat_str(pieces, separator=" ", ignore_nulls=True)
    text = text.str.replace_all(r"\s+", " ").str.strip_chars()
    loose = body.str.contains(rf"{m}(?:[0-9]?$|[^0-9]|[0-9][^0-9])")
    frame = whole.alias("whole").to_frame()
    result = frame.select(pl.when(text != "").then(text).alias("text"), loose.alias("loose"))
    rows = result["loose"].arg_true()
    if not len(rows):
        return result["text"]
    return result["text"].scatter(rows, [_german(one) or None for one in whole.gather(rows)])


def read_narrative(lines: list[str]) -> str | None:
    """Return the text of one entry's lines: what the columns say, a line at a time."""
    whole = "".join(lines)
    if _GERMAN.match(whole):
        return _german(whole) or None
    text = ""
    for place, line in enumerate(lines):
        is_broken = place and len(lines[place - 1]) < LINE_CHARACTERS
        text += f" {line}" if is_broken else line
    return " ".join(text.split()) or None


def _german(whole: str) -> str:
    mark = re.escape(whole[3])
    booking, purpose, name = "", "", ""
    for piece in re.split(f"{mark}(?=[0-9]{{2}})", whole[3:]):
        code, text = piece[:2], piece[2:]
        if code == "00":
            booking = text
        elif code in _PURPOSE:
            purpose += text
        elif code in ("32", "33"):
            name += text
    return " ".join(" ".join((booking, purpose, name)).split())


def find_end_to_end_ids(narratives: pl.Series) -> pl.Series:
    """Return the end-to-end id that each narrative names, null where it names none."""
    if len(narratives) <= _FEW and not any("EREF" in (one or "") for one in narratives.to_list()):
        return _nulls(len(narratives))
    has_others = any(narratives.str.contains(one, literal=True).any() for one in ("EREF+", "EREF:"))
    if not has_others:
        return _named(narratives.str.extract(_DUTCH))
    rows = narratives.str.contains("EREF", literal=True).fill_null(False).arg_true()
    groups = narratives.gather(rows).str.extract_groups(_END_TO_END).struct.unnest()
    german = pl.col("1")
    if groups["1"].null_count() < groups.height:
        german = german.str.replace(rf"^(.+?)(?:{_KEYWORDS})\+.*$", "$1")
    ids = _named(groups.select(pl.coalesce(german, "2", "3")).to_series())
    return ids if len(rows) == len(narratives) else _nulls(len(narratives)).scatter(rows, ids)


def _named(ids: pl.Series) -> pl.Series:
    """Return ids without blanks; the words for "none" are null."""
    if ids.null_count() == len(ids):
        return ids
    value = pl.col("id").str.strip_chars()
    known = ~value.str.to_uppercase().is_in(_NONE)
    return ids.alias("id").to_frame().select(pl.when(known).then(value)).to_series()


def _nulls(size: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, size)


def odd_spans(lines: Lines, firsts: Offsets, lasts: Offsets) -> Mask:
    """Tell which narratives are not one plain run of lines.

    Those with blank lines or an end of message inside, with a first line too short to tell its
    dialect, or with a mark of subfields outside ASCII.
    """
    broken = np.cumsum((lines.kinds == BLANK) | lines.is_cut)
    last = np.maximum(lasts, firsts)
    several = last > firsts
    before = np.where(firsts > 0, broken[np.maximum(firsts - 1, 0)], 0)
    odd = several & (broken[np.maximum(last - 1, 0)] > before)
    odd |= several & (lines.ends[firsts] - lines.starts[firsts] < _HEAD_CHARACTERS)
    is_wide: Mask = lines.codes[lines.starts[firsts] + 3] >= 0x80
    found: Mask = is_wide | odd
    return found
