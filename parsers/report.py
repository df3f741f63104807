"""A processor's report, column by column: text in, typed columns out, what does not fit refused.

Shared by the named processor formats. Each of them says which column of its report is what; here a
column is read by one strict pattern, empty text is absent, and every refusal names line, byte and
column. No row is looked at one by one.
"""

from collections.abc import Mapping, Sequence

import polars as pl
from polars.dataframe.group_by import GroupBy

from parsers.amounts import exponent_column, major_to_minor, minor_text
from parsers.instants import CLOCK_LENGTH, offset_seconds, read_clocks, read_days
from parsers.outcome import ControlTotal, Findings
from parsers.table import PLACES, ReportShape, Table, read_table
from tieout.money import format_minor

BAD_ROWS_SHOWN = 25
_NOTHING = "\0nothing"
"""A column without values, for what a report does not have."""
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
    # Names that a report is known by are ASCII; what any other byte means does not matter here.
    line = data[:8192].removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("latin-1")
    delimiter = max(",;\t", key=line.count)
    return {one.strip().strip('"').strip() for one in line.split(delimiter)}


def shape_of(data: bytes, needed: Sequence[str]) -> ReportShape:
    """Return the shape of a report: its delimiter, and the encoding that its bytes fit.

    Processors write UTF-8; older reports, and those that went through a spreadsheet, CP1252.
    """
    line = data[:8192].split(b"\n", 1)[0]
    delimiter = max((b",", b";", b"\t"), key=line.count).decode()
    return ReportShape(tuple(needed), "utf-8" if is_utf8(data) else "cp1252", delimiter)


def read_report(data: bytes, needed: Sequence[str], findings: Findings) -> Table | None:
    """Return the rows of a report with a header; None (and refusals) when its shape is wrong.

    Raises:
        Refused: bytes that are neither UTF-8 nor CP1252.
    """
    shape = shape_of(data, needed)
    if shape.encoding != "utf-8":
        findings.warn(
            "encoding_undeclared",
            byte_offset=0,
            found="bytes that are no UTF-8",
            expected="UTF-8",
            hint=f"Read as {shape.encoding}. Names may be wrong, amounts are not.",
        )
    return read_table(data, shape, findings)


def is_utf8(data: bytes) -> bool:
    """Tell whether bytes are UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class Report:
    """The rows of one report: texts as they stand, and the typed columns made so far."""

    def __init__(self, cells: pl.DataFrame, findings: Findings) -> None:
        self.rows = cells
        self.findings = findings
        self.names = frozenset(cells.columns) - set(PLACES)
        self._stripped: set[str] = set()

    def text(self, *columns: str) -> pl.Expr:
        """Return the first of `columns` that is filled, stripped; null where none is."""
        known = [one for one in columns if one in self.names]
        self._strip(known)
        if len(known) == 1:
            return pl.col(known[0])
        if not known and _NOTHING not in self.rows.columns:
            self.rows = self.rows.with_columns(pl.lit(None, dtype=pl.String).alias(_NOTHING))
        return pl.coalesce(known or [_NOTHING])

    def _strip(self, columns: Sequence[str]) -> None:
        """Take blanks off and make empty texts null, once: of all texts when first asked."""
        if all(one in self._stripped for one in columns):
            return
        schema = self.rows.schema
        wanted = set(columns) if self._stripped else self.names
        wanted = {one for one in wanted - self._stripped if schema[one] == pl.String}
        stripped = pl.col(*sorted(wanted)).str.strip_chars()
        self.rows = self.rows.with_columns(pl.when(stripped != "").then(stripped))
        self._stripped |= wanted

    def put(self, **columns: pl.Expr) -> None:
        """Add or replace columns of the frame."""
        self.rows = self.rows.with_columns(**columns)
        self._stripped -= columns.keys()

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
        text = self.text(*columns)
        exponent = pl.col(f"{currency}:exponent")
        # Adyen writes .11 for 0.11.
        value = minor_text(text) if minor else major_to_minor(text, exponent, bare_fraction=True)
        self.put(**{name: value})
        wrong = pl.col(name).is_null() & text.is_not_null() & exponent.is_not_null()
        expected = "a whole number of minor units" if minor else "an amount such as 1234.50"
        self.refuse("amount_unreadable", columns[0], wrong, text, expected)

    def day(self, name: str, *columns: str, needed: bool = False) -> None:
        """Add `name`: the date with which the first filled of `columns` begins."""
        text = self.text(*columns)
        self.put(**{name: text.map_batches(read_days, return_dtype=pl.Date)})
        wrong = pl.col(name).is_null() & (pl.lit(needed) | text.is_not_null())
        self.refuse("date_unreadable", columns[0], wrong, text, "a date such as 2026-03-02")

    def instant(self, name: str, *columns: str, zone: pl.Expr | None = None) -> None:
        """Add `name`: the instant in UTC; null where the zone is not one of ZONES."""
        texts = self.rows.select(self.text(*columns).cast(pl.String)).to_series()
        clocks = read_clocks(texts)
        if zone is None:
            own = texts.str.slice(CLOCK_LENGTH)
            if own.str.starts_with(".").any():
                own = own.str.replace(r"^\.[0-9]{1,9}", "")
            own = own.str.strip_prefix(" ")
        else:
            own = self.rows.select(zone).to_series()
        own = own.fill_null("")
        ahead = {one: offset_seconds(one, ZONES) for one in own.unique().to_list()}
        seconds = own.replace_strict(ahead, default=None, return_dtype=pl.Int64)
        micros = clocks.cast(pl.Int64) - seconds * 1_000_000
        self.rows = self.rows.with_columns(micros.cast(pl.Datetime("us", "UTC")).alias(name))
        self._stripped.discard(name)

    def kind(self, column: str, kinds: Mapping[str, str]) -> None:
        """Add `kind` from the words of `column`, whatever their case; others are adjustments."""
        texts = self.rows.select(self.text(column).cast(pl.String).fill_null("")).to_series()
        seen = texts.unique()
        words = seen.str.to_lowercase().str.replace_all("[ _-]", "")
        word = texts.replace_strict(seen, words) if len(texts) else texts
        found = word.replace_strict(kinds, default=None, return_dtype=pl.String)
        self.rows = self.rows.with_columns(word.alias("word"), found.alias("kind"))
        self._stripped -= {"word", "kind"}
        if not found.null_count():
            return
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
        numbers = self.rows.select(keys).join(
            first, on=list(keys), how="left", nulls_equal=True, maintain_order="left"
        )
        self.rows = self.rows.with_columns(numbers["statement_no"])
        return self.rows.group_by("statement_no", *keys, maintain_order=True)

    def refuse(self, code: str, field: str, wrong: pl.Expr, found: pl.Expr, expected: str) -> None:
        """Refuse the rows where `wrong` holds; at most BAD_ROWS_SHOWN of them are listed."""
        if not self._holds(wrong):
            return
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

    def _holds(self, wrong: pl.Expr) -> bool:
        """Tell whether any row is wrong: cheaper than to look for them."""
        return bool(self.rows.select(wrong.any()).item())

    def warn_lines(self, code: str, wrong: pl.Expr, found: str, expected: str) -> None:
        """Warn once about the rows where `wrong` holds, naming the first and their number."""
        if self._holds(wrong):
            bad = self.rows.with_columns(wrong=wrong).filter("wrong")
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
            declared=texts[0],
            computed=texts[1],
            expected="equal figures",
            hint=hint,
        )
    return total
