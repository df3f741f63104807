"""STMTTRN to arrays: every value of every entry by one look at the whole column."""

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from parsers.ofx.amounts import read_amounts
from parsers.ofx.heads import Head
from parsers.ofx.layout import (
    CURRENCY,
    CURRENCY_END,
    ENTITIES,
    ENTRY,
    ENTRY_END,
    ENTRY_TAGS,
    FEES,
    STATEMENT,
)
from parsers.ofx.tags import Tags
from parsers.outcome import Findings
from parsers.views import Mask, Offsets, dates, day_numbers, digits
from tieout.money import exponents

_BAD_ROWS_SHOWN = 25
_CODE = re.compile("[A-Za-z]{3}")
_ZONED = r"^([0-9]{14})(?:\.[0-9]+)?\[([+-]?)([0-9]{1,2})(?::.*)?\]"
_SHOWN = ("TRNTYPE", "DTPOSTED", "FITID", "CHECKNUM", "REFNUM", "NAME", "MEMO")


def _moment() -> pl.Expr:
    parts = pl.col("text").str.extract_groups(_ZONED).struct
    sign = pl.when(parts.field("2") == "-").then(pl.lit("-")).otherwise(pl.lit("+"))
    zone = pl.concat_str(sign, parts.field("3").str.zfill(2), pl.lit("00"))
    moment = pl.concat_str(parts.field("1"), zone)
    event = moment.str.to_datetime("%Y%m%d%H%M%S%z", strict=False, time_unit="us")
    return event.cast(pl.Datetime("us", "UTC")).alias("event_at")


_MOMENT = _moment()
_YEARS = (1970, 2079)
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of a file; `tags` holds which tag of each says what (-1: none).

    `minor` are signed minor units of `currency`; `is_own` where that is the statement's.
    """

    all_tags: Tags
    heads: list[Head]
    tags: dict[str, Offsets]
    byte_start: Offsets
    byte_length: Offsets
    statement: Offsets
    currency: list[str | None]
    exponent: Offsets
    minor: Offsets
    is_own: Mask
    posted: tuple[Offsets, Mask]
    available: tuple[Offsets, Mask]

    @property
    def accounts(self) -> pl.Series:
        """The account of each entry."""
        accounts = [one.account for one in self.heads]
        found = [accounts[one] if accounts else None for one in self.statement.tolist()]
        return pl.Series("account", found, dtype=pl.String)

    def __len__(self) -> int:
        return self.byte_start.size


def read_entries(data: bytes, tags: Tags, heads: list[Head], findings: Findings) -> Entries:
    """Return what the entries of a file say.

    Args:
        data: the file as received.
        tags: its tags.
        heads: its statements.
        findings: told what is wrong.
    """
    opens = tags.named(ENTRY)
    here = np.flatnonzero(opens)
    inside = tags.within(ENTRY, ENTRY_END)
    owners = np.cumsum(opens) - 1
    limits = np.append(tags.starts[here][1:], tags.size)
    closing = tags.first(tags.named(ENTRY_END) & ~inside, owners, here.size)
    ends = np.where(closing < 0, limits, tags.ends[closing]) if here.size else limits[:0]
    found = {one: tags.first(inside & tags.named(one), owners, here.size) for one in ENTRY_TAGS}
    symbols = inside & tags.named("CURSYM")
    if symbols.any():
        symbols &= tags.within(CURRENCY, CURRENCY_END)
    # An entry outside of any statement counts as the first one's; its currency is not known.
    statement = np.cumsum(tags.named(STATEMENT))[here] - 1
    own = [heads[one].currency if one >= 0 else None for one in statement.tolist()]
    currency = _currencies(tags, tags.first(symbols, owners, here.size), own)
    known = {one: exponents().get(one or "", -1) for one in set(currency)}
    exponent = np.array([known[one] for one in currency], dtype=np.int64)
    minor, readable = read_amounts(tags.values(found["TRNAMT"]), exponent)
    posted = _days(tags, found["DTPOSTED"])
    available = _days(tags, np.where(found["DTAVAIL"] < 0, found["DTPOSTED"], found["DTAVAIL"]))
    teller = _Teller(data, tags, tags.starts[here], findings)
    teller.refuse(
        "currency_missing",
        "CURDEF",
        exponent < 0,
        currency,
        "a currency of the statement, or option `currency` of the feed",
    )
    expected = "an amount such as -20.50, with no more decimals than its currency has"
    wrong = ~readable & (exponent >= 0)
    teller.refuse("amount_unreadable", "TRNAMT", wrong, found["TRNAMT"], expected)
    expected = "a date such as 20260302"
    teller.refuse("date_unreadable", "DTPOSTED", ~posted[1], found["DTPOSTED"], expected)
    entries = Entries(
        tags,
        heads,
        found,
        tags.starts[here],
        ends - tags.starts[here],
        np.maximum(statement, 0),
        currency,
        exponent,
        minor,
        np.array([one == two for one, two in zip(currency, own, strict=True)], dtype=np.bool_),
        posted,
        available,
    )
    teller.warn_twice(entries)
    return entries


def _currencies(tags: Tags, symbols: Offsets, own: list[str | None]) -> list[str | None]:
    """Return the currency of each entry: one with <CURRENCY> is in that, not in its account's."""
    currency = list(own)
    for row in np.flatnonzero(symbols >= 0).tolist():
        code = _CODE.match(tags.value(int(symbols[row])) or "")
        if code:
            currency[row] = code[0].upper()
    return currency


