"""Amazon Pay settlement report: a preamble, then every movement of a settlement period, as CSV.

    "Amazon Payments Advanced",
    "Settlement Report",
    "SellerId","A1XX111XXX111XXX"
    "SettlementStartDate","2026-03-01T15:00:44 -0700"
    "SettlementEndDate","2026-03-02T14:59:44 -0700"
    "TransactionPostedDate","SettlementId","AmazonTransactionId",...,"NetTransactionAmount",
    "2026-03-02T11:10:34 -0700","5984862222","P01-...","PO-1","Capture",...,"10.00",...,"9.41"

Records
    Capture, Refund, Chargeback, A-to-z Guarantee Claim ...
                     a payment or what became of it: amount, fees (negative), net
    Reserve          money kept back or given back
    Transfer         what Amazon sends to the bank: it pays the period before, not this one

Columns are named by the row after the preamble, which ends with a comma where rows do not. Source:
Amazon's public documentation of the report, and a file of a public repository
(docs/formats/amazon_settlement.md).
"""

from parsers.amazon_settlement.parse import looks_like, parse
from parsers.contract import Format

FORMAT = Format("amazon_settlement", looks_like=looks_like, parse=parse)
