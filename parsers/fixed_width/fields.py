"""Bytes of a field to text: one column at a time, whatever form the field is written in.

Numbers leave as plain text (`-0000123.45`), so that one grammar judges all of them; what is no
number in its form leaves as it stands or as bytes in hexadecimal, and is refused by that grammar.
"""

import re
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.declared.texts import MARGIN, Texts
from parsers.errors import Refused
from parsers.fixed_width.layout import Layout, Place
from parsers.fixed_width.records import Block, Offsets
from parsers.outcome import Finding
from parsers.runs import Run
from parsers.singles import FEW
from parsers.views import digits as read_digits
from parsers.views import words_of

Bytes = npt.NDArray[np.uint8]
_ZERO, _MINUS, _PLUS = ord("0"), ord("-"), ord("+")
_NONE = 255
_WORD, _ASCII_END, _LF = 8, 128, 10
_NOTHING = " \0"
_NOT_BLANK_BYTE = 0xDF
_NOT_BLANK = np.uint64(0xDFDFDFDFDFDFDFDF)
_SIGNED = re.compile(r"([+-]?) *([^+ -](?:.*[^+ -])?) *([+-]?)")
_WHOLE = re.compile("(-?)([0-9]+)")
# Sign characters of zoned numbers in ASCII: { A to I for +0 to +9, } J to R for -0 to -9, and
# p to y for -0 to -9 as some compilers write them.
_POSITIVE, _NEGATIVE, _LOWER = b"{ABCDEFGHI", b"}JKLMNOPQR", b"pqrstuvwxy"
_POSITIVE_NIBBLES, _NEGATIVE_NIBBLES = (0xA, 0xC, 0xE, 0xF), (0xB, 0xD)
_IS_POSITIVE, _IS_NEGATIVE = np.zeros((2, 16), dtype=np.bool_)
_IS_POSITIVE[list(_POSITIVE_NIBBLES)] = _IS_NEGATIVE[list(_NEGATIVE_NIBBLES)] = True


def read_field(block: Block, rows: Offsets, place: Place, layout: Layout) -> Texts:
    """Return a field of some records as text, absent where it is blank.

    Raises:
        Refused: bytes that the encoding does not have.
    """
    if place.form in ("packed", "zoned"):
        found = block.field(rows, place.first, place.width)
        read = _packed(found) if place.form == "packed" else _zoned(found, layout)
        return _numbers(found, *read, place, layout)
    if len(rows) < FEW:
        return Texts.listed(_few(block, rows, place, layout))
    if block.is_plain or _is_plain(block, rows, place):
        starts, ends = _without_blanks(block.text, block.reads[rows] + place.first, place.width)
        if place.form == "text" and place.decimals is None:
            return Texts.at(block.text, starts, ends)
        numbers = _plain_numbers(block.text, starts, ends, place, layout)
        if numbers is not None:
            return numbers
    column = _texts(block.field(rows, place.first, place.width), layout, block, rows, place)
    if place.form == "signed":
        column = _signed(column)
    if place.decimals is not None:
        column = _with_point(column, place.decimals, layout.decimal)
    return Texts.of(column)


def _few(block: Block, rows: Offsets, place: Place, layout: Layout) -> list[str]:
    """Decode a few fields one by one."""
    raw, width = block.field(rows, place.first, place.width).tobytes(), place.width
    texts = []
    for number, row in enumerate(rows.tolist()):
        field = raw[number * width : (number + 1) * width]
        try:
            text = field.decode(layout.encoding)
        except UnicodeDecodeError as error:
            byte = f"byte 0x{field[error.start]:02x}"
            raise Refused(_undecodable(block, row, place, byte, layout)) from None
        if "\n" in text:
            raise Refused(_undecodable(block, row, place, "a line end", layout))
        text = text.strip(_NOTHING)
        if place.form == "signed":
            text = _sign_in_front(text)
        texts.append(text if place.decimals is None else _pointed(text, place, layout))
    return texts


def _sign_in_front(text: str) -> str:
    parts = _SIGNED.fullmatch(text)
    if parts is None or (parts[1] and parts[3]):
        return text
    return ("-" if "-" in (parts[1], parts[3]) else "") + parts[2]


def _pointed(text: str, place: Place, layout: Layout) -> str:
    parts, decimals = _WHOLE.fullmatch(text), place.decimals or 0
    if parts is None:
        return text and f"{text} (no digits)"
    digits = parts[2].zfill(decimals + 1)
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    return parts[1] + whole + (layout.decimal + fraction if decimals else "")


def _is_plain(block: Block, rows: Offsets, place: Place) -> bool:
    """Tell whether a field has nothing but ASCII characters, and no line end."""
    found = block.text[(block.reads[rows] + place.first)[:, None] + np.arange(place.width)]
    return bool((found < _ASCII_END).all() and (found != _LF).all())


