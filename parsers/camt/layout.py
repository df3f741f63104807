"""Where camt messages keep what we read; the first path that leads somewhere counts.

Alternatives are differences between versions .01 to .14 (ISO 20022 message definitions), and the
mixtures of them that production files contain.
"""

import re

MESSAGE = re.compile(r"BkToCstmr(AcctRpt|Stmt|DbtCdtNtfctn)(V[0-9]{2})?")
STATEMENTS = ("Stmt", "Rpt", "Ntfctn")

ACCOUNT = ("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN")
BALANCE_CODE = ("Tp/CdOrPrtry/Cd", "Tp/Cd", "Tp/CdOrPrtry/Prtry")
OPENING_CODES, CLOSING_CODES = ("OPBD", "PRCD"), ("CLBD",)
BALANCE_DATE = ("Dt/Dt", "Dt/DtTm")

STATUS = ("Sts/Cd", "Sts/Prtry", "Sts")
BOOKED = "BOOK"
BOOKING_DATE = ("BookgDt/Dt", "BookgDt/DtTm")
VALUE_DATE = ("ValDt/Dt", "ValDt/DtTm")
STATEMENT_DATE = ("FrToDt/ToDtTm", "FrToDt/ToDt", "CreDtTm")

DETAILS = ("NtryDtls/TxDtls", "TxDtls")
DETAIL_AMOUNT = ("Amt", "AmtDtls/TxAmt/Amt")
INSTRUCTED_AMOUNT = ("AmtDtls/InstdAmt/Amt",)
SERVICER_REF = ("Refs/AcctSvcrRef", "AcctSvcrRef")
END_TO_END_ID = ("Refs/EndToEndId",)
OTHER_REF = ("Refs/InstrId", "Refs/TxId", "RmtInf/Strd/CdtrRefInf/Ref", "Refs/UETR")
BATCH_REF = ("Refs/PmtInfId",)
ENTRY_BATCH_REF = ("NtryDtls/Btch/PmtInfId", "Btch/PmtInfId")
REMITTANCE = ("RmtInf/Ustrd", "AddtlTxInf")
ENTRY_TEXT = ("AddtlNtryInf",)
FAMILY = ("BkTxCd/Domn/Fmly/SubFmlyCd",)

FEE_FAMILIES = ("CHRG", "FEES", "COMM", "COMT", "CAJT", "DAJT")
NOT_PROVIDED = ("NOTPROVIDED", "NOT PROVIDED", "NONREF")
