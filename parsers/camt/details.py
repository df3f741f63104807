"""Details to lines: one line per entry, or per TxDtls where the details add up to their entry."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from parsers.camt.columns import Owners, are_in, is_any, texts_at
from parsers.camt.entries import Entries, Money, columns_of, read_money
from parsers.camt.findings import Heads, Teller
from parsers.camt.layout import (
    BATCH_COUNT,
    BATCH_REF,
    DETAIL_AMOUNT,
    END_TO_END_ID,
    ENTRY,
    ENTRY_BATCH_REF,
    ENTRY_REF,
    ENTRY_TEXT,
    INDICATOR,
    INSTRUCTED_AMOUNT,
    OTHER_REF,
    REMITTANCE,
    SERVICER_REF,
)
from parsers.camt.texts import collapse
from parsers.views import Mask, Offsets

_LOW = np.int64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Of each line: its entry, and its detail (-1: none, or several that do not explain it)."""

    entry: Offsets
    detail: Offsets

    def from_both(self, own: Offsets, theirs: Offsets) -> Offsets:
        """Return what details say, of lines without one what their entry says."""
        if not theirs.size:
            return own[self.entry]
        return np.where(self.detail >= 0, theirs[self.detail], own[self.entry])

    def behind(self, tags: Offsets, own: Offsets) -> Offsets:
        """Return `tags`, and where there is none what the entry says."""
        return np.where(tags < 0, own[self.entry], tags)


def read_lines(entries: Entries, details: Owners, heads: Heads, teller: Teller) -> pl.DataFrame:
    """Return the lines of a block: columns of a settlement line."""
    of_entry = entries.owners.number_at(details.at)
    counts = np.bincount(of_entry, minlength=len(entries.owners))
    parts = _parts(entries, details, of_entry)
    is_split = _explained(entries, parts, counts, teller)
    _check_counts(entries, counts, teller)
    copies = np.where(is_split, counts, 1)
    entry = np.repeat(np.arange(copies.size), copies)
    within = np.arange(entry.size) - np.repeat(np.cumsum(copies) - copies, copies)
    has_detail = (is_split | (counts == 1))[entry]
    lines = _Lines(entry, np.where(has_detail, (np.cumsum(counts) - counts)[entry] + within, -1))
    amount = entries.money.minor[entry]
    if parts.minor.size:
        amount = np.where(is_split[entry], parts.minor[lines.detail], amount)
    return pl.DataFrame(
        [
            *columns_of(entries, entry, heads),
            pl.Series("amount_minor", amount),
            *_originals(entries, details, lines, amount),
            *_references(entries.owners, details, lines),
            _narrative(entries.owners, details, lines),
        ]
    )


def _parts(entries: Entries, details: Owners, of_entry: Offsets) -> Money:
    """Return the amounts of details; exact ones are in the currency of their entry."""
    own = details.text(INDICATOR)
    is_debit = np.where(own < 0, entries.is_debit[of_entry], are_in(details.tape, own, ("DBIT",)))
    currency = entries.money.currency[of_entry]
    money = read_money(details, DETAIL_AMOUNT, currency, entries.currencies, is_debit)
    is_part = money.is_exact & (money.currency == currency) & (currency > 0)
    return Money(money.tags, money.currency, money.minor, is_part)


def _explained(entries: Entries, parts: Money, counts: Offsets, teller: Teller) -> Mask:
    """Return whether two or more details make up each entry; warn where they sum to another."""
    if not parts.minor.size:
        return counts > 1
    ends = np.cumsum(counts)
    high, low, wrong = (
        np.concatenate(([0], np.cumsum(one)))
        for one in (parts.minor >> 32, parts.minor & _LOW, ~parts.is_exact)
    )
    highs, lows, wrongs = (one[ends] - one[ends - counts] for one in (high, low, wrong))
    comparable = (counts > 0) & (wrongs == 0) & entries.money.is_exact
    minor = entries.money.minor
    equal = (highs + (lows >> 32) == minor >> 32) & (lows & _LOW == minor & _LOW)
    odd = np.flatnonzero(comparable & ~equal)
    rows = pl.DataFrame({"place": entries.places.place[odd], "row": odd})
    for row in teller.shown(rows.with_columns(record=pl.lit(ENTRY))) if odd.size else ():
        number = row["row"]
        teller.warn_one(
            row,
            "batch_total_differs",
            found=f"details that sum to {(int(highs[number]) << 32) + int(lows[number])}"
            " minor units",
            expected=f"{minor[number]}, the amount of the entry",
            hint="The entry is kept as one line; ask the bank for the missing details.",
        )
    is_split: Mask = comparable & equal & (counts > 1)
    return is_split


