"""American Express settlement: GRRCN (delimited or fixed), EPRAW and EPTRN (US), EPA (Europe).

    "HEADER","20260303","044103","0000000001","GRRCN","MERCHANT","1.01",""
    "SUMMARY","1234567891","002","065A6808","20260303","USD",...," 000000000002760",...
    "SUBMISSION",... gross, discount, service fee, tax, net
    "TRANSACTN",...  card, amount, approval, reference
    "TRAILER","0000000001","0000098",""

    DFHDR030820130452000000MERCHANT
    3491124567...2013DUMT123410020130680000500355D...    payment; amounts end in an overpunched sign
    DFTRL030820130452000000MERCHANT ...

Records
    HEADER, TRAILER                      GRRCN file id and number of records
    SUMMARY, 1/00, 100                   one payment: net = gross - deductions + adjustments
    SUBMISSION, 2/10, 210                a batch of charges with its deductions
    TRANSACTN, 3/11, 260                 each charge
    CHARGEBACK, ADJUSTMENT, 2/20, 2/30, 230   what is taken back or corrected
    FEEREVENUE, 2/40 to 2/50             fees of other kinds
    TXNPRICING, TAXRECORD                counted only
    DFHDR, DFTRL, DFTLR                  header and trailer of the fixed formats

Sources: tomheady/Finance-AMEX-Transaction (GRRCN), lumoslabs/paxmex (MIT; EPRAW, EPTRN, EPA).
CBNOT notices settle nothing and are not read.
"""

from parsers.amex.layout import looks_like
from parsers.amex.parse import parse
from parsers.contract import Format

FORMAT = Format("amex", looks_like=looks_like, parse=parse, options=frozenset({"currency"}))
