"""What the file declares about itself: trailer totals (refused when contradicted), group totals.

A group total (a payout line beside the lines it pays) is a statement of the sender about money, not
about the integrity of the file: where it differs, the file is good and the difference is a finding.
"""

import re
from decimal import Decimal

import polars as pl

from parsers.delimited.layout import DeclaredSum, GroupTotal, Layout
from parsers.outcome import ControlTotal, Findings
from parsers.table import Line, Table


def check_trailer(
    table: Table, rows: pl.DataFrame, layout: Layout, findings: Findings
) -> list[ControlTotal]:
    """Compare every total that the trailer declares; refuse those that differ."""
    spec, line = layout.trailer, table.trailer
    if spec is None or line is None:
        return []
    totals = []
    if spec.count:
        counted = rows.height if spec.count.over == "records" else table.lines
        totals.append(_compare("count", _declared(line, spec.count.field), str(counted)))
    for one in spec.sums:
        name = f"sum of {one.over}" + ("" if one.side == "all" else f" ({one.side})")
        totals.append(_compare(name, _declared(line, one.field, layout), _sum(rows, one, layout)))
    if spec.hash:
        computed = _hash(rows, spec.hash.digits)
        totals.append(_compare("hash", _declared(line, spec.hash.field), str(computed)))
    for total in totals:
        if not total.agrees:
            findings.refuse(
                "control_total_differs",
                line=line.line,
                byte_offset=line.byte_start,
                record="trailer",
                field=total.name,
                found=f"declared {total.declared}, computed {total.computed}",
                expected="equal figures",
                hint="Lines are missing, doubled or changed: ask for the file again.",
            )
    return totals


def _declared(line: Line, place: int, layout: Layout | None = None) -> str:
    text = line.fields[place - 1].strip() if place <= len(line.fields) else ""
    if layout is not None:
        text = text.replace(layout.thousands, "") if layout.thousands else text
        text = text.replace(layout.decimal, ".")
    return text


def _compare(name: str, declared: str, computed: str) -> ControlTotal:
    is_number = re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,10})?", declared) is not None
    agrees = is_number and Decimal(declared) == Decimal(computed)
    return ControlTotal(name, declared, computed, agrees)


def _sum(rows: pl.DataFrame, one: DeclaredSum, layout: Layout) -> str:
    """Return the sum as the file would write it, but with a point: exact over mixed exponents."""
    column = f"{one.over}_minor"
    amounts = rows.select(
        pl.col(column).cast(pl.Int128).alias("amount"), pl.col("exponent:own").alias("exponent")
    )
    if one.side == "credit":
        amounts = amounts.filter(pl.col("amount") > 0)
    if one.side == "debit":
        amounts = amounts.filter(pl.col("amount") < 0)
    if one.side != "all" or not one.signed:
        amounts = amounts.with_columns(pl.col("amount").abs())
    sums = amounts.group_by("exponent").agg(pl.col("amount").sum()).sort("exponent")
    total = Decimal(0)
    for exponent, minor in sums.iter_rows():
        places = 0 if layout.amounts == "minor" else exponent
        total += Decimal(minor).scaleb(-places)
    return f"{total:f}"


def _hash(rows: pl.DataFrame, digits: int) -> int:
    numbers = rows["text:hash"].str.replace_all("[^0-9]", "").str.tail(18)
    total = int(numbers.cast(pl.Int128, strict=False).sum() or 0)
    modulus: int = 10**digits
    return total % modulus


def check_group_totals(
    lines: pl.DataFrame, spec: GroupTotal, findings: Findings
) -> list[ControlTotal]:
    """Compare each declared group total with the lines of its group, per currency.

    Only groups that hold a declaring line are compared: the others are declared in another file.
    """
    of = f"{spec.over}_minor"
    value = pl.coalesce(pl.col(of), pl.col("amount_minor")).cast(pl.Int128)
    declares = pl.col("kind") == spec.kind
    factor = -1 if spec.sign == "opposite" else 1
    groups = (
        lines.filter(pl.col(spec.by).is_not_null())
        .group_by(spec.by, "currency")
        .agg(
            (pl.col("amount_minor").cast(pl.Int128).filter(declares).sum() * factor).alias("said"),
            value.filter(~declares).sum().alias("computed"),
            declares.any().alias("is_declared"),
            pl.col("record_no").filter(declares).first(),
            pl.col("byte_start").filter(declares).first(),
        )
        .filter("is_declared")
        .sort(spec.by, "currency")
    )
    totals = []
    for row in groups.iter_rows(named=True):
        name = f"{spec.by} {row[spec.by]} {row['currency']}"
        total = ControlTotal(
            name, str(row["said"]), str(row["computed"]), row["said"] == row["computed"]
        )
        totals.append(total)
        if not total.agrees:
            findings.warn(
                "batch_total_differs",
                byte_offset=row["byte_start"],
                record_no=row["record_no"],
                record=spec.kind,
                field=name,
                found=f"declared {total.declared} minor units",
                expected=f"{total.computed}, the sum of {spec.over} of its lines",
                hint="Ask the sender which lines of the batch are missing or changed.",
            )
    return totals
