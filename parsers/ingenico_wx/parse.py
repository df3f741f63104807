"""Records of a flat XML report to lines, cut and read as text, a column at a time.

The document is proved to be well-formed first, and to hold no comment, no CDATA and no DOCTYPE:
then an element without children is where its tag stands, and nowhere else.
"""

import re
from dataclasses import replace
from functools import lru_cache
from xml.parsers import expat

import polars as pl

from parsers.contract import Source
from parsers.errors import Refused
from parsers.ingenico_wx.controls import check_totals
from parsers.ingenico_wx.layout import DECIMALS, FIELDS, KINDS, RECORD
from parsers.lines import protect_pans
from parsers.outcome import Draft, Finding, Findings
from parsers.payouts import draft_of, prove_payouts
from parsers.report import Report
from tieout.frames.settlement import empty_lines

_ROOT = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?report[\s>]")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))
_SCHEMA = {
    **dict.fromkeys(FIELDS, pl.String()),
    **dict.fromkeys(("record_no", "line", "byte_start", "byte_length"), pl.Int64()),
}


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
    about = _said(text[: text.find(f"<{prefix}{RECORD}")], prefix)
    report = Report(records, findings)
    _read(report, about)
    if findings.refused:
        return Draft(empty_lines(), records.height)
    masked, fingerprints = protect_pans(report.rows["CardNumber"], source.pan_key)
    shown = pl.col("CardNumber").str.extract(r"^([0-9]{6}\*+[0-9]{4})$")
    report.put(pan_masked=pl.coalesce(pl.lit(masked), shown), pan_fingerprint=pl.lit(fingerprints))
    totals = check_totals(text, prefix, report.rows, findings)
    statements, payouts = prove_payouts(report, findings)
    draft = draft_of(report, source, statements=statements, totals=(*totals, *payouts))
    return replace(draft, message_id=about.get("Filename"))


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
    """Return the records: FIELDS, record_no, line, byte_start, byte_length."""
    close, begin = f"</{prefix}{RECORD}>", f"<{prefix}{RECORD}>"
    pieces = text.split(close)[:-1]
    size_of = len if text.isascii() else lambda one: len(one.encode())
    lines, starts, sizes, said = [], [], [], []
    line, place = 1, 0
    for piece in pieces:
        before, opening, record = piece.rpartition(begin)
        if before.find(begin) >= 0 or not opening:
            break
        start = size_of(before)
        size = size_of(piece) + len(close)
        lines.append(line + before.count("\n"))
        starts.append(place + start)
        sizes.append(size - start)
        said.append(_said(record, prefix))
        line += piece.count("\n")
        place += size
    if text.count(f"<{prefix}{RECORD}") != len(said):
        found = f"{RECORD} in another form, or in itself"
        raise Refused(_wrong("record_structure", 0, found, f"{begin} … {close}"))
    columns = {name: [one.get(name) for one in said] for name in FIELDS}
    return pl.DataFrame(
        {
            **columns,
            "record_no": range(1, len(said) + 1),
            "line": lines,
            "byte_start": starts,
            "byte_length": sizes,
        },
        schema=_SCHEMA,
    )


def _said(text: str, prefix: str) -> dict[str, str]:
    """Return the text of the first element of each name, entities resolved, where it has one."""
    said: dict[str, str] = {}
    for name, value in _elements(prefix).findall(text):
        if name not in said:
            said[name] = value
    if "&" in text:
        said = {
            name: _ENTITY.sub(lambda one: _ENTITIES[one[0]], value) for name, value in said.items()
        }
    return {name: value for name, value in said.items() if value}


@lru_cache(maxsize=8)
def _elements(prefix: str) -> re.Pattern[str]:
    return re.compile(f"<{re.escape(prefix)}([A-Za-z]+)>([^<]*)</")


def _read(report: Report, about: dict[str, str]) -> None:
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
    made = pl.lit(about.get("DateProduction"), dtype=pl.String)
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
        batch_ref=pl.lit(about.get("Filename"), dtype=pl.String),
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
