"""CSB43 (AEB43, Norma 43): Spanish account statements, 80 columns.

    11004900013000123456260301260302200000000100000978 3ACME SL
    22    00012603022603021700120000000000491000000000000000000000000REF 7
    2301ADYEN SETTLEMENT BATCH 7
    3300490001300012345600000000000000000000001000000000049102000000001491097 8
    88999999999999999999000004

Records
    11  account: bank, branch, account, period, opening balance (1 debit, 2 credit), currency
    22  entry: booking and value date, concept, 1 debit or 2 credit, amount, references
    23  up to five records of text about the entry above
    24  the entry above in another currency
    33  closing: number and sum of debits and credits, closing balance
    88  end of file: number of records

Amounts have 14 digits, the last two are decimals. Source: the public description of the Spanish
banking association (notebook 43), and a file of a public repository (docs/formats/csb43.md).
"""

from parsers.contract import Format
from parsers.csb43.parse import looks_like, parse

FORMAT = Format("csb43", looks_like=looks_like, parse=parse)
