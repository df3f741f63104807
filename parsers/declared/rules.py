"""The keys of `[layout]` that say what values mean. Unknown keys are errors.

Reference for people: docs/formats/delimited.md and docs/formats/fixed_width.md.
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from parsers.declared.forms import DayForm, check_date_form, check_time_form, day_form
from tieout.config.faults import suggest
from tieout.config.feeds import Feed
from tieout.config.strict import StrictModel, build_model
from tieout.frames.settlement import KINDS

AMOUNT_FIELDS = ("amount", "net", "original_amount")
CHARGE_FIELDS = ("fee", "interchange", "scheme_fee", "markup")
DATE_FIELDS = ("business_date", "booking_date", "value_date")
FLAG_FIELDS = ("is_booked", "is_reversal")
TEXT_FIELDS = (
    "account",
    "merchant_id",
    "scheme_ref",
    "rrn",
    "psp_ref",
    "merchant_ref",
    "batch_ref",
    "auth_code",
    "narrative",
    "pan_masked",
    "pan_fingerprint",
)
FIELDS = (
    "record_id",
    "currency",
    "original_currency",
    "exponent",
    "event_at",
    "pan",
    *AMOUNT_FIELDS,
    *CHARGE_FIELDS,
    *DATE_FIELDS,
    *FLAG_FIELDS,
    *TEXT_FIELDS,
)
"""What `[layout.columns]` and `[layout.constants]` may name; money stands for its `*_minor`."""

Column = str | int
Chosen = TypeVar("Chosen", bound="LineRules")


class KindRule(StrictModel):
    """Where a line's kind comes from: a column and the meaning of its values, or a constant."""

    column: Column | None = None
    values: dict[str, str] = Field(default_factory=dict)
    constant: str | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "KindRule":
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either column (with values) or constant")
        kinds = set(self.values.values()) | ({self.constant} if self.constant else set())
        unknown = sorted(kinds - set(KINDS))
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no kind; kinds are {', '.join(KINDS)}")
        return self


class SignRule(StrictModel):
    """How the file says which way money goes; credit to us becomes positive."""

    rule: Literal["signed", "by_kind", "indicator", "two_columns"] = "signed"
    column: Column | None = None
    credit: str | int | list[str] | None = None
    debit: str | int | list[str] | None = None

    @model_validator(mode="after")
    def _has_what_its_rule_needs(self) -> "SignRule":
        needed = {
            "signed": (),
            "by_kind": ("debit",),
            "indicator": ("column", "credit", "debit"),
            "two_columns": ("credit", "debit"),
        }[self.rule]
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"rule = {self.rule!r} needs {' and '.join(missing)}")
        return self

    def words(self, side: Literal["credit", "debit"]) -> list[str]:
        """Return the texts (kinds, indicator values) that mean `side`."""
        value = getattr(self, side)
        return [str(one) for one in value] if isinstance(value, list) else [str(value)]


class Summed(StrictModel):
    """Which amounts a declared sum is over.

    `side` restricts it to credits or debits (then unsigned); `signed = false` sums magnitudes.
    """

    over: str = "amount"
    side: Literal["all", "credit", "debit"] = "all"
    signed: bool = True

    @field_validator("over")
    @classmethod
    def _is_money(cls, over: str) -> str:
        known = (*AMOUNT_FIELDS, *CHARGE_FIELDS)
        if over not in known:
            raise ValueError(f"{over!r} is no amount; known: {', '.join(known)}")
        return over

    def name(self) -> str:
        """Return what people call the sum."""
        return f"sum of {self.over}" + ("" if self.side == "all" else f" ({self.side})")


class GroupTotal(StrictModel):
    """Lines of `kind` declare what the other lines with the same `by` add up to in `over`."""

    kind: str = "payout"
    by: str = "batch_ref"
    over: Literal["net", "amount"] = "net"
    sign: Literal["same", "opposite"] = "same"


