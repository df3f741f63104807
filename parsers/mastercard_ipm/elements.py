"""Where every data element and subelement stands, for all records of a chunk at once.

The elements are gone through once, in the order of their numbers, with one place per record: an
element that a record's bitmap lacks moves that record's place by nothing. No value is copied here.
That the walk ends exactly at the end of every record is a proof, free of charge, that the
structure was understood; records where it does not are looked at one by one (faults.py).
"""

from functools import cache

import numpy as np

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
from parsers.mastercard_ipm.text import ABSENT, Mask, Offsets, Text, Words

_KEPT = READ_ELEMENTS | set(PRIVATE_ELEMENTS)
_TAG_AND_LENGTH = 7
_BYTE = np.uint64(0xFF)


class Records:
    """The records of a chunk: places of what we read; `at` is ABSENT and `length` -1 for none."""

    def __init__(self, chunk: Chunk, text: Text) -> None:
        self.chunk = chunk
        self.text = text
        self.count = len(chunk.starts)
        self.mti = text.number(chunk.starts, MTI_BYTES)
        self._numbers: dict[int, Offsets] = {}
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
        found = self._numbers.get(number)
        if found is None:
            found = self._numbers[number] = self.text.number(self.at(number), width)
        return found

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

    def _spans(
        self, places: dict[int, tuple[Offsets, Offsets]], key: int
    ) -> tuple[Offsets, Offsets]:
        spans = places.get(key)
        if spans is None:
            spans = np.full(self.count, ABSENT), np.full(self.count, -1)
            places[key] = spans
        return spans

    def _walk(self) -> Mask:
        """Follow the elements of all records; return which records do not add up."""
        two, three = self.text.two_digits, self.text.three_digits
        bitmaps = _Bitmaps(self.chunk)
        faulty = bitmaps.has_unknown()
        position = self.chunk.starts + (MTI_BYTES + BITMAP_BYTES)
        shift = 0  # widths since `position` that all records have: added only where it is needed
        for number in bitmaps.numbers():
            prefix, width = ELEMENTS[number]
            present = None if bitmaps.is_everywhere(number) else bitmaps.present(number)
            if prefix == FIXED:
                if number in _KEPT:
                    self._keep(number, position + shift, np.int64(width), present)
                if present is None:
                    shift += width
                else:
                    position = position + present * width
                continue
            position = position + shift
            shift = 0
            lengths = two(position) if prefix == LL else three(position)
            if number in _KEPT:
                self._keep(number, position + prefix, lengths, present)
            bad, step = lengths < 0, lengths + prefix
            if present is not None:
                step *= present
                bad &= present != 0
            position += step
            faulty |= bad
        faulty |= position + shift != self.chunk.ends
        return faulty

    def _keep(
        self, number: int, starts: Offsets, lengths: Offsets | np.int64, present: Offsets | None
    ) -> None:
        if present is not None:
            starts = np.where(present, starts, ABSENT)
            lengths = np.where(present, lengths, -1)
        self._places[number] = starts, np.broadcast_to(lengths, starts.shape)

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
                is_tag = tags == _tag(tag)
                if tag not in self._private and len(rows) == self.count and is_tag.all():
                    self._private[tag] = position, lengths
                elif is_tag.all():
                    self._keep_first(tag, rows, position, lengths)
                elif is_tag.any():
                    self._keep_first(tag, rows[is_tag], position[is_tag], lengths[is_tag])
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


class _Bitmaps:
    """Which elements the records of a chunk have, as two words of 64 bits each."""

    def __init__(self, chunk: Chunk) -> None:
        at = chunk.starts + MTI_BYTES
        self._words = [_words(chunk.buffer, at), _words(chunk.buffer, at + BITMAP_BYTES // 2)]
        self._some = [int(np.bitwise_or.reduce(one)) for one in self._words]
        self._all = [int(np.bitwise_and.reduce(one)) for one in self._words]

    def numbers(self) -> list[int]:
        """Return the known elements that any record has, in their order."""
        return [one for one in sorted(ELEMENTS) if self._some[_word(one)] & _bit(one)]

    def is_everywhere(self, number: int) -> bool:
        """Return whether every record has the element."""
        return bool(self._all[_word(number)] & _bit(number))

    def present(self, number: int) -> Offsets:
        """Return 1 for records that have the element, 0 for others."""
        shift = np.uint64(_bit(number).bit_length() - 1)
        return ((self._words[_word(number)] >> shift) & np.uint64(1)).view(np.int64)

    def has_unknown(self) -> Mask:
        """Return which records have an element of which we do not know the length."""
        known = [1 << 63, 0]  # the first bit stands for the second bitmap
        for number in ELEMENTS:
            known[_word(number)] |= _bit(number)
        masks = [np.uint64(~one & (1 << 64) - 1) for one in known]
        first, second = (words & mask for words, mask in zip(self._words, masks, strict=True))
        found: Mask = (first | second) != 0
        return found


def _word(number: int) -> int:
    return (number - 1) // 64


def _bit(number: int) -> int:
    return 1 << 63 - (number - 1) % 64


def _words(data: bytearray, at: Offsets) -> Words:
    """Return eight bytes from each place as numbers, the first byte highest."""
    every = np.ndarray((len(data) - 7,), dtype=">u8", buffer=data, strides=(1,))
    found: Words = every[at].astype(np.uint64)
    return found


@cache
def numbers_of(bitmap: bytes) -> list[int]:
    """Return the numbers of the elements in a bitmap, without the second bitmap itself (1)."""
    bits = np.unpackbits(np.frombuffer(bitmap, np.uint8))
    found: list[int] = (np.flatnonzero(bits) + 1).tolist()
    return [number for number in found if number != 1]


@cache
def _tag(number: int) -> np.uint64:
    """Return a tag as the digits of a word have it: the first one lowest."""
    thousands, rest = divmod(number, 1000)
    hundreds, rest = divmod(rest, 100)
    tens, ones = divmod(rest, 10)
    return np.uint64(thousands | hundreds << 8 | tens << 16 | ones << 24)


def _tag_and_length(digits: Words) -> tuple[Words, Offsets]:
    """Return tags (four digits as a word) and lengths, -1 where not all seven are digits."""
    bad = ((digits + np.uint64(0x76767676767676)) | digits) & np.uint64(0x80808080808080)
    hundreds, tens, ones = ((digits >> np.uint64(shift)) & _BYTE for shift in (32, 40, 48))
    lengths = (hundreds * np.uint64(100) + tens * np.uint64(10) + ones).view(np.int64)
    lengths[bad != 0] = -1
    return digits & np.uint64(0xFFFFFFFF), lengths
