"""SettlementLine: the one shape of a line of money, whoever sent it.

Every parser returns it and every matcher reads it; the internal side (our transaction core or a
team's own export) has the same shape, so that a matcher need not know which side it looks at.

The sign rule, once for the whole project: **credit to us is positive.** A sale that the scheme owes
us, a payout into our bank account: positive. A refund, a chargeback, a fee charged to us: negative.
Turning a file's own signs into this one is the parser's job.

Amounts are Int64 in minor units of the currency beside them. Sums over a day are taken in Int128.
"""

import pandera.polars as pa
import polars as pl

from tieout.frames.quick import QuickSchema

KINDS = (
    "sale",
    "refund",
    "reversal",
    "chargeback",
    "representment",
    "fee",
    "reserve",
    "release",
    "adjustment",
    "payout",
    "fx",
    "balance",
)
"""What a line is.

`sale` covers a capture (core) and a first presentment (clearing); `payout` is the total that a
counterparty says it sends for a batch.
"""


_text = pl.String()
_minor = pl.Int64()


def _column(dtype: pl.DataType, *checks: pa.Check, null: bool = False) -> pa.Column:
    return pa.Column(dtype, checks=list(checks), nullable=null)


SettlementLine = pa.DataFrameSchema(
    {
        # Identity for ever: `<first 16 hex digits of file_sha256>-<record_no, 7 digits>`, or the
        # internal system's own key. Unique in a frame.
        "record_id": _column(_text),
        "feed": _column(_text),
        "file_sha256": _column(_text, pa.Check.str_matches(r"^[0-9a-f]{64}$")),
        "record_no": _column(pl.Int64(), pa.Check.ge(1)),
        # Where the record stands in the file as received; of a blocked file, in the raw bytes.
        "byte_start": _column(pl.Int64(), pa.Check.ge(0)),
        "byte_length": _column(pl.Int64(), pa.Check.ge(0)),
        "kind": _column(_text, pa.Check.isin(KINDS)),
        # False for pending or informational entries: kept and counted, never matched.
        "is_booked": _column(pl.Boolean()),
        # True for a line that undoes an earlier one; its amount is already signed accordingly.
        "is_reversal": _column(pl.Boolean()),
        # Which statement or logical file (0-based) inside the file.
        "statement_no": _column(pl.Int32()),
        "account": _column(_text, null=True),
        "merchant_id": _column(_text, null=True),
        "currency": _column(_text, pa.Check.str_matches(r"^[A-Z]{3}$")),
        # Digits after the decimal point that the amounts were scaled with.
        "exponent": _column(pl.Int8(), pa.Check.in_range(0, 6)),
        # The amount that legs compare: gross of a card line, the amount of a bank entry.
        "amount_minor": _column(_minor),
        # All fees of the line together, negative when charged to us; then the kinds, if stated.
        "fee_minor": _column(_minor, null=True),
        "interchange_minor": _column(_minor, null=True),
        "scheme_fee_minor": _column(_minor, null=True),
        "markup_minor": _column(_minor, null=True),
        # amount_minor + fee_minor where the file states a net; null otherwise.
        "net_minor": _column(_minor, null=True),
        "original_amount_minor": _column(_minor, null=True),
        "original_currency": _column(_text, null=True),
        # ARN of a card line; end-to-end id of a bank entry.
        "scheme_ref": _column(_text, null=True),
        "rrn": _column(_text, null=True),
        "psp_ref": _column(_text, null=True),
        "merchant_ref": _column(_text, null=True),
        "batch_ref": _column(_text, null=True),
        "auth_code": _column(_text, null=True),
        "event_at": _column(pl.Datetime("us", "UTC"), null=True),
        # The date that the line belongs to on the sender's side.
        "business_date": _column(pl.Date()),
        "booking_date": _column(pl.Date(), null=True),
        "value_date": _column(pl.Date(), null=True),
        "pan_masked": _column(_text, pa.Check.str_matches(r"^\d{6}\*+\d{4}$"), null=True),
        "pan_fingerprint": _column(_text, null=True),
        "narrative": _column(_text, null=True),
    },
    strict=True,
    ordered=True,
)
"""One row per line of money: shape (lines, the columns above), in the order of the file."""

_QUICK = QuickSchema(SettlementLine)

LINE_SCHEMA: dict[str, pl.DataType] = {
    name: column.dtype.type for name, column in SettlementLine.columns.items()
}
"""Column name → Polars type, in the order of the contract."""


_EMPTY = pl.DataFrame(schema=LINE_SCHEMA)


def empty_lines() -> pl.DataFrame:
    """Return zero lines in the right shape."""
    return _EMPTY.clone()


def validate_lines(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` unchanged if it keeps the contract.

    Eager on purpose: pandera checks only the schema of a lazy frame, not its values.

    Raises:
        pandera.errors.SchemaErrors: names every column, row and value that breaks the contract.
        ValueError: a record_id appears twice.
    """
    if not _QUICK.is_kept(frame):
        SettlementLine.validate(frame, lazy=True)
    if frame["record_id"].n_unique() != frame.height:
        twice = frame.filter(pl.col("record_id").is_duplicated())["record_id"][0]
        raise ValueError(f"record_id {twice!r} appears more than once in one frame")
    return frame
