"""Records with typed figures to lines, and payments to statements: what sums to what.

The same for GRRCN, EPRAW, EPTRN and EPA.
"""

import polars as pl

from parsers.outcome import ControlTotal, Findings, Statement

_SHOWN = 20
_KEY = ("payee", "payment")


def shape_lines(found: pl.DataFrame) -> pl.DataFrame:
    """Return the records with kind, amount_minor, fee_minor and net_minor.

    Where the file lists and books the charges of a submission, the submission itself is only its
    fees; else it is the sale, with its fees beside it. Where its net is its gross, its fees are for
    information: the merchant is paid in gross and charged by a fee record.
    """
    role, gross = pl.col("role"), pl.col("gross_minor")
    key = ["payment", "merchant_id", "booking_date"]
    is_charge = (role == "charge") & pl.col("is_booked")
    listed = found.filter(is_charge).select(key).unique(maintain_order=True)
    found = found.join(
        listed.with_columns(is_listed=pl.lit(True)),
        on=key,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    is_gross_paid = (pl.col("net_minor") == gross).fill_null(False)
    charges = pl.when(is_gross_paid).then(0).otherwise("charges_minor")
    is_fees_only = (role == "submission") & pl.col("is_listed").fill_null(False)
    has_fee = role.is_in(["submission", "chargeback", "adjustment"]) & ~is_fees_only
    sale = pl.when(gross < 0).then(pl.lit("refund")).otherwise(pl.lit("sale"))
    kinds = {"payment": "payout", "fee": "fee", "chargeback": "chargeback"}
    kinds["adjustment"] = "adjustment"
    of_role = role.replace_strict(kinds, default=None, return_dtype=pl.String)
    kind = pl.when(is_fees_only).then(pl.lit("fee")).otherwise(of_role)
    amount = pl.when(role == "payment").then("net_minor").when(is_fees_only).then(-charges)
    return found.with_columns(
        kind=kind.fill_null(sale),
        amount_minor=amount.otherwise(gross),
        fee_minor=pl.when(has_fee).then(-charges),
        worth_minor=pl.when(has_fee).then(gross - charges),
    )


def check_records(found: pl.DataFrame, findings: Findings) -> None:
    """Warn about records that their own figures contradict."""
    gross, net, role = pl.col("gross_minor"), pl.col("net_minor"), pl.col("role")
    extras = pl.sum_horizontal("adjustments_minor", "opening_minor")
    expected = (
        gross - pl.col("charges_minor") + pl.when(role == "payment").then(extras).otherwise(0)
    )
    # Deductions that are not stated at all cannot be added up.
    names = pl.when(role == "payment").then("adjustments_minor").otherwise("discount_minor")
    states = pl.col("gross").is_not_null() & net.is_not_null() & names.is_not_null()
    # Paid in gross: deductions are stated for information only.
    is_paid_gross = net == gross + pl.when(role == "payment").then(extras).otherwise(0)
    has_own_net = pl.col("net").is_not_null()
    wrong = found.filter(states & has_own_net & (net != expected) & ~is_paid_gross)
    for row in wrong.with_columns(expected=expected).head(_SHOWN).iter_rows(named=True):
        findings.differs(
            "line_net_differs",
            declared=row["net_minor"],
            computed=row["expected"],
            severity="warning",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            record_no=row["record_no"],
            field="net amount",
            hint="Ask American Express which of the figures counts.",
        )
    same = pl.col("currency") == pl.col("sent_currency")
    differs = found.filter(same & (pl.col("sent_minor") != gross))
    for row in differs.head(_SHOWN).iter_rows(named=True):
        findings.differs(
            "rows_disagree",
            declared=row["sent_minor"],
            computed=row["gross_minor"],
            severity="warning",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            record_no=row["record_no"],
            field="amount in the currency of the submission",
            hint="Both are in one currency and should be equal; ask American Express.",
        )


def check_payments(
    found: pl.DataFrame, findings: Findings
) -> tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]:
    """Return one statement per payment; its parts should sum to what is paid."""
    is_payment = pl.col("role") == "payment"
    worth = pl.coalesce("worth_minor", "amount_minor").cast(pl.Int128)
    parts = (
        found.filter(~is_payment & pl.col("is_booked"))
        .group_by(_KEY, maintain_order=True)
        .agg(worth.sum().alias("sum"), pl.len().alias("entries"))
    )
    rows = found.filter(is_payment).join(
        parts, on=_KEY, how="left", nulls_equal=True, maintain_order="left"
    )
    statements, totals = [], []
    for row in rows.iter_rows(named=True):
        has_parts = row["entries"] is not None
        net, declared = int(row["sum"] or 0), row["amount_minor"]
        computed = net + (row["opening_minor"] or 0)
        agrees = computed == declared or net == declared if has_parts else None
        if agrees is not None:
            name = f"payment {row['payment']}"
            totals.append(ControlTotal(name, str(declared), str(computed), agrees))
        if agrees is False:
            findings.differs(
                "payment_total_differs",
                declared=declared,
                computed=computed,
                severity="warning",
                line=row["line"],
                byte_offset=row["byte_start"],
                record=row["code"],
                expected="submissions, chargebacks and adjustments that sum to the payment",
                hint="Records may be missing, or an older debit balance was taken; ask.",
            )
        statements.append(
            Statement(
                account=row["payee"],
                reference=row["payment"],
                currency=row["currency"],
                opening_minor=None,
                closing_minor=None,
                net_minor=net,
                entries=int(row["entries"] or 0),
                consistent=agrees,
                closing_date=row["value_date"].isoformat() if row["value_date"] else None,
            )
        )
    return tuple(statements), tuple(totals)
