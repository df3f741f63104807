"""Visa BASE II clearing files: CTF (168 bytes a record) and ITF (170), ASCII or EBCDIC.

    90 483696 25231 ...                           header: processing BIN, date YYDDD, file id
    0500 4111111111111111 000 ... 24836965210...  sale, TCR 0: card, ARN, amounts, merchant
    0501 ...                                      TCR 1: acceptor, terminal, purchase identifier
    0505 856766499050875 ...                      TCR 5: transaction identifier
    91 ... 92 ...                                 batch and file trailers: counts and sums

Records
    05 06 07       sale, credit voucher, cash; 25 26 27 their reversals
    15 16 17       chargebacks of those; 35 36 37 chargeback reversals
    10 20          fee collection, funds disbursement
    46             settlement data (VSS); subgroup 2: totals of VSS-110 and 111; 4 and 9: details
    90 91 92       file header, batch trailer, file trailer; lines that start with 00 are filling

The manual is licensed; positions are what two or more public code bases agree on, above all
makafanpeter/visa-clearing-file-parser (MIT), see layout.py. The interchange fee of TCR 5 is not
read: no public source says where its decimal point stands.
"""

from parsers.contract import Batches, Format, Source
from parsers.outcome import Findings
from parsers.visa_baseii.container import looks_like
from parsers.visa_baseii.options import NAMES


def _parse(source: Source, findings: Findings) -> Batches:
    from parsers.visa_baseii.parse import parse  # loads numba, which other formats do without

    return parse(source, findings)


FORMAT = Format("visa_baseii", looks_like=looks_like, parse=_parse, options=NAMES)
