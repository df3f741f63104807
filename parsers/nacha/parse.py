"""NACHA records to lines: entries cut by one table, joined to their batch and their addenda."""

import polars as pl

from parsers.contract import Source
from parsers.lines import build_lines
from parsers.nacha import layout
from parsers.nacha.controls import Controls, check_frame, figures_of, sum_entries
from parsers.nacha.physical import read_records
from parsers.outcome import Draft, Findings, Statement
from parsers.records import cut, present, whole_number
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a NACHA file.

    Option `perspective`: "receiver" (default) when the file was sent to us, "sender" when we sent
    it. Option `controls = "warn"` reads files whose controls contradict them.

    Raises:
        UsageError: an option is something else.
    """
    perspective = _option(source, "perspective", ("receiver", "sender"))
    controls = _option(source, "controls", ("refuse", "warn"))
    records = read_records(source.data, findings)
    batch = (pl.col("record") == "5").cum_sum().cast(pl.Int32) - 1
    records = records.with_columns(batch.alias("statement_no"))
    is_framed = check_frame(records, findings)
    batches = _read_batches(records)
    entries = _read_entries(records, batches, findings)
    addenda = _read_addenda(records)
    sums = sum_entries(entries, addenda)
    checker = Controls(findings, is_strict=controls == "refuse")
    checker.check_batches(records, sums, batches)
    is_advice = bool((batches["sec"] == layout.ADVICE).any())
    checker.check_file(records, sums, is_advice=is_advice)
    if is_framed and bool((entries["statement_no"] < 0).any()):
        first = entries.filter(pl.col("statement_no") < 0).row(0, named=True)
        _refuse(findings, first, "entry_outside_batch", "a batch header before it")
    entries = _complete(entries, batches, addenda, records, perspective == "sender", findings)
    frame = empty_lines()
    if not findings.refused:
        frame = build_lines(entries, sha256=source.sha256, feed=source.feed)
    statements = _statements(batches, entries, checker)
    return Draft(frame, entries.height, statements, tuple(checker.totals))


def _option(source: Source, name: str, allowed: tuple[str, str]) -> str:
    value = source.options.get(name, allowed[0])
    if value not in allowed:
        raise UsageError(f"Option {name} = {value!r} is unknown.", hint=" or ".join(allowed))
    return str(value)


def _read_batches(records: pl.DataFrame) -> pl.DataFrame:
    batches = records.filter(pl.col("record") == "5").select(
        "statement_no", *cut(layout.BATCH_HEADER)
    )
    return batches.with_columns(pl.col("batch_number").alias("number"))


def _read_entries(records: pl.DataFrame, batches: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Cut the entries; refuse those whose code, bank or amount is unreadable."""
    number = (pl.col("record") == "6").cum_sum().cast(pl.Int64).alias("record_no")
    entries = records.with_columns(number).filter(pl.col("record") == "6")
    entries = entries.with_columns(cut(layout.ENTRY)).join(
        batches.select("statement_no", "sec"), on="statement_no", how="left", maintain_order="left"
    )
    is_advice = pl.col("sec").fill_null("") == layout.ADVICE
    tens, units = pl.col("code").str.slice(0, 1), pl.col("code").str.slice(1, 1)
    is_credit = units.is_in(layout.CREDIT_UNITS)
    is_credit = (
        pl.when(tens == layout.ADV_TENS)
        .then(units.is_in(["1", "3", "5", "7"]))
        .otherwise(is_credit & (pl.col("code") != layout.LOAN_REVERSAL))
    )
    entries = entries.with_columns(
        is_credit.alias("is_credit"),
        whole_number(pl.col("bank")).alias("bank_no"),
        figures_of(pl.when(is_advice).then("adv_amount").otherwise("amount")).alias("amount"),
        pl.when(~is_advice).then("trace").alias("trace"),
    )
    is_code = pl.col("code").str.contains(r"^[2-58][1-9]$")
    bad = entries.filter(~is_code | pl.col("bank_no").is_null() | pl.col("amount").is_null())
    for row in bad.head(20).iter_rows(named=True):
        _refuse(findings, row, "entry_unreadable", "code, bank and amount in digits")
    _warn_entries(entries, findings)
    return entries


