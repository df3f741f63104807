"""Worldpay EMIS transaction reconciliation file (MA.PISCESSW.#M.RECON): fixed-width text.

    00 00000001 <file 13> <companies 7> <totals> <created YYDDD> <sequence> <site>
    05 00000002 <company 13> <outlets 7> <totals>
    10 00000003 <merchant 13> <trading day DDMMYY> <processing date YYMMDD> <totals>
    15 00000004 <card 19> <expiry> <value 11> <date> <time> <type> <source> <receipt> <status> ...
    16 00000005 <auth code> ... <originator's reference 20> <ticket 14>

Records
    00, 05, 10  file, company and outlet header; each declares the totals of what is below it
    15          one transaction: value in pounds, then local and settlement value with currency and
                exponent; type 0 purchase, 5 refund; status A accepted, R rejected, P pending
    16          what else is known of the transaction above it: the merchant's own reference

Totals are sums and numbers of debits and credits, each accepted, rejected and pending; a purchase
is a credit. Every record has the next number. Source: two public readers and the samples of two
public repositories, which agree (docs/formats/worldpay_emis.md).
"""

from parsers.contract import Format
from parsers.worldpay_emis.parse import looks_like, parse

FORMAT = Format("worldpay_emis", looks_like=looks_like, parse=parse)
