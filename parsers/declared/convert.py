"""Text to typed columns, each by one strict grammar; what does not fit is refused.

Empty text is absent (null); where a line needs the value, absent is refused too. Values are made
stage by stage, all columns of a stage at once; then every check is asked at once, and only where
one fails are its rows looked for.
"""

from dataclasses import dataclass

import polars as pl

from parsers.amounts import exponent_column, major_to_minor, minor_text
from parsers.declared.forms import form_pattern, polars_form
from parsers.declared.rules import (
    AMOUNT_FIELDS,
    CHARGE_FIELDS,
    DATE_FIELDS,
    FLAG_FIELDS,
    TEXT_FIELDS,
    LineRules,
)
from parsers.instants import read_iso_instants
from parsers.lines import protect_pans
from parsers.outcome import Findings
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
_MASKED_PAN = r"^[0-9]{6}\*+[0-9]{4}$"
_PLACES = ("record_no", "line", "byte_start", "byte_length")


@dataclass(frozen=True, slots=True)
class _Check:
    """Rows where `wrong` holds are refused; `found` is what is shown of them."""

    code: str
    field: str
    wrong: pl.Expr
    found: pl.Expr
    expected: str


class Converter:
    """Converts the cells of one file or of a piece of one.

    `rows` has record_no, line, byte_start, byte_length, one text column `text:<field>` per field
    that the layout names, and the typed columns made so far. Columns of `cells` that begin with
    `keep:` are kept as they are.
    """

    def __init__(self, cells: pl.DataFrame, layout: LineRules, findings: Findings) -> None:
        self.layout = layout
        self.findings = findings
        texts = {name: pl.col(str(column)) for name, column in layout.columns.items()}
        texts |= {name: pl.lit(_constant(value)) for name, value in layout.constants.items()}
        self.texts = set(texts)
        self.checks: list[_Check] = []
        self.stage: dict[str, pl.Expr] = {}
        extra = {}
        if layout.kind.column is not None:
            extra["kind"] = pl.col(str(layout.kind.column))
        if layout.sign.rule == "indicator":
            extra["indicator"] = pl.col(str(layout.sign.column))
        if layout.sign.rule == "two_columns":
            extra["credit"] = pl.col(str(layout.sign.credit))
            extra["debit"] = pl.col(str(layout.sign.debit))
        if layout.extra_column() is not None:
            extra["hash"] = pl.col(str(layout.extra_column()))
        named = {**texts, **extra}
        filled = [_empty_to_null(text).alias(f"text:{name}") for name, text in named.items()]
        kept = [name for name in cells.columns if name.startswith("keep:")]
        self.rows = cells.select(*_PLACES, *kept, *filled)

    def convert(self) -> pl.DataFrame:
        """Return the rows with every typed column, amounts as the file signs them."""
        self._currencies()
        self._kind()
        for name in DATE_FIELDS:
            expected = f"a date written {self.layout.date_format}"
            self._field(name, self._date(name), expected, needed=name == "business_date")
        self._field("event_at", self._instant(), "an instant such as 2026-03-02T14:05:00+01:00")
        for name in FLAG_FIELDS:
            flag = self._text(name).str.to_lowercase()
            value = flag.replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
            self._field(name, value, "true or false")
        self._make()
        for name in (*AMOUNT_FIELDS, *CHARGE_FIELDS):
            currency = "original" if name == "original_amount" else "own"
            self._amount(name, f"exponent:{currency}", needed=name == "amount")
        if self.layout.sign.rule == "two_columns":
            for name in ("credit", "debit"):
                self.texts.add(name)
                self._amount(name, "exponent:own", needed=False)
        self._references()
        self._make()
        self._ask()
        return self.rows

    def _text(self, name: str) -> pl.Expr:
        return pl.col(f"text:{name}")

    def _make(self) -> None:
        """Add the columns of the stage to the rows."""
        if self.stage:
            self.rows = self.rows.with_columns(**self.stage)
            self.stage = {}

    def _ask(self) -> None:
        """Ask every check that has been collected; refuse the rows of those that fail."""
        asked = [one.wrong.any().alias(str(place)) for place, one in enumerate(self.checks)]
        failed = self.rows.select(asked).row(0) if asked and self.rows.height else ()
        for check, has_failed in zip(self.checks, failed, strict=False):
            if has_failed:
                self._refuse(check)
        self.checks = []

    def _check(self, code: str, field: str, wrong: pl.Expr, found: pl.Expr, expected: str) -> None:
        self.checks.append(_Check(code, field, wrong, found, expected))

    def _field(
        self,
        name: str,
        value: pl.Expr,
        expected: str,
        *,
        needed: bool = False,
        given: pl.Expr | None = None,
    ) -> None:
        """Add column `name` when the layout names it; refuse rows that do not convert.

        Rows where `given` is false are refused elsewhere already.
        """
        if name not in self.texts:
            return
        self.stage[name] = value
        text = self._text(name)
        wrong = pl.col(name).is_null() & text.is_not_null()
        if given is not None:
            wrong &= given
        self._check(f"{name}_unreadable", name, wrong, text, expected)
        if needed:
            self._check(f"{name}_missing", name, text.is_null(), pl.lit("nothing"), expected)

    def _refuse(self, check: _Check) -> None:
        """Refuse every row where the check fails (at most BAD_ROWS_SHOWN are listed)."""
        bad = self.rows.filter(check.wrong).select(
            "record_no", "line", "byte_start", check.found.alias("found")
        )
        column = self.layout.columns.get(check.field)
        place = f"{check.field} (column {column!r})" if column is not None else check.field
        for row in bad.head(BAD_ROWS_SHOWN).iter_rows(named=True):
            self.findings.refuse(
                check.code,
                line=row["line"],
                byte_offset=row["byte_start"],
                record_no=row["record_no"],
                field=place,
                found="(not shown)" if check.field == "pan" else repr(row["found"]),
                expected=check.expected,
                hint="Correct the layout if the sender means something else, or ask again.",
            )
        if bad.height > BAD_ROWS_SHOWN:
            self.findings.refuse(
                check.code,
                field=place,
                found=f"{bad.height - BAD_ROWS_SHOWN} more lines like the ones listed",
                expected=check.expected,
                hint="They have the same cause.",
            )

    def _currencies(self) -> None:
        codes = {}
        for name in ("currency", "original_currency"):
            codes[name] = self._text(name) if name in self.texts else pl.lit(None, dtype=pl.String)
            self.stage[name] = codes[name].str.to_uppercase()
        self._make()
        for name, exponent in (("currency", "own"), ("original_currency", "original")):
            digits = exponent_column(name)
            if name == "currency" and "exponent" in self.texts:
                own = self._text("exponent").str.extract("^([0-6])$").cast(pl.Int8)
                digits = pl.coalesce(own, digits)
            self.stage[f"exponent:{exponent}"] = digits
            if name in self.texts:
                is_code = pl.col(name).str.contains("^[A-Z]{3}$")  # also where it has own exponents
                unknown = pl.col(f"exponent:{exponent}").is_null() | ~is_code
                unknown &= codes[name].is_not_null()
                self._check("currency_unknown", name, unknown, codes[name], "an ISO 4217 code")
        missing, nothing = pl.col("currency").is_null(), pl.lit("nothing")
        self._check("currency_missing", "currency", missing, nothing, "an ISO 4217 code")

    def _kind(self) -> None:
        rule = self.layout.kind
        if rule.constant is not None:
            self.stage["kind"] = pl.lit(rule.constant)
            return
        self.stage["kind"] = self._text("kind").replace_strict(
            rule.values, default=None, return_dtype=pl.String
        )
        expected = f"one of {', '.join(rule.values)}"
        found = self._text("kind").fill_null("nothing")
        self._check("kind_unknown", "kind", pl.col("kind").is_null(), found, expected)

    def _date(self, name: str) -> pl.Expr:
        form = "%Y-%m-%d" if name in self.layout.constants else self.layout.date_format
        text = self._text(name)
        fits = text.str.contains(form_pattern(form))
        return pl.when(fits).then(text.str.to_date(form, strict=False))

    def _instant(self) -> pl.Expr:
        text, form = self._text("event_at"), self.layout.datetime_format
        kind = pl.Datetime("us", "UTC")
        if form is None:
            return text.map_batches(read_iso_instants, return_dtype=kind)
        fits = text.str.contains(form_pattern(form))
        form = polars_form(form)
        if "%z" not in form:  # a time without a zone is UTC
            text, form = text + " +0000", f"{form} %z"
        read = text.str.to_datetime(form, strict=False, time_unit="us")
        return pl.when(fits).then(read.cast(kind))

    def _amount(self, name: str, exponent: str, *, needed: bool) -> None:
        text = self._text(name)
        if self.layout.amounts == "minor":
            value = minor_text(text)
            expected = "a whole number of minor units"
        else:
            value = major_to_minor(
                text,
                pl.col(exponent),
                decimal=self.layout.decimal,
                thousands=self.layout.thousands,
            )
            example = f"1{self.layout.thousands}234{self.layout.decimal}50"
            expected = f"an amount such as {example}, with no more decimals than its currency has"
        known = pl.col(exponent).is_not_null()
        self._field(name, value, expected, needed=needed, given=known)

    def _references(self) -> None:
        for name in ("record_id", *TEXT_FIELDS):
            if name in self.texts:
                self.stage[name] = self._text(name)
        if "record_id" in self.texts:
            self._own_keys()
        if "pan_masked" in self.texts:
            masked = pl.col("pan_masked")
            wrong = masked.is_not_null() & ~masked.str.contains(_MASKED_PAN)
            hidden = pl.lit("a text that is not shown")
            expected = "six digits, stars, four digits"
            self._check("pan_masked_unreadable", "pan_masked", wrong, hidden, expected)

    def _own_keys(self) -> None:
        key = self._text("record_id")
        expected = "a key that no other line has"
        self._check("record_id_missing", "record_id", key.is_null(), pl.lit("nothing"), expected)
        # To count the keys is five times cheaper than to find those that come again.
        count, distinct = self.rows.select(key.count(), key.drop_nulls().n_unique().alias("n")).row(
            0
        )
        if distinct != count:
            twice = key.is_duplicated() & key.is_not_null()
            self._check("record_id_duplicate", "record_id", twice, key, expected)
        long = key.str.len_chars() > OWN_KEY_MAX
        shown = key.str.slice(0, 20) + pl.format("… ({} characters)", key.str.len_chars())
        at_most = f"a key of at most {OWN_KEY_MAX} characters"
        self._check("record_id_long", "record_id", long, shown, at_most)

    def with_iso_exponents(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the signed `rows` with the exponents of ISO 4217 and amounts in its minor units.

        Where the sender counts in other units (column `exponent`), the amounts are rescaled if that
        is exact; a line for which it is not is refused. Wanted last: totals are in his units.
        """
        self.rows = rows
        if "exponent" not in self.texts:
            return rows.with_columns(pl.col("exponent:own").alias("exponent"))
        iso = pl.coalesce(exponent_column("currency"), "exponent:own")
        places = (iso - pl.col("exponent:own")).cast(pl.Int64)
        up = _power_of_ten(pl.max_horizontal(places, 0))
        down = _power_of_ten(pl.max_horizontal(-places, 0))
        names = [f"{name}_minor" for name in (*AMOUNT_FIELDS, *CHARGE_FIELDS)]
        own = [
            name for name in names if name in self.rows.columns and name != "original_amount_minor"
        ]
        exact = [
            (pl.col(name) % down == 0) & (pl.col(name).abs() <= MINOR_MAX // up) for name in own
        ]
        self._check(
            "exponent_differs",
            "exponent",
            ~pl.all_horizontal(exact).fill_null(value=True),
            pl.col("exponent:own").cast(pl.String),
            "amounts that are whole in the minor units that ISO 4217 gives the currency",
        )
        self._ask()
        scaled = [(pl.col(name) * up // down).alias(name) for name in own]
        return self.rows.with_columns(*scaled, iso.cast(pl.Int8).alias("exponent"))

    def with_pans(self, key: bytes) -> pl.DataFrame:
        """Return the rows with masked and fingerprinted card numbers in place of clear ones."""
        if "pan" not in self.texts:
            return self.rows
        pans = self.rows["text:pan"]
        masked, fingerprints = protect_pans(pans, key)
        self.rows = self.rows.with_columns(
            masked.alias("pan_masked"), fingerprints.alias("pan_fingerprint")
        )
        wrong = pl.col("pan_masked").is_null() & self._text("pan").is_not_null()
        self._check("pan_unreadable", "pan", wrong, self._text("pan"), "12 to 19 digits")
        self._ask()
        return self.rows


def _power_of_ten(places: pl.Expr) -> pl.Expr:
    powers = {place: 10**place for place in range(7)}
    return places.replace_strict(powers, default=1, return_dtype=pl.Int64)


def _constant(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _empty_to_null(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)
