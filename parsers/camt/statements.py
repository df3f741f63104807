"""The frame of a file: its statements, their balances and pages, and which entries are theirs."""

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from parsers.camt.columns import Owners
from parsers.camt.document import Document, Offsets
from parsers.camt.findings import Teller
from parsers.camt.layout import (
    ACCOUNT,
    ACCOUNT_CURRENCY,
    AMOUNT,
    BALANCE_CODE,
    BALANCE_DATE,
    CLOSING_CODES,
    ENTRIES,
    FRAME,
    INDICATOR,
    LAST_PAGE,
    MESSAGE_DATE,
    NET_AMOUNT,
    NET_SIDE,
    OPENING_CODES,
    PAGE_NUMBER,
    SEQUENCE,
    SIDES,
    STATEMENT_DATE,
    STATEMENT_ID,
    SUMMARY,
)
from parsers.camt.spans import Spans, cut, find_entries, join
from parsers.camt.tape import Indices, read_tape

_TAG_NAME = re.compile(r"<(?:[^\s/>:]*:)?([^\s/>:]+)")


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the entries.

    `statements` has a row for each: place, record, account, currency, day, what it says about
    itself and its balances. `owners` is the statement number of each entry in `entries`.
    """

    statements: pl.DataFrame
    entries: Spans
    owners: Indices


class FrameReader:
    """Reads the frame of one document."""

    def __init__(self, document: Document, teller: Teller) -> None:
        self.document = document
        self.teller = teller
        self.spans = find_entries(document)
        self.cut = cut(document, self.spans)
        self.text = document.text(self.cut.text)
        self.tape = read_tape(self.text, FRAME)

    def read(self) -> Frame:
        """Return the frame; what is wrong with it is told."""
        messages, statements = Owners(self.tape, "message"), Owners(self.tape, "statement")
        self._check_pages()
        rows = self._fields(statements)
        dates = messages.day(MESSAGE_DATE).gather(messages.number_at(statements.at))
        balances = self._balances(statements, rows["currency"])
        spans, owners = self._entries(statements)
        rows = self._with_balances(rows, balances)
        own = _behind(rows["currency"], self._first_balance(statements))
        rows = rows.with_columns(
            _behind(own, self._first_entry(spans, owners, own)).alias("currency"),
            pl.coalesce("closing_date", "statement_date", dates).alias("day"),
        )
        return Frame(rows, spans, owners)

    def _fields(self, statements: Owners) -> pl.DataFrame:
        columns = {
            "account": statements.text(ACCOUNT),
            "currency": statements.text(ACCOUNT_CURRENCY),
            "reference": statements.text(STATEMENT_ID),
            "sequence": statements.text(SEQUENCE),
            "statement_date": statements.day(STATEMENT_DATE),
            "net": statements.text(NET_AMOUNT),
            "net_side": statements.text(NET_SIDE),
        }
        for side in SIDES:
            for name in ("NbOfNtries", "Sum"):
                columns[f"{side}/{name}"] = statements.text((f"{SUMMARY}/{side}/{name}",))
        return self._located(statements.at).with_columns(**columns)

    def _located(self, tags: Indices) -> pl.DataFrame:
        """Return place and record of tags."""
        offsets = self.tape.tags[tags]
        names = [
            _TAG_NAME.match(self.text[one : one + 256].decode("utf-8", "ignore"))
            for one in offsets.tolist()
        ]
        return pl.DataFrame(
            {
                "place": self.cut.origin(self._cut_offsets(offsets)),
                "record": [one[1] if one else "" for one in names],
            },
            schema={"place": pl.Int64, "record": pl.String},
        )

    def _cut_offsets(self, offsets: Offsets) -> Offsets:
        """Return offsets in the bytes that were cut, which have one byte for each character."""
        if len(self.text) == len(self.cut.text):
            return offsets
        octets = np.frombuffer(self.text, np.uint8)
        before = np.concatenate([[0], np.cumsum((octets & 0xC0) != 0x80)])
        return np.asarray(before[offsets], dtype=np.int64)

    def _entries(self, statements: Owners) -> tuple[Spans, Indices]:
        """Return the entries that stand in a statement, and in which."""
        tags = np.flatnonzero(self.tape.places == FRAME.places["entry", ""])
        offsets = self._cut_offsets(self.tape.tags[tags])
        spans = self.spans.only(np.isin(self.cut.markers, offsets))
        sizes = np.diff(np.append(spans.runs, len(spans)))
        return spans, np.repeat(statements.number_at(tags), sizes)

    def _balances(self, statements: Owners, currency: pl.Series) -> pl.DataFrame:
        balances = Owners(self.tape, "balance")
        number = statements.number_at(balances.at)
        amount = balances.amount(AMOUNT, currency.gather(number))
        rows = self._located(balances.at).with_columns(
            *amount.select("is_there", "currency", pl.col("text").alias("amount_text")),
            amount["minor"].alias("amount_minor"),
            pl.Series("statement", number),
            balances.text(BALANCE_CODE).alias("code"),
            balances.text(INDICATOR).alias("indicator"),
            balances.day(BALANCE_DATE).alias("date"),
        )
        self.teller.warn(
            rows.filter(pl.col("date").is_null()),
            "date_missing",
            field="Dt",
            found="a balance without a date",
            expected="Dt/Dt or Dt/DtTm",
            hint="The amount is used; which day it belongs to is not known.",
        )
        return rows

    def _with_balances(self, rows: pl.DataFrame, balances: pl.DataFrame) -> pl.DataFrame:
        rows = rows.with_row_index("statement").with_columns(pl.col("statement").cast(pl.Int64))
        for name, codes in (("opening", OPENING_CODES), ("closing", CLOSING_CODES)):
            rank = pl.col("code").replace_strict(
                {code: place for place, code in enumerate(codes)},
                default=None,
                return_dtype=pl.Int8,
            )
            found = balances.with_columns(rank.alias("rank")).drop_nulls("rank")
            found = found.sort("statement", "rank", maintain_order=True)
            found = found.unique("statement", keep="first", maintain_order=True)
            self.teller.amounts(found)
            minor = pl.col("amount_minor")
            turned = pl.when(pl.col("indicator") == "DBIT").then(-minor).otherwise(minor)
            columns = found.select(
                "statement", turned.alias(name), pl.col("date").alias(f"{name}_date")
            )
            rows = rows.join(columns, on="statement", how="left", maintain_order="left")
        return rows

    def _first_balance(self, statements: Owners) -> pl.Series:
        """Return the currency of each statement's first balance."""
        balances = Owners(self.tape, "balance")
        tags = balances.first(AMOUNT[0])
        there = tags >= 0
        number = statements.number_at(balances.at)[there]
        found: list[str | None] = [None] * len(statements)
        codes = balances.currency_at(tags[there]).to_list()
        for place, code in zip(number[::-1].tolist(), codes[::-1], strict=True):
            found[place] = code or None
        return pl.Series(found, dtype=pl.String)

    def _first_entry(self, spans: Spans, owners: Indices, known: pl.Series) -> pl.Series:
        """Return the currency of each statement's first entry, where none is known."""
        found: list[str | None] = [None] * len(known)
        numbers, firsts = np.unique(owners, return_index=True)
        unknown = known.is_null().to_numpy()
        firsts = firsts[unknown[numbers]]
        if firsts.size:
            chosen = Spans(spans.starts[firsts], spans.ends[firsts], np.zeros(0, dtype=np.int64))
            tape = read_tape(join(self.document, chosen, slice(None)), ENTRIES)
            entries = Owners(tape, "entry")
            codes = entries.currency_at(entries.first(AMOUNT[0])).to_list()
            for place, code in zip(owners[firsts].tolist(), codes, strict=True):
                found[place] = code or None
        return pl.Series(found, dtype=pl.String)

    def _check_pages(self) -> None:
        """Warn when a page says that it is not the only one; many banks number pages wrongly."""
        pages = Owners(self.tape, "pages")
        rows = self._located(pages.at).with_columns(
            number=pages.text(PAGE_NUMBER), last=pages.text(LAST_PAGE)
        )
        odd = (pl.col("number") != "1") | ~pl.col("last").is_in(("true", "1"))
        for row in self.teller.shown(rows.filter(odd)):
            self.teller.warn_one(
                row,
                "page_of_several",
                found=f"page {row['number']}, last page: {row['last']}",
                expected="page 1, which is the last",
                hint="Look for the other pages; several banks number a single page 2.",
            )


def _behind(first: pl.Series, second: pl.Series) -> pl.Series:
    return first.zip_with(first.is_not_null(), second)
