"""Braintree settlement batches: transactions, refunds and disputes as its API returns them, JSON.

    [{"id": "dHJh...", "orderId": "PO-1", "createdAt": "2026-03-01T22:58:37.000000Z",
      "merchantAccountId": "acme", "status": "SETTLED",
      "statusHistory": [{"settlementBatchId": "2026-03-01_acme_58hb", ...}],
      "disbursementDetails": {"date": "2026-03-02", "amount": {"value": "3.10", ...}, ...},
      "amount": {"value": "3.10", "currencyCode": "USD"}}, ...]

Records
    transaction   amount as paid, and what of it was disbursed: signed, in the currency that settles
    refund        the same with `refundedTransaction`; the disbursed amount is negative
    dispute       `amountDisputed`, `amountWon`, and the days on which money was moved for it
    summary       `gross`, `currency`, `type` alone, as an export of the same data writes it

One array, or one object a line. Amounts are texts in major units. The file states no charges and
no payout: what was disbursed on one day is a batch. Source: Braintree's public API reference, and
files of a public repository (docs/formats/braintree_settlement.md).
"""

from parsers.braintree_settlement.parse import looks_like, parse
from parsers.contract import Format

FORMAT = Format("braintree_settlement", looks_like=looks_like, parse=parse)
