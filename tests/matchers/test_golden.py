"""Golden scenarios: what users of reconciliation tools complain of, each through the CLI."""

import json
from datetime import date

import polars as pl
import pytest

from tests.matchers.builders import DAY, line
from tests.matchers.commands import PLAN, Match, tieout
from tieout.errors import UsageError


class TestGoldenScenarios:
    """One test per scenario of the table of complaints that matching alone can answer."""

    def test_batch_payout_with_refund_and_fee(self, match: Match) -> None:
        ours = [
            line("a", "R1", 10000, batch_ref="P", net_minor=9850),
            line("b", "R2", -2000, batch_ref="P", kind="refund"),
            line("f", None, -300, batch_ref="P", kind="fee"),
        ]

        said = match(ours, [line("x", None, 7550, batch_ref="P")], leg="payout")

        assert said["passes"] == {"P5": 1}
        assert said["outcomes"] == {"matched": 4}

    def test_one_deposit_pays_many(self, match: Match) -> None:
        ours = [line("a", "R1", 1000), line("b", "R2", 250), line("c", "R3", 5)]

        said = match(ours, [line("x", None, 1255)], leg="deposit")

        assert said["passes"] == {"P7": 1}
        assert said["fates"] == dict.fromkeys("abcx", "proposed")

    def test_sum_with_two_solutions(self, match: Match) -> None:
        ours = [line("a", "R1", 30), line("b", "R2", 20), line("c", "R3", 10)]

        said = match(ours, [line("x", None, 30)], leg="deposit")

        assert said["fates"]["x"] == "amb_sum"
        assert "one of several: a; or b + c" in str(said["breaks_found"])

    def test_payout_lowered_by_negative_carry_in(self, match: Match) -> None:
        ours = [
            line("a", "R1", 10000, batch_ref="P"),
            line("n", None, -4000, batch_ref="P", kind="adjustment"),
        ]

        said = match(ours, [line("x", None, 6000, batch_ref="P")], leg="payout")

        assert set(said["fates"].values()) == {"matched"}

    def test_two_equal_real_payments_and_a_re_imported_file(self, match: Match) -> None:
        ours = [line("a", "R1", 100, record_no=1), line("b", "R2", 100, record_no=2)]
        theirs = [line("x", "R1", 100), line("y", "R2", 100)]
        again = [
            line("x2", "R1", 100, file_sha256="e" * 64),
            line("y2", "R2", 100, file_sha256="e" * 64),
        ]

        said = match(ours, [*theirs, *again])

        assert said["outcomes"] == {"duplicate": 2, "matched": 4}
        assert said["breaks"] == {"dup_scheme": 2}

    def test_overlapping_statements(self, match: Match) -> None:
        first, second = "1" * 64, "2" * 64
        theirs = [
            line("m1", "E1", 500, file_sha256=first),
            line("m2", "E2", 700, file_sha256=first),
            line("t2", "E2", 700, file_sha256=second),
            line("t3", "E3", 900, file_sha256=second),
        ]
        ours = [line("a", "E1", 500), line("b", "E2", 700), line("c", "E3", 900)]

        said = match(ours, theirs)

        assert said["fates"]["t2"] == "dup_scheme"
        assert said["outcomes"] == {"duplicate": 1, "matched": 6}

    def test_five_equal_candidates(self, match: Match) -> None:
        theirs = [line(f"x{n}", f"T{n}", 100) for n in range(5)]

        said = match([line("a", None, 100)], theirs)

        assert said["breaks"] == {"amb_multi": 1}
        assert said["breaks_found"][0]["right_ids"] == ["x0", "x1", "x2", "x3", "x4"]

    def test_reference_differs_and_amount_is_equal(self, match: Match) -> None:
        said = match([line("a", "R1", 100)], [line("x", "R2", 100)])

        assert set(said["fates"].values()) == {"proposed"}
        assert said["outcomes"].get("matched") is None

    def test_cross_currency_is_one_break_and_not_two_missing(self, match: Match) -> None:
        said = match([line("a", "R1", 100)], [line("x", "R1", 108, currency="USD")])

        assert said["breaks"] == {"ccy_mismatch": 1}

    def test_partial_captures_over_three_days(self, match: Match) -> None:
        whole = line("a", "R1", 100, rrn="7", due_date=date(2026, 3, 4))
        parts = [
            line("x1", "X1", 40, rrn="7", business_date=date(2026, 3, 2)),
            line("x2", "X2", 35, rrn="7", business_date=date(2026, 3, 3)),
            line("x3", "X3", 25, rrn="7", business_date=date(2026, 3, 4)),
        ]

        second = match([whole], parts[:2], day=date(2026, 3, 3))
        third = match([whole], parts, day=date(2026, 3, 4))
        without = match([whole], parts[:2], day=date(2026, 3, 4))

        assert second["outcomes"] == {"carried": 3}
        assert third["outcomes"] == {"matched": 4}
        assert without["breaks"] == {"split_incomplete": 1}

    def test_tip_on_clearing(self, match: Match) -> None:
        said = match([line("a", "R1", 5000)], [line("x", "R1", 5700)])

        assert said["breaks"] == {"amt_over": 1}
        assert said["breaks_found"][0]["at_risk_minor"] == 700

    def test_refund_after_settlement(self, match: Match) -> None:
        ours = line("r", "R9", -100, kind="refund")

        said = match([ours], [line("x", "R9", -100, kind="refund")])

        assert said["fates"] == {"r": "matched", "x": "matched"}

    def test_full_refund_does_not_create_a_permanent_difference(self, match: Match) -> None:
        ours = [
            line("a", "R1", 100, batch_ref="P"),
            line("b", "R2", -100, batch_ref="P", kind="refund"),
        ]

        said = match(ours, [line("x", None, 0, batch_ref="P")], leg="payout")

        assert set(said["fates"].values()) == {"matched"}

    def test_chargeback_then_representment(self, match: Match) -> None:
        chargeback = line("x", "R1", -100, kind="chargeback")
        again = line("y", "R1", 100, kind="representment")

        said = match([line("c", "R1", 100, kind="representment")], [chargeback, again])

        assert said["fates"] == {"c": "matched", "x": "cbk_new", "y": "matched"}

    def test_late_file_clears_a_thousand_breaks(self, match: Match) -> None:
        ours = [line(f"a{n:04}", f"R{n}", 100 + n) for n in range(1000)]
        theirs = [line(f"x{n:04}", f"R{n}", 100 + n) for n in range(1000)]

        before, after = match(ours, []), match(ours, theirs)

        assert before["breaks"] == {"miss_scheme": 1000}
        assert after["breaks"] == {}

    def test_missing_file_raises_no_break_per_line(self, match: Match) -> None:
        ours = [line(f"a{n:04}", f"R{n}", 100, is_awaiting_file=True) for n in range(1000)]

        said = match(ours, [])

        assert said["outcomes"] == {"carried": 1000}
        assert said["breaks"] == {}

    def test_replay_twice_changes_no_byte(self, match: Match) -> None:
        ours = [line(f"a{n}", f"R{n % 7}", 100 + n % 3) for n in range(40)]
        theirs = [line(f"x{n}", f"R{n % 5}", 100 + n % 4) for n in range(40)]

        assert match(ours, theirs)["bytes"] == match(ours, theirs)["bytes"]

    def test_shuffle_invariance(self, match: Match) -> None:
        ours = [line(f"a{n}", f"R{n % 7}", 100 + n % 3, rrn=str(n % 4)) for n in range(40)]
        theirs = [line(f"x{n}", f"R{n % 5}", 100 + n % 4, rrn=str(n % 3)) for n in range(40)]

        assert match(ours, theirs)["bytes"] == match(ours[::-1], theirs[::-1])["bytes"]

    def test_the_scheme_row_is_used_on_one_leg_and_on_the_next(self, match: Match) -> None:
        clearing = line("x", "R1", 100, batch_ref="P")

        first = match([line("a", "R1", 100)], [clearing])
        second = match([clearing], [line("p", None, 100, batch_ref="P")], leg="payout")

        assert first["fates"]["x"] == "matched"
        assert second["fates"] == {"x": "matched", "p": "matched"}

    def test_two_files_of_one_day_are_proved_each(self, match: Match) -> None:
        theirs = [line("x", "R1", 100), line("y", "R2", 50, file_sha256="e" * 64)]

        said = match([], theirs)

        assert [row["minor_out"] for row in said["proof"]["files"]] == [50, 100]


