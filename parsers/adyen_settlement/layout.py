"""The columns of the report and what its types mean.

Source: public documentation of the settlement detail report; types beyond it from public files.
"""

NEEDED = (
    "Merchant Account",
    "Psp Reference",
    "Merchant Reference",
    "Creation Date",
    "Type",
    "Gross Currency",
    "Gross Debit (GC)",
    "Gross Credit (GC)",
    "Net Currency",
    "Net Debit (NC)",
    "Net Credit (NC)",
    "Batch Number",
)
"""Columns without which a file is no settlement detail report."""

CHARGES = {
    "interchange": "Interchange (NC)",
    "scheme_fee": "Scheme Fees (NC)",
    "markup": "Markup (NC)",
    "commission": "Commission (NC)",
}
"""Our word for a charge, and its column: what Adyen took, positive."""

KINDS = {
    "settled": "sale",
    "settledbulk": "sale",
    "settledinstallment": "sale",
    "settledexternally": "sale",
    "settledreversed": "reversal",
    "refunded": "refund",
    "refundedbulk": "refund",
    "refundedexternally": "refund",
    "refundedreversed": "refund",
    "paidout": "refund",
    "paidoutreversed": "refund",
    "chargeback": "chargeback",
    "secondchargeback": "chargeback",
    "chargebackexternally": "chargeback",
    "chargebackreversed": "representment",
    "fee": "fee",
    "misccosts": "fee",
    "invoicededuction": "fee",
    "paymentcost": "fee",
    "depositcorrection": "reserve",
    "reserveadjustment": "reserve",
    "balancetransfer": "adjustment",
    "advancement": "adjustment",
    "advancementcommissions": "fee",
    "manualcorrection": "adjustment",
    "internaltransfer": "adjustment",
    "merchantpayout": "payout",
}
"""Type in lower case without spaces → kind."""

REVERSALS = ("settledreversed", "refundedreversed", "paidoutreversed", "chargebackreversed")
