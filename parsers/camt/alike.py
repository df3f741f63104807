"""Which entries have the same tags: found by a sum over them, proved byte by byte."""

from collections.abc import Iterator

import numpy as np

from parsers.camt.block import Block, open_block
from parsers.camt.tape import Codes, Tape, Walker, lay_out, tag_at
from parsers.camt.wellformed import prove_parts
from parsers.views import Mask, Offsets, Words, u64

_ALIKE_MIN = 10
"""Fewer entries are walked one by one sooner than compared."""

_WORD = 8
_CLOSING, _ONES, _HIGHS = (u64(one * 0x0101010101010101) for one in (ord(">"), 1, 0x80))
_ALL = 0xFFFFFFFFFFFFFFFF


def read_tape(padded: bytes, starts: Offsets, *, is_proved: bool) -> Tape:
    """Return the tape of some entries without comments, CDATA or processing instructions.

    Args:
        padded: UTF-8: entries, nothing but text between them, and PAD.
        starts: where each entry begins.
        is_proved: whether the entries are known to be well-formed. Otherwise those that are
            walked are proved here; the others have the same tags.

    Raises:
        NotProved: an entry is not well-formed by itself.
        Refused: nested deeper, or with longer tags or texts, than any bank's file.
    """
    block, codes = open_block(padded, starts), Codes()
    walker = Walker(block)
    parts = []
    walked = np.ones(starts.size, dtype=np.bool_)
    if starts.size >= _ALIKE_MIN:
        heads = _heads(block)
        for entries in _suspects(block, heads):
            if not is_proved:
                prove_parts([block.entry(int(entries[0]))])
            leads = walker.walk(int(entries[0]))
            entries = entries[_are_alike(block, heads, entries)]
            walked[entries] = False
            tags = block.firsts[entries][:, None] + np.array([one.tag for one in leads])
            parts.append(codes.spread(leads, tags.ravel()))
    tags, leads = [], []
    others = np.flatnonzero(walked).tolist()
    if others and not is_proved:
        prove_parts(map(block.entry, others))
    for one in others:
        found, first = walker.walk(one), int(block.firsts[one])
        tags += [first + lead.tag for lead in found]
        leads += found
    parts.append(codes.spread(leads, np.array(tags, dtype=np.int64)))
    return lay_out(block, [one for one in parts if one.tags.size] or parts, codes)


def _heads(block: Block) -> Words:
    """Return the first eight bytes of each tag; zeros behind a `>`."""
    words = block.words[block.opens[:-1]]
    marks = words ^ _CLOSING
    # The lowest byte that is zero, which is the first `>`, becomes 0x80; in place, for speed.
    lower = marks - _ONES
    np.invert(marks, out=marks)
    marks &= lower
    marks &= _HIGHS
    np.subtract(marks, u64(1), out=lower)
    marks ^= lower
    words &= marks
    return words


def _suspects(block: Block, heads: Words) -> Iterator[Offsets]:
    """Yield entries that may have the same tags, enough of them to be compared."""
    sums = np.add.reduceat(heads, block.firsts) + block.counts.astype(np.uint64)
    _, kinds, sizes = np.unique(sums, return_inverse=True, return_counts=True)
    order = np.argsort(kinds, kind="stable")
    for entries in np.split(order, np.cumsum(sizes)[:-1]):
        if entries.size >= _ALIKE_MIN:
            yield entries


def _are_alike(block: Block, heads: Words, entries: Offsets) -> Mask:
    """Tell which entries have the tags of the first one, byte by byte."""
    counts, tags = block.counts[entries], block.firsts[entries]
    alike: Mask = counts == counts[0]
    size = int(counts[0])
    if not alike.all():
        tags = np.where(alike, tags, tags[0])
    first = int(tags[0])
    for number in range(size):
        alike &= heads[tags + number] == heads[first + number]
        tag = tag_at(block.padded, int(block.opens[first + number]))
        # A `>` in an attribute ends what the heads hold too early.
        begin = _WORD if tag.index(b">") == len(tag) - 1 else 0
        for place in range(begin, len(tag), _WORD):
            mask = u64(_ALL >> max(8 * (place + _WORD - len(tag)), 0))
            words = block.words[block.opens[tags + number] + place] & mask
            alike &= words == words[0]
    return alike
