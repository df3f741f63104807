"""Entries as arrays: where each tag that we know leads, and where its text stands.

Banks write their entries by a template: thousands have the same tags and differ in the texts. So
one of them, the model, is walked tag by tag; the others are compared with it, byte by byte of their
tags, whole columns at a time (`alike.py`). What is like no other is walked itself. No element ever
becomes an object.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parsers.camt.block import Block, put_in_order
from parsers.camt.elements import DEPTH_MAX, TEXT_BYTES_MAX, too_large
from parsers.camt.layout import ENTRIES
from parsers.camt.texts import unescape
from parsers.camt.tree import NOWHERE
from parsers.errors import Refused
from parsers.views import Offsets

TAG_BYTES_MAX = 64 << 10
_TAG = re.compile(rb"""<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""")
_NAME = re.compile(rb"(?:[^\s/>:]*:)?([^\s/>:]+)")
_ATTRIBUTE = re.compile(r"""\s([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_KNOWN_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Lead:
    """A start tag that leads somewhere: its number in the entry, its bytes, its place."""

    tag: int
    size: int
    place: int
    currency: str | None


@dataclass(frozen=True, slots=True)
class Tape:
    """The start tags that lead somewhere, in the order of the text.

    The text of a tag is `sizes` bytes of the block from `starts`: what stands before the next tag,
    without space around it and with references to characters replaced. `currencies` are attributes
    Ccy, as indices of `codes`; 0 is none.
    """

    block: Block
    starts: Offsets
    sizes: Offsets
    currencies: Offsets
    codes: tuple[str | None, ...]
    _order: Offsets
    _ranks: Offsets

    def tags_at(self, place: int) -> Offsets:
        """Return the tags that lead to a place of the tree of entries, in order."""
        first, last = self._ranks[place : place + 2].tolist()
        return self._order[first:last]


class Walker:
    """Walks entries tag by tag; what was once read of a tag is known for the next."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._known: dict[bytes, tuple[str, str | None]] = {}

    def walk(self, entry: int) -> list[Lead]:
        """Return the leads of one entry.

        Raises:
            Refused: nested deeper, or with longer tags, than in any bank's file.
        """
        block = self._block
        first = int(block.firsts[entry])
        last = entry + 1 == block.firsts.size
        following = block.opens.size - 1 if last else int(block.firsts[entry + 1])
        leads: list[Lead] = []
        places = [ENTRIES.root]
        data = block.padded
        for number, place in enumerate(block.opens[first:following].tolist()):
            content = data[place + 1 : data.index(b">", place)]
            known = self._known.get(content)
            if known is None:
                content = tag_at(data, place)[1:-1]
                known = self._learn(content)
            name, currency = known
            if name == "/":
                places.pop()
                continue
            child = ENTRIES.child(places[-1], name)
            if child != NOWHERE:
                leads.append(Lead(number, len(content) + 2, child, currency))
            if not content.endswith(b"/"):
                places.append(child)
            if len(places) > DEPTH_MAX + 1:
                raise Refused(too_large(f"elements nested {DEPTH_MAX + 1} deep", DEPTH_MAX))
        return leads

    def _learn(self, content: bytes) -> tuple[str, str | None]:
        known: tuple[str, str | None] = ("/", None)
        if not content.startswith(b"/"):
            name = _NAME.match(content)
            known = (name[1].decode() if name else "", _currency(content.decode()))
        if len(self._known) < _KNOWN_MAX:
            self._known[content] = known
        return known


def _currency(content: str) -> str | None:
    values = {found[1]: found[2] or found[3] or "" for found in _ATTRIBUTE.finditer(content)}
    code = values.get("Ccy")
    if code is None:
        return None
    return unescape(code).strip()


def tag_at(data: bytes, place: int) -> bytes:
    """Return the whole tag that begins at a place, also with a `>` in an attribute.

    Raises:
        Refused: it is longer than in any bank's file.
    """
    found = _TAG.match(data, place)
    if found is None:  # cannot be: the document is well-formed
        raise ValueError(f"no tag at byte {place} of a block")
    if len(found[0]) > TAG_BYTES_MAX:
        raise Refused(too_large(f"a tag of {len(found[0])} bytes", TAG_BYTES_MAX))
    return found[0]


@dataclass(frozen=True, slots=True)
class Leads:
    """Leads of many entries: the number of each tag in the block, and what `Lead` says of it."""

    tags: Offsets
    sizes: Offsets
    places: Offsets
    currencies: Offsets


class Codes:
    """Numbers for currencies; 0 is none."""

    def __init__(self) -> None:
        self._numbers: dict[str | None, int] = {None: 0}

    def spread(self, leads: Sequence[Lead], tags: Offsets) -> Leads:
        """Return leads as arrays, `tags` being where each of them stands; they may repeat."""
        said = [
            (one.size, one.place, self._numbers.setdefault(one.currency, len(self._numbers)))
            for one in leads
        ]
        columns = np.array(said, dtype=np.int64).reshape(-1, 3).T
        times = tags.size // max(len(leads), 1)
        return Leads(tags, *(np.tile(one, times) if times > 1 else one for one in columns))

    def as_tuple(self) -> tuple[str | None, ...]:
        """Return what each number stands for."""
        return tuple(self._numbers)


def lay_out(block: Block, parts: Sequence[Leads], codes: Codes) -> Tape:
    """Return the tape of a block from the leads of all its entries.

    Raises:
        Refused: a text is longer than in any bank's file.
    """
    tags, behind, places, currencies = (
        np.concatenate([getattr(one, name) for one in parts])
        for name in ("tags", "sizes", "places", "currencies")
    )
    if len(parts) > 1:
        order = np.argsort(tags, kind="stable")
        tags, behind, places, currencies = (
            one[order] for one in (tags, behind, places, currencies)
        )
    starts = block.opens[tags] + behind
    sizes = block.opens[tags + 1] - starts
    largest = int(sizes.max(initial=0))
    if largest > TEXT_BYTES_MAX:
        raise Refused(too_large(f"a text of {largest} bytes", TEXT_BYTES_MAX))
    block, starts, sizes = put_in_order(block, starts, sizes)
    order = np.argsort(places.astype(np.int16), kind="stable")
    ranks = np.searchsorted(places[order], np.arange(ENTRIES.count + 1))
    return Tape(block, starts, sizes, currencies, codes.as_tuple(), order, ranks)
