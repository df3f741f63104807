"""OFX bank and card statements: version 1 (SGML) and version 2 (XML), as banks really write them.

    OFXHEADER:100                          or <?OFX OFXHEADER="200" VERSION="211" ...?>
    VERSION:102
    CHARSET:1252

    <OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>
    <CURDEF>EUR                            SGML: a value ends at the next tag
    <BANKACCTFROM><ACCTID>123456</BANKACCTFROM>
    <BANKTRANLIST>
    <STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260302120000[-5:EST]<TRNAMT>-20.50<FITID>1<NAME>Shop</STMTTRN>
    </BANKTRANLIST>
    <LEDGERBAL><BALAMT>79.50<DTASOF>20260302</LEDGERBAL>
    </STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>

Records
    STMTRS, CCSTMTRS, INVSTMTRS  one statement: account, currency, entries, ledger balance
    STMTTRN                      one entry; its amount is signed, FITID is unique in an account
    LEDGERBAL                    closing balance; there is no opening balance

Both versions are read by their tags, because files call themselves XML and are none, and the
reverse. Source: the public OFX specification, versions 1.0.2 to 2.2, and files of ten public
repositories (docs/formats/ofx.md).
"""

from parsers.contract import Format
from parsers.ofx.parse import looks_like, parse

FORMAT = Format("ofx", looks_like=looks_like, parse=parse, options=frozenset({"currency"}))
"""Option `currency` is assumed where a statement names none."""
