"""What a file declares about itself, against what it holds: sums of lines, added up piece by piece.

Sums are kept per currency's exponent in whole numbers of any size, so that pieces of a file, and
currencies of different exponents, add up exactly.
"""

import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.declared.convert import Converter
from parsers.declared.rules import GroupTotal, LineRules, Summed
from parsers.outcome import ControlTotal, Findings
from parsers.singles import FEW

_HALF, _LOW = 32, 0xFFFFFFFF
_HASH_DIGITS = 18
_NO_DIGIT = re.compile("[^0-9]")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,10})?")


_GROUP = {
    "currency": pl.String(),
    "said": pl.Int128(),
    "computed": pl.Int128(),
    "is_declared": pl.Boolean(),
    "record_no": pl.Int64(),
    "byte_start": pl.Int64(),
}


class RunningSums:
    """The sums of a file over the pieces read so far."""

    def __init__(self, sums: list[Summed], layout: LineRules) -> None:
        self.sums, self.layout = sums, layout
        self.records = 0
        self.digits = 0
        self._minors: list[dict[int, int]] = [defaultdict(int) for _ in sums]

    def add(self, found: Converter) -> None:
        """Add the signed lines of one piece; amounts in the sender's own units."""
        self.records += found.height
        if "hash" in found.texts:
            self.digits += exact_sum(digit_numbers(found.texts["hash"].column))
        if not self.sums or not found.height:
            return
        for exponent in np.unique(found.exponents).tolist():
            mine = found.exponents == exponent
            for kept, one in zip(self._minors, self.sums, strict=True):
                kept[exponent] += exact_sum(amounts_of(one, found)[mine])

    def text(self, place: int) -> str:
        """Return a sum as the file would write it, but with a point."""
        return written(self._minors[place], self.layout)

    def hash(self, digits: int) -> str:
        """Return the hash total of `digits` digits."""
        modulus: int = 10**digits
        return str(self.digits % modulus)


def amounts_of(one: Summed, found: Converter) -> npt.NDArray[np.int64]:
    """Return what each line adds to a sum."""
    minors = found.minors.get(one.over)
    if minors is None:
        return np.zeros(found.height, dtype=np.int64)
    values = minors.values
    if one.side == "credit":
        return np.maximum(values, 0)
    if one.side == "debit":
        return np.maximum(-values, 0)
    return values if one.signed else np.abs(values)


def exact_sum(values: npt.NDArray[np.int64]) -> int:
    """Return the sum of whole numbers, whatever their size."""
    high, low = values >> _HALF, values & _LOW
    return (int(high.sum()) << _HALF) + int(low.sum())


def digit_numbers(column: pl.Series) -> npt.NDArray[np.int64]:
    """Return the number that the last 18 digits of each text are, 0 without one."""
    if len(column) < FEW:
        digits = [_NO_DIGIT.sub("", text or "")[-_HASH_DIGITS:] for text in column.to_list()]
        return np.array([int(one or 0) for one in digits], dtype=np.int64)
    texts = column.str.replace_all("[^0-9]", "").str.tail(_HASH_DIGITS)
    found: npt.NDArray[np.int64] = texts.cast(pl.Int64, strict=False).fill_null(0).to_numpy()
    return found


def exact_sums(
    values: npt.NDArray[np.int64], order: npt.NDArray[np.intp], firsts: npt.NDArray[np.intp]
) -> list[int]:
    """Return the sum of each group: the values in `order`, groups beginning at `firsts`."""
    sorted_ = values[order]
    highs, lows = (np.add.reduceat(one, firsts) for one in (sorted_ >> _HALF, sorted_ & _LOW))
    return [(high << _HALF) + low for high, low in zip(highs.tolist(), lows.tolist(), strict=True)]


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
        if lines.height < FEW:
            self._parts.append(self._few(lines))
            return
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

    def _few(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Return what `add` makes of some lines, one by one: a query costs more than a few."""
        spec, groups = self.spec, dict[tuple[str, str], list[Any]]()
        names = (spec.by, "currency", "kind", "amount_minor", "record_no", "byte_start")
        columns = [lines[name].to_list() for name in (*names, f"{spec.over}_minor")]
        factor = -1 if spec.sign == "opposite" else 1
        for by, currency, kind, amount, record_no, byte_start, value in zip(*columns, strict=True):
            if by is None:
                continue
            group = groups.setdefault((by, currency), [0, 0, False, None, None])
            if kind != spec.kind:
                group[1] += amount if value is None else value
                continue
            place = [record_no, byte_start] if group[3] is None else group[3:]
            group[:] = [group[0] + amount * factor, group[1], True, *place]
        rows = [(*key, *group) for key, group in groups.items()]
        return pl.DataFrame(rows, schema={spec.by: pl.String, **_GROUP}, orient="row")

    def check(self, findings: Findings) -> list[ControlTotal]:
        """Compare each declared group total with the lines of its group, per currency."""
        if not self._parts:
            return []
        groups, by = self._parts[0], self.spec.by
        if len(self._parts) > 1:
            groups = (
                pl.concat(self._parts)
                .group_by(by, "currency", maintain_order=True)
                .agg(
                    pl.col("said", "computed").sum(),
                    pl.col("is_declared").any(),
                    pl.col("record_no", "byte_start").drop_nulls().first(),
                )
            )
        rows = [row for row in groups.iter_rows(named=True) if row["is_declared"]]
        rows.sort(key=lambda row: (row[by], row["currency"]))
        return [self._compared(row, findings) for row in rows]

    def _compared(self, row: dict[str, Any], findings: Findings) -> ControlTotal:
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
