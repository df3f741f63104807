"""How many decimals a currency has, including those that the euro replaced.

ISO 4217's list of today no longer has them, but bank files of accounts once kept in them do. The
exponents are those of the list that the euro countries left (ISO 4217:1995).
"""

from tieout.money import currencies, exponent_of

REPLACED = {
    "ATS": 2,
    "BEF": 0,
    "CYP": 2,
    "DEM": 2,
    "ESP": 0,
    "FIM": 2,
    "FRF": 2,
    "GRD": 0,
    "IEP": 2,
    "ITL": 0,
    "LUF": 0,
    "MTL": 2,
    "NLG": 2,
    "PTE": 0,
    "SIT": 2,
    "SKK": 2,
}

EXPONENTS = REPLACED | {code: one.exponent for code, one in currencies().items()}
"""Alphabetic code → digits after the point."""


def exponent_in_file(currency: str) -> int:
    """Return the digits after the point of a currency that a file names.

    Raises:
        UnknownCurrency: neither ISO 4217 nor its predecessors list the code.
    """
    found = EXPONENTS.get(currency)
    return exponent_of(currency) if found is None else found
