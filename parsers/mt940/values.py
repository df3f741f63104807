"""Single values of MT940 fields: amounts, dates, balances, entries."""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tieout.money import exponent_of, parse_minor

BALANCE = re.compile(
    r"\s*(?P<mark>[CD])\s*(?P<date>[0-9]{6})\s*(?P<currency>[A-Z]{3})\s*(?P<amount>-?[0-9.,]+)\s*"
)
ENTRY = re.compile(
    r"\s*(?P<value>[0-9]{6})(?P<entry>[0-9]{4}|\s{4})?\s*"
    r"(?P<mark>(?i:RC|RD|EC|ED|C|D))(?P<funds>[A-Z])?\s*"
    r"(?P<amount>[0-9.,]+)\s*(?=[A-Z/]|$)"  # 1_000, 1'000 and 1 0 are no amounts
    r"(?P<type>[A-Z][A-Z0-9 ]{3})?(?P<rest>.*)",
    re.DOTALL,
)
TOTAL = re.compile(r"\s*(?P<count>[0-9]{1,5})\s*(?P<currency>[A-Z]{3})\s*(?P<amount>[0-9.,]+)\s*")
SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}
"""Mark → direction. RC undoes a credit (money goes), RD undoes a debit (money comes back)."""

_CENTURY_FROM = 80


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance field, signed."""

    minor: int
    currency: str
    day: date | None


def amount_minor(text: str, currency: str) -> int:
    """Return minor units of an amount: comma or point, digits on either side optional.

    Raises:
        AmountUnreadable: several decimal marks that make no number, or too many decimals.
        UnknownCurrency: the currency is not in ISO 4217.
    """
    plain = text
    if "," in plain and "." in plain:  # the last mark is the decimal one: 1.234,56 or 1,234.56
        thousands = "." if plain.rfind(",") > plain.rfind(".") else ","
        plain = plain.replace(thousands, "")
    plain = plain.replace(",", ".")
    if plain.startswith(".") and plain != ".":
        plain = f"0{plain}"
    exponent = exponent_of(currency)
    return parse_minor(plain.removesuffix("."), currency, exponent=exponent)


@lru_cache(maxsize=4096)  # a statement names the same few days over and over
def read_day(text: str) -> tuple[date, bool] | None:
    """Return the day of YYMMDD and whether it had to be clamped to the end of its month.

    Banks that reckon 30 days to a month write 30 February.
    """
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:6])
    year += 1900 if year >= _CENTURY_FROM else 2000
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(day, last)), day > last


@lru_cache(maxsize=4096)
def entry_day(text: str, value_day: date) -> tuple[date, bool] | None:
    """Return the day of MMDD in the year that brings it nearest to the value date."""
    candidates = []
    for year in (value_day.year - 1, value_day.year, value_day.year + 1):
        found = read_day(f"{year % 100:02d}{text}")
        if found:
            candidates.append((abs((found[0] - value_day).days), found))
    return min(candidates)[1] if candidates else None


def read_balance(text: str) -> Balance | None:
    """Return a balance field, None when it has not that shape.

    Raises:
        AmountUnreadable, UnknownCurrency: see `amount_minor`.
    """
    found = BALANCE.fullmatch(text)
    if found is None:
        return None
    raw = found["amount"]
    minor = amount_minor(raw.removeprefix("-"), found["currency"])
    sign = SIGNS[found["mark"]] * (-1 if raw.startswith("-") else 1)
    day = read_day(found["date"])
    return Balance(minor * sign, found["currency"], day[0] if day else None)