def _warn_entries(entries: pl.DataFrame, findings: Findings) -> None:
    digits = [
        pl.col("bank").str.slice(place, 1).cast(pl.Int64, strict=False) * weight
        for place, weight in enumerate(layout.CHECK_WEIGHTS)
    ]
    right = (10 - pl.sum_horizontal(digits) % 10) % 10
    is_bank = pl.col("bank_no").is_not_null()
    wrong = entries.filter(is_bank & (right.cast(pl.String) != pl.col("check_digit")))
    odd = entries.filter(~pl.col("trace").str.contains(r"^[0-9]{15}$"))
    for rows, code, what in (
        (wrong, "check_digit_wrong", "the check digit of the receiving bank"),
        (odd, "trace_unreadable", "a trace number of 15 digits"),
    ):
        for row in rows.head(20).iter_rows(named=True):
            findings.warn(
                code,
                line=row["line"],
                byte_offset=row["byte_start"],
                record="6",
                record_no=row["record_no"],
                found=f"bank {row['bank']}{row['check_digit']}, trace {row['trace']}",
                expected=what,
                hint="The bank that gets the entry will probably return it.",
            )


def _read_addenda(records: pl.DataFrame) -> pl.DataFrame:
    number = (pl.col("record") == "6").cum_sum().cast(pl.Int64).alias("record_no")
    return (
        records.with_columns(number)
        .filter(pl.col("record") == "7")
        .with_columns(cut(layout.ADDENDA))
    )


def _complete(
    entries: pl.DataFrame,
    batches: pl.DataFrame,
    addenda: pl.DataFrame,
    records: pl.DataFrame,
    is_sender: bool,
    findings: Findings,
) -> pl.DataFrame:
    """Join entries to their addenda and batch; add dates, direction and references."""
    entries = _join(entries, batches, addenda, findings)
    return _describe(_dates(entries, records, findings), is_sender)


def _join(
    entries: pl.DataFrame, batches: pl.DataFrame, addenda: pl.DataFrame, findings: Findings
) -> pl.DataFrame:
    """Put beside each entry its batch, the end of its addenda, and its return or change."""
    end = (pl.col("byte_start") + pl.col("byte_length")).max().alias("end")
    more = addenda.group_by("record_no").agg(end)
    notices = addenda.filter(pl.col("addenda_type").is_in([layout.RETURN, layout.CHANGE])).unique(
        "record_no", keep="first", maintain_order=True
    )
    _warn_reasons(notices, findings)
    columns = ["record_no", "addenda_type", "reason", "original_trace", "info"]
    return (
        entries.join(more, on="record_no", how="left", maintain_order="left")
        .join(notices.select(columns), on="record_no", how="left", maintain_order="left")
        .join(batches.drop("sec"), on="statement_no", how="left", maintain_order="left")
    )


def _describe(entries: pl.DataFrame, is_sender: bool) -> pl.DataFrame:
    """Add kind, direction, references and byte range."""
    is_return = (pl.col("addenda_type") == layout.RETURN).fill_null(False)
    is_notice = pl.col("addenda_type").is_not_null()
    description = pl.col("description").fill_null("").str.strip_chars().str.to_uppercase()
    is_reversal = is_return | (description == layout.REVERSAL_DESCRIPTION)
    credit = pl.col("is_credit") != pl.lit(is_sender)
    has_money = pl.col("amount") != 0
    text = pl.concat_str(
        present(pl.col("company_name")),
        present(pl.col("name")),
        pl.when(is_notice).then(present(pl.col("reason"))),
        pl.when(is_notice).then(present(pl.col("info"))),
        separator=" ",
        ignore_nulls=True,
    )
    return entries.with_columns(
        (
            pl.max_horizontal("end", pl.col("byte_start") + pl.col("byte_length"))
            - pl.col("byte_start")
        ).alias("byte_length"),
        pl.when(~has_money)
        .then(pl.lit("adjustment"))
        .when(is_reversal)
        .then(pl.lit("reversal"))
        .when("is_credit")
        .then(pl.lit("payout"))
        .otherwise(pl.lit("sale"))
        .alias("kind"),
        has_money.alias("is_booked"),
        is_reversal.alias("is_reversal"),
        pl.max_horizontal("statement_no", pl.lit(0, pl.Int32)).alias("statement_no"),
        pl.lit("USD").alias("currency"),
        pl.lit(2).alias("exponent"),
        pl.when(credit).then("amount").otherwise(-pl.col("amount")).alias("amount_minor"),
        present(pl.col("company")).alias("account"),
        pl.when(is_notice)
        .then(present(pl.col("original_trace")))
        .otherwise(present(pl.col("trace")))
        .alias("scheme_ref"),
        present(pl.col("trace")).alias("psp_ref"),
        present(pl.col("identification")).alias("merchant_ref"),
        present(pl.col("number")).alias("batch_ref"),
        text.str.replace_all(r"\s+", " ").alias("narrative"),
    )


