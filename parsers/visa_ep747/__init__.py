"""Visa settlement reports as printed text (EP-747): a bundle of VSS reports.

    REPORT ID:  VSS-110         VISANET SETTLEMENT SERVICE              PAGE:          1
     REPORTING FOR:      1000184102 SOME BANK    INTERNATIONAL          PROC DATE:   05JUL26
     ROLLUP TO:          1000184100 SOME BANK    SETTLEMENT SUMMARY     REPORT DATE: 05JUL26
     FUNDS XFER ENTITY:  1000184100 SOME BANK
     SETTLEMENT CURRENCY:  EUR
                                    COUNT      CREDIT AMOUNT    DEBIT AMOUNT    TOTAL AMOUNT
     INTERCHANGE VALUE
        TOTAL ACQUIRER                 12           1,234.50            0.00      1,234.50CR
        ...
        NET SETTLEMENT AMOUNT                       1,234.50           34.50      1,200.00CR
                                *** END OF VSS-110 REPORT ***

Records
    VSS-110     settlement summary: sections, modes, net
    VSS-115     recap, its final net
    others      counted: VSS-120, 130, 140, 210, 300, 900, 900-S

Read are the settlement summaries (VSS-110); all other reports are counted, must end, and a VSS-115
must agree with the summary of its entity. Source: layouts and texts that several public code
bases agree on (search for "END OF VSS-110 REPORT"); no sample is public, and one that was printed a
total that its own columns contradict. So everything is cross-footed and nothing trusted.
"""

from parsers.contract import Format
from parsers.visa_ep747.layout import looks_like
from parsers.visa_ep747.parse import parse

FORMAT = Format("visa_ep747", looks_like=looks_like, parse=parse)
