"""Issuer detail files to lines: charges, and what each recap settles."""

import numpy as np
import polars as pl

from parsers.contract import Batches, Source
from parsers.discover import layout
from parsers.discover.controls import Book, Recap, Settled, Walked
from parsers.discover.figures import Charges, Complaints, read_charges
from parsers.discover.records import Order, read_pieces
from parsers.lines import build_lines, protect_pans
from parsers.outcome import Draft, Findings
from parsers.text_records import Records
from parsers.views import Offsets
from tieout.frames.settlement import empty_lines
from tieout.money import exponents

_PIECE_BYTES = 4 << 20
"""More makes nothing faster: what is cut out of a piece then no longer fits into the cache."""


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of an issuer detail file."""
    order, complaints = Order(findings), Complaints()
    book = Book(complaints)
    found = read_pieces(source.raw, min(source.batch_bytes, _PIECE_BYTES))
    for records in order.kept(found):
        book.open(records)
        charges = _charges(records, book)
        walked = book.walk(records, charges)
        if not complaints.unreadable:
            yield _lines(charges, walked, book, source)
    if findings.refused:
        return Draft(empty_lines(), order.records)
    complaints.tell(findings)
    if complaints.unreadable:
        return Draft(empty_lines(), order.records)
    statements = () if findings.refused else tuple(book.statements)
    return Draft(empty_lines(), order.records, statements, tuple(book.totals))


def _charges(records: Records, book: Book) -> Charges:
    """Return the charges of a piece, read in the currencies of their recaps."""
    rows = np.flatnonzero(records.are(layout.CHARGE))
    at = _recap_of(records, rows)
    own, settled = (
        _spread([exponents().get(_text(one, name)) for one in book.recaps], at, pl.Int8())
        for name in ("currency", "settlement_currency")
    )
    return read_charges(records, rows, own, settled, book.complaints)


def _recap_of(records: Records, rows: Offsets) -> Offsets:
    """Return which of a book's recaps each record belongs to."""
    found: Offsets = np.searchsorted(np.flatnonzero(records.are(layout.RECAP)), rows)
    return found


def _text(recap: Recap | None, name: str) -> str:
    return "" if recap is None else recap.texts[name]


def _spread(values: list[object], at: Offsets, dtype: pl.DataType) -> pl.Series:
    """Return the value of each row."""
    if len(at) and (at == at[0]).all():
        return pl.Series([values[int(at[0])]], dtype=dtype).new_from_index(0, len(at))
    return pl.Series(values, dtype=dtype).gather(at)


def _lines(charges: Charges, walked: Walked, book: Book, source: Source) -> pl.DataFrame:
    """Return the charges and recaps of a piece as lines, in the order of the file."""
    frames = []
    if len(charges.rows):
        frames.append(_charge_lines(charges, walked, book, source))
    if walked.settled:
        frames.append(_recap_lines(charges.records, walked.settled))
    if not frames:
        return empty_lines()
    found = frames[0]
    if len(frames) > 1:
        found = pl.concat(frames, how="diagonal").sort("record_no")
    account = pl.lit(book.header["issuer"] or None, dtype=pl.String)
    return build_lines(found.with_columns(account=account), sha256=source.sha256, feed=source.feed)


def _charge_lines(charges: Charges, walked: Walked, book: Book, source: Source) -> pl.DataFrame:
    """Return the charges; what an issuer pays is negative."""
    records, rows, texts = charges.records, charges.rows, charges.texts
    at = _recap_of(records, rows)
    batch = np.searchsorted(walked.ends, np.arange(len(rows)), side="right")
    sign = np.array(walked.signs, dtype=np.int64)[batch]
    kinds = ["refund" if one > 0 else "sale" for one in walked.signs]
    masked, fingerprints = protect_pans(texts["card"], source.pan_key)
    fee = -charges.amounts["commission"] * sign
    settled = charges.days["settlement_day"]
    own = [_text(one, "currency") for one in book.recaps]
    other = [_text(one, "settlement_currency") for one in book.recaps]
    numbers = [one.number - 1 if one else 0 for one in book.recaps]
    found = {
        **_places(records, rows),
        "kind": _spread(list(kinds), batch, pl.String()),
        "statement_no": pl.Series(np.array(numbers, dtype=np.int32)[at]),
        "currency": _spread(list(own), at, pl.String()),
        "exponent": _spread([exponents().get(one) for one in own], at, pl.Int8()),
        "amount_minor": pl.Series(charges.amounts["gross"] * sign),
        "fee_minor": pl.Series(fee),
        "interchange_minor": pl.Series(fee),
        "net_minor": pl.Series(charges.amounts["net"] * sign),
        "scheme_ref": texts["network_reference"],
        "psp_ref": texts["reference"],
        "auth_code": texts["auth_code"],
        "merchant_id": texts["merchant"],
        "batch_ref": _spread(list(walked.batches), batch, pl.String()),
        "business_date": settled,
        "booking_date": charges.days["charge_day"],
        "value_date": settled,
        "pan_masked": masked,
        "pan_fingerprint": fingerprints,
    }
    differs = np.array([one != two for one, two in zip(own, other, strict=True)])[at]
    if differs.any():
        original = pl.Series(charges.amounts["settled_gross"] * sign)
        names = [two if one != two else None for one, two in zip(own, other, strict=True)]
        found["original_amount_minor"] = original.set(pl.Series(~differs), None)
        found["original_currency"] = _spread(list(names), at, pl.String())
    return pl.DataFrame(found)


def _recap_lines(records: Records, settled: list[Settled]) -> pl.DataFrame:
    """Return what each recap settles."""
    texts = [one.recap.texts for one in settled]
    currencies = [one["settlement_currency"] for one in texts]
    days = pl.Series([one.day for one in settled], dtype=pl.String).str.to_date("%Y-%m-%d")
    names = [f"recap {one['recap']} of {one['parties'][:3].strip()}" for one in texts]
    found = {
        **_places(records, np.array([one.row for one in settled])),
        "kind": pl.Series(["payout"]).new_from_index(0, len(settled)),
        "statement_no": pl.Series([one.recap.number - 1 for one in settled], dtype=pl.Int32),
        "currency": pl.Series(currencies),
        "exponent": pl.Series([exponents()[one] for one in currencies], dtype=pl.Int8),
        "amount_minor": pl.Series([-one.net for one in settled], dtype=pl.Int64),
        "batch_ref": pl.Series([one["recap"] for one in texts]),
        "business_date": days,
        "value_date": days,
        "narrative": pl.Series(names),
    }
    return pl.DataFrame(found)


def _places(records: Records, rows: Offsets) -> dict[str, pl.Series]:
    return {
        "record_no": pl.Series(rows + records.before + 1),
        "byte_start": pl.Series(records.byte_start[rows]),
        "byte_length": pl.Series(records.byte_length[rows]),
    }
