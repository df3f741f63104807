"""How a file writes dates and times: the directives that are known, and what each may look like.

A form is checked when the layout is read, so that a wrong one is told once, as a fault of the
layout, and not as a fault of every line. Days that are written with all their digits are read as
words (`parsers.runs`), or one by one where there are few; all others by the form's grammar.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, cached_property

import numpy as np
import polars as pl

from parsers.declared.texts import Texts
from parsers.instants import fits, pair
from parsers.runs import Mask, Offsets
from parsers.views import dates, day_numbers

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
_WORD, _WIDEST = 8, 15
_DIGITS = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2}
_CENTURY = 1900
_PIVOT = 70
"""Years of two digits: 70 to 99 are of the last century, others of this one."""
_EPOCH = date(1970, 1, 1).toordinal()


def form_pattern(form: str) -> str:
    """Return the regular expression of texts that a form means, ASCII digits only."""
    return "^" + "".join(_DIRECTIVES.get(one, re.escape(one)) for one in _pieces(form)) + "$"


def _pieces(form: str) -> list[str]:
    return [one for one in re.split(r"(%.)", form) if one]


def polars_form(form: str) -> str:
    """Return the form as Polars spells it, for texts as `with_point` leaves them."""
    return form.replace(".%f", "%f").replace("%f", "%.f")


def with_point(text: pl.Expr, form: str) -> pl.Expr:
    """Return the texts with a point before the fraction of a second, wherever it stands.

    Without one, Polars takes the digits for nanoseconds: of 56,123 they would make 56.000000123.
    """
    before, fraction, after = form.partition("%f")
    if not fraction or before.endswith("."):
        return text
    groups = "".join(f"({form_pattern(one)[1:-1]})" for one in (before, fraction, after))
    return text.str.replace(f"^{groups}$", "${1}.${2}${3}")


def _has_year(day: pl.Expr) -> pl.Expr:
    """Leave out the year 0, which is no year of the calendar."""
    return day.dt.year() >= 1


@dataclass(frozen=True)
class DayForm:
    """Reads the days of one form."""

    form: str

    @cached_property
    def _shape(self) -> tuple[str, dict[str, int]] | None:
        """What a day with all its digits looks like, and where its parts stand; None for others."""
        pieces, at, places = _pieces(self.form), "", dict[str, int]()
        for one in pieces:
            if one in _DIGITS and one not in places:
                places[one] = len(at)
                at += "0" * _DIGITS[one]
            elif "%" in one or not one.isascii() or re.search("[0-9?]", one):
                return None
            else:
                at += one
        is_whole = {*places} in ({"%Y", "%m", "%d"}, {"%y", "%m", "%d"}) and len(at) <= _WIDEST
        return (at, places) if is_whole else None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        shape = "" if self._shape is None else self._shape[0]
        return re.compile("".join("[0-9]" if one == "0" else re.escape(one) for one in shape))

    @cached_property
    def _by_grammar(self) -> pl.Expr:
        text = pl.col("text")
        read = with_point(text, self.form).str.to_date(polars_form(self.form), strict=False)
        return pl.when(text.str.contains(form_pattern(self.form)) & _has_year(read)).then(read)

    def read(self, texts: Texts) -> tuple[pl.Series, Mask]:
        """Return the days of a column, null where there are none, and which texts are no day."""
        days, is_read = self._ordinary(texts)
        odd = np.flatnonzero(texts.is_given & ~is_read)
        wrong = np.zeros(len(is_read), dtype=np.bool_)
        if len(odd):
            frame = pl.DataFrame({"text": texts.column.gather(odd)})
            more = frame.select(self._by_grammar).to_series()
            wrong[odd] = more.is_null().to_numpy()
            is_read[odd] = ~wrong[odd]
            days[odd] = more.cast(pl.Int32).fill_null(0).to_numpy()
        if texts.are_few:
            pairs = zip(days.tolist(), is_read.tolist(), strict=True)
            few = [day if read else None for day, read in pairs]
            return pl.Series(few, dtype=pl.Int32).cast(pl.Date), wrong
        return dates("", days, is_read), wrong

    def _ordinary(self, texts: Texts) -> tuple[Offsets, Mask]:
        """Return days since 1970, and which texts are written with all their digits."""
        height = len(texts)
        if self._shape is None:
            return np.zeros(height, dtype=np.int64), np.zeros(height, dtype=np.bool_)
        shape, places = self._shape
        if texts.are_few:
            days = [self._one(text, places) for text in texts.few]
            known = np.array([one or 0 for one in days], dtype=np.int64)
            return known, np.array([one is not None for one in days], dtype=np.bool_)
        first = texts.run.words(texts.run.starts)
        last = texts.run.words(texts.run.starts + len(shape) - _WORD)
        is_read = texts.lengths == len(shape)
        is_read &= fits(first, shape[:_WORD].ljust(_WORD, "?"))
        if len(shape) > _WORD:
            is_read &= fits(last, shape[-_WORD:])

        def two(place: int) -> Offsets:
            is_early = place + 1 < _WORD
            return pair(first, place) if is_early else pair(last, place - len(shape) + _WORD)

        if "%Y" in places:
            year = two(places["%Y"]) * 100 + two(places["%Y"] + 2)
        else:
            year = two(places["%y"]) + _CENTURY
            year += 100 * (year < _CENTURY + _PIVOT)
        numbers, is_day = day_numbers(year, two(places["%m"]), two(places["%d"]))
        return numbers, is_read & is_day

    def _one(self, text: str | None, places: dict[str, int]) -> int | None:
        if text is None or self._pattern.fullmatch(text) is None:
            return None
        parts = {one: int(text[at : at + _DIGITS[one]]) for one, at in places.items()}
        month, day = parts["%m"], parts["%d"]
        year = parts.get("%Y", -1)
        if "%y" in parts:
            year = parts["%y"] + _CENTURY + 100 * (parts["%y"] < _PIVOT)
        try:
            return date(year, month, day).toordinal() - _EPOCH
        except ValueError:
            return None


@dataclass(frozen=True)
class TimeForm:
    """Reads the instants of one form; without a zone they are UTC."""

    form: str

    @cached_property
    def _by_grammar(self) -> pl.Expr:
        text, form = with_point(pl.col("text"), self.form), polars_form(self.form)
        if "%z" not in form:
            text, form = text + " +0000", f"{form} %z"
        read = text.str.to_datetime(form, strict=False, time_unit="us")
        fits_form = pl.col("text").str.contains(form_pattern(self.form))
        read = read.cast(pl.Datetime("us", "UTC"))
        return pl.when(fits_form & _has_year(read)).then(read)

    def read(self, texts: pl.Series) -> pl.Series:
        """Return the instants of a String column, null where there are none."""
        return pl.DataFrame({"text": texts}).select(self._by_grammar).to_series()


@cache
def day_form(form: str) -> DayForm:
    """Return the reader of a form, the same one each time."""
    return DayForm(form)


@cache
def time_form(form: str) -> TimeForm:
    """Return the reader of a form, the same one each time."""
    return TimeForm(form)


def check_date_form(form: str) -> str:
    """Return the form when a date that is written by it can be read back.

    Raises:
        ValueError: it cannot; the text says how dates are described.
    """
    _check_directives(form, _DATE_HINT)
    probe = Texts.of(pl.Series([_PROBE.strftime(form)]))
    if DayForm(form).read(probe)[0].to_list() != [_PROBE.date()]:
        raise ValueError(f"{form!r} does not name one day, month and year: {_DATE_HINT}")
    return form


def check_time_form(form: str) -> str:
    """Return the form when a time that is written by it can be read back; see `check_date_form`."""
    _check_directives(form, _TIME_HINT)
    read = TimeForm(form).read(pl.Series([_PROBE.strftime(form)])).to_list()
    if read[0] is None or read[0].date() != _PROBE.date():
        raise ValueError(f"{form!r} does not name one day and time: {_TIME_HINT}")
    return form


def _check_directives(form: str, hint: str) -> None:
    for found in re.findall(r"%.?", form):
        if found not in _DIRECTIVES:
            known = " ".join(_DIRECTIVES)
            raise ValueError(f"{found!r} in {form!r} is no part of a date; known: {known}; {hint}")
    if form.count("%f") > 1:
        raise ValueError(f"{form!r} has %f twice; {hint}")
