"""The frame of a file: its statements, their balances and pages, and which entries are theirs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from parsers.camt.columns import Owners, day_of, minor_of
from parsers.camt.document import Offsets
from parsers.camt.elements import Element, read_elements
from parsers.camt.findings import SIDES as INDICATORS
from parsers.camt.findings import Teller
from parsers.camt.layout import (
    ACCOUNT,
    ACCOUNT_CURRENCY,
    AMOUNT,
    BALANCE_CODE,
    BALANCE_DATE,
    CLOSING_CODES,
    FRAME,
    INDICATOR,
    LAST_PAGE,
    MESSAGE_DATE,
    MESSAGE_ID,
    NET_AMOUNT,
    NET_SIDE,
    NOT_PROVIDED,
    OPENING_CODES,
    PAGE_NUMBER,
    PARTICIPANT,
    PARTICIPANT_ACCOUNT,
    POSITION_CLOSING_CODES,
    POSITION_OPENING_CODES,
    SEQUENCE,
    SIDES,
    STATEMENT_DATE,
    STATEMENT_ID,
    SUMMARY,
)
from parsers.camt.opening import Opened
from parsers.camt.positions import movements_of, signed
from parsers.camt.spans import Spans
from parsers.camt.tape import TAG_BYTES_MAX, tag_at
from tieout.money import exponents

_BALANCE_END = re.compile(rb"</(?:[^\s<>/]+:)?Bal\s*>")
_OWNERS = {place: key for key, place in FRAME.places.items()}
_TEXTS = {
    "account": ACCOUNT,
    "account_currency": ACCOUNT_CURRENCY,
    "reference": STATEMENT_ID,
    "sequence": SEQUENCE,
    "net": NET_AMOUNT,
    "net_side": NET_SIDE,
    **{
        f"{side}/{name}": (f"{SUMMARY}/{side}/{name}",)
        for side in SIDES
        for name in ("NbOfNtries", "Sum")
    },
}

_NO_TEXTS = dict.fromkeys(_TEXTS)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the entries.

    `statements` has a row for each: place, record, account, currency, day, what it says about
    itself and its balances. `owners` is the statement number of each entry in `entries`.
    `message_id` is what the bank calls the message, with its page where it has several.
    `movements` are the balances that a feed takes for movements, with their place and amount.
    """

    statements: list[Row]
    entries: Spans
    owners: Offsets
    message_id: str | None
    movements: list[Row]


@dataclass(slots=True)
class _Owner:
    """An element with those below it that count, and the number of the owner it stands in."""

    element: Element
    within: int
    said: dict[str, Element] = field(default_factory=dict)

    def text(self, paths: Iterable[str]) -> str | None:
        """Return the first text that is not blank."""
        for path in paths:
            one = self.said.get(path)
            if one is not None and one.text is not None:
                return one.text
        return None

    def day(self, paths: Iterable[str]) -> date | None:
        """Return the day that is written, whatever time or zone stands behind it."""
        text = self.text(paths)
        return None if text is None else day_of(text[:10])


