"""American Express settlement files: GRRCN (delimited), and EPRAW and EPTRN (fixed, US).

    "HEADER","20170425","044103","0000000001","GRRCN","SAMPLES.COM","1.01",""
    "SUMMARY","1234567891","002","065A6808","20170307","USD",...," 000000000002760",...
    "SUBMISSION",... gross, discount, service fee, tax, net
    "TRANSACTN",...  card, amount, approval, reference
    "TRAILER","0000000001","0000098",""

    DFHDR030820130452000000LUMOS LABS INC
    3491124567...2013DUMT123410020130680000500355D...    payment; amounts end in an overpunched sign
    DFTRL030820130452000000LUMOS LABS INC ...

Records
    HEADER, TRAILER            GRRCN file id and number of records
    SUMMARY                    one payment: net = gross - discount - fee + adjustments - tax
    SUBMISSION, TRANSACTN      a batch of charges, and each charge
    CHARGEBACK, ADJUSTMENT     what is taken back or corrected
    FEEREVENUE, TXNPRICING     fees of other kinds; the pricing of single charges (no money)
    DFHDR, DFTRL, 1, 2/10, 3/11   EPRAW and EPTRN: header, trailer, payment, submission, charge

Source: tomheady/Finance-AMEX-Transaction (field maps) and its masked samples. GRRCN of fixed width,
the European EPA, chargebacks and adjustments of EPTRN, and CBNOT notices are not read.
"""

from parsers.amex.layout import looks_like
from parsers.amex.parse import parse
from parsers.contract import Format

FORMAT = Format("amex", looks_like=looks_like, parse=parse, options=frozenset({"currency"}))
