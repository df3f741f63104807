"""Transactions to lines; the trailer says how many there are."""

import re
from dataclasses import replace

import numpy as np
import polars as pl

from parsers.blocks import Blocks, read_blocks
from parsers.contract import Batches, Source
from parsers.lines import protect_pans
from parsers.outcome import ControlTotal, Draft, Findings
from parsers.payouts import Payouts, stream, warn_no_rows
from parsers.report import Report, piece_bytes
from parsers.statements import refuse_cut
from parsers.worldpay_lynk.layout import CURRENCY, DEBITS, FIELDS, KINDS, RECORDS
from tieout.frames.settlement import empty_lines

_FIRST = re.compile(rb'"1","[0-9]+\.[0-9]+\.[0-9]+","[0-9]+","[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}"')
_SPARE_MAX = 100
_COUNT = re.compile(r"[0-9]{1,9}")


def looks_like(data: bytes) -> bool:
    """Tell whether the file begins with the header of a transaction detail file."""
    return _FIRST.match(data[:200].removeprefix(b"\xef\xbb\xbf")) is not None


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a transaction detail file."""
    blocks = read_blocks(source.data, findings)
    if blocks is None:
        return Draft(empty_lines(), records=0)
    masks = {one: blocks.begin_with(one) for one in RECORDS}
    blocks.refuse_unknown(np.logical_or.reduce(list(masks.values())), RECORDS)
    if not masks["3"].any():
        refuse_cut(findings, len(source.data), "a trailer (3) at the end")
    if findings.refused:
        return Draft(empty_lines(), len(blocks))
    widths = blocks.spans.fields[masks["2"]]
    total = _check_count(blocks, masks, findings)
    spare = int(widths.max(initial=len(FIELDS))) - len(FIELDS)
    names = [*FIELDS, *[""] * min(spare, _SPARE_MAX)]
    tables = blocks.tables(masks["2"], names, "2", size=piece_bytes(source))
    if findings.refused:
        blocks.check_widths(masks["2"], names, "2")
        return Draft(empty_lines(), len(blocks))

    def read(report: Report) -> None:
        _read(report)
        if not report.findings.refused:
            _hide(report, source.pan_key)

    draft = yield from stream(source, findings, tables, read, Payouts())
    if findings.refused:
        return Draft(empty_lines(), len(blocks))
    if not draft.records:
        warn_no_rows(findings)
    return replace(draft, control_totals=total)


def _hide(report: Report, key: bytes) -> None:
    """Add what may be kept of the card numbers."""
    masked, fingerprints = protect_pans(report.rows["card"].str.strip_chars(), key)
    shown = pl.col("card").str.extract("^([0-9]{6}[X*]+[0-9]{4})$").str.replace_all("X", "*")
    report.add(fingerprints.alias("pan_fingerprint"), masked.alias("own_mask"))
    report.put(pan_masked=pl.coalesce("own_mask", shown))


def _check_count(
    blocks: Blocks, masks: dict[str, np.ndarray], findings: Findings
) -> tuple[ControlTotal, ...]:
    trailer = blocks.lines(masks["3"])[-1]
    text = trailer.fields[1].strip() if len(trailer.fields) > 1 else ""
    computed = int(masks["2"].sum())
    declared = str(int(text)) if _COUNT.fullmatch(text) else repr(text)
    total = ControlTotal("transactions", declared, str(computed), declared == str(computed))
    if not total.agrees:
        findings.differs(
            "control_total_differs",
            declared=declared,
            computed=computed,
            line=trailer.line,
            byte_offset=trailer.byte_start,
            record="3",
            field="transactions",
            hint="Records are missing: fetch the file again.",
        )
    return (total,)


def _read(report: Report) -> None:
    report.kind("type", KINDS)
    report.rows = report.rows.with_columns(currency=pl.lit(CURRENCY), exponent=pl.lit(2))
    report.put(**{"currency:exponent": pl.col("exponent")})
    report.money("settled_minor", "settled")
    missing = report.text("settled").is_null()
    expected = "an amount such as 12.50"
    report.refuse("amount_missing", "settled", missing, pl.lit("nothing"), expected)
    _day(report, "business_date", "process_date", needed=True)
    _day(report, "value_date", "payment_date")
    size = pl.col("settled_minor")
    arn = report.text("arn")
    report.put(
        amount_minor=pl.when(pl.col("kind").is_in(DEBITS)).then(-size.abs()).otherwise(size),
        net_minor=pl.lit(None, dtype=pl.Int64),
        is_booked=~report.text("authorisation_only").is_in(["1", "Y"]).fill_null(value=False),
        is_reversal=pl.col("kind") == "reversal",
        booking_date=pl.col("business_date"),
        account=report.text("merchant"),
        merchant_id=report.text("merchant"),
        scheme_ref=pl.when(arn.str.contains("^[0-9]{23}$")).then(arn),
        psp_ref=report.text("visa_reference", "sequence"),
        merchant_ref=report.text("order_number"),
        batch_ref=report.text("batch"),
        auth_code=report.text("approval"),
        narrative=pl.concat_str(
            report.text("type"), report.text("network"), separator=" ", ignore_nulls=True
        ),
    )


def _day(report: Report, name: str, column: str, *, needed: bool = False) -> None:
    """Add the date of a text such as 3/2/2026, with or without a time; 0 is no date."""
    text = report.text(column)
    text = pl.when(text != "0").then(text)
    day = text.str.extract("^([0-9]{1,2}/[0-9]{1,2}/[0-9]{4})(?: .*)?$")
    report.put(**{name: day.str.to_date("%m/%d/%Y", strict=False)})
    wrong = pl.col(name).is_null() & (pl.lit(needed) | text.is_not_null())
    report.refuse("date_unreadable", column, wrong, text, "a date such as 3/2/2026")
