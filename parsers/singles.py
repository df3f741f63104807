"""A few values, one at a time: for a column so short that arithmetic on all of it costs more.

A query, a regular expression of Polars or a row of NumPy calls costs about the same for one value
as for a thousand, and most files have only a few records of most kinds. Below FEW values plain
Python reads them; it says exactly what the column readers say (`parsers.amounts`,
`parsers.instants`), and the tests hold one against the other.
"""

import re
from datetime import date
from functools import cache

from tieout.money import MINOR_MAX

FEW = 160
"""Columns shorter than this are read one value at a time."""

_MINOR_DIGITS_MAX = 18
_EPOCH_DAY = 719_163
_DAY_SECONDS = 86_400
_FIRST_SECOND = (date.min.toordinal() - _EPOCH_DAY) * _DAY_SECONDS
_LAST_SECOND = (date.max.toordinal() + 1 - _EPOCH_DAY) * _DAY_SECONDS - 1
_MINOR = re.compile("(-?)([0-9]+)")
_DATE = "([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})"
_TIME = "[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})"
_DAY = re.compile(rf"{_DATE}(?:[T ].*)?", re.DOTALL)
_CLOCK = re.compile(_DATE + _TIME)
_ISO = re.compile(
    _DATE.replace("[-/]", "-") + _TIME + r"(?:\.([0-9]{1,9}))?(?:Z|([+-])([0-9]{2}):?([0-9]{2}))?"
)


class LeapSecond(ValueError):
    """A 61st second: what it means, the column reader decides."""


@cache
def amount_shape(decimal: str, thousands: str, *, bare_fraction: bool) -> re.Pattern[str]:
    """Return the grammar of an amount in major units: groups sign, whole, fraction."""
    whole = "[0-9]+"
    if thousands:
        whole = rf"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|[0-9]+"
    if bare_fraction:
        whole += f"|(?={re.escape(decimal)})"
    return re.compile(rf"(-?)({whole})(?:{re.escape(decimal)}([0-9]+))?")


def minor_of_major(text: str | None, places: int | None, shape: re.Pattern[str]) -> int | None:
    """Return minor units of an amount in major units; None where it is none or not exact.

    Args:
        text: as it stands in the file.
        places: decimals of the currency.
        shape: what `amount_shape` returned.
    """
    found = None if text is None or places is None else shape.fullmatch(text)
    if found is None or places is None:
        return None
    whole, fraction = found[2], found[3] or ""
    if not whole.isdigit():
        whole = "".join(filter(str.isdigit, whole))
    if len(fraction) > places:
        if fraction[places:].strip("0"):
            return None
        fraction = fraction[:places]
    return _within_limits(found[1], whole + fraction.ljust(places, "0"))


def minor_of(text: str | None) -> int | None:
    """Return minor units of an amount in minor units; None where it is none."""
    found = None if text is None else _MINOR.fullmatch(text)
    return None if found is None else _within_limits(found[1], found[2])


def _within_limits(sign: str, digits: str) -> int | None:
    significant = digits.lstrip("0")
    value = int(significant or "0") if len(significant) <= _MINOR_DIGITS_MAX else MINOR_MAX + 1
    if value > MINOR_MAX:
        return None
    return -value if sign else value


def whole_of(text: str | None) -> int | None:
    """Return the number that 1 to 18 ASCII digits say; None for anything else."""
    if text is None or len(text) > _MINOR_DIGITS_MAX or not (text.isascii() and text.isdigit()):
        return None
    return int(text)


def day_of(text: str | None) -> int | None:
    """Return days since 1970 of a text that begins with a day; None where it does not."""
    found = None if text is None else _DAY.fullmatch(text)
    return None if found is None else _days(*found.group(1, 2, 3))


def clock_of(text: str | None) -> int | None:
    """Return microseconds since 1970 of the day and time with which a text begins, if it does.

    Raises:
        LeapSecond: the time has one.
    """
    found = None if text is None else _CLOCK.match(text)
    seconds = None if found is None else _seconds(found)
    return None if seconds is None else seconds * 1_000_000


def instant_of(text: str | None) -> int | None:
    """Return microseconds since 1970 UTC of an ISO 8601 text; without a zone it is UTC.

    Raises:
        LeapSecond: the time has one.
    """
    found = None if text is None else _ISO.fullmatch(text)
    seconds = None if found is None else _seconds(found)
    if found is None or seconds is None:
        return None
    fraction, sign, hours, minutes = found.group(7, 8, 9, 10)
    if sign:
        if int(hours) > 23 or int(minutes) > 59:
            return None
        ahead = int(hours) * 3600 + int(minutes) * 60
        seconds -= -ahead if sign == "-" else ahead
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        return None
    return seconds * 1_000_000 + int((fraction or "").ljust(6, "0")[:6])


def _days(year: str, month: str, day: str) -> int | None:
    try:
        return date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    except ValueError:
        return None


def _seconds(found: re.Match[str]) -> int | None:
    days = _days(*found.group(1, 2, 3))
    hour, minute, second = (int(one) for one in found.group(4, 5, 6))
    if second == 60:
        raise LeapSecond
    if days is None or hour > 23 or minute > 59 or second > 59:
        return None
    return days * _DAY_SECONDS + hour * 3600 + minute * 60 + second
