"""EPRAW, EPTRN (US) and EPA (Europe): fixed width, amounts with a sign in their last digit."""

from functools import partial

import numpy as np
import polars as pl

from parsers.amex import layout
from parsers.amex.cuts import Cut, Positions, gather
from parsers.amex.figures import (
    CHARGE,
    FEE,
    PARTS_OF_FEES,
    PAYMENT,
    SUBMISSION,
    Columns,
    Complaints,
    Figure,
    Money,
    exponents_of,
    figure,
    keys_of,
    ordinal_days,
    read_amounts,
    sum_of,
)
from parsers.fields import compact_days, overpunched
from parsers.lookups import look_up
from parsers.text_records import Records
from parsers.views import Mask, Offsets

FRAME = ("DFHDR", "DFTRL", "DFTLR")
# Types 40 to 50 share one layout.
_ALIKE = {"240": "250", "245": "250"}
_calendar_days = partial(compact_days, order="Ymd")


def us_cut() -> Cut:
    """Return how records of EPRAW and EPTRN are cut."""
    return Positions(layout.EPTRN, layout.EPTRN_CODE, FRAME, _ALIKE)


def european_cut() -> Cut:
    """Return how records of EPA are cut."""
    return Positions(layout.EPA, layout.EPA_CODE, FRAME)


class UsReader:
    """Reads EPRAW and EPTRN; they name no currency."""

    def __init__(self, currency: str, complaints: Complaints) -> None:
        self.cut, self.currency, self.complaints = us_cut(), currency, complaints
        self.paid_on: dict[str, int] = {}
        self.listed: set[str] = set()

    def survey(self, records: Records) -> None:
        """Note the days of payments, which hold for all their parts, wherever those stand."""
        fields = ("payee", "payment", "day")
        columns = Columns(records, *gather(records, self.cut, {"100": fields}))
        self._note(columns, columns.days("day", ordinal_days))

    def _note(self, columns: Columns, days: Figure) -> None:
        keys = keys_of(columns.text("payee"), columns.text("payment"))
        for at in np.flatnonzero((columns.roles == PAYMENT) & days.known).tolist():
            self.paid_on.setdefault(keys[at], int(days.values[at]))

    def read(self, records: Records) -> Money:
        """Return the records with money of a piece; refuse what cannot be read."""
        columns = Columns(records, *gather(records, self.cut))
        amounts = read_amounts(columns, overpunched, self.complaints)
        gross, is_fee = amounts["gross"], columns.roles == FEE
        if is_fee.any():
            parts = sum_of(amounts, *PARTS_OF_FEES)
            values = np.where(is_fee, gross.values + parts, gross.values)
            gross = Figure(values, gross.known | is_fee, gross.stated)
        is_payment = columns.roles == PAYMENT
        amounts["gross"] = gross
        net = amounts["net"]
        # A payment states one amount; its own text says nothing about the net.
        amounts["net"] = Figure(
            np.where(is_payment, gross.values, net.values),
            np.where(is_payment, gross.known, net.known),
            net.stated,
        )
        booked = columns.days("day", ordinal_days)
        self._note(columns, booked)
        currency = pl.Series([self.currency]).new_from_index(0, len(columns))
        money = Money(
            columns,
            amounts,
            currency,
            exponents_of(currency),
            payment=columns.text("payment"),
            value_date=self._paid(columns, booked),
            booking_date=booked,
            is_booked=columns.roles != CHARGE,
            charges=sum_of(amounts, "discount", "service_fee", "tax"),
        )
        if not booked.known.all():
            self.complaints.refuse(columns, ~booked.known, "date", columns.text("day"))
        if not gross.known.all():
            self.complaints.refuse(columns, ~gross.known, "amount", columns.text("gross"))
        return money

    def _paid(self, columns: Columns, booked: Figure) -> Figure:
        """Return the day of each record's payment; its own where the file has none."""
        keys = keys_of(columns.text("payee"), columns.text("payment"))
        days = figure(look_up(keys, self.paid_on, pl.Int64()))
        return Figure(days.otherwise(booked).values, booked.known, booked.stated)


class EuropeanReader:
    """Reads EPA; day and currency of a payment hold for what follows it."""

    def __init__(self, complaints: Complaints) -> None:
        self.cut, self.complaints = european_cut(), complaints
        self._payment: str | None = None
        self._currency: str | None = None
        self._sent: str | None = None
        self.listed: set[str] = set()

    def survey(self, records: Records) -> None:
        """Note nothing: what holds for a record stands above it."""

    def read(self, records: Records) -> Money:
        """Return the records with money of a piece; refuse what cannot be read."""
        columns = Columns(records, *gather(records, self.cut))
        amounts = read_amounts(columns, overpunched, self.complaints)
        roles = columns.roles
        days, currency = columns.text("settlement_day"), columns.text("currency")
        payment = _filled(days, roles == PAYMENT, self._payment)
        own = _filled(currency, roles == PAYMENT, self._currency)
        sent = _filled(columns.text("sent_currency"), roles == SUBMISSION, self._sent)
        if len(columns):
            self._payment, self._currency, self._sent = payment[-1], own[-1], sent[-1]
        is_charge = roles == CHARGE
        if is_charge.any():
            is_sent = pl.Series(is_charge) & sent.is_not_null()
            own = sent.zip_with(is_sent, own)
        paid = compact_days(payment, "Ymd").cast(pl.Int32).cast(pl.Int64)
        money = Money(
            columns,
            amounts,
            own,
            exponents_of(own),
            payment=payment,
            value_date=figure(paid),
            booking_date=columns.days("day", _calendar_days),
            is_booked=~is_charge,
            # Deductions are negative here; elsewhere they are positive.
            charges=-sum_of(amounts, "discount", "service_fee", "tax"),
        )
        self._refuse(money)
        return money

    def _refuse(self, money: Money) -> None:
        columns, refuse = money.columns, self.complaints.refuse
        if not money.value_date.known.all():
            refuse(columns, ~money.value_date.known, "date", columns.text("settlement_day"))
        if not money.gross.known.all():
            refuse(columns, ~money.gross.known, "amount", columns.text("gross"))
        netless = (columns.roles == PAYMENT) & ~money.net.stated
        if netless.any():
            refuse(columns, netless, "net_amount", columns.text("net"))
        self.complaints.refuse_currencies(columns, money.currency, money.exponent)


def _filled(texts: pl.Series, counts: Mask, before: str | None) -> pl.Series:
    """Return the last text of a record where `counts` holds, at or above each record."""
    own = np.flatnonzero(counts & texts.is_not_null().to_numpy())
    if not len(texts):
        return texts
    at: Offsets = np.searchsorted(own, np.arange(len(texts)), side="right")
    found = pl.concat([pl.Series(texts.name, [before], dtype=pl.String), texts.gather(own)])
    return found.gather(at)
