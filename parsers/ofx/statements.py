"""Whose each statement is, and what its balance says."""

import re
from datetime import date

import numpy as np
import polars as pl

from parsers.amounts import exponent_column, major_to_minor
from parsers.ofx.entries import amount_text
from parsers.ofx.layout import ENTRY, ENTRY_END, LEDGER, LEDGER_END, STATEMENT
from parsers.ofx.tags import Tags
from parsers.outcome import FINDINGS_MAX, Findings, Statement
from tieout.money import exponents

_DAY = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})")


def read_statements(tags: Tags, assumed: str | None) -> pl.DataFrame:
    """Return the statements of a file, in order.

    Args:
        tags: of the file.
        assumed: currency of statements that name none.

    Returns:
        Columns byte_start, account, currency (null where ISO does not list it), balance and day
        (texts of LEDGERBAL) and closing_minor.
    """
    opens = tags.named(STATEMENT)
    owners = np.cumsum(opens) - 1
    count = int(opens.sum())
    outside = ~tags.within(ENTRY, ENTRY_END)
    ledger = tags.within(LEDGER, LEDGER_END)
    wanted = {
        "account": outside & tags.named("ACCTID"),
        "currency": outside & tags.named("CURDEF"),
        "balance": ledger & tags.named("BALAMT"),
        "day": ledger & tags.named("DTASOF"),
    }
    texts = {name: tags.values(tags.first(one, owners, count)) for name, one in wanted.items()}
    has_ledger = tags.first(tags.named(LEDGER), owners, count) >= 0
    frame = pl.DataFrame(
        {"byte_start": tags.starts[opens], "has_ledger": has_ledger, **texts}
    ).with_columns(pl.col("currency").str.to_uppercase().fill_null(pl.lit(assumed, pl.String)))
    known = pl.col("currency").is_in(list(exponents()))
    frame = frame.with_columns(pl.when(known).then("currency").alias("currency"))
    frame = frame.with_columns(exponent_column("currency").alias("exponent"))
    amount = amount_text(pl.col("balance").fill_null(""))
    return frame.with_columns(major_to_minor(amount, pl.col("exponent")).alias("closing_minor"))


def close_statements(
    statements: pl.DataFrame, rows: pl.DataFrame, findings: Findings
) -> tuple[Statement, ...]:
    """Return the statements with what their entries come to.

    Entries in another currency are told and not in the sum; so are balances that are none.
    """
    own = pl.col("currency").eq_missing(pl.col("account_currency"))
    sums = rows.group_by(pl.col("statement_no").cast(pl.Int64), maintain_order=True).agg(
        pl.len().alias("entries"),
        (~own).sum().alias("others"),
        pl.col("amount_minor").filter(own).cast(pl.Int128).sum().alias("net"),
    )
    numbered = statements.with_row_index("statement_no").cast({"statement_no": pl.Int64})
    whole = numbered.join(sums, on="statement_no", how="left", maintain_order="left").with_columns(
        pl.col("entries", "others", "net").fill_null(0)
    )
    _tell(whole, findings)
    return tuple(
        Statement(
            account=row["account"],
            reference=None,
            currency=row["currency"],
            opening_minor=None,
            closing_minor=row["closing_minor"],
            net_minor=row["net"],
            entries=row["entries"],
            consistent=None,
            closing_date=_iso(row["day"]),
        )
        for row in whole.iter_rows(named=True)
    )


def _tell(whole: pl.DataFrame, findings: Findings) -> None:
    foreign = pl.col("others") > 0
    unread = pl.col("has_ledger") & pl.col("currency").is_not_null()
    unread &= pl.col("closing_minor").is_null()
    odd = whole.filter(foreign | unread)
    for row in odd.head(FINDINGS_MAX).iter_rows(named=True):
        if row["others"]:
            findings.warn(
                "currency_differs",
                byte_offset=row["byte_start"],
                record="STMTTRN",
                field="CURSYM",
                found=f"{row['others']} entries in another currency",
                expected=f"{row['currency']}, the currency of the account",
                hint="The lines are kept; they are left out of the statement's sum.",
            )
        if row["has_ledger"] and row["currency"] and row["closing_minor"] is None:
            findings.warn(
                "balance_unreadable",
                byte_offset=row["byte_start"],
                record="LEDGERBAL",
                field="BALAMT",
                found=repr(row["balance"] or ""),
                expected=f"an amount in {row['currency']}",
                hint="The entries are used; the closing balance is not known.",
            )
    findings.more += max(odd.height - FINDINGS_MAX, 0)


def _iso(text: str | None) -> str | None:
    found = _DAY.match(text or "")
    try:
        return date(*map(int, found.groups())).isoformat() if found else None
    except ValueError:
        return None
