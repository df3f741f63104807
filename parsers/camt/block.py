"""Some entries of a file as one run of bytes, and what their texts say once XML is out of them."""

from dataclasses import dataclass, replace

import numpy as np

from parsers.camt.texts import unescape
from parsers.views import PAD, Bytes, Offsets, Words, codes_of, trimmed, words_of

_SCANNED = 64 << 10
_SPACE, _ASCII = ord(" "), 128
_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Block:
    """Some entries one after the other, UTF-8 without comments, CDATA or instructions.

    `padded` is their text with PAD behind it; `opens` are the places of all `<` and of the end,
    `firsts` the number of the tag that opens each entry.
    """

    padded: bytes
    octets: Bytes
    words: Words
    opens: Offsets
    firsts: Offsets

    @property
    def counts(self) -> Offsets:
        """Return how many tags each entry has."""
        return np.diff(np.append(self.firsts, self.opens.size - 1))

    def entry(self, number: int) -> bytes:
        """Return one entry, and what stands behind it up to the next."""
        first, last = (
            self.firsts[one] if one < self.firsts.size else -1 for one in (number, number + 1)
        )
        return self.padded[self.opens[first] : self.opens[last]]


def open_block(padded: bytes, starts: Offsets) -> Block:
    """Return a text with entries that begin at `starts`; between them is no tag, behind it PAD."""
    octets = codes_of(padded)
    opens = np.append(places_of(octets, ord("<")), len(padded) - len(PAD))
    return Block(padded, octets, words_of(padded), opens, np.searchsorted(opens, starts))


def places_of(octets: Bytes, wanted: int) -> Offsets:
    """Return where a byte stands, looking at as many at once as stay in the cache."""
    if octets.size <= _SCANNED:
        return np.flatnonzero(octets == wanted)
    found = [
        np.flatnonzero(octets[at : at + _SCANNED] == wanted) + at
        for at in range(0, octets.size, _SCANNED)
    ]
    return np.concatenate(found)


def put_in_order(block: Block, starts: Offsets, sizes: Offsets) -> tuple[Block, Offsets, Offsets]:
    """Return where texts stand without space around them and references to characters.

    Texts that have to be written anew are put behind those of the block.
    """
    octets = block.octets
    first, final = octets[starts], octets[starts + sizes - 1]
    if first.min(initial=_ASCII) <= _SPACE or final.min(initial=_ASCII) <= _SPACE:
        starts, sizes = trimmed(octets, starts, sizes)
        first, final = octets[starts], octets[starts + sizes - 1]
    # Beyond ASCII there are more spaces.
    is_odd = ((first >= _ASCII) | (final >= _ASCII)) & (sizes > 0)
    references = places_of(octets, ord("&")) if b"&" in block.padded else _NONE
    if references.size:
        near = np.searchsorted(starts, references, side="right") - 1
        near = near[near >= 0]
        is_odd[near] |= sizes[near] > 0
    odd = np.flatnonzero(is_odd)
    return _rewritten(block, starts, sizes, odd) if odd.size else (block, starts, sizes)


def _rewritten(
    block: Block, starts: Offsets, sizes: Offsets, odd: Offsets
) -> tuple[Block, Offsets, Offsets]:
    data, begins = block.padded, starts[odd]
    pairs = zip(begins.tolist(), (begins + sizes[odd]).tolist(), strict=True)
    # No text holds a NUL, so all of them can be worked on as one.
    joined = b"\0".join([data[start:end] for start, end in pairs])
    if joined.isascii() and joined.count(b"&") == joined.count(b"&amp;"):  # as in most files
        joined = joined.replace(b"&amp;", b"&")
    else:
        texts = unescape(joined.decode()).split("\0")
        joined = "\0".join([one.strip() for one in texts]).encode()
    written = codes_of(joined)
    ends = np.append(np.flatnonzero(written == 0), written.size)
    firsts = np.concatenate([[0], ends[:-1] + 1])
    firsts, lengths = trimmed(codes_of(joined + PAD), firsts, ends - firsts)
    starts, sizes = starts.copy(), sizes.copy()
    starts[odd], sizes[odd] = firsts + len(data) - len(PAD), lengths
    padded = b"".join([data[: -len(PAD)], joined, PAD])
    longer = replace(block, padded=padded, octets=codes_of(padded), words=words_of(padded))
    return longer, starts, sizes
