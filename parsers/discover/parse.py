"""Issuer detail files to lines: charges, and what each recap settles."""

import polars as pl

from parsers.contract import Source
from parsers.discover import layout
from parsers.discover.controls import Controls, Pair
from parsers.discover.figures import fields_of, refuse, with_counts, with_days, with_money
from parsers.discover.records import read_records
from parsers.lines import build_lines, protect_pans
from parsers.outcome import Draft, Findings, Statement
from parsers.records import present
from tieout.frames.settlement import empty_lines
from tieout.money import exponents

_GROSS, _NET, _FEE = "gross", "net", "commission"
_OWN = (_GROSS, _NET, _FEE)
_SETTLED = tuple(f"settled_{one}" for one in _OWN)


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of an issuer detail file."""
    records = read_records(source.data, findings).with_row_index("record_no", offset=1)
    if findings.refused:
        return Draft(empty_lines(), records.height)
    controls = Controls(findings)
    recaps = _recaps(records, findings)
    batches = _batches(records, recaps, findings)
    charges = _charges(records, recaps, batches, findings)
    if not findings.refused:
        _check(records, charges, batches, recaps, controls)
    totals = tuple(controls.totals)
    if findings.refused:
        return Draft(empty_lines(), records.height, (), totals)
    found = pl.concat([_charge_lines(charges, source), _recap_lines(recaps)], how="diagonal")
    header = fields_of(records, layout.FILE, layout.HEADER_FIELDS).row(0, named=True)
    reference = f"{header['issuer']}-{header['day']}-{header['number']}"
    found = found.sort("record_no").with_columns(
        account=pl.lit(header["issuer"]),
        exponent=pl.col("currency").replace_strict(exponents(), default=None, return_dtype=pl.Int8),
    )
    lines = build_lines(found, sha256=source.sha256, feed=source.feed)
    statements = _statements(recaps, charges, reference)
    return Draft(lines, records.height, statements, totals)


def _recaps(records: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Return one row per recap: its header's parties and currencies, its trailer's figures."""
    heads = fields_of(records, layout.RECAP, layout.RECAP_FIELDS).select(
        "recap_no", "parties", "recap", "currency", "settlement_currency", "recap_day"
    )
    ends = fields_of(records, layout.RECAP_END, layout.RECAP_END_FIELDS)
    ends = with_money(ends, _OWN, "currency", findings)
    ends = with_money(ends, _SETTLED, "settlement_currency", findings)
    ends = with_days(with_counts(ends, ("batches",), findings), ("settlement_day",), findings)
    found = ends.join(heads, on="recap_no", how="left", suffix="_said", maintain_order="left")
    names = ("parties", "recap", "currency", "settlement_currency", "recap_day")
    differs = pl.any_horizontal(pl.col(one) != pl.col(f"{one}_said") for one in names)
    refuse(found, differs, "rows_disagree", "recap", pl.col("recap"), findings)
    return found


