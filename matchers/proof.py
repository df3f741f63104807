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
    `outcomes`: per side, currency and outcome: `lines`, `minor`. `tolerance`: per pass and
    currency, what differences were absorbed: `uses`, `spent_minor` (without sign), `limit_minor`
    (of the leg and date; null: no limit). `notes`: what was not tried. Sums are Int64, bounded on
    entry.
    """

    files: pl.DataFrame
    outcomes: pl.DataFrame
    tolerance: pl.DataFrame
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the proof as plain values with stable keys."""
        return {
            "files": self.files.to_dicts(),
            "outcomes": self.outcomes.to_dicts(),
            "tolerance": self.tolerance.to_dicts(),
            "notes": list(self.notes),
        }


def prove(state: LegState, left: pl.DataFrame, right: pl.DataFrame, tables: Tables) -> LegProof:
    """Return the proof of a leg.

    Raises:
        ProofFailed: names the first figure that does not close.
    """
    came, went = _came(left, right), _went(state, tables)
    _matches_add_up(state, tables)
    files = _conserved(state, came, went)
    by_outcome = ("side", "currency", "outcome")
    sums = went.group_by(by_outcome).agg(pl.col("lines", "minor").sum()).sort(by_outcome)
    return LegProof(files, sums, _absorbed(state, tables), tuple(state.notes))


def _absorbed(state: LegState, tables: Tables) -> pl.DataFrame:
    """What the confirmed matches leave open between their sides, held against the limit."""
    limits = state.leg.tolerance_limit_minor
    spent = pl.col("residual_minor").abs().sum()
    found = (
        tables.matches.filter(pl.col("status") == "confirmed", pl.col("residual_minor") != 0)
        .group_by("pass", "currency")
        .agg(uses=pl.len().cast(pl.Int64), spent_minor=spent)
        .sort("pass", "currency")
        .with_columns(
            limit_minor=pl.col("currency").replace_strict(
                limits, default=limits.get("default"), return_dtype=pl.Int64
            )
            if limits
            else pl.lit(None, pl.Int64)
        )
    )
    over = found.filter(pl.col("spent_minor").sum().over("currency") > pl.col("limit_minor"))
    if not over.is_empty():
        raise ProofFailed(f"Leg {state.leg.name} absorbs more than its limit: {over.row(0)}.")
    return found


def _came(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """The totals of the frames as they were passed in."""
    sides = {"left": left, "right": right}
    return _totals({
        name: frame.lazy().select(
            *_BY_FILE[2:],
            "amount_minor",
            file_sha256=pl.col("file_sha256").cast(pl.String).fill_null("")
            if "file_sha256" in frame.columns
            else pl.lit(""),
        )
        for name, frame in sides.items()
    })  # fmt: skip


def _went(state: LegState, tables: Tables) -> pl.DataFrame:
    """The totals of the outcomes, also by outcome."""
    out, start = tables.outcomes, 0
    sides: dict[str, pl.LazyFrame] = {}
    for side in state.sides:
        # Outcomes stand in the order of the prepared lines, so each finds its file beside it.
        own = out.slice(start, side.lines.height)
        start += side.lines.height
        is_own = own.height == side.lines.height and (own["side"] == side.name).all()
        if not is_own or not (own["record_id"] == side.lines["record_id"]).all():
            raise ProofFailed(f"The outcomes of the {side.name} side are not its lines.")
        file = side.lines["file_sha256"]
        sides[side.name] = own.lazy().select(
            "currency", "outcome", "amount_minor", file_sha256=pl.lit(file)
        )
    if start != out.height:
        raise ProofFailed(f"{start} lines came in, {out.height} outcomes go out.")
    return _totals(sides, "outcome")


def _totals(sides: dict[str, pl.LazyFrame], *more: str) -> pl.DataFrame:
    """Lines and money per side, file and currency; both sides at a time.

    Plain Int64 sums: `prepare` has refused amounts that come to 2^62 or more.
    """
    found = pl.collect_all(
        [
            lines.group_by(*_BY_FILE[1:], *more)
            .agg(
                pl.len().cast(pl.Int64).alias("lines"),
                pl.col("amount_minor").cast(pl.Int64).sum().alias("minor"),
            )
            .select(pl.lit(name).alias("side"), pl.all())
            for name, lines in sides.items()
        ],
        engine="streaming",
    )
    return pl.concat(found)


def _conserved(state: LegState, came: pl.DataFrame, went: pl.DataFrame) -> pl.DataFrame:
    out = went.group_by(_BY_FILE).agg(pl.col("lines", "minor").sum())
    both = came.join(out, on=_BY_FILE, how="full", coalesce=True, suffix="_out").sort(_BY_FILE)
    both = both.rename({"lines": "lines_in", "minor": "minor_in"})
    both = both.with_columns(pl.col("^(lines|minor)_.*$").fill_null(0))
    lost = both.filter(
        (pl.col("lines_in") != pl.col("lines_out")) | (pl.col("minor_in") != pl.col("minor_out"))
    )
    if not lost.is_empty():
        raise ProofFailed(f"Leg {state.leg.name} does not conserve its lines: {lost.row(0)}.")
    return both.select(*_BY_FILE, "lines_in", "lines_out", "minor_in", "minor_out")


def _matches_add_up(state: LegState, tables: Tables) -> None:
    """What the members give, summed anew by group, is what each match says of its sides."""
    groups = tables.groups
    is_match = groups["match_id"].is_not_null().to_numpy()
    off = groups["residual_minor"] != groups["right_minor"] - groups["left_minor"]
    wrong = off.fill_null(value=False).to_numpy()
    start = 0
    for side in state.sides:
        number = side.group[side.group >= 0]
        number = number[is_match[number]]
        given = tables.members.slice(start, number.size)
        start += number.size
        if given.height != number.size or not (given["side"] == side.name).all():
            raise ProofFailed(
                f"{number.size} lines of the {side.name} side are in a match; "
                f"{tables.members.height} members are listed in all."
            )
        summed = np.zeros(groups.height, dtype=np.int64)
        np.add.at(summed, number, given["allocated_minor"].to_numpy())
        wrong = wrong | (summed != groups[f"{side.name}_minor"].fill_null(0).to_numpy())
    if start != tables.members.height:
        raise ProofFailed(f"{start} lines are in a match, {tables.members.height} are listed.")
    wrong = wrong & is_match
    if wrong.any():
        row = groups.row(int(np.flatnonzero(wrong)[0]), named=True)
        raise ProofFailed(
            f"Match {row['id']} does not add up: left {row['left_minor']}, "
            f"right {row['right_minor']}, residual {row['residual_minor']} minor units."
        )
