"""CFONB 120: French account statements, 120 columns, amounts with an overpunched sign.

    0115589    00000EUR2 98765432100  150519                          0000000001904}150519160519
    0415589916200000EUR2 98765432100B1160519  160519PRLV SEPA CABINET 0000000000000000000322J
    0515589916200000EUR2 98765432100B1160519     LIBMENSUEAUHTR13133
    0715489    00000EUR2 98765432100  160519                          0000000002412J

Records
    01, 07  old and new balance: bank, desk, currency, decimals, account, date, amount
    04      entry: operation code, booking and value date, label, number, amount, reference
    05      more about the entry above: a qualifier (LIB, NPY, REF ...) and text

The last digit of an amount holds its sign: `{` and A to I are +0 to +9, `}` and J to R -0 to -9.
Source: the public brochure of the French banking organisation, and files of two public
repositories (docs/formats/cfonb120.md).
"""

from parsers.cfonb120.parse import looks_like, parse
from parsers.contract import Format

FORMAT = Format("cfonb120", looks_like=looks_like, parse=parse)
