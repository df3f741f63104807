"""IPM messages to settlement lines: kind, direction, amounts, fees, dates, references.

`perspective` says who we are: "acquirer" (a first presentment of a purchase is a credit to us) or
"issuer" (it is a debit). `amount` says which pair is the line's own: "transaction" (DE4 in DE49) or
"reconciliation" (DE5 in DE50); the other pair is kept as original_amount.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.contract import Source
from parsers.lines import build_lines, protect_pans
from parsers.mastercard_ipm.container import Offsets, read_messages
from parsers.mastercard_ipm.controls import Controller, Controls
from parsers.mastercard_ipm.layout import (
    ACCOUNT_0159,
    ADMINISTRATIVE,
    BUSINESS_DATE_0158,
    CARDHOLDER_CREDITS,
    CARDHOLDER_DEBITS,
    CHARGEBACK,
    FEE_COLLECTION,
    FEE_CREDIT_TO_US,
    FEE_OCCURRENCES,
    FILE_DATE_0105,
    PRESENTMENT,
    RECONCILIATION_DATE_0159,
    SECOND_PRESENTMENTS,
    SETTLEMENT_DATE_0159,
)
from parsers.mastercard_ipm.messages import Elements, Spans, read_elements
from parsers.outcome import Draft, Findings, Statement
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines
from tieout.money import alpha_of, currencies, exponent_of

Mask = npt.NDArray[np.bool_]


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


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of an IPM clearing file.

    Raises:
        UsageError: an option has an unknown value.
    """
    options = Options(**source.options)  # type: ignore[arg-type]
    encoding = "latin-1" if options.encoding == "ascii" else options.encoding
    messages = read_messages(source.data, encoding, findings)
    if messages is None:
        return Draft(empty_lines(), records=0)
    found = read_elements(messages, findings)
    if findings.refused:
        return Draft(empty_lines(), found.count)
    controls = Controller(found, findings, allow_test=options.allow_test).check()
    totals = tuple(total for one in controls.files for total in one.totals)
    lines = _Lines(found, controls, options, findings).build(source)
    statements = _statements(lines, controls)
    return Draft(lines, found.count, statements, totals)


