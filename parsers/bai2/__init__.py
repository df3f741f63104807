"""BAI2 cash management reports (Bank Administration Institute, version 2).

    01,121140399,9999999999,050608,1015,1,80,1,2/      file: sender, receiver, date, time, id
    02,9999999999,121140399,1,050607,1015,USD,2/       group: status, as-of date, currency
    03,1234567890,USD,010,10000,,,015,35001,,/         account and its status amounts
    16,174,25001,Z,,50848,/                            detail: type, amount, funds, references
    88,SAMPLE CONTINUATION TEXT/                       continues the record above
    49,70002,4/                                        account: sum of all amounts, records
    98,70002,1,6/                                      group: sum, accounts, records
    99,70002,1,8/                                      file: sum, groups, records

Records
    01, 02, 03   headers of file, group and account; 03 repeats type, amount, count, funds type
    16           detail; the type code gives the direction: 100-399 credit, 400-699 debit
    88           continuation of any record; text may hold commas and slashes
    49, 98, 99   trailers with sum and number of records

Amounts have no point: the currency says where it stands. Source: BAI Cash Management Balance
Reporting Specifications, version 2 (10/2005, public). Two records on one line, text without
a slash at its end, 88 without its comma and blank trailers occur in production and are read.
"""

from parsers.bai2.blocks import looks_like
from parsers.contract import Batches, Format, Source
from parsers.outcome import Findings


def _parse(source: Source, findings: Findings) -> Batches:
    from parsers.bai2.parse import parse  # loads numba, which other formats do without

    return parse(source, findings)


FORMAT = Format("bai2", looks_like=looks_like, parse=_parse)
