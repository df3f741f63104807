"""The proof of a leg: no line and no cent is lost, and every match adds up.

Computed from the lines as they came in and from what each was said to be in the end, not from what
the passes believe: per side, file and currency as many lines and as much money go out as came in;
every line once; what the lines of a match come to is what the pass that made it counted on each
side; and what tolerances absorbed stays within its limit.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.counting import Integers, counted, summed
from matchers.groups import Groups, LegState
from matchers.lines import Side
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


def prove(state: LegState) -> LegProof:
    """Return the proof of a leg.

    Raises:
        ProofFailed: names the first figure that does not close.
    """
    came = pl.concat([_of_side(side, side.came) for side in state.sides])
    went = _went(state)
    files = _conserved(state, came, went)
    by_outcome = ("side", "currency", "outcome")
    sums = went.group_by(by_outcome).agg(pl.col("lines", "minor").sum()).sort(by_outcome)
    residuals = _residuals(state)
    return LegProof(files, sums, _absorbed(state, residuals), tuple(state.notes))


def _of_side(side: Side, totals: pl.DataFrame) -> pl.DataFrame:
    return totals.select(pl.lit(side.name).alias("side"), pl.all())


def _went(state: LegState) -> pl.DataFrame:
    """Lines and money by side, file, currency and outcome, as each line was said to be."""
    outcomes = pl.Series([*(found.outcome for found in state.taken), "excluded", "carried"])
    of_group = state.set_of_group()
    went = [
        _of_side(side, counted(side.lines, side.files, of_group[side.group]))
        for side in state.sides
    ]
    return pl.concat(went).with_columns(outcome=outcomes.gather(pl.concat(went)["set"]))


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


def _residuals(state: LegState) -> Integers:
    """Right − left of every group, its lines added up anew and held against what the pass said."""
    number, offs = 0, [np.empty(0, dtype=np.int64)]
    anew = [_by_group(state, side) for side in state.sides]
    for found in state.taken:
        size = found.about.height
        said = [_said(found, side, size) for side in state.sides]
        for side, total, given in zip(state.sides, anew, said, strict=True):
            wrong = np.flatnonzero(total[number : number + size] != given)
            if wrong.size:
                raise ProofFailed(
                    f"Leg {state.leg.name}: group {int(wrong[0])} that {found.pass_code} made does "
                    f"not add up: its lines on the {side.name} side come to "
                    f"{total[number + wrong[0]]}, not {given[wrong[0]]} minor units."
                )
        offs.append(said[1] - said[0])
        number += size
    return np.concatenate(offs)


def _by_group(state: LegState, side: Side) -> Integers:
    """What the lines of a side that say so of themselves add to each group."""
    amounts = side.lines["amount_minor"].to_numpy()
    other = {found.value for found in state.taken} - {"amount_minor"}
    if side is state.left and other:
        (value,) = other
        is_other = [found.value == value for found in state.taken]
        of_line = np.array([*is_other, False, False])[state.set_of_group()[side.group]]
        amounts = np.where(of_line, side.lines[value].to_numpy(), amounts)
    # FREE and EXCLUDED come first, then the groups.
    return summed(side.group + 2, amounts, state.groups + 2)[2:]


def _said(found: Groups, side: Side, size: int) -> Integers:
    """What the pass counted on a side, by group."""
    members = found.left if side.name == "left" else found.right
    value = found.value if side.name == "left" else "amount_minor"
    amounts = side.lines[value].gather(members["row"])
    return summed(members["group"].to_numpy(), amounts.to_numpy(), size)


def _absorbed(state: LegState, residuals: Integers) -> pl.DataFrame:
    """What the confirmed matches leave open between their sides, held against the limit."""
    limits = state.leg.tolerance_limit_minor
    spent = [_spent(state, found, off) for found, off in _by_set(state, residuals)]
    schema = {"pass": pl.String(), "currency": pl.String(), "off": pl.Int64()}
    found = (
        pl.concat([pl.DataFrame(schema=schema), *spent])
        .group_by("pass", "currency")
        .agg(uses=pl.len().cast(pl.Int64), spent_minor=pl.col("off").abs().sum())
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


def _by_set(state: LegState, residuals: Integers) -> list[tuple[Groups, Integers]]:
    """The sets of confirmed matches, each with what its groups leave open."""
    ends = np.cumsum([found.about.height for found in state.taken])
    own = np.split(residuals, ends[:-1])
    return [
        (found, off)
        for found, off in zip(state.taken, own, strict=False)
        if found.outcome in ("matched", "netted")
    ]


def _spent(state: LegState, found: Groups, off: Integers) -> pl.DataFrame:
    """`pass`, `currency` and `off` of the groups of a set that are not equal to the cent."""
    uneven = pl.DataFrame({"group": np.flatnonzero(off).astype(np.uint32), "off": off[off != 0]})
    side, members = (
        (state.left, found.left) if not found.left.is_empty() else (state.right, found.right)
    )
    one_each = uneven.join(members, on="group").unique("group", keep="any").sort("group")
    return one_each.with_columns(side.at(one_each["row"], "currency")).select(
        pl.lit(found.pass_code).alias("pass"), pl.col("currency").cast(pl.String), "off"
    )
