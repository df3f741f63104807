"""The open lines of one side of a leg, and who has taken which.

Lines are put into their one order (record_id) before anything looks at them, and are named from
then on by their row in that order. So no pass can depend on the order in which files or rows
arrived: the input may be shuffled, the answer keeps every byte.

Only the columns that the leg needs are carried; a frame that lacks an optional one gets the
default.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.passes import SimilarPass
from matchers.plan import LegPlan
from tieout.errors import IntegrityError, UsageError
from tieout.frames.settlement import LINE_SCHEMA

SideName = Literal["left", "right"]
Given = TypeVar("Given")
Result = TypeVar("Result")
Numbers = npt.NDArray[np.uint32]

FREE, EXCLUDED = -1, -2
"""What the group of a line says while it is in no group."""

NET = "net_value"
"""What a left line adds to its batch: its net if the file states one, else its amount."""

_ALWAYS = ("kind", "is_booked", "is_reversal", "file_sha256", "record_no", "business_date")
_STATE = {
    "due_date": pl.Date(),
    "first_seen_date": pl.Date(),
    "is_awaiting_file": pl.Boolean(),
}


@dataclass(frozen=True)
class Prints:
    """The fingerprints of one key on one side; `matchers.keys` makes them.

    `lines`: `row`, `print` of the lines that were free when the key was first asked for, without
    those whose key has an empty part.
    """

    lines: pl.DataFrame

    @cached_property
    def repeated(self) -> pl.Series:
        """The fingerprints that occur more than once; sorting tells faster than `is_duplicated`."""
        ordered = np.sort(self.lines["print"].to_numpy())
        return pl.Series("print", np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))


class Side:
    """One side's lines in record_id order; `group` says for each row what took it."""

    def __init__(self, name: SideName, lines: pl.DataFrame) -> None:
        self.name = name
        self.lines = lines
        self.group = np.full(lines.height, FREE, dtype=np.int32)
        self.is_held = np.zeros(lines.height, dtype=np.bool_)
        self.prints: dict[tuple[str, ...], Prints] = {}
        self._free_rows: pl.Series | None = None

    @property
    def free_rows(self) -> pl.Series:
        """The rows that nobody has taken, in order."""
        if self._free_rows is None:
            rows = np.flatnonzero(self.group == FREE).astype(np.uint32)
            self._free_rows = pl.Series("row", rows)
        return self._free_rows

    def free(self, *columns: str | pl.Expr, **named: pl.Expr) -> pl.DataFrame:
        """Return the free lines, in order: `row` and the columns asked for."""
        rows = self.free_rows
        # Late passes see few lines: fetch those first, then compute.
        lines = self.lines.lazy()
        if rows.len() < self.lines.height:
            lines = lines.select(pl.all().gather(rows))
        return lines.select(pl.lit(rows), *columns, **named).collect(engine="in-memory")

    def at(self, rows: pl.Series, *columns: str, **named: str) -> pl.DataFrame:
        """Return the lines at `rows`, in that order; `named` columns get another name."""
        return self.lines.select(*columns, **named).select(pl.all().gather(rows))

    def mark(self, rows: pl.Series, group: int | pl.Series) -> None:
        """Let `rows` belong to `group`. A line is taken once, or the run fails."""
        before = self.free_rows.len()
        self.group[rows.to_numpy()] = group.to_numpy() if isinstance(group, pl.Series) else group
        self._free_rows = None
        if before - self.free_rows.len() != rows.len():
            raise IntegrityError(f"A pass took a line of the {self.name} side a second time.")

    def hold(self, rows: pl.Series) -> None:
        """Let `rows` be carried unless a later pass takes them: what they belong to still waits."""
        self.is_held[rows.to_numpy()] = True


def of_both(work: Callable[[Given], Result], left: Given, right: Given) -> tuple[Result, Result]:
    """Do the same for both sides at a time; Polars and NumPy leave Python's lock to the other."""
    with ThreadPoolExecutor(max_workers=1) as other:
        theirs = other.submit(work, right)
        return work(left), theirs.result()