def _days(tags: Tags, wanted: Offsets) -> tuple[Offsets, Mask]:
    """Return the days that begin values, since 1970, and which of them are days."""
    begins, sizes = tags.span(wanted)
    is_long = sizes >= len("20260302")
    number, good = digits(tags.words, begins, np.where(is_long, 8, 0))
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    days, right = day_numbers(year, month, day)
    right &= good
    # Years that the table of months does not have.
    odd = np.flatnonzero(good & ~right & ((year < _YEARS[0]) | (year > _YEARS[1])))
    parts = zip(odd.tolist(), *(one[odd].tolist() for one in (year, month, day)), strict=True)
    for row, *one in parts:
        try:
            days[row], right[row] = date(*one).toordinal() - _EPOCH, True
        except ValueError:
            continue
    return days, right


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells what is wrong with entries, each with its line and byte."""

    data: bytes
    tags: Tags
    starts: Offsets
    findings: Findings

    def refuse(
        self, code: str, field: str, wrong: Mask, was: Offsets | list[str | None], expected: str
    ) -> None:
        """Refuse the entries where `wrong` holds; at most _BAD_ROWS_SHOWN of them are listed."""
        if not wrong.any():
            return
        rows = np.flatnonzero(wrong).tolist()
        for row in rows[:_BAD_ROWS_SHOWN]:
            one = was[row]
            text = one if isinstance(one, str | None) else self.tags.value(int(one))
            self.findings.refuse(
                code,
                **self._where(row),
                field=field,
                found="nothing" if text is None else repr(text),
                expected=expected,
                hint="Ask the sender for the file again, unchanged by a spreadsheet.",
            )
        if len(rows) > _BAD_ROWS_SHOWN:
            self.findings.refuse(
                code,
                field=field,
                found=f"{len(rows) - _BAD_ROWS_SHOWN} more lines like the ones listed",
                expected=expected,
                hint="They have the same cause.",
            )

    def warn_twice(self, entries: Entries) -> None:
        """Warn about entries of one account with the same FITID."""
        ids = self.tags.values(entries.tags["FITID"])
        filled = len(ids) - ids.null_count()
        if ids.n_unique() - bool(ids.null_count()) == filled:
            return
        keys = pl.DataFrame([entries.accounts, ids.alias("id")])
        twice = keys.is_duplicated() & ids.is_not_null()
        if twice.any():
            self.findings.warn(
                "reference_repeated",
                **self._where(int(twice.arg_true()[0])),
                found=f"an FITID that another entry of the account has, {twice.sum()} times",
                expected="FITID once in an account",
                hint="The lines are kept as written; ask the sender which figure counts.",
            )

    def _where(self, row: int) -> dict[str, int]:
        start = int(self.starts[row])
        line = self.data.count(b"\n", 0, start) + 1
        return {"line": line, "byte_offset": start, "record_no": row + 1}


def read_lines(entries: Entries) -> pl.DataFrame:
    """Return the entries as columns of settlement lines."""
    tags, found = entries.all_tags, entries.tags
    value = {name: tags.values(found[name]) for name in _SHOWN}
    kinds = ["fee" if (one or "").upper() in FEES else "payout" for one in value["TRNTYPE"]]
    days, right = entries.posted
    text = pl.String()
    return pl.DataFrame(
        [
            pl.Series("record_no", np.arange(1, len(entries) + 1)),
            pl.Series("byte_start", entries.byte_start),
            pl.Series("byte_length", entries.byte_length),
            pl.Series("statement_no", entries.statement),
            entries.accounts,
            pl.Series("kind", kinds, dtype=text),
            pl.Series("currency", entries.currency, dtype=text),
            pl.Series("exponent", entries.exponent),
            pl.Series("amount_minor", entries.minor),
            dates("business_date", days, right),
            dates("booking_date", days, right),
            dates("value_date", *entries.available),
            *(_moments(value["DTPOSTED"]) if b"[" in tags.padded else ()),
            value["FITID"].alias("psp_ref"),
            value["CHECKNUM"].alias("rrn"),
            value["REFNUM"].alias("merchant_ref"),
            _narrative(value["NAME"], value["MEMO"], has_entities=b"&" in tags.padded),
        ]
    )


def _moments(texts: pl.Series) -> list[pl.Series]:
    """Return the instants of texts with a zone."""
    return [texts.alias("text").to_frame().select(_MOMENT).to_series()]


def _narrative(name: pl.Series, memo: pl.Series, *, has_entities: bool) -> pl.Series:
    filled = [one for one in (name.alias("0"), memo.alias("1")) if one.null_count() < len(one)]
    if not filled:
        return name.alias("narrative")
    texts = filled[0]
    if len(filled) > 1:
        both = pl.concat_str(filled, separator=" ", ignore_nulls=True)
        texts = pl.select(both).to_series()
    if has_entities:
        for entity, character in ENTITIES.items():
            texts = texts.str.replace_all(entity, character, literal=True)
    if texts.str.contains(r"\s\s|[^\S ]").any():
        texts = texts.str.replace_all(r"\s+", " ")
    is_blank = texts == ""
    return (texts.set(is_blank, None) if is_blank.any() else texts).alias("narrative")
