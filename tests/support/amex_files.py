"""Writes GRRCN and EPRAW files from records that state only what matters."""

from parsers.amex.layout import GRRCN_FIXED, MONEY

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
    for name, value in _filled(places, fields).items():
        if name in places:
            row[places[name]] = amount(value) if isinstance(value, int) else str(value)
    return ",".join(f'"{one}"' for one in row)


def _filled(places: object, fields: dict[str, str | int]) -> dict[str, str | int]:
    """Return the fields of a record; what charges were sent as is what they are worth."""
    sent = {"sent": fields["gross"]} if "gross" in fields else {}
    return PAYMENT | sent | {"sent_currency": "USD"} | fields


def fixed(code: str, **fields: str | int) -> str:
    """Return one record of GRRCN of fixed width; whole numbers become amounts."""
    row = list(f"{code:<10}{PAYMENT['payee']:<15}".ljust(800))
    for name, value in _filled(None, fields).items():
        if name in GRRCN_FIXED.get(code, {}):
            first, last = GRRCN_FIXED[code][name]
            text = amount(value) if isinstance(value, int) else str(value)
            row[first - 1 : last] = list(text.ljust(last - first + 1))
    return "".join(row)


def write_fixed(*records: str, count: int | None = None) -> bytes:
    """Return a file of fixed width; `count` is what its trailer declares."""
    header = f"{'HEADER':<10}202603030441030000000007{'GRRCN':<10}{'MERCHANT':<20}3.01"
    declared = len(records) + 2 if count is None else count
    lines = [header, *records, f"{'TRAILER':<10}0000000007{declared:010d}"]
    return "".join(f"{one:<800}\n" for one in lines).encode()


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


def eptrn(code: str, fields: dict[int, str], narrative: str) -> str:
    """Return a record of EPTRN with texts at positions counted from 1."""
    day = {220: 53}.get(int(code), 46)
    texts = {1: "1234567891", 11: "9876543210", 31: "2026061A0001", 43: code, day: "2026060"}
    texts[{"220": 144, "230": 143, "250": 225}[code]] = narrative
    row = [" "] * 450
    for first, text in (texts | fields).items():
        row[first - 1 : first - 1 + len(text)] = list(text)
    return "".join(row).rstrip()


def write_epa(paid: int, gross: int, discount: int, *, charges: tuple[int, ...]) -> bytes:
    """Return an EPA file of one payment with one submission."""
    stamp = "202603030536PANEUR"
    figures = {
        "100": {41: paid, 91: gross, 106: 0, 128: discount, 220: 0, 326: 0},
        "210": {49: gross, 79: discount, 109: gross + discount, 171: gross, 216: 0},
    }
    texts = {"100": {323: "GBP"}, "210": {41: "20260301", 238: "GBP"}}
    lines = [f"DFHDR {stamp}PAN-EUROPE EPA FILE"]
    for code, places in figures.items():
        row = list(f"12345678910022026030301234567891{code}".ljust(450))
        for first, text in texts[code].items():
            row[first - 1 : first - 1 + len(text)] = list(text)
        for first, minor in places.items():
            row[first - 1 : first + 14] = list(overpunched(minor, 15))
        lines.append("".join(row))
    for minor in charges:
        head = "12345678910020000000001234567891260"
        lines.append(f"{head}00000{overpunched(minor, 11)}20260301REF1".ljust(450))
    lines.append(f"DFTLR {stamp}PAN-EUROPE EPA FILE".ljust(84) + f"{len(lines) + 1:07d}")
    return "\n".join(lines).encode() + b"\n"


def write_epraw(
    paid: int, *submissions: tuple[int, int, int], trailer: str = "", more: list[str] | None = None
) -> bytes:
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
    lines += more or []
    lines.append(f"DFTRL{trailer or stamp}MERCHANT".ljust(83) + f"{len(lines) + 1:07d}")
    return "\n".join(lines).encode() + b"\n"
