"""From the frame or the Parquet scan of one side to its lines, ready to match.

Read in one plan: the fingerprints of the plan's first key are made where its references are
decoded, so that no reference is carried. A frame that lacks an optional column gets the default.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
import polars as pl

from matchers.counting import counted
from matchers.keys import key_prints
from matchers.lines import CURRENCY, EXCLUDED, NET, WORD, Prints, Side, SideName, Source
from matchers.passes import DuplicatesPass, ExactPass, NettingPass, SimilarPass
from matchers.plan import LegPlan
from tieout.errors import IntegrityError, UsageError
from tieout.frames.settlement import LINE_SCHEMA

_ALWAYS = ("kind", "is_booked", "is_reversal", "file_sha256", "record_no", "business_date")
_STATE = {
    "due_date": pl.Date(),
    "first_seen_date": pl.Date(),
    "is_awaiting_file": pl.Boolean(),
}
_TEXT = pl.String()
_HELD = ("amount_minor", "fee_minor", NET, "business_date", "currency", "file_sha256")


def prepare(frame: pl.LazyFrame, side: SideName, leg: LegPlan, *, as_of: date) -> Side:
    """Return one side of a leg, ready to match.

    Lines that do not take part (not booked, kind not of this leg, a batch's own total) are already
    marked as excluded.

    Raises:
        UsageError: a required column is missing or has another type.
        IntegrityError: a record_id is null or appears twice.
    """
    schema = frame.collect_schema()
    _check_columns(schema, side, _required(leg))
    columns = _columns(leg, schema, as_of)
    source = Source(frame, columns, _order(frame, side))
    first = leg.passes[0]
    key: tuple[str, ...] = ()
    if isinstance(first, DuplicatesPass | ExactPass):  # these look at every line's key
        key = tuple(name for name in first.full_key if name != "amount_minor")
    lines = _read(source, side, leg, key)
    _check_sums(lines, side)
    lines, files = _with_numbered_files(lines)
    came = counted(lines, files)
    if source.order is not None:
        lines = lines.select(pl.all().gather(source.order))
    apart = {"print", "check", "is_excluded"} & {*lines.columns}
    made = Side(side, source, lines.drop(apart), files, came)
    if key:
        prints = lines.select("print", "check").with_row_index("row")
        is_whole = prints["print"].null_count() == 0
        made.prints[key] = Prints(prints if is_whole else prints.drop_nulls("print"))
    made.mark(lines.select(pl.arg_where(pl.col("is_excluded"))).to_series(), EXCLUDED)
    return made


def _with_numbered_files(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Replace `file_sha256` by its place among the files, which are returned in their order."""
    runs = lines["file_sha256"].rle().struct.unnest()  # lines of a file stand together, mostly
    files = runs["value"].unique().sort()
    places = runs["value"].cast(pl.Enum(files)).to_physical().cast(pl.UInt32).to_numpy()
    numbered = np.repeat(places, runs["len"].to_numpy())
    return lines.with_columns(file_sha256=pl.Series(numbered, dtype=pl.UInt32)), files


def _columns(leg: LegPlan, schema: Mapping[str, pl.DataType], as_of: date) -> dict[str, pl.Expr]:
    """How each column that the leg needs is made of what was given."""
    names = {"record_id", "currency", "amount_minor", *_ALWAYS}
    names |= {name for step in leg.passes for name in step.key}
    names |= {
        name
        for step in leg.passes
        if isinstance(step, SimilarPass)
        for name in (*step.left_text, *step.right_text)
    }
    if leg.fees is not None:
        names.add("fee_minor")
    if leg.batch is not None:
        names.add("net_minor")
    columns = {
        name: _given(name, dtype, as_of, is_there=name in schema)
        for name, dtype in LINE_SCHEMA.items()
        if name in names
    }
    for name, dtype in _STATE.items():
        default = pl.lit(value=False) if name == "is_awaiting_file" else columns["business_date"]
        given = pl.col(name).fill_null(default) if name in schema else default
        columns[name] = given.cast(dtype)
    if leg.batch is not None:
        columns[NET] = pl.coalesce(columns.pop("net_minor"), columns["amount_minor"])
    return columns


def _given(name: str, dtype: pl.DataType, as_of: date, *, is_there: bool) -> pl.Expr:
    if not is_there:
        return _default(name, as_of).cast(dtype)
    fills = name in _ALWAYS and name != "kind"
    found = pl.col(name).fill_null(_default(name, as_of)) if fills else pl.col(name)
    return found.cast(dtype)


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


def _order(frame: pl.LazyFrame, side: SideName) -> pl.Series | None:
    """Where each line stands in `frame` by record_id; None if they are in that order already."""
    record_id = pl.col("record_id").cast(pl.String)
    ascends = (record_id.shift() < record_id).slice(1).all(ignore_nulls=False)
    is_whole = record_id.null_count() == 0
    if frame.select(ascends & is_whole).collect().item():  # a parsed file is sorted already
        return None
    ids = frame.select(record_id).collect().to_series().rechunk()
    order = ids.arg_sort()
    ids = ids.gather(order)
    if ids.null_count() or (ids == ids.shift()).any():
        raise IntegrityError(
            f"The {side} side has a record_id that is empty or appears twice.",
            hint="A record_id names one line for ever; the same line must be passed in once.",
        )
    return order


def _read(source: Source, side: SideName, leg: LegPlan, key: tuple[str, ...]) -> pl.DataFrame:
    """The held columns of all lines, in the order in which they were given."""
    columns = {**source.columns, "currency": source.columns["currency"].cast(CURRENCY)}
    held = [name for name in (*_HELD, *_STATE) if name in columns]
    if leg.batch is not None:  # a batch leg adds up all its lines: their kinds and batches, too
        words = {"kind", *leg.batch.key} & {name for name, t in LINE_SCHEMA.items() if t == _TEXT}
        words -= {"currency"}
        columns |= {name: columns[name].cast(WORD) for name in words}
        held += sorted(words)
    made: dict[str, pl.Expr] = {"is_excluded": _excluded(source, side, leg)}
    if key:
        made |= key_prints(key)
        held.append("record_no")
    if any(isinstance(step, NettingPass) for step in leg.passes):
        made["undoes"] = columns["is_reversal"] | (source.columns["kind"] == "reversal")
    lines = (
        source.frame.with_columns(source.columns[name].alias(name) for name in key)
        .select(*(columns[name].alias(name) for name in held), **made)
        .collect(engine="streaming")
        # In one piece: looking up rows in several chunks is ten times as slow, and Polars 2.1 can
        # panic when it writes texts over a column in several chunks.
        .rechunk()
    )
    for name in ("amount_minor", "currency"):
        if lines[name].null_count():
            raise UsageError(f"Column {name} of the {side} frame has empty values.")
    return lines


def _excluded(source: Source, side: SideName, leg: LegPlan) -> pl.Expr:
    kind = source.columns["kind"]
    kinds = leg.left_kinds if side == "left" else leg.right_kinds
    out = ~source.columns["is_booked"]
    if kinds is not None:
        out = out | ~kind.is_in(kinds)
    if side == "left" and leg.batch is not None:
        out = out | kind.is_in(leg.batch.exclude_kinds)
    return out


def _required(leg: LegPlan) -> set[str]:
    keys = (name for step in leg.passes if step.type != "netting" for name in step.key)
    return {"record_id", "currency", "amount_minor", *keys} - set(_ALWAYS)


def _check_columns(
    schema: Mapping[str, pl.DataType], side: SideName, required: Iterable[str]
) -> None:
    missing = sorted(set(required) - set(schema))
    if missing:
        raise UsageError(
            f"The {side} frame has no column {', '.join(missing)}; it has {', '.join(schema)}.",
            hint="Give it these columns, or leave them out of the plan's keys.",
        )
    if not schema["amount_minor"].is_integer():
        raise UsageError(
            f"amount_minor of the {side} frame is {schema['amount_minor']}, not an integer.",
            hint="Amounts are whole minor units (cents) of the currency beside them.",
        )


def _check_sums(lines: pl.DataFrame, side: SideName) -> None:
    """Refuse amounts that could overflow: sums of any lines must fit 62 bits."""
    for name, called in (("amount_minor", "amount_minor"), (NET, "net_minor")):
        if name in lines.columns:
            if _bound(lines[name]) < 1 << 62:
                continue
            total = lines[name].cast(pl.Int128).abs().sum()
            if total >= 1 << 62:
                raise IntegrityError(
                    f"{called} of the {side} side adds up to {total}; "
                    f"at most {1 << 62} is possible.",
                    hint="Look for a line whose amount is not in minor units.",
                )


def _bound(amounts: pl.Series) -> int:
    """Return a limit of what the absolute amounts come to: the largest, times their number."""
    least, most = amounts.min(), amounts.max()
    if not isinstance(least, int) or not isinstance(most, int):
        return 0
    return amounts.len() * max(abs(least), abs(most))
