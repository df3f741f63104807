"""Stripe payout reconciliation and balance change reports, itemised, as CSV.

    balance_transaction_id,created,available_on,currency,gross,fee,net,reporting_category,...
    txn_001,2026-01-30 10:11:12,2026-02-01 00:00:00,usd,25.00,0.95,24.05,charge,...

Records
    charge, payment, refund, dispute, dispute_reversal ...
                 a payment or what became of it: gross, fee (what Stripe took, positive), net
    fee, network_cost, tax ...
                 a charge of Stripe that belongs to no payment
    payout       what Stripe sends to the bank

Columns come in any order; which ones there are is chosen when the report is made. Amounts are major
units. Source: Stripe's public documentation of both reports, and files of one public repository.
gross - fee = net in every row, and the rows of a payout add up to it: where they do not, that is a
warning (docs/formats/stripe_payout.md).
"""

from parsers.contract import Format
from parsers.report import head_names
from parsers.stripe_payout.layout import NEEDED
from parsers.stripe_payout.parse import parse

FORMAT = Format(
    "stripe_payout", looks_like=lambda data: head_names(data).issuperset(NEEDED), parse=parse
)
