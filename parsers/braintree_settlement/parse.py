"""Objects to lines: what was disbursed is booked, everything else is kept."""

from collections.abc import Iterable, Iterator, Sequence

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
from parsers.contract import Batches, Source
from parsers.json_elements import read_elements
from parsers.outcome import Findings
from parsers.payouts import Payouts, stream, warn_no_rows
from parsers.report import Report
from parsers.table import Table

_HEAD_BYTES = 65536


def looks_like(data: bytes) -> bool:
    """Tell whether the file is JSON whose first objects have the names of a settlement batch."""
    head = data[:_HEAD_BYTES]
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"[", b"{")):
        return False
    return any(all(name in head for name in group) for group in KNOWN_BY)


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a settlement batch."""
    draft = yield from stream(source, findings, _tables(source), _read, Payouts())
    if not draft.records and not findings.refused:
        warn_no_rows(findings)
    return draft


def _tables(source: Source) -> Iterator[Table]:
    """Yield the objects in pieces; one piece without any where there is none."""
    last = None
    for elements in read_elements(source.raw, source.batch_bytes):
        if last is not None:
            yield Table(last, None, last.height, is_last=False)
        last = elements
    last = _NO_ELEMENTS if last is None else last
    yield Table(last, None, last.height, is_last=True)


_NO_ELEMENTS = pl.DataFrame(schema={"text": pl.String(), "record_no": pl.Int64()})


def _read(report: Report) -> None:
    """Give the objects of a piece the columns of a line."""
    report.turn(_decoded(report.rows).with_columns(_TEXTS))
    expected = "a JSON object with an id"
    report.refuse("record_unreadable", "id", _IS_UNREAD, _START, expected)
    expected = 'amounts as texts, such as "3.10"'
    report.refuse("amount_unreadable", "value", pl.col("is_number"), _START, expected)
    if report.findings.refused:
        return
    _read_values(report)
    if report.findings.refused:
        return
    report.put(*_AMOUNTS)
    report.put(*_LINE)
    found = "a disbursed amount other than the transaction's"
    expected = "both alike, as no charge is taken from them"
    report.warn_lines("line_net_differs", "is_other", found, expected)
    _references(report)


def _nested(paths: Iterable[Sequence[str]]) -> pl.Struct:
    """Return the type of objects that have texts at these paths."""
    below: dict[str, list[Sequence[str]]] = {}
    for first, *others in paths:
        below.setdefault(first, []).append(others)
    return pl.Struct(
        {name: _nested(others) if any(others) else pl.String() for name, others in below.items()}
    )


_STEPS = {name: tuple(path.removeprefix("$.").split(".")) for name, path in PATHS.items()}
_OBJECT = _nested(_STEPS.values())
_TEXT = pl.col("text")


def _field(name: str) -> pl.Expr:
    first, *others = _STEPS[name]
    found = pl.col(first)
    for step in others:
        found = found.struct.field(step)
    return found.alias(f"$ {name}")


_FIELDS = [_field(name) for name in PATHS]


def _decoded(elements: pl.DataFrame) -> pl.DataFrame:
    """Return the elements with the texts at all paths, null where there is none.

    All paths are found at once. Only in an element that is no object, or has a text in the place of
    one, each path has to be looked for by itself, which takes many times as long.
    """
    try:
        decoded = elements["text"].str.json_decode(_OBJECT)
    except pl.exceptions.ComputeError:
        if elements.height > 1:
            half = elements.height // 2
            return pl.concat([_decoded(elements[:half]), _decoded(elements[half:])])
        keyed = elements.select(_one_by_one(*KEYS))
        is_read = any(one is not None for one in keyed.row(0))
        found = elements.select(_one_by_one(*PATHS)) if is_read else elements.select(_ABSENT)
    else:
        found = decoded.struct.unnest().select(_FIELDS)
    return elements.hstack(found)


_ABSENT = [pl.lit(None, dtype=pl.String).alias(f"$ {name}") for name in PATHS]


def _one_by_one(*names: str) -> list[pl.Expr]:
    return [_TEXT.str.json_path_match(PATHS[one]).alias(f"$ {one}") for one in names]


def _first(*names: str) -> pl.Expr:
    return pl.coalesce(*(f"$ {one}" for one in names))


_START = _TEXT.str.slice(0, 40)
_IS_UNREAD = _first(*KEYS).str.strip_chars().fill_null("") == ""
_TEXTS = (
    _TEXT.str.extract(BATCH).alias("$ batch"),
    # A transaction may hold its disputes: their days are not its own.
    pl.when(_first("disputed_value").is_not_null())
    .then(_TEXT.str.extract(MOVED_ON))
    .alias("$ moved_on"),
    _TEXT.str.contains(NUMBER).alias("is_number"),
)


_WORD = pl.col("$ type").str.to_uppercase().fill_null("")
_STATUS = pl.col("$ status").str.to_uppercase().fill_null("")
_IS_DISPUTE = pl.col("$ disputed_value").is_not_null()
_IS_REFUND = _first("refunded", "summary_refund").is_not_null()
_IS_SUMMARY = pl.col("$ summary_value").is_not_null()
_HAS_WON = _IS_DISPUTE & (_STATUS == WON)
_KINDS = (
    _HAS_WON.alias("is_reversal"),
    pl.when(_HAS_WON)
    .then(pl.lit("representment"))
    .when(_IS_DISPUTE | (_IS_SUMMARY & (_WORD == "CHARGEBACK")))
    .then(pl.lit("chargeback"))
    .when(_IS_REFUND)
    .then(pl.lit("refund"))
    .otherwise(pl.lit("sale"))
    .alias("kind"),
)
_STRIPPED = (
    *("type", "status", "disputed_value", "refunded", "summary_refund", "summary_value", "held"),
)


def _read_values(report: Report) -> None:
    for name in _STRIPPED:
        report.text(f"$ {name}")
    report.put(*_KINDS)
    paid = ("$ currency", "$ disputed_currency", "$ summary_currency")
    report.currency("paid", *paid)
    report.currency("currency", "$ disbursed_currency", *paid)
    report.money("gross", "$ value", "$ disputed_value", "$ summary_value", currency="paid")
    report.money("disbursed", "$ disbursed_value")
    report.money("won", "$ won_value", currency="paid")
    if report.rows["gross"].null_count():
        missing, expected = pl.col("gross").is_null(), "an amount such as 12.50"
        report.refuse("amount_missing", "amount", missing, pl.lit("nothing"), expected)
    moved = ("$ disbursed_on", "$ moved_on")
    report.day("value_date", *moved)
    report.day("business_date", *moved, "$ created", "$ summary_date", needed=True)
    report.instant("event_at", "$ created", "$ summary_date")


# What was disbursed is signed; a payment that was not yet, and a dispute, have what they name.
_SIGN = pl.when(pl.col("kind").is_in(["refund", "chargeback"])).then(-1).otherwise(1)
_GROSS, _DISBURSED = pl.col("gross"), pl.col("disbursed")
_OWN = pl.when("is_reversal").then(pl.coalesce("won", "gross")).otherwise(_GROSS)
_FOREIGN = pl.col("paid") != pl.col("currency")
_WAS_MOVED = pl.col("value_date").is_not_null()
_IS_HELD = (pl.col("$ held") == "true").fill_null(value=False)
_IS_SETTLED = _STATUS.is_in(SETTLED) & _WAS_MOVED & ~_IS_HELD
_AMOUNTS = (
    pl.coalesce(_DISBURSED, _OWN.abs() * _SIGN).alias("amount_minor"),
    pl.col("currency:exponent").alias("exponent"),
    pl.when(_IS_DISPUTE)
    .then(_WAS_MOVED & (_WORD != NO_MONEY))
    .otherwise(_IS_SETTLED | _IS_SUMMARY)
    .alias("is_booked"),
    pl.when(_FOREIGN).then(_GROSS.abs() * _SIGN).alias("original_amount_minor"),
    pl.when(_FOREIGN).then("paid").alias("original_currency"),
    (~_FOREIGN & (_DISBURSED.abs() != _GROSS.abs())).fill_null(value=False).alias("is_other"),
)
_LINE = (
    pl.col("amount_minor").alias("net_minor"),
    pl.col("value_date").alias("booking_date"),
    # No payout has a number: what is disbursed on one day arrives as one.
    pl.col("value_date").dt.to_string("%Y-%m-%d").alias("batch_ref"),
)


def _references(report: Report) -> None:
    report.put(
        account=report.text("$ account", "$ disputed_account"),
        psp_ref=report.text("$ disputed_id", "$ id", "$ summary_id", "$ summary_refund"),
        rrn=report.text("$ batch", "$ case"),
        merchant_ref=report.text("$ order", "$ disputed_merchant_ref", "$ summary_merchant_ref"),
        narrative=pl.concat_str(
            *(report.text(one) for one in ("$ type", "$ status", "$ method")),
            separator=" ",
            ignore_nulls=True,
        ),
    )
