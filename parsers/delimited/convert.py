"""Text to typed columns, each by one strict pattern; what does not fit is refused.

Empty text is absent (null); where a line needs the value, absent is refused too.
"""

import polars as pl

from parsers.amounts import exponent_column, major_to_minor, minor_text
from parsers.delimited.forms import form_pattern, polars_form
from parsers.delimited.layout import (
    AMOUNT_FIELDS,
    CHARGE_FIELDS,
    DATE_FIELDS,
    FLAG_FIELDS,
    TEXT_FIELDS,
    Layout,
)
from parsers.lines import protect_pans
from parsers.outcome import Findings
from tieout.money import MINOR_MAX

BAD_ROWS_SHOWN = 25
OWN_KEY_MAX = 120
"""Characters of a sender's own key: with feed and leg before it, it is a key of the database."""
_INSTANT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})?$"
)
_FLAGS = {"true": True, "1": True, "yes": True, "y": True} | {
    "false": False,
    "0": False,
    "no": False,
    "n": False,
}
_MASKED_PAN = r"^[0-9]{6}\*+[0-9]{4}$"


class Converter:
    """Converts the cells of one file; holds the rows so far and where complaints go.

    `rows` has record_no, line, byte_start, byte_length, one text column `text:<field>` per field
    that the layout names, and the typed columns made so far.
    """

    def __init__(self, cells: pl.DataFrame, layout: Layout, findings: Findings) -> None:
        self.layout = layout
        self.findings = findings
        texts = {name: pl.col(str(column)) for name, column in layout.columns.items()}
        texts |= {name: pl.lit(_constant(value)) for name, value in layout.constants.items()}
        self.texts = set(texts)
        extra = {}
        if layout.kind.column is not None:
            extra["kind"] = pl.col(str(layout.kind.column))
        if layout.sign.rule == "indicator":
            extra["indicator"] = pl.col(str(layout.sign.column))
        if layout.sign.rule == "two_columns":
            extra["credit"] = pl.col(str(layout.sign.credit))
            extra["debit"] = pl.col(str(layout.sign.debit))
        if layout.trailer and layout.trailer.hash:
            extra["hash"] = pl.col(str(layout.trailer.hash.over))
        named = {**texts, **extra}
        filled = [_empty_to_null(text).alias(f"text:{name}") for name, text in named.items()]
        self.rows = cells.select("record_no", "line", "byte_start", "byte_length", *filled)

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
        for name in (*AMOUNT_FIELDS, *CHARGE_FIELDS):
            currency = "original" if name == "original_amount" else "own"
            self._amount(name, f"exponent:{currency}", needed=name == "amount")
        if self.layout.sign.rule == "two_columns":
            for name in ("credit", "debit"):
                self.texts.add(name)
                self._amount(name, "exponent:own", needed=False)
        self._references()
        return self.rows

    def _text(self, name: str) -> pl.Expr:
        return pl.col(f"text:{name}")

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
        self.rows = self.rows.with_columns(value.alias(name))
        text = self._text(name)
        wrong = (
            pl.col(name).is_null() & text.is_not_null() & (pl.lit(True) if given is None else given)
        )
        self._refuse(f"{name}_unreadable", name, wrong, text, expected)
        if needed:
            self._refuse(f"{name}_missing", name, text.is_null(), pl.lit("nothing"), expected)

    def _refuse(self, code: str, field: str, wrong: pl.Expr, found: pl.Expr, expected: str) -> None:
        """Refuse every row where `wrong` holds (at most BAD_ROWS_SHOWN are listed)."""
        bad = self.rows.filter(wrong).select(
            "record_no", "line", "byte_start", found.alias("found")
        )
        column = self.layout.columns.get(field)
        place = f"{field} (column {column!r})" if column is not None else field
        for row in bad.head(BAD_ROWS_SHOWN).iter_rows(named=True):
            self.findings.refuse(
                code,
                line=row["line"],
                byte_offset=row["byte_start"],
                record_no=row["record_no"],
                field=place,
                found="(not shown)" if field == "pan" else repr(row["found"]),
                expected=expected,
                hint="Correct the layout if the sender means something else, or ask again.",
            )
        if bad.height > BAD_ROWS_SHOWN:
            self.findings.refuse(
                code,
                field=place,
                found=f"{bad.height - BAD_ROWS_SHOWN} more lines like the ones listed",
                expected=expected,
                hint="They have the same cause.",
            )

    def _currencies(self) -> None:
        for name, exponent in (("currency", "own"), ("original_currency", "original")):
            code = self._text(name) if name in self.texts else pl.lit(None, dtype=pl.String)
            self.rows = self.rows.with_columns(code.str.to_uppercase().alias(name))
            digits = exponent_column(name)
            if name == "currency" and "exponent" in self.texts:
                own = self._text("exponent").str.extract("^([0-6])$").cast(pl.Int8)
                digits = pl.coalesce(own, digits)
            self.rows = self.rows.with_columns(digits.alias(f"exponent:{exponent}"))
            if name in self.texts:
                unknown = pl.col(f"exponent:{exponent}").is_null() & code.is_not_null()
                self._refuse("currency_unknown", name, unknown, code, "an ISO 4217 code")
        self._refuse(
            "currency_missing",
            "currency",
            pl.col("currency").is_null(),
            pl.lit("nothing"),
            "an ISO 4217 code",
        )

    def _kind(self) -> None:
        rule = self.layout.kind
        if rule.constant is not None:
            self.rows = self.rows.with_columns(pl.lit(rule.constant).alias("kind"))
            return
        kind = self._text("kind").replace_strict(rule.values, default=None, return_dtype=pl.String)
        self.rows = self.rows.with_columns(kind.alias("kind"))
        expected = f"one of {', '.join(rule.values)}"
        found = self._text("kind").fill_null("nothing")
        self._refuse("kind_unknown", "kind", pl.col("kind").is_null(), found, expected)

    def _date(self, name: str) -> pl.Expr:
        form = "%Y-%m-%d" if name in self.layout.constants else self.layout.date_format
        text = self._text(name)
        fits = text.str.contains(form_pattern(form))
        return pl.when(fits).then(text.str.to_date(form, strict=False))

    def _instant(self) -> pl.Expr:
        text, form = self._text("event_at"), self.layout.datetime_format
        if form is None:
            fits = text.str.contains(_INSTANT)
            text = text.str.replace(" ", "T", literal=True).str.replace("Z$", "+00:00")
            has_zone = text.str.contains(r"[+-][0-9]{2}:?[0-9]{2}$")
            text = pl.when(has_zone).then(text).otherwise(text + "+00:00")
            form = "%Y-%m-%dT%H:%M:%S%.f%z"
        else:
            fits = text.str.contains(form_pattern(form))
            form = polars_form(form)
            if "%z" not in form:  # a time without a zone is UTC
                text, form = text + " +0000", f"{form} %z"
        kind = pl.Datetime("us", "UTC")
        return pl.when(fits).then(
            text.str.to_datetime(form, strict=False, time_unit="us").cast(kind)
        )

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
                self.rows = self.rows.with_columns(self._text(name).alias(name))
        if "record_id" in self.texts:
            self._own_keys()
        if "pan_masked" in self.texts:
            masked = pl.col("pan_masked")
            wrong = masked.is_not_null() & ~masked.str.contains(_MASKED_PAN)
            hidden = pl.lit("a text that is not shown")
            expected = "six digits, stars, four digits"
            self._refuse("pan_masked_unreadable", "pan_masked", wrong, hidden, expected)

    def _own_keys(self) -> None:
        key = self._text("record_id")
        expected = "a key that no other line has"
        self._refuse("record_id_missing", "record_id", key.is_null(), pl.lit("nothing"), expected)
        twice = key.is_duplicated() & key.is_not_null()
        self._refuse("record_id_duplicate", "record_id", twice, key, expected)
        long = key.str.len_chars() > OWN_KEY_MAX
        shown = key.str.slice(0, 20) + pl.format("… ({} characters)", key.str.len_chars())
        at_most = f"a key of at most {OWN_KEY_MAX} characters"
        self._refuse("record_id_long", "record_id", long, shown, at_most)

    def with_iso_exponents(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the signed `rows` with the exponents of ISO 4217 and amounts in its minor units.

        Where the sender counts in other units (column `exponent`), the amounts are rescaled if that
        is exact; a line for which it is not is refused. Wanted last: totals are in his units.
        """
        self.rows = rows
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
        self._refuse(
            "exponent_differs",
            "exponent",
            ~pl.all_horizontal(exact).fill_null(value=True),
            pl.col("exponent:own").cast(pl.String),
            "amounts that are whole in the minor units that ISO 4217 gives the currency",
        )
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
        self._refuse("pan_unreadable", "pan", wrong, self._text("pan"), "12 to 19 digits")
        return self.rows


def _power_of_ten(places: pl.Expr) -> pl.Expr:
    powers = {place: 10**place for place in range(7)}
    return places.replace_strict(powers, default=1, return_dtype=pl.Int64)


def _constant(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _empty_to_null(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)
