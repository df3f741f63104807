"""Drafts, fee collections and funds disbursements to lines, all of a batch at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.outcome import Findings
from parsers.visa_baseii import layout
from parsers.visa_baseii.cards import protect_cards
from parsers.visa_baseii.columns import (
    Days,
    is_blank,
    read_currencies,
    read_days,
    read_numbers,
    read_texts,
)
from parsers.visa_baseii.controls import Header
from parsers.visa_baseii.options import Options
from parsers.visa_baseii.records import BLANK, SHOWN, Characters, Numbers
from parsers.visa_baseii.transactions import Transactions

_AGAIN = 100
_SIGN = np.zeros(256, dtype=np.int64)
_REVERSAL = np.zeros(256, dtype=np.bool_)
_KIND: list[str | None] = [None] * (_AGAIN + 1)
for _code, _kind in layout.KINDS.items():
    _SIGN[int(_code)] = layout.ACQUIRER_SIGNS.get(_code, 0)
    _REVERSAL[int(_code)] = _code in layout.REVERSALS
    _KIND[int(_code)] = _kind
_KIND[_AGAIN] = "representment"
_KINDS = pl.Series(_KIND, dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two amounts that a transaction states."""

    minor: Numbers
    currency: pl.Series
    exponent: npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Part:
    """The monetary transactions of a batch that share a layout.

    `places` are places in Transactions.first, `rows` those of their TCR 0, `head` its characters.
    """

    places: Numbers
    rows: Numbers
    head: Characters
    at: dict[str, tuple[int, int]]
    sides: dict[str, Side]

    @property
    def is_draft(self) -> bool:
        """Tell drafts from fees."""
        return self.at is layout.DRAFT_0

    def cut(self, name: str) -> Characters:
        """Return one field of TCR 0."""
        first, last = self.at[name]
        return self.head[:, first - 1 : last]


def read_parts(found: Transactions, options: Options, findings: Findings) -> list[Part]:
    """Return the drafts and the fees of a batch; refuse what is no amount or no currency."""
    kinds = ((found.drafts(), layout.DRAFT_0), (found.fees(), layout.FEE_0))
    parts = []
    for places, at in kinds:
        if len(places):
            rows = found.first[places]
            part = Part(places, rows, found.records.text[rows], at, {})
            part.sides.update(
                {side: _side(found, part, side, options, findings) for side in layout.SIDES}
            )
            parts.append(part)
    return parts


def _side(found: Transactions, part: Part, side: str, options: Options, findings: Findings) -> Side:
    amount = part.cut(f"{side}_amount")
    value, is_number = read_numbers(amount)
    code, exponent = read_currencies(part.cut(f"{side}_currency"))
    # A side that is not ours may be left out: blank, or an amount of nothing.
    needed = side in ("source", options.amount)
    wrong = code.is_null().to_numpy() & (needed | (value != 0))
    if not is_number.all():
        wrong |= ~is_number if needed else ~is_number & ~is_blank(amount)
    for row in part.rows[wrong][:SHOWN].tolist():
        text = found.records.row(row)
        places = (part.at[f"{side}_{what}"] for what in ("amount", "currency"))
        findings.refuse(
            "amount_unreadable",
            line=int(found.records.line[row]),
            byte_offset=int(found.records.start[row]),
            record=text[:2],
            field=f"{side} amount and currency",
            found=" ".join(text[first - 1 : last] for first, last in places),
            expected="12 digits and a numeric currency of ISO 4217",
            hint="Ask the sender for a corrected file.",
        )
    return Side(value, code, exponent)


