"""From a tape to columns: one row for each element of a kind, one column for each thing it says.

Which tag says it is found with arrays of numbers (-1 is none); what it says is read from the bytes
there. A text is cut only where it is shown.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import polars as pl

from parsers import views
from parsers.amounts import read_major
from parsers.camt.layout import ENTRIES, NOT_PROVIDED
from parsers.camt.tape import Tape
from parsers.views import Mask, Offsets, u64
from tieout.money import AmountUnreadable, UnknownCurrency, parse_minor

NO_DAY = np.iinfo(np.int64).min
_EPOCH = date(1970, 1, 1).toordinal()
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_LENGTH = len("2026-03-02")
_WORD = 8
_PARTS = np.array([(1 << 8 * size) - 1 for size in range(_WORD + 1)], dtype=np.uint64)
_WHOLE_DIGITS_MAX = 12
_FEW = 100


class Owners:
    """All elements of one kind in a tape: which tags below each of them say what."""

    def __init__(self, tape: Tape, name: str) -> None:
        self.tape = tape
        self.name = name
        self.at = tape.tags_at(ENTRIES.places[name, ""])

    def __len__(self) -> int:
        return self.at.size

    def number_at(self, tags: Offsets) -> Offsets:
        """Return which owner each tag of the tape stands in, or behind."""
        return np.searchsorted(self.at, tags, side="right") - 1

    def all(self, path: str) -> tuple[Offsets, Offsets]:
        """Return the tags that a path leads to, in order, and the owner of each."""
        tags = self.tape.tags_at(ENTRIES.places[self.name, path])
        return tags, self.number_at(tags) if tags.size else tags

    def first(self, paths: Iterable[str]) -> Offsets:
        """Return the first tag of the first path that leads to one, for each owner."""
        return self._first(paths, only_filled=False)

    def text(self, paths: Iterable[str]) -> Offsets:
        """Return the first tag of the first path with a text, for each owner."""
        return self._first(paths, only_filled=True)

    def _first(self, paths: Iterable[str], *, only_filled: bool) -> Offsets:
        found = np.full(len(self), -1, dtype=np.int64)
        for path in paths:
            tags, owners = self.all(path)
            if not tags.size:
                continue
            here = np.full(len(self), -1, dtype=np.int64)
            here[owners[::-1]] = tags[::-1]
            if only_filled:
                here[self.tape.sizes[here] == 0] = -1
            found = np.where(found < 0, here, found)
        return found

    def ref(self, paths: Iterable[str]) -> Offsets:
        """Return the tags of references; none also where the sender says that there is none."""
        tags = self.text(paths)
        if not is_any(tags):
            return tags
        begins = self.tape.block.octets[self.tape.starts[tags]] | 0x20
        suspects = np.flatnonzero((begins == ord("n")) & (tags >= 0))
        if suspects.size:
            texts = texts_at(self.tape, tags[suspects]).to_list()
            tags[suspects[[one.upper() in NOT_PROVIDED for one in texts]]] = -1
        return tags


def is_any(tags: Offsets) -> bool:
    """Tell whether there is a tag at all."""
    return bool(tags.max(initial=-1) >= 0)


def texts_at(tape: Tape, tags: Offsets) -> pl.Series:
    """Return the texts of tags; null for -1 and for blank ones."""
    sizes = np.where(tags < 0, 0, tape.sizes[tags])
    return views.texts(tape.block.padded, tape.starts[tags], sizes)


def are_in(tape: Tape, tags: Offsets, codes: Sequence[str]) -> Mask:
    """Tell which tags say one of `codes`, which have at most eight characters."""
    if not is_any(tags):
        return np.zeros(tags.size, dtype=np.bool_)
    sizes = tape.sizes[tags]
    words = tape.block.words[tape.starts[tags]] & _PARTS[np.minimum(sizes, _WORD)]
    found = np.zeros(tags.size, dtype=np.bool_)
    for code in codes:
        found |= (words == u64(int.from_bytes(code.encode(), "little"))) & (sizes == len(code))
    return found & (tags >= 0)


def days_at(tape: Tape, tags: Offsets) -> Offsets:
    """Return the days that tags say, since 1970, whatever time stands behind; else NO_DAY."""
    days = np.full(tags.size, NO_DAY, dtype=np.int64)
    here = np.flatnonzero(tags >= 0)
    here = here[tape.sizes[tags[here]] >= _DAY_LENGTH]
    if not here.size:
        return days
    starts = tape.starts[tags[here]]
    head, tail = tape.block.words[starts], tape.block.words[starts + 2]
    if (head == head[0]).all() and (tail == tail[0]).all():  # as in most files
        days[here] = _day_number(tape, int(starts[0]))
        return days
    order = np.lexsort((tail, head))
    is_new = (np.diff(head[order], prepend=~head[order[:1]]) != 0) | (
        np.diff(tail[order], prepend=~tail[order[:1]]) != 0
    )
    distinct = starts[order[is_new]].tolist()
    numbers = np.array([_day_number(tape, one) for one in distinct], dtype=np.int64)
    days[here[order]] = numbers[np.cumsum(is_new) - 1]
    return days


def _day_number(tape: Tape, start: int) -> int:
    text = tape.block.padded[start : start + _DAY_LENGTH]
    day = day_of(text.decode()) if text.isascii() else None
    return NO_DAY if day is None else day.toordinal() - _EPOCH


def day_of(text: str) -> date | None:
    """Return the day of a text such as 2026-03-02; None for anything else."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_NO_WHOLE = re.compile(r"\A([+-]?)\.(?=[0-9])")
