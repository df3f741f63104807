"""Mastercard T140: the printed settlement reports of a clearing day (IP727010, 727020, 728010).

    1IP727020-AA        MASTERCARD WORLDWIDE                 RUN DATE: 12/21/23
     BUSINESS SERVICE LEVEL: INTRACOUNTRY      2023-12-21    PAGE NO:         1
     FILE ID: 001/231221/00000004882/03402
     FIRST PRES.  PURCHASE   ORIG BB    1     1,100.66 DR 826-GBP   22.46 CR 826-GBP
     BUSINESS SERVICE ID SUBTOTAL       1     1,100.66 DR 826-GBP   22.46 CR 826-GBP
    1IP728010-AA ... CLEARING DAY TOTAL ...   840-USD     4,370.97 DR

Records
    727010, 727020   acknowledgement of what was sent, notification of what was received: one row
                     per function, processing code, ORIG or RVSL and IRD; totals below them
    728010           net of each file (CLEARING CYCLE nnn), of each cycle (SUMMARY), of the day
    142110           other reports of the same family: counted only

Pages start with 1IP in the first column; DR is what we pay. Source: samples and code of
pax2pay/settlement-parser (MIT); cross-footing as in docs/formats/mastercard_t140.md.
"""

from parsers.contract import Format
from parsers.mastercard_t140.pages import looks_like
from parsers.mastercard_t140.parse import parse

FORMAT = Format("mastercard_t140", looks_like=looks_like, parse=parse)
