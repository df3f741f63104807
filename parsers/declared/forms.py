"""How a file writes dates and times: the directives that are known, and what each may look like.

A form is checked when the layout is read, so that a wrong one is told once, as a fault of the
layout, and not as a fault of every line.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

import polars as pl

_DIRECTIVES = {
    "%Y": "[0-9]{4}",
    "%y": "[0-9]{2}",
    "%m": "[0-9]{1,2}",
    "%d": "[0-9]{1,2}",
    "%H": "[0-9]{1,2}",
    "%M": "[0-9]{2}",
    "%S": "[0-9]{2}",
    "%f": "[0-9]{1,9}",
    "%j": "[0-9]{1,3}",
    "%b": "[A-Za-z]{3}",
    "%B": "[A-Za-z]+",
    "%z": "[+-][0-9]{2}:?[0-9]{2}",
    "%%": "%",
}
_PROBE = datetime(2026, 11, 23, 14, 35, 56, tzinfo=UTC)
_DATE_HINT = "write %d.%m.%Y for 23.11.2026, %Y-%m-%d for 2026-11-23"
_TIME_HINT = "write %Y-%m-%d %H:%M:%S for 2026-11-23 14:35:56"


def form_pattern(form: str) -> str:
    """Return the regular expression of texts that a form means, ASCII digits only."""
    pieces: Iterable[str] = re.split(r"(%.)", form)
    return "^" + "".join(_DIRECTIVES.get(one, re.escape(one)) for one in pieces) + "$"


def polars_form(form: str) -> str:
    """Return the form as Polars spells it."""
    return form.replace(".%f", "%.f")


def check_date_form(form: str) -> str:
    """Return the form when a date that is written by it can be read back.

    Raises:
        ValueError: it cannot; the text says how dates are described.
    """
    _check_directives(form, _DATE_HINT)
    read = pl.Series([_PROBE.strftime(form)]).str.to_date(form, strict=False)
    if read.to_list() != [_PROBE.date()]:
        raise ValueError(f"{form!r} does not name one day, month and year: {_DATE_HINT}")
    return form


def check_time_form(form: str) -> str:
    """Return the form when a time that is written by it can be read back; see `check_date_form`."""
    _check_directives(form, _TIME_HINT)
    text = _PROBE.strftime(form)
    zone = "" if "%z" in form else " %z"
    probe = pl.Series([text if not zone else f"{text} +0000"])
    read = probe.str.to_datetime(polars_form(form) + zone, strict=False, time_unit="us").to_list()
    if read[0] is None or _day_of(read[0]) != _PROBE.date():
        raise ValueError(f"{form!r} does not name one day and time: {_TIME_HINT}")
    return form


def _day_of(instant: datetime) -> date:
    return instant.astimezone(UTC).date()


def _check_directives(form: str, hint: str) -> None:
    for found in re.findall(r"%.?", form):
        if found not in _DIRECTIVES:
            known = " ".join(_DIRECTIVES)
            raise ValueError(f"{found!r} in {form!r} is no part of a date; known: {known}; {hint}")