def _check_counts(entries: Entries, counts: Offsets, teller: Teller) -> None:
    """Warn where a batch says that it has another number of details than are there."""
    tags = entries.owners.text(BATCH_COUNT)
    here = np.flatnonzero((tags >= 0) & (counts > 1))
    if not here.size:
        return
    declared = texts_at(entries.owners.tape, tags[here])
    rows = pl.DataFrame(
        {
            "place": entries.places.place[here],
            "declared": declared.str.extract("^([0-9]{1,15})$").cast(pl.Int64),
            "details": counts[here],
        }
    ).filter(pl.col("declared") != pl.col("details"))
    for row in teller.shown(rows.with_columns(record=pl.lit(ENTRY))):
        teller.warn_one(
            row,
            "batch_count_differs",
            field="NbOfTxs",
            found=f"{row['details']} details",
            expected=f"{row['declared']}, as the batch declares",
            hint="Details may be missing; ask the bank.",
        )


def _originals(
    entries: Entries, details: Owners, lines: _Lines, amount: Offsets
) -> list[pl.Series]:
    """Return original amount and currency of lines that were instructed in another currency."""
    if not is_any(entries.owners.all(INSTRUCTED_AMOUNT[0])[0]) and not is_any(
        details.all(INSTRUCTED_AMOUNT[0])[0]
    ):
        return []
    own, theirs = (
        read_money(one, INSTRUCTED_AMOUNT, None, entries.currencies)
        for one in (entries.owners, details)
    )
    columns = ("tags", "currency", "minor", "is_exact")
    tags, currency, minor, is_exact = (
        lines.from_both(getattr(own, name), getattr(theirs, name)) for name in columns
    )
    is_other = is_exact.astype(np.bool_) & (tags >= 0)
    is_other &= currency != entries.money.currency[lines.entry]
    if not is_other.any():
        return []
    minor = np.where(amount < 0, -np.abs(minor), np.abs(minor))
    hidden = pl.Series(~is_other)
    return [
        pl.Series("original_amount_minor", minor).set(hidden, None),
        entries.currencies.column("original_currency", np.where(is_other, currency, 0)),
    ]


def _references(own: Owners, theirs: Owners, lines: _Lines) -> list[pl.Series]:
    """Return references; behind what details say counts what their entries say."""
    scheme, psp, merchant, batch = (
        (own.ref(paths), theirs.ref(paths))
        for paths in (END_TO_END_ID, SERVICER_REF, OTHER_REF, BATCH_REF)
    )
    tags = {
        "scheme_ref": lines.from_both(*scheme),
        "psp_ref": lines.behind(lines.from_both(*psp), psp[0]),
        "merchant_ref": lines.behind(lines.from_both(*merchant), own.ref(ENTRY_REF)),
        "batch_ref": lines.behind(lines.from_both(*batch), own.ref(ENTRY_BATCH_REF)),
    }
    return [texts_at(own.tape, one).alias(name) for name, one in tags.items() if is_any(one)]


def _narrative(own: Owners, theirs: Owners, lines: _Lines) -> pl.Series:
    """Return the texts of each line joined by spaces, null where there are none."""
    columns = [
        *(_joined(theirs, path, lines.detail) for path in REMITTANCE),
        *(_joined(own, path, lines.entry) for path in ENTRY_TEXT),
    ]
    filled = [one.alias(str(number)) for number, one in enumerate(columns) if one is not None]
    if not filled:
        return pl.Series("narrative", [None] * lines.entry.size, dtype=pl.String)
    if len(filled) == 1:
        return collapse(filled[0]).alias("narrative")
    joined = collapse(
        pl.select(pl.concat_str(filled, separator=" ", ignore_nulls=True)).to_series()
    )
    return joined.set(joined == "", None).alias("narrative")


def _joined(owners: Owners, path: str, rows: Offsets) -> pl.Series | None:
    """Return all texts of a path, of the owner of each row; None where there are none."""
    tape = owners.tape
    tags, numbers = owners.all(path)
    tags, numbers = (one[tape.sizes[tags] > 0] for one in (tags, numbers))
    if not tags.size:
        return None
    first = np.full(len(owners), -1, dtype=np.int64)
    first[numbers[::-1]] = tags[::-1]
    wanted = np.where(rows < 0, -1, first[rows])
    found = texts_at(tape, wanted)
    if (np.diff(numbers) > 0).all():
        return found
    several = np.flatnonzero(np.bincount(numbers, minlength=len(owners))[rows] > 1)
    several = several[rows[several] >= 0]
    texts = texts_at(tape, tags).to_list()
    joined: dict[int, str] = {}
    for number, text in zip(numbers.tolist(), texts, strict=True):
        joined[number] = f"{joined[number]} {text}" if number in joined else text
    return found.scatter(several, [joined[one] for one in rows[several].tolist()])
