"""Fields of a transaction, in their order, and what transaction types mean.

Source: public reader of the report; positions agree with the sample of a public repository.
"""

FIELDS = (
    *("record", "arn", "merchant", "terminal", "process_date", "batch", "sequence", "network"),
    *("type", "transaction_date", "authorisation_only", "authorised_at", "payment_date"),
    *("approval", "settled", "dispensed", "cash_back", "surcharge", "authorised_first"),
    *("authorised_total", "complete", "card", "expiry", "card_merchant", "switch", "auth_network"),
    *("auth_code", "auth_type", "auth_response", "aci", "auth_source", "visa_reference"),
    *("banknet", "validation", "avs", "capture", "entry_mode", "capability", "card_id_method"),
    *("industry", "server", "tip", "folio", "arrival", "departure", "no_show", "stay"),
    *("local_phone", "service_phone", "charge", "room_rate", "prestige", "order_number"),
)
"""More fields may follow: their number differs from file to file."""

RECORDS = ("1", "2", "3")
CURRENCY = "USD"

KINDS = {
    "creditsale": "sale",
    "creditticket": "sale",
    "debitsale": "sale",
    "sale": "sale",
    "ticket": "sale",
    "creditreturn": "refund",
    "creditrefund": "refund",
    "debitreturn": "refund",
    "debitrefund": "refund",
    "return": "refund",
    "refund": "refund",
    "creditvoid": "reversal",
    "creditsalevoid": "reversal",
    "debitvoid": "reversal",
    "void": "reversal",
    "chargeback": "chargeback",
    "chargebackreversal": "representment",
}
"""Transaction type in lower case without spaces → kind."""

DEBITS = ("refund", "reversal", "chargeback")
