"""Where every data element and subelement stands, for all records of a chunk at once.

Records with the same bitmap have the same elements in the same order, so each such group is walked
once with vectors of places instead of record by record. No value is copied here. That the walk
ends exactly at the end of every record is a proof, free of charge, that the structure was
understood; records where it does not are looked at one by one (faults.py).
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.mastercard_ipm.container import Chunk
from parsers.mastercard_ipm.layout import (
    BITMAP_BYTES,
    ELEMENTS,
    FIXED,
    LL,
    MTI_BYTES,
    PRIVATE_ELEMENTS,
    READ_ELEMENTS,
    READ_SUBELEMENTS,
)
from parsers.mastercard_ipm.text import ABSENT, Bytes, Offsets, Text

Mask = npt.NDArray[np.bool_]
_KEPT = READ_ELEMENTS | set(PRIVATE_ELEMENTS)
_TAG_AND_LENGTH = 7


class Records:
    """The records of a chunk: places of what we read; `at` is ABSENT and `length` -1 for none."""

    def __init__(self, chunk: Chunk, text: Text) -> None:
        self.chunk = chunk
        self.text = text
        self.count = len(chunk.starts)
        self.mti = text.number(chunk.starts, MTI_BYTES)
        self._places: dict[int, tuple[Offsets, Offsets]] = {}
        self._private: dict[int, tuple[Offsets, Offsets]] = {}
        self.faulty = self._walk()
        self.faulty_private = self._walk_private()

    @property
    def is_faulty(self) -> bool:
        """Return whether any record is not understood."""
        return bool(self.faulty.any()) or bool(self.faulty_private)

    def at(self, number: int) -> Offsets:
        """Return where an element's value starts in each record."""
        return self._spans(self._places, number)[0]

    def length(self, number: int) -> Offsets:
        """Return how long it is."""
        return self._spans(self._places, number)[1]

    def number(self, number: int, width: int) -> Offsets:
        """Return the first `width` digits of an element as a number, -1 where it is none."""
        return self.text.number(self.at(number), width)

    def private_at(self, tag: int, offset: int, width: int) -> Offsets:
        """Return where a piece of a subelement stands, ABSENT where it is too short for it."""
        starts, lengths = self._spans(self._private, tag)
        return np.where(lengths >= offset + width, starts + offset, ABSENT)

    def private_length(self, tag: int) -> Offsets:
        """Return how long a subelement is."""
        return self._spans(self._private, tag)[1]

    def private_values(self, index: int) -> dict[int, str]:
        """Return every subelement of one record."""
        found: dict[int, str] = {}
        for number in PRIVATE_ELEMENTS:
            at, length = int(self.at(number)[index]), int(self.length(number)[index])
            value = self.text.text_at(at, max(length, 0))
            while value:
                end = _TAG_AND_LENGTH + int(value[4:_TAG_AND_LENGTH])
                found.setdefault(int(value[:4]), value[_TAG_AND_LENGTH:end])
                value = value[end:]
        return found

    def groups(self) -> Iterator[tuple[bytes, Offsets]]:
        """Yield each bitmap with the numbers of its records."""
        cells = Text(self.chunk.buffer, "latin-1").cells(
            self.chunk.starts + MTI_BYTES, BITMAP_BYTES
        )
        column = pl.Series("bitmap", cells).cast(pl.List(pl.UInt8)).cast(pl.Binary)
        numbered = column.to_frame().with_row_index("rows")
        grouped = numbered.group_by("bitmap", maintain_order=True).agg("rows")
        for bitmap, rows in zip(grouped["bitmap"], grouped["rows"], strict=True):
            yield bitmap, rows.to_numpy().astype(np.int64)

    def _spans(
        self, places: dict[int, tuple[Offsets, Offsets]], key: int
    ) -> tuple[Offsets, Offsets]:
        spans = places.get(key)
        if spans is None:
            spans = np.full(self.count, ABSENT), np.full(self.count, -1)
            places[key] = spans
        return spans

    def _walk(self) -> Mask:
        """Follow the elements of every group; return which records do not add up."""
        faulty = np.zeros(self.count, dtype=np.bool_)
        for bitmap, rows in self.groups():
            numbers = numbers_of(bitmap)
            if all(number in ELEMENTS for number in numbers):
                faulty[rows] = self._walk_group(rows, numbers)
            else:
                faulty[rows] = True
        return faulty

    def _walk_group(self, rows: Offsets, numbers: list[int]) -> Mask:
        data = self.text.data
        position = self.chunk.starts[rows] + MTI_BYTES + BITMAP_BYTES
        ends = self.chunk.ends[rows]
        faulty = np.zeros(len(rows), dtype=np.bool_)
        shift = 0  # fixed widths since `position`: added only where a place is needed
        for number in numbers:
            prefix, width = ELEMENTS[number]
            if prefix == FIXED:
                if number in _KEPT:
                    starts, lengths = self._spans(self._places, number)
                    starts[rows] = position + shift
                    lengths[rows] = width
                shift += width
                continue
            position = np.minimum(position + shift, ends)
            found = _two(data, position) if prefix == LL else _three(data, position)
            position += prefix
            if number in _KEPT:
                starts, lengths = self._spans(self._places, number)
                starts[rows] = position
                lengths[rows] = found
            shift = 0
            faulty |= found < 0
            position += np.maximum(found, 0)
            faulty |= position > ends
        faulty |= position + shift != ends
        return faulty

    def _walk_private(self) -> dict[int, Offsets]:
        """Follow tag, length, value in all records; return the faulty ones by element."""
        faults = {}
        for number in PRIVATE_ELEMENTS:
            if number not in self._places:
                continue
            starts, lengths = self._places[number]
            rows = np.flatnonzero((lengths > 0) & ~self.faulty)
            bad = self._follow(rows, starts[rows], starts[rows] + lengths[rows])
            if len(bad):
                faults[number] = bad
        return faults

    def _follow(self, rows: Offsets, position: Offsets, ends: Offsets) -> Offsets:
        faulty = [rows[:0]]
        while len(rows):
            tags, lengths = _tag_and_length(self.text.words(position))
            position = position + _TAG_AND_LENGTH
            following = position + lengths
            bad = (lengths < 0) | (following > ends)
            for tag in READ_SUBELEMENTS:
                hit = np.flatnonzero(tags == _tag(tag))
                if len(hit):
                    self._keep_first(tag, rows[hit], position[hit], lengths[hit])
            if bad.any():
                faulty.append(rows[bad])
            more = (following < ends) & ~bad
            if more.all():
                position = following
                continue
            rows, position, ends = rows[more], following[more], ends[more]
        return np.sort(np.concatenate(faulty))

    def _keep_first(self, tag: int, rows: Offsets, position: Offsets, lengths: Offsets) -> None:
        starts, known = self._spans(self._private, tag)
        new = known[rows] < 0
        if not new.all():
            rows, position, lengths = rows[new], position[new], lengths[new]
        starts[rows] = position
        known[rows] = lengths