def _without_blanks(data: Bytes, starts: Offsets, width: int) -> tuple[Offsets, Offsets]:
    """Return the places of fields without the blanks, or lowest values, around them."""
    starts, ends = starts.copy(), starts + width
    run = Run(data, starts, ends)
    # Eight bytes at once: what is left of blanks and X'00' without the bit of the blank is zero.
    rows: Offsets | slice = slice(None)
    while True:
        words = run.words(ends[rows] - _WORD) & _NOT_BLANK
        blank = np.zeros(len(words), dtype=np.int64)
        for byte in range(1, _WORD + 1):
            blank += (words >> np.uint64(64 - 8 * byte)) == 0
        left = np.minimum(blank, ends[rows] - starts[rows])
        ends[rows] -= left
        more = np.flatnonzero((left == _WORD) & (ends[rows] > starts[rows]))
        if not len(more):
            break
        rows = more if isinstance(rows, slice) else rows[more]
    leading = np.flatnonzero(((data[starts] & _NOT_BLANK_BYTE) == 0) & (starts < ends))
    while len(leading):
        starts[leading] += 1
        still = (data[starts[leading]] & _NOT_BLANK_BYTE) == 0
        leading = leading[still & (starts[leading] < ends[leading])]
    return starts, ends


def _plain_numbers(
    data: Bytes, starts: Offsets, ends: Offsets, place: Place, layout: Layout
) -> Texts | None:
    """Return numbers with their point, signs in front; None where some are no plain numbers."""
    decimals = place.decimals
    if decimals is None:
        return None
    given = ends > starts
    first, last = data[starts], data[ends - 1]
    front = given & ((first == _MINUS) | ((first == _PLUS) & (place.form == "signed")))
    back = given & ((last == _MINUS) | (last == _PLUS)) & (place.form == "signed")
    negative = (front & (first == _MINUS)) | (back & (last == _MINUS))
    starts, ends = starts + front, ends - back
    _, good = read_digits(words_of(data), starts, ends - starts)
    if (given & ~good).any() or (front & back).any():
        return None
    sizes = ends - starts
    width = max(int(sizes.max(initial=0)), decimals + 1)
    places = ends[:, None] - width + np.arange(width)
    whole = np.where(places < starts[:, None], _ZERO, data[places]).astype(np.uint8)
    mark = np.full((len(ends), 1 if decimals else 0), ord(layout.decimal), dtype=np.uint8)
    room = np.full((len(ends), 1), _ZERO, dtype=np.uint8)
    text = np.concatenate(
        (room, whole[:, : width - decimals], mark, whole[:, width - decimals :]), 1
    )
    ends = np.arange(1, len(text) + 1, dtype=np.int64) * text.shape[1] + len(MARGIN)
    starts = ends - np.maximum(sizes, decimals + 1) - mark.shape[1] - negative
    buffer = np.frombuffer(bytearray().join((MARGIN, text.tobytes(), MARGIN)), dtype=np.uint8)
    buffer[starts[negative]] = _MINUS
    return Texts.at(buffer, np.where(given, starts, ends), ends)


def _texts(found: Bytes, layout: Layout, block: Block, rows: Offsets, place: Place) -> pl.Series:
    """Decode the bytes; a line feed, which no field can hold, keeps the texts apart."""
    count, width = found.shape
    feed = "\n".encode(layout.encoding)[0]
    apart = np.full((count, width + 1), feed, dtype=np.uint8)
    apart[:, :width] = found
    inside = np.flatnonzero((found == feed).any(axis=1))
    if len(inside):
        raise Refused(_undecodable(block, int(rows[inside[0]]), place, "a line end", layout))
    try:
        text = apart.tobytes().decode(layout.encoding)
    except UnicodeDecodeError as error:
        row, column = divmod(error.start, width + 1)
        byte = f"byte 0x{apart[row, column]:02x}"
        raise Refused(_undecodable(block, int(rows[row]), place, byte, layout)) from None
    texts = pl.select(pl.lit(text).str.split("\n").list.explode()).to_series().head(count)
    # Blanks, and the lowest value that mainframes fill fields with, stand for nothing.
    return texts.str.strip_chars(_NOTHING)


def _undecodable(block: Block, row: int, place: Place, found: str, layout: Layout) -> Finding:
    where = block.place(row)
    return Finding(
        "encoding_differs",
        "refusal",
        line=where["line"],
        byte_offset=where["byte_offset"] + place.first,
        record_no=where["record_no"],
        found=found,
        expected=f"{layout.encoding} text at positions {list(place.at)}",
        hint="Set `encoding` to what the sender uses, or the field's `form` to how it is written.",
    )


