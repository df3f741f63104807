"""Why: for each pass of a leg, what it compared for one line, whom it met, and why it went on.

Read off the outcomes of a date alone, so it tells of what is in force, long after the run. A pass
looks at lines whose key is equal; here the same lines are fetched again and each says what it was:
taken earlier, another amount, too far away.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from matchers.passes import (
    DuplicatesPass,
    MatchPass,
    NettingPass,
    SimilarPass,
    SubsetPass,
    TolerancePass,
    WindowPass,
)
from matchers.plan import LegPlan
from tieout.money import format_minor

SHOWN = 5
"""So many candidates of a pass are named; the others are counted."""


_EXCLUDED = (
    "It takes no part in this leg: it is not booked, of a kind that the leg leaves out "
    "(left_kinds, right_kinds), or only repeats a batch's total."
)
_BATCHES = "Whole batches are compared here, by their sum: see the evidence or the break."


@dataclass(frozen=True)
class PassSaid:
    """What one pass makes of a line: its code and type, whether it took the line, and why."""

    code: str
    type: str
    took: bool
    why: str


def explain_line(outcomes: pl.DataFrame, leg: LegPlan, side: str, record_id: str) -> list[PassSaid]:
    """Return what each pass of the plan says of a line, in the order in which they run.

    Args:
        outcomes: of the leg and date: the lines' own columns beside outcome, match_id, pass,
            break_id.
        leg: the rules the outcomes were made by.
        side: left or right.
        record_id: of the line.

    Raises:
        KeyError: there is no such line.
    """
    own = outcomes.filter(pl.col("side") == side, pl.col("record_id") == record_id)
    if own.is_empty():
        raise KeyError(record_id)
    line = own.row(0, named=True)
    others = outcomes.filter(pl.col("side") != side)
    same = outcomes.filter(pl.col("side") == side, pl.col("record_id") != record_id)
    return list(_each(leg, line, same, others))


def _each(
    leg: LegPlan, line: dict[str, object], same: pl.DataFrame, others: pl.DataFrame
) -> Iterator[PassSaid]:
    if line["outcome"] == "excluded":
        yield PassSaid("–", "leg", took=True, why=_EXCLUDED)
        return
    taker = _taker(leg, line, same, others)
    for step in leg.passes:
        is_own = isinstance(step, DuplicatesPass | NettingPass)
        why = _why(step, line, same if is_own else others, is_own=is_own)
        if leg.batch is not None and isinstance(step, WindowPass):
            why = _BATCHES
        if step is taker and isinstance(step, DuplicatesPass):
            why = f"{why} One more than the other side has, or matched on an earlier date."
        yield PassSaid(step.code, step.type, step is taker, why)
        if step is taker:
            return
    if line["outcome"] == "carried":
        yield PassSaid("P10", "remainder", took=False, why=f"It waits: due {line['due_date']}.")
        return
    yield PassSaid("P10", "remainder", took=True, why=f"Nobody took it: {line['break_reason']}.")


def _taker(
    leg: LegPlan, line: dict[str, object], same: pl.DataFrame, others: pl.DataFrame
) -> MatchPass | None:
    """Return the pass that took the line; of several of one code, the first whose key fits."""
    steps = [step for step in leg.passes if step.code == line["pass"]]
    group = pl.concat([same, others]).filter(
        *(pl.col(name) == line[name] for name in ("match_id", "break_id") if line[name] is not None)
    )
    for step in steps:
        key = [name for name in step.full_key if line[name] is not None]
        is_whole = len(key) == len(step.full_key)
        if is_whole and not group.filter(*(pl.col(name) == line[name] for name in key)).is_empty():
            return step
    return steps[0] if steps else None


def _why(step: MatchPass, line: dict[str, object], lines: pl.DataFrame, *, is_own: bool) -> str:
    if isinstance(step, SubsetPass):
        return "Sets of lines are counted, not single candidates: see the evidence or the break."
    key = [name for name in step.full_key if name != "amount_minor"]
    empty = [name for name in key if line[name] is None]
    if empty:
        return f"It has no {', '.join(empty)}."
    met = lines.filter(*(pl.col(name) == line[name] for name in key))
    if isinstance(step, WindowPass | SimilarPass) or "amount_minor" in step.full_key:
        met = met.filter(pl.col("amount_minor") == line["amount_minor"])
        key = [*key, "amount_minor"]
    named = ", ".join(f"{name} {line[name]}" for name in key)
    where = "other line of its side" if is_own else "line of the other side"
    if met.is_empty():
        return f"No {where} has {named}."
    shown = [_candidate(step, line, one) for one in met.head(SHOWN).iter_rows(named=True)]
    more = f"; and {met.height - SHOWN} more" if met.height > SHOWN else ""
    return f"Equal in {named}: {'; '.join(shown)}{more}."


def _candidate(step: MatchPass, line: dict[str, object], other: dict[str, object]) -> str:
    parts = [_amounts(step, line, other)]
    if isinstance(step, WindowPass | SimilarPass):
        parts.append(f"dated {other['business_date']} (reach {step.days} business days)")
    parts.append(_fate(line, other))
    return f"{other['record_id']} ({', '.join(parts)})"


def _amounts(step: MatchPass, line: dict[str, object], other: dict[str, object]) -> str:
    ours, theirs = int(str(line["amount_minor"])), int(str(other["amount_minor"]))
    currency = str(other["currency"])
    if line["currency"] != currency:
        return f"in {currency}"
    if ours == theirs:
        return "equal amount"
    said = (
        f"{format_minor(theirs, currency)} {currency}, {format_minor(theirs - ours, currency)} off"
    )
    if isinstance(step, TolerancePass):
        allowed = step.tolerances([currency])[currency]
        said += f" where {format_minor(allowed, currency)} is allowed"
    return said


def _fate(line: dict[str, object], other: dict[str, object]) -> str:
    for name, word in (("match_id", "the same match"), ("break_id", "the same break")):
        if other[name] is not None and other[name] == line[name]:
            return word
    if other["pass"] is not None:
        return f"{other['outcome']} by {other['pass']}"
    return str(other["outcome"])
