"""Writes T140 pages: columns as in published samples, figures of our own."""

from dataclasses import dataclass

FILE_ID = "001/260302/00000012345/02201"
DAY = "2026-03-02"


@dataclass(frozen=True)
class Row:
    """One row of a notification, in minor units; negative is DR."""

    process: str
    minor: int
    fee: int = 0
    function: str = "FIRST PRES."
    side: str = "ORIG"
    count: int = 1


_END = f"{'':57}***END OF REPORT***"


def money(minor: int, decimals: int = 2) -> str:
    """Return an amount as it is printed."""
    whole, part = divmod(abs(minor), 10**decimals)
    text = f"{whole:,}.{part:0{decimals}d}" if decimals else f"{whole:,}"
    return f"{text} {'DR' if minor < 0 else 'CR'}"


def _head(report: str, title: str, *more: str) -> list[str]:
    return [
        f"1{report:<54}MASTERCARD WORLDWIDE{'':39}RUN DATE: 03/02/26",
        f" {'ACCEPTANCE BRAND: MCC':<47}{title}",
        f"{'':62}{DAY}{'':20}PAGE NO:         1",
        " MEMBER ID: 00000012345",
        *more,
    ]


def notification(
    *rows: Row, currency: str = "978-EUR", subtotal: int | None = None, decimals: int = 2
) -> list[str]:
    """Return a page 727020; `subtotal` overrides the printed amount."""
    more = (" BUSINESS SERVICE ID: 978001", f" FILE ID: {FILE_ID}", "")
    lines = _head("IP727020-AA", "CLEARING CYCLE 002 - NOTIFICATION", *more)
    for row in rows:
        start = f" {row.function:<12} {row.process:<10} {row.side} BB  {row.count:>8}"
        printed = f"{start} {money(row.minor, decimals):>26} {currency}"
        lines.append(f"{printed} {money(row.fee, decimals):>23} {currency}")
    total = sum(row.minor for row in rows) if subtotal is None else subtotal
    count, fees = sum(row.count for row in rows), sum(row.fee for row in rows)
    lines.append(
        f" BUSINESS SERVICE ID SUBTOTAL  {count:>8} {money(total, decimals):>26} {currency}"
        f" {money(fees, decimals):>23} {currency}"
    )
    return lines


def nothing() -> list[str]:
    """Return an acknowledgement page without rows."""
    head = _head("IP727010-AA", "CLEARING CYCLE 002 - ACKNOWLEDGEMENT")
    return [*head, f"{'':57}NO DATA TO REPORT"]


def cycle(minor: int, *, total: int | None = None) -> list[str]:
    """Return a page 728010 with the net of one file."""
    lines = _head(
        "IP728010-AA",
        "CLEARING CYCLE 002",
        " BUSINESS SERVICE LEVEL: INTRACOUNTRY",
        " CURRENCY CODE :  978 - EUR",
    )
    lines.append(f"  978001{'':35}{FILE_ID}{money(minor):>26}   978-EUR")
    printed = minor if total is None else total
    return [*lines, "", f"  TOTAL{'':57}{money(printed):>30}   978-EUR"]


def summary(level: str, *minors: int) -> list[str]:
    """Return a cycle summary of one service level."""
    lines = _head("IP728010-AA", "CLEARING CYCLE 002 SUMMARY", f" BUSINESS SERVICE LEVEL: {level}")
    for number, minor in enumerate(minors, 1):
        lines.append(f"  CYCLE {number:02d}{'':33}{FILE_ID}{money(minor):>26}   978-EUR")
    lines.append("  CYCLE 09")
    return [*lines, "", f"  TOTAL{'':57}{money(sum(minors)):>30}   978-EUR"]


def day_total(minor: int) -> list[str]:
    """Return the last page."""
    return [
        *_head("IP728010-AA", "CLEARING DAY TOTAL"),
        " CLEARING DAY TOTAL AS OF CLEARING CYCLE  2",
        f"{'':16}978-EUR{'':15}{money(minor):>20}",
        _END,
    ]


def write_t140(*pages: list[str], ending: str = "\n") -> bytes:
    """Return a file; every line is 133 characters wide, and the last page says that it is."""
    lines = [line for page in pages for line in page]
    lines += [] if lines[-1:] == [_END] else [_END]
    return "".join(f"{line:<133}{ending}" for line in lines).encode()
