"""From the columns that a format found to the SettlementLine frame.

Every parser fills only the columns it knows; here the identity of each line is made and what is
absent becomes null. Then, for all formats alike, card numbers leave every text column.
"""

import re
from collections.abc import Callable

import polars as pl

from parsers.cards import CARD_GROUPS, CARD_TEXT, hide_cards
from parsers.errors import Refused
from parsers.sensitive import sensitive_finding
from tieout.frames.settlement import LINE_SCHEMA
from tieout.references import Fingerprints, fingerprint_pan, mask_pan

_ABSENT = {name: pl.Series(name, [None], dtype=dtype) for name, dtype in LINE_SCHEMA.items()} | {
    "is_booked": pl.Series("is_booked", [True]),
    "is_reversal": pl.Series("is_reversal", [False]),
    "statement_no": pl.Series("statement_no", [0], dtype=pl.Int32),
}
"""What stands in a column that the format does not fill: one value, repeated when needed."""

_NUMBER_ABOVE = 10**7
"""The least number that does not fit into the seven digits of a record_id."""

REFERENCES = (
    "account",
    "merchant_id",
    "scheme_ref",
    "rrn",
    "psp_ref",
    "merchant_ref",
    "batch_ref",
    "auth_code",
)
"""Columns that lines are matched by: a card number there keeps its identity (`hide_in_key`)."""

_FEW = 64
"""Up to so many texts, Python looks at them sooner than Polars begins to."""

_PAN = re.compile("[0-9]{12,19}")
_FIRST = 1000
_CARD_MIN, _CODE_MIN = 13, len("CVV:123")
_SECURITY_CODE = r"(?i)\bcv[vc]2? ?[:=] ?[0-9]{3,4}\b"


def build_lines(found: pl.DataFrame, *, sha256: str, feed: str) -> pl.DataFrame:
    """Return `found` as settlement lines.

    Args:
        found: any subset of the contract's columns; needs record_no. A column record_id holds the
            sender's own key and is kept; otherwise identity is file and record number.
        sha256: of the file as received.
        feed: name of the feed.
    """
    known = {column.name: column for column in found.get_columns()}
    known["feed"] = pl.Series("feed", [feed]).new_from_index(0, found.height)
    known["file_sha256"] = pl.Series("file_sha256", [sha256]).new_from_index(0, found.height)
    if "record_id" not in known:
        known["record_id"] = _own_ids(known["record_no"], sha256)
    columns = []
    for name, dtype in LINE_SCHEMA.items():
        column = known.get(name)
        if column is None:
            column = _ABSENT[name].new_from_index(0, found.height)
        columns.append(column if column.dtype == dtype else column.cast(dtype))
    return pl.DataFrame(columns)


def _own_ids(numbers: pl.Series, sha256: str) -> pl.Series:
    """Return the file's first 16 hex digits, a hyphen, and the record's number of seven digits."""
    file = f"{sha256[:16]}-"
    if len(numbers) <= _FEW:
        return pl.Series("record_id", [f"{file}{number:07}" for number in numbers], dtype=pl.String)
    highest = numbers.max()
    if isinstance(highest, int) and highest < _NUMBER_ABOVE:  # half the time of zfill
        digits = (numbers.cast(pl.Int64) + _NUMBER_ABOVE).cast(pl.String).str.slice(1)
    else:
        digits = numbers.cast(pl.String).str.zfill(7)
    identities: pl.Series = pl.Series("record_id", [file]) + digits
    return identities.alias("record_id")


