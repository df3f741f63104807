"""Dates and times as senders write them to days and instants, a whole column at a time.

Ordinary ones (2026-03-02, 2026/03/02 14:05:00, then a zone) are read as words (`parsers.runs`) and
looked up in a table of months; every other text goes through the regular expression that says what
is allowed. What is no date of the calendar becomes null; the caller says what null means.
"""

import re
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.runs import Mask, Run, Words, run_of
from parsers.singles import FEW, LeapSecond, clock_of, day_of, instant_of

DAY = r"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})"
CLOCK_LENGTH = 19
_DAY_LENGTH = 10
_CLOCK = rf"^{DAY}[T ]([0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}})"
_ISO = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})?$"
)
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_DAY_SECONDS = 86_400
_MONTHS = np.arange(f"{_FIRST_YEAR}-01", f"{_LAST_YEAR + 1}-01", dtype="datetime64[M]")
_STARTS = _MONTHS.astype("datetime64[D]").astype(np.int64)
_LENGTHS = (_MONTHS + 1).astype("datetime64[D]").astype(np.int64) - _STARTS

Numbers = npt.NDArray[np.int64]


def offset_seconds(zone: str, names: Mapping[str, str]) -> int | None:
    """Return how far a zone (+0100, -05:30, or one of `names`) is ahead of UTC; None if unknown."""
    zone = names.get(zone, zone)
    found = _OFFSET.fullmatch(zone)
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:
        return None
    seconds = int(found[2]) * 3600 + int(found[3]) * 60
    return -seconds if found[1] == "-" else seconds


def read_days(texts: pl.Series) -> pl.Series:
    """Return Date of the texts that begin with a day and then end or go on with T or a blank."""
    few = _few(texts, day_of, pl.Date())
    if few is not None:
        return few
    run = run_of(texts)
    days = np.zeros(len(texts), dtype=np.int32)
    is_read = np.zeros(len(texts), dtype=np.bool_)
    for part in run.slices():
        starts, ends = run.starts[part], run.ends[part]
        days[part], right = _days(run, starts, "0000-00-", "0000/00/")
        after = run.buffer[starts + _DAY_LENGTH]
        stops = (ends == starts + _DAY_LENGTH) | (after == ord("T")) | (after == ord(" "))
        is_read[part] = right & stops & (ends >= starts + _DAY_LENGTH)
    return _with_odd_ones(
        texts, pl.Series(days).cast(pl.Date), is_read, _day_by_grammar(rf"^{DAY}(?:[T ].*)?$")
    )


def read_clocks(texts: pl.Series) -> pl.Series:
    """Return Datetime (no zone) of the day and time with which texts begin; null without them."""
    few = _few(texts, clock_of, pl.Datetime("us"))
    if few is not None:
        return few
    run = run_of(texts)
    seconds = np.zeros(len(texts), dtype=np.int64)
    is_read = np.zeros(len(texts), dtype=np.bool_)
    for part in run.slices():
        starts, ends = run.starts[part], run.ends[part]
        days, right = _days(run, starts, "0000-00-", "0000/00/")
        time, also_right = _time(run, starts)
        seconds[part] = days * _DAY_SECONDS + time
        is_read[part] = right & also_right & (ends >= starts + CLOCK_LENGTH)
    clocks = pl.Series(seconds * 1_000_000).cast(pl.Datetime("us"))
    parts = pl.col("text").str.extract_groups(_CLOCK).struct
    day = pl.concat_str(*(parts.field(one) for one in "123"), separator="-")
    text = pl.concat_str(day, pl.lit("T"), parts.field("4"))
    by_grammar = text.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    return _with_odd_ones(texts, clocks, is_read, _of_calendar(by_grammar))


def read_iso_instants(texts: pl.Series) -> pl.Series:
    """Return Datetime in UTC of ISO 8601 texts; without a zone a text is UTC."""
    few = _few(texts, instant_of, pl.Datetime("us", "UTC"))
    if few is not None:
        return few
    run = run_of(texts)
    seconds = np.zeros(len(texts), dtype=np.int64)
    is_read = np.zeros(len(texts), dtype=np.bool_)
    for part in run.slices():
        starts, ends = run.starts[part], run.ends[part]
        days, right = _days(run, starts, "0000-00-")
        time, also_right = _time(run, starts)
        seconds[part] = days * _DAY_SECONDS + time
        is_utc = (ends == starts + CLOCK_LENGTH + 1) & (run.buffer[ends - 1] == ord("Z"))
        is_read[part] = right & also_right & (is_utc | (ends == starts + CLOCK_LENGTH))
    clocks = pl.Series(seconds * 1_000_000).cast(pl.Datetime("us", "UTC"))
    text = pl.col("text").str.replace(" ", "T", literal=True).str.replace("Z$", "+00:00")
    has_zone = text.str.contains(r"[+-][0-9]{2}:?[0-9]{2}$")
    text = pl.when(has_zone).then(text).otherwise(text + "+00:00")
    by_grammar = pl.when(pl.col("text").str.contains(_ISO)).then(
        text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", strict=False, time_unit="us")
    )
    utc = by_grammar.cast(pl.Datetime("us", "UTC"))
    return _with_odd_ones(texts, clocks, is_read, _of_calendar(utc))