class _Lines:
    """Builds the frame of one transmission, a column at a time."""

    def __init__(
        self, found: Elements, controls: Controls, options: Options, findings: Findings
    ) -> None:
        self.found = found
        self.controls = controls
        self.options = options
        self.findings = findings
        self.function = found.number(found.element(24))
        self.process = found.number(found.element(3).part(0, 2))

    def build(self, source: Source) -> pl.DataFrame:
        """Return one line per message that moves money."""
        found = self.found
        money = np.isin(found.mti, (PRESENTMENT, CHARGEBACK, FEE_COLLECTION))
        known = money | (found.mti == ADMINISTRATIVE)
        self._report(~known, "message_unsupported", "MTI", "a message type that we do not know")
        mine = "transaction" if self.options.amount == "transaction" else "reconciliation"
        pairs = {"transaction": (4, 49), "reconciliation": (5, 50)}
        amount, currency, exponent = self._money(*pairs.pop(mine))
        (other_elements,) = pairs.values()
        other, other_currency, _ = self._money(*other_elements)
        kind = self._kinds()
        days = self._dates()
        checks = (
            (amount < 0, "element_missing", "DE4", "no amount, or one that is not digits"),
            (currency == "", "element_missing", "DE49", "no currency, or an unknown number"),
            (kind == "", "element_missing", "DE3/DE24", "a processing or function code unknown"),
            (days["business_date"].is_null().to_numpy(), "element_missing", "PDS0158", "no date"),
        )
        usable = money.copy()
        for bad, code, field, what in checks:
            self._report(usable & bad, code, field, what)
            usable &= ~bad
        rows = np.flatnonzero(usable)
        sign = self._signs(kind)
        fee, interchange = self._fees(currency, usable)
        frame = pl.DataFrame(
            {
                "record_no": np.arange(1, found.count + 1, dtype=np.int64),
                "byte_start": self._raw_starts(),
                "byte_length": self._raw_lengths(),
                "kind": kind,
                "is_reversal": self._reversed(),
                "statement_no": np.maximum(self.controls.file_of, 0).astype(np.int32),
                "currency": currency,
                "exponent": exponent,
                "amount_minor": amount * sign,
                "fee_minor": fee * -sign,
                "has_fee": found.subelement(146).present | found.subelement(147).present,
                "interchange_minor": interchange * -sign,
                "original_amount_minor": np.where(other < 0, 0, other) * sign,
                "original_currency": other_currency,
            }
        )
        frame = frame.hstack(self._references(source.pan_key)).hstack(days)
        return build_lines(_tidy(frame[rows]), sha256=source.sha256, feed=source.feed)

    def _report(self, bad: Mask, code: str, field: str, what: str) -> None:
        """Refuse messages of a framed file that cannot be used; warn in a mere extract."""
        add = self.findings.refuse if self.controls.is_framed else self.findings.warn
        for index in np.flatnonzero(bad)[:20].tolist():
            start, _ = self.found.messages.raw_span(index)
            add(
                code,
                byte_offset=start,
                record_no=index + 1,
                record=str(self.found.mti[index]),
                field=field,
                found=what,
                expected="a message whose money, date and direction are known",
                hint="The message is counted, but gives no line. Ask the sender what it means.",
            )

    def _raw_starts(self) -> Offsets:
        return self.found.messages.raw(self.found.messages.starts)

    def _raw_lengths(self) -> Offsets:
        return self.found.messages.raw(self.found.messages.ends - 1) + 1 - self._raw_starts()

    def _money(self, amount: int, currency: int) -> tuple[Offsets, npt.NDArray[np.str_], Offsets]:
        """Return minor units (-1 when absent), ISO code ("" when absent) and exponent."""
        values = self.found.number(self.found.element(amount))
        numbers = self.found.number(self.found.element(currency))
        codes = np.full(self.found.count, "", dtype="<U3")
        digits = np.zeros(self.found.count, dtype=np.int64)
        for number in np.unique(numbers[numbers >= 0]).tolist():
            code = _find_alpha(number)
            if code is not None:
                codes[numbers == number] = code
                digits[numbers == number] = exponent_of(code)
        return values, codes, self._declared_exponents(numbers, digits)

    def _declared_exponents(self, numbers: Offsets, digits: Offsets) -> Offsets:
        """Return `digits` overruled by PDS0148, which repeats currency (3) and exponent (1)."""
        spans = self.found.subelement(148)
        for place in range(0, int(spans.lengths.max(initial=0)), 4):
            currency = self.found.number(spans.part(place, 3))
            exponent = self.found.number(spans.part(place + 3, 1))
            stated = (currency == numbers) & (exponent >= 0) & (exponent <= 6)
            digits = np.where(stated, exponent, digits)
        return digits

    def _kinds(self) -> npt.NDArray[np.str_]:
        mti, function = self.found.mti, self.function
        is_debit = np.isin(self.process, CARDHOLDER_DEBITS)
        is_credit = np.isin(self.process, CARDHOLDER_CREDITS)
        first = (mti == PRESENTMENT) & (function == 200)
        again = (mti == PRESENTMENT) & np.isin(function, SECOND_PRESENTMENTS)
        has_direction = is_debit | is_credit
        return np.select(
            [
                first & has_direction & self._is_record_reversal(),
                first & is_debit,
                first & is_credit,
                again & has_direction,
                (mti == CHARGEBACK) & has_direction,
                mti == FEE_COLLECTION,
            ],
            ["reversal", "sale", "refund", "representment", "chargeback", "fee"],
            default="",
        )

    def _is_record_reversal(self) -> Mask:
        spans = self.found.subelement(25).part(0, 1)
        mark = self.found.bytes[np.where(spans.present, spans.starts, 0)]
        is_reversal: Mask = spans.present & (mark == ord("R"))
        return is_reversal

    def _reversed(self) -> Mask:
        """Return which messages undo an earlier one: by PDS0025, or with their whole file."""
        files = self.controls.files
        whole = np.array([one.is_reversed for one in files] + [False], dtype=np.bool_)
        undone: Mask = np.not_equal(self._is_record_reversal(), whole[self.controls.file_of])
        return undone

    def _signs(self, kind: npt.NDArray[np.str_]) -> Offsets:
        """Return +1 where money comes to us, -1 where it goes from us."""
        acquirer = np.where(np.isin(self.process, CARDHOLDER_CREDITS), -1, 1)
        acquirer = np.where(kind == "chargeback", -acquirer, acquirer)
        ours = acquirer if self.options.perspective == "acquirer" else -acquirer
        # Fee collections name the side by their code, whatever our role is.
        fees = np.where(self.process == FEE_CREDIT_TO_US, 1, -1)
        signed = np.where(kind == "fee", fees, ours)
        return np.where(self._reversed(), -signed, signed).astype(np.int64)

    def _fees(self, currency: npt.NDArray[np.str_], usable: Mask) -> tuple[Offsets, Offsets]:
        """Return unsigned (all fees, interchange) in the line's currency from PDS0146 and 0147."""
        total = np.zeros(self.found.count, dtype=np.int64)
        interchange = total.copy()
        numbers = np.zeros(self.found.count, dtype=np.int64)
        for code in np.unique(currency[currency != ""]).tolist():
            numbers[currency == code] = int(currencies()[code].numeric)
        foreign = np.zeros(self.found.count, dtype=np.bool_)
        for tag, (size, digits) in FEE_OCCURRENCES.items():
            spans = self.found.subelement(tag)
            for place in range(0, int(spans.lengths.max(initial=0)), size):
                present = spans.part(place, size).present
                values, is_known = self._occurrence(spans, place, digits, numbers)
                foreign |= present & ~is_known
                total += np.where(present, values, 0)
                is_interchange = self.found.number(spans.part(place, 2)) == 0
                interchange += np.where(present & is_interchange, values, 0)
        if (foreign & usable).any():
            self._warn_foreign(int(np.flatnonzero(foreign & usable)[0]))
        return total, interchange

    def _occurrence(
        self, spans: Spans, place: int, digits: int, numbers: Offsets
    ) -> tuple[Offsets, Mask]:
        """Return one fee's amount in the line's currency, and whether it states it so."""
        second = place + 9 + digits
        own = self.found.number(spans.part(place + 6, 3)) == numbers
        settled = self.found.number(spans.part(second, 3)) == numbers
        amount = self.found.number(spans.part(place + 9, digits))
        settled_amount = self.found.number(spans.part(second + 3, digits))
        value = np.where(own, amount, np.where(settled, settled_amount, 0))
        return np.maximum(value, 0), (own | settled) & (value >= 0)

    def _warn_foreign(self, index: int) -> None:
        start, _ = self.found.messages.raw_span(index)
        self.findings.warn(
            "fee_currency_differs",
            byte_offset=start,
            record_no=index + 1,
            field="PDS0146",
            found="a fee in neither currency of its message's amount",
            expected="fees in the transaction or reconciliation currency",
            hint="The fee is left out of fee_minor; compare it in the settlement advice.",
        )

    def _dates(self) -> pl.DataFrame:
        found = self.found
        business = found.subelement(158).part(BUSINESS_DATE_0158, 6)
        reconciled = found.subelement(159).part(RECONCILIATION_DATE_0159, 6)
        settled = found.subelement(159).part(SETTLEMENT_DATE_0159, 6)
        local = found.element(12).part(0, 6)
        files = [one.file_id[FILE_DATE_0105 : FILE_DATE_0105 + 6] for one in self.controls.files]
        whole = [files[one] if one >= 0 else None for one in self.controls.file_of.tolist()]
        names = ("business", "reconciled", "settled", "local", "file")
        days = pl.DataFrame(
            {
                "business": found.texts(business),
                "reconciled": found.texts(reconciled),
                "settled": found.texts(settled),
                "local": found.texts(local),
                "file": whole,
            },
            schema=dict.fromkeys(names, pl.String),
        ).select(_date(pl.col(name)).alias(name) for name in names)
        return days.select(
            pl.coalesce("business", "reconciled", "file", "local").alias("business_date"),
            pl.col("reconciled").alias("booking_date"),
            pl.col("settled").alias("value_date"),
        )

    def _references(self, pan_key: bytes) -> pl.DataFrame:
        found = self.found
        texts = {
            "scheme_ref": found.element(31),
            "rrn": found.element(37),
            "auth_code": found.element(38),
            "psp_ref": found.element(63),
            "merchant_id": found.element(42),
            "narrative": found.element(43),
            "account": found.subelement(159).part(*ACCOUNT_0159),
            "pan": found.element(2),
        }
        values = {name: found.texts(spans) for name, spans in texts.items()}
        files = [one.file_id or None for one in self.controls.files] + [None]
        values["batch_ref"] = [files[one] for one in self.controls.file_of.tolist()]
        frame = pl.DataFrame(values, schema=dict.fromkeys(values, pl.String))
        masked, fingerprints = protect_pans(frame["pan"].str.strip_chars(), pan_key)
        return frame.drop("pan").with_columns(
            masked.alias("pan_masked"), fingerprints.alias("pan_fingerprint")
        )