def hide_in_texts(lines: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return the lines without card numbers in any text column.

    In the narrative a number becomes its masked form; in the columns that lines are matched by, and
    in a sender's own record_id, masked form and fingerprint, so that equal numbers stay equal
    and different ones different. What is not there costs one look at each column.

    Args:
        lines: in the shape of SettlementLine.
        key: of the fingerprints.

    Raises:
        Refused: a card verification code stands in a narrative.
    """
    long = _long_columns(lines)
    hidden = []
    if "narrative" in long:
        _refuse_security_codes(lines)
        hidden += _hidden(lines["narrative"], f"{CARD_TEXT}|{CARD_GROUPS}", mask_pan)
    for name in long & {"record_id", *REFERENCES}:
        hidden += _hidden(lines[name], CARD_TEXT, hide_in_key(key))
    return lines.with_columns(hidden) if hidden else lines


def _long_columns(lines: pl.DataFrame) -> set[str]:
    """Return the text columns that have room for what is looked for."""
    names = ["narrative", *REFERENCES]
    if lines.height and not lines["record_id"][0].startswith(lines["file_sha256"][0][:16]):
        names.append("record_id")  # the sender's own key
    return {
        name
        for name in names
        if _has_room(lines[name], _CODE_MIN if name == "narrative" else _CARD_MIN)
    }


def _has_room(texts: pl.Series, least: int) -> bool:
    if texts.null_count() == len(texts):
        return False
    if len(texts) <= _FEW:
        return any(text is not None and len(text) >= least for text in texts.to_list())
    longest = texts.str.len_bytes().max()
    return isinstance(longest, int) and longest >= least


def hide_in_key(key: bytes) -> Callable[[str], str]:
    """Return what turns a card number into text that can still be matched by."""
    return lambda pan: f"{mask_pan(pan)}#{fingerprint_pan(pan, key)[:16]}"


def _hidden(texts: pl.Series, pattern: str, hide: Callable[[str], str]) -> list[pl.Series]:
    """Return the column without card numbers, or nothing where it holds none."""
    plain = {text: hide_cards(text, hide) for text in _holding(texts, pattern)}
    changed = {text: other for text, other in plain.items() if text != other}
    return [texts.replace(changed)] if changed else []


def _refuse_security_codes(lines: pl.DataFrame) -> None:
    for text in _holding(lines["narrative"], _SECURITY_CODE)[:1]:
        place = lines.filter(narrative=text)["byte_start"][0]
        raise Refused(sensitive_finding(place, "a card verification code in a text", "narrative"))


def _holding(texts: pl.Series, pattern: str) -> list[str]:
    """Return the texts in which the pattern is found, each once, in their order."""
    if len(texts) <= _FEW:
        search = re.compile(pattern).search
        return list(dict.fromkeys(text for text in texts.to_list() if text and search(text)))
    if texts.head(_FIRST).n_unique() * 2 < _FIRST:  # places and batches repeat: look at each once
        texts = texts.unique(maintain_order=True)
    return texts.filter(texts.str.contains(pattern)).unique(maintain_order=True).to_list()


def protect_pans(pans: pl.Series, key: bytes) -> tuple[pl.Series, pl.Series]:
    """Return (pan_masked, pan_fingerprint) of a column of card numbers in clear, null for null.

    Each distinct number is hashed once. Anything that is not 12 to 19 digits is treated as
    absent: it is no card number, and showing it might show part of one.
    """
    if len(pans) <= _FEW:
        return _protect_few(pans.to_list(), key)
    is_pan = pans.str.contains(r"^[0-9]{12,19}$").fill_null(False)
    valid = pans.filter(is_pan).unique()
    hashed = dict(
        zip(valid.to_list(), Fingerprints(key).of(valid.cast(pl.Binary).to_list()), strict=True)
    )
    masked = (pans.str.head(6) + "******" + pans.str.tail(4)).set(~is_pan, None)
    if not hashed:
        return masked, pl.Series(pans.name, [None] * len(pans), dtype=pl.String)
    return masked, pans.replace_strict(hashed, default=None, return_dtype=pl.String)


def _protect_few(pans: list[str | None], key: bytes) -> tuple[pl.Series, pl.Series]:
    valid = [one if one is not None and _PAN.fullmatch(one) else None for one in pans]
    distinct = [one for one in dict.fromkeys(valid) if one is not None]
    hashed = dict(
        zip(distinct, Fingerprints(key).of([one.encode() for one in distinct]), strict=True)
    )
    masked = [None if one is None else f"{one[:6]}******{one[-4:]}" for one in valid]
    fingerprints = [None if one is None else hashed[one] for one in valid]
    return pl.Series(masked, dtype=pl.String), pl.Series(fingerprints, dtype=pl.String)
