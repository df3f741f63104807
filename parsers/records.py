"""Bytes to lines with their places: what the formats that are made of text lines share.

One row per line, a column at a time: no line ever becomes a Python object, so a file of a million
lines costs what splitting it costs.
"""

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from parsers.contract import Data
from parsers.errors import Refused
from parsers.outcome import Finding
from parsers.singles import FEW, whole_of

_BOM = b"\xef\xbb\xbf"
_END_OF_FILE = "\x1a"
_SMALL_BYTES = 32 << 10
_LINE_COLUMNS = {
    "line": pl.Int64,
    "byte_start": pl.Int64,
    "byte_length": pl.Int64,
    "text": pl.String,
}


def read_lines(data: bytes, encoding: str | None = None) -> pl.DataFrame:
    """Return the lines of a text file.

    Args:
        data: the file; lines end with LF, CR LF or, where there is no LF at all, a bare CR.
        encoding: a single-byte encoding or UTF-8; without it UTF-8, else CP1252.

    Returns:
        Columns text (without line end), line (from 1), byte_start, byte_length (bytes of text).

    Raises:
        Refused: UTF-16, NUL bytes, or bytes that the encoding does not have.
    """
    if len(data) < _SMALL_BYTES:  # a loop over a few lines costs less than one query
        return pl.DataFrame(list(text_lines(data, encoding)), schema=_LINE_COLUMNS, orient="row")
    refuse_wide(data)
    skipped = len(_BOM) if data.startswith(_BOM) else 0
    text, is_utf8 = _decode(data[skipped:], encoding, skipped)
    ending = "\n" if "\n" in text or "\r" not in text else "\r"
    lines = pl.select(pl.lit(text).str.split(ending).list.explode().alias("text"))
    size = pl.col("text").str.len_bytes() if is_utf8 else pl.col("text").str.len_chars()
    lines = lines.with_columns(
        size.cast(pl.Int64).alias("byte_length"),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("line"),
    ).with_columns(
        ((pl.col("byte_length") + 1).cum_sum() - pl.col("byte_length") - 1 + skipped).alias(
            "byte_start"
        )
    )
    has_return = pl.col("text").str.ends_with("\r")
    return lines.select(
        "line",
        "byte_start",
        pl.col("byte_length") - has_return.cast(pl.Int64),
        pl.col("text").str.strip_chars_end("\r" + _END_OF_FILE),
    ).filter((pl.col("text") != "") | (pl.col("line") < pl.len()))


class TextLine(NamedTuple):
    """One line without its end: its number from 1, its first byte, its bytes, its text."""

    line: int
    byte_start: int
    byte_length: int
    text: str


def text_lines(
    data: bytes, encoding: str | None = None, *, ending: str | None = None, is_start: bool = True
) -> Iterator[TextLine]:
    """Yield what `read_lines` returns, for reports that are made for people and read line by line.

    Args:
        data: the file, or whole lines of it.
        encoding: as for `read_lines`.
        ending: LF or CR, where `data` is but a part of a file that is known to have such ends.
        is_start: whether the file starts with `data`: only there stands a byte order mark.

    Raises:
        Refused: UTF-16, NUL bytes, or bytes that the encoding does not have.
    """
    if is_start:
        refuse_wide(data)
    start = len(_BOM) if is_start and data.startswith(_BOM) else 0
    text, is_utf8 = _decode(data[start:], encoding, start)
    is_wide = is_utf8 and not text.isascii()
    lines = text.split(ending or ("\n" if "\n" in text or "\r" not in text else "\r"))
    for number, line in enumerate(lines, 1):
        size = len(line.encode()) if is_wide else len(line)
        shown = line.rstrip("\r" + _END_OF_FILE)
        if shown or number < len(lines):
            yield TextLine(number, start, size - line.endswith("\r"), shown)
        start += size + 1


def _decode(data: bytes, encoding: str | None, skipped: int) -> tuple[str, bool]:
    """Return the text and whether it is UTF-8; what is neither is not guessed at."""
    if encoding in (None, "utf-8") and data.isascii():
        return data.decode("ascii"), True
    try:
        return data.decode(encoding or "utf-8"), encoding in (None, "utf-8")
    except UnicodeDecodeError as error:
        if encoding is not None:
            raise undecodable(data, error.start, encoding, skipped=skipped) from None
    try:
        return data.decode("cp1252"), False
    except UnicodeDecodeError as error:
        raise undecodable(data, error.start, "UTF-8 or CP1252", skipped=skipped) from None


def undecodable(data: Data, place: int, expected: str, *, skipped: int = 0) -> Refused:
    """Return the refusal of a file for its byte at `place`, `skipped` bytes before `data` aside."""
    return Refused(
        Finding(
            "encoding_differs",
            "refusal",
            line=data[:place].count(b"\n") + 1,
            byte_offset=place + skipped,
            found=f"byte 0x{data[place]:02x}",
            expected=f"{expected} text",
            hint="Ask for the file again, in its original form.",
        )
    )


def refuse_wide(data: Data) -> None:
    """Refuse a file that begins with a mark of UTF-16, or has a NUL byte."""
    place = 0 if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data.find(b"\0")
    if place >= 0:
        raise Refused(
            Finding(
                "encoding_differs",
                "refusal",
                line=data[:place].count(b"\n") + 1,
                byte_offset=place,
                found="UTF-16 or NUL bytes",
                expected="a single-byte encoding or UTF-8",
                hint="Ask for the file in its original form.",
            )
        )


def whole_number(text: pl.Expr) -> pl.Expr:
    """Return Int64 of a text of 1 to 18 ASCII digits; null for anything else."""
    return text.map_batches(read_whole, return_dtype=pl.Int64)


def read_whole(texts: pl.Series) -> pl.Series:
    """Return what `whole_number` says, for a column at hand."""
    if len(texts) < FEW:
        return pl.Series(texts.name, [whole_of(one) for one in texts.to_list()], dtype=pl.Int64)
    text = pl.col(texts.name)
    is_whole = text.str.contains("^[0-9]{1,18}$")
    number = pl.when(is_whole).then(text.cast(pl.Int64, strict=False))
    return texts.cast(pl.String).to_frame().select(number.alias(texts.name)).to_series()


def cut(fields: dict[str, tuple[int, int]], column: str = "text") -> list[pl.Expr]:
    """Return one expression per field of a fixed-width record.

    Args:
        fields: name → (first, last) position, both counted from 1 as specifications do.
        column: the column that holds the records.
    """
    return [
        pl.col(column).str.slice(first - 1, last - first + 1).alias(name)
        for name, (first, last) in fields.items()
    ]


def present(text: pl.Expr) -> pl.Expr:
    """Return the text without blanks around it; null when nothing is left."""
    stripped = text.str.strip_chars()
    return pl.when(stripped != "").then(stripped)