class LineMaker:
    """Makes the lines of one transmission, batch by batch."""

    def __init__(self, options: Options, pan_key: bytes, findings: Findings) -> None:
        self.options = options
        self.pan_key = pan_key
        self.findings = findings

    def make(
        self, found: Transactions, parts: list[Part], headers: list[Header]
    ) -> list[pl.DataFrame]:
        """Return the lines of drafts and of fees."""
        return [
            (self._drafts if one.is_draft else self._fees)(found, one, headers) for one in parts
        ]

    def _drafts(self, found: Transactions, part: Part, headers: list[Header]) -> pl.DataFrame:
        code = found.records.code[part.rows]
        turn = 1 if self.options.perspective == "acquirer" else -1
        again = (part.cut("usage")[:, 0] == ord("2")) & (code <= 7)
        second, third = (found.rows_of(one)[part.places] for one in (1, 5))
        blocks = {name: part.cut(name) for name in ("arn", "auth_code", *_NARRATIVE)}
        blocks["transaction_id"] = _further(found, third, layout.DRAFT_5["transaction_id"])
        for name, at in layout.DRAFT_1.items():
            blocks[name] = _further(found, second, at)
        texts = read_texts(blocks)
        columns = {
            "kind": _KINDS.gather(np.where(again, _AGAIN, code)),
            "is_reversal": _REVERSAL[code],
            "scheme_ref": texts["arn"],
            "psp_ref": texts["transaction_id"],
            "merchant_ref": texts["purchase"],
            "merchant_id": texts["merchant_id"],
            "auth_code": texts["auth_code"],
            "narrative": _joined(texts.select(_NARRATIVE), [blocks[one] for one in _NARRATIVE]),
        }
        return self._frame(found, part, headers, _SIGN[code] * turn, columns)

    def _fees(self, found: Transactions, part: Part, headers: list[Header]) -> pl.DataFrame:
        blocks = {name: part.cut(name) for name in ("source_bin", "transaction_id", "merchant")}
        texts = read_texts(blocks)
        # A fee is collected from whom it is sent to, and disbursed to whom it is sent to; when the
        # sender is the file's own processing BIN, that is the other side.
        own = _by_file(found, part.places, [one.processing_bin for one in headers])
        is_ours = (texts["source_bin"] == own).fill_null(False).to_numpy()
        is_disbursed = found.records.code[part.rows] == int(layout.DISBURSEMENT)
        columns = {
            "kind": pl.repeat("fee", len(part.rows), dtype=pl.String, eager=True),
            "is_reversal": np.zeros(len(part.rows), dtype=np.bool_),
            "psp_ref": texts["transaction_id"],
            "narrative": _joined(texts.select("merchant"), [blocks["merchant"]]),
        }
        return self._frame(found, part, headers, np.where(is_disbursed != is_ours, 1, -1), columns)

    def _frame(
        self,
        found: Transactions,
        part: Part,
        headers: list[Header],
        sign: Numbers,
        columns: dict[str, object],
    ) -> pl.DataFrame:
        """Return the columns that drafts and fees have in common, and `columns`."""
        mine = part.sides[self.options.amount]
        other = next(one for name, one in part.sides.items() if name != self.options.amount)
        business, central = self._days(found, part, headers)
        more = part.cut("extension") if "extension" in part.at else None
        masked, fingerprints = protect_cards(part.cut("card"), more, self.pan_key)
        original = _original(other, sign)
        return pl.DataFrame(
            {
                "record_no": found.number[part.places],
                "byte_start": found.records.start[part.rows],
                "byte_length": found.length[part.places],
                "statement_no": found.file_no[part.places].astype(np.int32),
                "is_booked": np.ones(len(part.rows), dtype=np.bool_),
                "account": _by_file(found, part.places, [one.processing_bin for one in headers]),
                "batch_ref": _by_file(found, part.places, [one.file_id for one in headers]),
                "business_date": business,
                "booking_date": central,
                "currency": mine.currency,
                "exponent": mine.exponent,
                "amount_minor": mine.minor * sign,
                "original_amount_minor": original[0],
                "original_currency": original[1],
                "pan_masked": masked,
                "pan_fingerprint": fingerprints,
                **columns,
            }
        )

    def _days(self, found: Transactions, part: Part, headers: list[Header]) -> tuple[Days, Days]:
        """Return business date and central processing date; refuse days without a year."""
        file_days = np.array([one.day for one in headers] or [None], dtype="datetime64[D]")
        of_file = file_days[np.minimum(found.file_no[part.places], len(file_days) - 1)]
        block = part.cut("day")
        central, wrong = read_days(block, of_file)
        for at in np.flatnonzero(wrong)[:1].tolist():
            self.findings.warn(
                "date_unreadable",
                line=int(found.records.line[part.rows[at]]),
                byte_offset=int(found.records.start[part.rows[at]]),
                field="central processing date",
                found=f"{block[at].tobytes().decode('latin-1')}, {int(wrong.sum())} such days",
                expected="YDDD, a day of the year",
                hint="The day of the file was taken; ask the sender.",
            )
        business = np.where(np.isnat(central), of_file, central)
        for row in part.rows[np.isnat(business)][:1].tolist():
            self.findings.refuse(
                "date_missing",
                line=int(found.records.line[row]),
                byte_offset=int(found.records.start[row]),
                record=found.records.row(row)[:2],
                found="a day without a year, and no file header",
                expected="a file header 90 with its date",
                hint="Fetch the whole file; the year is never guessed.",
            )
        return business, central


def _original(other: Side, sign: Numbers) -> tuple[pl.Series, pl.Series]:
    """Return the other amount and its currency, null where there is none.

    Zero means not stated: destination amounts of files on their way to the scheme.
    """
    minor, currency = pl.Series(other.minor * sign), other.currency
    absent = pl.Series(other.minor == 0) | currency.is_null()
    if absent.all():
        rows = len(minor)
        return pl.repeat(None, rows, dtype=pl.Int64, eager=True), pl.repeat(
            None, rows, dtype=pl.String, eager=True
        )
    return (
        (minor.set(absent, None), currency.set(absent, None)) if absent.any() else (minor, currency)
    )


_NARRATIVE = ("merchant", "city", "country")


def _further(found: Transactions, rows: Numbers, at: tuple[int, int]) -> Characters:
    """Return a field of a further TCR; blanks where a transaction has none (row -1)."""
    block: Characters = found.records.text[:, at[0] - 1 : at[1]][rows]
    if len(rows) and rows.min() < 0:
        block[rows < 0] = BLANK
    return block


def _by_file(found: Transactions, places: Numbers, values: list[str]) -> pl.Series:
    """Return what the header of each transaction's file says."""
    numbers = found.file_no[places]
    one = None if not values else values[min(int(numbers[0]), len(values) - 1)]
    if len(values) < 2 or numbers[0] == numbers[-1]:
        return pl.repeat(one, len(places), dtype=pl.String, eager=True)
    return pl.Series(values).gather(np.minimum(numbers, len(values) - 1))


def _joined(parts: pl.DataFrame, blocks: list[Characters]) -> pl.Series:
    """Return texts in one, with single blanks between words; null where there is none."""
    texts = parts.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    is_plain = all(int(one.min()) >= BLANK and int(one.max()) < 127 for one in blocks)
    spaced = texts.str.contains("  ", literal=True) if is_plain else texts.str.contains(r"\s")
    if spaced.any():
        single = texts.str.replace_all(r"\s+", " ")
        texts = single.zip_with(spaced, texts)
    empty = texts.str.len_bytes() == 0
    return texts.set(empty, None) if empty.any() else texts
