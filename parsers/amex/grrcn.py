"""GRRCN, delimited or of fixed width: a payment, its submissions and their charges."""

from functools import partial

import numpy as np
import polars as pl

from parsers.amex import layout
from parsers.amex.cuts import Cut, Positions, gather
from parsers.amex.figures import (
    CHARGE,
    FEE,
    PAYMENT,
    Columns,
    Complaints,
    Money,
    equal,
    exponents_of,
    known,
    leading_sign,
    read_amounts,
    says,
    submission_keys,
    sum_of,
)
from parsers.fields import compact_days
from parsers.singles import FEW
from parsers.text_records import Records

calendar_days = partial(compact_days, order="Ymd")


def fixed_cut() -> Cut:
    """Return how records of fixed width are cut."""
    layouts = {
        code: {"payee": layout.GRRCN_PAYEE, **layout.GRRCN_FIXED[code]} for code in layout.MONEY
    }
    return Positions(layouts, layout.GRRCN_CODE)


class Reader:
    """Reads the records with money, piece by piece."""

    def __init__(self, cut: Cut, complaints: Complaints) -> None:
        self.cut, self.complaints = cut, complaints
        self.listed: set[str] = set()
        """Keys of the submissions whose charges the file lists."""

    def survey(self, records: Records) -> None:
        """Note which submissions have charges, wherever those stand."""
        fields = {layout.TRANSACTION: ("payment", "merchant_id", "day")}
        columns = Columns(records, *gather(records, self.cut, fields))
        days = columns.days("day", calendar_days)
        every = np.arange(len(columns))
        self._note(submission_keys(columns, columns.text("payment"), days, every))

    def _note(self, keys: pl.Series) -> None:
        self.listed.update(keys.to_list() if len(keys) < FEW else keys.unique().to_list())

    def read(self, records: Records) -> Money:
        """Return the records with money of a piece; refuse what cannot be read."""
        columns = Columns(records, *gather(records, self.cut))
        amounts = read_amounts(columns, leading_sign, self.complaints)
        currency = columns.text("currency")
        # Where nothing is converted, a charge may state its amount but once.
        sent_currency = columns.text("sent_currency")
        is_same = equal(sent_currency, currency) | ~(known(sent_currency) & known(currency))
        amounts["gross"] = amounts["gross"].otherwise(
            amounts["sent"].where((columns.roles == CHARGE) & is_same)
        )
        # A fee of a merchant who is paid in gross is taken by this very record; other fee records
        # are left out of the payment's sum in published samples.
        is_booked = (columns.roles != FEE) | says(columns.text("pays_gross"), "1")
        money = Money(
            columns,
            amounts,
            currency,
            exponents_of(currency),
            payment=columns.text("payment"),
            value_date=columns.days("payment_day", calendar_days),
            booking_date=columns.days("day", calendar_days),
            is_booked=is_booked,
            charges=sum_of(amounts, "discount", "service_fee", "tax"),
        )
        self._note(money.keys(np.flatnonzero(columns.roles == CHARGE)))
        self._refuse(money)
        return money

    def _refuse(self, money: Money) -> None:
        columns, refuse = money.columns, self.complaints.refuse
        if not money.value_date.known.all():
            wrong = ~money.value_date.known
            refuse(columns, wrong, "payment_date", columns.text("payment_day"))
        absent = ~money.gross.known & ~known(columns.text("gross"))
        if absent.any():
            refuse(columns, absent, "gross_amount", columns.text("gross"))
        netless = (columns.roles == PAYMENT) & ~known(columns.text("net"))
        if netless.any():
            refuse(columns, netless, "net_amount", columns.text("net"))
        self.complaints.refuse_currencies(columns, money.currency, money.exponent)
