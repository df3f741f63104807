"""Objects to lines: what was disbursed is booked, everything else is kept."""

import polars as pl

from parsers.braintree_settlement.layout import (
    BATCH,
    KEYS,
    KNOWN_BY,
    MOVED_ON,
    NO_MONEY,
    NUMBER,
    PATHS,
    SETTLED,
    WON,
)
from parsers.contract import Source
from parsers.json_elements import read_elements
from parsers.outcome import Draft, Findings
from parsers.payouts import draft_of, prove_payouts
from parsers.report import Report
from tieout.frames.settlement import empty_lines

_HEAD_BYTES = 65536


def looks_like(data: bytes) -> bool:
    """Tell whether the file is JSON whose first objects have the names of a settlement batch."""
    head = data[:_HEAD_BYTES]
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"[", b"{")):
        return False
    return any(all(name in head for name in group) for group in KNOWN_BY)


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a settlement batch."""
    elements = read_elements(source.data)
    text = pl.col("text")
    cells = elements.with_columns(_paths(*KEYS))
    _check_shape(Report(cells, findings))
    if findings.refused:
        return Draft(empty_lines(), cells.height)
    others = [name for name in PATHS if name not in KEYS]
    cells = cells.with_columns(*_paths(*others), text.str.extract(BATCH).alias("$ batch"))
    # A transaction may hold its disputes: their days are not its own.
    is_dispute = pl.col("$ disputed_value").is_not_null()
    moved_on = pl.when(is_dispute).then(text.str.extract(MOVED_ON))
    cells = cells.with_columns(moved_on.alias("$ moved_on"))
    report = Report(cells, findings)
    _read(report)
    if findings.refused:
        return Draft(empty_lines(), cells.height)
    _amounts(report)
    _references(report)
    statements, totals = prove_payouts(report, findings)
    return draft_of(report, source, statements=statements, totals=totals)


def _paths(*names: str) -> list[pl.Expr]:
    return [pl.col("text").str.json_path_match(PATHS[one]).alias(f"$ {one}") for one in names]


def _check_shape(report: Report) -> None:
    """Refuse objects that cannot be read, and amounts that are no texts."""
    report.put(key=report.text(*(f"$ {one}" for one in KEYS)))
    start = pl.col("text").str.slice(0, 40)
    unread = pl.col("key").is_null()
    report.refuse("record_unreadable", "id", unread, start, "a JSON object with an id")
    is_number = pl.col("text").str.contains(NUMBER)
    report.refuse(
        "amount_unreadable", "value", is_number, start, 'amounts as texts, such as "3.10"'
    )


def _read(report: Report) -> None:
    is_dispute = report.text("$ disputed_value").is_not_null()
    is_refund = report.text("$ refunded", "$ summary_refund").is_not_null()
    is_summary = report.text("$ summary_value").is_not_null()
    word = report.text("$ type").str.to_uppercase()
    has_won = is_dispute & (report.text("$ status").str.to_uppercase() == WON)
    is_chargeback = is_dispute | (is_summary & (word == "CHARGEBACK").fill_null(value=False))
    report.put(
        is_summary=is_summary,
        is_dispute=is_dispute,
        is_reversal=has_won.fill_null(value=False),
        kind=pl.when(has_won)
        .then(pl.lit("representment"))
        .when(is_chargeback)
        .then(pl.lit("chargeback"))
        .when(is_refund)
        .then(pl.lit("refund"))
        .otherwise(pl.lit("sale")),
    )
    paid = ("$ currency", "$ disputed_currency", "$ summary_currency")
    report.currency("paid", *paid)
    report.currency("currency", "$ disbursed_currency", *paid)
    report.money("gross", "$ value", "$ disputed_value", "$ summary_value", currency="paid")
    report.money("disbursed", "$ disbursed_value")
    report.money("won", "$ won_value", currency="paid")
    missing = pl.col("gross").is_null()
    expected = "an amount such as 12.50"
    report.refuse("amount_missing", "amount", missing, pl.lit("nothing"), expected)
    moved = ("$ disbursed_on", "$ moved_on")
    report.day("value_date", *moved)
    report.day("business_date", *moved, "$ created", "$ summary_date", needed=True)
    report.instant("event_at", "$ created", "$ summary_date")


def _amounts(report: Report) -> None:
    """Sign what was disbursed; a payment that was not yet, and a dispute, have what they name."""
    sign = pl.when(pl.col("kind").is_in(["refund", "chargeback"])).then(-1).otherwise(1)
    won = pl.coalesce("won", "gross")
    own = pl.when(pl.col("is_reversal")).then(won).otherwise(pl.col("gross"))
    amount = pl.coalesce("disbursed", own.abs() * sign)
    status = report.text("$ status").str.to_uppercase()
    is_held = (report.text("$ held") == "true").fill_null(value=False)
    was_moved = pl.col("value_date").is_not_null()
    asks_only = (report.text("$ type").str.to_uppercase() == NO_MONEY).fill_null(value=False)
    is_settled = status.is_in(SETTLED).fill_null(value=False) & was_moved & ~is_held
    foreign = pl.col("paid") != pl.col("currency")
    report.put(
        amount_minor=amount,
        net_minor=amount,
        exponent=pl.col("currency:exponent"),
        is_booked=pl.when("is_dispute")
        .then(was_moved & ~asks_only)
        .otherwise(is_settled | pl.col("is_summary")),
        original_amount_minor=pl.when(foreign).then(pl.col("gross").abs() * sign),
        original_currency=pl.when(foreign).then(pl.col("paid")),
    )
    differs = ~foreign & pl.col("disbursed").is_not_null()
    report.warn_lines(
        "line_net_differs",
        differs & (pl.col("disbursed").abs() != pl.col("gross").abs()),
        "a disbursed amount other than the transaction's",
        "both alike, as no charge is taken from them",
    )


def _references(report: Report) -> None:
    report.put(
        account=report.text("$ account", "$ disputed_account"),
        booking_date=pl.col("value_date"),
        # No payout has a number: what is disbursed on one day arrives as one.
        batch_ref=pl.col("value_date").dt.to_string("%Y-%m-%d"),
        psp_ref=report.text("$ disputed_id", "$ id", "$ summary_id", "$ summary_refund"),
        rrn=report.text("$ batch", "$ case"),
        merchant_ref=report.text("$ order", "$ disputed_merchant_ref", "$ summary_merchant_ref"),
        narrative=pl.concat_str(
            *(report.text(one) for one in ("$ type", "$ status", "$ method")),
            separator=" ",
            ignore_nulls=True,
        ),
    )
