"""One sign rule: whatever the file writes, credit to us becomes positive, charges negative."""

import polars as pl

from parsers.declared.rules import AMOUNT_FIELDS, CHARGE_FIELDS, LineRules
from parsers.outcome import Findings


def apply_signs(rows: pl.DataFrame, layout: LineRules, findings: Findings) -> pl.DataFrame:
    """Return `rows` with the `*_minor` columns, signed by the layout's rule."""
    if layout.sign.rule == "two_columns":
        rows = _from_two_columns(rows, findings)
    factor = _factor(rows, layout, findings)
    columns = []
    for name in AMOUNT_FIELDS:
        if name in rows.columns:
            columns.append((pl.col(name) * factor).alias(f"{name}_minor"))
    charge = -1 if layout.fee_sign == "positive" else 1
    for name in CHARGE_FIELDS:
        if name in rows.columns:
            columns.append((pl.col(name) * charge).alias(f"{name}_minor"))
    return rows.with_columns(columns)


def _factor(rows: pl.DataFrame, layout: LineRules, findings: Findings) -> pl.Expr:
    rule = layout.sign
    if rule.rule in ("signed", "two_columns"):
        return pl.lit(1, dtype=pl.Int64)
    _refuse(
        rows.filter(pl.col("amount") < 0),
        "sign_unexpected",
        "a minus sign, although the layout takes the direction from elsewhere",
        f"unsigned amounts under sign.rule = {rule.rule!r}",
        findings,
    )
    if rule.rule == "by_kind":
        is_debit = pl.col("kind").is_in(rule.words("debit"))
    else:
        _check_indicator(rows, layout, findings)
        is_debit = pl.col("text:indicator").is_in(rule.words("debit"))
    return pl.when(is_debit).then(pl.lit(-1, dtype=pl.Int64)).otherwise(pl.lit(1, dtype=pl.Int64))


def _check_indicator(rows: pl.DataFrame, layout: LineRules, findings: Findings) -> None:
    known = [*layout.sign.words("credit"), *layout.sign.words("debit")]
    unknown = ~pl.col("text:indicator").is_in(known).fill_null(False)
    _refuse(
        rows.filter(unknown),
        "indicator_unknown",
        "a value of the sign column that the layout does not list",
        f"one of {', '.join(known)}",
        findings,
    )


def _from_two_columns(rows: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    credit, debit = pl.col("credit").fill_null(0), pl.col("debit").fill_null(0)
    neither = pl.col("text:credit").is_null() & pl.col("text:debit").is_null()
    both = (credit != 0) & (debit != 0)
    wrong = neither | both | (credit < 0) | (debit < 0)
    _refuse(
        rows.filter(wrong),
        "two_columns_unclear",
        "credit and debit both filled, both empty, or one with a minus sign",
        "an unsigned amount in exactly one of both columns",
        findings,
    )
    return rows.with_columns((credit - debit).alias("amount"))


def _refuse(bad: pl.DataFrame, code: str, found: str, expected: str, findings: Findings) -> None:
    for row in bad.select("record_no", "line", "byte_start").head(25).iter_rows(named=True):
        findings.refuse(
            code,
            line=row["line"],
            byte_offset=row["byte_start"],
            record_no=row["record_no"],
            found=found,
            expected=expected,
            hint="Check [layout.sign], or ask the sender.",
        )
