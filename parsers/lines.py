"""From the columns that a format found to the SettlementLine frame.

Every parser fills only the columns it knows; here the identity of each line is made, what is absent
becomes null, and card numbers that a sender wrote into free text are masked.
"""

import re
from collections.abc import Mapping

import polars as pl

from tieout.frames.settlement import LINE_SCHEMA
from tieout.references import fingerprint_pan, is_pan, mask_pan

_DEFAULTS = {
    "is_booked": pl.lit(True),
    "is_reversal": pl.lit(False),
    "statement_no": pl.lit(0),
}

# Ranges that schemes issue: Visa, Mastercard (two), Amex, Discover/Maestro. Anything else with a
# right check digit is far more often an account number.
_CARD_TEXT = (
    r"(?:^|[^0-9])(4[0-9]{12}(?:[0-9]{3}){0,2}|5[1-5][0-9]{14}|2[2-7][0-9]{14}"
    r"|3[47][0-9]{13}|6[0-9]{15})(?:[^0-9]|$)"
)
_CARD_RUN = re.compile(r"(?<![0-9])[2-6][0-9]{12,18}(?![0-9])")


def build_lines(found: pl.DataFrame, *, sha256: str, feed: str) -> pl.DataFrame:
    """Return `found` as settlement lines.

    Args:
        found: any subset of the contract's columns; needs record_no. A column record_id holds the
            sender's own key and is kept; otherwise identity is file and record number.
        sha256: of the file as received.
        feed: name of the feed.
    """
    own_id = pl.lit(f"{sha256[:16]}-") + pl.col("record_no").cast(pl.String).str.zfill(7)
    identity = {
        "record_id": pl.col("record_id") if "record_id" in found.columns else own_id,
        "feed": pl.lit(feed),
        "file_sha256": pl.lit(sha256),
    }
    columns = []
    for name, dtype in LINE_SCHEMA.items():
        expression = identity.get(name)
        if expression is None:
            known = name in found.columns
            expression = pl.col(name) if known else _DEFAULTS.get(name, pl.lit(None))
        columns.append(expression.cast(dtype).alias(name))
    return _mask_narrative(found.select(columns))


def _mask_narrative(lines: pl.DataFrame) -> pl.DataFrame:
    suspects = lines.filter(pl.col("narrative").str.contains(_CARD_TEXT))
    if suspects.is_empty():
        return lines
    texts = suspects["narrative"].unique(maintain_order=True).to_list()
    masked = {text: _CARD_RUN.sub(_mask, text) for text in texts}
    return lines.with_columns(pl.col("narrative").replace(masked))


def _mask(found: re.Match[str]) -> str:
    return mask_pan(found[0]) if is_pan(found[0]) else found[0]


def protect_pans(pans: pl.Series, key: bytes) -> tuple[pl.Series, pl.Series]:
    """Return (pan_masked, pan_fingerprint) of a column of card numbers in clear, null for null.

    Each distinct number is hashed once. Anything that is not 12 to 19 digits is treated as
    absent: it is no card number, and showing it might show part of one.
    """
    masked: dict[str, str] = {}
    fingerprints: dict[str, str] = {}
    valid = pans.filter(pans.str.contains(r"^[0-9]{12,19}$").fill_null(False))
    for pan in valid.unique().to_list():
        masked[pan] = mask_pan(pan)
        fingerprints[pan] = fingerprint_pan(pan, key)
    return _translate(pans, masked), _translate(pans, fingerprints)


def _translate(pans: pl.Series, mapping: Mapping[str, str]) -> pl.Series:
    if not mapping:
        return pl.Series(pans.name, [None] * len(pans), dtype=pl.String)
    return pans.replace_strict(mapping, default=None, return_dtype=pl.String)
