"""Records with typed figures to lines, and payments to statements: what sums to what.

The same for GRRCN, EPRAW, EPTRN and EPA.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from parsers.amex.figures import (
    ADJUSTMENT,
    CHARGE,
    CHARGEBACK,
    FEE,
    PAYMENT,
    SUBMISSION,
    Money,
    equal,
    keys_of,
)
from parsers.outcome import ControlTotal, Findings, Statement
from parsers.singles import FEW
from parsers.statements import Place
from parsers.views import Mask, Offsets

_SHOWN = 20
SALE, REFUND = 6, 7
_KINDS = ("payout", "fee", "sale", "chargeback", "adjustment", "fee", "sale", "refund")
"""Kind of a line by the role of its record; a sale that is negative is a refund."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """What the records with money mean: kind, amount, fee beside it, and what both come to."""

    kinds: Offsets
    amount: Offsets
    charges: Offsets
    has_fee: Mask
    worth: Offsets

    def kind(self) -> pl.Series:
        """Return the kinds as lines name them."""
        if len(self.kinds) < FEW:
            return pl.Series([_KINDS[one] for one in self.kinds.tolist()], dtype=pl.String)
        return pl.Series(_KINDS).gather(self.kinds)


def shape(money: Money, listed: set[str]) -> Shaped:
    """Return what each record means.

    Where the file lists and books the charges of a submission, the submission itself is only its
    fees; else it is the sale, with its fees beside it. Where its net is its gross, its fees are for
    information: the merchant is paid in gross and charged by a fee record.

    Args:
        money: of one piece.
        listed: keys of the submissions whose charges the file lists and books.
    """
    roles, gross, net = money.columns.roles, money.gross, money.net
    is_gross_paid = net.known & gross.known & (net.values == gross.values)
    charges = np.where(is_gross_paid, 0, money.charges)
    is_fees_only = np.zeros(len(roles), dtype=np.bool_)
    submissions = np.flatnonzero(roles == SUBMISSION)
    if listed and len(submissions):
        is_fees_only[submissions] = [one in listed for one in money.keys(submissions).to_list()]
    has_fee = (roles == SUBMISSION) | (roles == CHARGEBACK) | (roles == ADJUSTMENT)
    has_fee &= ~is_fees_only
    kinds = np.where(is_fees_only, FEE, roles)
    is_sale = (kinds == SUBMISSION) | (kinds == CHARGE)
    kinds = np.where(is_sale, np.where(gross.values < 0, REFUND, SALE), kinds)
    amount = np.where(roles == PAYMENT, net.values, gross.values)
    amount = np.where(is_fees_only, -charges, amount)
    worth = np.where(has_fee, gross.values - charges, amount)
    return Shaped(kinds, amount, charges, has_fee, worth)


@dataclass(frozen=True, slots=True)
class _Payment:
    """A payment as its record states it."""

    key: str
    place: Place
    payee: str | None
    reference: str | None
    currency: str
    declared: int
    opening: int
    paid_on: str | None


@dataclass(slots=True)
class Ledger:
    """The payments of a file and what their parts sum to; what single records contradict."""

    payments: list[_Payment] = field(default_factory=list)
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)
    nets: list[dict[str, object]] = field(default_factory=list)
    sent: list[dict[str, object]] = field(default_factory=list)

    def add(self, money: Money, shaped: Shaped) -> None:
        """Add the records of a piece."""
        payee, payment = money.columns.text("payee"), money.payment
        keys = keys_of(payee, payment)
        is_payment = money.columns.roles == PAYMENT
        parts = np.flatnonzero(~is_payment & money.is_booked)
        for key, (total, count) in _sums(keys, parts, shaped.worth).items():
            before = self.sums.get(key, (0, 0))
            self.sums[key] = (before[0] + total, before[1] + count)
        days, opening = money.value_date, money.amounts["opening"].values
        for at in np.flatnonzero(is_payment).tolist():
            paid_on = str(np.datetime64(int(days.values[at]), "D")) if days.known[at] else None
            place = money.columns.place(at)
            amounts = (int(shaped.amount[at]), int(opening[at]))
            texts = (keys[at], place, payee[at], payment[at], money.currency[at])
            self.payments.append(_Payment(*texts, *amounts, paid_on))
        self._check_records(money)

    def _check_records(self, money: Money) -> None:
        """Note the records that their own figures contradict."""
        gross, net, amounts = money.gross, money.net, money.amounts
        is_payment = money.columns.roles == PAYMENT
        extras = amounts["adjustments"].values + amounts["opening"].values
        # Paid in gross: deductions are stated for information only.
        paid_gross = gross.values + np.where(is_payment, extras, 0)
        expected = paid_gross - money.charges
        # Deductions that are not stated at all cannot be added up.
        states = np.where(is_payment, amounts["adjustments"].known, amounts["discount"].known)
        states &= gross.stated & net.stated & net.known
        wrong = states & (net.values != expected) & (net.values != paid_gross)
        note = "Ask American Express which of the figures counts."
        self._note(self.nets, money, wrong, (net.values, expected), ("net amount", note))
        sent = amounts["sent"]
        if sent.known.any():
            differs = sent.known & gross.known & (sent.values != gross.values)
            differs &= equal(money.columns.text("sent_currency"), money.currency)
            note = "Both are in one currency and should be equal; ask American Express."
            what = ("amount in the currency of the submission", note)
            self._note(self.sent, money, differs, (sent.values, gross.values), what)

    def _note(
        self,
        kept: list[dict[str, object]],
        money: Money,
        wrong: Mask,
        figures: tuple[Offsets, Offsets],
        words: tuple[str, str],
    ) -> None:
        for at in np.flatnonzero(wrong)[: _SHOWN - len(kept)].tolist():
            place = money.columns.place(at)
            kept.append(
                {
                    "declared": int(figures[0][at]),
                    "computed": int(figures[1][at]),
                    "line": place.line,
                    "byte_offset": place.byte_start,
                    "record": place.record,
                    "record_no": money.columns.number(at),
                    "field": words[0],
                    "hint": words[1],
                }
            )

    def prove(self, findings: Findings) -> tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]:
        """Return one statement per payment; its parts should sum to what is paid."""
        for code, kept in (("line_net_differs", self.nets), ("rows_disagree", self.sent)):
            for row in kept:
                findings.differs(code, severity="warning", **row)
        statements, totals = [], []
        for one in self.payments:
            total = self._total(one, findings)
            totals += [total] if total else []
            net, count = self.sums.get(one.key, (0, 0))
            statements.append(
                Statement(
                    account=one.payee,
                    reference=one.reference,
                    currency=one.currency,
                    opening_minor=None,
                    closing_minor=None,
                    net_minor=net,
                    entries=count,
                    consistent=total.agrees if total else None,
                    closing_date=one.paid_on,
                )
            )
        return tuple(statements), tuple(totals)

    def _total(self, one: _Payment, findings: Findings) -> ControlTotal | None:
        if one.key not in self.sums:
            return None
        net = self.sums[one.key][0]
        computed = net + one.opening
        agrees = one.declared in (computed, net)
        if not agrees:
            findings.differs(
                "payment_total_differs",
                declared=one.declared,
                computed=computed,
                severity="warning",
                line=one.place.line,
                byte_offset=one.place.byte_start,
                record=one.place.record,
                expected="submissions, chargebacks and adjustments that sum to the payment",
                hint="Records may be missing, or an older debit balance was taken; ask.",
            )
        return ControlTotal(f"payment {one.reference}", str(one.declared), str(computed), agrees)


def _sums(keys: pl.Series, rows: Offsets, worth: Offsets) -> dict[str, tuple[int, int]]:
    """Return key → (sum of what its parts are worth, number of parts)."""
    if len(keys) < FEW:
        found: dict[str, tuple[int, int]] = {}
        for at in rows.tolist():
            total, count = found.get(keys[at], (0, 0))
            found[keys[at]] = (total + int(worth[at]), count + 1)
        return found
    parts = pl.DataFrame({"key": keys.gather(rows), "worth": worth[rows]})
    sums = parts.group_by("key", maintain_order=True).agg(
        pl.col("worth").cast(pl.Int128).sum(), pl.len()
    )
    return {key: (int(total), count) for key, total, count in sums.iter_rows()}
