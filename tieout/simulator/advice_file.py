"""The processor's settlement advice: one line per item it settles, one payout line per batch.

Comma-separated, major units with the digits of the currency, charges negative. A batch is what one
merchant is paid in one currency on one business date; its payout line declares the sum of the nets.
The last line is a trailer: the count of the lines between it and the header, and the sum of their
net column over all currencies, which is a hash total and no amount of anything.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tieout.money import exponent_of, format_minor
from tieout.simulator.merchants import Merchant

COLUMNS = (
    "line_type",
    "advice_date",
    "arn",
    "rrn",
    "merchant_id",
    "order_reference",
    "currency",
    "gross",
    "fee",
    "net",
    "batch_reference",
)
TYPES = {"sale": "Sale", "refund": "Refund", "chargeback": "Chargeback", "payout": "Payout"}


@dataclass(frozen=True)
class AdviceItem:
    """One settled item: gross signed from our side (credit positive), fee positive as charged."""

    kind: str
    arn: str
    rrn: str
    merchant: Merchant
    order_ref: str
    currency: str
    gross_minor: int
    fee_minor: int
    batch_ref: str

    @property
    def net_minor(self) -> int:
        """What the item adds to the payout."""
        return self.gross_minor - self.fee_minor


@dataclass(frozen=True)
class Batch:
    """One payout: the items of one merchant in one currency."""

    batch_ref: str
    merchant: Merchant
    currency: str
    items: tuple[AdviceItem, ...]

    @property
    def net_minor(self) -> int:
        """The declared payout, negative where the merchant owes."""
        return sum(item.net_minor for item in self.items)


def advice_name(day: date) -> str:
    """Return the file's name."""
    return f"advice_{day:%Y%m%d}.csv"


def batch_reference(day: date, merchant: Merchant, currency: str) -> str:
    """Return the reference of the payout of one merchant in one currency."""
    return f"PO-{day:%Y%m%d}-{merchant.code}-{currency}"


def batches_of(items: Iterable[AdviceItem]) -> list[Batch]:
    """Group items into their batches, in the order of the batch references."""
    groups: dict[str, list[AdviceItem]] = {}
    for item in items:
        groups.setdefault(item.batch_ref, []).append(item)
    return [
        Batch(reference, group[0].merchant, group[0].currency, tuple(group))
        for reference, group in sorted(groups.items())
    ]


def write_advice(day: date, batches: Sequence[Batch]) -> bytes:
    """Return the bytes of one advice file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    lines, hash_total = 0, Decimal(0)
    for batch in batches:
        for item in batch.items:
            writer.writerow(_item_row(day, item))
        writer.writerow(_payout_row(day, batch))
        lines += len(batch.items) + 1
        # The items of a batch add up to its payout line, so the batch counts twice.
        hash_total += 2 * Decimal(batch.net_minor).scaleb(-exponent_of(batch.currency))
    writer.writerow(("TRAILER", f"{day:%Y-%m-%d}", lines, f"{hash_total:.2f}"))
    return out.getvalue().encode("utf-8")


def _item_row(day: date, item: AdviceItem) -> tuple[str, ...]:
    currency = item.currency
    return (
        TYPES[item.kind],
        f"{day:%Y-%m-%d}",
        item.arn,
        item.rrn,
        item.merchant.merchant_id,
        item.order_ref,
        currency,
        format_minor(item.gross_minor, currency),
        format_minor(-item.fee_minor, currency),
        format_minor(item.net_minor, currency),
        item.batch_ref,
    )


def _payout_row(day: date, batch: Batch) -> tuple[str, ...]:
    net = format_minor(batch.net_minor, batch.currency)
    return (
        TYPES["payout"],
        f"{day:%Y-%m-%d}",
        "",
        "",
        batch.merchant.merchant_id,
        "",
        batch.currency,
        net,
        "",
        net,
        batch.batch_ref,
    )
