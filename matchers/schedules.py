"""What the contract says that a counterparty may charge: by kind of line, size, currency and date.

A schedule is data of a plan, so that a change of prices is a new version with its dates and not a
new program. All rates are exact: whole minor units, hundredths of a percent, halves rounded up.
"""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field, model_validator

from matchers.passes import Strict, known
from tieout.frames.settlement import KINDS

ByCurrency = dict[str, int]
"""Minor units by currency; `default` stands for the others."""


class Rate(Strict):
    """A share of the amount and a flat part, together no less and no more than the limits."""

    percent_bps: int = 0  # hundredths of a percent of |amount|, rounded half up
    flat_minor: ByCurrency = Field(default_factory=dict)
    minimum_minor: ByCurrency = Field(default_factory=dict)
    maximum_minor: ByCurrency = Field(default_factory=dict)


class Tier(Rate):
    """The rate of lines up to a size; the last tier of a fee has none and takes the rest."""

    up_to_minor: ByCurrency = Field(default_factory=dict)


class Fee(Rate):
    """The fee of one line of a kind: one rate, or that of the tier the whole amount falls into."""

    tiers: tuple[Tier, ...] = ()

    @model_validator(mode="after")
    def _tiers_cover_every_size(self) -> "Fee":
        if not self.tiers:
            return self
        if self.percent_bps or self.flat_minor or self.minimum_minor or self.maximum_minor:
            raise ValueError("a fee has either tiers or a rate of its own; write it into a tier")
        *limited, last = self.tiers
        if last.up_to_minor or not all(tier.up_to_minor for tier in limited):
            raise ValueError("every tier but the last has up_to_minor: the last takes the rest")
        for code in {code for tier in limited for code in tier.up_to_minor}:
            sizes = [tier.up_to_minor.get(code) for tier in limited]
            known_sizes = [size for size in sizes if size is not None]
            if known_sizes != sorted(set(known_sizes)):
                raise ValueError(f"the tiers of {code} do not rise: {known_sizes}")
        return self


class FeeSchedule(Strict):
    """The fees of one version of the contract, and the difference that is allowed."""

    kinds: dict[str, Fee]
    tolerance_minor: int = Field(default=0, ge=0)
    first: date | None = Field(default=None, alias="from")  # of the right line's business date
    last: date | None = Field(default=None, alias="to")
    other_kinds: Literal["ignore", "free"] = "ignore"

    @model_validator(mode="before")
    @classmethod
    def _from_table(cls, table: Any) -> Any:
        """Turn `{sale = {...}, tolerance_minor = 1}`, as people write it, into the fields."""
        if not isinstance(table, Mapping) or "kinds" in table:
            return table
        own = ("tolerance_minor", "from", "to", "first", "last", "other_kinds")
        kinds = {name: fee for name, fee in table.items() if name not in own}
        for name in kinds:
            known(name, [*KINDS, *own], "kind")
        return {"kinds": kinds} | {name: table[name] for name in own if name in table}

    @model_validator(mode="after")
    def _dates_rise(self) -> "FeeSchedule":
        if self.first and self.last and self.last < self.first:
            raise ValueError(f"from {self.first} is after to {self.last}")
        return self


def versions_of(table: Any) -> Any:
    """Return the versions of a contract: a single table is the one version of all dates."""
    return [table] if isinstance(table, Mapping) else table


def require_apart(versions: tuple[FeeSchedule, ...]) -> None:
    """Refuse versions that overlap: on each date at most one counts."""
    ordered = sorted(versions, key=lambda one: one.first or date.min)
    for before, after in pairwise(ordered):
        if (before.last or date.max) >= (after.first or date.min):
            raise ValueError(
                f"two versions of the fees hold on {after.first or before.first}: "
                "give each its own `from` and `to`"
            )
