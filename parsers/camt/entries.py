"""Entries to columns: one row for each Ntry of a block, whatever details it has."""

import polars as pl

from parsers.camt.columns import Owners
from parsers.camt.findings import Teller
from parsers.camt.layout import (
    AMOUNT,
    BOOKED,
    BOOKING_DATE,
    ENTRY,
    FAMILY,
    FEE_FAMILIES,
    INDICATOR,
    REVERSAL,
    STATUS,
    VALUE_DATE,
)


def read_entries(entries: Owners, places: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """Return one row per entry.

    Args:
        entries: the entries of a block.
        places: columns statement_no, place, byte_start and byte_length of each.
        heads: account, currency and day of every statement of the file.

    Returns:
        `places`, and columns of a settlement line: account, kind, is_booked, is_reversal,
        amount_minor (signed), currency, exponent, business_date, booking_date, value_date. Beside
        them record, account_currency, is_there, amount_text and indicator.
    """
    head = heads.select(pl.all().gather(places["statement_no"]))
    amount = entries.amount(AMOUNT, head["currency"])
    indicator = entries.text(INDICATOR).alias("indicator")
    booking, value = entries.day(BOOKING_DATE), entries.day(VALUE_DATE)
    status = entries.text(STATUS)
    is_fee = entries.text(FAMILY).is_in(FEE_FAMILIES).fill_null(False)
    return places.with_columns(
        pl.lit(ENTRY).alias("record"),
        head["account"],
        head["currency"].alias("account_currency"),
        *amount.select("is_there", "currency", "exponent", pl.col("text").alias("amount_text")),
        signed(amount["minor"], indicator),
        indicator,
        pl.when(is_fee).then(pl.lit("fee")).otherwise(pl.lit("payout")).alias("kind"),
        (status.is_null() | (status == BOOKED).fill_null(False)).alias("is_booked"),
        entries.text(REVERSAL).is_in(("true", "1")).fill_null(False).alias("is_reversal"),
        pl.coalesce(booking, value, head["day"]).alias("business_date"),
        booking.alias("booking_date"),
        value.alias("value_date"),
    )


def signed(minor: pl.Series, indicator: pl.Series) -> pl.Series:
    """Return amounts with the sign that their indicators give them: debits are negative."""
    turned = pl.when(indicator == "DBIT").then(-minor).otherwise(minor)
    return pl.select(turned.alias("amount_minor")).to_series()


def tell(rows: pl.DataFrame, teller: Teller) -> None:
    """Tell what is wrong with entries."""
    teller.amounts(rows)
    readable = pl.col("amount_minor").is_not_null()
    undated = readable & pl.col("booking_date").is_null() & pl.col("value_date").is_null()
    teller.warn(
        rows.filter(undated),
        "date_missing",
        found="neither booking nor value date",
        expected="BookgDt",
        hint="The date of its statement was taken.",
    )
    teller.refuse(
        rows.filter(undated & pl.col("business_date").is_null()),
        "date_missing",
        found="no booking date",
        expected="BookgDt or ValDt",
    )
    foreign = pl.col("currency").ne_missing(pl.col("account_currency"))
    for row in teller.shown(rows.filter(readable & foreign & pl.col("is_booked"))):
        teller.warn_one(
            row,
            "currency_differs",
            field="Amt",
            found=f"an entry in {row['currency']}",
            expected=f"{row['account_currency']}, the currency of its account",
            hint="The line is kept; it is left out of the statement's sum.",
        )


def sums(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what the entries of each statement come to.

    Returns:
        Columns statement_no, entries, and net (booked entries in the account's currency); for the
        totals that a file declares, counts CRDT and DBIT, and the sums credit and debit of all
        entries in the account's currency. Sums are Int128 minor units.
    """
    amount = pl.col("amount_minor").cast(pl.Int128)
    own = pl.col("currency").eq_missing(pl.col("account_currency"))
    credit, debit = (pl.col("indicator") == one for one in ("CRDT", "DBIT"))
    return rows.group_by("statement_no", maintain_order=True).agg(
        pl.len().cast(pl.Int128).alias("entries"),
        amount.filter(own & pl.col("is_booked")).sum().alias("net"),
        credit.sum().cast(pl.Int128).alias("CRDT"),
        debit.sum().cast(pl.Int128).alias("DBIT"),
        amount.filter(own & credit).sum().alias("credit"),
        amount.filter(own & debit).sum().alias("debit"),
    )
