"""Drafts, fee collections and funds disbursements to lines, all of a batch at once."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from parsers.hashing import CompiledFingerprints
from parsers.outcome import Findings
from parsers.pans import protect_block
from parsers.views import Lookup, numbers
from parsers.visa_baseii import layout
from parsers.visa_baseii.columns import (
    NO_CURRENCY,
    Cells,
    Days,
    currency_exponents,
    currency_names,
    is_blank,
    known_currencies,
    read_days,
)
from parsers.visa_baseii.controls import Header
from parsers.visa_baseii.options import Options
from parsers.visa_baseii.records import SHOWN, ZERO, Characters, Mask, Numbers
from parsers.visa_baseii.transactions import Transactions

_WHAT = "amount", "currency"
_AGAIN, _NINE = 100, ord("9")
_SIGN = np.zeros(256, dtype=np.int64)
_REVERSAL = np.zeros(256, dtype=np.bool_)
_KIND: list[str | None] = [None] * (_AGAIN + 1)
for _code, _kind in layout.KINDS.items():
    _SIGN[int(_code)] = layout.ACQUIRER_SIGNS.get(_code, 0)
    _REVERSAL[int(_code)] = _code in layout.REVERSALS
    _KIND[int(_code)] = _kind
_KIND[_AGAIN] = "representment"
_KINDS = Lookup.of(_KIND)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two amounts that a transaction states; the currency as ISO's number."""

    minor: Numbers
    currency: Numbers


@dataclass(frozen=True, slots=True)
class Part:
    """The monetary transactions of a batch that share a layout.

    `places` are places in Transactions.first, `rows` those of their TCR 0, `head` its characters.
    """

    places: Numbers
    rows: Numbers
    head: Cells
    at: dict[str, tuple[int, int]]
    sides: dict[str, Side]

    @property
    def is_draft(self) -> bool:
        """Tell drafts from fees."""
        return self.at is layout.DRAFT_0

    def cut(self, name: str) -> Characters:
        """Return one field of TCR 0."""
        return self.head.block(self.at[name])

    def cards(self) -> tuple[Characters, Numbers]:
        """Return the card numbers and how many characters each has: 16, or 19 of a longer one."""
        first, last = self.at["card"]
        lengths = np.full(len(self.rows), last - first + 1, dtype=np.int64)
        if "extension" in self.at:
            more, (_, last) = self.cut("extension"), self.at["extension"]
            lengths[((more > ZERO) & (more <= _NINE)).any(axis=1)] = last - first + 1
        return self.head.block((first, last)), lengths


def read_parts(found: Transactions, options: Options, findings: Findings) -> list[Part]:
    """Return the drafts and the fees of a batch; refuse what is no amount or no currency."""
    kinds = ((found.drafts(), layout.DRAFT_0), (found.fees(), layout.FEE_0))
    parts = []
    for places, at in kinds:
        if len(places):
            rows = found.first[places]
            part = Part(places, rows, Cells(found.records.text, rows), at, {})
            fields = [at[f"{side}_{what}"] for side in layout.SIDES for what in _WHAT]
            figures = part.head.numbers(fields)
            for side, amount, code in zip(layout.SIDES, figures[::2], figures[1::2], strict=True):
                own = _Stated(side, *amount, known_currencies(*code))
                part.sides[side] = _side(found, part, own, options, findings)
            parts.append(part)
    return parts


@dataclass(frozen=True, slots=True)
class _Stated:
    """What stands in the places of one side's amount and currency."""

    side: str
    value: Numbers
    is_number: Mask
    currency: Numbers


def _side(
    found: Transactions, part: Part, stated: _Stated, options: Options, findings: Findings
) -> Side:
    """Return one side; refuse what is no amount or no currency."""
    side, value, currency = stated.side, stated.value, stated.currency
    # A side that is not ours may be left out: blank, or an amount of nothing.
    needed = side in ("source", options.amount)
    wrong = (currency == NO_CURRENCY) & (needed | (value != 0))
    if not stated.is_number.all():
        odd = ~stated.is_number
        wrong |= odd if needed else odd & ~is_blank(part.cut(f"{side}_amount"))
    for row in part.rows[wrong][:SHOWN].tolist():
        text = found.records.row(row)
        places = (part.at[f"{side}_{what}"] for what in _WHAT)
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
    return Side(value, currency)


