"""The passes of a plan as data: what each compares, and how far.

Keys are columns of a settlement line. An unknown key or name is an error that says what was meant.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from tieout.config.faults import suggest
from tieout.frames.settlement import KINDS, LINE_SCHEMA


def known(value: str, names: Sequence[str], what: str) -> str:
    """Return `value` if it is one of `names`; ValueError says what was probably meant."""
    if value in names:
        return value
    raise ValueError(f"unknown {what} {value!r}; {suggest(value, names)}")


def _column(value: str) -> str:
    return known(value, list(LINE_SCHEMA), "column")


def known_kind(value: str) -> str:
    """Return `value` if it is a kind of line."""
    return known(value, list(KINDS), "kind")


def _text_column(value: str) -> str:
    texts = [name for name, dtype in LINE_SCHEMA.items() if dtype == pl.String]
    return known(value, texts, "column of text")


def _require_money(key: tuple[str, ...], type_: str) -> None:
    if not {"currency", "amount_minor"} <= set(key):
        raise ValueError(f"the key of a {type_} pass must name currency and amount_minor")


class Strict(BaseModel):
    """A table of a plan: a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _KeyedPass(Strict):
    code: ClassVar[str]
    key: tuple[str, ...] = Field(min_length=1)

    @field_validator("key")
    @classmethod
    def _columns(cls, key: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_column(name) for name in key)

    @property
    def full_key(self) -> tuple[str, ...]:
        """The key and the currency: no pass compares two currencies."""
        return tuple(dict.fromkeys((*self.key, "currency")))


class DuplicatesPass(_KeyedPass):
    """P0: the surplus of equal lines on one side."""

    code = "P0"
    type: Literal["duplicates"]


class NettingPass(_KeyedPass):
    """P0b: an item and its reversal on the same side, unknown to the other."""

    code = "P0b"
    type: Literal["netting"]
    key: tuple[str, ...] = ("scheme_ref", "currency")


class ExactPass(_KeyedPass):
    """P1: key and amount equal, one line on each side."""

    code = "P1"
    type: Literal["exact"]


class CompositePass(_KeyedPass):
    """P3: several fields equal that together name one item, unique on both sides."""

    code = "P3"
    type: Literal["composite"]


class _TolerantPass(_KeyedPass):
    amount_minor: dict[str, Annotated[int, Field(ge=0)]] = {}

    def tolerances(self, currencies: list[str]) -> dict[str, int]:
        """Return the allowed difference in minor units of each currency."""
        default = self.amount_minor.get("default", 0)
        return {currency: self.amount_minor.get(currency, default) for currency in currencies}


class TolerancePass(_TolerantPass):
    """P2: key equal, amounts within a stated number of minor units."""

    code = "P2"
    type: Literal["tolerance"]


class GroupedPass(_TolerantPass):
    """P4: several lines of one side sum to the other side's."""

    code = "P4"
    type: Literal["grouped"]


class BatchPass(_KeyedPass):
    """P5: the lines of a batch sum to what was paid for it."""

    code = "P5"
    type: Literal["batch"]
    exclude_kinds: tuple[str, ...] = ("payout",)

    @field_validator("exclude_kinds")
    @classmethod
    def _kinds(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(known_kind(kind) for kind in kinds)


class WindowPass(_KeyedPass):
    """P6: no reference; equal in key, unique on both sides, within some business days."""

    code = "P6"
    type: Literal["window"]
    key: tuple[str, ...] = ("currency", "amount_minor")
    days: int = Field(default=3, ge=0, le=30)

    @model_validator(mode="after")
    def _names_the_money(self) -> "WindowPass":
        _require_money(self.key, "window")
        return self


class SimilarPass(_KeyedPass):
    """P8: equal money, near in time, and texts that read alike; proposes only."""

    code = "P8"
    type: Literal["similar"]
    key: tuple[str, ...] = ("currency", "amount_minor")
    left_text: tuple[str, ...] = ("merchant_ref",)
    right_text: tuple[str, ...] = ("narrative",)
    days: int = Field(default=3, ge=0, le=30)
    score_min: int = Field(default=90, ge=50, le=100)
    pairs_max: int = Field(default=50_000, ge=1)

    @field_validator("left_text", "right_text")
    @classmethod
    def _texts(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_text_column(name) for name in texts)

    @model_validator(mode="after")
    def _names_the_money(self) -> "SimilarPass":
        _require_money(self.key, "similar")
        return self


class SubsetPass(_KeyedPass):
    """P7: no reference; one line against the only lines that come to its amount together."""

    code = "P7"
    type: Literal["subset"]
    key: tuple[str, ...] = ("account", "currency")
    parts: Literal["left", "right"] = "left"
    days: int = Field(default=3, ge=0, le=30)
    items_max: int = Field(default=200, ge=2, le=500)


MatchPass = Annotated[
    DuplicatesPass
    | NettingPass
    | ExactPass
    | TolerancePass
    | GroupedPass
    | BatchPass
    | WindowPass
    | SubsetPass
    | CompositePass
    | SimilarPass,
    Field(discriminator="type"),
]


MODELS: dict[str, type[Strict]] = {
    "duplicates": DuplicatesPass,
    "netting": NettingPass,
    "exact": ExactPass,
    "tolerance": TolerancePass,
    "grouped": GroupedPass,
    "batch": BatchPass,
    "window": WindowPass,
    "subset": SubsetPass,
    "composite": CompositePass,
    "similar": SimilarPass,
}
