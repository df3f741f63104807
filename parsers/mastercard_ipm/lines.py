"""IPM messages to settlement lines: kind, direction, amounts, fees, dates, references.

`perspective` says who we are: "acquirer" (a first presentment of a purchase is a credit to us) or
"issuer" (it is a debit). `amount` says which pair is the line's own: "transaction" (DE4 in DE49) or
"reconciliation" (DE5 in DE50); the other pair is kept as original_amount.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import polars as pl

from parsers.contract import Source
from parsers.lines import build_lines
from parsers.mastercard_ipm import layout, money
from parsers.mastercard_ipm.controls import Controls
from parsers.mastercard_ipm.dates import business_days
from parsers.mastercard_ipm.elements import Records
from parsers.mastercard_ipm.text import NO_DATE, Days, Mask, Offsets, as_dates
from parsers.outcome import Findings
from parsers.pans import protect_block
from parsers.singles import FEW
from parsers.views import Lookup, numbers
from tieout.errors import UsageError
from tieout.references import Fingerprints

FINDINGS_SHOWN = 20
_BLANKS = r"[\t-\r \x85\xa0]"
_RUN, _AROUND_MARK = re.compile(f"{_BLANKS}+"), re.compile(rf"{_BLANKS}*\\{_BLANKS}*")
REVERSAL, SALE, REFUND, REPRESENTMENT, CHARGEBACK, FEE, UNKNOWN = range(7)
_KINDS = Lookup.of(["reversal", "sale", "refund", "representment", "chargeback", "fee", None])
_CARD, _CARD_DIGITS_MAX = 2, 19
_AMOUNTS = {"transaction": (4, 49), "reconciliation": (5, 50)}


@dataclass(frozen=True, slots=True)
class Options:
    """The feed's [options] for this format."""

    perspective: str = "acquirer"
    amount: str = "transaction"
    encoding: str | None = None
    allow_test: bool = False

    def __post_init__(self) -> None:
        choices: tuple[tuple[str, object, tuple[object, ...]], ...] = (
            ("perspective", self.perspective, ("acquirer", "issuer")),
            ("amount", self.amount, ("transaction", "reconciliation")),
            ("encoding", self.encoding, (None, "latin-1", "ascii", "cp037", "cp500")),
            ("allow_test", self.allow_test, (True, False)),
        )
        for name, value, allowed in choices:
            if value not in allowed:
                known = ", ".join(repr(one) for one in allowed if one is not None)
                raise UsageError(f"Option {name} = {value!r} is unknown.", hint=f"One of {known}.")