class TestTheVerb:
    """What the command does beside matching."""

    def test_lags_of_the_plan_give_due_dates(self, match: Match) -> None:
        plan = PLAN.replace("late_after_days = 3", "late_after_days = 3\nleft_lag_days = 1")
        (match.folder / "plan.toml").write_text(plan, encoding="utf-8")
        ours = pl.DataFrame(
            {
                "record_id": ["a"],
                "currency": ["EUR"],
                "amount_minor": [100],
                "scheme_ref": ["R1"],
                "rrn": [None],
                "kind": ["sale"],
                "business_date": [DAY],
            }
        )
        ours.write_parquet(match.folder / "ours.parquet")
        ours.clear().write_parquet(match.folder / "theirs.parquet")

        def run(day: str) -> dict[str, int]:
            stdout = tieout(
                "match",
                f"--left={match.folder / 'ours.parquet'}",
                f"--right={match.folder / 'theirs.parquet'}",
                f"--plan={match.folder / 'plan.toml'}",
                "--leg=clearing",
                f"--out={match.folder / 'out'}",
                f"--date={day}",
                "--json",
            )
            counts: dict[str, int] = json.loads(stdout)["outcomes"]
            return counts

        assert run("2026-03-02") == {"carried": 1}
        assert run("2026-03-03") == {"break": 1}

    def test_a_file_that_is_no_parquet_is_a_wrong_use(self, match: Match) -> None:
        (match.folder / "bad").write_text("no", encoding="utf-8")

        with pytest.raises(UsageError, match="cannot be read as Parquet"):
            tieout(
                "match",
                f"--left={match.folder / 'bad'}",
                f"--right={match.folder / 'bad'}",
                f"--plan={match.folder / 'plan.toml'}",
                "--leg=payout",
                f"--out={match.folder / 'out'}",
            )
