"""Where the entries stand in the bytes, and what is left of the file without them.

A pass over windows of the file finds the tags of `Ntry`, whatever their prefix, in any amount of
data. The rest, the frame, is small: it is read as a whole, so that what a statement says after its
entries still counts for them. In the frame one empty tag stands for each run of entries.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parsers.camt.document import Document, Offsets
from parsers.camt.layout import ENTRY
from parsers.contract import Data
from parsers.views import PAD

_WINDOW = 512 << 10
_MARKER = b"<Ntry/>"
_ENDINGS = b" \t\r\n/>"
_TAG = re.compile(rb"""<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""")

_ODD = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)

Octets = npt.NDArray[np.uint8]


class Unbalanced(ValueError):
    """Tags of entries that do not close each other: the document is not well-formed."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Entries in the order of the file: bytes from `starts` to before `ends`.

    `runs` holds the index of the first entry of each run; no other tag stands within a run.
    """

    starts: Offsets
    ends: Offsets
    runs: Offsets

    def only(self, is_kept: npt.NDArray[np.bool_]) -> "Spans":
        """Return the spans of some of the runs."""
        sizes = np.diff(np.append(self.runs, len(self)))
        entries = np.repeat(is_kept, sizes)
        kept = sizes[is_kept]
        return Spans(self.starts[entries], self.ends[entries], np.cumsum(kept) - kept)

    def __len__(self) -> int:
        return self.starts.size


@dataclass(frozen=True, slots=True)
class Cut:
    """Bytes with the runs of entries replaced, and where what remained was before.

    `markers` are the places in the text of the tags that stand for the runs.
    """

    text: bytes
    markers: Offsets
    kept: list[int]
    origins: list[int]

    def origin(self, offset: int) -> int:
        """Return where the byte at `offset` of the text stood."""
        part = bisect_right(self.kept, offset) - 1
        return self.origins[part] + offset - self.kept[part]


def find_entries(document: Document) -> Spans:
    """Return the outermost entries of a document.

    Raises:
        Unbalanced: never, of a document that is well-formed.
    """
    names = [f"{one}:{ENTRY}" if one else ENTRY for one in sorted({*document.markup.prefixes, ""})]
    starts, ends, orders, steps = _find_tags(document, [one.encode() for one in names])
    depth = np.cumsum(steps)
    opens = ((steps == 1) & (depth == 1)) | ((steps == 0) & (depth == 0))
    closes = ((steps == -1) & (depth == 0)) | ((steps == 0) & (depth == 0))
    if np.count_nonzero(opens) != np.count_nonzero(closes):
        raise Unbalanced("entries that do not end")
    follows = orders[opens][1:] == orders[closes][:-1] + 1
    runs = np.flatnonzero(np.concatenate([[opens.any()], ~follows]))
    return Spans(starts[opens], ends[closes], runs)


def cut(document: Document, spans: Spans) -> Cut:
    """Return the frame: the document without its entries."""
    data = document.data
    lasts = np.append(spans.runs, len(spans))[1:] - 1
    runs = zip(spans.starts[spans.runs].tolist(), spans.ends[lasts].tolist(), strict=True)
    place, size = document.start, 0
    parts, kept, origins, markers = [], [0], [place], []
    for start, end in runs:
        size += start - place
        markers.append(size)
        parts += [data[place:start], _MARKER]
        size += len(_MARKER)
        place = end
        kept.append(size)
        origins.append(place)
    parts.append(data[place:])
    return Cut(b"".join(parts), np.array(markers, dtype=np.int64), kept, origins)


def plain(odd: bytes) -> bytes:
    """Return what a comment, CDATA section or processing instruction says as text."""
    if not odd.startswith(b"<![CDATA["):
        return b""
    return odd[9:-3].replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def join(document: Document, spans: Spans, part: slice) -> tuple[bytes, Offsets]:
    """Return some entries, one after the other with PAD behind them, and where each begins.

    They are in UTF-8 and without what is odd in them.
    """
    data, starts, ends = document.data, spans.starts[part], spans.ends[part]
    if document.encoding == "utf-8" and not document.markup.odd:
        # Nothing but text stands between the entries of a run: it is taken as it is.
        run = np.searchsorted(spans.runs, np.arange(len(spans))[part], side="right")
        firsts = np.flatnonzero(np.diff(run, prepend=-1))
        lasts = np.append(firsts[1:], starts.size) - 1
        sizes = ends[lasts] - starts[firsts]
        moved = starts[firsts] - (np.cumsum(sizes) - sizes)
        pairs = zip(starts[firsts].tolist(), ends[lasts].tolist(), strict=True)
        text = b"".join([*(data[start:end] for start, end in pairs), PAD])
        return text, starts - np.repeat(moved, lasts - firsts + 1)
    pairs = zip(starts.tolist(), ends.tolist(), strict=True)
    texts = [document.text(data[start:end]) for start, end in pairs]
    if document.markup.odd:
        texts = [_ODD.sub(lambda found: plain(found[0]), one) for one in texts]
    sizes = np.array([len(one) for one in texts], dtype=np.int64)
    return b"".join([*texts, PAD]), np.cumsum(sizes) - sizes


def blocks(spans: Spans, size: int) -> Iterator[slice]:
    """Yield slices of entries that take about `size` bytes together, at least one."""
    first = 0
    while first < len(spans):
        limit = spans.starts[first] + size
        following = max(int(np.searchsorted(spans.ends, limit, side="right")), first + 1)
        yield slice(first, following)
        first = following


def _find_tags(document: Document, names: Sequence[bytes]) -> Offsets:
    """Return rows start, end, tags before it, and step of depth; a column for each tag."""
    data, overlap = document.data, max(len(one) for one in names) + 16
    found = [np.zeros((4, 0), dtype=np.int64)]
    before = 0
    for start in range(0, len(data), _WINDOW):
        size = min(_WINDOW, len(data) - start)
        window = data[start : start + size + overlap].ljust(size + overlap, b"\0")
        octets = np.frombuffer(window, np.uint8)
        places = np.flatnonzero(octets[:size] == ord("<"))
        words = np.ndarray((octets.size - 7,), dtype="<u8", buffer=octets, strides=(1,))[places]
        for name in names:
            for mark, step in ((b"<" + name, 1), (b"</" + name, -1)):
                here = _matching(octets, places, words, mark)
                ends = places[here] + len(mark) + 1
                ends[octets[ends - 1] != ord(">")] = 0
                steps = np.full(here.size, step)
                found.append(
                    np.stack(
                        [places[here] + start, ends + start * (ends > 0), here + before, steps]
                    )
                )
        before += places.size
    tags = np.concatenate(found, axis=1)
    tags = tags[:, np.argsort(tags[0], kind="stable")]
    tags = tags[:, ~_within(tags[0], document.markup.odd)]
    for column in np.flatnonzero(tags[1] == 0):
        _look_closely(data, tags[:, column])
    return tags


def _matching(
    octets: Octets, places: Offsets, words: npt.NDArray[np.uint64], mark: bytes
) -> Offsets:
    """Return the indices of `places` at which `mark` stands, and a name ends behind it.

    `words` are the eight bytes at each of them.
    """
    short = mark[:8]
    mask = np.uint64((1 << (8 * len(short))) - 1)
    here = np.flatnonzero((words & mask) == np.uint64(int.from_bytes(short, "little")))
    for place, octet in enumerate(mark[8:], start=8):
        here = here[octets[places[here] + place] == octet]
    behind = octets[places[here] + len(mark)]
    return here[np.isin(behind, np.frombuffer(_ENDINGS, np.uint8))]


def _within(places: Offsets, odd: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    if not odd:
        return np.zeros(places.size, dtype=np.bool_)
    starts, ends = np.array(odd, dtype=np.int64).T
    part = np.searchsorted(starts, places, side="right") - 1
    return np.asarray((part >= 0) & (places < ends[part]))


def _look_closely(data: Data, tag: Offsets) -> None:
    """Fill in the end of a tag with attributes or spaces, and whether it is empty."""
    found = _TAG.match(data, int(tag[0]))
    if found is None:
        raise Unbalanced(f"no tag at byte {tag[0]}")
    tag[1] = found.end()
    if found[0].endswith(b"/>"):
        tag[3] = 0