class LineBuilder:
    """Builds the frames of one transmission, a chunk at a time, a column at a time."""

    def __init__(
        self, source: Source, options: Options, controls: Controls, findings: Findings
    ) -> None:
        self.source = source
        self.options = options
        self.controls = controls
        self.findings = findings
        self.hashes = Fingerprints(source.pan_key)
        self._shown: dict[tuple[str, str], int] = defaultdict(int)

    def build(self, records: Records, file_of: Offsets) -> pl.DataFrame | None:
        """Return one line per message that moves money; None when the file is refused by now."""
        moves = _Moves(records, self._is_file_reversed(file_of))
        own, other = _AMOUNTS["transaction"], _AMOUNTS["reconciliation"]
        if self.options.amount == "reconciliation":
            own, other = other, own
        amount = records.number(own[0], 12)
        currency = money.currency_numbers(records, own[1])
        days = business_days(records, self._file_days(), file_of)
        usable = self._usable(records, moves, amount, currency, days.business)
        if self.findings.refused:
            return None
        sign = moves.signs(is_acquirer=self.options.perspective == "acquirer")
        frame = pl.DataFrame(
            {
                "record_no": records.chunk.records_before + np.arange(1, records.count + 1),
                **_byte_ranges(records),
                "kind": _KINDS.take(moves.kind),
                "is_reversal": moves.is_reversal,
                "statement_no": np.maximum(file_of, 0).astype(np.int32),
                "currency": money.currency_codes(currency),
                "exponent": money.declared_exponents(records, currency),
                "amount_minor": amount * sign,
                **self._fees(records, currency, usable, sign),
                **_other_amount(records, *other, sign),
                **_references(records),
                "batch_ref": self._file_ids(file_of),
                "business_date": as_dates(days.business),
                "booking_date": as_dates(days.reconciled),
                "value_date": as_dates(days.settled),
                **self._cards(records),
            }
        )
        lines = _choose(frame, usable)
        return build_lines(lines, sha256=self.source.sha256, feed=self.source.feed)

    def _usable(
        self, records: Records, moves: "_Moves", amount: Offsets, numbers: Offsets, day: Days
    ) -> Mask:
        """Return which messages give a line; report those that should and cannot."""
        known = moves.is_money | (records.mti == layout.ADMINISTRATIVE)
        what = "a message type that we do not know"
        self._report(records, ~known, "message_unsupported", "MTI", what)
        usable = moves.is_money
        for bad, field, text in (
            (amount < 0, "DE4", "no amount, or one that is not digits"),
            (~money.is_known(numbers), "DE49", "no currency, or an unknown number"),
            (moves.kind == UNKNOWN, "DE3/DE24", "a processing or function code unknown"),
            (day == NO_DATE, "PDS0158", "no date"),
        ):
            self._report(records, usable & bad, "element_missing", field, text)
            usable = usable & ~bad
        return usable

    def _report(self, records: Records, bad: Mask, code: str, field: str, what: str) -> None:
        """Refuse messages of a framed file that cannot be used; warn in a mere extract."""
        if not bad.any():
            return
        add = self.findings.refuse if self.controls.is_framed else self.findings.warn
        room = FINDINGS_SHOWN - self._shown[code, field]
        for index in np.flatnonzero(bad)[:room].tolist():
            self._shown[code, field] += 1
            add(
                code,
                byte_offset=records.chunk.record_start(index),
                record_no=records.chunk.records_before + index + 1,
                record=str(records.mti[index]),
                field=field,
                found=what,
                expected="a message whose money, date and direction are known",
                hint="The message is counted, but gives no line. Ask the sender what it means.",
            )

    def _fees(
        self, records: Records, currency: Offsets, usable: Mask, sign: Offsets
    ) -> dict[str, pl.Series]:
        total, interchange, foreign = money.fees(records, currency)
        if (foreign & usable).any() and not self._shown["fee_currency_differs", "PDS0146"]:
            self._shown["fee_currency_differs", "PDS0146"] += 1
            index = int(np.argmax(foreign & usable))
            self.findings.warn(
                "fee_currency_differs",
                byte_offset=records.chunk.record_start(index),
                record_no=records.chunk.records_before + index + 1,
                field="PDS0146",
                found="a fee in neither currency of its message's amount",
                expected="fees in the transaction or reconciliation currency",
                hint="The fee is left out of fee_minor; compare it in the settlement advice.",
            )
        stated = (records.private_length(layout.FEES) >= 0) | (
            records.private_length(layout.LONG_FEES) >= 0
        )
        return {
            "fee_minor": numbers(total * -sign, stated),
            "interchange_minor": numbers(interchange * -sign, stated),
        }

    def _cards(self, records: Records) -> dict[str, pl.Series]:
        at, lengths = records.at(_CARD), records.length(_CARD)
        cells = records.text.letters(records.text.bytes_at(at, _CARD_DIGITS_MAX))
        masked, fingerprints = protect_block(cells, lengths, self.hashes)
        return {"pan_masked": masked, "pan_fingerprint": fingerprints}

    def _is_file_reversed(self, file_of: Offsets) -> Mask:
        whole = np.array([one.is_reversed for one in self.controls.files] + [False], np.bool_)
        found: Mask = whole[file_of]
        return found

    def _file_days(self) -> list[str]:
        first = layout.FILE_DATE_0105
        return [one.file_id[first : first + 6] for one in self.controls.files]

    def _file_ids(self, file_of: Offsets) -> pl.Series:
        ids = [one.file_id or None for one in self.controls.files] + [None]
        return Lookup.of(ids).take(file_of % len(ids))


