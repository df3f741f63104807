"""PayPal report to lines and statements; every footer is compared with its body."""

import polars as pl

from parsers.contract import Batches, Source
from parsers.outcome import Findings
from parsers.payouts import stream
from parsers.paypal_stl.controls import Footers
from parsers.paypal_stl.layout import DONE, HOLDS, KINDS_BY_CODE, KINDS_BY_GROUP, NO_MONEY
from parsers.paypal_stl.sections import SectionReader
from parsers.report import Report

_SIGNS = {"CR": 1, "DR": -1}
_CODE, _STATUS = "Transaction Event Code", ("Transactional Status", "Transaction Status")


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a settlement (STL) or transaction detail (TRR) report."""
    reader = SectionReader(source, findings)
    return stream(source, findings, reader.tables(), _read, Footers(reader.special))


def _read(report: Report) -> None:
    report.currency("currency", "Gross Transaction Currency")
    report.money("gross", "Gross Transaction Amount", minor=True, needed=True)
    report.money("fee", "Fee Amount", minor=True)
    _sign(report, "gross", "Transaction Debit or Credit")
    _sign(report, "fee", "Fee Debit or Credit")
    report.day(
        "business_date", "Transaction Completion Date", "Transaction Initiation Date", needed=True
    )
    if report.findings.refused:
        return
    report.instant("event_at", "Transaction Initiation Date", "Transaction Completion Date")
    report.say("code", _CODE, of=str.upper, dtype=pl.String(), absent="")
    report.say("kind", _CODE, of=_kind, dtype=pl.String(), absent="")
    report.say("moves", _CODE, of=_moves_money, dtype=pl.Boolean(), absent="")
    report.say("done", *_STATUS, of=_is_done, dtype=pl.Boolean(), absent=DONE[0])
    report.say("fee_currency", "Fee Currency", of=str.upper, dtype=pl.String())
    report.put(
        *_AMOUNTS,
        statement_no=pl.col("section"),
        account=report.text("account"),
        psp_ref=report.text("Transaction ID"),
        merchant_ref=report.text("Invoice ID"),
        batch_ref=report.text("Bank Reference ID"),
        narrative=pl.concat_str(
            "code",
            report.text("PayPal Reference ID"),
            report.text("Custom Field"),
            separator=" ",
            ignore_nulls=True,
        ),
    )
    report.put(*_TURNED)
    report.warn_lines(
        "currency_differs",
        "fee_elsewhere",
        "a fee in another currency than its gross",
        "one currency in a row",
    )


def _sign(report: Report, name: str, column: str) -> None:
    """Check the direction of `name`: CR is ours, DR theirs; a zero needs none."""
    size = pl.col(name)
    report.say(f"{name}:mark", column, of=str.upper, dtype=pl.String())
    report.say(f"{name}:sign", column, of=_sign_of, dtype=pl.Int64())
    report.put(
        (pl.col(f"{name}:sign").is_null() & (size.fill_null(0) != 0)).alias("unknown"),
        (size < 0).alias("negative"),
    )
    report.refuse("indicator_unknown", column, "unknown", pl.col(f"{name}:mark"), "CR or DR")
    report.refuse("sign_unexpected", column, "negative", size.cast(pl.String), "no sign")


def _sign_of(mark: str) -> int | None:
    return _SIGNS.get(mark.upper())


def _kind(code: str) -> str:
    """Return the kind that an event code stands for, whatever the direction."""
    code = code.upper()
    return KINDS_BY_CODE.get(code) or KINDS_BY_GROUP.get(code[:3], "adjustment")


def _moves_money(code: str) -> bool:
    return code.upper()[:3] not in NO_MONEY


def _is_done(status: str) -> bool:
    return status.upper() in DONE


_KIND = pl.col("kind")
_GROSS = pl.col("gross") * pl.col("gross:sign").fill_null(1)
_FEE = pl.col("fee") * pl.col("fee:sign").fill_null(1)
_AMOUNTS = (
    _GROSS.alias("file_gross"),
    _FEE.fill_null(0).alias("file_fee"),
    # Money that we sent, or got as a transfer, is no sale; a hold that gives back is a release.
    pl.when((_KIND == "sale") & (_GROSS < 0))
    .then(pl.lit("adjustment"))
    .when(_KIND.is_in(HOLDS) & (_GROSS < 0))
    .then(pl.lit("reserve"))
    .when(_KIND.is_in(HOLDS))
    .then(pl.lit("release"))
    .otherwise(_KIND)
    .alias("kind"),
    # A withdrawal leaves PayPal's books and comes into ours.
    pl.when(_KIND == "payout").then(-1).otherwise(1).alias("turned"),
    _FEE.alias("fee_minor"),
    pl.col("currency:exponent").alias("exponent"),
    (pl.col("moves") & pl.col("done")).alias("is_booked"),
    ((pl.col("fee_currency") != pl.col("currency")) & (pl.col("fee") != 0)).alias("fee_elsewhere"),
)
_AMOUNT = pl.col("file_gross") * pl.col("turned")
_TURNED = (
    _AMOUNT.alias("amount_minor"),
    (_AMOUNT + pl.col("file_fee")).alias("net_minor"),
    _KIND.is_in(["reversal", "representment"]).alias("is_reversal"),
)