@cache
def numbers_of(bitmap: bytes) -> list[int]:
    """Return the numbers of the elements in a bitmap, without the second bitmap itself (1)."""
    bits = np.unpackbits(np.frombuffer(bitmap, np.uint8))
    found: list[int] = (np.flatnonzero(bits) + 1).tolist()
    return [number for number in found if number != 1]


@cache
def _pairs() -> npt.NDArray[np.int16]:
    """Return the number in two characters, taken as 16 bits; -1 where they are no digits."""
    table = np.full(1 << 16, -1, dtype=np.int16)
    for number in range(100):
        table[int.from_bytes(b"%02d" % number, "little")] = number
    return table


@cache
def _tag(number: int) -> np.uint64:
    return np.uint64(int.from_bytes(b"%04d" % number, "little"))


def _at(data: bytearray, position: Offsets, kind: str) -> Bytes:
    width = np.dtype(kind).itemsize
    every = np.ndarray((len(data) - width + 1,), dtype=kind, buffer=data, strides=(1,))
    found: Bytes = every[position]
    return found


def _two(data: bytearray, position: Offsets) -> Offsets:
    return _pairs()[_at(data, position, "<u2")].astype(np.int64)


def _three(data: bytearray, position: Offsets) -> Offsets:
    hundreds = _at(data, position, "u1") - np.uint8(ord("0"))
    rest = _two(data, position + 1)
    return np.where((hundreds > 9) | (rest < 0), -1, hundreds * np.int64(100) + rest)


def _tag_and_length(words: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint64], Offsets]:
    """Return tags (four characters as a word) and lengths, -1 where not all seven are digits."""
    digits = (words ^ np.uint64(0x30303030303030)) & np.uint64(0xFFFFFFFFFFFFFF)
    bad = ((digits + np.uint64(0x76767676767676)) | digits) & np.uint64(0x80808080808080)
    hundreds, tens, ones = (
        (digits >> np.uint64(shift)) & np.uint64(0xFF) for shift in (32, 40, 48)
    )
    lengths = (hundreds * np.uint64(100) + tens * np.uint64(10) + ones).view(np.int64)
    lengths[bad != 0] = -1
    return words & np.uint64(0xFFFFFFFF), lengths
