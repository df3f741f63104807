"""Writes VSS-110 reports whose columns agree, from figures that state only what matters."""

WIDTH = 132


def placed(*fields: tuple[int, str], right: tuple[tuple[int, str], ...] = ()) -> str:
    """Return a line with texts beginning at columns, and texts ending at columns (from 1)."""
    line = [" "] * WIDTH
    places = [*fields, *((last - len(text) + 1, text) for last, text in right)]
    for first, text in places:
        line[first - 1 : first - 1 + len(text)] = text
    return "".join(line).rstrip()


def row(label: str, credit: int, debit: int, *, count: int | None = None, decimals: int = 2) -> str:
    """Return one row of figures, given in minor units."""
    net = credit - debit
    figures = ((81, printed(credit, decimals)), (107, printed(debit, decimals)))
    mark = "CR" if net > 0 else "DB" if net < 0 else ""
    counted = () if count is None else ((52, f"{count:,}"),)
    return placed(
        (5, label), (130, mark), right=(*counted, *figures, (129, printed(abs(net), decimals)))
    )


def printed(minor: int, decimals: int) -> str:
    """Return an amount as VSS prints it."""
    whole, rest = divmod(minor, 10**decimals)
    return f"{whole:,}.{rest:0{decimals}d}" if decimals else f"{whole:,}"


Figures = tuple[int, int]


def report(
    *,
    entity: str = "1000184102",
    rollup: str = "1000184100",
    funds: str = "1000184100",
    currency: str = "EUR",
    interchange: Figures = (123450, 0),
    fees: Figures = (0, 1234),
    charges: Figures = (0, 500),
    count: int = 12,
    decimals: int = 2,
    day: str = "05JUL26",
    page: int = 1,
) -> list[str]:
    """Return the lines of a settlement summary in which all money is the acquirer's."""
    total = tuple(sum(one) for one in zip(interchange, fees, charges, strict=True))
    lines = header("VSS-110", "SETTLEMENT SUMMARY REPORT", entity, rollup, funds, day, page)
    lines += ["", f" SETTLEMENT CURRENCY:  {currency}", ""]
    sections = (
        ("INTERCHANGE VALUE", "TOTAL INTERCHANGE VALUE", interchange, count),
        ("REIMBURSEMENT FEES", "TOTAL REIMBURSEMENT FEES", fees, None),
        ("VISA CHARGES", "TOTAL VISA CHARGES", charges, None),
        ("TOTAL", "NET SETTLEMENT AMOUNT", total, None),
    )
    for name, total_name, (credit, debit), number in sections:
        zero = None if number is None else 0
        lines += [f" {name}", ""]
        lines.append(row("TOTAL ACQUIRER", credit, debit, count=number, decimals=decimals))
        lines.append(row("TOTAL ISSUER", 0, 0, count=zero, decimals=decimals))
        lines.append(row("TOTAL OTHER", 0, 0, count=zero, decimals=decimals))
        lines += ["", row(total_name, credit, debit, count=number, decimals=decimals), ""]
    return [*lines, "", placed((52, "*** END OF VSS-110 REPORT ***"))]


def header(
    name: str, title: str, entity: str, rollup: str, funds: str, day: str, page: int
) -> list[str]:
    """Return the top of a page."""
    return [
        placed(
            (1, f"REPORT ID:  {name}"),
            (61, "VISANET SETTLEMENT SERVICE"),
            (111, "PAGE:"),
            right=((130, str(page)),),
        ),
        placed(
            (1, " REPORTING FOR:"),
            (22, entity),
            (33, "EXAMPLE BANK"),
            (64, "INTERNATIONAL"),
            (112, "PROC DATE:"),
            (125, day),
        ),
        placed(
            (1, " ROLLUP TO:"),
            (22, rollup),
            (33, "EXAMPLE BANK"),
            (62, title),
            (112, "REPORT DATE:"),
            (125, day),
        ),
        placed((1, " FUNDS XFER ENTITY:"), (22, funds), (33, "EXAMPLE BANK")),
    ]


def recap(net: int, *, entity: str = "1000184102", day: str = "05JUL26") -> list[str]:
    """Return a VSS-115 with its final net, and nothing else that is read."""
    lines = header(
        "VSS-115", "SRE SETTLEMENT RECAP REPORT", entity, "1000184100", "1000184100", day, 1
    )
    mark = "CR" if net > 0 else "DB" if net < 0 else ""
    final = placed(
        (2, "FINAL SETTLEMENT NET AMOUNT"), (130, mark), right=((129, printed(abs(net), 2)),)
    )
    return [
        *lines,
        " SETTLEMENT CURRENCY:  EUR",
        final,
        placed((52, "*** END OF VSS-115 REPORT ***")),
    ]


def no_data(name: str = "VSS-140") -> list[str]:
    """Return a report without data."""
    return [
        *header(
            name, "VISA CHARGES REPORT", "1000184102", "1000184100", "1000184100", "05JUL26", 1
        ),
        placed((52, "*** NO DATA FOR THIS REPORT ***")),
        placed((52, f"*** END OF {name} REPORT ***")),
    ]


def write_ep747(*reports: list[str]) -> bytes:
    """Return a bundle."""
    return "".join(f"{line}\n" for one in reports for line in one).encode("ascii")
