"""NACHA files of the US Automated Clearing House: entries, returns, changes, IAT, ADV.

    101 231380104 1210428822603020600A094101...   file: destination, origin, date, time, id
    5225COMPANY  ...  121042882 PPDREG.SALARY ... batch: service class, company, SEC code
    62723138010412345678         0000010000...     entry: code, bank, account, cents, trace
    799R01121042880000001      23138010...         addenda: a return, its reason and first trace
    82250000020023138010000000010000...            batch control: count, hash, debit, credit
    9000001000001000000020023138010...             file control: batches, blocks, count, hash, sums
    9999999999...                                  filling up to a multiple of ten

Records
    1, 9   file header and control
    5, 8   batch header and control; ADV batches have wider totals
    6      entry: codes ending 1-4 credit, 6-9 debit the account at the receiving bank
    7      addenda: 05 text, 02 terminal, 10-18 IAT, 98 notification of change, 99 return

94 characters each, with line ends or without; amounts are cents of US dollars. Source: field tables
in the documentation of moov-io/ach (Apache-2.0); the rules themselves are licensed.
"""

from parsers.contract import Format
from parsers.nacha.parse import parse
from parsers.nacha.physical import looks_like

FORMAT = Format("nacha", looks_like=looks_like, parse=parse, options=frozenset({"perspective"}))
