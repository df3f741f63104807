"""The totals at the end of the report against its records.

All of them are warnings: in which currency a total of several currencies stands is not published.
"""

import polars as pl

from parsers.ingenico_wx.layout import COUNT, CREDITED, DEBITED, TOTAL
from parsers.outcome import ControlTotal, Findings
from parsers.payouts import check_count

_HINT = "Records are missing, or counted elsewhere; ask Ingenico."


def check_totals(
    text: str, prefix: str, rows: pl.DataFrame, findings: Findings
) -> tuple[ControlTotal, ...]:
    """Return number of records, credits and debits per merchant, beside what is declared."""
    totals, size = [], len(text.encode())
    amount = pl.col("amount_minor").cast(pl.Int128)
    sums = rows.group_by("account", maintain_order=True).agg(
        amount.filter(amount > 0).sum().alias(CREDITED),
        amount.filter(amount < 0).sum().abs().alias(DEBITED),
    )
    found = {one["account"]: one for one in sums.iter_rows(named=True)}
    for merchant, block in _blocks(text, prefix):
        for name in (CREDITED, DEBITED):
            declared = _number(block, prefix, name)
            computed = int(found.get(merchant, {}).get(name, 0))
            if declared is not None:
                what = f"{name} of {merchant}"
                totals.append(_compare(findings, what, declared, computed, size))
    count = _number(text[text.rfind(f"<{prefix}{COUNT}>") :], prefix, COUNT)
    if count is not None:
        totals.append(_compare(findings, COUNT, count, rows.height, size))
    return tuple(totals)


def _blocks(text: str, prefix: str) -> list[tuple[str, str]]:
    opening, closing = f"<{prefix}{TOTAL}>", f"</{prefix}{TOTAL}>"
    blocks = [one.partition(closing)[0] for one in text.split(opening)[1:]]
    return [(_inner(one, prefix, "MerchantID"), one) for one in blocks]


def _inner(text: str, prefix: str, name: str) -> str:
    _, _, rest = text.partition(f"<{prefix}{name}>")
    return rest.partition("<")[0].strip()


def _number(text: str, prefix: str, name: str) -> int | None:
    inner = _inner(text, prefix, name)
    return int(inner) if inner.isascii() and inner.isdigit() and len(inner) < 19 else None


def _compare(findings: Findings, name: str, declared: int, computed: int, at: int) -> ControlTotal:
    return check_count(findings, name, declared, computed, byte_offset=at, hint=_HINT)
