"""The verifier: exact, both ways, and able to say what differs."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from tieout.simulator.verify import compare, references_of

DAY = date(2026, 4, 29)


def _anomaly(**changed: Any) -> dict[str, Any]:
    expected = {"outcome": "break", "reason": "miss_scheme", "pass": None, "case": "open"}
    expected |= changed.pop("expected", {})
    return {
        "id": "A01",
        "kind": "missing_in_clearing",
        "business_date": "2026-04-29",
        "leg": "core_clearing",
        "feed": "mastercard_clearing",
        "references": ["ARN1"],
        "currency": "EUR",
        "amount_minor": 100,
        "expected": expected,
    } | changed


def _case(**changed: Any) -> dict[str, Any]:
    return {
        "leg": "core_clearing",
        "reason": "miss_scheme",
        "state": "open",
        "references": ["ARN1"],
    } | changed


def _outcomes(**changed: Any) -> pl.DataFrame:
    row = {
        "business_date": DAY,
        "leg": "core_clearing",
        "record_id": "1",
        "scheme_ref": "ARN1",
        "psp_ref": None,
        "batch_ref": None,
        "merchant_ref": None,
        "outcome": "break",
        "pass": "P10",
        "break_reason": "miss_scheme",
    } | changed
    text = {name: pl.String() for name in row if name != "business_date"}
    return pl.DataFrame([row], schema={**text, "business_date": pl.Date()})


MATCHED = {"outcome": "matched", "pass": "P1", "break_reason": None}
NO_CASE = {"outcome": "matched", "reason": None, "pass": "P1", "case": "none"}


class TestCompare:
    """One anomaly, one case, one record, and what may be wrong with them."""

    def test_is_exact_where_everything_agrees(self) -> None:
        result = compare({"anomalies": [_anomaly()]}, _outcomes(), [_case()])

        assert result.is_exact
        assert (result.found, result.planted) == (1, 1)

    @pytest.mark.parametrize(
        "case",
        [
            _case(reason="amt_over"),
            _case(state="closed"),
            _case(leg="clearing_advice"),
            _case(references=["ARN2"]),
        ],
    )
    def test_misses_a_case_that_differs(self, case: dict[str, Any]) -> None:
        result = compare({"anomalies": [_anomaly()]}, _outcomes(), [case])

        assert "A01 missing_in_clearing: expected" in result.missed[0]
        assert result.found == 0

    def test_names_a_case_that_nobody_planted(self) -> None:
        result = compare({"anomalies": []}, _outcomes(**MATCHED), [_case()])

        assert result.unexpected == ("core_clearing miss_scheme open [ARN1]",)

    def test_does_not_let_two_cases_stand_for_one_anomaly(self) -> None:
        result = compare({"anomalies": [_anomaly()]}, _outcomes(), [_case(), _case()])

        assert not result.is_exact
        assert len(result.unexpected) == 1

    def test_misses_an_outcome_that_differs(self) -> None:
        result = compare({"anomalies": [_anomaly()]}, _outcomes(**MATCHED), [_case()])

        assert "found matched P1 None" in result.missed[0]

    def test_wants_no_case_where_a_match_is_expected(self) -> None:
        anomaly = _anomaly(expected=NO_CASE)

        assert compare({"anomalies": [anomaly]}, _outcomes(**MATCHED), []).is_exact
        assert not compare({"anomalies": [anomaly]}, _outcomes(**MATCHED), [_case()]).is_exact

    def test_counts_the_last_date_of_a_record(self) -> None:
        later = _outcomes(**MATCHED, business_date=date(2026, 4, 30))
        both = pl.concat([later, _outcomes()])

        result = compare({"anomalies": [_anomaly(expected=NO_CASE)]}, both, [])

        assert result.is_exact

    def test_finds_a_late_file_by_feed_and_date(self) -> None:
        late = _anomaly(
            leg="files",
            references=["clearing_20260430.ipm", "mastercard_clearing/2026-04-30"],
            expected={"outcome": "matched", "reason": "file_missing", "case": "closed"},
        )
        references = references_of(
            leg="files", feed="mastercard_clearing", business_date="2026-04-30", lines=[{}]
        )
        case = _case(leg="files", reason="file_missing", state="closed", references=references)

        assert compare({"anomalies": [late]}, _outcomes(**MATCHED), [case]).is_exact
