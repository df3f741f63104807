"""Klarna settlement report: the totals of a payout, then every movement of it, in one CSV.

    total_sale_amount,total_fee_amount,...,total_settlement_amount,payment_reference,...
    100.00,3.20,...,96.80,KL-1,...

    type,capture_date,sale_date,order_id,short_order_id,capture_id,merchant_reference1,...,amount
    SALE,2026-03-02,2026-03-01,...,PO-1,...,100.00
    FEE,2026-03-02,2026-03-01,...,PO-1,...,-3.20

Records
    totals   one row below its own names: what each type comes to, and the settlement itself
    SALE, RETURN, REVERSAL, FEE, COMMISSION, CORRECTION, CREDIT, CHARGE, HOLDBACK, RELEASE ...
             one movement of the payout; the first ten columns have a fixed order

Some reports sign what is taken, others do not: the debits of the file itself say which. The table
of totals may be missing. Source: Klarna's public documentation of the report and two public
descriptions of its columns; no sample is public (docs/formats/klarna_settlement.md).
"""

from parsers.contract import Format
from parsers.klarna_settlement.parse import looks_like, parse

FORMAT = Format("klarna_settlement", looks_like=looks_like, parse=parse)
