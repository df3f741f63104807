"""SWIFT MT940 statements and MT942 interim reports, as banks really write them.

    {1:F01BANKNL2AXXXX0000000000}{2:O940BANKNL2AXXXXN}{4:     optional envelope
    :20:REF                                 reference; starts a statement
    :25:NL81ASNB9999999999                  account
    :28C:1/1                                statement and page number
    :60F:C200101EUR444,29                   opening balance: mark, date, currency, amount
    :61:2001010101D65,00NOVBNREF//BANKREF   entry: value date, entry date, mark, amount, type, refs
    :86:/EREF/E2E-1/REMI/Invoice 7          narrative of the entry above, or of the statement
    :62F:C200101EUR379,29                   closing balance
    -}

Records
    60F/60M, 62F/62M   first or intermediate opening and closing balance
    61                 entry; mark C +, D -, RC - (a credit undone), RD + (a debit undone), EC and
                       ED expected. A further letter is the currency's third one (CR = C, funds R)
    86                 narrative, in many dialects
    34F, 13D, 90C, 90D MT942: floor limit, time, and number and sum of credits and debits

Separators, line ends (LF, CR LF, bare CR), encodings, and amounts with a point, without a comma or
without a digit before it occur in production and are read. Source: public guides of banks, and
files of 21 public repositories. Balances that do not agree are warnings (docs/formats/mt940.md).
"""

from parsers.contract import Format
from parsers.mt940.parse import parse
from parsers.mt940.tags import looks_like

FORMAT = Format("mt940", looks_like=looks_like, parse=parse, options=frozenset({"currency"}))
