"""CODA: Belgian coded account statements, 128 columns, amounts with three decimals.

    0000001081700005                  Name ...                BBRUBEBB   0403200393 00000 ...  2
    12001BE47435000000080                  EUR0000000000000000010717HOLDER ...              001
    2100010000REF BANK             0000000000100000200717001010000COMMUNICATION   19071700100 0
    2200010000 more communication ... customer reference ...                               1 0
    2300010000BE54805480215856  EURNAME OF COUNTERPARTY     communication                  0 0
    8001BE47435000000080                  EUR0000000000100000010817                        0
    9               000003000000000000000000000000100000                                   2

Records
    0           header: creation date, bank, receiver
    1, 8        old and new balance: account, currency, sign (0 credit, 1 debit), amount, date
    21, 22, 23  movement and its continuations: amount, dates, references, counterparty
    31, 32, 33  information about a movement
    4           free communication
    9           trailer: number of records, sums of debits and credits, whether files follow

A movement whose transaction type is 5 to 9 is a detail of the one above it: kept, not booked.
Source: public specification of the Belgian financial sector federation, version 2.6, and files of
four public repositories (docs/formats/coda.md).
"""

from parsers.coda.parse import looks_like, parse
from parsers.contract import Format

FORMAT = Format("coda", looks_like=looks_like, parse=parse)
