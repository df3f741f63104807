"""What the oracle of the shared corpus says about record formats, against what we find.

One function per format; each yields every figure that differs, in words.
"""

from collections.abc import Iterator
from typing import Any

import polars as pl

from parsers import ParsedFile
from parsers.amex.layout import MONEY
from tieout.money import numeric_of


def total(result: ParsedFile) -> int:
    """Return the sum of all amounts without signs."""
    return int(result.frame["amount_minor"].cast(pl.Int128).abs().sum())


def figures(found: dict[str, tuple[object, object]]) -> Iterator[str]:
    """Yield what differs among name → (ours, the oracle's)."""
    for name, (ours, theirs) in found.items():
        if ours != theirs:
            yield f"{name} {ours}, not {theirs}"


def bai2(result: ParsedFile, facts: dict[str, Any]) -> Iterator[str]:
    """Compare accounts, details and their unsigned sum."""
    pairs: dict[str, tuple[object, object]] = {
        "accounts": (len(result.statements), facts["n_accounts"]),
        "details": (result.records, facts["n_transactions"]),
        "sum of details": (total(result), int(facts["sum_16_amounts"])),
    }
    return figures(pairs)


def nacha(result: ParsedFile, facts: dict[str, Any]) -> Iterator[str]:
    """Compare entries, and the sums of both directions."""
    amounts = result.frame["amount_minor"].cast(pl.Int128)
    pairs: dict[str, tuple[object, object]] = {
        "entries": (result.records, facts["n_entries"]),
        "debits": (-int(amounts.filter(amounts < 0).sum()), facts["sum_debit"]),
        "credits": (int(amounts.filter(amounts > 0).sum()), facts["sum_credit"]),
    }
    return figures(pairs)


def visa_baseii(result: ParsedFile, facts: dict[str, Any]) -> Iterator[str]:
    """Compare every transaction's money and references."""
    ours = [
        (
            abs(row["amount_minor"]),
            numeric_of(row["currency"]),
            abs(row["original_amount_minor"]),
            numeric_of(row["original_currency"]),
            row["scheme_ref"],
            (row["pan_masked"] or "")[-4:],
        )
        for row in result.frame.iter_rows(named=True)
    ]
    names = ("amount", "ccy", "dest_amount", "dccy", "arn", "pan_last4")
    theirs = [tuple(one[name] for name in names) for one in facts["transactions"]]
    return figures({"transactions": (ours, theirs)})


def amex(result: ParsedFile, facts: dict[str, Any]) -> Iterator[str]:
    """Compare the number of records, and of those that give a line."""
    types = facts["record_types"]
    lines = sum(count for name, count in types.items() if name in MONEY)
    details = types.get("DETAIL", 0)
    pairs: dict[str, tuple[object, object]] = {
        "records": (result.records, facts["n_lines"]),
        "lines": (result.frame.height, lines + details),
    }
    return figures(pairs)


def mastercard_t140(result: ParsedFile, facts: dict[str, Any]) -> Iterator[str]:
    """Compare the clearing files named and the totals of the day."""
    frame = result.frame
    days = frame.filter(pl.col("kind") == "payout").select("currency", "amount_minor").rows()
    ours = sorted(set(frame["batch_ref"].drop_nulls().to_list()))
    pairs: dict[str, tuple[object, object]] = {
        "file ids": (ours, sorted({one.replace("/", "") for one in facts["file_ids"]})),
        "currencies of the day": (len(days), len(facts["day_totals"])),
    }
    return figures(pairs)
