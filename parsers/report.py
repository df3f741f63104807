"""A processor's report, column by column: text in, typed columns out, what does not fit refused.

Shared by the named processor formats. Each of them says which column of its report is what; here a
column is read by one strict pattern, empty text is absent, and every refusal names line, byte and
column. No row is looked at one by one.
"""

import codecs
import re
from collections.abc import Callable, Generator, Mapping, Sequence

import polars as pl

from parsers.amounts import read_major, read_minor
from parsers.columns import each_as, first_filled, nothing, stripped
from parsers.complaints import Complaints
from parsers.contract import Data, Source
from parsers.instants import CLOCK_LENGTH, offset_seconds, read_clocks, read_days
from parsers.lookups import look_up
from parsers.outcome import ControlTotal, Finding, Findings
from parsers.singles import FEW
from parsers.table import PLACES, ReportShape, Table, read_table, read_tables
from tieout.money import exponents, format_minor

_WORDS_SHOWN = 20
_PIECE = 1 << 20
_PLACES = frozenset(PLACES)
_FRACTION = re.compile(r"^\.[0-9]{1,9}")
_GAPS = str.maketrans("", "", " _-")
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


def shape_of(data: Data, needed: Sequence[str]) -> ReportShape:
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
    return read_table(data, _told_shape(data, needed, findings), findings)


def read_pieces(
    source: Source, needed: Sequence[str], findings: Findings
) -> Generator[Table, None, None]:
    """Yield the rows of a report in pieces; nothing more once its shape is found wrong.

    Raises:
        Refused: bytes that are neither UTF-8 nor CP1252.
    """
    shape = _told_shape(source.raw, needed, findings)
    yield from read_tables(source.raw, shape, findings, size=piece_bytes(source))


