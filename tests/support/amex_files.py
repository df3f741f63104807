"""Writes GRRCN and EPRAW files from records that state only what matters."""

from parsers.amex.layout import MONEY

PAYMENT = {
    "payee": "1234567891",
    "payment": "061A0001",
    "payment_day": "20260303",
    "currency": "USD",
    "merchant_id": "9876543210",
}


def amount(minor: int) -> str:
    """Return an amount as GRRCN writes it."""
    return f"{'-' if minor < 0 else ' '}{abs(minor):015d}"


def record(code: str, **fields: str | int) -> str:
    """Return one record of GRRCN; whole numbers become amounts."""
    places = {"payee": 1, **MONEY[code]}
    row = [code] + [""] * max(places.values()) + [""]
    for name, value in (PAYMENT | fields).items():
        if name in places:
            row[places[name]] = amount(value) if isinstance(value, int) else str(value)
    return ",".join(f'"{one}"' for one in row)


def write_grrcn(*records: str, count: int | None = None, sequence: str = "0000000007") -> bytes:
    """Return a file; `count` and `sequence` are what its trailer declares."""
    lines = [
        '"HEADER","20260303","044103","0000000007","GRRCN","MERCHANT","3.01",""',
        *records,
    ]
    declared = len(lines) + 1 if count is None else count
    lines.append(f'"TRAILER","{sequence}","{declared:07d}",""')
    return "".join(f"{one:<400}\n" for one in lines).encode()


def overpunched(minor: int, width: int) -> str:
    """Return an amount whose last digit carries the sign."""
    digits = f"{abs(minor):0{width}d}"
    return digits[:-1] + ("}JKLMNOPQR" if minor < 0 else "{ABCDEFGHI")[int(digits[-1])]


def write_epraw(paid: int, *submissions: tuple[int, int, int], trailer: str = "") -> bytes:
    """Return a file of one payment; each submission is amount, discount, service fee."""
    stamp = "030320260435000000"
    head = f"{'1234567891'}{{merchant}}{'':10}2026061A0001"
    lines = [
        f"DFHDR{stamp}MERCHANT",
        head.format(merchant="0" * 10) + f"1002026062{overpunched(paid, 11)}",
    ]
    for gross, discount, fee in submissions:
        lines.append(
            head.format(merchant="9876543210")
            + f"21020260592026060000167{overpunched(gross, 11)}"
            + overpunched(discount, 9)
            + overpunched(fee, 7)
        )
    lines.append(f"DFTRL{trailer or stamp}MERCHANT")
    return "\n".join(lines).encode() + b"\n"
