"""Diners Club / Discover interchange settlement detail for issuers, records of 1,024 characters.

    01UK 00000361603 00221 20260212 000 20260212111800      file header: issuer, version, dates
    02ZX 00000361641UK 00000361603602119GBP20260211GBP      recap header: acquirer, currencies
    04602001                                                batch header
    0600136250100300002     20260209100TIABCDEFGH0972AE...  charge: card, dates, gross, net, fees
    08602001010001 credits debits                           batch trailer: counts and sums
    10ZX ... gross, net, commission, settlement date        recap trailer: what is settled
    90UK ... recaps, charges, net, gross per currency       settlement currency summary
    99UK ... recaps, batches, charges                       file trailer

Source: the field tables of pax2pay/settlement-parser (MIT), diners/InterchangeIssuerDetail, and its
sample. Discover's own acquirer recap (DNS) is in no public source and is not read.
"""

from parsers.contract import Format
from parsers.discover.layout import looks_like
from parsers.discover.parse import parse

FORMAT = Format("discover", looks_like=looks_like, parse=parse)
