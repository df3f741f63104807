"""Records 16 as columns: type, amount, value date, references and text of all details at once.

The loops of loops.py find where the fields stand, also where they run on in an 88 and behind a
funds type; here those places become columns. What is not to the letter of the standard (funds type
D, forms outside it) is marked odd and read by the regular expression of layout.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from parsers.bai2 import layout, loops
from parsers.text_views import texts_of
from parsers.views import Bytes, Mask, Offsets

_DETAIL = re.compile(layout.DETAIL, re.DOTALL)
_DISTRIBUTED = re.compile(r"^(16[,\n][^,\n]*[,\n][^,\n]*[,\n])D[,\n]([0-9]{1,3})(.*)$", re.DOTALL)
END_TO_END = r"(?:^|\s)EREF: ?(\S+)"
_END_TO_END = re.compile(END_TO_END)


@dataclass(slots=True)
class Details:
    """One row per detail; rows of `odd` hold nothing yet.

    Attributes:
        rows: each one's place in Records.firsts.
        types: type code, -1 where it cannot be read.
        minor: amount as written, signed only where the detail writes a sign.
        has_amount: whether the amount field holds anything.
        funds: first letter of the funds type, 0 without one.
        days: value date of funds type V in days since 1970; valid where `has_day`.
        accounts: how many accounts the block has opened before each detail.
        inside: 1 where an account is open, 0 where none is, 2 before anything says so.
        places: start and length of bank reference, customer reference, text, end-to-end id.
        odd: rows that are read one by one.
        others: rows whose text holds more than ASCII.
    """

    rows: Offsets
    types: Offsets
    minor: Offsets
    has_amount: Mask
    funds: Offsets
    days: Offsets
    has_day: Mask
    accounts: Offsets
    inside: Offsets
    places: Offsets
    odd: Offsets
    others: Offsets


@dataclass(frozen=True, slots=True)
class OddDetail:
    """What one odd record 16 says."""

    type_no: int
    minor: int
    has_amount: bool
    funds: int
    value_day: str
    bank: str | None
    customer: str | None
    text: str | None


def details_of(rows: Offsets, values: Offsets, places: Offsets) -> Details:
    """Return the details of a block from what `loops.read_fields` found."""
    types, minor, has_amount, funds, days, has_day, cares, accounts, inside = values
    care = cares.nonzero()[0]
    return Details(
        rows, types, minor, has_amount != 0, funds, days, has_day != 0, accounts, inside,
        places, care[cares[care] == loops.ODD], care[cares[care] == loops.OTHER],
    )  # fmt: skip


def read_texts(text: Bytes, details: Details, odd: Mapping[int, OddDetail]) -> list[pl.Series]:
    """Return bank reference, customer reference, narrative and end-to-end id of each detail."""
    at = details.places
    bank, customer, narrative, ids = (texts_of(text, at[k], at[k + 1]) for k in range(0, 8, 2))
    if len(details.others):
        plain = narrative[details.others].str.replace_all(r"\s+", " ").str.strip_chars()
        plain = pl.select(pl.when(plain != "").then(plain)).to_series()
        narrative = narrative.scatter(details.others, plain)
        ids = ids.scatter(details.others, plain.str.extract(END_TO_END))
    if odd:
        found = [_END_TO_END.search(one.text or "") for one in odd.values()]
        ids = ids.scatter(list(odd), [one[1] if one else None for one in found])
        for column, name in ((bank, "bank"), (customer, "customer"), (narrative, "text")):
            column.scatter(list(odd), [getattr(one, name) for one in odd.values()])
    names = ("psp_ref", "merchant_ref", "narrative", "scheme_ref")
    columns = (bank, customer, narrative, ids)
    return [column.alias(name) for column, name in zip(columns, names, strict=True)]


def read_odd(text: str) -> OddDetail | None:
    """Return a detail by the regular expression; None when it has not that shape."""
    found = _DETAIL.match(_without_distribution(text))
    if found is None or len(found["amount"]) > 18:
        return None
    amount = int(found["amount"] or 0)
    funds = found["funds_v"] or found["funds_s"] or found["funds"] or ""
    return OddDetail(
        type_no=int(found["type"]),
        minor=-amount if found["sign"] == "-" else amount,
        has_amount=found["amount"] != "",
        funds=ord(funds) if len(funds) == 1 else 0,
        value_day=found["value_date"] or "",
        bank=(found["bank"] or "").strip() or None,
        customer=(found["customer"] or "").strip() or None,
        text=" ".join((found["text"] or "").split()) or None,
    )


def _without_distribution(text: str) -> str:
    """Turn funds type D, which has as many fields as it says, into Z."""
    found = _DISTRIBUTED.match(text)
    if found is None:
        return text
    rest = re.split(r"([,\n])", found[3])
    kept = "".join(rest[1 + 4 * int(found[2]) :])
    return f"{found[1]}Z{kept}"
