"""The scheme's clearing file: Mastercard IPM, 1014-blocked, EBCDIC (cp500), written with cardutil.

Header 1644/697, first presentments 1240/200 (refunds: processing code 20), chargebacks 1442/450,
trailer 1644/695 with the sum of all amounts and the count of all messages. Written with somebody
else's encoder on purpose: a mistake in our own reading cannot hide behind the same one here.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cardutil.mciipm import IpmWriter

from tieout.money import exponent_of, numeric_of
from tieout.simulator.merchants import Merchant
from tieout.simulator.world import TIME_ZONE

_PROCESSOR = "12345"
_ACQUIRER = "512345"


@dataclass(frozen=True)
class ClearedItem:
    """One record of the clearing file; the amount is unsigned, `kind` gives its direction."""

    kind: str  # sale | refund | chargeback
    arn: str
    rrn: str
    merchant: Merchant
    card: str
    currency: str
    amount_minor: int
    auth_code: str
    order_ref: str
    occurred_at: datetime


def clearing_name(day: date) -> str:
    """Return the file's name."""
    return f"clearing_{day:%Y%m%d}.ipm"


def write_clearing(day: date, items: Iterable[ClearedItem], *, sequence: int) -> bytes:
    """Return the bytes of one clearing file; `sequence` numbers the files of the world from 1."""
    file_id = f"001{day:%y%m%d}{int(_PROCESSOR):011d}{sequence:05d}"
    records: list[dict[str, object]] = [
        {"MTI": "1644", "DE24": "697", "PDS0105": file_id, "PDS0122": "P"}
    ]
    records += [_record(day, item) for item in items]
    total = sum(item for record in records if isinstance(item := record.get("DE4", 0), int))
    records.append(
        {
            "MTI": "1644",
            "DE24": "695",
            "PDS0105": file_id,
            "PDS0301": f"{total:016d}",
            "PDS0306": f"{len(records) + 1:08d}",
        }
    )
    out = io.BytesIO()
    with IpmWriter(out, encoding="cp500", blocked=True) as writer:
        for number, record in enumerate(records, start=1):
            writer.write({**record, "DE71": number})
    return out.getvalue()


def _record(day: date, item: ClearedItem) -> dict[str, object]:
    numeric = numeric_of(item.currency)
    is_chargeback = item.kind == "chargeback"
    record: dict[str, object] = {
        "MTI": "1442" if is_chargeback else "1240",
        "DE2": item.card,
        "DE3": "200000" if item.kind == "refund" else "000000",
        "DE4": item.amount_minor,
        "DE5": item.amount_minor,
        "DE9": 61_000_000,
        "DE12": item.occurred_at.astimezone(ZoneInfo(TIME_ZONE)).replace(tzinfo=None),
        "DE22": "810S9081000S",
        "DE24": "450" if is_chargeback else "200",
        "DE26": item.merchant.mcc,
        "DE31": item.arn,
        "DE33": _PROCESSOR,
        "DE37": item.rrn,
        "DE40": "201",
        "DE41": item.merchant.terminal,
        "DE42": item.merchant.merchant_id,
        "DE43": _name_and_place(item.merchant),
        "DE49": numeric,
        "DE50": numeric,
        "DE63": f" MCC{item.arn[16:22]}{day:%m%d}  ",
        "DE93": _PROCESSOR,
        "DE94": _PROCESSOR,
        "DE100": _PROCESSOR,
        **_private_data(day, numeric, exponent_of(item.currency)),
    }
    if item.auth_code:
        record["DE38"] = item.auth_code
    if is_chargeback:
        # 4837: no cardholder authorisation; the original amount and its currency stay beside it.
        record |= {"DE25": "4837", "DE30": f"{item.amount_minor:012d}{0:012d}"}
        record |= {"DE95": item.arn[12:22], "PDS0149": f"{numeric}000"}
    return record


def _name_and_place(merchant: Merchant) -> str:
    postcode, country = f"{merchant.postcode:<10}", merchant.country
    return f"{merchant.name}\\1 QUAY STREET\\{merchant.city}\\{postcode}   {country}"


def _private_data(day: date, numeric: str, exponent: int) -> dict[str, str]:
    account = "DE00SIMULATED".ljust(28, "0")
    return {
        "PDS0002": "MCC",
        "PDS0003": "MCC",
        "PDS0023": "CT6",
        "PDS0052": "210",
        "PDS0148": f"{numeric}{exponent}",
        "PDS0158": f"MCC201000175{day:%y%m%d}01",
        "PDS0159": f"{_ACQUIRER:>011}{account}MDE00000001 {day:%y%m%d}01{day:%y%m%d}01",
        "PDS0165": "M",
    }
