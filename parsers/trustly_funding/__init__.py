"""Trustly reports of the Americas: what was funded (P11KFUN), what was processed (P11KREC), as CSV.

    H,P11KFUN,1.0.0,2026-03-01T12:00:00.000Z,2026-03-02T12:00:00.000Z,3618,0001of0001
    I,9100000001,...,Capture,Completed,...,USD,3.10,T1,AC118,6001,Sale,R1,ptx-1,-0.01
    F,Example Ltd,,T1,USD,3.09,21,2026-03-02T10:00:00.000Z
    L,1,3.10,1,3.09

Records
    H   header: which report, its period, the merchant, which file of how many
    I   P11KFUN: one movement of a funding: amount, fee (negative), and the trace of the funding
    F   P11KFUN: what goes to the bank under one trace
    T   P11KREC: one transaction as processed; it funds nothing yet
    L   trailer: numbers and sums of the records above

Fields have no names: they stand in a fixed order. Amounts are signed. Source: files of two public
repositories and their public reader (docs/formats/trustly_funding.md).
"""

from parsers.contract import Format
from parsers.trustly_funding.parse import looks_like, parse

FORMAT = Format("trustly_funding", looks_like=looks_like, parse=parse)
