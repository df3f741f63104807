"""Money in minor units with its currency beside it, and the ISO 4217 table that gives the exponent.

Amounts are integers; a decimal exists only as the text at a file's or a person's edge, and it is
scaled by moving the point in the text, so no float and no rounding is involved. The table
(`currencies.csv`: code, numeric code, exponent, day of withdrawal) is ISO 4217 as published;
withdrawn currencies stay in it because old files name them. Where a counterparty scales a currency
differently from ISO (some send ISK with two decimals), that is the parser's layout to say, with the
`exponent` argument.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tieout.errors import Permanent

MINOR_MAX = 2**62 - 1
"""Largest stored magnitude: half of BIGINT, so that the sum of two stored amounts cannot wrap."""

_AMOUNT = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d{1,19})(?:\.(?P<fraction>\d{1,19}))?")


class UnknownCurrency(Permanent):
    """A currency code that ISO 4217 does not list."""


class AmountUnreadable(Permanent):
    """A text that is not an exact amount of its currency."""


class CurrenciesDiffer(Permanent):
    """Two amounts of different currencies were added or compared."""


@dataclass(frozen=True, slots=True)
class Currency:
    """One row of ISO 4217: `numeric` has three digits, `exponent` digits follow the point."""

    code: str
    numeric: str
    exponent: int
    withdrawn_on: str | None


@cache
def currencies() -> dict[str, Currency]:
    """Return every currency of the bundled ISO 4217 table by its alphabetic code."""
    text = resources.files("tieout").joinpath("currencies.csv").read_text(encoding="ascii")
    rows = csv.DictReader(text.splitlines())
    return {
        row["code"]: Currency(
            row["code"], row["numeric"], int(row["exponent"]), row["withdrawn_on"] or None
        )
        for row in rows
    }


@cache
def _by_numeric() -> dict[str, str]:
    # A withdrawn currency may have passed its number on (ANG -> XCG, 532): the current one wins.
    ordered = sorted(currencies().values(), key=lambda one: one.withdrawn_on is None)
    return {one.numeric: one.code for one in ordered}


def currency_of(code: str) -> Currency:
    """Return the ISO 4217 row of `code`.

    Raises:
        UnknownCurrency: the table has no such code.
    """
    try:
        return currencies()[code]
    except KeyError:
        raise UnknownCurrency(
            f"Currency {code!r} is not in ISO 4217.",
            hint="Give the three-letter code in capitals, for example EUR.",
        ) from None


@cache
def exponents() -> dict[str, int]:
    """Return alphabetic code → digits after the point, for whole columns at once."""
    return {code: one.exponent for code, one in currencies().items()}


def exponent_of(currency: str) -> int:
    """Return how many digits follow the decimal point: 2 for EUR, 0 for JPY, 3 for KWD."""
    return currency_of(currency).exponent


def numeric_of(currency: str) -> str:
    """Return the three-digit ISO number of an alphabetic code: EUR → "978"."""
    return currency_of(currency).numeric


def alpha_of(numeric: str) -> str:
    """Return the alphabetic code of a three-digit ISO number: "978" → EUR.

    Raises:
        UnknownCurrency: the table has no such number.
    """
    try:
        return _by_numeric()[numeric]
    except KeyError:
        raise UnknownCurrency(
            f"Currency number {numeric!r} is not in ISO 4217.",
            hint="Give three digits with leading zeros, for example 036.",
        ) from None


def parse_minor(
    text: str, currency: str, *, decimal: str = ".", exponent: int | None = None
) -> int:
    """Turn the text of an amount in major units into minor units, exactly.

    Fewer decimals than the currency has are filled with zeros; more are accepted only when the
    surplus digits are zeros. Thousands separators, exponents and spaces are refused.

    Args:
        text: for example "-1234.5".
        currency: alphabetic ISO code.
        decimal: the sender's decimal mark, "." or ",".
        exponent: digits after the point where the sender does not follow ISO.

    Raises:
        AmountUnreadable: the text is no amount, or has a fraction that the currency lacks.
        UnknownCurrency: the table has no such code.
    """
    digits = exponent_of(currency) if exponent is None else exponent
    foreign_point = decimal != "." and "." in text
    found = None if foreign_point else _AMOUNT.fullmatch(text.replace(decimal, "."))
    if found is None or not text.isascii():
        raise AmountUnreadable(
            f"{text!r} is not an amount.",
            hint=f"Expected digits with an optional sign and {decimal!r} as decimal mark.",
        )
    fraction = found["fraction"] or ""
    if fraction[digits:].strip("0"):
        raise AmountUnreadable(
            f"{text!r} has more decimals than {currency}, which has {digits}.",
            hint="Check the currency of the line, or the exponent that the sender uses.",
        )
    minor = int(found["whole"] + fraction[:digits].ljust(digits, "0"))
    if minor > MINOR_MAX:
        raise AmountUnreadable(
            f"{text!r} {currency} is larger than an amount may be ({MINOR_MAX} minor units).",
            hint="Check the field's position and scale.",
        )
    return -minor if found["sign"] == "-" else minor


def format_minor(
    minor: int, currency: str, *, thousands: str = "", exponent: int | None = None
) -> str:
    """Write minor units as the text of major units: (123450, "EUR") → "1234.50".

    Args:
        minor: the amount.
        currency: alphabetic ISO code.
        thousands: separator between groups of three digits, none by default.
        exponent: digits after the point where the reader does not follow ISO.
    """
    digits = exponent_of(currency) if exponent is None else exponent
    whole, fraction = divmod(abs(minor), 10**digits)
    text = f"{whole:,}".replace(",", thousands)
    if digits:
        text = f"{text}.{fraction:0{digits}d}"
    return f"-{text}" if minor < 0 else text


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount: `minor` units of `currency`. Adding two currencies is an error, never a guess.

    Raises:
        UnknownCurrency: `currency` is not in ISO 4217.
        AmountUnreadable: `minor` is not an integer, or is larger than MINOR_MAX.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        currency_of(self.currency)
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise AmountUnreadable(
                f"Amount {self.minor!r} is a {type(self.minor).__name__}.",
                hint="Expected an integer number of minor units.",
            )
        if abs(self.minor) > MINOR_MAX:
            raise AmountUnreadable(
                f"Amount {self.minor} {self.currency} is larger than {MINOR_MAX} minor units.",
                hint="Check the scale of the amount.",
            )

    def __str__(self) -> str:
        return f"{format_minor(self.minor, self.currency)} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrenciesDiffer(
                f"{self} and {other} are of different currencies.",
                hint="Convert one of them with a named rate first.",
            )
        return other.minor
