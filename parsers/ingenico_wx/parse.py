"""Records of a flat XML report to lines, cut and read as text, a column at a time.

The document is proved to be well-formed first, and to hold no comment, no CDATA and no DOCTYPE:
then an element without children is where its tag stands, and nowhere else.
"""

import re
from xml.parsers import expat

import numpy as np
import polars as pl

from parsers.contract import Source
from parsers.errors import Refused
from parsers.ingenico_wx.controls import check_totals
from parsers.ingenico_wx.layout import DECIMALS, FIELDS, FILE_FIELDS, KINDS, RECORD
from parsers.lines import protect_pans
from parsers.outcome import Draft, Finding, Findings
from parsers.payouts import draft_of, prove_payouts
from parsers.report import Report
from tieout.frames.settlement import empty_lines

_ROOT = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?report[\s>]")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


def looks_like(data: bytes) -> bool:
    """Tell whether the document is a report in a namespace of GlobalCollect."""
    head = data[:2048]
    return _ROOT.search(head) is not None and b"globalcollect.com" in head


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a Web Collect report."""
    text = _document(source.data)
    root = _ROOT.search(source.data[:2048])
    prefix = root[1].decode() + ":" if root and root[1] else ""
    records = _records(text, prefix)
    head = pl.DataFrame({"text": [text[: text.find(f"<{prefix}{RECORD}")]]})
    about = head.select(_element(one, prefix).alias(one) for one in FILE_FIELDS).row(0, named=True)
    report = Report(
        records.with_columns(_element(one, prefix).alias(one) for one in FIELDS), findings
    )
    _read(report, about)
    if findings.refused:
        return Draft(empty_lines(), records.height)
    masked, fingerprints = protect_pans(report.rows["CardNumber"], source.pan_key)
    shown = pl.col("CardNumber").str.extract(r"^([0-9]{6}\*+[0-9]{4})$")
    report.put(pan_masked=pl.coalesce(pl.lit(masked), shown), pan_fingerprint=pl.lit(fingerprints))
    totals = check_totals(text, prefix, report.rows, findings)
    statements, payouts = prove_payouts(report, findings)
    return draft_of(report, source, statements=statements, totals=(*totals, *payouts))


def _document(data: bytes) -> str:
    """Return the text of a well-formed document without markup that could hide a tag."""
    text = ""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02x}"
        raise Refused(_wrong("encoding_differs", error.start, found, "UTF-8")) from None
    odd = data.find(b"<!")
    if odd >= 0:
        found = "a DOCTYPE, a comment or CDATA"
        raise Refused(_wrong("xml_not_well_formed", odd, found, "elements alone"))
    parser = expat.ParserCreate("utf-8")  # as decoded above, whatever the file calls it
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        found = expat.ErrorString(error.code)
        place = min(max(parser.ErrorByteIndex, 0), len(data))
        raise Refused(_wrong("xml_not_well_formed", place, found, "a whole document")) from None
    return text


def _wrong(code: str, place: int, found: str, expected: str) -> Finding:
    hint = "The file was cut off or changed: fetch it again."
    return Finding(code, "refusal", byte_offset=place, found=found, expected=expected, hint=hint)


def _records(text: str, prefix: str) -> pl.DataFrame:
    """Return the records: text, record_no, line, byte_start, byte_length."""
    close, begin = f"</{prefix}{RECORD}>", f"<{prefix}{RECORD}>"
    pieces = pl.Series("piece", [text]).str.split(close).explode(empty_as_null=True)
    sizes = pieces.str.len_bytes().cast(pl.Int64).to_numpy() + len(close)
    ends = np.cumsum(sizes)
    both = pl.col("piece").str.split(begin)
    frame = pl.DataFrame({"piece": pieces}).with_columns(
        pl.Series("end", ends),
        opening=pl.col("piece").str.find(begin, literal=True).cast(pl.Int64),
        feeds=pl.col("piece").str.count_matches("\n", literal=True).cast(pl.Int64),
        own=both.list.first().str.count_matches("\n", literal=True).cast(pl.Int64),
        text=both.list.last(),
    )
    frame = frame.with_columns(
        pl.Series("start", ends - sizes),
        line=pl.col("feeds").cum_sum() - pl.col("feeds") + pl.col("own") + 1,
    )
    frame = frame.filter(pl.col("opening").is_not_null())
    if text.count(f"<{prefix}{RECORD}") != frame.height:
        found = f"{RECORD} in another form, or in itself"
        raise Refused(_wrong("record_structure", 0, found, f"{begin} … {close}"))
    return frame.select(
        "text",
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("record_no"),
        "line",
        (pl.col("start") + pl.col("opening")).alias("byte_start"),
        (pl.col("end") - pl.col("start") - pl.col("opening")).alias("byte_length"),
    )


def _element(name: str, prefix: str) -> pl.Expr:
    """Return the text of the first element of a name, entities resolved; null where it is empty."""
    text = pl.col("text").str.extract(f"<{prefix}{name}>([^<]*)</")
    plain = text.str.replace_many(list(_ENTITIES), list(_ENTITIES.values()))
    return pl.when(plain != "").then(plain)


def _read(report: Report, about: dict[str, str | None]) -> None:
    report.kind("Recordtype", KINDS)
    report.currency("currency", "CurrencyDue", "PaymentCurrency")
    other = pl.col("currency:exponent") != DECIMALS
    expected = f"a currency of {DECIMALS} decimals: how others are written is not published"
    report.refuse("exponent_differs", "CurrencyDue", other, pl.col("currency"), expected)
    report.currency("paid", "PaymentCurrency", needed=False)
    report.money("amount_minor", "AmountDue", "PaymentAmount", minor=True)
    missing = report.text("AmountDue", "PaymentAmount").is_null()
    expected = "a whole number of hundredths"
    report.refuse("amount_missing", "AmountDue", missing, pl.lit("nothing"), expected)
    report.money("paid_amount", "PaymentAmount", minor=True, currency="paid")
    made = pl.lit(about["DateProduction"], dtype=pl.String)
    report.put(DateProduction=made)
    own = report.text("DateDue", "TransactionDateTime")
    day = pl.coalesce(own, made).str.extract("^([0-9]{4}-[0-9]{2}-[0-9]{2})")
    report.put(business_date=day.str.to_date("%Y-%m-%d", strict=False))
    wrong = pl.col("business_date").is_null()
    report.refuse("date_unreadable", "DateDue", wrong, own, "a date such as 2026-03-02")
    due = report.text("DateDue").str.extract("^([0-9]{4}-[0-9]{2}-[0-9]{2})")
    report.put(value_date=due.str.to_date("%Y-%m-%d", strict=False))
    is_foreign = (pl.col("paid") != pl.col("currency")).fill_null(value=False)
    report.put(
        is_booked=pl.lit(value=True),
        is_reversal=pl.col("kind").is_in(["reversal", "representment"]),
        exponent=pl.col("currency:exponent"),
        original_amount_minor=pl.when(is_foreign).then(pl.col("paid_amount")),
        original_currency=pl.when(is_foreign).then(pl.col("paid")),
        net_minor=pl.lit(None, dtype=pl.Int64),
        account=report.text("MerchantID"),
        merchant_id=report.text("MerchantID"),
        batch_ref=pl.lit(about["Filename"], dtype=pl.String),
        psp_ref=report.text("PaymentReference"),
        rrn=report.text("OrderID"),
        merchant_ref=report.text("AdditionalReference"),
        auth_code=report.text("AuthorizationCode", "AuthorizationCodePayment"),
        narrative=pl.concat_str(
            *(report.text(one) for one in ("Recordcategory", "Recordtype", "CreditCardCompany")),
            separator=" ",
            ignore_nulls=True,
        ),
    )
