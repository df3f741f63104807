"""The open lines of one side of a leg, and who has taken which.

Lines are put into their one order (record_id) before anything looks at them, and are named from
then on by their row in that order. So no pass can depend on the order in which files or rows
arrived: the input may be shuffled, the answer keeps every byte.

A day has millions of lines, and nearly all of them are settled by their amount and the fingerprint
of their reference. So a side holds numbers only; what a few lines need later (other references,
kinds, ids) is fetched for those lines from where they came, be it a frame or a Parquet file.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from tieout.errors import IntegrityError

SideName = Literal["left", "right"]
Given = TypeVar("Given")
Result = TypeVar("Result")
Numbers = npt.NDArray[np.uint32]
Integers = npt.NDArray[np.int64]

FREE, EXCLUDED = -1, -2
"""What the group of a line says while it is in no group."""

NET = "net_value"
"""What a left line adds to its batch: its net if the file states one, else its amount."""

CURRENCY = pl.Categorical(pl.Categories("currency", "matchers", pl.UInt16))
"""How a side holds currencies."""

WORD = pl.Categorical(pl.Categories("word", "matchers", pl.UInt32))
"""How a side holds other texts of which a day has few: kinds, references of batches."""

_READ_ONCE = ("record_id", "is_booked", "is_reversal")
_FEW = 8
"""When no more than one line in so many is free, what late passes need of them is kept."""


@dataclass(frozen=True)
class Source:
    """Where the columns of a side come from.

    `columns`: how each column of a line is read from `frame`. `order`: at which row of `frame` each
    line stands; None if it is sorted already.
    """

    frame: pl.LazyFrame
    columns: Mapping[str, pl.Expr]
    order: pl.Series | None = None

    def read(self, names: Iterable[str], rows: pl.Series | None = None) -> pl.DataFrame:
        """Return columns of the lines at `rows` (None: of all), in that order."""
        wanted = [self.columns[name].alias(name) for name in names]
        if self.order is not None:
            rows = self.order if rows is None else self.order.gather(rows)
        if rows is None:
            return self.frame.select(wanted).collect(engine="streaming").rechunk()
        roots = sorted({root for column in wanted for root in column.meta.root_names()})
        taken = self.frame.select(roots).select(pl.all().gather(rows))
        # A column that the frame lacks is a constant: the rows say how often it is repeated.
        found = taken.select(rows.alias("_row"), *wanted).drop("_row")
        return found.collect(engine="in-memory")


@dataclass(frozen=True)
class Prints:
    """The fingerprints of one key on one side; `matchers.keys` makes them.

    `lines`: `row`, `print` and `check` of the lines, without those whose key has an empty part and,
    perhaps, those that were taken already. Keys are equal if both integers are.
    """

    lines: pl.DataFrame

    @cached_property
    def repeated(self) -> pl.Series:
        """The fingerprints that occur more than once; sorting tells faster than `is_duplicated`."""
        ordered = np.sort(self.lines["print"].to_numpy())
        return pl.Series("print", np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))

    def at(self, rows: pl.Series) -> pl.DataFrame:
        """Return the lines at `rows`, each of which must be among them."""
        return self.lines.select(pl.all().gather(self.lines["row"].search_sorted(rows)))


class Side:
    """One side's lines in record_id order; `group` says for each row what took it.

    `lines` holds numbers of all lines: amounts, dates, flags, `currency`, and `file_sha256` as its
    place in `files`. `came`: what came in, by `file_sha256` and `currency`: `lines`, `minor`.
    """

    def __init__(
        self,
        name: SideName,
        source: Source,
        lines: pl.DataFrame,
        files: pl.Series,
        came: pl.DataFrame,
    ) -> None:
        self.name = name
        self.source = source
        self.lines = lines
        self.files = files
        self.group = np.full(lines.height, FREE, dtype=np.int32)
        self.is_held = np.zeros(lines.height, dtype=np.bool_)
        self.prints: dict[tuple[str, ...], Prints] = {}
        self.came = came
        self.late_names = {*source.columns} - {*lines.columns, *_READ_ONCE}
        self._free_rows: pl.Series | None = None
        self._kept = pl.DataFrame()  # late columns of the lines that are free once few are
        self._place: npt.NDArray[np.int32] = np.empty(0, dtype=np.int32)  # and where each stands

    @property
    def free_rows(self) -> pl.Series:
        """The rows that nobody has taken, in order."""
        if self._free_rows is None:
            rows = np.flatnonzero(self.group == FREE).astype(np.uint32)
            self._free_rows = pl.Series("row", rows)
        return self._free_rows

    @cached_property
    def record_ids(self) -> pl.Series:
        """The ids of all lines, in order."""
        return self.source.read(["record_id"]).to_series()

    def free(self, *columns: str | pl.Expr, **named: pl.Expr) -> pl.DataFrame:
        """Return the free lines, in order: `row` and the columns asked for."""
        asked = [pl.col(one) if isinstance(one, str) else one for one in columns]
        names = {name for one in (*asked, *named.values()) for name in one.meta.root_names()}
        return self.at(self.free_rows, *sorted(names)).select(self.free_rows, *asked, **named)

    def at(self, rows: pl.Series, *columns: str, **named: str) -> pl.DataFrame:
        """Return the lines at `rows`, in that order; `named` columns get another name."""
        names = dict.fromkeys((*columns, *named.values()))
        late = [name for name in names if name not in self.lines.columns]
        found = self.lines.select(name for name in names if name in self.lines.columns)
        if rows.len() < self.lines.height or rows is not self.free_rows:
            found = found.select(pl.all().gather(rows))
        if late:
            fetched = self._late(rows, late)
            found = found.hstack(fetched) if found.width else fetched
        return found.select(*columns, **named)

    def _late(self, rows: pl.Series, names: list[str]) -> pl.DataFrame:
        """Fetch columns that are not held; once few lines are free, keep theirs for next time."""
        free = self.free_rows
        if free.len() * _FEW > self.lines.height:
            is_all = rows is free and free.len() == self.lines.height
            return self.source.read(names, None if is_all else rows)
        is_kept = set(names) <= set(self._kept.columns)
        if not is_kept or (self._place[rows.to_numpy()] < 0).any():
            more = {*names, *self._kept.columns, *self.late_names}
            kept = pl.Series("row", np.union1d(free.to_numpy(), rows.to_numpy()))
            self._kept = self.source.read(sorted(more), kept)
            self._place = np.full(self.lines.height, -1, dtype=np.int32)
            self._place[kept.to_numpy()] = np.arange(kept.len(), dtype=np.int32)
        places = pl.Series(self._place[rows.to_numpy()], dtype=pl.UInt32)
        return self._kept.select(names).select(pl.all().gather(places))

    def mark(self, rows: pl.Series, group: int | pl.Series) -> None:
        """Let `rows` belong to `group`. A line is taken once, or the run fails."""
        before = np.count_nonzero(self.group == FREE)
        self.group[rows.to_numpy()] = group.to_numpy() if isinstance(group, pl.Series) else group
        self._free_rows = None
        if before - np.count_nonzero(self.group == FREE) != rows.len():
            raise IntegrityError(f"A pass took a line of the {self.name} side a second time.")

    def forget(self) -> None:
        """Let go of what only passes need."""
        self.prints.clear()
        self._kept = pl.DataFrame()
        self._place = np.empty(0, dtype=np.int32)

    def hold(self, rows: pl.Series) -> None:
        """Let `rows` be carried unless a later pass takes them: what they belong to still waits."""
        self.is_held[rows.to_numpy()] = True


def of_both(work: Callable[[Given], Result], left: Given, right: Given) -> tuple[Result, Result]:
    """Do the same for both sides at a time; Polars and NumPy leave Python's lock to the other."""
    with ThreadPoolExecutor(max_workers=1) as other:
        theirs = other.submit(work, right)
        return work(left), theirs.result()
