"""Checkout.com settlement breakdown: every movement of a payout, as CSV.

    Client Entity ID,...,Type,Payment ID,Reference,Processed On,...,Payout ID,Gross In Holding ...
    ent_1,...,Charge,pay_1,PO-1,2026-07-01T10:00:00.000,...,00000003K599,50,-1.5,48.5,...

Records
    Charge, Refund, Chargeback, Void ...
                     a payment or what became of it: gross, deduction and net in holding currency
    Network Token Update, Account Updater ...
                     a charge that belongs to a service: deduction only
    Merchant Payout  the cost of sending the payout; the payout itself stands in another report

Gross + deduction = net; the deduction is processing fee, scheme fee, interchange, tax and reserve.
Amounts carry their sign: what is taken is negative. Source: files of two public repositories
(docs/formats/checkout.md).
"""

from parsers.checkout.layout import NEEDED
from parsers.checkout.parse import parse
from parsers.contract import Format
from parsers.report import head_names

FORMAT = Format(
    "checkout", looks_like=lambda data: head_names(data).issuperset(NEEDED), parse=parse
)
