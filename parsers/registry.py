"""Format name → parser. One entry per folder; the order is the order in which bytes are asked."""

from collections.abc import Mapping
from types import MappingProxyType

from parsers import (
    adyen_accounting,
    adyen_settlement,
    amazon_settlement,
    amex,
    bai2,
    braintree_settlement,
    camt,
    cfonb120,
    checkout,
    coda,
    csb43,
    delimited,
    discover,
    dlocal_settlement,
    fixed_width,
    ingenico_wx,
    klarna_settlement,
    mastercard_ipm,
    mastercard_t140,
    mt940,
    nacha,
    ofx,
    paypal_stl,
    stripe_payout,
    trustly_funding,
    visa_baseii,
    visa_ep747,
    worldpay_emis,
    worldpay_lynk,
)
from parsers.contract import Format

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        one.FORMAT.name: one.FORMAT
        for one in (
            mastercard_ipm,
            mastercard_t140,
            camt,
            adyen_settlement,
            adyen_accounting,
            bai2,
            ofx,
            coda,
            cfonb120,
            csb43,
            paypal_stl,
            stripe_payout,
            checkout,
            amazon_settlement,
            braintree_settlement,
            dlocal_settlement,
            klarna_settlement,
            ingenico_wx,
            trustly_funding,
            worldpay_emis,
            worldpay_lynk,
            nacha,
            amex,
            discover,
            visa_ep747,
            visa_baseii,
            mt940,
            delimited,
            fixed_width,
        )
    }
)
"""Every format by name, the most specific first."""