def _date(text: pl.Expr) -> pl.Expr:
    digits = pl.when(text.str.contains("^[0-9]{6}$")).then(pl.lit("20") + text)
    return digits.str.to_date("%Y%m%d", strict=False)


def _find_alpha(number: int) -> str | None:
    numeric = f"{number:03d}"
    known = any(one.numeric == numeric for one in currencies().values())
    return alpha_of(numeric) if known else None


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """Make absent what the file leaves blank: references of spaces, fees and pairs not stated."""
    names = ("scheme_ref", "rrn", "auth_code", "psp_ref", "merchant_id", "account", "narrative")
    trimmed = [pl.col(name).str.strip_chars(" ") for name in names]
    frame = frame.with_columns(trimmed).with_columns(
        pl.col("narrative").str.replace_all(r"\s*\\\s*", "\\").str.replace_all(r"\s+", " ")
    )
    has_other = pl.col("original_currency") != ""
    has_fee = pl.col("has_fee")
    return frame.with_columns(
        *(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in names),
        *(
            pl.when(has_fee).then(pl.col(name)).alias(name)
            for name in ("fee_minor", "interchange_minor")
        ),
        pl.when(has_other).then(pl.col("original_amount_minor")).alias("original_amount_minor"),
        pl.when(has_other).then(pl.col("original_currency")).alias("original_currency"),
    ).drop("has_fee")


def _statements(lines: pl.DataFrame, controls: Controls) -> tuple[Statement, ...]:
    """Return one statement per logical file and currency, in that order."""
    sums = (
        lines.group_by("statement_no", "currency")
        .agg(pl.col("amount_minor").cast(pl.Int128).sum().alias("net"), pl.len().alias("entries"))
        .sort("statement_no", "currency")
    )
    statements = []
    for number, currency, net, entries in sums.iter_rows():
        file = controls.files[number] if controls.files else None
        statements.append(
            Statement(
                account=file.file_id[9:20] if file else None,
                reference=file.file_id if file else None,
                currency=currency,
                opening_minor=None,
                closing_minor=None,
                net_minor=net,
                entries=entries,
                consistent=all(one.agrees for one in file.totals) if file else None,
            )
        )
    return tuple(statements)
