"""The contract of settlement lines: the quick verdict is pandera's, and a breach is named."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaError, SchemaErrors

from tieout.frames.quick import QuickSchema
from tieout.frames.settlement import (
    LINE_SCHEMA,
    SettlementLine,
    empty_lines,
    validate_lines,
)

QUICK = QuickSchema(SettlementLine)
GOOD: dict[str, Any] = {
    "record_id": "a-0000001",
    "feed": "bank",
    "file_sha256": "0" * 64,
    "record_no": 1,
    "byte_start": 0,
    "byte_length": 10,
    "kind": "sale",
    "is_booked": True,
    "is_reversal": False,
    "statement_no": 0,
    "currency": "EUR",
    "exponent": 2,
    "amount_minor": -5,
    "business_date": date(2026, 3, 2),
    "pan_masked": "411111******1111",
}
BAD: list[tuple[str, Any]] = [
    ("file_sha256", "0" * 63),
    ("file_sha256", "G" * 64),
    ("record_no", 0),
    ("byte_start", -1),
    ("byte_length", -1),
    ("kind", "gift"),
    ("currency", "eur"),
    ("currency", "EURO"),
    ("exponent", 7),
    ("exponent", -1),
    ("pan_masked", "4111111111111111"),
    *((name, None) for name in GOOD if name != "pan_masked"),
]


def lines(*rows: dict[str, Any]) -> pl.DataFrame:
    whole = [{name: row.get(name) for name in LINE_SCHEMA} for row in rows]
    return pl.DataFrame(whole, schema=LINE_SCHEMA)


def pandera_keeps(frame: pl.DataFrame) -> bool:
    try:
        SettlementLine.validate(frame, lazy=True)
    except (SchemaErrors, SchemaError):
        return False
    return True


class TestQuickVerdict:
    """One query instead of one per column and check."""

    def test_is_yes_for_good_lines_and_for_none(self) -> None:
        assert QUICK.is_kept(lines(GOOD))
        assert QUICK.is_kept(lines({**GOOD, "pan_masked": None}))
        assert QUICK.is_kept(empty_lines())

    @pytest.mark.parametrize(("name", "value"), BAD)
    def test_is_no_where_pandera_says_no(self, name: str, value: object) -> None:
        frame = lines(GOOD, {**GOOD, "record_id": "a-0000002", "record_no": 2} | {name: value})

        assert not pandera_keeps(frame)
        assert not QUICK.is_kept(frame)

    @given(changes=st.lists(st.sampled_from(BAD), max_size=2), rows=st.integers(0, 3))
    @settings(max_examples=25, deadline=None)
    def test_is_the_same_as_panderas(self, changes: list[tuple[str, Any]], rows: int) -> None:
        frame = lines(*([GOOD] * rows + [GOOD | dict(changes)]))

        assert QUICK.is_kept(frame) == pandera_keeps(frame)

    def test_is_no_for_other_types_columns_or_order(self) -> None:
        good = lines(GOOD)

        assert not QUICK.is_kept(good.drop("narrative"))
        assert not QUICK.is_kept(good.with_columns(more=1))
        assert not QUICK.is_kept(good.with_columns(pl.col("record_no").cast(pl.Int32)))
        assert not QUICK.is_kept(good.select(reversed(good.columns)))


class TestValidation:
    """`validate_lines`."""

    def test_names_the_column_that_breaks_the_contract(self) -> None:
        with pytest.raises(SchemaErrors, match="currency"):
            validate_lines(lines({**GOOD, "currency": "eur"}))

    def test_refuses_an_identity_twice(self) -> None:
        with pytest.raises(ValueError, match="more than once"):
            validate_lines(lines(GOOD, GOOD))