def _few(
    texts: pl.Series, read: Callable[[str | None], int | None], dtype: pl.DataType
) -> pl.Series | None:
    """Return the values of a short column; None where it is long or only a query can tell."""
    if len(texts) >= FEW:
        return None
    try:
        values = [read(one) for one in texts.to_list()]
    except LeapSecond:
        return None
    physical = pl.Int32 if dtype == pl.Date else pl.Int64
    return pl.Series(texts.name, values, dtype=physical).cast(dtype)


def _day_by_grammar(pattern: str) -> pl.Expr:
    parts = pl.col("text").str.extract_groups(pattern).struct
    iso = pl.concat_str(*(parts.field(one) for one in "123"), separator="-")
    return _of_calendar(iso.str.to_date("%Y-%m-%d", strict=False))


def _of_calendar(day: pl.Expr) -> pl.Expr:
    """Return the days that have a year of four digits, 0001 being the first."""
    return pl.when(day.dt.year().is_between(1, 9999)).then(day)


def _with_odd_ones(
    texts: pl.Series, found: pl.Series, is_read: Mask, by_grammar: pl.Expr
) -> pl.Series:
    if is_read.all():
        return found.alias(texts.name)
    frame = pl.DataFrame({"text": texts, "found": found, "read": is_read})
    frame = frame.with_columns(pl.when("read").then("found").alias("found"))
    odd = ~frame["read"] & texts.is_not_null()
    if odd.any():
        rows = frame.with_row_index("row").filter(odd)
        more = rows.select("row", by_grammar.alias("more"))
        frame = (
            frame.with_row_index("row")
            .join(more, on="row", how="left", maintain_order="left")
            .with_columns(pl.coalesce("found", "more").alias("found"))
        )
    return frame["found"].alias(texts.name)


def _days(run: Run, starts: Numbers, *shapes: str) -> tuple[Numbers, Mask]:
    """Return days since 1970 of what ten bytes say, and which of them say one."""
    first, last = run.words(starts), run.words(starts + 2)
    right = fits(last, "??????00")
    right &= np.logical_or.reduce([fits(first, one) for one in shapes])
    year = pair(first, 0) * 100 + pair(first, 2)
    month, day = pair(first, 5), pair(last, 6)
    right &= (year >= _FIRST_YEAR) & (year <= _LAST_YEAR) & (month >= 1) & (month <= 12)
    place = np.where(right, (year - _FIRST_YEAR) * 12 + month - 1, 0)
    right &= (day >= 1) & (day <= _LENGTHS[place])
    return _STARTS[place] + day - 1, right


def _time(run: Run, starts: Numbers) -> tuple[Numbers, Mask]:
    """Return seconds of the day of a time after a day, and which rows have one."""
    time, before = run.words(starts + 11), run.buffer[starts + _DAY_LENGTH]
    hour, minute, second = (pair(time, place) for place in (0, 3, 6))
    right = fits(time, "00:00:00") & ((before == ord("T")) | (before == ord(" ")))
    right &= (hour < 24) & (minute < 60) & (second < 60)
    return (hour * 60 + minute) * 60 + second, right


def fits(words: Words, shape: str) -> Mask:
    """Tell which words have digits where `shape` has 0, anything at ?, else its characters."""
    ones = _word(shape, lambda one: 1 if one == "0" else 0)
    marks = _word(shape, lambda one: 0 if one in "0?" else 255)
    value = _word(shape, lambda one: 0 if one in "0?" else ord(one))
    high, zeros, six = ones * np.uint64(0xF0), ones * np.uint64(0x30), ones * np.uint64(6)
    right: Mask = (words & marks) == value
    right &= (words & high) == zeros
    # Only bytes 0x30 to 0x3F are left: adding six shows those beyond 9, and never carries.
    right &= (((words & ~marks) + six) & high) == zeros
    return right


def _word(shape: str, value: object) -> np.uint64:
    return np.uint64(int.from_bytes(bytes(value(one) for one in shape), "little"))  # type: ignore[operator]


def pair(words: Words, place: int) -> Numbers:
    """Return the number that the two digits from byte `place` on say."""
    tens, ones = np.uint64(8 * place), np.uint64(8 * place + 8)
    ten = (words >> tens) & np.uint64(15)
    return (ten * np.uint64(10) + ((words >> ones) & np.uint64(15))).astype(np.int64)
