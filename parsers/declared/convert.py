"""Texts to typed columns, each by one strict grammar; what does not fit is refused.

Empty text is absent (null); where a line needs the value, absent is refused too. Every check is a
mask over the rows, and only where one holds is it looked for which rows they are.
"""

import re
from collections.abc import Callable

import numpy as np
import polars as pl

from parsers.declared.forms import day_form, time_form
from parsers.declared.rules import (
    AMOUNT_FIELDS,
    CHARGE_FIELDS,
    DATE_FIELDS,
    FLAG_FIELDS,
    TEXT_FIELDS,
    LineRules,
)
from parsers.declared.texts import Cells, Codes, Texts
from parsers.declared.values import (
    UNKNOWN,
    Currencies,
    Exponents,
    Minors,
    kind_column,
    own_exponents,
    read_amounts,
    read_currencies,
)
from parsers.instants import read_iso_instants
from parsers.lines import protect_pans
from parsers.lookups import look_up
from parsers.outcome import Findings
from parsers.runs import Mask
from tieout.frames.settlement import KINDS
from tieout.money import MINOR_MAX

BAD_ROWS_SHOWN = 25
OWN_KEY_MAX = 120
"""Characters of a sender's own key: with feed and leg before it, it is a key of the database."""
_FLAGS = {"true": True, "1": True, "yes": True, "y": True} | {
    "false": False,
    "0": False,
    "no": False,
    "n": False,
}
_MASKED_PAN = re.compile(r"^[0-9]{6}\*+[0-9]{4}$")
_ISO_DAY = day_form("%Y-%m-%d")
_CODE = "an ISO 4217 code"
_KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}
_DIFFERS = "amounts that are whole in the minor units that ISO 4217 gives the currency"


