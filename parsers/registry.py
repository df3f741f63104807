"""Format name → parser. One entry per folder; the order is the order in which bytes are asked."""

from collections.abc import Mapping
from types import MappingProxyType

from parsers import (
    adyen_settlement,
    bai2,
    camt,
    delimited,
    mastercard_ipm,
    mt940,
    nacha,
    amex,
    visa_baseii,
    ofx,
    paypal_stl,
    stripe_payout,
)
from parsers.contract import Format

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        one.FORMAT.name: one.FORMAT
        for one in (
            mastercard_ipm,
            camt,
            adyen_settlement,
            bai2,
            ofx,
            paypal_stl,
            stripe_payout,
            nacha,
            amex,
            visa_baseii,
            mt940,
            delimited,
        )
    }
)
"""Every format by name, the most specific first."""
