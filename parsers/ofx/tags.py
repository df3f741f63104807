"""OFX as a column of tags: name, value and place of each.

SGML and XML alike: a value begins behind its tag and ends at the next `<`, whatever closes it. One
pass finds all of them, so that time grows with the file and with nothing else.
"""

import re
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.errors import Refused
from parsers.outcome import Finding

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_COMMENT, _COMMENT_END = b"<!--", b"-->"
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"
_MARK = re.compile(rb"<!--|<!\[CDATA\[")


class Tags:
    """All tags of a file, in its order.

    `frame` has columns name (capitals, without brackets, closing ones with their stroke), value
    (null where nothing but space follows), start and end (bytes of the tag itself).
    """

    def __init__(self, frame: pl.DataFrame, size: int) -> None:
        self.frame = frame
        self.size = size

    @cached_property
    def distinct(self) -> list[str]:
        """The names that there are."""
        return self.frame["name"].unique(maintain_order=True).to_list()

    @cached_property
    def _numbers(self) -> npt.NDArray[np.integer]:
        return self.frame["name"].cast(pl.Enum(self.distinct)).to_physical().to_numpy()

    @cached_property
    def starts(self) -> Indices:
        """First byte of each tag."""
        return self.frame["start"].to_numpy()

    @cached_property
    def ends(self) -> Indices:
        """The byte behind each tag."""
        return self.frame["end"].to_numpy()

    def named(self, name: str | re.Pattern[str]) -> Flags:
        """Tell which tags have a name."""
        pattern = re.compile(re.escape(name)) if isinstance(name, str) else name
        known = np.array([bool(pattern.fullmatch(one)) for one in self.distinct], dtype=np.bool_)
        return np.asarray(known[self._numbers]) if len(known) else np.zeros(0, dtype=np.bool_)

    def within(self, opening: str | re.Pattern[str], closing: re.Pattern[str]) -> Flags:
        """Tell which tags stand between an opening tag and the next that ends it."""
        return last(self.named(opening)) > last(self.named(closing) & ~self.named(opening))

    def first(self, wanted: Flags, owners: Indices, count: int) -> Indices:
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

    def values(self, tags: Indices) -> pl.Series:
        """Return the values of tags by their indices; null for -1."""
        numbers = pl.Series(tags, dtype=pl.Int64)
        return self.frame["value"].gather(numbers.set(numbers < 0, None))


def last(flags: Flags) -> Indices:
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
    octets = np.frombuffer(text, np.uint8)
    opens = np.flatnonzero(octets == ord("<"))
    sizes = np.append(opens[1:], octets.size) - opens - 1
    parts = pl.DataFrame({"start": opens, "size": sizes})
    whole = pl.lit(pl.Series([text], dtype=pl.Binary))
    content = whole.bin.slice(pl.col("start") + 1, pl.col("size")).cast(pl.String)
    pieces = content.str.splitn(">", 2).struct
    value = pieces.field("field_1").str.strip_chars()
    frame = parts.select(
        pieces.field("field_0").str.strip_chars().str.to_uppercase().alias("name"),
        pl.when(value != "").then(value).alias("value"),
        pl.col("start"),
        (pl.col("start") + pieces.field("field_0").str.len_bytes() + 2).alias("end"),
    ).filter(parts.select(pieces.field("field_1").is_not_null()).to_series())
    return Tags(frame if is_utf8 else _as_received(frame, octets), len(data))


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


def _as_received(frame: pl.DataFrame, octets: npt.NDArray[np.uint8]) -> pl.DataFrame:
    """Return places in the bytes as received, which have one byte for each character."""
    before = np.concatenate([[0], np.cumsum((octets & 0xC0) != 0x80)])
    return frame.with_columns(
        pl.Series(name, before[frame[name].to_numpy()]) for name in ("start", "end")
    )
