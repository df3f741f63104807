"""The proof of a leg: no line and no cent is lost, and every match adds up.

Computed from the frames as they came in and as they go out, not from what the passes believe:
per side, file and currency as many lines and as much money go out as came in; every line once; what
the members give to a match is what the match says of each side; the residual is their difference.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.assembly import Tables
from matchers.groups import LegState
from tieout.errors import ProofFailed

_BY_FILE = ("side", "file_sha256", "currency")


@dataclass(frozen=True)
class LegProof:
    """What was proved, as figures.

    `files`: per side, file_sha256 and currency: `lines_in`, `lines_out`, `minor_in`, `minor_out`.
    `outcomes`: per side, currency and outcome: `lines`, `minor`. Sums are Int64, bounded on entry.
    """

    files: pl.DataFrame
    outcomes: pl.DataFrame

    def as_json(self) -> dict[str, object]:
        """Return the proof as plain values with stable keys."""
        return {"files": self.files.to_dicts(), "outcomes": self.outcomes.to_dicts()}


def prove(state: LegState, left: pl.DataFrame, right: pl.DataFrame, tables: Tables) -> LegProof:
    """Return the proof of a leg.

    Raises:
        ProofFailed: names the first figure that does not close.
    """
    files = _conservation(state, left, right, tables)
    _matches_add_up(state, tables)
    sums = (
        tables.outcomes.lazy()
        .group_by("side", "currency", "outcome")
        .agg(lines=pl.len().cast(pl.Int64), minor=_sum("amount_minor"))
        .collect(engine="streaming")
        .sort("side", "currency", "outcome")
    )
    return LegProof(files, sums)


def _sum(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int128).sum().cast(pl.Int64)


def _conservation(
    state: LegState, left: pl.DataFrame, right: pl.DataFrame, tables: Tables
) -> pl.DataFrame:
    came = pl.concat([_totals(left, "left", "in"), _totals(right, "right", "in")])
    # Outcomes stand in the order of the prepared lines, so each finds its file beside it.
    known = pl.concat([side.lines.select("record_id", "file_sha256") for side in state.sides])
    out = tables.outcomes
    if known.height != out.height or not (known["record_id"] == out["record_id"]).all():
        raise ProofFailed(f"{known.height} lines came in, {out.height} outcomes go out.")
    filed = out.with_columns(known["file_sha256"])
    went = pl.concat(
        _totals(filed.filter(pl.col("side") == side.name), side.name, "out") for side in state.sides
    )
    both = came.join(went, on=_BY_FILE, how="full", coalesce=True).sort(_BY_FILE)
    numbers = [name for name in both.columns if name not in _BY_FILE]
    both = both.with_columns(pl.col(numbers).fill_null(0))
    lost = both.filter(
        (pl.col("lines_in") != pl.col("lines_out")) | (pl.col("minor_in") != pl.col("minor_out"))
    )
    if not lost.is_empty():
        raise ProofFailed(f"Leg {state.leg.name} does not conserve its lines: {lost.row(0)}.")
    return both.select(*_BY_FILE, "lines_in", "lines_out", "minor_in", "minor_out")


def _totals(lines: pl.DataFrame, side: str, way: str) -> pl.DataFrame:
    if "file_sha256" not in lines.columns:
        lines = lines.with_columns(file_sha256=pl.lit(""))
    # The streaming engine groups a day's lines into a few totals three times as fast.
    return (
        lines.lazy()
        .group_by(pl.lit(side).alias("side"), *_BY_FILE[1:])
        .agg(
            pl.len().cast(pl.Int64).alias(f"lines_{way}"),
            _sum("amount_minor").alias(f"minor_{way}"),
        )
        .collect(engine="streaming")
    )


def _matches_add_up(state: LegState, tables: Tables) -> None:
    """What the members give, summed anew by group, is what each match says of its sides."""
    groups = tables.groups
    is_match = groups["is_match"].fill_null(value=False).to_numpy()
    off = groups["residual_minor"] != groups["right_minor"] - groups["left_minor"]
    wrong = off.fill_null(value=False).to_numpy()
    for side in state.sides:
        given = tables.members.filter(pl.col("side") == side.name)
        number = side.group[side.group >= 0]
        number = number[is_match[number]]
        if number.size != given.height:
            raise ProofFailed(
                f"{number.size} lines of the {side.name} side are in a match, "
                f"{given.height} are listed."
            )
        summed = np.zeros(groups.height, dtype=np.int64)
        np.add.at(summed, number, given["allocated_minor"].to_numpy())
        wrong = wrong | (summed != groups[f"{side.name}_minor"].fill_null(0).to_numpy())
    wrong = wrong & is_match
    if wrong.any():
        row = groups.row(int(np.flatnonzero(wrong)[0]), named=True)
        raise ProofFailed(
            f"Match {row['id']} does not add up: left {row['left_minor']}, "
            f"right {row['right_minor']}, residual {row['residual_minor']} minor units."
        )
