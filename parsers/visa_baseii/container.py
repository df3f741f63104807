"""Bytes to records: character set, record length and line ends, all found from the bytes."""

import re
from dataclasses import dataclass

import polars as pl

from parsers.outcome import Findings
from parsers.records import read_lines
from parsers.visa_baseii.layout import CTF_BYTES, FILLING, HASH_BYTES, ITF_BYTES

_CODE = "05|06|07|15|16|17|25|26|27|35|36|37"
_HEADER = "90{hash}[0-9]{{8}}[0-3][0-9]{{2}}"
_DRAFT = "(?:{codes}){hash}[0-9 ]0[0-9]{{16}}.{{6}}[0-9]{{23}}"
_CTF, _ITF = (
    re.compile(f"{_HEADER}|{_DRAFT}".format(hash=between, codes=_CODE))
    for between in ("", r"[\s\S]{2}")
)
_ENDINGS = ("\r\n", "\n", "\r", "\x85", "")
_EBCDIC = b"\xf0\xf1\xf2\xf3\xf9"


@dataclass(frozen=True, slots=True)
class Shape:
    """How the records stand in a file."""

    encoding: str
    width: int
    ending: str | None


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with a file header, or with a draft of the right length."""
    return find_shape(data) is not None


def find_shape(data: bytes) -> Shape | None:
    """Return encoding, record length and line end; None when this is no BASE II file.

    `ending` None: the lines differ in length (blanks at their end were cut).
    """
    if len(data) < 56:
        return None
    encoding = "cp037" if data[0] in _EBCDIC else "latin-1"
    head = data[: 2 * ITF_BYTES + 8].decode(encoding)
    for pattern, width in ((_CTF, CTF_BYTES), (_ITF, ITF_BYTES)):
        if not pattern.match(head) or re.search(r"[\r\n\x85]", head[HASH_BYTES[1] : width]):
            continue
        for ending in _ENDINGS:
            after = head[width : width + len(ending) + 2]
            is_next = re.fullmatch(re.escape(ending) + "[0-9]{2}", after)
            if is_next or (ending and after == ending) or (not ending and len(data) == width):
                return Shape(encoding, width, ending)
    first = re.split(r"[\r\n\x85]", head)[0]
    if len(first) == len(head) or encoding != "latin-1":
        return None
    is_long = CTF_BYTES < len(first.rstrip()) <= ITF_BYTES
    if _ITF.match(first) and (is_long or not _CTF.match(first)):
        return Shape(encoding, ITF_BYTES, None)
    return Shape(encoding, CTF_BYTES, None) if _CTF.match(first) else None


def read_records(data: bytes, shape: Shape, findings: Findings) -> pl.DataFrame:
    """Return the records: text (168 characters), code, line, byte_start, byte_length."""
    records = _by_stride(data, shape)
    if records is None:
        records = read_lines(data, shape.encoding)
    records = records.with_columns(pl.col("text").str.slice(0, 2).alias("code"))
    records = records.filter(~pl.col("code").is_in([FILLING, "", " ", "  "]))
    # In a single-byte character set, bytes are characters; so only odd lines are looked into.
    size = pl.col("byte_length")
    long = records.filter(size > shape.width).filter(
        pl.col("text").str.strip_chars_end().str.len_chars() > shape.width
    )
    cut_off = records.filter((size < shape.width) if shape.ending == "" else (size < 4))
    for row in pl.concat([long, cut_off]).head(20).iter_rows(named=True):
        findings.refuse(
            "record_length",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["text"][:2],
            found=f"{len(row['text'])} characters",
            expected=f"records of {shape.width} characters",
            hint="The file was cut off or changed on the way: fetch it again.",
        )
    text = pl.col("text")
    if shape.width == ITF_BYTES:
        first, last = HASH_BYTES
        text = pl.concat_str(text.str.slice(0, first), text.str.slice(last))
    if records.select((size != shape.width).any()).item():
        text = text.str.pad_end(CTF_BYTES)
    return records.with_columns(text.alias("text"))


def _by_stride(data: bytes, shape: Shape) -> pl.DataFrame | None:
    """Cut at fixed distances, so that a hash that looks like a line end does no harm."""
    if shape.ending is None:
        return None
    text = data.decode(shape.encoding)
    stride = shape.width + len(shape.ending)
    places = range(0, len(text), stride)
    if shape.ending:
        whole = range(shape.width, len(text) - len(shape.ending) + 1, stride)
        if any(text[one : one + len(shape.ending)] != shape.ending for one in whole):
            return None
    parts = [text[place : place + shape.width] for place in places]
    return pl.DataFrame({"text": parts}, schema={"text": pl.String}).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("line"),
        (pl.int_range(0, pl.len(), dtype=pl.Int64) * stride).alias("byte_start"),
        pl.col("text").str.len_chars().cast(pl.Int64).alias("byte_length"),
    )
