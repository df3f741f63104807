"""Fields of discover records to typed columns; what cannot be read is refused."""

from collections.abc import Sequence

import polars as pl

from parsers.amounts import exponent_column, major_to_minor
from parsers.outcome import Findings
from parsers.records import cut, whole_number
from tieout.money import exponents

_SHOWN = 20


def fields_of(records: pl.DataFrame, code: str, fields: dict[str, tuple[int, int]]) -> pl.DataFrame:
    """Return the records of one code with their fields as stripped texts."""
    mine = records.filter(pl.col("code") == code).with_columns(cut(fields))
    return mine.drop("text").with_columns(pl.col(name).str.strip_chars() for name in fields)


def with_money(
    frame: pl.DataFrame, names: Sequence[str], currency: str, findings: Findings
) -> pl.DataFrame:
    """Return the frame with `names` in minor units of `currency`; refuse what is no amount.

    A fraction that the currency does not have is refused and never rounded.
    """
    frame = frame.with_columns(exponent=exponent_column(currency))
    known = pl.col(currency).is_in(list(exponents())).fill_null(False)
    refuse(frame, ~known, "currency_unknown", currency, pl.col(currency), findings)
    exponent = pl.col("exponent")
    # A minus may stand before the zeros that fill the field up.
    minors = [major_to_minor(pl.col(name), exponent).alias(f"{name}_minor") for name in names]
    frame = frame.with_columns(minors)
    for name in names:
        bad = known & pl.col(f"{name}_minor").is_null()
        refuse(frame, bad, "amount_unreadable", name, pl.col(name), findings)
    return frame.drop("exponent")


def with_counts(frame: pl.DataFrame, names: Sequence[str], findings: Findings) -> pl.DataFrame:
    """Return the frame with `names` as whole numbers; refuse what is none."""
    counts = [whole_number(pl.col(name)).alias(f"{name}_count") for name in names]
    frame = frame.with_columns(counts)
    for name in names:
        bad = pl.col(f"{name}_count").is_null()
        refuse(frame, bad, "control_total_unreadable", name, pl.col(name), findings)
    return frame


def with_days(frame: pl.DataFrame, names: Sequence[str], findings: Findings) -> pl.DataFrame:
    """Return the frame with `names` (YYYYMMDD) as dates; refuse what is no day."""
    days = [
        pl.col(name).str.to_date("%Y%m%d", strict=False).alias(name.replace("_day", "_date"))
        for name in names
    ]
    whole = [pl.col(name).str.contains("^[0-9]{8}$") for name in names]
    frame = frame.with_columns(days)
    for name, is_whole in zip(names, whole, strict=True):
        bad = pl.col(name.replace("_day", "_date")).is_null() | ~is_whole
        refuse(frame, bad, "date_unreadable", name, pl.col(name), findings)
    return frame


def refuse(
    frame: pl.DataFrame,
    wrong: pl.Expr,
    code: str,
    field: str,
    found: pl.Expr,
    findings: Findings,
) -> None:
    """Refuse the rows where `wrong` holds; at most a few of them are listed."""
    rows = frame.filter(wrong).select("line", "byte_start", "code", found.alias("was"))
    for row in rows.head(_SHOWN).iter_rows(named=True):
        findings.refuse(
            code,
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            field=field.replace("_", " "),
            found=row["was"] or "nothing",
            expected="what the field tables in docs/formats/discover.md say",
            hint="Ask the sender for a corrected file.",
        )