class FrameReader:
    """Reads the frame of one document."""

    def __init__(self, opened: Opened, teller: Teller) -> None:
        self.opened = opened
        self.teller = teller
        self.spans = opened.spans
        self.cut = opened.frame
        _limit_tags(self.cut.text)
        self._found: dict[str, list[_Owner]] = {
            owner: [] for owner, path in FRAME.places if not path
        }
        for one in read_elements(self.cut.text, opened.document.encoding):
            self._take(one)

    def _take(self, element: Element) -> None:
        known = _OWNERS.get(element.place)
        if known is None:
            return
        owner, path = known
        if path:
            self._found[owner][-1].said.setdefault(path, element)
            return
        above = self._found["message" if owner in ("statement", "pages") else "statement"]
        self._found[owner].append(_Owner(element, len(above) - 1))

    def read(self, *, positions: bool = False) -> Frame:
        """Return the frame; what is wrong with it is told.

        `positions`: balances of the system's own types are movements.
        """
        self._check_pages()
        statements = [self._statement(one) for one in self._found["statement"]]
        balances = [self._balance(one, statements[one.within]) for one in self._found["balance"]]
        spans, owners = self._entries()
        movements = movements_of(balances) if positions else []
        if any(map(_is_troubled, movements)):
            self.teller.amounts(pl.DataFrame(movements, infer_schema_length=None))
        self._add_balances(statements, balances, positions=positions)
        self._add_currencies(statements, spans, owners)
        for row in statements:
            row["day"] = row["closing_date"] or row["statement_date"] or row["message_date"]
        return Frame(statements, spans, owners, self._message_id(), movements)

    def _statement(self, owner: _Owner) -> Row:
        row: Row = self._located(owner.element)
        row |= _NO_TEXTS
        if owner.said:
            row |= {name: owner.text(paths) for name, paths in _TEXTS.items()}
        row["currency"] = row["account_currency"]
        row["statement_date"] = owner.day(STATEMENT_DATE)
        row["message_date"] = self._found["message"][owner.within].day(MESSAGE_DATE)
        return row

    def _located(self, element: Element) -> Row:
        """Return place and record of an element."""
        return {"place": self.cut.origin(element.offset), "record": element.name}

    def _entries(self) -> tuple[Spans, Offsets]:
        """Return the entries that stand in a statement, and in which."""
        marks = self._found["entry"]
        offsets = np.array([one.element.offset for one in marks], dtype=np.int64)
        spans = self.spans.only(np.isin(self.cut.markers, offsets))
        sizes = np.diff(np.append(spans.runs, len(spans)))
        return spans, np.repeat(np.array([one.within for one in marks], dtype=np.int64), sizes)

    def _balance(self, owner: _Owner, statement: Row) -> Row:
        row: Row = self._located(owner.element)
        element = owner.said.get(AMOUNT[0])
        text = None if element is None else element.text
        row |= {
            "statement": owner.within,
            "is_there": element is not None,
            "amount_text": text,
            "currency": (None if element is None else element.currency) or statement["currency"],
            "own_currency": None if element is None else element.currency or None,
            "code": owner.text(BALANCE_CODE),
            "participant": owner.text(PARTICIPANT),
            "participant_account": owner.text(PARTICIPANT_ACCOUNT),
            "end": self._end(owner.element),
            "indicator": owner.text(INDICATOR),
            "date": owner.day(BALANCE_DATE),
        }
        row["amount_minor"] = minor_of(text, row["currency"])
        row["exponent"] = exponents().get(row["currency"] or "")
        if row["date"] is None:
            self.teller.warn_one(
                row,
                "date_missing",
                field="Dt",
                found="a balance without a date",
                expected="Dt/Dt or Dt/DtTm",
                hint="The amount is used; which day it belongs to is not known.",
            )
        return row

    def _end(self, balance: Element) -> int:
        """Return the byte of the document behind a balance."""
        found = _BALANCE_END.search(self.cut.text, balance.offset)
        return self.cut.origin(found.end() - 1 if found else balance.offset) + 1

    def _add_balances(self, statements: list[Row], balances: list[Row], *, positions: bool) -> None:
        opening = (*OPENING_CODES, *(POSITION_OPENING_CODES if positions else ()))
        closing = (*CLOSING_CODES, *(POSITION_CLOSING_CODES if positions else ()))
        for name, codes in (("opening", opening), ("closing", closing)):
            chosen: dict[int, Row] = {}
            for code in codes:
                for row in balances:
                    if row["code"] == code:
                        chosen.setdefault(row["statement"], row)
            found = [chosen[number] for number in sorted(chosen)]
            if any(map(_is_troubled, found)):
                self.teller.amounts(pl.DataFrame(found, infer_schema_length=None))
            for number, row in enumerate(statements):
                one = chosen.get(number)
                row[name] = None if one is None else signed(one)
                row[f"{name}_date"] = None if one is None else one["date"]

    def _add_currencies(self, statements: list[Row], spans: Spans, owners: Offsets) -> None:
        """Give statements without a currency that of their first balance, else first entry."""
        for one in reversed(self._found["balance"]):
            element, row = one.said.get(AMOUNT[0]), statements[one.within]
            if element is not None and row["account_currency"] is None:
                row["currency"] = element.currency or None
        unknown = np.array([row["currency"] is None for row in statements], dtype=np.bool_)
        if not unknown.any() or not owners.size:
            return
        numbers, firsts = np.unique(owners, return_index=True)
        for number, first in zip(numbers.tolist(), firsts.tolist(), strict=True):
            if unknown[number]:
                statements[number]["currency"] = self._currency_of(spans, slice(first, first + 1))

    def _currency_of(self, spans: Spans, entry: slice) -> str | None:
        tape = self.opened.tape(spans, entry)
        tag = int(Owners(tape, "entry").first(AMOUNT)[0])
        return None if tag < 0 else tape.codes[int(tape.currencies[tag])] or None

    def _message_id(self) -> str | None:
        names = [one.text(MESSAGE_ID) for one in self._found["message"]]
        known = [one for one in names if one is not None and one.upper() not in NOT_PROVIDED]
        pages = [one.text(PAGE_NUMBER) for one in self._found["pages"]]
        others = [f"page {one}" for one in pages if one not in (None, "1")]
        return " ".join([*known, *others]) if known else None

    def _check_pages(self) -> None:
        """Warn when a page says that it is not the only one; many banks number pages wrongly."""
        for one in self._found["pages"]:
            number, last = one.text(PAGE_NUMBER), one.text(LAST_PAGE)
            if number in (None, "1") and last in (None, "true", "1"):
                continue
            self.teller.warn_one(
                self._located(one.element),
                "page_of_several",
                found=f"page {number}, last page: {last}",
                expected="page 1, which is the last",
                hint="Look for the other pages; several banks number a single page 2.",
            )


def _limit_tags(text: bytes) -> None:
    """Refuse tags that are longer than any bank's; most frames are shorter than one of them."""
    place = text.find(b"<") if len(text) > TAG_BYTES_MAX else -1
    while place >= 0:
        following = text.find(b"<", place + 1)
        if (following if following >= 0 else len(text)) - place > TAG_BYTES_MAX:
            tag_at(text, place)
        place = following


def _is_troubled(row: Row) -> bool:
    return row["amount_minor"] is None or row["indicator"] not in INDICATORS
