"""A made-up processor's report for `tieout bench parse`, and the layout that reads it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

COLUMNS: Final = (
    *("booking", "type", "date", "currency", "gross", "fee", "net", "batch"),
    *("arn", "auth_code", "merchant", "order", "processor_ref", "text"),
)

LAYOUT: Final[Mapping[str, object]] = MappingProxyType(
    {
        "kind": {"column": "type", "values": {"Sale": "sale", "Refund": "refund"}},
        "columns": {
            "record_id": "booking",
            "business_date": "date",
            "currency": "currency",
            "amount": "gross",
            "fee": "fee",
            "net": "net",
            "batch_ref": "batch",
            "scheme_ref": "arn",
            "auth_code": "auth_code",
            "merchant_id": "merchant",
            "merchant_ref": "order",
            "psp_ref": "processor_ref",
            "narrative": "text",
        },
    }
)


def write_delimited(records: int) -> bytes:
    """Return a CSV of `records` rows with 14 columns, about 150 bytes each."""
    return ("\n".join([",".join(COLUMNS), *map(_row, range(records))]) + "\n").encode("ascii")


def _row(number: int) -> str:
    gross = 100 + number * 37 % 250_000
    fee = gross * 15 // 1000 + 10
    kind, sign = ("Refund", "-") if number % 30 == 7 else ("Sale", "")
    net = gross - fee if not sign else -gross - fee
    return (
        f"B-{number:010d},{kind},2026-03-02,{('EUR', 'USD', 'GBP')[number % 3]},"
        f"{sign}{_major(gross)},-{_major(fee)},{'-' if net < 0 else ''}{_major(abs(net))},"
        f"PO-20260302-{number % 40},7512345606{number:013d},{number % 1_000_000:06d},"
        f"MERCHANT{number % 900:07d},ORDER-{number},psp_{number:016d},Order {number} of 2 March"
    )


def _major(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
