"""A processor's report, column by column: text in, typed columns out, what does not fit refused.

Shared by the named processor formats. Each of them says which column of its report is what; here a
column is read by one strict pattern, empty text is absent, and every refusal names line, byte and
column. No row is looked at one by one.
"""

from collections.abc import Mapping, Sequence

import polars as pl
from polars.dataframe.group_by import GroupBy

from parsers.amounts import exponent_column, major_to_minor, minor_text
from parsers.outcome import ControlTotal, Findings
from parsers.table import PLACES, ReportShape, Table, read_table
from tieout.money import format_minor

BAD_ROWS_SHOWN = 25
DAY = r"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})"
_INSTANT = rf"^{DAY}[T ]([0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}})(\.[0-9]{{1,9}})? ?(.*)$"
ZONES = {
    **{"": "+0000", "Z": "+0000", "UTC": "+0000", "GMT": "+0000"},
    **{"BST": "+0100", "CET": "+0100", "CEST": "+0200", "EET": "+0200", "EEST": "+0300"},
    **{"PST": "-0800", "PDT": "-0700", "MST": "-0700", "MDT": "-0600", "CST": "-0600"},
    **{"CDT": "-0500", "EST": "-0500", "EDT": "-0400", "BRT": "-0300", "IST": "+0530"},
    **{"SGT": "+0800", "HKT": "+0800", "JST": "+0900", "AEST": "+1000", "AEDT": "+1100"},
}
"""Abbreviations of time zones that processors write, and the offset each one means."""


def head_names(data: bytes) -> set[str]:
    """Return the names in the first line of a file, quotes and spaces around them taken off."""
    line = data[:8192].removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    delimiter = max(",;\t", key=line.count)
    return {one.strip().strip('"').strip() for one in line.split(delimiter)}


def shape_of(data: bytes, needed: Sequence[str]) -> ReportShape:
    """Return the shape of a report: its delimiter, and the encoding that its bytes fit."""
    line = data[:8192].split(b"\n", 1)[0]
    delimiter = max((b",", b";", b"\t"), key=line.count).decode()
    try:
        data.decode()
    except UnicodeDecodeError:
        return ReportShape(tuple(needed), encoding="cp1252", delimiter=delimiter)
    return ReportShape(tuple(needed), delimiter=delimiter)


def read_report(data: bytes, needed: Sequence[str], findings: Findings) -> Table | None:
    """Return the rows of a report with a header; None (and refusals) when its shape is wrong."""
    shape = shape_of(data, needed)
    if shape.encoding == "cp1252":
        try:
            data.decode("cp1252")
        except UnicodeDecodeError:
            shape = ReportShape(tuple(needed), encoding="latin-1", delimiter=shape.delimiter)
        findings.warn(
            "encoding_undeclared",
            byte_offset=0,
            found="bytes that are no UTF-8",
            expected="UTF-8",
            hint=f"Read as {shape.encoding}. Names may be wrong, amounts are not.",
        )
    return read_table(data, shape, findings)


