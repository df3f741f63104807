"""Diners Club / Discover interchange settlement detail for issuers, records of 1,024 characters.

    01UK 00000361603 00221 20260212 000 20260212111800      issuer, version, dates
    02ZX 00000361641UK 00000361603602119GBP20260211GBP      acquirer, issuer, numbers, currencies
    0600136250100300002     20260209100TIABCDEFGH0972AE...  card, dates, gross, net, fees

Records
    01, 99      file header and trailer: counts of recaps, batches and charges
    02, 10      recap header and trailer: what one acquirer is settled, and when
    04, 08      batch header and trailer: counts and sums of credits and debits
    06          charge
    90          settlement currency summary: recaps, charges, net and gross

Source: the field tables of pax2pay/settlement-parser (MIT), diners/InterchangeIssuerDetail, and its
sample. Discover's own acquirer recap (DNS) is in no public source and is not read.
"""

from parsers.contract import Format
from parsers.discover.layout import looks_like
from parsers.discover.parse import parse

FORMAT = Format("discover", looks_like=looks_like, parse=parse)
