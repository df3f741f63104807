"""What an oracle of its own finds in a processor's file: csv, json and Decimal, nothing of ours.

The collection states the number of rows of these files; sums are taken here from the columns that
the sender documents, so that a parser which reads another column does not agree with itself.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl

from parsers import ParsedFile
from tieout.money import exponent_of

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
Figures = Iterator[tuple[str, object, object]]


def rows_of(path: str) -> list[list[str]]:
    """Return the rows of a CSV file, blank ones left out."""
    text = (CORPUS / path).read_bytes().decode("utf-8-sig")
    return [row for row in csv.reader(io.StringIO(text)) if row]


def table_of(path: str, *, first: str, delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows below the one whose first field is `first`, by the names in it."""
    text = (CORPUS / path).read_bytes().decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    heads = [index for index, row in enumerate(rows) if row[0] == first]
    names = rows[heads[-1]]
    return [dict(zip(names, row, strict=False)) for row in rows[heads[-1] + 1 :]]


def sums(result: ParsedFile, column: str, *kinds: str) -> dict[str, Decimal]:
    """Return the sum of a column of booked lines per currency, in major units."""
    frame = result.frame.filter("is_booked", pl.col("kind") != "payout")
    frame = frame.filter(pl.col("kind").is_in(kinds)) if kinds else frame
    groups = frame.group_by("currency", maintain_order=True).agg(pl.col(column).sum())
    return {code: Decimal(minor).scaleb(-exponent_of(code)) for code, minor in groups.iter_rows()}


def total(values: Iterator[tuple[str, str]]) -> dict[str, Decimal]:
    """Return the sum of amounts per currency."""
    found: dict[str, Decimal] = {}
    for currency, text in values:
        found[currency] = found.get(currency, Decimal(0)) + Decimal(text or 0)
    return found


def adyen_accounting(path: str, result: ParsedFile, facts: Mapping[str, Any]) -> Figures:
    """Yield rows, and the payable of rows that change it."""
    rows = table_of(path, first="Company Account")
    moves = ("Settled", "Refunded", "Chargeback", "SecondChargeback", "ChargebackReversed")
    theirs = total(
        (row["Settlement Currency"], row["Payable (SC)"])
        for row in rows
        if row["Record Type"] in moves
    )
    yield "rows", result.records, facts["n_lines"]
    yield "payable", sums(result, "net_minor"), theirs


def amazon(path: str, result: ParsedFile, facts: Mapping[str, Any]) -> Figures:
    """Yield rows below preamble and names, and amount, fee and net without transfers."""
    rows = table_of(path, first="TransactionPostedDate")
    moves = [row for row in rows if row["TransactionType"] != "Transfer"]
    yield "rows", result.records, facts["n_rows"] - 6
    for column, name in (
        ("amount_minor", "TransactionAmount"),
        ("fee_minor", "TotalTransactionFee"),
        ("net_minor", "NetTransactionAmount"),
    ):
        theirs = total((row["CurrencyCode"], row[name]) for row in moves)
        yield name, sums(result, column), theirs


def braintree(path: str, result: ParsedFile, facts: Mapping[str, Any]) -> Figures:
    """Yield objects, and what was disbursed, or what a summary says was settled."""
    text = (CORPUS / path).read_text("utf-8")
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = [json.loads(line) for line in text.splitlines() if line]
    objects = found if isinstance(found, list) else [found]
    yield "objects", result.records, len(objects)
    yield "net", sums(result, "net_minor"), total(_moved(one) for one in objects if _moved(one)[0])


def _moved(one: dict[str, Any]) -> tuple[str, str]:
    """Return currency and signed amount of what one object moved; no currency for nothing."""
    if "gross" in one:
        sign = "-" if one.get("type") in ("refund", "chargeback") else ""
        return one["currency"], sign + one["gross"]
    if "amountDisputed" in one:
        days = [event.get("disbursementDate") for event in one["statusHistory"]]
        disputed = one["amountDisputed"]
        return (disputed["currencyCode"] if any(days) else ""), "-" + disputed["value"]
    amount = one["disbursementDetails"]["amount"]
    return amount["currencyCode"], amount["value"]


def dlocal(path: str, result: ParsedFile, facts: Mapping[str, Any]) -> Figures:
    """Yield rows, and the exact net of all rows to the nearest minor unit."""
    if rows_of(path)[0][0] != "ROW_TYPE":
        rows = table_of(path, first="Type", delimiter=";")
        yield "rows", result.records, facts["n_rows"] - 1
        theirs = total(("USD", row["Amount (USD)"]) for row in rows)
        yield "gross", sums(result, "amount_minor"), theirs
        return
    rows = table_of(path, first="ROW_TYPE")
    yield "rows", result.records, facts["n_rows"] - 2
    currency = next(row[1] for row in rows_of(path) if row[0] == "HEADER")
    unit = Decimal(1).scaleb(-exponent_of(currency))
    exact = sum((Decimal(row["NET_AMOUNT"]) for row in rows), Decimal(0))
    theirs = {currency: exact.quantize(unit, ROUND_HALF_UP)}
    yield "net", sums(result, "net_minor"), theirs
    for row, line in zip(rows, result.frame.rows(named=True)[1:], strict=False):
        nearest = Decimal(row["NET_AMOUNT"]).quantize(unit, ROUND_HALF_UP)
        yield "line", Decimal(line["net_minor"]).scaleb(-exponent_of(currency)), nearest


def trustly(path: str, result: ParsedFile, facts: Mapping[str, Any]) -> Figures:
    """Yield records between header and trailer, items and fees, and fundings."""
    rows = rows_of(path)
    yield "records", result.records, facts["n_rows"] - 2
    items = [row for row in rows if row[0] in ("I", "T")]
    at = {"I": (14, 15), "T": (13, 14)}
    theirs = total((row[at[row[0]][0]], row[at[row[0]][1]]) for row in items)
    yield "items", sums(result, "amount_minor"), theirs
    fees = total((row[14], row[22]) for row in items if row[0] == "I")
    yield "fees", sums(result, "fee_minor"), fees or dict.fromkeys(theirs, Decimal(0))
    paid = result.frame.filter(pl.col("kind") == "payout")["amount_minor"].sum()
    funded = sum((Decimal(row[5]) for row in rows if row[0] == "F"), Decimal(0))
    yield "fundings", Decimal(paid).scaleb(-2), funded


def lynk(path: str, result: ParsedFile, facts: Mapping[str, Any]) -> Figures:
    """Yield transactions and their settled amounts: all of the files hold sales."""
    rows = [row for row in rows_of(path) if row[0] == "2"]
    yield "rows", result.records, facts["n_rows"] - 2
    yield "settled", sums(result, "amount_minor"), total(("USD", row[14]) for row in rows)


def ingenico(data: bytes, result: ParsedFile) -> Figures:
    """Yield records, and what is due or, before that is stated, paid; in hundredths."""
    names = {"n": "https://wx.v2_6.globalcollect.com"}
    report = ElementTree.fromstring(data)  # noqa: S314 - a file of the collection
    records = report.findall("n:DataRecord/n:PaymentData", names)
    yield "records", result.records, len(records)
    dues = [
        one.findtext("n:AmountDue", "", names) or one.findtext("n:PaymentAmount", "0", names)
        for one in records
    ]
    yield "due", int(result.frame["amount_minor"].sum()), sum(map(int, dues))