_NO_FRACTION = re.compile(r"[+-]?[0-9]+\.")


def minors_at(tape: Tape, tags: Offsets, exponents: Offsets) -> tuple[Offsets, Mask]:
    """Return amounts in minor units, unsigned as written, and which of them are exact.

    Amounts with exactly the decimals of their currency are digits with a point between them; only
    the others are taken apart.

    Args:
        tape: of the block.
        tags: of the amounts.
        exponents: digits behind the point of each; -1 where no currency is known.
    """
    if not is_any(tags):
        return np.zeros(tags.size, dtype=np.int64), np.zeros(tags.size, dtype=np.bool_)
    starts, sizes = tape.starts[tags], np.where(tags < 0, 0, tape.sizes[tags])
    places = np.maximum(exponents, 0)
    ends = starts + sizes
    words = tape.block.words
    whole = sizes - places - (places > 0)
    readable = (exponents >= 0) & (whole > 0) & (whole <= _WHOLE_DIGITS_MAX)
    minor, exact = views.digits(words, starts, np.where(readable, whole, 0))
    if places.any():
        fraction, behind = views.digits(words, ends - places, np.where(readable, places, 0))
        marked = tape.block.octets[ends - places - 1] == ord(".")
        exact &= (behind & marked) | (places == 0)
        minor = minor * 10**places + np.where(places > 0, fraction, 0)
    odd = np.flatnonzero(~exact & (sizes > 0) & (exponents >= 0))
    if odd.size:
        read = _read_few if odd.size < _FEW else _by_grammar
        minor[odd], exact[odd] = read(texts_at(tape, tags[odd]), exponents[odd])
    return minor, exact


def _read_few(texts: pl.Series, exponents: Offsets) -> tuple[list[int], list[bool]]:
    found = [minor_of(text, "", one) for text, one in zip(texts, exponents.tolist(), strict=True)]
    return [one or 0 for one in found], [one is not None for one in found]


def minor_of(text: str | None, currency: str | None, exponent: int | None = None) -> int | None:
    """Return minor units of one amount as written; None where there is none that is exact.

    xs:decimal needs digits on one side of the point only: `.5` and `5.` are amounts (XML Schema
    part 2, 3.2.3.1; instant payment systems write the first).
    """
    whole = _NO_WHOLE.sub(r"\g<1>0.", text or "")
    plain = whole[:-1] if _NO_FRACTION.fullmatch(whole) else whole
    try:
        return parse_minor(plain, currency or "", exponent=exponent)
    except (AmountUnreadable, UnknownCurrency):
        return None


def _by_grammar(texts: pl.Series, exponents: Offsets) -> tuple[Offsets, Mask]:
    unsigned = (
        texts.str.replace(r"^\+([0-9.])", "${1}")
        .str.replace(r"^(-?)\.([0-9])", "${1}0.${2}")
        .str.replace(r"^(-?[0-9]+)\.$", "${1}")
    )
    minor = read_major(unsigned, pl.Series(exponents, dtype=pl.Int8))
    return minor.fill_null(0).to_numpy(), minor.is_not_null().to_numpy()