def _warn_reasons(notices: pl.DataFrame, findings: Findings) -> None:
    is_return = pl.col("addenda_type") == layout.RETURN
    wrong = notices.filter(
        pl.when(is_return)
        .then(~pl.col("reason").str.contains(layout.RETURN_REASONS))
        .otherwise(~pl.col("reason").str.contains(layout.CHANGE_REASONS))
    )
    for row in wrong.head(20).iter_rows(named=True):
        findings.warn(
            "reason_unknown",
            line=row["line"],
            byte_offset=row["byte_start"],
            record="7",
            field="reason",
            found=row["reason"],
            expected="R01 to R89 for a return, C01 to C14 or C61 to C69 for a change",
            hint="The line is kept; ask the bank what the reason means.",
        )


def _dates(entries: pl.DataFrame, records: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Add business_date (the file's, else the effective date) and value_date (settlement)."""
    header = records.filter(pl.col("record") == "1").select(cut(layout.FILE_HEADER))
    written = header["date"][0] if header.height else ""
    file_day = pl.lit(written, pl.String).str.to_date("%y%m%d", strict=False)
    effective = pl.col("effective").str.to_date("%y%m%d", strict=False)
    entries = entries.with_columns(pl.coalesce(file_day, effective).alias("business_date"))
    day_of_year = whole_number(pl.col("settlement").str.strip_chars())
    # Three digits without a year: of the three candidates, the day nearest to the file's date.
    candidates = [
        pl.date(pl.col("business_date").dt.year() + shift, 1, 1) + pl.duration(days=day_of_year - 1)
        for shift in (0, -1, 1)
    ]
    near = [
        pl.when((one - pl.col("business_date")).abs() <= pl.duration(days=183)).then(one)
        for one in candidates
    ]
    settled = pl.when(day_of_year.is_between(1, 366)).then(pl.coalesce(near))
    entries = entries.with_columns(
        pl.coalesce(settled, effective).alias("value_date"),
        pl.col("business_date").alias("booking_date"),
    )
    undated = entries.filter(pl.col("business_date").is_null())
    for row in undated.head(1).iter_rows(named=True):
        _refuse(findings, row, "date_unreadable", "a file date or an effective date YYMMDD")
    return entries


def _refuse(findings: Findings, row: dict[str, object], code: str, expected: str) -> None:
    findings.refuse(
        code,
        line=row["line"],
        byte_offset=row["byte_start"],
        record="6",
        record_no=row["record_no"],
        found=row["text"],
        expected=expected,
        hint="Ask the sender for a corrected file.",
    )


def _statements(
    batches: pl.DataFrame, entries: pl.DataFrame, checker: Controls
) -> tuple[Statement, ...]:
    net = pl.col("amount_minor").cast(pl.Int128).sum().alias("net")
    sums = entries.group_by("statement_no").agg(net, pl.len().alias("entries"))
    rows = batches.join(sums, on="statement_no", how="left").sort("statement_no")
    return tuple(
        Statement(
            account=row["company"].strip() or None,
            reference=row["number"].strip() or None,
            currency="USD",
            opening_minor=None,
            closing_minor=None,
            net_minor=int(row["net"] or 0),
            entries=int(row["entries"] or 0),
            consistent=row["statement_no"] not in checker.wrong_batches,
        )
        for row in rows.iter_rows(named=True)
    )
