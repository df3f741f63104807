"""Fields to statements: which field belongs to which statement.

Entries and their narratives stay columns (parse.py); the other fields, a handful per statement,
are walked one by one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from parsers.mt940.lines import ENTRY_TAG, NARRATIVE_TAG, TAG, Lines, tag_name
from parsers.views import Offsets

_REOPENING = ("25", "25P", "28C", "60F", "60M")
_KNOWN_AND_UNUSED = ("13", "13D", "21", "61", "64", "65", "86")


@dataclass(slots=True)
class Tag:
    """One field: its name, the value on its line and the lines after it, and where it stands.

    `at` is its line in the block; `line` and `start` count through the file.
    """

    name: str
    value: str
    at: int
    line: int
    start: int
    more: list[str]


@dataclass(slots=True)
class Raw:
    """The fields of one statement as they stand in the file."""

    first: Tag
    reference: str | None = None
    account: str | None = None
    sequence: str | None = None
    opening: Tag | None = None
    closing: Tag | None = None
    floor: Tag | None = None
    totals: list[Tag] = field(default_factory=list)
    repeated: list[Tag] = field(default_factory=list)
    unknown: list[Tag] = field(default_factory=list)

    @property
    def is_interim(self) -> bool:
        """Return whether this is an MT942, which has no balances."""
        return self.floor is not None or bool(self.totals)


@dataclass(slots=True)
class Place:
    """Where a block starts in the file: its first byte, and the lines before it."""

    start: int
    lines: int


def tags_at(lines: Lines, rows: Offsets, place: Place) -> Iterator[Tag]:
    """Yield the fields that start at some lines of a block."""
    columns = (lines.names, lines.starts, lines.ends, lines.raw_starts, lines.more)
    for at, name, start, end, raw, more in zip(
        rows.tolist(), *(one[rows].tolist() for one in columns), strict=True
    ):
        value = lines.text[start:end].decode()
        after = lines.values_after(at) if more else []
        yield Tag(tag_name(name), value, at, place.lines + at + 1, place.start + raw, after)


def group_fields(lines: Lines, place: Place) -> list[Raw]:
    """Return the statements; :20: starts one, and so does an opening after a closing balance."""
    is_tag = lines.kinds == TAG
    framed = is_tag & (lines.names != ENTRY_TAG) & (lines.names != NARRATIVE_TAG)
    statements: list[Raw] = []
    first = np.flatnonzero(is_tag)[:1]
    if len(first) and not framed[first[0]]:
        statements += map(Raw, tags_at(lines, first, place))
    current = statements[-1] if statements else None
    for tag in tags_at(lines, np.flatnonzero(framed), place):
        reopens = current is not None and current.closing is not None and tag.name in _REOPENING
        if current is None or reopens or tag.name == "20":
            current = Raw(tag)
            statements.append(current)
        _assign(current, tag)
    return statements


def _assign(raw: Raw, tag: Tag) -> None:
    value = tag.value.strip()
    whole = " ".join([value, *(one.strip() for one in tag.more)]).strip() if tag.more else value
    if tag.name == "20":
        raw.reference = whole or None
    elif tag.name in ("25", "25P"):
        if raw.account is not None:
            raw.repeated.append(tag)
        else:
            raw.account = whole if tag.name == "25" else value
    elif tag.name in ("28", "28C"):
        raw.sequence = whole
    elif tag.name in ("60F", "60M"):
        if raw.opening is not None:
            raw.repeated.append(tag)
        else:
            raw.opening = tag
    elif tag.name in ("62F", "62M"):
        if raw.closing is not None:
            raw.repeated.append(tag)
        else:
            raw.closing = tag
    elif tag.name == "34F":
        raw.floor = raw.floor or tag
    elif tag.name in ("90C", "90D"):
        raw.totals.append(tag)
    elif tag.name not in _KNOWN_AND_UNUSED:
        raw.unknown.append(tag)


@dataclass(slots=True)
class Booked:
    """Which entry belongs to which statement, and which lines say what it was for.

    Attributes:
        rows: line of each entry's field.
        numbers: statement of each entry, from 0 within the block.
        narratives: line of the first field :86: of each entry, -1 without one.
        many: how many fields :86: each entry has.
        lasts: last line that belongs to each entry.
        bounds: first entry of each statement, and behind the last.
    """

    rows: Offsets
    numbers: Offsets
    narratives: Offsets
    many: Offsets
    lasts: Offsets
    bounds: Offsets


def book_entries(lines: Lines, statements: list[Raw]) -> Booked:
    """Give entries to their statements, and narratives to the entries above them.

    A narrative after the closing balance, or before any entry, belongs to the statement.
    """
    opened = np.array([one.first.at for one in statements], np.int64)
    closed = np.array(
        [one.closing.at if one.closing else len(lines.kinds) for one in statements], np.int64
    )
    rows = np.flatnonzero(lines.names == ENTRY_TAG)
    numbers = np.searchsorted(opened, rows, side="right") - 1
    texts = np.flatnonzero(lines.names == NARRATIVE_TAG)
    owners = np.searchsorted(rows, texts) - 1
    mine = np.searchsorted(opened, texts, side="right") - 1
    belongs = owners >= 0
    if len(rows):
        belongs &= (numbers[np.maximum(owners, 0)] == mine) & (texts < closed[np.maximum(mine, 0)])
    texts, owners = texts[belongs], owners[belongs]
    narratives = np.full(len(rows), -1)
    narratives[owners[::-1]] = texts[::-1]  # of several the first one stays
    lasts = lines.last[rows]
    lasts[owners] = lines.last[texts]
    many = np.bincount(owners, minlength=len(rows))
    bounds = np.searchsorted(numbers, np.arange(len(statements) + 1))
    return Booked(rows, numbers, narratives, many, lasts, bounds)