def _packed(found: Bytes) -> tuple[Bytes, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return digits, which are negative, and which are packed decimals (COMP-3)."""
    count, width = found.shape
    nibbles = np.empty((count, 2 * width), dtype=np.uint8)
    nibbles[:, 0::2], nibbles[:, 1::2] = found >> 4, found & 15
    digits, signs = nibbles[:, :-1], nibbles[:, -1]
    negative = _IS_NEGATIVE[signs]
    right = (digits < 10).all(axis=1) & (negative | _IS_POSITIVE[signs])
    return digits, negative, right


def _zoned(
    found: Bytes, layout: Layout
) -> tuple[Bytes, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return digits, which are negative, and which are zoned decimals (sign over last digit)."""
    values, signed, negative = _zones(layout.is_ebcdic)
    digits = values[found]
    digits[:, -1] = signed[found[:, -1]]
    return digits, negative[found[:, -1]], (digits != _NONE).all(axis=1)


@cache
def _zones(is_ebcdic: bool) -> tuple[Bytes, Bytes, npt.NDArray[np.bool_]]:
    """Return byte → digit before the last, byte → last digit, and which last bytes are minus."""
    values = np.full(256, _NONE, dtype=np.uint8)
    values[(0xF0 if is_ebcdic else _ZERO) + np.arange(10)] = np.arange(10)
    signed, negative = values.copy(), np.zeros(256, dtype=np.bool_)
    if is_ebcdic:
        rows = [(nibble << 4, nibble in _NEGATIVE_NIBBLES) for nibble in range(0xA, 0x10)]
        marks = [(bytes(range(high, high + 10)), minus) for high, minus in rows]
    else:
        marks = [(_POSITIVE, False), (_NEGATIVE, True), (_LOWER, True)]
    for letters, minus in marks:
        signed[list(letters)] = np.arange(10)
        negative[list(letters)] = minus
    return values, signed, negative


def _numbers(
    found: Bytes,
    digits: Bytes,
    negative: npt.NDArray[np.bool_],
    right: npt.NDArray[np.bool_],
    place: Place,
    layout: Layout,
) -> Texts:
    """Return numbers as text; blank fields as absent, others as what they are."""
    whole = digits + _ZERO
    sign = np.where(negative, _MINUS, _ZERO).astype(np.uint8)[:, None]
    decimals = place.decimals or 0
    lead = np.full((len(found), max(decimals + 1 - whole.shape[1], 0)), _ZERO, dtype=np.uint8)
    columns = [sign, lead, whole]
    if decimals:
        whole = np.concatenate((lead, whole), axis=1)
        mark = np.full((len(found), 1), ord(layout.decimal), dtype=np.uint8)
        columns = [sign, whole[:, :-decimals], mark, whole[:, -decimals:]]
    feed = np.full((len(found), 1), ord("\n"), dtype=np.uint8)
    text = np.concatenate([*columns, feed], axis=1)
    text[~right, :-1] = _ZERO
    wrong = np.flatnonzero(~right)
    blank = " ".encode(layout.encoding)[0]
    empty = (found[wrong] == blank).all(axis=1) | (found[wrong] == 0).all(axis=1)
    if len(found) >= FEW and empty.all():
        ends = np.arange(1, len(found) + 1, dtype=np.int64) * text.shape[1] - 1 + len(MARGIN)
        starts = ends + 1 - text.shape[1]
        starts[wrong] = ends[wrong]
        buffer = np.frombuffer(b"".join((MARGIN, text.tobytes(), MARGIN)), dtype=np.uint8)
        return Texts.at(buffer, starts, ends)
    texts: list[str | None] = [*text.tobytes().decode("ascii").split("\n")[: len(found)]]
    for row, is_empty in zip(wrong.tolist(), empty.tolist(), strict=True):
        texts[row] = None if is_empty else _shown(found[row].tobytes(), place, layout)
    return Texts.listed(texts)


def _shown(found: bytes, place: Place, layout: Layout) -> str:
    """Return what is no number as people can read it, and no grammar takes for one."""
    if place.form == "packed":
        return f"0x{found.hex()}"
    return f"{found.decode(layout.encoding, 'backslashreplace')} (not zoned)"


def _signed(texts: pl.Series) -> pl.Series:
    """Bring a sign that stands before or behind the digits to where amounts have it."""
    parts = pl.col("text").str.extract_groups(r"^([+-]?) *([^+ -](?:.*[^+ -])?) *([+-]?)$").struct
    front, digits, back = (parts.field(one) for one in "123")
    is_one = (front == "") | (back == "")
    minus = pl.when((front == "-") | (back == "-")).then(pl.lit("-")).otherwise(pl.lit(""))
    plain = pl.when(digits.is_not_null() & is_one).then(minus + digits).otherwise(pl.col("text"))
    return pl.DataFrame({"text": texts}).select(plain.alias("text")).to_series()


def _with_point(texts: pl.Series, decimals: int, mark: str) -> pl.Series:
    """Put in the point that the sender leaves out; one that stands there already is no digit."""
    parts = pl.col("text").str.extract_groups("^(-?)([0-9]+)$").struct
    digits = parts.field("2").str.zfill(decimals + 1)
    sign, whole, fraction = parts.field("1"), digits, pl.lit("")
    if decimals:
        whole, fraction = digits.str.head(-decimals), pl.lit(mark) + digits.str.tail(decimals)
    written = pl.concat_str(sign, whole, fraction)
    other = (
        pl.when(pl.col("text") == "").then(pl.lit("")).otherwise(pl.col("text") + " (no digits)")
    )
    return pl.DataFrame({"text": texts}).select(pl.coalesce(written, other)).to_series()