class LineMaker:
    """Makes the lines of one transmission, batch by batch."""

    def __init__(self, options: Options, pan_key: bytes, findings: Findings) -> None:
        self.options = options
        self.hashes = CompiledFingerprints(pan_key)
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
        columns: dict[str, object] = {
            "kind": _KINDS.take(np.where(again, _AGAIN, code)),
            "is_reversal": _REVERSAL[code],
            **_texts(part.head, {"scheme_ref": part.at["arn"], "auth_code": part.at["auth_code"]}),
            "narrative": part.head.words([part.at[name] for name in _NARRATIVE]),
        }
        for tcr, fields in _FURTHER.items():
            rows = found.rows_of(tcr)[part.places]
            further = Cells(found.records.text, rows)
            columns |= _texts(further, fields)
        return self._frame(found, part, headers, _SIGN[code] * turn, columns)

    def _fees(self, found: Transactions, part: Part, headers: list[Header]) -> pl.DataFrame:
        # A fee is collected from whom it is sent to, and disbursed to whom it is sent to; when the
        # sender is the file's own processing BIN, that is the other side.
        own = _by_file(found, part.places, [one.processing_bin for one in headers])
        is_ours = (part.head.texts([part.at["source_bin"]])[0] == own).fill_null(False).to_numpy()
        is_disbursed = found.records.code[part.rows] == int(layout.DISBURSEMENT)
        columns: dict[str, object] = {
            "kind": _all("fee", len(part.rows)),
            "is_reversal": np.zeros(len(part.rows), dtype=np.bool_),
            "psp_ref": part.head.texts([part.at["transaction_id"]])[0],
            "narrative": part.head.words([part.at["merchant"]]),
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
        masked, fingerprints = protect_block(*part.cards(), self.hashes)
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
                "currency": currency_names(mine.currency),
                "exponent": currency_exponents(mine.currency),
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
        central, wrong = read_days(part.head, part.at["day"], of_file)
        for at in np.flatnonzero(wrong)[:1].tolist():
            text = part.cut("day")[at].tobytes().decode("latin-1")
            self.findings.warn(
                "date_unreadable",
                line=int(found.records.line[part.rows[at]]),
                byte_offset=int(found.records.start[part.rows[at]]),
                field="central processing date",
                found=f"{text}, {int(wrong.sum())} such days",
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


def _texts(cells: Cells, fields: dict[str, tuple[int, int]]) -> dict[str, pl.Series]:
    return dict(zip(fields, cells.texts(list(fields.values())), strict=True))


def _original(other: Side, sign: Numbers) -> tuple[pl.Series, pl.Series]:
    """Return the other amount and its currency, null where there is none.

    Zero means not stated: destination amounts of files on their way to the scheme.
    """
    is_stated = (other.minor != 0) & (other.currency != NO_CURRENCY)
    currency = np.where(is_stated, other.currency, NO_CURRENCY)
    return numbers(other.minor * sign, is_stated), currency_names(currency)


_NARRATIVE = ("merchant", "city", "country")
_FURTHER = {1: layout.DRAFT_1, 5: layout.DRAFT_5}


def _by_file(found: Transactions, places: Numbers, values: list[str]) -> pl.Series:
    """Return what the header of each transaction's file says."""
    file_no = found.file_no[places]
    one = None if not values else values[min(int(file_no[0]), len(values) - 1)]
    if len(values) < 2 or file_no[0] == file_no[-1]:
        return _all(one, len(places))
    return Lookup.of(values).take(np.minimum(file_no, len(values) - 1))


def _all(text: str | None, count: int) -> pl.Series:
    """Return one text for every line."""
    return pl.Series([text], dtype=pl.String).new_from_index(0, count)
