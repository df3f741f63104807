"""P7: one line of a side against some lines of the other that share no reference with it.

A deposit that pays many items, without saying which. Several subsets usually come to the same sum,
so the pass counts them (`matchers.subset_sums`) and never decides: a single solution is proposed,
several are one break that shows some of them, and what cannot be counted within the budget stays
for the remainder. A proposal is of class C when it is short and the parts are also all that the
block holds between their first and last day; a single solution without such a sign is of class D.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from matchers.dates import ordinal
from matchers.evidence import key_words, money_text
from matchers.groups import Groups, LegState, no_members, waits
from matchers.lines import Side
from matchers.passes import SubsetPass
from matchers.subset_sums import Solutions, solve
from tieout.frames.reasons import BreakReason

SHORT = 8
"""Up to so many parts a single solution can be trusted to be the right one, if a sign agrees."""

WORK_MAX = 10_000_000_000
"""Lines times minor units of all questions of one pass, about a minute; the rest is noted."""


@dataclass(frozen=True)
class _Answer:
    """What was found for one whole; `parts` are the rows of its single solution."""

    whole: int
    amount: int
    currency: str
    is_waiting: bool
    solutions: Solutions
    rows: Sequence[int]
    days: Sequence[int]

    @property
    def parts(self) -> tuple[int, ...]:
        return tuple(self.rows[place] for place in self.solutions.subsets[0])

    @property
    def has_sign(self) -> bool:
        """Whether it is short and leaves out no line between its first and last day."""
        chosen = self.solutions.subsets[0]
        days = [self.days[place] for place in chosen]
        between = sum(min(days) <= day <= max(days) for day in self.days)
        return len(chosen) <= SHORT and between == len(chosen)


def take_subsets(state: LegState, step: SubsetPass) -> None:
    """Propose the wholes whose parts are the only ones; break those with several solutions."""
    whole, part = (state.right, state.left) if step.parts == "left" else (state.left, state.right)
    answers = list(_answers(state, whole, part, step))
    single = [one for one in answers if one.solutions.status == "unique"]
    claims = Counter(row for one in single for row in one.parts)
    free = [one for one in single if all(claims[row] == 1 for row in one.parts)]
    for grade, has_sign in (("C", True), ("D", False)):
        chosen = [one for one in free if one.has_sign is has_sign]
        _propose(state, whole, step, chosen, grade)
    taken = {one.whole for one in free}
    open_now = [one for one in answers if one.whole not in taken and not one.is_waiting]
    waiting = [one.whole for one in answers if one.whole not in taken and one.is_waiting]
    whole.hold(pl.Series("row", waiting, dtype=pl.UInt32))
    _break(state, whole, part, step, open_now)


def _answers(state: LegState, whole: Side, part: Side, step: SubsetPass) -> Iterator[_Answer]:
    """Solve each free whole over the free parts of its block, near in time."""
    key, work = list(step.full_key), 0
    parts = _placed(state, part, step).filter(pl.col("minor") != 0).sort("day", "row")
    blocks = dict(iter(parts.group_by(key)))
    for row in _placed(state, whole, step).sort("row").iter_rows(named=True):
        block = blocks.get(tuple(row[name] for name in key))
        if block is None:
            continue
        near = block.filter((pl.col("day") - row["day"]).abs() <= step.days)
        if near.height < 2:
            continue
        work += near.height * int(near["minor"].abs().sum())
        if near.height > step.items_max or work > WORK_MAX:
            solutions = Solutions("budget")
        else:
            solutions = solve(near["minor"].to_list(), row["minor"])
        if solutions.status == "budget":
            named = whole.record_ids[row["row"]]
            state.notes.append(
                f"{step.code}: {near.height} lines may be parts of {named}: too many to count."
            )
        # One line alone that comes to the amount is no set: that is a window's question.
        is_set = any(len(one) > 1 for one in solutions.subsets)
        if solutions.status not in ("unique", "several") or not is_set:
            continue
        yield _Answer(
            row["row"],
            row["minor"],
            row["currency"],
            row["waits"],
            solutions,
            near["row"].to_list(),
            near["day"].to_list(),
        )


def _placed(state: LegState, side: Side, step: SubsetPass) -> pl.DataFrame:
    columns = dict.fromkeys((*step.full_key, "business_date", "amount_minor"))
    lines = side.free(*columns, waits=waits(state)).drop_nulls(list(step.full_key))
    return lines.with_columns(
        day=ordinal(pl.col("business_date"), state.closing_days).cast(pl.Int64),
        minor="amount_minor",
    )


def _propose(
    state: LegState, whole: Side, step: SubsetPass, chosen: Sequence[_Answer], grade: str
) -> None:
    wholes = pl.DataFrame(
        {
            "group": range(len(chosen)),
            "row": [one.whole for one in chosen],
            "amount": [one.amount for one in chosen],
            "currency": [one.currency for one in chosen],
            "parts": [list(one.parts) for one in chosen],
        },
        schema_overrides={"group": pl.UInt32, "row": pl.UInt32, "parts": pl.List(pl.UInt32)},
    )
    money = money_text(pl.col("amount"), pl.col("currency"), wholes["currency"].unique().to_list())
    sign = "they are all that lies between their days" if grade == "C" else "no other sign agrees"
    text = pl.format(
        "No common reference. {} equal; {} lines come to {}, and no others do; {}.",
        pl.lit(key_words(step.full_key)),
        pl.col("parts").list.len(),
        money,
        pl.lit(sign),
    )
    ones = wholes.select("group", "row")
    parts = wholes.select("group", row="parts").explode("row").sort("group", "row")
    is_left = whole is state.left
    state.take(
        Groups(
            outcome="proposed",
            pass_code=step.code,
            about=wholes.select(text=text),
            left=ones if is_left else parts,
            right=parts if is_left else ones,
            evidence_class=grade,
        )
    )


def _break(
    state: LegState, whole: Side, part: Side, step: SubsetPass, answers: Sequence[_Answer]
) -> None:
    """Take each whole for which several subsets fit, and name some of them."""
    ids = part.record_ids
    texts = []
    for one in answers:
        named = [" + ".join(ids[one.rows[place]] for place in subset) for subset in _nearest(one)]
        texts.append(
            f"Several sets of lines come to the amount; one of several: {'; or '.join(named)}."
            if one.solutions.status == "several"
            else f"{named[0]} come to the amount, but another line may claim some of them."
        )
    rows = pl.DataFrame(
        {"group": range(len(answers)), "row": [one.whole for one in answers]},
        schema={"group": pl.UInt32(), "row": pl.UInt32()},
    )
    is_left = whole is state.left
    state.take(
        Groups(
            outcome="break",
            pass_code=step.code,
            about=pl.DataFrame({"text": texts}, schema={"text": pl.String()}).with_columns(
                reason=pl.lit(BreakReason.AMB_SUM.value)
            ),
            left=rows if is_left else no_members(),
            right=no_members() if is_left else rows,
        )
    )


def _nearest(one: _Answer) -> list[tuple[int, ...]]:
    """The subsets shown, those first whose parts lie close together in time."""

    def spread(subset: tuple[int, ...]) -> int:
        days = [one.days[place] for place in subset]
        return max(days) - min(days)

    return sorted(one.solutions.subsets, key=lambda subset: (spread(subset), subset))