class _Moves:
    """What the messages of a chunk are, and in which direction their money goes."""

    def __init__(self, records: Records, is_file_reversed: Mask) -> None:
        self.mti = records.mti
        self.process = records.number(3, 2)
        self.function = records.number(24, 3)
        kinds = (layout.PRESENTMENT, layout.CHARGEBACK, layout.FEE_COLLECTION)
        self.is_money: Mask = np.isin(self.mti, kinds)
        at = records.private_at(layout.REVERSAL_INDICATOR, 0, 1)
        mark = records.text.is_letter(at, "R")
        self.is_reversal: Mask = mark != is_file_reversed
        self.kind = self._kinds(mark)

    def _kinds(self, mark: Mask) -> Offsets:
        is_credit = np.isin(self.process, layout.CARDHOLDER_CREDITS)
        is_debit = np.isin(self.process, layout.CARDHOLDER_DEBITS)
        has_direction = is_debit | is_credit
        is_presentment = self.mti == layout.PRESENTMENT
        first = is_presentment & (self.function == 200) & has_direction
        again = is_presentment & np.isin(self.function, layout.SECOND_PRESENTMENTS)
        kind = np.full(len(self.mti), UNKNOWN)
        kind[first] = np.where(is_credit, REFUND, SALE)[first]
        kind[first & mark] = REVERSAL
        kind[again & has_direction] = REPRESENTMENT
        kind[(self.mti == layout.CHARGEBACK) & has_direction] = CHARGEBACK
        kind[self.mti == layout.FEE_COLLECTION] = FEE
        return kind

    def signs(self, *, is_acquirer: bool) -> Offsets:
        """Return +1 where money comes to us, -1 where it goes from us."""
        # A chargeback turns the direction, each kind of reversal turns it once more.
        is_credit = np.isin(self.process, layout.CARDHOLDER_CREDITS)
        goes = is_credit ^ (self.kind == CHARGEBACK) ^ (not is_acquirer)
        # Fee collections name the side by their code, whatever our role is.
        goes = np.where(self.kind == FEE, self.process != layout.FEE_CREDIT_TO_US, goes)
        found: Offsets = 1 - 2 * (goes ^ self.is_reversal).astype(np.int64)
        return found


def _byte_ranges(records: Records) -> dict[str, Offsets]:
    chunk = records.chunk
    starts = chunk.in_file(chunk.starts)
    return {"byte_start": starts, "byte_length": chunk.in_file(chunk.ends - 1) + 1 - starts}


def _other_amount(
    records: Records, amount: int, currency: int, sign: Offsets
) -> dict[str, pl.Series]:
    codes = money.currency_numbers(records, currency)
    values = np.maximum(records.number(amount, 12), 0) * sign
    return {
        "original_amount_minor": numbers(values, money.is_known(codes)),
        "original_currency": money.currency_codes(codes),
    }


def _references(records: Records) -> dict[str, pl.Series]:
    elements = {
        **{"scheme_ref": 31, "rrn": 37, "auth_code": 38, "psp_ref": 63, "merchant_id": 42},
        "narrative": 43,
    }
    texts = records.text.texts
    found = {name: texts(records.at(one), records.length(one)) for name, one in elements.items()}
    found["narrative"] = _squeeze(found["narrative"])
    offset, width = layout.ACCOUNT_0159
    at = records.private_at(layout.SETTLEMENT, offset, width)
    has_account = records.private_length(layout.SETTLEMENT) >= offset + width
    return found | {"account": texts(at, np.where(has_account, width, -1))}


def _squeeze(narrative: pl.Series) -> pl.Series:
    """Return names and places without runs of blanks; acceptors repeat, so each is done once."""
    if len(narrative) < FEW:
        return pl.Series([_squeezed(one) for one in narrative.to_list()], dtype=pl.String)
    column = narrative.alias("text").to_frame()
    squeezed = column.unique(maintain_order=True).with_columns(
        pl.col("text")
        .str.replace_all(rf"{_BLANKS}*\\{_BLANKS}*", "\\")
        .str.replace_all(rf"{_BLANKS}+", " ")
        .alias("squeezed")
    )
    return column.join(squeezed, on="text", how="left", maintain_order="left")["squeezed"]


def _squeezed(text: str | None) -> str | None:
    """Return the same of one text."""
    return None if text is None else _RUN.sub(" ", _AROUND_MARK.sub(r"\\", text))


def _choose(frame: pl.DataFrame, usable: Mask) -> pl.DataFrame:
    """Return the usable rows: most often all between header and trailer, which costs nothing."""
    rows = np.flatnonzero(usable)
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        return frame.slice(int(rows[0]), len(rows))
    return frame[pl.Series(rows, dtype=pl.UInt32)]
