"""The three merchants of the simulated acquirer, their cards, and what they pay per line.

The card numbers are the published test numbers of the scheme: they pass the check digit and belong
to nobody. The contract is the acquirer's own copy; the workspace repeats it for the matcher, so
that a fee outside it is found by two independent calculations.
"""

from dataclasses import dataclass

CURRENCIES = ("EUR", "USD", "JPY")

TEST_CARDS = (
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "5200828282828210",
    "5454545454545454",
)

SALE_BASIS_POINTS = 150
SALE_FLAT_MINOR = {"EUR": 10, "USD": 10, "JPY": 15}
CHARGEBACK_FLAT_MINOR = {"EUR": 1500, "USD": 1500, "JPY": 2000}


@dataclass(frozen=True)
class Merchant:
    """A shop: `merchant_id` is its card acceptor id (DE 42), `code` its short name in batches."""

    merchant_id: str
    code: str
    name: str
    city: str
    postcode: str
    country: str
    mcc: int
    terminal: str
    currency_weights: tuple[int, int, int]


MERCHANTS = (
    Merchant(
        "100000000000017",
        "HARBOUR",
        "HARBOUR BOOKS",
        "HAMBURG",
        "20457",
        "DEU",
        5942,
        "TERM0017",
        (6, 2, 2),
    ),
    Merchant(
        "100000000000025",
        "MERIDIAN",
        "MERIDIAN TRAVEL",
        "LISBOA",
        "1100-053",
        "PRT",
        4722,
        "TERM0025",
        (4, 4, 2),
    ),
    Merchant(
        "100000000000033",
        "KOBO",
        "KOBO KITCHENWARE",
        "DUBLIN",
        "D02 X285",
        "IRL",
        5719,
        "TERM0033",
        (4, 2, 4),
    ),
)


def contract_fee(kind: str, amount_minor: int, currency: str) -> int:
    """Return what the contract charges for one line, as a positive number of minor units.

    A sale: 1.5 % of the unsigned amount, rounded half up to a minor unit, plus a flat part. A
    chargeback: a flat part. A refund is free, and gives nothing back.
    """
    if kind == "sale":
        proportional = (amount_minor * SALE_BASIS_POINTS + 5000) // 10_000
        return proportional + SALE_FLAT_MINOR[currency]
    return CHARGEBACK_FLAT_MINOR[currency] if kind == "chargeback" else 0
