"""Which cases: the filters that the page, the command line and every link to them share."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Text, and_, or_, type_coerce

from tieout.config.faults import suggest
from tieout.errors import UsageError
from tieout.reports.reasons import all_reasons
from tieout.store.tables.cases import discrepancy_case

StateFilter = Literal["open", "closed", "all"]
STATES: tuple[StateFilter, ...] = get_args(StateFilter)

FILES = "-"
"""As a currency: the cases about files, which have none."""

REFERENCES = (
    "record_id",
    "scheme_ref",
    "rrn",
    "psp_ref",
    "merchant_ref",
    "batch_ref",
    "auth_code",
)
"""The fields of a case's lines that a search looks at; the whole value has to be equal."""

_ESCAPE = "\\"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Conditions that all hold; an empty one holds for every case."""

    opened_on: date | None = None
    state: StateFilter = "open"
    reason: str = ""
    leg: str = ""
    feed: str = ""
    currency: str = ""
    query: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for less than all open cases."""
        return self != CaseFilter()

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filter as conditions on `discrepancy_case`."""
        case = discrepancy_case.c
        found: list[ColumnElement[bool]] = []
        if self.opened_on is not None:
            found.append(case.opened_on == self.opened_on)
        if self.state != "all":
            found.append(case.state == self.state)
        for column, wanted in (
            (case.reason, self.reason),
            (case.leg, self.leg),
            (case.feed, self.feed),
        ):
            if wanted:
                found.append(column == wanted)
        if self.currency:
            is_about_file = self.currency == FILES
            found.append(
                case.currency.is_(None) if is_about_file else case.currency == self.currency
            )
        if self.query:
            found.append(_matches(self.query))
        return found


def read_filter(
    *,
    date_text: str = "",
    state: str = "open",
    reason: str = "",
    leg: str = "",
    feed: str = "",
    currency: str = "",
    query: str = "",
) -> CaseFilter:
    """Build a filter from what a person typed.

    Raises:
        UsageError: the date cannot be read, or there is no such state or reason; names what was
            found and expected.
    """
    chosen = next((known for known in STATES if known == (state or "open")), None)
    if chosen is None:
        raise UsageError(
            f"There is no case state {state!r}.", hint=f"Choose one of {', '.join(STATES)}."
        )
    return CaseFilter(
        opened_on=read_day(date_text),
        state=chosen,
        reason=_read_reason(reason.strip()),
        leg=leg.strip(),
        feed=feed.strip(),
        currency=currency.strip().upper(),
        query=query.strip(),
    )


def _read_reason(code: str) -> str:
    known = list(all_reasons())
    if code and code not in known:
        # No case at all would read as if all were well.
        raise UsageError(
            f"There is no reason {code!r}; {suggest(code, known)}",
            hint="The list is in docs/reference/matching.md.",
        )
    return code


def read_day(text: str) -> date | None:
    """Return the date that a person typed, None when nothing was.

    Raises:
        UsageError: it is no date.
    """
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is not a date.", hint="Give year, month and day, for example 2026-11-19."
        ) from None


def _matches(query: str) -> ColumnElement[bool]:
    # The lines are canonical JSON text: a reference stands in it as "name":"value". Asking for
    # the whole pair finds equal values only, and never the names of the fields themselves.
    case = discrepancy_case.c
    text = type_coerce(case.lines, Text)
    value = json.dumps(query, ensure_ascii=False)
    pairs = [f'"{name}":{value}' for name in REFERENCES]
    by_reference = [text.like(f"%{_literal(pair)}%", escape=_ESCAPE) for pair in pairs]
    # The value alone is looked for first: it fails at once for nearly every case.
    has_value = text.like(f"%:{_literal(value)}%", escape=_ESCAPE)
    return or_(
        case.case_id == query.upper(), case.case_id == query, and_(has_value, or_(*by_reference))
    )


def _literal(text: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        text = text.replace(special, _ESCAPE + special)
    return text
