"""ISO 20022 bank statements: camt.052 (report), camt.053 (statement), camt.054 (notification).

    Document
      BkToCstmrStmt                     052: BkToCstmrAcctRpt, 054: BkToCstmrDbtCdtNtfctn
        GrpHdr                          MsgId names the file
        Stmt                            052: Rpt, 054: Ntfctn; several accounts in one file
          Bal                           OPBD or PRCD opens, CLBD closes; indicator CRDT or DBIT
          TxsSummry                     how many entries, and their sums
          Ntry                          amount, indicator, status, booking and value date
            NtryDtls/TxDtls             the payments of a batch, with their references

Records
    Ntry     one line of money each; where two or more TxDtls carry amounts that sum to their entry,
             one line per TxDtls instead. `Statement.entries` counts Ntry either way.

How it is read
    wellformed   expat proves that the bytes are one well-formed document without a DTD;
                 ordinary, opening: a large file in parts, where that is as good
    spans        the bytes of each entry; what is left without them is the frame
    elements     the frame by expat; statements: its messages, statements, balances, summaries
    alike, tape  a block of entries as arrays: where each tag leads and where its text stands;
                 entries with the same tags are walked once
    positions    balances that a feed takes for the movements of a report
    columns      what tags say; entries, details: arrays to lines; totals: the controls

All versions are read by one set of paths (layout.py), because real files mix them. Source: the
public message definitions of iso20022.org. Never checked against a schema: most production files
break theirs. Balances and summaries that do not agree are warnings (docs/formats/camt.md).
"""

from parsers.camt.document import looks_like
from parsers.camt.options import NAMES
from parsers.camt.parse import parse
from parsers.contract import Format

FORMAT = Format("camt", looks_like=looks_like, parse=parse, options=NAMES)
