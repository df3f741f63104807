"""Worldpay US (Lynk) transaction detail file, version 2 (TranDetVer2): quoted CSV without names.

    "1","2.0.0","1000709210","3/1/2026","3/1/2026","3/2/2026 8:28:10 AM"

    "2","24224434241105005644288","542929805724622",...,"Visa","Credit Sale",...,"12.50",...
    "3","1","3/2/2026 8:28:10 AM"

Records
    1   header: version, chain, first and last process date, when the file was made
    2   one transaction: ARN, merchant, batch, card network, type, settled amount, order number
    3   trailer: number of transactions

Amounts are dollars, unsigned: the type says the way. Source: a public reader (after the US report
description) and the sample of a public repository (docs/formats/worldpay_lynk.md).
"""

from parsers.contract import Format
from parsers.worldpay_lynk.parse import looks_like, parse

FORMAT = Format("worldpay_lynk", looks_like=looks_like, parse=parse)
