"""T140 reports to lines: what was cleared, by function, and what the day settles."""

import polars as pl

from parsers.amounts import exponent_column, major_to_minor
from parsers.contract import Source
from parsers.lines import build_lines
from parsers.mastercard_t140 import layout
from parsers.mastercard_t140.controls import Controls
from parsers.mastercard_t140.pages import pick, read_pages
from parsers.outcome import Draft, Findings, Statement
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines
from tieout.money import exponents

_AMOUNTS = ["amount", "mark", "currency"]
_FEES = ["fee", "fee_mark", "fee_currency"]


_PAGES_SHOWN = 20


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a T140 file.

    Option `controls = "warn"` reads a file whose day total contradicts its cycles.

    Raises:
        UsageError: the option is something else.
    """
    mode = source.options.get("controls", "refuse")
    if mode not in ("refuse", "warn"):
        raise UsageError(f"Option controls = {mode!r} is unknown.", hint='"refuse" or "warn".')
    lines = read_pages(source.data)
    if not lines["text"].str.contains(layout.PAGE).any():
        findings.refuse(
            "page_missing",
            byte_offset=0,
            found="no head of a page",
            expected="1IP727010-AA, 1IP727020-AA or 1IP728010-AA in the first column",
            hint="Is this a T140 report, with its carriage control column?",
        )
        return Draft(empty_lines(), records=0)
    _check_marks(lines, findings)
    details = _details(lines)
    files, cycles, totals, days = _nets(lines)
    subtotals = _subtotals(lines)
    rows = pl.concat([details, files, days], how="diagonal").sort("line")
    records = rows.height + cycles.height
    _check_rows(pl.concat([rows, cycles, totals, subtotals], how="diagonal"), findings)
    controls = Controls(findings, is_strict=mode == "refuse")
    if not findings.refused:
        controls.check_subtotals(details, subtotals)
        controls.check_totals(files, cycles, totals)
        controls.check_day(totals, days)
    _warn_pages(lines, findings)
    if not records:
        _warn_empty(lines, findings)
    frame = empty_lines() if findings.refused else _lines(rows, source)
    return Draft(frame, records, _statements(frame), tuple(controls.totals))


def _minor(frame: pl.DataFrame, amount: str, mark: str, currency: str) -> pl.DataFrame:
    """Add `<amount>_minor`: DR is what we pay."""
    magnitude = major_to_minor(pl.col(amount), exponent_column(currency), thousands=",")
    sign = pl.when(pl.col(mark) == "DR").then(-1).otherwise(1)
    return frame.with_columns((magnitude * sign).alias(f"{amount}_minor"))


def _details(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of notifications and acknowledgements."""
    where = pl.col("report").is_in(["IP727010-AA", "IP727020-AA"])
    names = ["function", "process", "side", "ird", "count", *_AMOUNTS, *_FEES]
    found = pick(lines, where, layout.DETAIL, names)
    # The function stands only in the first row of its block.
    function = pl.col("function").str.strip_chars()
    function = pl.when(function != "").then(function).forward_fill().over("page").fill_null("")
    what = pl.concat_str(function, pl.lit(" "), pl.col("process").str.strip_chars())
    kind = pl.lit("adjustment")
    for shape, name in reversed(layout.KINDS):
        kind = pl.when(what.str.contains(shape)).then(pl.lit(name)).otherwise(kind)
    is_reversal = pl.col("side") == "RVSL"
    found = found.with_columns(
        pl.when(is_reversal & (kind == "sale"))
        .then(pl.lit("reversal"))
        .otherwise(kind)
        .alias("kind"),
        is_reversal.alias("is_reversal"),
        pl.lit(True).alias("is_booked"),
        pl.col("count").str.replace_all(",", "").cast(pl.Int64, strict=False),
        pl.concat_str(what, "side", pl.col("ird").str.strip_chars(), separator=" ").alias(
            "narrative"
        ),
        pl.coalesce("fee_currency", "currency").alias("fee_currency"),
    )
    return _minor(_minor(found, *_AMOUNTS), "fee", "fee_mark", "fee_currency")


def _subtotals(lines: pl.DataFrame) -> pl.DataFrame:
    where = pl.col("report").is_in(["IP727010-AA", "IP727020-AA"])
    found = pick(lines, where, layout.SUBTOTAL, ["count", *_AMOUNTS, *_FEES]).with_columns(
        pl.col("count").str.replace_all(",", "").cast(pl.Int64, strict=False),
        pl.coalesce("fee_currency", "currency").alias("fee_currency"),
    )
    return _minor(_minor(found, *_AMOUNTS), "fee", "fee_mark", "fee_currency")


