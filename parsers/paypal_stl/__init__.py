"""PayPal settlement report (STL): coded CSV rows, whole minor units, direction in its own column.

    "RH",2026/03/03 02:00:00 -0800,"A","ACCOUNT",009,            report header
    "FH",01                                                      file header
    "SH",2026/03/02 00:00:00 -0800,2026/03/02 23:59:59 -0800,"ACCOUNT",""
    "CH","Transaction ID","Invoice ID",...,"Fee Currency",...    names of the columns below
    "SB","81X4","PO-1",...,"T0006",...,"CR",10400,"EUR","DR",556,"EUR",...
    "SF","EUR",10400,0,0,556,"CR",0,"CR",9844,"CR",0,"CR",9844,"CR",0,"CR",0,1
    "SC",1   "RF",...   "RC",1   "FF",1

Records
    RH, FH, SH  report, file and section header; a section is one account and one period
    CH          column header of the section body
    SB          one transaction: event code, gross and fee, each with CR or DR
    SF, RF      totals and balances of one currency: of the section, of the report
    SC, RC, FF  numbers of SB rows: in the section, the report, the file

10000 is JPY 10,000 and USD 100.00: the currency says how many decimals there are. The transaction
detail report (TRR) has the same rows and is read too; what it lists as not completed is not booked.
Source: PayPal's public documentation of both reports, and files of two public repositories.
A report of more than a million rows comes in several files which share their totals, so a total
that differs is a warning, not a refusal (docs/formats/paypal_stl.md).
"""

from parsers.contract import Format
from parsers.paypal_stl.parse import parse
from parsers.paypal_stl.sections import looks_like

FORMAT = Format("paypal_stl", looks_like=looks_like, parse=parse)
