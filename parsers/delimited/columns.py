"""Rows of a delimited file to the columns that its layout reads, as places in the bytes."""

import numpy as np

from parsers.contract import Data
from parsers.declared.texts import MARGIN, Cells, Places, Texts
from parsers.delimited.layout import Layout
from parsers.runs import Offsets
from parsers.table import Rows, Spans, read_cells

_VIEWED_MAX = 1 << 31
_RETURN, _DOUBLED = b"\r", 2


def cells_of(rows: Rows, raw: Data, layout: Layout) -> Cells:
    """Return the columns that the layout reads.

    Args:
        rows: where the rows of a piece stand.
        raw: the file; texts are views of it where it is in memory as a whole.
        layout: what is read.

    Raises:
        Refused: the reader of other encodings sees other rows than were counted.
    """
    spans, wanted = rows.spans, layout.file_columns()
    first = rows.records_before + 1
    places = Places(
        np.arange(first, first + len(spans), dtype=np.int64),
        spans.lines,
        spans.starts,
        spans.ends - spans.starts,
    )
    data = rows.piece.data
    if layout.encoding not in ("utf-8", "ascii") and not data.isascii():
        return Cells(_transcoded(rows, layout, wanted), places)
    if isinstance(raw, bytes) and _has_room(spans, len(raw)):
        buffer, shift = np.frombuffer(raw, dtype=np.uint8), 0
    else:
        buffer = np.frombuffer(b"".join((MARGIN, data, MARGIN)), dtype=np.uint8)
        shift = len(MARGIN) - rows.piece.origin
    marks = _marks(spans, len(rows.names))
    quote = layout.quote.encode()
    is_quoted = bool(quote) and quote in data
    texts = {}
    for name in wanted:
        place, last = rows.names.index(name), len(rows.names) - 1
        starts = spans.starts + shift if place == 0 else marks[:, place - 1] + (shift + 1)
        ends = spans.ends + shift if place == last else marks[:, place] + shift
        texts[name] = Texts.at(buffer, starts, ends)
        if is_quoted:
            texts[name] = _unquoted(texts[name], quote, has_returns=_RETURN in data)
    return Cells(texts, places)


def _has_room(spans: Spans, size: int) -> bool:
    """Tell whether words can be read around the rows, and views can point to them."""
    if not len(spans) or size >= _VIEWED_MAX:
        return False
    margin = len(MARGIN)
    return int(spans.starts[0]) >= margin and int(spans.ends[-1]) + margin <= size


def _transcoded(rows: Rows, layout: Layout, wanted: list[str]) -> dict[str, Texts]:
    cells = read_cells(
        rows.piece.data, rows.spans, rows.names, layout, wanted=wanted, origin=rows.piece.origin
    )
    return {name: Texts.of(cells[name]) for name in wanted}


def _marks(spans: Spans, width: int) -> Offsets:
    """Return where each field of each row ends: shape (rows, fields)."""
    if not len(spans):
        return np.zeros((0, width), dtype=np.int64)
    first, last = int(spans.firsts[0]), int(spans.firsts[-1])
    if last - first == (len(spans) - 1) * width:
        return spans.marks[first : last + width].reshape(-1, width)
    # Comments stand between the rows.
    found: Offsets = spans.marks[spans.firsts[:, None] + np.arange(width)]
    return found


def _unquoted(texts: Texts, quote: bytes, *, has_returns: bool) -> Texts:
    """Return the texts without the quotes around them; doubled ones inside count once."""
    run = texts.run
    is_quoted = (run.buffer[run.starts] == quote[0]) & (texts.lengths > 1)
    if not is_quoted.any():
        return texts
    plain = Texts.at(run.buffer, run.starts + is_quoted, run.ends - is_quoted)
    mark = quote.decode()
    inside = plain.column.str.contains(mark, literal=True)
    if has_returns:
        inside |= plain.column.str.contains("\r\n", literal=True)
    if not inside.any():
        return plain
    column = plain.column.str.replace_all(mark * _DOUBLED, mark, literal=True)
    return Texts.of(column.str.replace_all("\r\n", "\n", literal=True))
