"""The open cases of a date hold the money of its open breaks, no cent more or less."""

from collections.abc import Sequence
from datetime import date

import polars as pl
from sqlalchemy import Connection, select

from assets.night import Night
from tieout.cases import spans
from tieout.cases.cause import CauseOfCase
from tieout.store.proofs import NO_CURRENCY, Proof, ProofRow
from tieout.store.runs import current_generations
from tieout.store.tables.cases import discrepancy_case

CASES = "cases"
_BREAKS = {"cause": pl.String(), "currency": pl.String(), "at_risk": pl.Int64()}
_CASES = {
    "cause": pl.String(),
    "case_currency": pl.String(),
    "case_at_risk": pl.Int64(),
    "described_on": pl.Date(),
}


def prove_cases(
    night: Night, connection: Connection, business_date: date, about_files: Sequence[CauseOfCase]
) -> list[ProofRow]:
    """Hold the cases that cover a date against the breaks in force, and against `about_files`.

    A case says what the latest date said of it: of one that a later date has described since, only
    that it is there can be compared.
    """
    both = _open_breaks(night, connection, business_date, about_files).join(
        _open_cases(connection, business_date), on="cause", how="full", coalesce=True
    )
    is_later = (pl.col("described_on") > business_date).fill_null(value=False)
    is_equal = pl.col("case_currency").eq_missing(pl.col("currency")) & (
        is_later | pl.col("at_risk").eq_missing(pl.col("case_at_risk"))
    )
    money = pl.col("at_risk", "case_at_risk").cast(pl.Int128).filter(~is_later).sum()
    sums = (
        both.group_by(pl.coalesce("currency", "case_currency").alias("of"))
        .agg(
            pl.col("at_risk", "case_at_risk").count().name.prefix("count_"),
            money,
            is_later.sum().alias("later"),
            pl.col("cause").filter(~is_equal).min().alias("first"),
        )
        .sort("of")
    )
    rows = [
        ProofRow(
            business_date,
            CASES,
            Proof.CASES,
            "open breaks and open cases",
            currency,
            breaks,
            cases,
            int(broken),
            int(at_risk),
            holds=first is None,
            detail=_detail(first, later),
        )
        for currency, breaks, cases, broken, at_risk, later, first in sums.iter_rows()  # currencies
    ]
    return rows or [ProofRow(business_date, CASES, Proof.CASES, "open breaks and open cases")]


def _detail(first: str | None, later: int) -> str:
    if first is not None:
        return f"{first} is not the same as break and as case"
    return f"{later} described by a later date" if later else ""


def _open_breaks(
    night: Night, connection: Connection, business_date: date, about_files: Sequence[CauseOfCase]
) -> pl.DataFrame:
    """Return cause, currency and money of every break in force."""
    results = current_generations(connection, first=business_date, last=business_date)
    of_legs = [
        night.frames.read(result.breaks_sha256).select(
            pl.format("{}/{}", pl.lit(result.reconciliation), "break_id").alias("cause"),
            pl.col("currency").cast(pl.String),
            pl.col("at_risk_minor").alias("at_risk"),
        )
        for result in results
    ]
    of_files = [(one.cause, one.currency or NO_CURRENCY, one.at_risk_minor) for one in about_files]
    return pl.concat([*of_legs, pl.DataFrame(of_files, schema=_BREAKS, orient="row")])


def _open_cases(connection: Connection, business_date: date) -> pl.DataFrame:
    """Return cause, currency, money and the date that says so, of every case open on the date."""
    case = discrepancy_case.c
    columns = ("cause", "currency", "at_risk_minor", "described_on", "opened_on", "closed_on")
    query = select(*(case[name] for name in (*columns, "gaps"))).where(
        case.opened_on <= business_date,
        case.closed_on.is_(None) | (case.closed_on > business_date),
    )
    rows = [
        (row.cause, row.currency or NO_CURRENCY, row.at_risk_minor, row.described_on)
        for row in connection.execute(query)  # cases only
        if spans.covers(row, business_date)
    ]
    return pl.DataFrame(rows, schema=_CASES, orient="row")
