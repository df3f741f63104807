"""A block to its lines and fields, as columns: where each starts and ends, what each is.

Positions of texts are those of the block as UTF-8 with one kind of line ends; byte ranges that
leave the parser are those of the file as received, so each line has both.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from parsers.encodings import to_utf8
from parsers.views import PAD, Bytes, Mask, Offsets, codes_of

TEXT, TAG, ENVELOPE, BLANK = range(4)
_LF, _CR = 10, 13
_ODD_STARTS = np.isin(np.arange(256), list(b"{-}$\x01\x03\x1a \t\x0b\x0c:"))
_DIGITS = np.isin(np.arange(256), list(b"0123456789"))
_TAG = re.compile(rb"(?:\{[1-5]:[^{}]*\})*(?:\{4:)?\s*:([0-9]{2}[A-Z]?|NS):")
_ENVELOPE = re.compile(rb"(?:\{[1-5]:[^{}]*\}?)+|\{4:|-?\}.*|-|\$|\x03|\x01|\x1a|\s+")
ENTRY_TAG, NARRATIVE_TAG = 61 * 256, 86 * 256


@dataclass(slots=True)
class Lines:
    """The lines of one block; `fields` are the lines that start a field.

    `starts` and `ends` bound the value of each line (behind its tag, before an end of message);
    `raw_starts` and `raw_ends` the whole line in the file; `last` is the last line of the field
    that starts at a line, `more` how many lines follow it there; `feeds` are the LF between lines.
    """

    text: bytes
    codes: Bytes
    kinds: Bytes
    names: Offsets
    starts: Offsets
    ends: Offsets
    feeds: Offsets
    raw_starts: Offsets
    raw_ends: Offsets
    is_cut: Mask
    last: Offsets
    more: Offsets

    def value(self, line: int) -> str:
        """Return the value of one line."""
        return self.text[self.starts[line] : self.ends[line]].decode()

    def values_after(self, line: int) -> list[str]:
        """Return the lines that continue the field that starts at `line`."""
        after = range(line + 1, int(self.last[line]) + 1)
        return [self.value(one) for one in after if self.kinds[one] == TEXT]


def read_lines(block: bytes, encoding: str) -> Lines:
    """Return the lines of a block."""
    text = to_utf8(block, encoding) + PAD
    codes = codes_of(text)
    size = len(text) - len(PAD)
    feeds = np.flatnonzero(codes[:size] == _LF)
    width = _width_of_ends(codes, feeds) if b"\r" in block else 1
    if width == 0:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        codes, size = codes_of(text), len(text.removesuffix(PAD))
        feeds = np.flatnonzero(codes[:size] == _LF)
    starts = np.concatenate((np.zeros(1, np.int64), feeds + 1))
    ends = np.append(feeds + 1 - max(width, 1), size)
    raw_starts, raw_ends = starts, ends
    if width == 0 or (encoding != "utf-8" and not block.isascii()):
        raw_starts, raw_ends = _raw_lines(block)
    lines = _classify(text, codes, starts, ends)
    lines.feeds, lines.raw_starts, lines.raw_ends = feeds, raw_starts, raw_ends
    _close_fields(lines)
    return lines


def _width_of_ends(codes: Bytes, feeds: Offsets) -> int:
    """Return 2 where every line ends with CR LF and no CR is elsewhere, else 0."""
    is_pair = len(feeds) > 0 and bool((codes[feeds - 1] == _CR).all())
    return 2 if is_pair and np.count_nonzero(codes == _CR) == len(feeds) else 0


def _raw_lines(block: bytes) -> tuple[Offsets, Offsets]:
    """Return where the lines of a block stand that ends them with LF, CR LF or CR."""
    codes = codes_of(block)
    marks = np.flatnonzero((codes == _LF) | (codes == _CR))
    follows = np.zeros(len(marks), bool)
    follows[1:] = (np.diff(marks) == 1) & (codes[marks[1:]] == _LF) & (codes[marks[:-1]] == _CR)
    is_pair = np.append(follows[1:], False)[: len(marks)]
    first, width = marks[~follows], np.where(is_pair, 2, 1)[~follows]
    starts = np.concatenate((np.zeros(1, np.int64), first + width))
    return starts, np.append(first, len(block))


def _classify(text: bytes, codes: Bytes, starts: Offsets, ends: Offsets) -> Lines:
    """Tell fields, texts, blank lines and lines of the envelope apart."""
    kinds = np.full(len(starts), TEXT, np.uint8)
    names, values = _plain_tags(text, codes, starts)
    is_tag = names >= 0
    kinds[is_tag] = TAG
    size = ends - starts
    kinds[size == 0] = BLANK
    first = codes[starts]
    is_bare = (size == 1) & ((first == ord("-")) | (first == ord("$")))
    kinds[is_bare] = ENVELOPE
    odd = np.flatnonzero(_ODD_STARTS[first] & ~is_tag & (size > 0) & ~is_bare)
    lines = Lines(
        text, codes, kinds, names, values, ends.copy(), ends, starts, ends,
        np.zeros(len(starts), bool), np.arange(len(starts)), np.zeros(len(starts), np.int64),
    )  # fmt: skip
    _classify_odd(lines, starts, odd.tolist())
    _cut_messages(lines)
    return lines


def _plain_tags(text: bytes, codes: Bytes, starts: Offsets) -> tuple[Offsets, Offsets]:
    """Return what each line is named (-1 without a tag) and where its value starts."""
    names, values = np.full(len(starts), -1), starts.copy()
    rows = np.flatnonzero(codes[starts] == ord(":"))
    begins = starts[rows]
    first, second, third, fourth = (codes[begins + place] for place in range(1, 5))
    has_letter = (third >= ord("A")) & (third <= ord("Z")) & (fourth == ord(":"))
    is_tag = _DIGITS[first] & _DIGITS[second] & (has_letter | (third == ord(":")))
    number = (first & 15) * np.int64(10) + (second & 15)
    rows, begins = rows[is_tag], begins[is_tag]
    names[rows] = (number * 256 + third * has_letter)[is_tag]
    values[rows] = begins + 4 + has_letter[is_tag]
    return names, values


def _classify_odd(lines: Lines, starts: Offsets, odd: Iterable[int]) -> None:
    """Look one by one at lines that start like an envelope: a field may stand behind it."""
    for line in odd:
        content = lines.text[starts[line] : lines.ends[line]]
        found = _TAG.match(content)
        if found:
            lines.kinds[line] = TAG
            lines.names[line] = tag_number(found[1])
            lines.starts[line] = starts[line] + found.end()
        elif _ENVELOPE.fullmatch(content):
            lines.kinds[line] = BLANK if content.isspace() else ENVELOPE


def tag_number(name: bytes) -> int:
    """Return the number by which the columns know a tag."""
    if name == b"NS":
        return 255 * 256
    return int(name[:2]) * 256 + (name[2] if len(name) > 2 else 0)


@cache
def tag_name(number: int) -> str:
    """Return the name of a tag."""
    if number == 255 * 256:
        return "NS"
    letter = number % 256
    return f"{number // 256:02d}{chr(letter) if letter else ''}"


def _cut_messages(lines: Lines) -> None:
    """Drop the end of a message that stands on the line of its last field."""
    is_value = (lines.kinds <= TAG) & (lines.ends > lines.starts)
    braced = np.flatnonzero(is_value & (lines.codes[np.maximum(lines.ends - 1, 0)] == ord("}")))
    for line in braced.tolist():
        place = lines.text.find(b"-}", lines.starts[line], lines.ends[line])
        if place >= 0:
            lines.ends[line] = place
            lines.is_cut[line] = True


def _close_fields(lines: Lines) -> None:
    """Find the last line of every field; a line of the envelope ends one, a blank line does not."""
    index = np.arange(len(lines.kinds))
    owner = np.maximum.accumulate(np.where(lines.kinds == TAG, index, -1))
    ended = np.maximum.accumulate(np.where(lines.kinds == ENVELOPE, index, -1))
    attached = np.flatnonzero((lines.kinds == TEXT) & (owner > ended))
    owners = owner[attached]
    lines.last[owners] = attached  # of several lines the last one stays
    lines.more += np.bincount(owners, minlength=len(index))
