"""Entries to arrays: what each Ntry of a block says, whatever details it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from parsers.camt.columns import NO_DAY, Owners, are_in, days_at, minors_at, texts_at
from parsers.camt.findings import SIDES, Heads, Teller
from parsers.camt.layout import (
    AMOUNT,
    BOOKED,
    BOOKING_DATE,
    ENTRY,
    FAMILY,
    FEE_FAMILIES,
    INDICATOR,
    REVERSAL,
    STATUS,
    VALUE_DATE,
)
from parsers.camt.tape import Tape
from parsers.views import Mask, Offsets, dates, sums_between
from tieout.money import exponents

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the entries of a block stand: statement, byte in the document, range as received."""

    statement_no: Offsets
    place: Offsets
    byte_start: Offsets
    byte_length: Offsets


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts: the tag of each (-1: none), its currency as an index, signed minor units.

    `is_exact` is false where there is no readable amount; its `minor` then means nothing.
    """

    tags: Offsets
    currency: Offsets
    minor: Offsets
    is_exact: Mask


class Currencies:
    """The currencies of a block by number: None first, then those of amounts and of statements."""

    def __init__(self, tape: Tape, heads: Heads) -> None:
        numbers: dict[str | None, int] = {None: 0}
        self.of_tag = np.array(
            [numbers.setdefault(one or None, len(numbers)) for one in tape.codes]
        )
        self.of_head = np.array(
            [numbers.setdefault(one["currency"], len(numbers)) for one in heads], dtype=np.int64
        )
        self.names = list(numbers)
        self.exponents = np.array([exponents().get(one or "", -1) for one in numbers])

    def column(self, name: str, numbers: Offsets) -> pl.Series:
        """Return a String column of currencies."""
        if numbers.size and (numbers == numbers[0]).all():  # as in most files
            one = pl.Series(name, [self.names[numbers[0]]], dtype=pl.String)
            return one.new_from_index(0, numbers.size)
        return pl.Series(name, [self.names[one] for one in numbers.tolist()], dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Entries:
    """What the entries of a block say."""

    owners: Owners
    places: Places
    currencies: Currencies
    money: Money
    account_currency: Offsets
    indicator: Offsets
    is_credit: Mask
    is_debit: Mask
    is_fee: Mask
    is_booked: Mask
    is_reversal: Mask
    business_day: Offsets
    booking_day: Offsets
    value_day: Offsets


def read_entries(
    tape: Tape, places: Places, heads: Heads, booked: Sequence[str] = (BOOKED,)
) -> Entries:
    """Return what the entries of a block say.

    `heads` are the statements of the file, `booked` the statuses of entries that count.
    """
    owners, currencies = Owners(tape, "entry"), Currencies(tape, heads)
    own = currencies.of_head[places.statement_no]
    indicator = owners.text(INDICATOR)
    is_debit = are_in(tape, indicator, SIDES[1:])
    status = owners.text(STATUS)
    booking, value = (days_at(tape, owners.text(one)) for one in (BOOKING_DATE, VALUE_DATE))
    of_heads = np.array([_number(one["day"]) for one in heads], dtype=np.int64)
    day = np.where(value == NO_DAY, of_heads[places.statement_no], value)
    return Entries(
        owners,
        places,
        currencies,
        read_money(owners, AMOUNT, own, currencies, is_debit),
        own,
        indicator,
        are_in(tape, indicator, SIDES[:1]),
        is_debit,
        are_in(tape, owners.text(FAMILY), FEE_FAMILIES),
        (status < 0) | are_in(tape, status, tuple(booked)),
        are_in(tape, owners.text(REVERSAL), ("true", "1")),
        np.where(booking == NO_DAY, day, booking),
        booking,
        value,
    )


def _number(day: Any) -> int:
    return NO_DAY if day is None else (day - _EPOCH).days


def read_money(
    owners: Owners,
    paths: Sequence[str],
    default: Offsets | None,
    currencies: Currencies,
    is_debit: Mask | None = None,
) -> Money:
    """Return amounts, debits negative. Amounts without a currency are in the default one."""
    tape = owners.tape
    tags = owners.first(paths)
    currency = np.where(tags < 0, 0, currencies.of_tag[tape.currencies[tags]])
    if default is not None:
        currency = np.where(currency > 0, currency, default)
    minor, is_exact = minors_at(tape, tags, currencies.exponents[currency])
    if is_debit is not None:
        minor = np.where(is_debit, -minor, minor)
    return Money(tags, currency, minor, is_exact)


def tell(entries: Entries, teller: Teller) -> None:
    """Tell what is wrong with entries."""
    money = entries.money
    readable = money.is_exact
    known = readable & (entries.is_credit | entries.is_debit)
    if not known.all():
        rows = _shown(entries, ~known)
        teller.amounts(rows)
    undated = readable & (entries.booking_day == NO_DAY) & (entries.value_day == NO_DAY)
    if undated.any():
        _tell_undated(entries, undated, teller)
    foreign = readable & (money.currency != entries.account_currency) & entries.is_booked
    if foreign.any():
        for row in teller.shown(_shown(entries, foreign)):
            teller.warn_one(
                row,
                "currency_differs",
                field="Amt",
                found=f"an entry in {row['currency']}",
                expected=f"{row['account_currency']}, the currency of its account",
                hint="The line is kept; it is left out of the statement's sum.",
            )


def _tell_undated(entries: Entries, undated: Mask, teller: Teller) -> None:
    teller.warn(
        _shown(entries, undated),
        "date_missing",
        found="neither booking nor value date",
        expected="BookgDt",
        hint="The date of its statement was taken.",
    )
    teller.refuse(
        _shown(entries, undated & (entries.business_day == NO_DAY)),
        "date_missing",
        found="no booking date",
        expected="BookgDt or ValDt",
    )


def _shown(entries: Entries, wanted: Mask) -> pl.DataFrame:
    """Return what findings show of some entries."""
    rows = np.flatnonzero(wanted)
    money, tape, currencies = entries.money, entries.owners.tape, entries.currencies
    is_exact = money.is_exact[rows]
    return pl.DataFrame(
        {
            "place": entries.places.place[rows],
            "record": [ENTRY] * rows.size,
            "is_there": money.tags[rows] >= 0,
            "amount_text": texts_at(tape, money.tags[rows]),
            "currency": currencies.column("currency", money.currency[rows]),
            "account_currency": currencies.column("", entries.account_currency[rows]),
            "amount_minor": pl.Series(money.minor[rows]).set(pl.Series(~is_exact), None),
            "indicator": texts_at(tape, entries.indicator[rows]),
        },
        schema_overrides={"record": pl.String},
    )


def columns_of(entries: Entries, rows: Offsets, heads: Heads) -> list[pl.Series]:
    """Return the columns of lines that come from entries alone; `rows` is the entry of each."""
    number = entries.places.statement_no[rows]
    currency = entries.money.currency[rows]
    kinds = pl.Series(["payout", "fee"])
    return [
        pl.Series("byte_start", entries.places.byte_start[rows]),
        pl.Series("byte_length", entries.places.byte_length[rows]),
        spread("kind", kinds, entries.is_fee[rows].astype(np.int64)),
        pl.Series("is_booked", entries.is_booked[rows]),
        pl.Series("is_reversal", entries.is_reversal[rows]),
        pl.Series("statement_no", number),
        spread("account", pl.Series([one["account"] for one in heads], dtype=pl.String), number),
        entries.currencies.column("currency", currency),
        pl.Series("exponent", entries.currencies.exponents[currency]),
        *(
            dates(name, np.where(days == NO_DAY, 0, days), days != NO_DAY)
            for name, days in (
                ("business_date", entries.business_day[rows]),
                ("booking_date", entries.booking_day[rows]),
                ("value_date", entries.value_day[rows]),
            )
        ),
    ]


def spread(name: str, values: pl.Series, numbers: Offsets) -> pl.Series:
    """Return the value of each number."""
    if numbers.size and (numbers == numbers[0]).all():  # as in most files
        return values.new_from_index(int(numbers[0]), numbers.size).alias(name)
    return values.gather(numbers).alias(name)


def sums(entries: Entries) -> list[dict[str, int]]:
    """Return what the entries of each statement come to.

    Returns:
        statement_no, entries, and net (booked entries in the account's currency); for the totals
        that a file declares, counts CRDT and DBIT, and the sums credit and debit of all entries in
        the account's currency, in minor units.
    """
    money = entries.money
    numbers, firsts = np.unique(entries.places.statement_no, return_index=True)
    lasts = np.append(firsts[1:], len(entries.owners))
    own = money.is_exact & (money.currency == entries.account_currency)
    counted = {
        "statement_no": numbers.tolist(),
        "entries": (lasts - firsts).tolist(),
        "net": sums_between(np.where(own & entries.is_booked, money.minor, 0), firsts, lasts),
    }
    for side, is_side, total in (
        ("CRDT", entries.is_credit, "credit"),
        ("DBIT", entries.is_debit, "debit"),
    ):
        counted[side] = np.add.reduceat(is_side, firsts, dtype=np.int64).tolist()
        counted[total] = sums_between(np.where(own & is_side, money.minor, 0), firsts, lasts)
    names = list(counted)
    return [dict(zip(names, row, strict=True)) for row in zip(*counted.values(), strict=True)]