def prepare(frame: pl.DataFrame, side: SideName, leg: LegPlan, *, as_of: date) -> Side:
    """Return one side of a leg, ready to match.

    Lines that do not take part (not booked, kind not of this leg, a batch's own total) are already
    marked as excluded.

    Raises:
        UsageError: a required column is missing or has another type.
        IntegrityError: a record_id is null or appears twice.
    """
    _check_columns(frame, side, _required(leg))
    wanted = _columns_of(leg) | _STATE
    given = frame.lazy().select(
        _given(name, as_of).cast(dtype) for name, dtype in wanted.items() if name in frame.columns
    )
    # In one piece: looking up rows in several chunks is ten times as slow, and Polars 2.1 can
    # panic when it writes texts over a column in several chunks.
    lines = given.collect(engine="in-memory").rechunk()
    lines = lines.with_columns(
        _default(name, as_of).cast(dtype)
        for name, dtype in wanted.items()
        if name not in frame.columns and name not in _STATE
    )
    lines = lines.with_columns(_state(name, dtype, lines) for name, dtype in _STATE.items())
    if not lines["record_id"].is_sorted():  # a parsed file is sorted already
        lines = lines.sort("record_id").rechunk()
    if lines["record_id"].null_count() or (lines["record_id"] == lines["record_id"].shift()).any():
        raise IntegrityError(
            f"The {side} side has a record_id that is empty or appears twice.",
            hint="A record_id names one line for ever; the same line must be passed in once.",
        )
    _check_sums(lines, side)
    if leg.batch is not None:
        lines = lines.with_columns(pl.coalesce("net_minor", "amount_minor").alias(NET))
    made = Side(side, lines)
    made.mark(_excluded(lines, side, leg), EXCLUDED)
    return made


def _required(leg: LegPlan) -> set[str]:
    keys = (name for step in leg.passes if step.type != "netting" for name in step.key)
    return {"record_id", "currency", "amount_minor", *keys} - set(_ALWAYS)


def _columns_of(leg: LegPlan) -> dict[str, pl.DataType]:
    names = {"record_id", "currency", "amount_minor", *_ALWAYS}
    names |= {name for step in leg.passes for name in step.key}
    names |= {
        name
        for step in leg.passes
        if isinstance(step, SimilarPass)
        for name in (*step.left_text, *step.right_text)
    }
    if leg.fees is not None or leg.batch is not None:
        names |= {"fee_minor", "net_minor"}
    return {name: dtype for name, dtype in LINE_SCHEMA.items() if name in names}


def _default(name: str, as_of: date) -> pl.Expr:
    constants: dict[str, object] = {
        "kind": "sale",
        "is_booked": True,
        "is_reversal": False,
        "file_sha256": "",
        "record_no": 0,
        "business_date": as_of,
    }
    return pl.lit(constants.get(name)).alias(name)


def _given(name: str, as_of: date) -> pl.Expr:
    fills = name in _ALWAYS and name != "kind"
    return pl.col(name).fill_null(_default(name, as_of)) if fills else pl.col(name)


def _state(name: str, dtype: pl.DataType, frame: pl.DataFrame) -> pl.Expr:
    fallback = pl.lit(value=False) if name == "is_awaiting_file" else pl.col("business_date")
    if name not in frame.columns:
        return fallback.cast(dtype).alias(name)
    return pl.col(name).fill_null(fallback)


def _excluded(lines: pl.DataFrame, side: SideName, leg: LegPlan) -> pl.Series:
    kinds = leg.left_kinds if side == "left" else leg.right_kinds
    out = ~pl.col("is_booked")
    if kinds is not None:
        out = out | ~pl.col("kind").is_in(kinds)
    if side == "left" and leg.batch is not None:
        out = out | pl.col("kind").is_in(leg.batch.exclude_kinds)
    return lines.select(pl.arg_where(out)).to_series()


def _check_sums(lines: pl.DataFrame, side: SideName) -> None:
    """Refuse amounts that could overflow: sums of any lines must fit 62 bits."""
    for name in ("amount_minor", "net_minor"):
        if name in lines.columns:
            if _bound(lines[name]) < 1 << 62:
                continue
            total = lines[name].cast(pl.Int128).abs().sum()
            if total >= 1 << 62:
                raise IntegrityError(
                    f"{name} of the {side} side adds up to {total}; at most {1 << 62} is possible.",
                    hint="Look for a line whose amount is not in minor units.",
                )


def _bound(amounts: pl.Series) -> int:
    """Return a limit of what the absolute amounts come to: the largest, times their number."""
    least, most = amounts.min(), amounts.max()
    if not isinstance(least, int) or not isinstance(most, int):
        return 0
    return amounts.len() * max(abs(least), abs(most))


def _check_columns(frame: pl.DataFrame, side: SideName, required: Iterable[str]) -> None:
    missing = sorted(set(required) - set(frame.columns))
    if missing:
        raise UsageError(
            f"The {side} frame has no column {', '.join(missing)}; it has "
            f"{', '.join(frame.columns)}.",
            hint="Give it these columns, or leave them out of the plan's keys.",
        )
    if not frame.schema["amount_minor"].is_integer():
        raise UsageError(
            f"amount_minor of the {side} frame is {frame.schema['amount_minor']}, not an integer.",
            hint="Amounts are whole minor units (cents) of the currency beside them.",
        )
    for name in ("amount_minor", "currency"):
        if frame[name].null_count():
            raise UsageError(f"Column {name} of the {side} frame has empty values.")
