"""dLocal settlement report: two tables in one CSV, amounts with up to six decimals.

    ROW_TYPE,SETTLEMENT_CURRENCY,NUMBER_OF_ITEMS,GROSS_TOTAL_AMOUNT,...,TRANSFER_DATE,TRANSFER_ID,,,
    HEADER,USD,3,12.287193,-1.068128,11.219065,2026-03-02,642926,,,
    ROW_TYPE,MID,...,GROSS_AMOUNT,FEE_AMOUNT,NET_AMOUNT,PAYMENT_TYPE,...
    PAYMENT,648,...,3.287193,-0.068128,3.219065,TICKET,...

Records
    HEADER          what one transfer comes to: items, gross, fee, net; with us a payout
    PAYMENT, CAPTURE, REFUND, CHARGEBACK, CHARGEBACK_REVERSAL
                    a payment or what became of it: gross, fee, net, and the amount as paid (LOCAL)
    ADJUSTMENT, SETTLEMENT_FEE
                    a correction, and what the transfer costs

Amounts are signed. They are finer than the currency that settles: each line is brought to minor
units by itself, and what that leaves over is a line of its own (docs/decisions/0007). The older
transaction report (`Type;"Creation date";...`) is read too. Source: files of two public
repositories (docs/formats/dlocal_settlement.md).
"""

from parsers.contract import Format
from parsers.dlocal_settlement.parse import looks_like, parse

FORMAT = Format("dlocal_settlement", looks_like=looks_like, parse=parse)