def _batches(records: pl.DataFrame, recaps: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Return one row per batch trailer, with the currency of its recap."""
    heads = fields_of(records, layout.BATCH, layout.BATCH_FIELDS)
    ends = fields_of(records, layout.BATCH_END, layout.BATCH_END_FIELDS)
    ends = ends.join(
        recaps.select("recap_no", "currency", number="recap"),
        on="recap_no",
        how="left",
        maintain_order="left",
    ).join(
        heads.select("batch_no", "recap", "batch"),
        on="batch_no",
        how="left",
        suffix="_said",
        maintain_order="left",
    )
    ends = with_counts(ends, ("charges", "credits", "debits"), findings)
    ends = with_money(ends, ("credit_sum", "debit_sum"), "currency", findings)
    differs = (pl.col("recap") != pl.col("number")) | pl.any_horizontal(
        pl.col(one) != pl.col(f"{one}_said") for one in ("recap", "batch")
    )
    refuse(ends, differs, "rows_disagree", "batch", pl.col("batch"), findings)
    return ends


def _charges(
    records: pl.DataFrame, recaps: pl.DataFrame, batches: pl.DataFrame, findings: Findings
) -> pl.DataFrame:
    """Return the charges with their currencies, and on which side their batch has them."""
    found = fields_of(records, layout.CHARGE, layout.CHARGE_FIELDS)
    money = recaps.select("recap_no", "recap", "parties", "currency", "settlement_currency")
    sides = batches.select("batch_no", "batch", "credits_count", "debits_count")
    for frame, key in ((money, "recap_no"), (sides, "batch_no")):
        found = found.join(frame, on=key, how="left", maintain_order="left")
    found = with_money(found, _OWN, "currency", findings)
    found = with_money(found, _SETTLED, "settlement_currency", findings)
    found = with_days(found, ("charge_day", "settlement_day"), findings)
    mixed = (pl.col("credits_count") > 0) & (pl.col("debits_count") > 0)
    refuse(found, mixed, "indicator_unknown", "type of charge", pl.col("batch"), findings)
    is_credit = pl.col("credits_count") > 0
    return found.with_columns(is_credit=is_credit, sign=pl.when(is_credit).then(1).otherwise(-1))


def _check(
    records: pl.DataFrame,
    charges: pl.DataFrame,
    batches: pl.DataFrame,
    recaps: pl.DataFrame,
    controls: Controls,
) -> None:
    """Compare batch, recap, currency and file trailers with the charges before them."""
    for frame in (charges, recaps):
        controls.cross_foot(frame, *(f"{one}_minor" for one in _OWN))
        controls.cross_foot(frame, *(f"{one}_minor" for one in _SETTLED))
    gross = pl.col("gross_minor").cast(pl.Int128)
    counted = charges.group_by("batch_no").agg(
        pl.len().cast(pl.Int64).alias("charges_seen"),
        pl.col("is_credit").sum().cast(pl.Int64).alias("credits_seen"),
        gross.filter("is_credit").sum().alias("credit_seen"),
        gross.filter(~pl.col("is_credit")).sum().alias("debit_seen"),
    )
    mine = batches.join(counted, on="batch_no", how="left", maintain_order="left").with_columns(
        debits_seen=pl.col("charges_seen") - pl.col("credits_seen")
    )
    pairs = [
        Pair(f"{one}s", f"{one}s_count", f"{one}s_seen") for one in ("charge", "credit", "debit")
    ]
    pairs += [
        Pair(f"{one}s in money", f"{one}_sum_minor", f"{one}_seen") for one in ("credit", "debit")
    ]
    name = pl.format("batch {} of recap {}", "batch", "recap")
    controls.compare(mine, name, pairs)
    by_recap = batches.group_by("recap_no").agg(
        pl.len().cast(pl.Int64).alias("batches_seen"),
        (pl.col("debit_sum_minor") - pl.col("credit_sum_minor")).sum().alias("gross_seen"),
    )
    settled = charges.group_by("recap_no").agg(
        (pl.col("settled_gross_minor").cast(pl.Int128) * -pl.col("sign")).sum().alias("converted"),
        pl.len().cast(pl.Int64).alias("charges_seen"),
    )
    mine = recaps.join(by_recap, on="recap_no", how="left", maintain_order="left")
    mine = mine.join(settled, on="recap_no", how="left", maintain_order="left")
    # Every charge is converted and rounded for itself: as many minor units may be missing.
    stated = pl.col("settled_gross_minor")
    is_near = (pl.col("converted") - stated).abs() <= pl.col("charges_seen")
    mine = mine.with_columns(
        settled_seen=pl.when(is_near).then(stated.cast(pl.Int128)).otherwise("converted")
    )
    pairs = [
        Pair("batches", "batches_count", "batches_seen"),
        Pair("gross", "gross_minor", "gross_seen"),
        Pair("gross settlement", "settled_gross_minor", "settled_seen"),
    ]
    controls.compare(mine, pl.format("recap {}", "recap"), pairs)
    _check_ends(records, charges, batches, recaps, controls)


def _check_ends(
    records: pl.DataFrame,
    charges: pl.DataFrame,
    batches: pl.DataFrame,
    recaps: pl.DataFrame,
    controls: Controls,
) -> None:
    """Compare the summaries of currencies and the file trailer."""
    findings = controls.findings
    summary = fields_of(records, layout.SUMMARY, layout.SUMMARY_FIELDS)
    summary = with_counts(summary, ("recaps", "charges"), findings)
    summary = with_money(summary, ("settled_net", "settled_gross"), "settlement_currency", findings)
    sums = recaps.group_by("settlement_currency").agg(
        pl.len().cast(pl.Int64).alias("recaps_seen"),
        pl.col("settled_net_minor").cast(pl.Int128).sum().alias("net_seen"),
        pl.col("settled_gross_minor").cast(pl.Int128).sum().alias("gross_seen"),
    )
    counts = charges.group_by("settlement_currency").agg(
        pl.len().cast(pl.Int64).alias("charges_seen")
    )
    for frame in (sums, counts):
        summary = summary.join(frame, on="settlement_currency", how="left", maintain_order="left")
    # Amounts of the summary have no sign; P says that the issuer pays, R that it receives.
    summary = summary.with_columns(pl.col("net_seen", "gross_seen").abs())
    pairs = [
        Pair("recaps", "recaps_count", "recaps_seen"),
        Pair("charges", "charges_count", "charges_seen"),
        Pair("net settlement", "settled_net_minor", "net_seen"),
        Pair("gross settlement", "settled_gross_minor", "gross_seen"),
    ]
    controls.compare(summary, pl.format("currency {}", "settlement_currency"), pairs)
    trailer = fields_of(records, layout.FILE_END, layout.FILE_END_FIELDS)
    trailer = with_counts(trailer, ("recaps", "batches", "charges"), findings)
    trailer = trailer.with_columns(
        recaps_seen=pl.lit(recaps.height),
        batches_seen=pl.lit(batches.height),
        charges_seen=pl.lit(charges.height),
    )
    pairs = [Pair(one, f"{one}_count", f"{one}_seen") for one in ("recaps", "batches", "charges")]
    controls.compare(trailer, pl.lit("file"), pairs)


def _charge_lines(charges: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Return the charges as lines; what an issuer pays is negative."""
    masked, fingerprints = protect_pans(charges["card"], source.pan_key)
    sign = pl.col("sign")
    differs = pl.col("settlement_currency") != pl.col("currency")
    return charges.select(
        pl.col("record_no").cast(pl.Int64),
        "byte_start",
        "byte_length",
        pl.when("is_credit").then(pl.lit("refund")).otherwise(pl.lit("sale")).alias("kind"),
        (pl.col("recap_no") - 1).cast(pl.Int32).alias("statement_no"),
        "currency",
        (pl.col("gross_minor") * sign).alias("amount_minor"),
        (-pl.col("commission_minor") * sign).alias("fee_minor"),
        (-pl.col("commission_minor") * sign).alias("interchange_minor"),
        (pl.col("net_minor") * sign).alias("net_minor"),
        pl.when(differs).then(pl.col("settled_gross_minor") * sign).alias("original_amount_minor"),
        pl.when(differs).then("settlement_currency").alias("original_currency"),
        present(pl.col("network_reference")).alias("scheme_ref"),
        present(pl.col("reference")).alias("psp_ref"),
        present(pl.col("auth_code")).alias("auth_code"),
        present(pl.col("merchant")).alias("merchant_id"),
        pl.format("{}-{}", "recap", "batch").alias("batch_ref"),
        pl.col("settlement_date").alias("business_date"),
        pl.col("charge_date").alias("booking_date"),
        pl.col("settlement_date").alias("value_date"),
        masked.alias("pan_masked"),
        fingerprints.alias("pan_fingerprint"),
        is_booked=pl.lit(True),
    )


def _recap_lines(recaps: pl.DataFrame) -> pl.DataFrame:
    """Return what each recap settles."""
    return recaps.select(
        pl.col("record_no").cast(pl.Int64),
        "byte_start",
        "byte_length",
        (pl.col("recap_no") - 1).cast(pl.Int32).alias("statement_no"),
        pl.col("settlement_currency").alias("currency"),
        (-pl.col("settled_net_minor")).alias("amount_minor"),
        pl.col("recap").alias("batch_ref"),
        pl.col("settlement_date").alias("business_date"),
        pl.col("settlement_date").alias("value_date"),
        pl.format(
            "recap {} of {}", "recap", pl.col("parties").str.slice(0, 3).str.strip_chars()
        ).alias("narrative"),
        kind=pl.lit("payout"),
        is_booked=pl.lit(True),
    )


def _statements(
    recaps: pl.DataFrame, charges: pl.DataFrame, reference: str
) -> tuple[Statement, ...]:
    counts = dict(charges.group_by("recap_no").len().iter_rows())
    return tuple(
        Statement(
            account=row["parties"],
            reference=f"{reference}-{row['recap']}",
            currency=row["settlement_currency"],
            opening_minor=None,
            closing_minor=None,
            net_minor=-row["settled_net_minor"],
            entries=counts.get(row["recap_no"], 0),
            consistent=True,
            closing_date=row["settlement_date"].isoformat(),
        )
        for row in recaps.iter_rows(named=True)
    )
