"""Texts of American Express records to typed columns, the same for all of its formats.

Afterwards every record has: gross_minor, net_minor (as declared, else null), charges_minor (what is
deducted, positive when charged), opening_minor, sent_minor, value_date and booking_date.
"""

from collections.abc import Callable, Mapping

import polars as pl

from parsers.amex import layout
from parsers.outcome import Findings
from parsers.records import present, whole_number
from tieout.money import exponents

AMOUNTS = ("gross", "net", "discount", "service_fee", "tax", "adjustments", "opening", "sent")
TEXTS = (
    *("payee", "payment", "currency", "sent_currency", "merchant_id", "reference"),
    *("card", "auth_code", "scheme_ref", "narrative", "pays_gross"),
)
_SHOWN = 20


def gather(
    records: pl.DataFrame, layouts: Mapping[str, object], cut: Callable[[str], list[pl.Expr]]
) -> pl.DataFrame:
    """Return the records with money in file order, with their fields as texts, null if blank.

    Args:
        records: with columns record_no, code, line, byte_start and byte_length.
        layouts: code → fields.
        cut: the expressions that cut the fields of one code out of a record.
    """
    frames = []
    for code in layouts:
        mine = records.filter(pl.col("code") == code)
        places = ("record_no", "code", "line", "byte_start", "byte_length")
        frames.append(mine.select(*places, *cut(code)))
    found = pl.concat(frames, how="diagonal").sort("record_no")
    texts = [present(pl.col(name)).alias(name) for name in found.columns[5:]]
    absent = [name for name in (*AMOUNTS, *TEXTS) if name not in found.columns]
    return found.with_columns(*texts, *(pl.lit(None, pl.String).alias(one) for one in absent))


def with_amounts(
    found: pl.DataFrame, read: Callable[[pl.Expr], pl.Expr], findings: Findings
) -> pl.DataFrame:
    """Return the records with their amounts in minor units; refuse what is no amount."""
    names = [name for name in found.columns if name in (*AMOUNTS, "asset_billing", "asset_tax")]
    names += [name for name in ("commission",) if name in found.columns]
    found = found.with_columns(read(pl.col(name)).alias(f"{name}_minor") for name in names)
    for name in names:
        bad = pl.col(name).is_not_null() & pl.col(f"{name}_minor").is_null()
        refuse(found, bad, name, pl.col(name), findings)
    return found.with_columns(
        charges_minor=pl.sum_horizontal("discount_minor", "service_fee_minor", "tax_minor"),
        role=pl.col("code").replace_strict(layout.ROLES, default=None, return_dtype=pl.String),
    )


def refuse(
    found: pl.DataFrame, wrong: pl.Expr, field: str, text: pl.Expr, findings: Findings
) -> None:
    """Refuse the records where `wrong` holds; at most a few of them are listed."""
    bad = found.filter(wrong.fill_null(False)).select(
        "line", "byte_start", "code", "record_no", text.cast(pl.String).alias("was")
    )
    for row in bad.head(_SHOWN).iter_rows(named=True):
        findings.refuse(
            "record_unreadable",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            record_no=row["record_no"],
            field=field.replace("_", " "),
            found=row["was"] or "nothing",
            expected="an amount, a currency or a day as docs/formats/amex.md says",
            hint="Ask American Express for a corrected file.",
        )


def check_currency(found: pl.DataFrame, findings: Findings) -> None:
    """Refuse records in a currency that ISO 4217 does not list."""
    known = pl.col("currency").is_in(list(exponents())).fill_null(False)
    for row in found.filter(~known).head(_SHOWN).iter_rows(named=True):
        findings.refuse(
            "currency_unknown",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            found=row["currency"] or "nothing",
            expected="a code of ISO 4217",
            hint="Ask American Express for a corrected file.",
        )


def leading_sign(text: pl.Expr) -> pl.Expr:
    """Return minor units of a sign or blank and up to 18 digits (GRRCN)."""
    magnitude = whole_number(text.str.strip_chars_start(" +-"))
    sign = pl.when(text.str.starts_with("-")).then(-1).otherwise(1)
    return pl.when(text.str.contains(r"^[ +-]?[0-9]+$")).then(magnitude * sign)


def overpunched(text: pl.Expr) -> pl.Expr:
    """Return minor units of digits whose last one carries the sign (EPRAW, EPTRN, EPA)."""
    last = text.str.slice(-1)
    digits = {sign: str(digit) for sign, (digit, _) in layout.OVERPUNCH.items()}
    signs = {sign: factor for sign, (_, factor) in layout.OVERPUNCH.items()}
    number = text.str.head(-1) + last.replace_strict(digits, default=None, return_dtype=pl.String)
    return whole_number(number) * last.replace_strict(signs, default=None, return_dtype=pl.Int64)


def calendar_day(text: pl.Expr) -> pl.Expr:
    """Return the day of YYYYMMDD; null when it is none."""
    day = text.str.to_date("%Y%m%d", strict=False)
    return pl.when(text.str.contains("^[12][0-9]{7}$")).then(day)


def ordinal_day(text: pl.Expr) -> pl.Expr:
    """Return the day of YYYYDDD; null when it is none."""
    digits = pl.when(text.str.contains("^[12][0-9]{6}$")).then(text.cast(pl.Int32, strict=False))
    year, of_year = digits // 1000, digits % 1000
    day = pl.date(year, 1, 1) + pl.duration(days=of_year - 1)
    return pl.when((of_year >= 1) & (day.dt.year() == year)).then(day)
