"""American Express files to lines and payments, a piece of the file at a time.

The shape comes first, over the whole file; only then is money read. What a record means can depend
on a later one (charges make their submission a fee, a payment dates its parts), so a file of
several pieces is surveyed for those while its shape is looked at.
"""

import re
from collections.abc import Callable, Iterator
from typing import Protocol

import polars as pl

from parsers.amex import fixed, grrcn, layout
from parsers.amex.cuts import Cut, Delimited
from parsers.amex.figures import Complaints, Money, equal, known
from parsers.amex.frame import FixedFrame, Frame, GrrcnFrame
from parsers.amex.payments import REFUND, SALE, Ledger, Shaped, shape
from parsers.contract import Batches, Data, Source
from parsers.lines import build_lines, protect_pans
from parsers.lookups import look_up
from parsers.outcome import Draft, Findings
from parsers.singles import FEW
from parsers.text_records import Records, pieces
from parsers.views import Mask, Offsets
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines
from tieout.money import exponents

_PIECE_BYTES = 4 << 20
"""More makes nothing faster: what is cut out of a piece then no longer fits into the cache."""

_MASKED = r"^([0-9]{6})[X*x]+([0-9]{4})$"
_MASKED_ONE = re.compile(_MASKED[:-1])
_KNOWN = dict.fromkeys(exponents(), True)


class _Reader(Protocol):
    """Reads the records of one layout, piece by piece."""

    cut: Cut
    listed: set[str]

    def survey(self, records: Records) -> None:
        """Note what holds for records of other pieces."""

    def read(self, records: Records) -> Money:
        """Return the records with money of a piece."""


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of an American Express file.

    Option `currency` (default USD) is that of EPRAW and EPTRN, which name none.

    Raises:
        UsageError: the option is no currency.
    """
    currency = str(source.options.get("currency", "USD"))
    if currency not in exponents():
        raise UsageError(f"Option currency = {currency!r} is no currency.", hint="For example USD.")
    complaints = Complaints()
    reader, frame = _of_variant(source.raw[: layout.HEAD_BYTES], currency, complaints)
    size = min(source.batch_bytes, _PIECE_BYTES)
    again = _repeatable(source.raw, size, reader)
    for records in again():
        frame.look(records, findings)
        if len(source.raw) > size and not findings.refused:
            reader.survey(records)
    totals = frame.prove(findings)
    if findings.refused:
        return Draft(empty_lines(), frame.records, (), totals)
    ledger = Ledger()
    for records in again():
        money = reader.read(records)
        if not complaints.told:
            shaped = shape(money, reader.listed)
            ledger.add(money, shaped)
            yield _lines(money, shaped, source)
    complaints.tell(findings)
    if findings.refused:
        return Draft(empty_lines(), frame.records, (), totals)
    statements, footings = ledger.prove(findings)
    return Draft(empty_lines(), frame.records, statements, (*totals, *footings))


def _of_variant(head: bytes, currency: str, complaints: Complaints) -> tuple[_Reader, Frame]:
    """Return what reads the layout that a file begins with."""
    variant = layout.variant_of(head)
    if variant == "eptrn":
        return fixed.UsReader(currency, complaints), FixedFrame(
            tuple(layout.EPTRN), layout.EPTRN_COUNT
        )
    if variant == "epa":
        return fixed.EuropeanReader(complaints), FixedFrame(tuple(layout.EPA), layout.EPA_COUNT)
    if variant == "fixed":
        return grrcn.Reader(grrcn.fixed_cut(), complaints), GrrcnFrame(None)
    cut = Delimited(head[:512])
    return grrcn.Reader(cut, complaints), GrrcnFrame(cut)


def _repeatable(raw: Data, size: int, reader: _Reader) -> Callable[[], Iterator[Records]]:
    """Return what gives the records of a file piece by piece, each time from its start."""
    if len(raw) > size:
        return lambda: pieces(raw, size, reader.cut.names)
    everything = list(pieces(raw, size, reader.cut.names))
    return lambda: iter(everything)


def _lines(money: Money, shaped: Shaped, source: Source) -> pl.DataFrame:
    columns, records = money.columns, money.columns.records
    has_fee, rows, kinds = shaped.has_fee, columns.rows, shaped.kinds
    found = {
        "record_no": pl.Series(rows + records.before + 1),
        "byte_start": pl.Series(records.byte_start[rows]),
        "byte_length": pl.Series(records.byte_length[rows]),
        "account": columns.text("payee"),
        "batch_ref": money.payment,
        "kind": shaped.kind(),
        "currency": money.currency,
        "exponent": money.exponent,
        "amount_minor": pl.Series(shaped.amount),
        "fee_minor": _where(has_fee, -shaped.charges),
        "net_minor": _where(has_fee, shaped.worth),
        "business_date": _days(money.value_date.values, money.value_date.known),
        "value_date": _days(money.value_date.values, money.value_date.known),
        "booking_date": _days(money.booking_date.values, money.booking_date.known),
        "is_booked": pl.Series(money.is_booked),
        "merchant_ref": columns.text("reference"),
        **{
            name: columns.text(name)
            for name in ("merchant_id", "auth_code", "scheme_ref", "narrative")
        },
        **_cards(columns.text("card"), source.pan_key),
    }
    # Conversions are stated per charge and per submission; what is not converted has no original.
    sent = money.amounts["sent"]
    differs = sent.known & ((kinds == SALE) | (kinds == REFUND))
    if differs.any():
        abroad = columns.text("sent_currency")
        differs &= known(abroad) & ~equal(abroad, money.currency)
        differs &= look_up(abroad, _KNOWN, pl.Boolean(), default=False).to_numpy()
        found["original_amount_minor"] = _where(differs, sent.values)
        found["original_currency"] = abroad.set(pl.Series(~differs), None)
    return build_lines(pl.DataFrame(found), sha256=source.sha256, feed=source.feed)


def _where(holds: Mask, values: Offsets) -> pl.Series:
    """Return the values where `holds` is true, null elsewhere."""
    if len(values) < FEW:
        pairs = zip(holds.tolist(), values.tolist(), strict=True)
        return pl.Series([value if one else None for one, value in pairs], dtype=pl.Int64)
    return pl.select(pl.when(pl.Series(holds)).then(pl.Series(values))).to_series()


def _days(values: Offsets, are_known: Mask) -> pl.Series:
    return _where(are_known, values).cast(pl.Int32).cast(pl.Date)


def _cards(cards: pl.Series, key: bytes) -> dict[str, pl.Series]:
    """Return the columns of card numbers, which the file masks or writes in clear."""
    if cards.null_count() == len(cards):
        return {}
    if len(cards) < FEW:
        found = [one and _MASKED_ONE.fullmatch(one) for one in cards.to_list()]
        masks = [one and f"{one[1]}******{one[2]}" for one in found]
        given = pl.Series(cards.name, masks, dtype=pl.String)
    else:
        parts = pl.col(cards.name).str.extract_groups(_MASKED).struct
        text = parts.field("1") + pl.lit("******") + parts.field("2")
        given = cards.to_frame().select(text.alias(cards.name)).to_series()
    if given.null_count() == cards.null_count():
        return {"pan_masked": given}
    masked, fingerprints = protect_pans(cards, key)
    return {
        "pan_masked": given.zip_with(given.is_not_null(), masked),
        "pan_fingerprint": fingerprints,
    }
