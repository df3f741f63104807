"""Texts of one column of a file, either as places in its bytes or as a Polars column.

Numbers and dates are read from the places; only what leaves as text becomes a column, and then as
views of the same bytes. Empty text is absent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.runs import Mask, Offsets, Run, run_of
from parsers.singles import FEW
from parsers.views import texts

MARGIN = b"\0" * 32
"""What must stand before and after the bytes of a run: words are read beyond both ends."""

_WORD_BYTES = 8
_KEPT = np.array([(1 << 8 * size) - 1 for size in range(_WORD_BYTES + 1)], dtype=np.uint64)

Codes = npt.NDArray[np.int64]


class Texts:
    """The values of one field, one a record: places (`at`), a column (`of`), or a list (`listed`).

    Each is made of the others when it is asked for.
    """

    def __init__(
        self,
        run: Run | None = None,
        column: pl.Series | None = None,
        few: list[str | None] | None = None,
    ) -> None:
        if run is not None:
            self.run = run
        if column is not None:
            self.column = column
        if few is not None:
            self.few = few

    @classmethod
    def at(cls, buffer: npt.NDArray[np.uint8], starts: Offsets, ends: Offsets) -> "Texts":
        """Return the texts between `starts` and `ends` of UTF-8 with MARGIN around it."""
        return cls(Run(buffer, starts, ends))

    @classmethod
    def of(cls, column: pl.Series) -> "Texts":
        """Return the texts of a String column."""
        is_empty = (column == "").fill_null(value=False)
        return cls(column=column.set(is_empty, None) if is_empty.any() else column)

    @classmethod
    def listed(cls, few: Sequence[str | None]) -> "Texts":
        """Return a few texts; None and empty ones are absent."""
        return cls(few=[one or None for one in few])

    @classmethod
    def constant(cls, text: str, height: int) -> "Texts":
        """Return the same text `height` times."""
        encoded = text.encode()
        buffer = np.frombuffer(MARGIN + encoded + MARGIN, dtype=np.uint8)
        starts = np.full(height, len(MARGIN), dtype=np.int64)
        return cls.at(buffer, starts, starts + len(encoded))

    @cached_property
    def run(self) -> Run:
        """Where the texts stand; absent ones have no length."""
        return run_of(self.column)

    @cached_property
    def column(self) -> pl.Series:
        """The texts as a String column, null where absent."""
        if "few" in self.__dict__ or self.are_few:
            return pl.Series(self.few, dtype=pl.String)
        return texts(self.run.buffer, self.run.starts, self.lengths)

    @property
    def are_few(self) -> bool:
        """Whether the texts are better read one by one (`few`)."""
        return len(self) < FEW

    @cached_property
    def few(self) -> list[str | None]:
        """The texts one by one, None where absent."""
        if "column" in self.__dict__:
            return self.column.to_list()
        if not len(self):
            return []
        first, stop = int(self.run.starts.min()), int(self.run.ends.max())
        data = self.run.buffer[first:stop].tobytes()
        places = zip(
            (self.run.starts - first).tolist(), (self.run.ends - first).tolist(), strict=True
        )
        return [data[start:end].decode() or None for start, end in places]

    @cached_property
    def lengths(self) -> Offsets:
        """Bytes of each text."""
        if "few" in self.__dict__:
            sizes = [0 if one is None else len(one.encode()) for one in self.few]
            return np.array(sizes, dtype=np.int64)
        return self.run.ends - self.run.starts

    @cached_property
    def is_given(self) -> Mask:
        """Which texts are not absent."""
        given: Mask = self.lengths > 0
        return given

    def __len__(self) -> int:
        if "few" in self.__dict__:
            return len(self.few)
        return len(self.column if "column" in self.__dict__ else self.run.starts)

    def text(self, row: int) -> str | None:
        """Return one text, None where absent."""
        if "few" in self.__dict__:
            return self.few[row]
        if "column" in self.__dict__:
            found: str | None = self.column.slice(row, 1).to_list()[0]
            return found
        start, end = int(self.run.starts[row]), int(self.run.ends[row])
        return self.run.buffer[start:end].tobytes().decode() or None

    def codes(self, words: Mapping[str, int]) -> Codes:
        """Return what each text stands for, -1 where `words` does not list it or it is absent."""
        if self.are_few:
            return np.array([words.get(one or "", -1) if one else -1 for one in self.few], np.int64)
        known = {text.encode(): code for text, code in words.items() if text}
        if max(map(len, known), default=0) > 2 * _WORD_BYTES:
            column = self.column.replace_strict(words, default=-1, return_dtype=pl.Int64)
            found: Codes = column.fill_null(-1).to_numpy()
            return found
        codes = np.full(len(self.lengths), -1, dtype=np.int64)
        first = self.run.words(self.run.starts)
        first &= _KEPT[np.minimum(self.lengths, _WORD_BYTES)]
        last = self.run.words(self.run.ends - _WORD_BYTES)
        for text, code in known.items():
            is_it = (self.lengths == len(text)) & (first == _word(text[:_WORD_BYTES]))
            if len(text) > _WORD_BYTES:
                is_it &= last == _word(text[-_WORD_BYTES:])
            codes[is_it] = code
        return codes


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


def merged(parts: Sequence[tuple[Offsets, Texts]], height: int) -> Texts:
    """Return one column of several: the texts of each part stand at its rows, the others absent."""
    if len(parts) == 1 and len(parts[0][0]) == height:
        return parts[0][1]
    if height < FEW:
        few: list[str | None] = [None] * height
        for rows, texts in parts:
            for row, text in zip(rows.tolist(), texts.few, strict=True):
                few[row] = text
        return Texts.listed(few)
    rows = np.concatenate([rows for rows, _ in parts])
    column = pl.concat([texts.column.alias("") for _, texts in parts])
    where = np.full(height, len(column), dtype=np.int64)
    where[rows] = np.arange(len(rows))
    return Texts.of(column.extend_constant(None, 1).gather(where))


def gathered(before: str | None, texts: Texts, rows: Offsets) -> Texts:
    """Return the texts at `rows` of a column that `before` stands above, at row 0."""
    if len(rows) < FEW and len(texts) < FEW:
        few = [before, *texts.few]
        return Texts.listed([few[row] for row in rows.tolist()])
    known = pl.Series([before], dtype=pl.String).append(texts.column.alias(""))
    return Texts.of(known.gather(rows))


def joined(texts: Texts, owners: Offsets, height: int) -> Texts:
    """Return one text a row: those that `owners` gives to it, joined by a blank."""
    if height < FEW and len(texts) < FEW:
        few: list[list[str]] = [[] for _ in range(height)]
        for owner, text in zip(owners.tolist(), texts.few, strict=True):
            if text is not None:
                few[owner].append(text)
        return Texts.listed([" ".join(one) for one in few])
    parts = pl.DataFrame({"owner": owners, "text": texts.column}).drop_nulls("text")
    lines = parts.group_by("owner", maintain_order=True).agg(pl.col("text").str.join(" "))
    every = pl.DataFrame({"owner": np.arange(height, dtype=np.int64)})
    return Texts.of(every.join(lines, on="owner", how="left", maintain_order="left")["text"])


@dataclass(frozen=True, slots=True)
class Places:
    """Where the records of some rows stand in the file."""

    record_no: Offsets
    line: Offsets
    byte_start: Offsets
    byte_length: Offsets

    def __len__(self) -> int:
        return len(self.record_no)

    def of(self, row: int) -> dict[str, int]:
        """Return where one record stands, as findings say it."""
        return {
            "line": int(self.line[row]),
            "byte_offset": int(self.byte_start[row]),
            "record_no": int(self.record_no[row]),
        }


@dataclass(frozen=True, slots=True)
class Cells:
    """Records as text: the columns that a layout reads, by their name in the file."""

    texts: Mapping[str, Texts]
    places: Places
