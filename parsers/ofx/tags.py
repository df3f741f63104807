"""OFX as a column of tags: name, value and place of each.

SGML and XML alike: a value begins behind its tag and ends at the next `<`, whatever closes it. One
pass finds all of them, so that time grows with the file and with nothing else.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers import views
from parsers.errors import Refused
from parsers.outcome import Finding
from parsers.views import PAD, Bytes, Offsets, Words

Flags = npt.NDArray[np.bool_]

_COMMENT, _COMMENT_END = b"<!--", b"-->"
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"
_MARK = re.compile(rb"<!--|<!\[CDATA\[")
_FEW = 1000
_ASCII = 128


class Tags:
    """All tags of a file, in its order.

    `starts` and `ends` are the bytes of the tags themselves, in the file as received. The value of
    a tag is `sizes` bytes from `begins` of the text; 0 where nothing but space follows.
    """

    def __init__(self, padded: bytes, names: pl.Series | list[str], places: "Places") -> None:
        self.padded = padded
        self.places = places
        self._distinct, self._numbers = _numbered(names)

    @property
    def starts(self) -> Offsets:
        """First byte of each tag, as received."""
        return self.places.starts

    @property
    def ends(self) -> Offsets:
        """The byte behind each tag, as received."""
        return self.places.ends

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return self.places.size

    @cached_property
    def octets(self) -> Bytes:
        """The bytes of the text."""
        return views.codes_of(self.padded)

    @cached_property
    def words(self) -> Words:
        """The eight bytes from each place of the text on."""
        return views.words_of(self.padded)

    def named(self, name: str | re.Pattern[str]) -> Flags:
        """Tell which tags have a name (capitals, without brackets, closing ones with stroke)."""
        if isinstance(name, str):
            known = self._distinct.get(name)
            if known is None:
                return np.zeros(self._numbers.size, dtype=np.bool_)
            return np.asarray(self._numbers == known)
        wanted = [bool(name.fullmatch(one)) for one in self._distinct]
        return np.asarray(np.array(wanted, dtype=np.bool_)[self._numbers])

    def within(self, opening: str | re.Pattern[str], closing: re.Pattern[str]) -> Flags:
        """Tell which tags stand between an opening tag and the next that ends it."""
        return last(self.named(opening)) > last(self.named(closing) & ~self.named(opening))

    def first(self, wanted: Flags, owners: Offsets, count: int) -> Offsets:
        """Return the first wanted tag of each of `count` owners; -1 where there is none.

        Args:
            wanted: which tags are meant.
            owners: number of the owner of each tag.
            count: how many owners there are.
        """
        found = np.full(count, -1, dtype=np.int64)
        here = np.flatnonzero(wanted & (owners >= 0))[::-1]
        found[owners[here]] = here
        return found

    def span(self, tags: Offsets) -> tuple[Offsets, Offsets]:
        """Return where the values of tags begin and how long they are; 0 for -1."""
        sizes = np.where(tags < 0, 0, self.places.sizes[tags]) if tags.size else tags
        return self.places.begins[tags], sizes

    def values(self, tags: Offsets) -> pl.Series:
        """Return the values of tags by their indices; null for -1 and where there is none."""
        return views.texts(self.padded, *self.span(tags))

    def value(self, tag: int) -> str | None:
        """Return the value of one tag."""
        if tag < 0 or not self.places.sizes[tag]:
            return None
        begin, size = int(self.places.begins[tag]), int(self.places.sizes[tag])
        return self.padded[begin : begin + size].decode()


@dataclass(frozen=True, slots=True)
class Places:
    """Where tags and their values stand; `size` is that of the file."""

    starts: Offsets
    ends: Offsets
    begins: Offsets
    sizes: Offsets
    size: int


def _numbered(names: pl.Series | list[str]) -> tuple[dict[str, int], Offsets]:
    """Return a number for each name, and those of all tags."""
    if isinstance(names, list):
        known: dict[str, int] = {}
        written = [known.setdefault(one, len(known)) for one in names]
        return known, np.array(written, dtype=np.int64)
    distinct = names.unique(maintain_order=True)
    known = {}
    numbers = [known.setdefault(_name(one), len(known)) for one in distinct.to_list()]
    physical = names.cast(pl.Enum(distinct)).to_physical().to_numpy()
    return known, np.array(numbers, dtype=np.int64)[physical]


def _name(text: str) -> str:
    return text.strip().upper()


def last(flags: Flags) -> Offsets:
    """Return the index of the last flag up to each place; -1 before any."""
    places = np.where(flags, np.arange(flags.size), -1)
    return np.asarray(np.maximum.accumulate(places), dtype=np.int64)


def blanked(data: bytes) -> bytes:
    """Return a file with comments, and the marks of CDATA, as spaces: offsets stay true."""
    parts, place = [], 0
    while found := _MARK.search(data, place):
        is_comment = found[0] == _COMMENT
        closing = _COMMENT_END if is_comment else _CDATA_END
        end = data.find(closing, found.end())
        if end < 0:
            break
        after = end + len(closing)
        inside = b" " * (end - found.end()) if is_comment else data[found.end() : end]
        parts += [data[place : found.start()], b" " * len(found[0]), inside, b" " * len(closing)]
        place = after
    return b"".join([*parts, data[place:]]) if parts else data


def read_tags(data: bytes) -> Tags:
    """Return the tags of a file whose comments are blank.

    Raises:
        Refused: bytes that are neither UTF-8 nor CP1252.
    """
    text, is_utf8 = _decoded(data)
    padded = text + PAD
    octets = views.codes_of(padded)
    opens = np.flatnonzero(octets == ord("<"))
    closes = np.append(np.flatnonzero(octets == ord(">")), len(text))
    following = np.append(opens[1:], len(text))
    close = closes[np.searchsorted(closes, opens)]
    whole = close < following
    if not whole.all():
        opens, close, following = opens[whole], close[whole], following[whole]
    names: pl.Series | list[str]
    if opens.size < _FEW:
        pairs = zip((opens + 1).tolist(), close.tolist(), strict=True)
        names = [_name(text[start:end].decode()) for start, end in pairs]
    else:
        names = views.texts(padded, opens + 1, close - opens - 1).fill_null("")
    begins, sizes = _stripped(padded, close + 1, following - close - 1)
    starts, ends = opens, close + 1
    if not is_utf8:
        # As received, each character has one byte.
        before = np.concatenate([[0], np.cumsum((octets & 0xC0) != 0x80)])
        starts, ends = before[starts], before[ends]
    return Tags(padded, names, Places(starts, ends, begins, sizes, len(data)))


def _stripped(padded: bytes, starts: Offsets, sizes: Offsets) -> tuple[Offsets, Offsets]:
    octets = views.codes_of(padded)
    starts, sizes = views.trimmed(octets, starts, sizes)
    # Beyond ASCII there are more spaces.
    odd = (octets[starts] >= _ASCII) | (octets[starts + sizes - 1] >= _ASCII)
    for row in np.flatnonzero(odd & (sizes > 0)).tolist():
        value = padded[starts[row] : starts[row] + sizes[row]].decode()
        rest = value.lstrip()
        starts[row] += len(value.encode()) - len(rest.encode())
        sizes[row] = len(rest.rstrip().encode())
    return starts, sizes


def _decoded(data: bytes) -> tuple[bytes, bool]:
    """Return a file in UTF-8; headers are often wrong about what the bytes are."""
    try:
        data.decode()
    except UnicodeDecodeError:
        pass
    else:
        return data, True
    try:
        return data.decode("cp1252").encode(), False
    except UnicodeDecodeError as error:
        raise Refused(
            Finding(
                "encoding_wrong",
                "refusal",
                line=data.count(b"\n", 0, error.start) + 1,
                byte_offset=error.start,
                found=f"byte 0x{data[error.start]:02x}, which is in neither of them",
                expected="UTF-8 or CP1252",
                hint="Ask the bank which encoding it writes, and for a file in UTF-8.",
            )
        ) from None
