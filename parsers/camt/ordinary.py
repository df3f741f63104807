"""Whether a large file can be proved in parts: no markup but tags, ordinary characters in texts.

Expat over the whole file is a third of the time that the file takes. In a file that passes here,
and in which no two kinds of things can be taken for each other, it is enough that expat proves what
stands around the entries, and of entries with the same tags one: their texts then hold nothing that
could break the document.
"""

import codecs
import re

import numpy as np

from parsers.contract import Data
from parsers.views import PAD, u64, words_of

PARTS_FROM_BYTES = 256 << 10
"""Smaller files are proved as a whole: that costs less than to look for parts."""

_WINDOW = 256 << 10
_HEAD = re.compile(
    rb"""(?:<\?xml\s+version=["']1\.0["'](?:\s+encoding=["'](?i:utf-8)["'])?"""
    rb"""(?:\s+standalone=["'](?:yes|no)["'])?\s*\?>)?\s*<[A-Za-z]"""
)
_TAG, _SPACES = ord("<"), (ord("\t"), ord("\n"), ord("\r"))
_REFERENCE = re.compile(rb"&(?:amp|lt|gt|quot|apos);")
_REFERENCE_BYTES = len(b"&quot;")
_AMPERSAND = u64(int.from_bytes(b"&amp;", "little"))
_MASK = u64((1 << 8 * len(b"&amp;")) - 1)
_FORBIDDEN = (b"]]>", b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""The end of CDATA, and the two characters that are none."""


def is_ordinary(data: Data) -> bool:
    """Tell whether a file is UTF-8 with tags, texts and named references, and nothing else.

    Tags themselves are not looked at.
    """
    head = _HEAD.match(data[:_WINDOW])
    if head is None:
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    overlap = _REFERENCE_BYTES
    for start in range(head.end() - 2, len(data), _WINDOW):
        # What begins in this window may end in the next.
        window = data[start : start + _WINDOW + overlap]
        if not _is_ordinary(window, _WINDOW) or not _is_utf8(decoder, window[:_WINDOW]):
            return False
    return not decoder.getstate()[0]


def _is_utf8(decoder: codecs.IncrementalDecoder, part: bytes) -> bool:
    if part.isascii() and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(part)
    except UnicodeDecodeError:
        return False
    return True


def _is_ordinary(window: bytes, size: int) -> bool:
    octets = np.frombuffer(window, np.uint8)
    for mark in b"!?":
        places = np.flatnonzero(octets == mark)
        if places.size and (octets[np.maximum(places - 1, 0)] == _TAG).any():
            return False
    low = octets < ord(" ")
    if low.any() and not np.isin(octets[low], _SPACES).all():
        return False
    # One byte is looked for sooner than several.
    if any((octets == one[0]).any() and one in window for one in _FORBIDDEN):
        return False
    references = np.flatnonzero(octets[:size] == ord("&"))
    if not references.size:
        return True
    words = words_of(window + PAD)[references] & _MASK
    odd = references[words != _AMPERSAND].tolist()
    return all(_REFERENCE.match(window, place) is not None for place in odd)