class LineRules(StrictModel):
    """What a line of money is made of: the part of `[layout]` that every declared format has."""

    decimal: Literal[".", ","] = "."
    thousands: str = Field("", max_length=1)
    amounts: Literal["major", "minor"] = "major"
    date_format: str = "%Y-%m-%d"
    datetime_format: str | None = None
    fee_sign: Literal["negative", "positive"] = "negative"
    kind: KindRule
    sign: SignRule = SignRule()
    columns: dict[str, Column]
    constants: dict[str, Any] = Field(default_factory=dict)
    group_total: GroupTotal | None = None

    @field_validator("date_format")
    @classmethod
    def _is_a_date(cls, form: str) -> str:
        return check_date_form(form)

    @field_validator("datetime_format")
    @classmethod
    def _is_a_time(cls, form: str | None) -> str | None:
        return None if form is None else check_time_form(form)

    @field_validator("columns", "constants")
    @classmethod
    def _names_known_fields(cls, named: dict[str, Any]) -> dict[str, Any]:
        for name in named:
            if name not in FIELDS:
                raise ValueError(f"unknown key {name!r}: {cls._meant_by(name)}")
        return named

    @classmethod
    def _meant_by(cls, name: str) -> str:
        # A key that stands below a table belongs to it, whatever its writer had in mind.
        if name in Feed.model_fields:
            return "it belongs above the first [table]"
        if name in cls.model_fields:
            return "it belongs to [layout] itself, above its first table"
        return suggest(name, FIELDS)

    @model_validator(mode="after")
    def _says_what_a_line_needs(self) -> "LineRules":
        named = {**self.columns, **self.constants}
        twice = sorted(set(self.columns) & set(self.constants))
        if twice:
            raise ValueError(f"{twice[0]!r} is both a column and a constant")
        two_columns = self.sign.rule == "two_columns"
        if two_columns and "amount" in named:
            raise ValueError("with sign.rule = 'two_columns', columns.amount must not be given")
        needed = ["business_date", "currency"] + ([] if two_columns else ["amount"])
        missing = [name for name in needed if name not in named]
        if missing:
            raise ValueError(f"[layout.columns] must name {', '.join(missing)}")
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}")
        return self

    def line_columns(self) -> list[Column]:
        """Return every column that a line is made of; some may stand there twice."""
        special = {name: one for name, one in self.special_columns().items() if name != "hash"}
        return [*self.columns.values(), *special.values()]

    def special_columns(self) -> dict[str, Column]:
        """Return the columns that are no field of a line, by what they are read for."""
        found: dict[str, Column | None] = {"kind": self.kind.column, "hash": self.extra_column()}
        if self.sign.rule == "indicator":
            found["indicator"] = self.sign.column
        if self.sign.rule == "two_columns":
            found |= {"credit": str(self.sign.credit), "debit": str(self.sign.debit)}
        return {name: column for name, column in found.items() if column is not None}

    def extra_column(self) -> Column | None:
        """Return the column that only a declared hash total reads, if there is one."""
        return None

    def place_of(self, field: str) -> str:
        """Return how findings call a field of a line: with its column, if it has one."""
        column = self.columns.get(field)
        return field if column is None else f"{field} (column {column!r})"

    @property
    def day_form(self) -> DayForm:
        """How the file writes its dates."""
        return day_form(self.date_format)

    @property
    def keeps_own_keys(self) -> bool:
        """Whether lines are called by the sender's own key."""
        return "record_id" in self.columns


_KNOWN_MAX = 64
_known: dict[tuple[type, str, str], LineRules] = {}


def build_layout_of(
    model: type[Chosen], table: Mapping[str, object] | None, *, feed: str
) -> Chosen:
    """Return the validated layout; one that was seen before is not judged again.

    Raises:
        UsageError: no layout, or every key that is unknown, missing or wrong.
    """
    key = (model, feed, repr(table))
    layout = _known.get(key)
    if not isinstance(layout, model):
        where = f"[layout] of feed {feed!r}" if feed else "[layout]"
        layout = build_model(model, table or {}, where=where, top_keys=tuple(Feed.model_fields))
        if len(_known) >= _KNOWN_MAX:
            _known.clear()
        _known[key] = layout
    return layout