class Report:
    """The rows of one report: texts as they stand, and the typed columns made so far."""

    def __init__(self, cells: pl.DataFrame, findings: Findings) -> None:
        self.rows = cells
        self.findings = findings
        self.names = frozenset(cells.columns) - set(PLACES)

    def text(self, *columns: str) -> pl.Expr:
        """Return the first of `columns` that is filled, stripped; null where none is."""
        filled = [
            pl.when(stripped != "").then(stripped)
            for stripped in (pl.col(one).str.strip_chars() for one in columns if one in self.names)
        ]
        return pl.coalesce(filled) if filled else pl.lit(None, dtype=pl.String)

    def put(self, **columns: pl.Expr) -> None:
        """Add or replace columns of the frame."""
        self.rows = self.rows.with_columns(**columns)

    def currency(self, name: str, *columns: str, needed: bool = True) -> None:
        """Add `name` (an ISO code) and `name:exponent`; refuse codes that ISO does not list."""
        self.put(**{name: self.text(*columns).str.to_uppercase()})
        self.put(**{f"{name}:exponent": exponent_column(name)})
        wrong = pl.col(f"{name}:exponent").is_null()
        wrong = wrong if needed else wrong & pl.col(name).is_not_null()
        self.refuse("currency_unknown", columns[0], wrong, pl.col(name), "an ISO 4217 code")

    def money(
        self, name: str, *columns: str, currency: str = "currency", minor: bool = False
    ) -> None:
        """Add `name`: Int64 minor units of `currency`, null where the column is empty."""
        # Adyen writes .11 for 0.11.
        text = self.text(*columns).str.replace(r"^(-?)\.", "${1}0.")
        exponent = pl.col(f"{currency}:exponent")
        value = minor_text(text) if minor else major_to_minor(text, exponent)
        self.put(**{name: value})
        wrong = pl.col(name).is_null() & text.is_not_null() & exponent.is_not_null()
        expected = "a whole number of minor units" if minor else "an amount such as 1234.50"
        self.refuse("amount_unreadable", columns[0], wrong, text, expected)

    def day(self, name: str, *columns: str, needed: bool = False) -> None:
        """Add `name`: the date with which the first filled of `columns` begins."""
        text = self.text(*columns)
        parts = text.str.extract_groups(f"^{DAY}(?:[T ].*)?$").struct
        iso = pl.concat_str(*(parts.field(one) for one in "123"), separator="-")
        self.put(**{name: iso.str.to_date("%Y-%m-%d", strict=False)})
        wrong = pl.col(name).is_null() & (pl.lit(needed) | text.is_not_null())
        self.refuse("date_unreadable", columns[0], wrong, text, "a date such as 2026-03-02")

    def instant(self, name: str, *columns: str, zone: pl.Expr | None = None) -> None:
        """Add `name`: the instant in UTC; null where the zone is not one of ZONES."""
        parts = self.text(*columns).str.extract_groups(_INSTANT).struct
        own = parts.field("6") if zone is None else zone
        own = own.fill_null("").str.replace(":", "")
        offset = (
            pl.when(own.str.contains("^[+-][0-9]{4}$"))
            .then(own)
            .otherwise(own.replace_strict(ZONES, default=None, return_dtype=pl.String))
        )
        day = pl.concat_str(*(parts.field(one) for one in "123"), separator="-")
        text = pl.concat_str(day, pl.lit("T"), parts.field("4"), offset)
        value = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%z", strict=False, time_unit="us")
        self.put(**{name: value.cast(pl.Datetime("us", "UTC"))})

    def kind(self, column: str, kinds: Mapping[str, str]) -> None:
        """Add `kind` from the words of `column`, whatever their case; others are adjustments."""
        word = self.text(column).str.to_lowercase().str.replace_all("[ _-]", "")
        found = word.replace_strict(kinds, default=None, return_dtype=pl.String)
        self.put(word=word.fill_null(""), kind=found)
        unknown = self.rows.filter(pl.col("kind").is_null())
        for one in unknown.unique("word", maintain_order=True).head(20).iter_rows(named=True):
            self.findings.warn(
                "type_unknown",
                line=one["line"],
                byte_offset=one["byte_start"],
                record_no=one["record_no"],
                field=column,
                found=repr(one["word"]),
                expected=f"one of {', '.join(kinds)}",
                hint="Counted as an adjustment; its money is kept. Tell us what it means.",
            )
        self.put(kind=pl.col("kind").fill_null("adjustment"))

    def number_statements(self, keys: Sequence[str]) -> GroupBy:
        """Add `statement_no` (groups of `keys` in file order) and return the groups in order."""
        first = self.rows.group_by(keys, maintain_order=True).agg().with_row_index("statement_no")
        self.rows = self.rows.drop("statement_no", strict=False).join(
            first, on=list(keys), how="left", nulls_equal=True, maintain_order="left"
        )
        return self.rows.group_by("statement_no", *keys, maintain_order=True)

    def refuse(self, code: str, field: str, wrong: pl.Expr, found: pl.Expr, expected: str) -> None:
        """Refuse the rows where `wrong` holds; at most BAD_ROWS_SHOWN of them are listed."""
        bad = (
            self.rows.with_columns(wrong=wrong)
            .filter("wrong")
            .select("record_no", "line", "byte_start", found.alias("was"))
        )
        for row in bad.head(BAD_ROWS_SHOWN).iter_rows(named=True):
            self.findings.refuse(
                code,
                line=row["line"],
                byte_offset=row["byte_start"],
                record_no=row["record_no"],
                field=field,
                found="nothing" if row["was"] is None else repr(row["was"]),
                expected=expected,
                hint="Ask the sender for the file again, unchanged by a spreadsheet.",
            )
        if bad.height > BAD_ROWS_SHOWN:
            self.findings.refuse(
                code,
                field=field,
                found=f"{bad.height - BAD_ROWS_SHOWN} more lines like the ones listed",
                expected=expected,
                hint="They have the same cause.",
            )

    def warn_lines(self, code: str, wrong: pl.Expr, found: str, expected: str) -> None:
        """Warn once about the rows where `wrong` holds, naming the first and their number."""
        bad = self.rows.with_columns(wrong=wrong).filter("wrong")
        if bad.height:
            first = bad.select("record_no", "line", "byte_start").row(0, named=True)
            self.findings.warn(
                code,
                line=first["line"],
                byte_offset=first["byte_start"],
                record_no=first["record_no"],
                found=f"{found}, {bad.height} times",
                expected=expected,
                hint="The lines are kept as written; ask the sender which figure counts.",
            )


def check_total(
    findings: Findings,
    name: str,
    declared: int,
    computed: int,
    *,
    currency: str,
    exponent: int,
    hint: str,
    code: str = "batch_total_differs",
    byte_offset: int | None = None,
) -> ControlTotal:
    """Return the control total; where both differ, warn."""
    texts = [format_minor(one, currency, exponent=exponent) for one in (declared, computed)]
    total = ControlTotal(name, texts[0], texts[1], declared == computed)
    if not total.agrees:
        findings.warn(
            code,
            byte_offset=byte_offset,
            field=name,
            found=f"declared {texts[0]}, computed {texts[1]}",
            expected="equal figures",
            hint=hint,
        )
    return total
