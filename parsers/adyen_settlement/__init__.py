"""Adyen settlement detail report: every booking of a settlement batch, as CSV.

    Company Account,Merchant Account,Psp Reference,...,Type,...,Net Debit (NC),Net Credit (NC),...
    Acme,AcmeCOM,8835...,PO-1,visa,2026-03-02 10:00:00,CET,Settled,,EUR,,50.00,1,EUR,,49.10,...
    Acme,AcmeCOM,,,,2026-03-04 02:00:00,CET,MerchantPayout,,,,,,EUR,49.10,,...

Records
    Settled, Refunded, Chargeback, ChargebackReversed, SecondChargeback, RefundedReversed
                    a payment or what became of it: gross (GC), fees and net (NC)
    Fee, MiscCosts, InvoiceDeduction, PaymentCost
                    a charge that belongs to no payment: net only
    DepositCorrection, BalanceTransfer
                    money kept back or carried over
    MerchantPayout  what Adyen sends to the bank: leaves the batch, arrives with us

Columns come in any order, 25 to 49 of them; the case of a type varies. GC is the currency of the
shopper, NC the currency that settles. Source: Adyen's public documentation of the report, and
files of two public repositories. Over all rows of a batch, payout included, net is zero in every
currency; a batch that is not is a warning (docs/formats/adyen_settlement.md).
"""

from parsers.adyen_settlement.layout import NEEDED
from parsers.adyen_settlement.parse import parse
from parsers.contract import Format
from parsers.report import head_names

FORMAT = Format(
    "adyen_settlement", looks_like=lambda data: head_names(data).issuperset(NEEDED), parse=parse
)
