"""Golden scenarios that take more than one date, a file that does not come, or many lines."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from tests.assets.conftest import REFERENCE, leg
from tests.matchers.commands import Books, Match, put_camt, use_camt
from tests.tieout.store.scripted import Clock, ScriptedProvider, order, service_on
from tieout.decisions.groups import DecisionRefused
from tieout.errors import UsageError
from tieout.money import Money
from tieout.simulator.writers.camt053 import Detail, Entry

MON, TUE = date(2026, 3, 2), date(2026, 3, 3)
EXACT = [("exact", REFERENCE)]
ANY_KIND = [(name, ["scheme_ref", "currency"]) for name in ("duplicates", "exact")]
WITH_WINDOW = [*EXACT, ("window", ["currency", "amount_minor"])]
THOUSAND = [(f"R{number}", 100 + number) for number in range(1000)]
ROWS = 300_000


class TestMoney:
    """A rate that comes later, and a difference that one person would write off."""

    def test_cross_currency_with_the_rate_arriving_the_next_day(self, books: Books) -> None:
        """Both amounts in one break; the shop's line at the bank's rate closes it, to the cent."""
        books.feeds.feed("shop", has_own_keys=True)
        books.feeds.plan(leg("shop", "bank", passes=EXACT))
        _put_one(books, MON, "USD,10800")
        books.feeds.put("bank", MON, ("A", 10_001))

        books.run(MON)
        (before,) = books.cases()
        _put_one(books, TUE, "EUR,10001")
        books.run(TUE)

        (after,) = books.cases("all")
        assert (before["reason"], before["state"]) == ("ccy_mismatch", "open")
        assert "left 108.00 USD, right 100.01 EUR" in before["explanation"]
        assert (after["case_id"], after["state"]) == (before["case_id"], "closed")
        assert after["closed_by"]["file_name"] == "shop_20260303.csv"
        assert {row["outcome"] for row in books.outcomes(TUE)} == {"matched"}
        assert {row["residual_minor"] for row in books.outcomes(TUE)} == {0}

    def test_requester_approves_own_write_off(self, books: Books) -> None:
        """It must fail, and does for everybody: a difference cannot be joined away.

        A write-off that a second person approves belongs to the work on cases.
        """
        books.feeds.plan(leg("shop", "bank", passes=EXACT))
        books.feeds.put("shop", MON, ("A", 250))
        books.feeds.put("bank", MON, ("B", 249))
        books.run(MON)
        both = [row["record_id"] for row in books.outcomes(MON)]
        before = books.cases()

        with pytest.raises(DecisionRefused, match=r"left 2\.50, right 2\.49 EUR") as caught:
            books.decide("join", *both)

        assert "Nothing is written off here" in str(caught.value)
        assert books.ask("match", "decisions", "--json").strip() == "[]"
        assert books.cases() == before
        assert [case["at_risk_minor"] for case in before] == [250, 249]


class TestFiles:
    """Late, missing, and again."""

    def test_a_late_file_clears_a_thousand_breaks(self, books: Books) -> None:
        books.feeds.plan(leg("shop", "bank"))
        books.feeds.put("shop", MON, *THOUSAND)

        books.run(MON)
        before = books.cases()
        books.feeds.put("bank", MON, *THOUSAND)  # the shop's very bytes
        books.run(TUE)

        closed = books.cases("closed")
        assert (len(before), len(closed), books.cases()) == (1000, 1000, [])
        assert {case["closed_by"]["file_name"] for case in closed} == {"bank_20260302.csv"}

    def test_a_missing_file_raises_one_break_and_not_a_thousand(self, books: Books) -> None:
        books.feeds.feed("bank", role="statement", is_expected=True)
        books.feeds.plan(leg("shop", "bank"))
        books.feeds.put("shop", MON, *THOUSAND)

        books.run(MON, expect=4)

        assert [case["reason"] for case in books.cases()] == ["file_missing"]
        assert set(books.fates(MON).values()) == {"carried"}

    def test_overlapping_statements_in_which_pending_becomes_booked(self, books: Books) -> None:
        """What is pending claims nothing; what was booked already is not booked again."""
        use_camt(books)
        books.feeds.plan(leg("shop", "bank", left_lag_days=1, passes=ANY_KIND))
        books.feeds.put("shop", MON, ("A", 100), ("B", 200))
        booked = Entry(100, MON, "A", details=(Detail(100, "A"),))
        pending = Entry(200, MON, "B", status="PDNG", details=(Detail(200, "B"),))
        put_camt(books, MON, booked, pending)
        put_camt(books, TUE, booked, replace(pending, status="BOOK"), opening=100)

        books.run(MON)
        monday = books.fates(MON)
        books.run(TUE)

        assert monday == {
            ("shop", "A"): "matched",
            ("bank", "A"): "matched",
            ("shop", "B"): "carried",
            ("bank", "B"): "excluded",
        }
        assert books.fates(TUE) == {
            ("shop", "B"): "matched",
            ("bank", "A"): "dup_bank",
            ("bank", "B"): "matched",
        }

    def test_replay_twice_changes_nothing(self, books: Books) -> None:
        books.feeds.plan(leg("shop", "bank", passes=WITH_WINDOW))
        books.feeds.put("shop", MON, ("A", 100), ("B", 200), ("C", 300))
        books.feeds.put("bank", MON, ("A", 100), ("Z", 200), ("C", 301))
        books.run(MON)
        before = books.ask("outcomes", f"--date={MON}", "--json"), books.cases("all")

        again = books.run(MON)["changed"]

        after = books.ask("outcomes", f"--date={MON}", "--json"), books.cases("all")
        assert again == 0
        assert after == before


class TestTime:
    """The date that a payment belongs to."""

    def test_midnight_and_the_change_of_the_clocks(self, books: Books) -> None:
        """The cut-off is 18:00 on the wall in Frankfurt; the clocks change on the 29th of March.

        In UTC that is 17:00 on Friday and 16:00 on Monday; midnight itself divides nothing.
        """
        friday, monday = date(2026, 3, 27), date(2026, 3, 30)
        captured = {
            "before-friday": datetime(2026, 3, 27, 16, 59, 59, tzinfo=UTC),
            "at-friday": datetime(2026, 3, 27, 17, tzinfo=UTC),
            "before-midnight": datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC),
            "in-the-gap": datetime(2026, 3, 29, 1, tzinfo=UTC),
            "after-midnight": datetime(2026, 3, 29, 22, tzinfo=UTC),
            "before-monday": datetime(2026, 3, 30, 15, 59, 59, tzinfo=UTC),
            "at-monday": datetime(2026, 3, 30, 16, tzinfo=UTC),
        }
        _use_core(books)
        _capture(books, captured)
        names = list(captured)
        for day, presented in ((friday, names[:1]), (monday, names[1:-1])):
            books.feeds.put("bank", day, *((name, 10_000) for name in presented))

        books.run(friday, monday)

        found = {day: _references(books, day, "core") for day in (friday, monday)}
        assert found == {friday: {*names[:1]}, monday: {*names[1:-1]}}
        assert books.cases("all") == []


class TestRules:
    """A rule that is not there any more."""

    def test_a_deleted_rule_leaves_its_history(self, books: Books) -> None:
        """Matches keep their pass and reasons, confirmed ones outlive reruns under other rules."""
        books.feeds.plan(leg("shop", "bank", passes=WITH_WINDOW))
        books.feeds.put("shop", MON, ("A", 100), ("B", 200), ("C", 300))
        books.feeds.put("bank", MON, ("A", 100), ("Z", 200), ("Y", 300))
        books.run(MON)
        books.decide("confirm", books.line(MON, "shop", "B")["match_id"])
        books.run(MON)
        before = books.outcomes(MON)

        books.feeds.plan(leg("shop", "bank", passes=EXACT))
        books.run(TUE)
        kept = books.outcomes(MON)
        named = books.line(MON, "shop", "A")["match_id"]
        (why,) = json.loads(books.ask("match", "explain", named, "--json"))
        books.run(MON)

        assert kept == before
        assert (why["pass"], why["evidence_class"]) == ("P1", "A")
        assert why["said"].startswith("scheme_ref, kind and currency equal, amounts equal")
        assert {row["pass"] for row in kept} == {"P1", "M", "P6"}
        assert books.fates(MON)["shop", "B"] == books.fates(MON)["bank", "Z"] == "matched"
        assert books.fates(MON)["shop", "C"] == "miss_bank"

    def test_rules_with_open_lines_cannot_be_deleted(self, books: Books) -> None:
        books.feeds.put("shop", MON, ("A", 100))
        books.run(MON)
        (books.feeds.home / "reconciliations/books.toml").unlink()

        with pytest.raises(UsageError, match="1 lines are open on it"):
            books.run(TUE)

        assert books.fates(MON) == {("shop", "A"): "carried"}


class TestVolume:
    """Three hundred thousand lines on each side."""

    def test_300k_by_300k(self, match: Match) -> None:
        """It ends, with every line told; how long it takes is what `tieout bench match` says."""
        ours = pl.select(number=pl.int_range(ROWS)).select(
            record_id=pl.format("a{}", "number"),
            currency=pl.lit("EUR"),
            kind=pl.lit("sale"),
            amount_minor=100 + pl.col("number") % 9973,
            scheme_ref=pl.format("R{}", "number"),
            rrn=pl.lit(None, pl.String),
            business_date=pl.lit(MON),
        )
        off = pl.when(pl.col("scheme_ref") == "R7").then(500).otherwise(0)
        theirs = ours.with_columns(
            record_id=pl.col("record_id").str.replace("a", "x"),
            amount_minor=pl.col("amount_minor") + off,
        )

        said = match.on_frames(ours, theirs.reverse())

        assert said["lines"] == {"left": ROWS, "right": ROWS}
        assert said["outcomes"] == {"break": 2, "matched": 2 * (ROWS - 1)}
        assert said["breaks"] == {"amt_over": 1}


def _put_one(books: Books, day: date, money: str) -> None:
    """Write the shop's file of a day: the sale A, in a currency and minor units."""
    text = f"day,currency,amount,reference,key,unused\n{MON},{money},A,A,\n"
    books.feeds.write(f"in/shop/shop_{day:%Y%m%d}.csv", text)


def _use_core(books: Books) -> None:
    """Hold our own core against the bank, by our reference of each capture."""
    path = books.feeds.home / "feeds/bank.toml"
    path.write_text(path.read_text("utf-8").replace("scheme_ref =", "merchant_ref ="), "utf-8")
    books.feeds.core()
    books.feeds.plan(leg("core", "bank", passes=[("exact", ["merchant_ref", "currency"])]))


def _capture(books: Books, captured: dict[str, datetime]) -> None:
    """Let our core learn of captures of 100.00 EUR at these instants."""
    clock = Clock(min(captured.values()))
    with books.feeds.database() as database:
        payments = service_on(database, ScriptedProvider(), clock)
        for name, instant in captured.items():
            clock.time = instant
            payment = payments.authorise(order(name, 10_000))
            payments.capture(payment.id, name, Money(10_000, "EUR"))


def _references(books: Books, day: date, feed: str) -> set[str]:
    """Return the references of a feed's matched lines of a date."""
    rows = books.outcomes(day)
    return {
        row["merchant_ref"] for row in rows if (row["feed"], row["outcome"]) == (feed, "matched")
    }
