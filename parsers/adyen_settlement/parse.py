"""Settlement detail report to lines; each batch is proved to net to zero, or found not to."""

import polars as pl

from parsers.adyen_settlement.layout import CHARGES, KINDS, NEEDED, REVERSALS
from parsers.contract import Batches, Source
from parsers.groups import Groups, Query
from parsers.outcome import Findings
from parsers.payouts import Proof, batch_statement, stream_table
from parsers.report import Report, check_total

_KIND, _NET, _GROSS = pl.col("kind"), pl.col("net"), pl.col("gross")
_IS_PAYOUT = _KIND == "payout"
_ARN = pl.col("arn")
_CHARGES = [pl.col(name) for name in CHARGES]


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a settlement detail report.

    `currency` is the one that settles (NC). Where the shopper paid in another one, the gross in NC
    is net plus charges and the gross as paid stands in original_amount_minor.
    """
    return stream_table(source, findings, NEEDED, _read, _SettledBatches())


def _read(report: Report) -> None:
    report.kind("Type", KINDS)
    report.currency("currency", "Net Currency", "Gross Currency")
    report.currency("gross_currency", "Gross Currency", "Net Currency")
    for side in ("Debit", "Credit"):
        report.money(f"net_{side}", f"Net {side} (NC)")
        report.money(f"gross_{side}", f"Gross {side} (GC)", currency="gross_currency")
    for name, column in CHARGES.items():
        report.money(name, column)
    report.day("business_date", "Booking Date", "Creation Date", needed=True)
    if report.findings.refused:
        return
    report.instant("event_at", "Creation Date", zone="TimeZone")
    report.put(
        *_SIGNED,
        arn=report.text("Acquirer Reference Number", "ARN", "Acquirer Reference"),
        booked=report.text("Booking Date"),
        account=report.text("Company Account"),
        merchant_id=report.text("Merchant Account"),
        psp_ref=report.text("Psp Reference"),
        merchant_ref=report.text("Merchant Reference"),
        batch_ref=report.text("Batch Number"),
        auth_code=report.text("Auth Code"),
        narrative=pl.concat_str(
            report.text("Type"),
            report.text("Payment Method"),
            report.text("Modification Reference"),
            separator=" ",
            ignore_nulls=True,
        ),
    )
    report.put(*_REFERENCES, *_AMOUNTS)
    report.put(_RELEASES, _NET_DIFFERS)
    report.warn_lines(
        "reference_mangled",
        "is_mangled",
        "an ARN in spreadsheet notation",
        "23 digits",
    )
    report.warn_lines(
        "line_net_differs",
        "is_net_off",
        "gross and charges that do not give the net",
        "gross - charges = net",
    )


_REFERENCES = (
    pl.when(pl.col("booked").is_not_null()).then("business_date").alias("booking_date"),
    # A spreadsheet turns 23 digits into 1.23E+022: what is left is no reference.
    pl.when(_ARN.str.contains("^[0-9]{23}$")).then(_ARN).alias("scheme_ref"),
    _ARN.str.contains(r"[0-9]E\+").alias("is_mangled"),
)


def _credit_less_debit(name: str) -> pl.Expr:
    return pl.col(f"{name}_Credit").fill_null(0) - pl.col(f"{name}_Debit").fill_null(0)


_SIGNED = (
    _credit_less_debit("net").alias("net"),
    pl.when(pl.col("gross_Credit").is_not_null() | pl.col("gross_Debit").is_not_null())
    .then(_credit_less_debit("gross"))
    .alias("gross"),
    pl.when(pl.any_horizontal(one.is_not_null() for one in _CHARGES))
    .then(-pl.sum_horizontal(_CHARGES))
    .alias("fee_minor"),
    (-pl.col("interchange")).alias("interchange_minor"),
    (-pl.col("scheme_fee")).alias("scheme_fee_minor"),
    # The commission of a blended price is the acquirer's own charge, as the mark-up is.
    pl.when(pl.col("markup").is_not_null() | pl.col("commission").is_not_null())
    .then(-(pl.col("markup").fill_null(0) + pl.col("commission").fill_null(0)))
    .alias("markup_minor"),
)
_FEE = pl.col("fee_minor").fill_null(0)
_IS_SAME = pl.col("currency") == pl.col("gross_currency")
_IS_FOREIGN = ~_IS_SAME & _GROSS.is_not_null()
_AMOUNTS = (
    pl.col("word").is_in(REVERSALS).alias("is_reversal"),
    pl.col("currency:exponent").alias("exponent"),
    # A payout leaves Adyen's books and comes into ours.
    pl.when(_IS_PAYOUT)
    .then(-_NET)
    .when(_IS_SAME & _GROSS.is_not_null())
    .then(_GROSS)
    .otherwise(_NET - _FEE)
    .alias("amount_minor"),
    pl.when(_IS_PAYOUT).then(-_NET).otherwise(_NET).alias("net_minor"),
    pl.when(_IS_FOREIGN).then(_GROSS).alias("original_amount_minor"),
    pl.when(_IS_FOREIGN).then("gross_currency").alias("original_currency"),
)
_RELEASES = (
    pl.when((_KIND == "reserve") & (_NET > 0))
    .then(pl.lit("release"))
    .otherwise(_KIND)
    .alias("kind")
)
_NET_DIFFERS = (~_IS_PAYOUT & _GROSS.is_not_null() & (pl.col("amount_minor") + _FEE != _NET)).alias(
    "is_net_off"
)

_EXACT = _NET.cast(pl.Int128)
_SUMS = Query(
    {
        "net": _EXACT.sum(),
        "paid": _EXACT.filter(_IS_PAYOUT).sum() * -1,
        "earned": _EXACT.filter(~_IS_PAYOUT).sum(),
        "entries": pl.len(),
    },
    {name: pl.col(name).first() for name in ("byte_start", "exponent")},
)


class _SettledBatches:
    """One statement and one control per merchant, batch and currency: together they are zero."""

    def __init__(self) -> None:
        self._groups = Groups(("merchant_id", "batch_ref", "currency"), _SUMS)

    def add(self, report: Report) -> None:
        report.add(self._groups.add(report.rows))

    def prove(self, findings: Findings) -> Proof:
        groups = self._groups.rows()
        totals = (
            check_total(
                findings,
                f"payout of batch {row['batch_ref']} {row['currency']}",
                row["paid"],
                row["earned"],
                currency=row["currency"],
                exponent=row["exponent"],
                byte_offset=row["byte_start"],
                hint="Rows of the batch are missing, or it is paid out in another file.",
            )
            for row in groups
        )
        statements = (
            batch_statement(row | {"account": row["merchant_id"]}, agrees=row["net"] == 0)
            for row in groups
        )
        return tuple(statements), tuple(totals)