class Converter:
    """Converts the cells of one file, or of a piece of one.

    After `convert`, `columns` are those of the settlement line that are no amounts, `minors` the
    amounts as the file signs them (and `credit` and `debit`, where it has those columns), and
    `exponents` the decimals that the sender counts with.
    """

    def __init__(self, cells: Cells, layout: LineRules, findings: Findings, key: bytes) -> None:
        self.layout, self.findings, self.places = layout, findings, cells.places
        self.height = len(cells.places)
        self.key = key
        self.texts = {name: cells.texts[str(one)] for name, one in layout.columns.items()}
        for name, value in layout.constants.items():
            self.texts[name] = Texts.constant(_constant(value), self.height)
        for name, column in layout.special_columns().items():
            self.texts[name] = cells.texts[str(column)]
        self.columns: dict[str, pl.Series] = {}
        self.minors: dict[str, Minors] = {}
        self.kinds: Codes = np.zeros(0, dtype=np.int64)
        self.exponents: Exponents = np.zeros(0, dtype=np.int8)
        self._iso: Exponents = self.exponents
        self._original: Exponents | None = None

    def convert(self) -> None:
        """Make every column; refuse the rows that are not what the layout says."""
        self._currencies()
        self._kind()
        for name in DATE_FIELDS:
            self._date(name)
        self._instant()
        for name in FLAG_FIELDS:
            self._flag(name)
        for name in (*AMOUNT_FIELDS, *CHARGE_FIELDS):
            self._amount(name)
        if self.layout.sign.rule == "two_columns":
            self._amount("credit")
            self._amount("debit")
        self._references()
        self._pans()

    def refuse(
        self,
        code: str,
        field: str,
        wrong: Mask,
        found: str | Callable[[int], str],
        expected: str,
        hint: str = "Correct the layout if the sender means something else, or ask again.",
    ) -> None:
        """Refuse every row of `wrong`; at most BAD_ROWS_SHOWN are listed.

        Args:
            code: of the refusals.
            field: of the settlement line.
            wrong: the rows.
            found: what is shown of each, or what returns it for a row.
            expected: what would be right.
            hint: what to do.
        """
        if not wrong.any():
            return
        rows = np.flatnonzero(wrong)
        place = self.layout.place_of(field)
        for row in rows[:BAD_ROWS_SHOWN].tolist():
            self.findings.refuse(
                code,
                field=place,
                found=found if isinstance(found, str) else found(row),
                expected=expected,
                hint=hint,
                **self.places.of(row),
            )
        if len(rows) > BAD_ROWS_SHOWN:
            self.findings.refuse(
                code,
                field=place,
                found=f"{len(rows) - BAD_ROWS_SHOWN} more lines like the ones listed",
                expected=expected,
                hint="They have the same cause.",
            )

    def _shown(self, name: str) -> Callable[[int], str]:
        return lambda row: repr(self.texts[name].text(row))

    def _unreadable(self, name: str, wrong: Mask, expected: str) -> None:
        self.refuse(f"{name}_unreadable", name, wrong, self._shown(name), expected)

    def _missing(self, name: str, expected: str) -> None:
        self.refuse(f"{name}_missing", name, ~self.texts[name].is_given, "'nothing'", expected)

    def _currencies(self) -> None:
        own = read_currencies(self.texts["currency"])
        self._iso = self.exponents = own.exponents
        if "exponent" in self.texts:
            self.exponents = own_exponents(self.texts["exponent"], own.exponents)
        self._check_currency("currency", own, self.exponents)
        if "original_currency" in self.texts:
            original = read_currencies(self.texts["original_currency"])
            self._original = original.exponents
            self._check_currency("original_currency", original, original.exponents)
        self._missing("currency", _CODE)

    def _check_currency(self, name: str, found: Currencies, exponents: Exponents) -> None:
        self.columns[name] = found.codes
        # A code stays a code where the sender has decimals of his own.
        unknown = (exponents == UNKNOWN) | ~found.are_codes
        if unknown.any():
            unknown &= self.texts[name].is_given
            self.refuse("currency_unknown", name, unknown, self._shown(name), _CODE)

    def _kind(self) -> None:
        rule = self.layout.kind
        if rule.constant is not None:
            self.kinds = np.full(self.height, _KIND_CODES[rule.constant], dtype=np.int64)
        else:
            words = {text: _KIND_CODES[kind] for text, kind in rule.values.items()}
            self.kinds = self.texts["kind"].codes(words)
            expected = f"one of {', '.join(rule.values)}"
            self.refuse("kind_unknown", "kind", self.kinds < 0, self._kind_shown, expected)
        self.columns["kind"] = kind_column(self.kinds)

    def _kind_shown(self, row: int) -> str:
        return repr(self.texts["kind"].text(row) or "nothing")

    def _date(self, name: str) -> None:
        if name not in self.texts:
            return
        form = _ISO_DAY if name in self.layout.constants else self.layout.day_form
        self.columns[name], wrong = form.read(self.texts[name])
        expected = f"a date written {self.layout.date_format}"
        self._unreadable(name, wrong, expected)
        if name == "business_date":
            self._missing(name, expected)

    def _instant(self) -> None:
        if "event_at" not in self.texts:
            return
        texts, form = self.texts["event_at"], self.layout.datetime_format
        found = (
            read_iso_instants(texts.column) if form is None else time_form(form).read(texts.column)
        )
        self.columns["event_at"] = found
        if found.null_count():
            wrong = nulls_of(found) & texts.is_given
            self._unreadable("event_at", wrong, "an instant such as 2026-03-02T14:05:00+01:00")

    def _flag(self, name: str) -> None:
        if name not in self.texts:
            return
        texts = self.texts[name]
        if texts.are_few:
            small = [None if one is None else one.lower() for one in texts.few]
            column = pl.Series(small, dtype=pl.String)
        else:
            column = texts.column.str.to_lowercase()
        found = look_up(column, _FLAGS, pl.Boolean())
        self._unreadable(name, nulls_of(found) & texts.is_given, "true or false")
        if found.null_count():
            found = found.fill_null(value=name == "is_booked")
        self.columns[name] = found

    def _amount(self, name: str) -> None:
        if name not in self.texts:
            return
        layout, exponents = self.layout, self.exponents
        if name == "original_amount":
            nothing = np.full(self.height, UNKNOWN, dtype=np.int8)
            exponents = nothing if self._original is None else self._original
        are_minor = layout.amounts == "minor"
        self.minors[name], wrong = read_amounts(
            self.texts[name],
            exponents,
            are_minor=are_minor,
            decimal=layout.decimal,
            thousands=layout.thousands,
        )
        example = f"1{layout.thousands}234{layout.decimal}50"
        expected = f"an amount such as {example}, with no more decimals than its currency has"
        if are_minor:
            expected = "a whole number of minor units"
        self._unreadable(name, wrong, expected)
        if name == "amount":
            self._missing(name, expected)

    def _references(self) -> None:
        for name in TEXT_FIELDS:
            if name in self.texts:
                self.columns[name] = self.texts[name].column
        if "record_id" in self.texts:
            self._own_keys(self.texts["record_id"])
        if "pan_masked" in self.texts:
            wrong = self._not_masked(self.texts["pan_masked"])
            expected = "six digits, stars, four digits"
            found = "'a text that is not shown'"
            self.refuse("pan_masked_unreadable", "pan_masked", wrong, found, expected)

    def _not_masked(self, texts: Texts) -> Mask:
        if texts.are_few:
            masked = [one is None or _MASKED_PAN.fullmatch(one) is not None for one in texts.few]
            return ~np.array(masked, dtype=np.bool_)
        found = texts.column.str.contains(_MASKED_PAN.pattern)
        return ~found.fill_null(value=True).to_numpy()

    def _own_keys(self, texts: Texts) -> None:
        key = texts.column
        self._missing("record_id", "a key that no other line has")
        if int(texts.lengths.max(initial=0)) > OWN_KEY_MAX:
            characters = key.str.len_chars().fill_null(0).to_numpy()
            self.refuse(
                "record_id_long",
                "record_id",
                characters > OWN_KEY_MAX,
                lambda row: repr(f"{key[row][:20]}… ({characters[row]} characters)"),
                f"a key of at most {OWN_KEY_MAX} characters",
            )
        self.columns["record_id"] = key

    def with_iso_exponents(self) -> pl.Series:
        """Bring the signed amounts to the minor units of ISO 4217; return their exponents.

        Where the sender counts in other units (column `exponent`), the amounts are rescaled if that
        is exact; a line for which it is not is refused. Wanted last: totals are in his units.
        """
        if "exponent" not in self.texts:
            return pl.Series(self.exponents)
        iso = np.where(self._iso == UNKNOWN, self.exponents, self._iso).astype(np.int64)
        places = iso - self.exponents
        up, down = 10 ** np.maximum(places, 0), 10 ** np.maximum(-places, 0)
        inexact = np.zeros(self.height, dtype=np.bool_)
        for name, minors in self.minors.items():
            if name != "original_amount":
                values = minors.values
                inexact |= (values % down != 0) | (np.abs(values) > MINOR_MAX // up)
                minors.values = values * up // down
        own = self.exponents
        self.refuse(
            "exponent_differs", "exponent", inexact, lambda row: repr(str(own[row])), _DIFFERS
        )
        return pl.Series(iso.astype(np.int8))

    def _shown_exponent(self, row: int) -> str:
        return repr(str(self.exponents[row]))

    def _pans(self) -> None:
        """Put masked and fingerprinted card numbers in place of clear ones."""
        if "pan" not in self.texts:
            return
        texts = self.texts["pan"]
        masked, fingerprints = protect_pans(texts.column, self.key)
        self.columns |= {"pan_masked": masked, "pan_fingerprint": fingerprints}
        wrong = nulls_of(masked) & texts.is_given
        self.refuse("pan_unreadable", "pan", wrong, "(not shown)", "12 to 19 digits")


def nulls_of(column: pl.Series) -> Mask:
    """Return where a column has no value."""
    if not column.null_count():
        return np.zeros(len(column), dtype=np.bool_)
    found: Mask = column.is_null().to_numpy()
    return found


def _constant(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
