"""What a CODA file says about itself: details of a movement, counts and sums of trailers."""

import re

import polars as pl

from parsers.bank_records import FAULTS_SHOWN, find_minor, texts_of
from parsers.coda.layout import DECIMALS, DETAILS_ABOVE, TRAILER
from parsers.report import Report
from parsers.statements import Place, Raw, StatementBook
from tieout.money import format_minor

_UNCOUNTED = ("0", "9")


def check_details(report: Report) -> None:
    """Warn about movements whose details do not sum to them.

    Details of type 9 break a detail of type 7 down, the others the movement above them.
    """
    whole = report.rows.with_columns(
        pl.col("type").replace_strict(DETAILS_ABOVE, default=0, return_dtype=pl.Int8).alias("level")
    )
    for level in sorted(set(DETAILS_ABOVE.values())):
        if level == 1:
            is_head = pl.col("level") == 0
        else:
            is_head = (pl.col("level") == 0) | (pl.col("type") == "7")
        groups = whole.with_columns(is_head.cum_sum().alias("head")).filter(pl.col("head") > 0)
        is_detail = pl.col("level") == level
        sums = groups.group_by("head", maintain_order=True).agg(
            pl.col("line", "byte_start", "record_no", "currency", "amount_minor").first(),
            pl.col("amount_minor").filter(is_detail).cast(pl.Int128).sum().alias("details"),
            is_detail.any().alias("has_details"),
        )
        wrong = sums.filter(pl.col("has_details") & (pl.col("details") != pl.col("amount_minor")))
        for row in wrong.head(FAULTS_SHOWN).iter_rows(named=True):
            currency = row["currency"]
            report.findings.differs(
                "details_differ",
                declared=format_minor(row["amount_minor"], currency),
                computed=format_minor(int(row["details"]), currency),
                severity="warning",
                line=row["line"],
                byte_offset=row["byte_start"],
                record="21",
                record_no=row["record_no"],
                hint="A detail may be missing; only the movement itself is counted.",
            )


def check_trailers(
    lines: pl.DataFrame, rows: pl.DataFrame, raws: list[Raw], book: StatementBook
) -> None:
    """Compare what a trailer counts and sums; several logical files may follow each other."""
    is_end = pl.col("code") == "9"
    parts = lines.with_columns((is_end.cum_sum() - is_end.cast(pl.UInt32)).alias("part"))
    is_counted = ~pl.col("code").is_in(_UNCOUNTED)
    counts = dict(parts.group_by("part").agg(is_counted.sum()).iter_rows())
    statements: dict[int, list[int]] = {}
    for part, number in parts.filter(pl.col("code") == "1").select("part", "statement").iter_rows():
        statements.setdefault(part, []).append(number)
    sums = _sums(rows)
    ends = parts.filter(is_end)
    for row in ends.iter_rows(named=True):
        place = Place(row["line"], row["byte_start"], "9")
        said = texts_of(row, TRAILER)
        if re.fullmatch("[0-9]{6}", said["records"]):
            book.compare("records", int(said["records"]), counts[row["part"]], place)
        else:
            _warn_unreadable(book, place, "records", said["records"], "6 digits")
        numbers = statements.get(row["part"], [])
        currencies = {raws[number - 1].currency for number in numbers}
        if len(currencies) == 1:
            mine = [sums.get(number, (0, 0)) for number in numbers]
            _compare_sums(said, mine, currencies.pop(), place, book)
    if ends.height and texts_of(ends.row(-1, named=True), TRAILER)["follows"] == "1":
        last = ends.row(-1, named=True)
        book.warn(
            Place(last["line"], last["byte_start"], "9"),
            "file_follows",
            "a last trailer that says another file follows",
            "2 in column 128",
            "Many banks write 1 always; if yours does not, fetch the rest.",
        )


def _sums(rows: pl.DataFrame) -> dict[int, tuple[int, int]]:
    """Return statement → sums of its booked debits and credits, both without signs."""
    amount = pl.col("amount_minor").cast(pl.Int128)
    sides = (amount.filter(amount < 0).sum().alias("debit"), amount.filter(amount > 0).sum())
    found = rows.filter("is_booked").group_by("statement").agg(*sides)
    return {number: (-int(debit), int(credit)) for number, debit, credit in found.iter_rows()}


def _compare_sums(
    said: dict[str, str],
    sums: list[tuple[int, int]],
    currency: str | None,
    place: Place,
    book: StatementBook,
) -> None:
    for side, name in enumerate(("debit", "credit")):
        declared = find_minor(said[name], DECIMALS, currency)
        if declared is None:
            _warn_unreadable(book, place, name, said[name], f"15 digits, 3 decimals of {currency}")
        else:
            computed = sum(one[side] for one in sums)
            book.compare(f"sum of {name}s", declared, computed, place, currency)


def _warn_unreadable(
    book: StatementBook, place: Place, name: str, found: str, expected: str
) -> None:
    hint = "The entries are used; what this total proves is not known."
    book.warn(place, "total_unreadable", repr(found), expected, hint, field=name)
