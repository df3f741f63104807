"""Adyen payments accounting report: every step of every payment, as CSV.

    Company Account,Merchant Account,Psp Reference,...,Booking Date,TimeZone,Record Type,...
    Acme,AcmeCOM,8835...,PO-1,mc,...,2026-03-02 03:11:31,PST,Received,...
    Acme,AcmeCOM,8835...,PO-1,mc,...,2026-03-02 03:14:01,PST,SentForSettle,...
    Acme,AcmeCOM,8835...,PO-1,mc,...,2026-03-02 05:10:54,PST,Settled,...,EUR,10.02,,0.02,0.06,0.30

Records
    Received, Authorised, SentForSettle, SentForRefund, Refused, Cancelled, Expired ...
                    a step that moves no money of ours: kept, not booked
    Settled, Refunded, Chargeback, ChargebackReversed, SecondChargeback, RefundedReversed ...
                    the payable changes: what we get (SC), and the charges that were taken from it
    Fee, MiscCosts, InvoiceDeduction, DepositCorrection, BalanceTransfer, MerchantPayout
                    as in the settlement detail report

Payable (SC) is signed and net of commission, mark-up, scheme fees and interchange, which are
written as what Adyen took. PC is the shopper's currency, SC the one that settles. Columns come in
any order. Source: Adyen's public documentation of the report, and files of two public repositories
(docs/formats/adyen_accounting.md).
"""

from parsers.adyen_accounting.layout import KNOWN_BY
from parsers.adyen_accounting.parse import parse
from parsers.contract import Format
from parsers.report import head_names

FORMAT = Format(
    "adyen_accounting", looks_like=lambda data: head_names(data).issuperset(KNOWN_BY), parse=parse
)