def _nets(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the rows of 728010: nets of files, nets of cycles, their totals, totals of the day."""
    is_net = pl.col("report") == "IP728010-AA"
    is_day = is_net & pl.col("title").str.contains("DAY TOTAL").fill_null(False)
    is_cycle = is_net & ~is_day
    files = _minor(
        pick(lines, is_cycle, layout.FILE_ROW, ["row_service", "row_file", *_AMOUNTS]), *_AMOUNTS
    )
    cycles = _minor(pick(lines, is_cycle, layout.CYCLE_ROW, _AMOUNTS), *_AMOUNTS)
    totals = _minor(pick(lines, is_cycle, layout.TOTAL_ROW, _AMOUNTS), *_AMOUNTS)
    days = _minor(pick(lines, is_day, layout.DAY_ROW, ["currency", "amount", "mark"]), *_AMOUNTS)
    files = files.with_columns(
        pl.lit("balance").alias("kind"),
        pl.lit(False).alias("is_booked"),
        pl.lit(False).alias("is_reversal"),
        pl.col("row_file").alias("file_id"),
        pl.concat_str(
            pl.lit("NET OF FILE"), "level", "row_service", separator=" ", ignore_nulls=True
        ).alias("narrative"),
    )
    days = days.with_columns(
        pl.lit("payout").alias("kind"),
        pl.lit(True).alias("is_booked"),
        pl.lit(False).alias("is_reversal"),
        pl.lit("CLEARING DAY TOTAL").alias("narrative"),
    )
    return files, cycles, totals, days


def _check_marks(lines: pl.DataFrame, findings: Findings) -> None:
    """Refuse rows that have an amount mark but none of the shapes we read."""
    shapes = (
        *(layout.DETAIL, layout.SUBTOTAL, layout.FILE_ROW, layout.CYCLE_ROW),
        *(layout.TOTAL_ROW, layout.DAY_ROW),
    )
    is_known = pl.any_horizontal(pl.col("text").str.contains(shape) for shape in shapes)
    is_total = pl.col("text").str.contains(
        r"TOTAL|ORIG  |RVSL  |[0-9]/[0-9]{11}/[0-9]{5} (?:ORIG|RVSL)"
    )
    odd = lines.filter(pl.col("text").str.contains(r"\S (?:DR|CR)\b") & ~is_known & ~is_total)
    for row in odd.head(20).iter_rows(named=True):
        _report(findings.warn, row, "row_unknown", row["text"].strip())


def _check_rows(rows: pl.DataFrame, findings: Findings) -> None:
    currency = pl.col("currency").is_in(list(exponents())).fill_null(False)
    # Only zero may stand without DR or CR.
    usable = currency & ((pl.col("amount_minor") == 0) | pl.col("mark").is_not_null())
    usable = usable & pl.col("amount_minor").is_not_null()
    usable = usable & pl.col("day").str.to_date("%Y-%m-%d", strict=False).is_not_null()
    if "fee_minor" in rows.columns:
        usable = usable & (
            pl.col("fee").is_null()
            | (pl.col("fee_minor") == 0)
            | (pl.col("fee_mark").is_not_null() & pl.col("fee_minor").is_not_null())
        )
    for row in rows.filter(~usable.fill_null(False)).head(20).iter_rows(named=True):
        found = f"{row['amount']} {row['mark']} {row['currency']}, day {row['day']}"
        _report(findings.refuse, row, "row_unreadable", found)


def _report(add: object, row: dict[str, object], code: str, found: str) -> None:
    add(  # type: ignore[operator]
        code,
        line=row["line"],
        byte_offset=row["byte_start"],
        record=row["report"],
        found=found,
        expected="an amount with the decimals of its currency, DR or CR, and the page's date",
        hint="Compare the page with the printed report; report its shape if it is genuine.",
    )


def _warn_pages(lines: pl.DataFrame, findings: Findings) -> None:
    """Say which pages are not read, and that the report may have been cut off."""
    heads = lines.filter(pl.col("text").str.contains(layout.PAGE))
    unread = heads.filter(~pl.col("report").is_in(layout.REPORTS))
    for row in unread.head(_PAGES_SHOWN).iter_rows(named=True):
        findings.warn(
            "type_unknown",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["report"],
            found=f"a page of {row['report']}",
            expected=", ".join(layout.REPORTS),
            hint="Its rows are in no line. Report its shape if it holds money.",
        )
    if not lines["text"].str.contains(layout.END, literal=True).any():
        findings.warn(
            "end_mark_missing",
            byte_offset=int(heads["byte_start"][-1]),
            found="a last page without the end of the report",
            expected=layout.END,
            hint="An extract has none; a whole report may have been cut off.",
        )


def _warn_empty(lines: pl.DataFrame, findings: Findings) -> None:
    pages = lines.filter(pl.col("text").str.contains(layout.NO_DATA, literal=True)).height
    findings.warn(
        "no_data",
        byte_offset=0,
        found=f"{pages} pages that say {layout.NO_DATA}",
        expected="rows with amounts",
        hint="Nothing was cleared in this cycle, or the report is cut: compare with the next one.",
    )


def _lines(rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    fee_is_own = pl.col("fee_currency") == pl.col("currency")
    day = pl.col("day").str.to_date("%Y-%m-%d", strict=False)
    frame = rows.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("record_no"),
        pl.lit(0).alias("statement_no"),
        pl.col("member").alias("account"),
        exponent_column("currency").alias("exponent"),
        pl.when(fee_is_own).then("fee_minor").alias("fee_minor"),
        day.alias("business_date"),
        day.alias("booking_date"),
        pl.col("file_id").str.replace_all("/", "").alias("batch_ref"),
        pl.col("narrative").str.replace_all(r"\s+", " ").str.strip_chars(),
    )
    return build_lines(frame, sha256=source.sha256, feed=source.feed)


def _statements(frame: pl.DataFrame) -> tuple[Statement, ...]:
    """Return one statement per member and currency: the sum of what was cleared."""
    is_entry = pl.col("kind").is_in(["payout", "balance"]).not_()
    sums = (
        frame.group_by("account", "currency")
        .agg(
            pl.col("amount_minor").filter(is_entry).cast(pl.Int128).sum().alias("net"),
            is_entry.sum().alias("entries"),
            pl.col("amount_minor").filter(pl.col("kind") == "payout").first().alias("day"),
        )
        .sort("account", "currency")
    )
    return tuple(
        Statement(
            account=account,
            reference=None,
            currency=currency,
            opening_minor=None,
            closing_minor=day,
            net_minor=int(net or 0),
            entries=int(entries),
            consistent=None,
        )
        for account, currency, net, entries, day in sums.iter_rows()
    )
