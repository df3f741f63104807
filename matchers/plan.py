"""The match plan: which legs a reconciliation has, and which passes run on each, in which order.

A plan is data (`reconciliations/NAME.toml`). Its digest is stored with every match, so that a match
can always be traced to the exact rules that made it. The order of the passes is the order of the
certainty they give: what an early pass takes, a later one never sees.

Keys are columns of a settlement line. An unknown key or name is an error that says what was meant.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator, model_validator

from matchers.passes import (
    MODELS,
    BatchPass,
    ExactPass,
    MatchPass,
    SimilarPass,
    Strict,
    SubsetPass,
    known,
    known_kind,
)
from matchers.schedules import Fee, FeeSchedule, Tier, require_apart, versions_of
from tieout.config.faults import describe_fault, join_faults, suggest
from tieout.errors import UsageError
from tieout.frames.reasons import BreakReason


class PlanInvalid(UsageError):
    """A match plan that cannot be used; the message names every fault and its place."""


_MISSING_REASONS = tuple(
    reason.value
    for reason in BreakReason
    if reason.startswith("miss_") or reason in (BreakReason.REV_ORPHAN, BreakReason.CBK_NEW)
)
_DUPLICATE_REASONS = tuple(reason.value for reason in BreakReason if reason.startswith("dup_"))
"""What a plan may say of a line without a counterpart, and of a surplus one; the matcher raises
every other reason by itself, and the nightly run those about files."""


class LegPlan(Strict):
    """Two feeds that are compared, and how."""

    name: str
    left: str = "left"
    right: str = "right"
    left_kinds: tuple[str, ...] | None = None  # None: every kind
    right_kinds: tuple[str, ...] | None = None
    left_lag_days: int = Field(default=0, ge=0)
    right_lag_days: int = Field(default=0, ge=0)
    late_after_days: int | None = Field(default=None, ge=0)
    calendar: str = "WEEKENDS"
    left_missing: BreakReason = BreakReason.MISS_SCHEME
    right_missing: BreakReason = BreakReason.MISS_INTERNAL
    missing_by_kind: dict[str, BreakReason] = Field(default_factory=dict)  # right side
    duplicate_left: BreakReason = BreakReason.DUP_INTERNAL
    duplicate_right: BreakReason = BreakReason.DUP_SCHEME
    tolerance_limit_minor: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    passes: tuple[MatchPass, ...] = Field(alias="pass", min_length=1)
    fees: tuple[FeeSchedule, ...] = ()

    @field_validator("fees", mode="before")
    @classmethod
    def _fee_versions(cls, table: Any) -> Any:
        return versions_of(table)

    @field_validator("fees")
    @classmethod
    def _fee_versions_apart(cls, fees: tuple[FeeSchedule, ...]) -> tuple[FeeSchedule, ...]:
        require_apart(fees)
        return fees

    @field_validator("left_kinds", "right_kinds")
    @classmethod
    def _kinds(cls, kinds: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if kinds is None else tuple(known_kind(kind) for kind in kinds)

    @field_validator("left_missing", "right_missing", mode="before")
    @classmethod
    def _says_missing(cls, reason: Any) -> Any:
        return known(str(reason), _MISSING_REASONS, "reason of a missing line")

    @field_validator("duplicate_left", "duplicate_right", mode="before")
    @classmethod
    def _says_duplicate(cls, reason: Any) -> Any:
        return known(str(reason), _DUPLICATE_REASONS, "reason of a duplicate")

    @field_validator("missing_by_kind", mode="before")
    @classmethod
    def _kinds_say_missing(cls, reasons: Any) -> Any:
        if isinstance(reasons, Mapping):
            for reason in reasons.values():
                known(str(reason), _MISSING_REASONS, "reason of a missing line")
        return reasons

    @field_validator("missing_by_kind")
    @classmethod
    def _kind_names(cls, reasons: dict[str, BreakReason]) -> dict[str, BreakReason]:
        return {known_kind(kind): reason for kind, reason in reasons.items()}

    @model_validator(mode="after")
    def _compares_lines_or_batches(self) -> "LegPlan":
        lines = [step.type for step in self.passes if isinstance(step, SubsetPass | SimilarPass)]
        if self.batch is not None and lines:
            raise ValueError(
                f"a leg with a batch pass compares whole batches, a {lines[0]} pass single lines; "
                "use a window pass, or another leg"
            )
        return self

    @property
    def batch(self) -> BatchPass | None:
        """The batch pass, if the left side of this leg is a batch of lines."""
        return next((step for step in self.passes if isinstance(step, BatchPass)), None)


class MatchPlan(Strict):
    """One reconciliation: its legs, in order."""

    name: str
    description: str = ""
    legs: tuple[LegPlan, ...] = Field(alias="leg", min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> "MatchPlan":
        names = [leg.name for leg in self.legs]
        if len(set(names)) != len(names):
            raise ValueError(f"two legs have the same name among {', '.join(names)}")
        return self

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the plan as canonical JSON: equal rules, equal digest."""
        canonical = json.dumps(
            self.model_dump(mode="json", by_alias=True), sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(canonical.encode()).hexdigest()

    def get_leg(self, name: str | None = None) -> LegPlan:
        """Return the leg of this name; without one, the only leg."""
        names = [leg.name for leg in self.legs]
        if name is None and len(names) == 1:
            return self.legs[0]
        if name not in names:
            found = (
                "no leg was named" if name is None else f"plan {self.name!r} has no leg {name!r}"
            )
            raise PlanInvalid(f"{found}; it has {', '.join(names)}.", hint="Name one with --leg.")
        return self.legs[names.index(name)]


def parse_plan(text: str, *, source: str = "plan") -> MatchPlan:
    """Return the plan that `text` (TOML) describes.

    Raises:
        PlanInvalid: not TOML, or a key, name or value that the plan does not know.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanInvalid(f"{source} is not TOML: {error}.") from error
    return build_plan(table, source=source)


def build_plan(table: Mapping[str, Any], *, source: str = "plan") -> MatchPlan:
    """Return the plan of an already decoded table; see `parse_plan`."""
    try:
        return MatchPlan.model_validate(table)
    except ValidationError as error:
        # A list whose members are wrong is also reported as too short: say the cause only.
        every = error.errors()
        causes = [fault for fault in every if fault["type"] != "too_short"] or every
        faults = join_faults(_sentence(fault, table) for fault in causes[:20])
        raise PlanInvalid(f"{source}: {faults}") from error


def load_plan(path: Path) -> MatchPlan:
    """Return the plan in the file at `path`; raises `PlanInvalid`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanInvalid(f"The plan {path} cannot be read: {error}.") from error
    return parse_plan(text, source=str(path))


def _sentence(fault: Any, table: Mapping[str, Any]) -> str:
    place = fault["loc"]
    if fault["type"] == "extra_forbidden":
        return f"{_where(place[:-1], table)}unknown key {str(place[-1])!r}: {_meant(place)}"
    if fault["type"] == "missing":
        return f"{_where(place[:-1], table)}key {str(place[-1])!r} is missing"
    return f"{_where(place, table)}{describe_fault(fault)}"


def _where(place: tuple[str | int, ...], table: Mapping[str, Any]) -> str:
    """Return a place as people count and call it: "leg 'ledger_bank', pass 1 (exact), key: "."""
    parts: list[str] = []
    legs = table.get("leg")
    rest = list(place)
    if rest[:1] == ["leg"] and len(rest) > 1 and isinstance(legs, list):
        leg = legs[int(rest[1])]
        name = leg.get("name") if isinstance(leg, Mapping) else None
        parts.append(f"leg {name!r}" if name else f"leg {int(rest[1]) + 1}")
        rest = rest[2:]
    if rest[:1] == ["pass"] and len(rest) > 1:
        kind = f" ({rest[2]})" if len(rest) > 2 else ""
        parts.append(f"pass {int(rest[1]) + 1}{kind}")
        rest = rest[3:]
    parts += [".".join(str(part) for part in rest if part not in ("kinds", "[key]"))]
    named = ", ".join(part for part in parts if part)
    return f"{named}: " if named else ""


def _meant(place: tuple[str | int, ...]) -> str:
    """Return what an unknown key probably is: misspelt, or below a table that it is not of."""
    key = str(place[-1])
    if "pass" in place and key in _keys_of(LegPlan):
        return "it belongs to the leg, above its first [[leg.pass]]"
    if len(place) > 1 and key in MatchPlan.model_fields:
        return "it belongs above the first [[leg]]"
    return suggest(key, _names_at(place))


def _names_at(place: tuple[str | int, ...]) -> list[str]:
    """The keys allowed where an unknown key stands."""
    parent = [part for part in place[:-1] if isinstance(part, str)]
    model: type[Strict] = MatchPlan if not parent else LegPlan
    if "fees" in parent:
        model = Tier if "tiers" in parent else Fee
    elif "pass" in parent:
        model = MODELS.get(parent[-1], ExactPass)
    return _keys_of(model)


def _keys_of(model: type[Strict]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