def piece_bytes(source: Source) -> int:
    """Return how much of a report is read at once: its texts become forty columns and more."""
    return max(source.batch_bytes // 4, 1)


def _told_shape(data: Data, needed: Sequence[str], findings: Findings) -> ReportShape:
    """Return the shape; warn where the encoding is not what senders declare."""
    shape = shape_of(data, needed)
    if shape.encoding != "utf-8":
        findings.warn(
            "encoding_undeclared",
            byte_offset=0,
            found="bytes that are no UTF-8",
            expected="UTF-8",
            hint=f"Read as {shape.encoding}. Names may be wrong, amounts are not.",
        )
    return shape


def is_utf8(data: Data) -> bool:
    """Tell whether bytes are UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _PIECE):
            piece = data[at : at + _PIECE]
            if not piece.isascii() or decoder.getstate()[0]:
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class Report:
    """The rows of one report: texts as they stand, and the typed columns made so far.

    A report that is read in pieces goes on with `turn`; what was told of the rows before is known.
    """

    def __init__(self, cells: pl.DataFrame, findings: Findings) -> None:
        self.findings = findings
        self.complaints = Complaints(findings)
        self._unknown: set[str] = set()
        self.turn(cells)

    def turn(self, cells: pl.DataFrame) -> None:
        """Go on with the next rows of the same report."""
        self.complaints.start()
        self.rows = cells
        self.names = frozenset(cells.columns) - _PLACES
        self._stripped: set[str] = set()

    def text(self, *columns: str) -> pl.Expr:
        """Return the first of `columns` that is filled, stripped; null where none is."""
        known = self._known(columns)
        if len(known) == 1:
            return pl.col(known[0])
        if not known and _NOTHING not in self.rows.columns:
            self.add(nothing(self.rows.height).alias(_NOTHING))
        return pl.coalesce(known or [_NOTHING])

    def _texts(self, columns: Sequence[str]) -> pl.Series:
        """Return what `text` stands for."""
        known = self._known(columns)
        if not known:
            return nothing(self.rows.height)
        texts = first_filled([self.rows[one] for one in known])
        return texts if texts.dtype == pl.String else texts.cast(pl.String)

    def _known(self, columns: Sequence[str]) -> list[str]:
        """Return which columns there are; blanks are taken off their texts, once."""
        known = [one for one in columns if one in self.names]
        for name in known:
            if name not in self._stripped:
                self._stripped.add(name)
                texts = self.rows[name]
                plain = stripped(texts) if texts.dtype == pl.String else texts
                if plain is not texts:
                    self.rows = self.rows.with_columns(plain)
        return known

    def put(self, *made: pl.Expr, **columns: pl.Expr) -> None:
        """Add or replace columns of the frame."""
        self.rows = self.rows.with_columns(*made, **columns)
        self._stripped -= columns.keys()

    def add(self, *columns: pl.Series) -> None:
        """Add or replace columns that are there already."""
        names = {one.name for one in columns}
        if names.isdisjoint(self.rows.columns):
            self.rows = self.rows.hstack([*columns])
        else:
            self.rows = self.rows.with_columns(columns)
        self._stripped -= names

    def currency(self, name: str, *columns: str, needed: bool = True) -> None:
        """Add `name` (an ISO code) and `name:exponent`; refuse codes that ISO does not list."""
        codes = each_as(self._texts(columns), str.upper, pl.String()).alias(name)
        digits = look_up(codes, exponents(), pl.Int8())
        self.add(codes, digits.alias(f"{name}:exponent"))
        self.complaints.go_on()
        if digits.null_count() > (0 if needed else codes.null_count()):
            wrong = pl.col(f"{name}:exponent").is_null()
            wrong = wrong if needed else wrong & pl.col(name).is_not_null()
            self._list("currency_unknown", columns[0], wrong, pl.col(name), "an ISO 4217 code")

    def money(
        self,
        name: str,
        *columns: str,
        currency: str = "currency",
        minor: bool = False,
        needed: bool = False,
    ) -> None:
        """Add `name`: Int64 minor units of `currency`, null where the column is empty.

        Refuse what is no amount, and where it is needed an empty column too.
        """
        texts, digits = self._texts(columns), self.rows[f"{currency}:exponent"]
        # Adyen writes .11 for 0.11.
        value = read_minor(texts) if minor else read_major(texts, digits, bare_fraction=True)
        self.add(value.alias(name))
        self.complaints.go_on()
        if value.null_count() > texts.null_count():
            text = self.text(*columns)
            wrong = pl.col(name).is_null() & text.is_not_null()
            wrong &= pl.col(f"{currency}:exponent").is_not_null()
            expected = "a whole number of minor units" if minor else "an amount such as 1234.50"
            self._list("amount_unreadable", columns[0], wrong, text, expected)
        self.complaints.go_on()
        if needed and texts.null_count():
            expected = "a whole number of minor units" if minor else "an amount such as 12.50"
            wrong = self.text(*columns).is_null()
            self._list("amount_missing", columns[0], wrong, pl.lit("nothing"), expected)

    def day(self, name: str, *columns: str, needed: bool = False) -> None:
        """Add `name`: the date with which the first filled of `columns` begins."""
        texts = self._texts(columns)
        days = read_days(texts)
        self.add(days.alias(name))
        self.complaints.go_on()
        if days.null_count() > (0 if needed else texts.null_count()):
            text = self.text(*columns)
            wrong = pl.col(name).is_null() & (pl.lit(needed) | text.is_not_null())
            self._list("date_unreadable", columns[0], wrong, text, "a date such as 2026-03-02")

    def instant(self, name: str, *columns: str, zone: str | None = None) -> None:
        """Add `name`: the instant in UTC; null where the zone is not one of ZONES.

        Args:
            name: of the new column.
            columns: the first that is filled counts.
            zone: the column that names the zone; without it, the zone follows the time.
        """
        texts = self._texts(columns)
        clocks = read_clocks(texts).cast(pl.Int64)
        zones = _own_zones(texts) if zone is None else self._texts([zone])
        micros = clocks - each_as(zones, _ahead, pl.Int64(), absent="")
        self.add(micros.cast(pl.Datetime("us", "UTC")).alias(name))

    def say(
        self,
        name: str,
        *columns: str,
        of: Callable[[str], object],
        dtype: pl.DataType,
        absent: str | None = None,
    ) -> None:
        """Add `name`: what `of` says of each text, and of `absent` where there is none."""
        self.add(each_as(self._texts(columns), of, dtype, absent=absent).alias(name))

    def kind(self, column: str, kinds: Mapping[str, str]) -> None:
        """Add `kind` from the words of `column`, whatever their case; others are adjustments."""
        words = each_as(self._texts([column]), _word, pl.String(), absent="")
        found = look_up(words, kinds, pl.String())
        self.complaints.go_on()
        if found.null_count():
            self.add(words.alias("word"))
            self._tell_unknown(column, words.filter(found.is_null()), kinds)
            found = found.fill_null("adjustment")
        self.add(words.alias("word"), found.alias("kind"))

    def _tell_unknown(self, column: str, words: pl.Series, kinds: Mapping[str, str]) -> None:
        """Warn of each word that has no kind, at the first row that has it."""
        for word in words.unique(maintain_order=True):
            if word in self._unknown or len(self._unknown) >= _WORDS_SHOWN:
                continue
            self._unknown.add(word)
            rows = self.rows.filter(pl.col("word") == word)
            line, offset, number = rows.select("line", "byte_start", "record_no").row(0)
            finding = Finding(
                "type_unknown",
                "warning",
                line=line,
                byte_offset=offset,
                record_no=number,
                field=column,
                found=repr(word),
                expected=f"one of {', '.join(kinds)}",
                hint="Counted as an adjustment; its money is kept. Tell us what it means.",
            )
            self.complaints.tell(finding)

    def refuse(
        self, code: str, field: str, wrong: pl.Expr | str, found: pl.Expr, expected: str
    ) -> None:
        """Refuse the rows where `wrong` (or the column of this name) holds.

        At most 25 of them are listed.
        """
        self.complaints.go_on()
        if self._holds(wrong):
            self._list(code, field, wrong, found, expected)

    def _list(
        self, code: str, field: str, wrong: pl.Expr | str, found: pl.Expr, expected: str
    ) -> None:
        bad = self.rows.with_columns(found.alias("was")).filter(wrong)
        self.complaints.list_rows(code, field, bad, expected)

    def warn_lines(self, code: str, wrong: pl.Expr | str, found: str, expected: str) -> None:
        """Warn once about the rows where `wrong` (or the column of this name) holds.

        The first of them is named, and their number.
        """
        self.complaints.go_on()
        if self._holds(wrong):
            self.complaints.count_rows(code, self.rows.filter(wrong), found, expected)

    def _holds(self, wrong: pl.Expr | str) -> bool:
        """Tell whether any row is wrong: cheaper than to look for them."""
        if isinstance(wrong, str):
            return bool(self.rows[wrong].any())
        return bool(self.rows.select(wrong.any()).item())


def _word(text: str) -> str:
    return text.lower().translate(_GAPS)


def _ahead(zone: str) -> int | None:
    """Return how far a zone is ahead of UTC, in microseconds."""
    seconds = offset_seconds(zone, ZONES)
    return None if seconds is None else seconds * 1_000_000


def _own_zones(texts: pl.Series) -> pl.Series:
    """Return what follows day, time and fraction in each text."""
    if len(texts) < FEW:
        return each_as(
            texts, lambda one: _FRACTION.sub("", one[CLOCK_LENGTH:]).removeprefix(" "), pl.String()
        )
    own = texts.str.slice(CLOCK_LENGTH)
    if own.str.starts_with(".").any():
        own = own.str.replace(_FRACTION.pattern, "")
    return own.str.strip_prefix(" ")


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
