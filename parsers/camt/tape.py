"""Well-formed XML to arrays: where each tag leads, and where its text stands.

Every `<` opens a tag, so tags are found by comparing bytes. Their contents (`Amt Ccy="EUR"`) are
few and repeat: each different one is looked at once. Depth is a running sum, and the place of a tag
in the tree follows from its name and the place of the tag around it, one level at a time. No
element ever becomes an object.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.camt.layout import MESSAGE, MESSAGES
from parsers.camt.texts import unescape, unescape_column
from parsers.camt.tree import NOWHERE, ROOT, Tree
from parsers.errors import Refused
from parsers.outcome import Finding

DEPTH_MAX = 100
TAG_BYTES_MAX = 64 << 10
TEXT_BYTES_MAX = 1 << 20
_TAG = re.compile(rb"""<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""")
_NAME = re.compile(r"(?:[^\s/>:]*:)?([^\s/>:]+)")
_ATTRIBUTE = re.compile(r"""\s([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tape:
    """The start tags that lead somewhere, in the order of the text.

    `text` holds the whole as its only value, so that nothing copies it; `octets` are the same
    bytes. `places` are numbers of a tree; the text of a tag is `sizes` bytes from `starts`, up to
    the next tag. `currencies` are attributes Ccy, as indices of `codes`; 0 is none. `referring`
    are the places below which references to characters (`&amp;`) stand.
    """

    text: pl.Series
    octets: npt.NDArray[np.uint8]
    tree: Tree
    places: npt.NDArray[np.int16]
    tags: Indices
    starts: Indices
    sizes: Indices
    currencies: Indices
    codes: tuple[str | None, ...]
    referring: list[int]


def read_tape(text: bytes, tree: Tree) -> Tape:
    """Return the tape of a text without comments, CDATA or processing instructions.

    Args:
        text: well-formed, UTF-8; several elements may stand one after the other.
        tree: what leads where.

    Raises:
        Refused: nested deeper, or with longer tags or texts, than any bank's file.
    """
    octets = np.frombuffer(text, np.uint8)
    opens = np.flatnonzero(octets == ord("<"))
    closes = _closes(text, octets, opens)
    following = octets[1:][opens]
    ending = following == ord("/")
    here = np.flatnonzero(~ending & (following != ord("?")))
    is_empty = octets[closes[here] - 1] == ord("/")
    step = -ending.astype(np.int8)
    step[here] = ~is_empty
    depth = np.cumsum(step, dtype=np.int32)
    level = depth[here] + is_empty
    _limit("elements nested {} deep", level, DEPTH_MAX)
    _limit("a tag of {} bytes", closes - opens, TAG_BYTES_MAX)
    whole = pl.Series("text", [text], dtype=pl.Binary)
    names, currencies, codes = _contents(whole, opens[here] + 1, closes[here], tree)
    places = _places(level, names, tree)
    leads = np.flatnonzero(places != NOWHERE)
    here = here[leads]
    limits = np.append(opens, octets.size)
    starts = closes[here] + 1
    sizes = limits[here + 1] - starts
    _limit("a text of {} bytes", sizes, TEXT_BYTES_MAX)
    return Tape(
        whole,
        octets,
        tree,
        places[leads],
        opens[here],
        starts,
        sizes,
        currencies[leads],
        codes,
        _referring(octets, opens[here], places[leads]),
    )


def _closes(text: bytes, octets: npt.NDArray[np.uint8], opens: Indices) -> Indices:
    """Return the `>` of each tag. One may stand in a text or an attribute too, but rarely does."""
    closes = np.flatnonzero(octets == ord(">"))
    if closes.size == opens.size:
        return closes
    return np.fromiter((one.end() - 1 for one in _TAG.finditer(text)), np.int64, count=opens.size)


def _contents(
    text: pl.Series, starts: Indices, ends: Indices, tree: Tree
) -> tuple[Indices, Indices, tuple[str | None, ...]]:
    """Return the numbers of each tag's name and attribute Ccy, and what the latter stand for."""
    parts = pl.DataFrame({"start": starts, "size": ends - starts})
    contents = parts.select(_slices(text).alias("content")).to_series()
    distinct = contents.unique(maintain_order=True)
    codes: dict[str | None, int] = {None: 0}
    names, currencies = [], []
    for one in distinct.to_list():
        names.append(_name(one, tree))
        currencies.append(codes.setdefault(_currency(one), len(codes)))
    numbers = contents.cast(pl.Enum(distinct)).to_physical().to_numpy()
    return (
        np.array(names, dtype=np.int64)[numbers],
        np.array(currencies, dtype=np.int64)[numbers],
        tuple(codes),
    )


def _referring(
    octets: npt.NDArray[np.uint8], tags: Indices, places: npt.NDArray[np.int16]
) -> list[int]:
    references = np.flatnonzero(octets == ord("&"))
    if not references.size or not tags.size:
        return []
    return sorted(set(places[np.searchsorted(tags, references) - 1].tolist()))


def texts(tape: Tape, starts: Indices, sizes: Indices, *, is_plain: bool) -> pl.Series:
    """Return parts of a tape's text without space around them, null for blank ones.

    References to characters are replaced, unless the parts are known to be plain.
    """
    parts = pl.DataFrame({"start": starts, "size": sizes})
    part = _slices(tape.text)
    if not is_plain:
        parts = parts.select(unescape_column(parts.select(part).to_series()).alias("text"))
        part = pl.col("text")
    elif _is_tight(tape.octets, starts, sizes):
        return parts.select(part.alias("text")).to_series()
    stripped = part.str.strip_chars()
    return parts.select(pl.when(stripped != "").then(stripped).alias("text")).to_series()


def _is_tight(octets: npt.NDArray[np.uint8], starts: Indices, sizes: Indices) -> bool:
    """Tell whether every part has something in it, and no space around it."""
    if not sizes.all():
        return False
    first, final = octets[starts], octets[starts + sizes - 1]
    # Beyond ASCII there are more spaces.
    return bool(((first > ord(" ")) & (first < 128) & (final > ord(" ")) & (final < 128)).all())


def _slices(text: pl.Series) -> pl.Expr:
    """Return parts of a UTF-8 text, from the columns start and size (bytes)."""
    return pl.lit(text).bin.slice(pl.col("start"), pl.col("size")).cast(pl.String)


def _name(content: str, tree: Tree) -> int:
    found = _NAME.match(content)
    name = found[1] if found else ""
    if MESSAGE.fullmatch(name):
        name = MESSAGES[0]
    return tree.names.get(name, 0)


def _currency(content: str) -> str | None:
    values = {found[1]: found[2] or found[3] or "" for found in _ATTRIBUTE.finditer(content)}
    code = values.get("Ccy")
    return None if code is None else unescape(code).strip()


def _places(level: npt.NDArray[np.int32], names: Indices, tree: Tree) -> npt.NDArray[np.int16]:
    places = np.zeros(level.size, dtype=np.int16)
    above: Indices | None = None
    for depth in range(1, int(level.max(initial=0)) + 1):
        here = np.flatnonzero(level == depth)
        if above is None:
            places[here] = tree.table[ROOT, names[here]]
        else:
            parents = places[above[np.searchsorted(above, here) - 1]]
            places[here] = tree.table[parents, names[here]]
        if not places[here].any():
            break
        above = here
    return places


def _limit(found: str, sizes: npt.NDArray[np.integer], most: int) -> None:
    largest = int(sizes.max(initial=0))
    if largest > most:
        raise Refused(
            Finding(
                "xml_too_large",
                "refusal",
                found=found.format(largest),
                expected=f"at most {most}",
                hint="Treat the file as hostile and ask the sender.",
            )
        )
