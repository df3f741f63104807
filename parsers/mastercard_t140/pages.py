"""Lines to rows: what the page says above a row is put beside it.

Pages are made for people: a day has some thousand lines, of which a few hundred are rows. They are
read one by one, and the expressions are tried only where their words stand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from parsers.mastercard_t140 import layout
from parsers.records import TextLine, text_lines
from tieout.errors import Permanent
from tieout.money import exponents, parse_minor

_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*1IP(?:727|728|142)[0-9]{3}-[A-Z]{2} .{0,80}MASTERCARD")
_HEADS = [
    (name, word, least, re.compile(shape)) for name, (word, least, shape) in layout.HEADS.items()
]
_SHAPES = {name: re.compile(shape) for name, shape in layout.SHAPES.items()}
_DAY_TITLE = "DAY TOTAL"


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with the head of a page."""
    return _START.match(data[:512]) is not None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of figures: its shape, where it stands, what its page says and what it says itself.

    `minor` and `fee_minor` are signed (DR is what we pay), None where the text is no amount.
    """

    shape: str
    report: str
    at: TextLine
    heads: Mapping[str, str]
    texts: Mapping[str, str | None]
    currency: str
    minor: int | None
    fee_currency: str
    fee_minor: int | None

    @property
    def day(self) -> date | None:
        """The date of the page; None where it is none."""
        return _day(self.heads.get("day", ""))

    @property
    def count(self) -> int | None:
        """The number of messages that the row states; None where it is no number."""
        digits = (self.texts["count"] or "").replace(",", "")
        return int(digits) if 0 < len(digits) <= 18 else None

    @property
    def is_usable(self) -> bool:
        """Whether amount, direction, currency and date are known; only zero needs no direction."""
        texts = self.texts
        return (
            self.currency in _exponents()
            and self.minor is not None
            and (self.minor == 0 or texts["mark"] is not None)
            and self.day is not None
            and (
                texts.get("fee") is None
                or self.fee_minor == 0
                or (self.fee_minor is not None and texts["fee_mark"] is not None)
            )
        )


@dataclass(slots=True)
class Pages:
    """What stands on the pages of a file, in its order."""

    heads: list[tuple[str, TextLine]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    odd: list[tuple[str | None, TextLine]] = field(default_factory=list)
    spoilt: list[TextLine] = field(default_factory=list)
    pages_without_data: int = 0
    has_end: bool = False

    def of(self, *shapes: str) -> list[Row]:
        """Return the rows of some shapes."""
        return [one for one in self.rows if one.shape in shapes]


def read_pages(data: bytes) -> Pages:
    """Return all rows of a file.

    Raises:
        Refused: the file is in no encoding that these reports come in.
    """
    found = Pages()
    report, heads, function = None, dict[str, str](), ""
    for line in text_lines(data):
        text = line.text
        if not text or text.isspace():
            continue
        head = layout.PAGE.match(text)
        if head is not None:
            report, heads, function = head[1], {}, ""
            found.heads.append((report, line))
        elif "IP" in text and layout.SPOILT_PAGE.match(text):
            found.spoilt.append(line)
        shape, one = _shape_of(text, report, heads)
        if one is not None:
            texts = one.groupdict()
            if shape == layout.DETAIL:
                # The function stands only in the first row of its block.
                function = texts["function"] = texts["function"].strip() or function
            found.rows.append(_row(shape, report or "", line, heads, texts))
            continue
        stated = _heads_in(text)
        if stated:
            heads = {**heads, **stated}
        found.has_end = found.has_end or layout.END in text
        found.pages_without_data += layout.NO_DATA in text
        if (" DR" in text or " CR" in text) and _is_odd(text):
            found.odd.append((report, line))
    return found


def _shape_of(
    text: str, report: str | None, heads: Mapping[str, str]
) -> tuple[str, re.Match[str] | None]:
    """Return the shape of a row that may stand on its page; no match for other lines."""
    shapes: tuple[str, ...] = ()
    if report in layout.CLEARED:
        shapes = (layout.DETAIL, layout.SUBTOTAL)
    elif report == layout.NETS:
        is_day = _DAY_TITLE in heads.get("title", "")
        shapes = (layout.DAY,) if is_day else (layout.FILE, layout.CYCLE, layout.TOTAL)
    for shape in shapes:
        one = _SHAPES[shape].fullmatch(text)
        if one is not None:
            return shape, one
    return "", None


def _heads_in(text: str) -> dict[str, str]:
    stated = {}
    for name, word, least, shape in _HEADS:
        if text.count(word) >= least:
            one = shape.search(text)
            if one is not None:
                stated[name] = one[1].strip()
    return stated


def _is_odd(text: str) -> bool:
    """Tell whether a line has an amount with its mark, in none of the shapes that are known."""
    is_known = any(shape.fullmatch(text) for shape in _SHAPES.values())
    return bool(layout.MARK.search(text)) and not (is_known or layout.OTHER_TOTAL.search(text))


def _row(
    shape: str,
    report: str,
    at: TextLine,
    heads: Mapping[str, str],
    texts: Mapping[str, str | None],
) -> Row:
    currency = texts["currency"] or ""
    fee_currency = texts.get("fee_currency") or currency
    minor = _minor(texts["amount"], texts["mark"], currency)
    fee = _minor(texts.get("fee"), texts.get("fee_mark"), fee_currency)
    return Row(shape, report, at, heads, texts, currency, minor, fee_currency, fee)


def _minor(text: str | None, mark: str | None, currency: str) -> int | None:
    """Return signed minor units of a printed amount; None where it is none."""
    if text is None or layout.THOUSANDS.fullmatch(text) is None:
        return None
    try:
        minor = parse_minor(text.replace(",", ""), currency)
    except Permanent:
        return None
    return -minor if mark == "DR" else minor


@lru_cache(maxsize=1)
def _exponents() -> dict[str, int]:
    return exponents()


@lru_cache(maxsize=64)
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
