"""What a file declares about itself, against what it holds: sums of lines, added up piece by piece.

Sums are kept per currency's exponent in whole numbers of any size, so that pieces of a file, and
currencies of different exponents, add up exactly.
"""

import re
from collections import defaultdict
from decimal import Decimal

import polars as pl

from parsers.declared.rules import GroupTotal, LineRules, Summed
from parsers.outcome import ControlTotal, Findings

_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,10})?")


class RunningSums:
    """The sums of a file over the pieces read so far."""

    def __init__(self, sums: list[Summed], layout: LineRules) -> None:
        self.sums, self.layout = sums, layout
        self.records = 0
        self.digits = 0
        self._minors: list[dict[int, int]] = [defaultdict(int) for _ in sums]

    def add(self, rows: pl.DataFrame) -> None:
        """Add the lines of one piece; amounts in the sender's own units."""
        self.records += rows.height
        if self.layout.extra_column() is not None:
            self.digits += int(rows.select(hash_of("text:hash").sum()).item() or 0)
        wanted = [amount_of(one).sum().alias(str(place)) for place, one in enumerate(self.sums)]
        if not wanted or rows.is_empty():
            return
        by_exponent = rows.group_by("exponent:own").agg(wanted)
        for exponent, *minors in by_exponent.iter_rows():
            for kept, minor in zip(self._minors, minors, strict=True):
                kept[exponent] += int(minor or 0)

    def text(self, place: int) -> str:
        """Return a sum as the file would write it, but with a point."""
        return written(self._minors[place], self.layout)

    def hash(self, digits: int) -> str:
        """Return the hash total of `digits` digits."""
        modulus: int = 10**digits
        return str(self.digits % modulus)


def amount_of(one: Summed) -> pl.Expr:
    """Return what each line adds to a sum: Int128."""
    amount = pl.col(f"{one.over}_minor").cast(pl.Int128)
    if one.side == "credit":
        return pl.when(amount > 0).then(amount)
    if one.side == "debit":
        return pl.when(amount < 0).then(amount * -1)
    return amount if one.signed else amount.abs()


def hash_of(column: str) -> pl.Expr:
    """Return the number that the last 18 digits of a text are: Int128."""
    digits = pl.col(column).str.replace_all("[^0-9]", "").str.tail(18)
    return digits.cast(pl.Int128, strict=False)


def written(minors: dict[int, int], layout: LineRules) -> str:
    """Return sums per exponent as one decimal text, exact over mixed exponents."""
    total = Decimal(0)
    for exponent, minor in minors.items():
        places = 0 if layout.amounts == "minor" else exponent
        total += Decimal(minor).scaleb(-places)
    return f"{total:f}"


def plain(text: str, layout: LineRules) -> str:
    """Return a declared amount with a point and without separators of thousands."""
    text = text.replace(layout.thousands, "") if layout.thousands else text
    return text.replace(layout.decimal, ".")


def compare(name: str, declared: str, computed: str) -> ControlTotal:
    """Return the control total; a text that is no number agrees with nothing."""
    is_number = _NUMBER.fullmatch(declared) is not None
    agrees = is_number and Decimal(declared) == Decimal(computed)
    return ControlTotal(name, declared, computed, agrees)


def refuse_difference(
    total: ControlTotal, findings: Findings, *, line: int, byte_offset: int, record: str
) -> None:
    """Refuse the file when a total that it declares about itself differs."""
    if total.agrees:
        return
    findings.refuse(
        "control_total_differs",
        line=line,
        byte_offset=byte_offset,
        record=record,
        field=total.name,
        found=f"declared {total.declared}, computed {total.computed}",
        declared=total.declared,
        computed=total.computed,
        expected="equal figures",
        hint="Lines are missing, doubled or changed: ask for the file again.",
    )


class GroupSums:
    """Group totals over the pieces of a file: lines of one kind that declare the others' sum.

    They are statements of the sender about money, not about the integrity of the file: where one
    differs, the file is good and the difference is a finding. Only groups that hold a declaring
    line are compared: the others are declared in another file.
    """

    def __init__(self, spec: GroupTotal) -> None:
        self.spec = spec
        self._parts: list[pl.DataFrame] = []

    def add(self, lines: pl.DataFrame) -> None:
        """Add the settlement lines of one piece."""
        spec = self.spec
        value = pl.coalesce(pl.col(f"{spec.over}_minor"), pl.col("amount_minor")).cast(pl.Int128)
        declares = pl.col("kind") == spec.kind
        factor = -1 if spec.sign == "opposite" else 1
        part = (
            lines.filter(pl.col(spec.by).is_not_null())
            .group_by(spec.by, "currency")
            .agg(
                (pl.col("amount_minor").cast(pl.Int128).filter(declares).sum() * factor).alias(
                    "said"
                ),
                value.filter(~declares).sum().alias("computed"),
                declares.any().alias("is_declared"),
                pl.col("record_no").filter(declares).first(),
                pl.col("byte_start").filter(declares).first(),
            )
        )
        self._parts.append(part)

    def check(self, findings: Findings) -> list[ControlTotal]:
        """Compare each declared group total with the lines of its group, per currency."""
        if not self._parts:
            return []
        spec = self.spec
        groups = (
            pl.concat(self._parts)
            .group_by(spec.by, "currency", maintain_order=True)
            .agg(
                pl.col("said", "computed").sum(),
                pl.col("is_declared").any(),
                pl.col("record_no", "byte_start").drop_nulls().first(),
            )
            .filter("is_declared")
            .sort(spec.by, "currency")
        )
        return [self._compared(row, findings) for row in groups.iter_rows(named=True)]

    def _compared(self, row: dict[str, object], findings: Findings) -> ControlTotal:
        spec = self.spec
        name = f"{spec.by} {row[spec.by]} {row['currency']}"
        agrees = row["said"] == row["computed"]
        total = ControlTotal(name, str(row["said"]), str(row["computed"]), agrees)
        if not agrees:
            findings.warn(
                "batch_total_differs",
                byte_offset=row["byte_start"],
                record_no=row["record_no"],
                record=spec.kind,
                field=name,
                found=f"declared {total.declared} minor units",
                declared=total.declared,
                computed=total.computed,
                expected=f"{total.computed}, the sum of {spec.over} of its lines",
                hint="Ask the sender which lines of the batch are missing or changed.",
            )
        return total
