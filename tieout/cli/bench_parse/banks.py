"""Made-up bank statements for `tieout bench parse`: MT940, BAI2 and camt.053.

Every entry differs in amount, references and text; every statement foots and opens where the one
before it closed; every count and sum that a format declares is true.
"""

from collections.abc import Iterator

_MT940_ENTRIES = 100
_BAI2_DETAILS = 100
_CAMT_ENTRIES = 5_000
_NAMES = ("ACME PAYMENTS BV", "NORTH QUAY LTD", "PLAZA MAYOR SA", "GRAZER HANDEL GMBH")


def _minor(number: int) -> int:
    """Return the signed amount of an entry: one in four is a debit."""
    amount = 100 + number * 37 % 250_000
    return -amount if number % 4 == 3 else amount


def _chunks(records: int, size: int) -> Iterator[range]:
    return (range(start, min(start + size, records)) for start in range(0, records, size))


def write_mt940(records: int) -> bytes:
    """Return statements of 100 entries each, with an information of three lines to each entry."""
    balance = 1_000_000
    lines: list[str] = []
    for statement, numbers in enumerate(_chunks(records, _MT940_ENTRIES), start=1):
        lines += ["{1:F01BANKNL2AXXXX0000000000}{2:O940BANKNL2AXXXXN}{4:"]
        lines += [":20:REF1", ":25:NL91ABNA0417164300", f":28C:{statement % 100_000}/1"]
        lines.append(f":60F:{_balance(balance)}")
        for number in numbers:
            minor = _minor(number)
            balance += minor
            lines += [
                f":61:2603020302{_mark(minor)}{_comma(minor)}NTRFPO-{number}//BANK{number:08d}",
                f":86:/EREF/PO-{number}/IBAN/DE89370400440532013000",
                f"/NAME/{_NAMES[number % 4]}",
                f"/REMI/Payout {number} of 2 March",
            ]
        lines += [f":62F:{_balance(balance)}", "-}"]
    return "".join(one + "\r\n" for one in lines).encode("ascii")


def _mark(minor: int) -> str:
    return "D" if minor < 0 else "C"


def _comma(minor: int) -> str:
    return f"{abs(minor) // 100},{abs(minor) % 100:02d}"


def _balance(minor: int) -> str:
    return f"{_mark(minor)}260302EUR{_comma(minor)}"


def write_bai2(records: int) -> bytes:
    """Return one group of accounts with 100 details each; every fourth detail runs on in an 88."""
    lines = ["01,121000248,TIEOUT,260303,0600,1,,,2/"]
    lines.append("02,TIEOUT,121000248,1,260302,2400,USD,2/")
    whole = accounts = 0
    for numbers in _chunks(records, _BAI2_DETAILS):
        details = [line for number in numbers for line in _bai2_detail(number)]
        amounts = [abs(_minor(number)) for number in numbers]
        net = sum(
            -one if number % 3 == 0 else one for number, one in zip(numbers, amounts, strict=True)
        )
        balances = f"010,9000000,,,015,{9_000_000 + net},,/"
        total = 18_000_000 + net + sum(amounts)
        account = f"03,{4_005_519_200 + accounts},USD,{balances}"
        lines += [account, *details, f"49,{total},{len(details) + 2}/"]
        whole += total
        accounts += 1
    lines.append(f"98,{whole},{accounts},{len(lines)}/")
    lines.append(f"99,{whole},1,{len(lines) + 1}/")
    return "".join(one + "\n" for one in lines).encode("ascii")


def _bai2_detail(number: int) -> Iterator[str]:
    kind, funds = (("451", "Z"), ("165", "0"), ("195", "V,260303,1200"))[number % 3]
    text = f"{_NAMES[number % 4]} SETTLEMENT"
    yield f"16,{kind},{abs(_minor(number))},{funds},BK-{number},PO-{number},{text}"
    if number % 4 == 0:
        yield f"88,EREF: E2E-{number} OF MARCH"


def write_camt(records: int) -> bytes:
    """Return a camt.053.001.08 with statements of 5,000 entries, about 600 bytes an entry."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-02T21:30:00+00:00</CreDtTm></GrpHdr>\n"
    ]
    balance = 1_000_000
    for statement, numbers in enumerate(_chunks(records, _CAMT_ENTRIES), start=1):
        closing = balance + sum(map(_minor, numbers))
        parts.append(
            f"<Stmt><Id>EUR-{statement}</Id><ElctrncSeqNb>{statement}</ElctrncSeqNb>"
            "<CreDtTm>2026-03-02T21:30:00+00:00</CreDtTm>"
            "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>\n"
            f"{_camt_balance('OPBD', balance)}{_camt_balance('CLBD', closing)}"
            f"<TxsSummry><TtlNtries><NbOfNtries>{len(numbers)}</NbOfNtries></TtlNtries></TxsSummry>"
        )
        parts += map(_camt_entry, numbers)
        parts.append("</Stmt>\n")
        balance = closing
    parts.append("</BkToCstmrStmt></Document>\n")
    return "".join(parts).encode()


def _camt_money(minor: int) -> str:
    indicator = "DBIT" if minor < 0 else "CRDT"
    amount = f"{abs(minor) // 100}.{abs(minor) % 100:02d}"
    return f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{indicator}</CdtDbtInd>'


def _camt_balance(code: str, minor: int) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_camt_money(minor)}"
        "<Dt><Dt>2026-03-02</Dt></Dt></Bal>\n"
    )


def _camt_entry(number: int) -> str:
    money = _camt_money(_minor(number))
    return (
        f"<Ntry><NtryRef>{number}</NtryRef>{money}<Sts><Cd>BOOK</Cd></Sts>"
        "<BookgDt><Dt>2026-03-02</Dt></BookgDt><ValDt><Dt>2026-03-03</Dt></ValDt>"
        f"<AcctSvcrRef>BANK{number:08d}</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>"
        f"</BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>PO-{number}</EndToEndId></Refs>"
        f"{money}<RltdPties><Dbtr><Pty><Nm>{_NAMES[number % 4]}</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>Payout {number} &amp; fees of 2 March</Ustrd></RmtInf>"
        "</TxDtls></NtryDtls></Ntry>\n"
    )
