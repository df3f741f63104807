"""What a pass takes: groups of lines that are one match, one break or one netting.

A pass hands over its groups as three small frames; the leg's state marks the lines as taken, keeps
the groups in the order of the passes, and later turns them into outcomes, matches and breaks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.lines import NET, Side
from matchers.plan import LegPlan

GROUP_COLUMNS = {"reason": pl.String(), "text": pl.String(), "at_risk_minor": pl.Int64()}


@dataclass(frozen=True)
class Groups:
    """Some groups that one pass made.

    `about` has one row per group (its number is the row): `text`, the sentence for people; for
    breaks also `reason` and, where it is not the difference of the sides, `at_risk_minor`. `left`
    and `right` name the lines: columns `group` and `row`.
    """

    outcome: str  # matched, proposed, netted, break, duplicate
    pass_code: str
    about: pl.DataFrame
    left: pl.DataFrame
    right: pl.DataFrame
    evidence_class: str | None = None
    value: str = "amount_minor"  # the left column that the sides were compared by


@dataclass
class LegState:
    """Everything the passes of one leg share.

    `spent`: what tolerances have absorbed so far, minor units by currency. `notes`: what a pass did
    not try, in sentences for people. `rules`: what groups have to go through before they count
    (what people decided, which passes only propose).
    """

    leg: LegPlan
    left: Side
    right: Side
    as_of: date
    closing_days: Sequence[date]
    history: pl.DataFrame | None = None
    taken: list[Groups] = field(default_factory=list)
    groups: int = 0
    spent: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rules: Callable[[Groups], Groups] | None = None

    @property
    def compared(self) -> str:
        """The left column that this leg compares with the right side's amounts."""
        return "amount_minor" if self.leg.batch is None else NET

    @property
    def sides(self) -> tuple[Side, Side]:
        """Left, then right."""
        return self.left, self.right

    def set_of_group(self) -> npt.NDArray[np.uint16]:
        """The place in `taken` of each group; then two more, for excluded and for carried lines.

        FREE and EXCLUDED count from the end: there they find their own.
        """
        number = len(self.taken)
        sizes = [found.about.height for found in self.taken]
        return np.repeat(np.arange(number + 2, dtype=np.uint16), [*sizes, 1, 1])

    def take(self, found: Groups) -> None:
        """Mark the lines of `found` as taken and keep its groups, as far as the rules allow."""
        if self.rules is not None:
            found = self.rules(found)
        if found.about.is_empty():
            return
        for side, members in ((self.left, found.left), (self.right, found.right)):
            if not members.is_empty():
                side.mark(members["row"], members["group"].cast(pl.Int32) + self.groups)
        self.taken.append(found)
        self.groups += found.about.height


def no_members() -> pl.DataFrame:
    """Return the members of a side that has none."""
    return pl.DataFrame(schema={"group": pl.UInt32(), "row": pl.UInt32()})


def pair_groups(
    pairs: pl.DataFrame,
    outcome: str,
    pass_code: str,
    *,
    evidence_class: str | None = None,
) -> Groups:
    """Return one group per row of `pairs` (`left_row`, `right_row`, `text`, maybe `reason` …)."""
    number = pl.int_range(pl.len(), dtype=pl.UInt32).alias("group")
    return Groups(
        outcome=outcome,
        pass_code=pass_code,
        about=pairs.select(name for name in GROUP_COLUMNS if name in pairs.columns),
        left=pairs.select(number, pl.col("left_row").alias("row")),
        right=pairs.select(number, pl.col("right_row").alias("row")),
        evidence_class=evidence_class,
    )


def waits(state: LegState) -> pl.Expr:
    """True for a line whose counterpart need not be there yet."""
    return pl.col("is_awaiting_file") | (pl.col("due_date") > state.as_of)


@dataclass(frozen=True)
class SharedKeys:
    """The keys that both sides have, with their lines.

    `keys`: `group`, the key, and per side `left_count`, `left_sum` (Int128), `left_waits` (any of
    its lines), likewise right. `left`, `right`: `group`, `row`, in no order.
    """

    keys: pl.DataFrame
    left: pl.DataFrame
    right: pl.DataFrame

    def only(self, condition: pl.Expr) -> "SharedKeys":
        """Keep the keys for which `condition` holds, numbered anew."""
        kept = self.keys.filter(condition)
        new = pl.int_range(kept.height, dtype=pl.UInt32, eager=True)
        none = pl.repeat(None, self.keys.height, dtype=pl.UInt32, eager=True)
        number = none.scatter(kept["group"], new)
        left, right = (
            members.with_columns(number.gather(members["group"]).alias("group")).drop_nulls("group")
            for members in (self.left, self.right)
        )
        return SharedKeys(kept.with_columns(new.alias("group")), left, right)


def shared_keys(
    left: pl.DataFrame, right: pl.DataFrame, key: tuple[str, ...], *, value: str = "amount_minor"
) -> SharedKeys:
    """Group free lines of both sides by `key`; a null in the key belongs to no group.

    The frames hold `row`, the key, `waits`, and the amounts (`value` on the left).
    """
    ours = _by_key(left, key, "left", value)
    theirs = _by_key(right, key, "right", "amount_minor")
    keys = ours.join(theirs, on=key).sort(key).with_row_index("group")
    numbers = keys.select("group", *key)
    members = (
        lines.lazy().join(numbers.lazy(), on=key).select("group", "row").collect(engine="streaming")
        for lines in (left, right)
    )
    return SharedKeys(keys, *members)


def _by_key(lines: pl.DataFrame, key: tuple[str, ...], side: str, value: str) -> pl.DataFrame:
    return (
        lines.lazy()
        .drop_nulls(list(key))
        .group_by(key)
        .agg(
            pl.len().cast(pl.Int64).alias(f"{side}_count"),
            pl.col(value).cast(pl.Int128).sum().alias(f"{side}_sum"),
            pl.col("waits").any().alias(f"{side}_waits"),
        )
        .collect(engine="streaming")
    )
