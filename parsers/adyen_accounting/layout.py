"""The columns of the report and what its record types mean.

Source: public documentation of the payments accounting report; files of two public repositories.
"""

NEEDED = (
    "Merchant Account",
    "Psp Reference",
    "Merchant Reference",
    "Booking Date",
    "Record Type",
    "Main Currency",
    "Main Amount",
    "Payment Currency",
    "Payable (SC)",
)
"""Columns without which a file is no payments accounting report.

Settlement Currency is read too; reports with added columns have it twice, with the same values.
"""

KNOWN_BY = (*NEEDED, "Settlement Currency", "Captured (PC)")

CHARGES = {
    "interchange": "Interchange (SC)",
    "scheme_fee": "Scheme Fees (SC)",
    "markup": "Markup (SC)",
    "commission": "Commission (SC)",
}
"""Our word for a charge, and its column: what Adyen took, positive."""

SHOPPER = {
    "received": "Received (PC)",
    "authorised": "Authorised (PC)",
    "captured": "Captured (PC)",
}
"""What a step moves between, in the shopper's currency: from one column (-) to the next."""

STEPS = {
    "received": "sale",
    "authorised": "sale",
    "authorisedpending": "sale",
    "sentforsettle": "sale",
    "capturefailed": "sale",
    "retried": "sale",
    "refused": "sale",
    "cancelled": "sale",
    "expired": "sale",
    "error": "sale",
    "settledexternally": "sale",
    "settledexternallywithinfo": "sale",
    "sentforrefund": "refund",
    "refundfailed": "refund",
    "refundedexternally": "refund",
    "refundedexternallywithinfo": "refund",
    "refundnotreceived": "refund",
    "sentforpayout": "refund",
    "notificationofchargeback": "chargeback",
    "requestforinformation": "chargeback",
    "notificationoffraud": "chargeback",
    "informationsupplied": "chargeback",
    "chargebackexternally": "chargeback",
    "chargebackexternallywithinfo": "chargeback",
    "chargebackreversedexternallywithinfo": "representment",
    "secondchargebackexternallywithinfo": "chargeback",
}
"""Record types that move no money through our payable, and what they are a step of."""

KINDS = STEPS | {
    "settled": "sale",
    "settledbulk": "sale",
    "settledinstallment": "sale",
    "settledininstallments": "sale",
    "settledreversed": "reversal",
    "refunded": "refund",
    "refundedbulk": "refund",
    "refundedininstallments": "refund",
    "refundedreversed": "refund",
    "paidout": "refund",
    "paidoutreversed": "refund",
    "chargeback": "chargeback",
    "secondchargeback": "chargeback",
    "chargebackreversed": "representment",
    "fee": "fee",
    "misccosts": "fee",
    "invoicededuction": "fee",
    "paymentcost": "fee",
    "advancementcommissions": "fee",
    "depositcorrection": "reserve",
    "reserveadjustment": "reserve",
    "balancetransfer": "adjustment",
    "advancement": "adjustment",
    "manualcorrection": "adjustment",
    "internaltransfer": "adjustment",
    "merchantpayout": "payout",
}
"""Record type in lower case without spaces → kind."""

REVERSALS = ("settledreversed", "refundedreversed", "paidoutreversed", "chargebackreversed")
