"""What users of reconciliation tools complain of: one test per row of that table, by commands."""

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.assets.conftest import REFERENCE, leg
from tests.matchers.builders import line
from tests.matchers.commands import Books, Match, put_camt, tieout, use_camt
from tieout.decisions.groups import DecisionRefused
from tieout.errors import TieoutError
from tieout.simulator.writers.camt053 import Entry
from tieout.store.audit import find_break_in_chain

MON, TUE, WED = (date(2026, 3, day) for day in (2, 3, 4))
THU_BEFORE = date(2026, 2, 26)
EXACT = [("exact", REFERENCE)]
MANY = 20_000


class TestComplaints:
    """Row by row: what others do wrong does not happen."""

    def test_one_deposit_many_payments(self, match: Match) -> None:
        """Row 1: by its batch at once; with nothing but the sum, proposed and never one by one."""
        payments = {"a": 4000, "b": 250, "c": 5, "d": 70_000}
        batch = [line(name, None, minor, batch_ref="P") for name, minor in payments.items()]
        loose = [line(name, None, minor) for name, minor in payments.items()]

        named = match(batch, [line("x", None, 74_255, batch_ref="P")], leg="payout")
        summed = match(loose, [line("x", None, 4255), line("y", None, 70_000)], leg="deposit")

        assert set(named["fates"].values()) == {"matched"}
        assert [one["cardinality"] for one in named["matches_found"]] == ["n:1"]
        assert {name for name, fate in summed["fates"].items() if fate == "proposed"} == {*"abcx"}

    def test_a_payout_that_is_not_its_transactions_is_explained(self, match: Match) -> None:
        """Row 2: carry-over, loan, reserve and fees are terms of the bridge; the rest is named."""
        terms = [
            line("sale", "R1", 100_000, batch_ref="P", net_minor=98_500, fee_minor=-1500),
            line("refund", "R2", -2000, batch_ref="P", kind="refund"),
            line("carried", None, -4000, batch_ref="P", kind="adjustment"),
            line("loan", None, -1000, batch_ref="P", kind="adjustment"),
            line("reserve", None, -5000, batch_ref="P", kind="reserve"),
            line("instant", None, -150, batch_ref="P", kind="fee"),
        ]
        paid = [line("x", None, 86_350, batch_ref="P")]

        whole, gap = match(terms, paid, leg="payout"), match(terms[:-1], paid, leg="payout")

        owed = match([terms[1]], [line("x", None, -2000, batch_ref="P")], leg="payout")

        (bridge,) = [one["evidence"] for one in whole["matches_found"]]
        (found,) = gap["breaks_found"]
        assert "sales 1000.00 EUR + refunds -20.00 EUR" in bridge
        assert "fees -16.50 EUR + adjustments -100.00 EUR = 863.50 EUR" in bridge
        assert (found["reason"], found["at_risk_minor"]) == ("net_residual", -150)
        assert "difference -1.50 EUR" in found["explanation"]
        assert owed["outcomes"] == {"matched": 2}

    def test_the_same_amount_is_not_the_same_payment(self, match: Match) -> None:
        """Row 3: amounts alone match nothing: not pending, not near, not of another currency."""
        ours = [line("a", "R1", 10_000), line("b", None, 4200), line("c", None, 10_800)]
        theirs = [
            line("x", "R1", 10_000),
            line("stranger", "R9", 10_000),
            line("pending", None, 4200, is_booked=False),
            line("dollars", None, 10_800, currency="USD"),
            line("near", None, 10_799),
        ]

        fates = match(ours, theirs)["fates"]

        assert (fates["a"], fates["x"]) == ("matched", "matched")
        assert (fates["b"], fates["c"]) == ("miss_scheme", "miss_scheme")
        assert {fates[name] for name in ("stranger", "dollars", "near")} == {"miss_internal"}
        assert fates["pending"] == "excluded"

    def test_a_match_can_be_undone_and_the_undoing_too(self, books: Books) -> None:
        """Row 4: the lines are open again, and nothing else changes."""
        books.feeds.plan(leg("shop", "bank"))
        books.feeds.put("shop", MON, ("A", 100), ("B", 200))
        books.feeds.put("bank", MON, ("A", 100), ("B", 200))
        books.run(MON)
        before = books.outcomes(MON)

        answer = books.decide("undo", books.line(MON, "bank", "A")["match_id"])
        books.run(MON)
        undone = books.fates(MON)
        books.decide("undo", answer["decision"])
        books.run(MON)

        assert undone["shop", "A"] == "miss_bank"
        assert undone["bank", "A"] == "miss_internal"
        assert undone["bank", "B"] == "matched"
        assert _without_cases(books.outcomes(MON)) == _without_cases(before)

    def test_a_file_again_books_nothing_twice_and_twins_stay_two(self, books: Books) -> None:
        """Row 5: equal bytes under any name, an overlapping file, two equal payments."""
        books.feeds.put("shop", MON, ("A", 100), ("TWIN", 300), ("TWIN", 300))
        books.feeds.put("bank", MON, ("A", 100), ("TWIN", 300), ("TWIN", 300))
        books.run(MON)
        bank = books.feeds.home / "in/bank"
        shutil.copy(bank / f"bank_{MON:%Y%m%d}.csv", bank / f"bank_{TUE:%Y%m%d}.csv")
        books.feeds.put("bank", WED, ("A", 100), ("B", 50), booked=MON)
        books.feeds.put("shop", WED, ("B", 50), booked=MON)

        books.run(WED)

        assert [row["outcome"] for row in books.outcomes(MON)] == ["matched"] * 6
        assert books.fates(WED) == {
            ("shop", "B"): "matched",
            ("bank", "A"): "dup_bank",
            ("bank", "B"): "matched",
        }

    def test_pennies_are_whole_numbers_from_the_file_to_the_sum(self, books: Books) -> None:
        """Row 6: 0.1 + 0.2 is 0.3, 17 digits keep their cents, and one cent too many is found."""
        for feed in ("shop", "bank"):
            path = books.feeds.home / f"feeds/{feed}.toml"
            path.write_text(path.read_text("utf-8").replace('"minor"', '"major"'), "utf-8")
        books.feeds.plan(leg("shop", "bank", passes=[*EXACT, ("grouped", REFERENCE)]))
        _put(books, "shop", "0.1,S", "0.2,S", "4.35,F", "90071992547409.93,L", "1.005,N")
        _put(books, "bank", "0.3,S", "4.35,F", "90071992547409.94,L")

        books.run(MON, expect=6)
        refused = [one["reason"] for one in books.cases()]
        _put(books, "shop", "0.1,S", "0.2,S", "4.35,F", "90071992547409.93,L")
        books.run(MON)

        fates = books.fates(MON)
        (case,) = books.cases()
        assert "file_integrity" in refused
        assert (fates["bank", "S"], fates["bank", "F"]) == ("matched", "matched")
        assert (case["reason"], case["at_risk"]) == ("amt_over", "0.01")

    def test_another_currency_says_both_amounts_and_leaves_no_residual(self, match: Match) -> None:
        """Row 7: compared in the currency of settlement; where that differs, both are shown.

        Rates are the sender's; a rate of our own that only flags is not there yet.
        """
        settled = match([line("a", "R1", 10_000)], [line("x", "R1", 10_000)])
        other = match([line("a", "R1", 10_000)], [line("x", "R1", 10_501, currency="USD")])
        exponents = match(
            [line("k", "R2", 1234, currency="KWD"), line("j", "R3", 1500, currency="JPY")],
            [line("l", "R2", 1299, currency="KWD"), line("m", "R3", 1501, currency="JPY")],
        )

        (found,) = other["breaks_found"]
        assert [one["residual_minor"] for one in settled["matches_found"]] == [0]
        assert (found["reason"], found["left_ids"], found["right_ids"]) == (
            "ccy_mismatch",
            ["a"],
            ["x"],
        )
        assert "left 100.00 EUR, right 105.01 USD" in found["explanation"]
        yen, dinars = (one["explanation"] for one in exponents["breaks_found"])
        assert "left 1500 JPY, right 1501 JPY" in yen
        assert "left 1.234 KWD, right 1.299 KWD" in dinars

    def test_volume_of_partial_matches(self, match: Match) -> None:
        """Row 8: twenty thousand wholes in two parts each, the size at which others give up."""
        whole = pl.select(number=pl.int_range(MANY)).select(
            record_id=pl.format("a{}", "number"),
            currency=pl.lit("EUR"),
            kind=pl.lit("sale"),
            amount_minor=pl.lit(1000),
            rrn=pl.format("{}", "number"),
            scheme_ref=pl.format("A{}", "number"),
            business_date=pl.lit(MON),
        )
        parts = [
            whole.with_columns(
                record_id=pl.format("{}-{}", "record_id", pl.lit(part)),
                amount_minor=pl.lit(minor),
                scheme_ref=pl.format("{}-{}", "scheme_ref", pl.lit(part)),
            )
            for part, minor in ((1, 400), (2, 600))
        ]

        said = match.on_frames(whole, pl.concat(parts))

        assert said["outcomes"] == {"matched": 3 * MANY}
        assert said["passes"] == {"P4": MANY}

    def test_an_error_loses_no_run(self, books: Books) -> None:
        """Row 8, its other half: what was taken in before the error is there for the next run."""
        books.feeds.plan(leg("shop", "bank"))
        for feed in ("shop", "bank"):
            books.feeds.put(feed, MON, ("A", 100))
        folder = books.feeds.home / "in/shop"
        folder.rename(folder.with_name("away"))

        with pytest.raises(TieoutError, match="shop"):
            books.run(MON)
        folder.with_name("away").rename(folder)
        books.run(MON)

        assert set(books.fates(MON).values()) == {"matched"}

    def test_a_refund_after_settlement_counts_once(self, books: Books) -> None:
        """Row 9: the sale stays matched, the refund is its own line, and nothing is left over."""
        books.feeds.put("shop", MON, ("A", 100))
        books.feeds.put("bank", MON, ("A", 100))
        books.feeds.put("shop", TUE, ("A", -100))
        books.feeds.put("bank", TUE, ("A", -100))

        books.run(MON, TUE)

        moved = [
            (row["feed"], row["amount_minor"])
            for day in (MON, TUE)
            for row in books.outcomes(day)
            if row["outcome"] == "matched"
        ]
        assert sorted(moved) == [("bank", -100), ("bank", 100), ("shop", -100), ("shop", 100)]
        assert books.cases("all") == []

    def test_a_day_boundary_between_the_sides_is_no_difference(self, books: Books) -> None:
        """Row 10: sold before midnight, booked after it: carried, then matched, never missing."""
        books.feeds.put("shop", MON, ("LATE", 900))
        books.feeds.put("bank", MON)
        books.feeds.put("bank", TUE, ("LATE", 900))

        books.run(MON)
        monday = books.fates(MON)
        books.run(TUE)

        assert monday == {("shop", "LATE"): "carried"}
        assert books.line(TUE, "shop", "LATE")["line_date"] == MON.isoformat()
        assert books.fates(TUE) == {("shop", "LATE"): "matched", ("bank", "LATE"): "matched"}
        assert books.cases("all") == []

    def test_opening_and_closing_balances_differ_by_what_is_missing(self, books: Books) -> None:
        """Row 11: no phantom: a hole between two balances is a statement that did not come."""
        use_camt(books)
        put_camt(books, MON, Entry(5000, MON, "E-1"), opening=100_000)
        put_camt(books, WED, Entry(3000, WED, "E-3"), opening=107_000)

        books.run(WED)
        gaps = [(one["reason"], one["at_risk"]) for one in books.cases() if one["leg"] == "files"]
        put_camt(books, TUE, Entry(2000, TUE, "E-2"), opening=105_000)
        books.run(WED)

        assert gaps == [("file_gap", "20.00")]
        assert [one for one in books.cases() if one["leg"] == "files"] == []

    def test_who_did_it_is_on_record_and_cannot_be_rewritten(self, books: Books) -> None:
        """Row 12: author, reason and audit chain of each decision.

        A second person's approval belongs to the work on cases; until then nothing is written off
        here at all, so nobody can approve a write-off of their own.
        """
        books.feeds.put("shop", MON, ("A", 100), ("B", 250))
        books.feeds.put("bank", MON, ("A", 100), ("Q", 249))
        books.run(MON)
        sides = [books.line(MON, "shop", "B"), books.line(MON, "bank", "Q")]

        books.decide("undo", books.line(MON, "bank", "A")["match_id"])
        with pytest.raises(DecisionRefused, match="do not come to the same"):
            books.decide("join", *(row["record_id"] for row in sides))

        (kept,) = json.loads(books.ask("match", "decisions", "--json"))
        assert (kept["by"], kept["reason"], kept["verdict"]) == ("ann", "seen on paper", "apart")
        assert json.loads(books.ask("ledger", "check", "--json"))["holds"]
        with books.feeds.database() as database, database.reading() as connection:
            assert find_break_in_chain(connection) is None

    def test_a_row_of_one_leg_is_there_for_the_next(self, books: Books) -> None:
        """Row 13: consumed per leg: no true pair is hidden and no missing one is made up."""
        references = [f"R{number}" for number in range(50)]
        books.feeds.feed("ledger")
        books.feeds.plan(leg("shop", "bank"), leg("bank", "ledger"))
        for feed, count in (("shop", 50), ("bank", 50), ("ledger", 49)):
            books.feeds.put(feed, MON, *((reference, 100) for reference in references[:count]))

        said = books.run(MON)

        fates = {(row["leg"], row["scheme_ref"]): row["outcome"] for row in books.outcomes(MON)}
        assert {fates["shop_bank", reference] for reference in references} == {"matched"}
        assert {fates["bank_ledger", reference] for reference in references[:49]} == {"matched"}
        assert [one["reason"] for one in books.cases()] == ["miss_bank"]
        assert said["business_date"] == MON.isoformat()

    def test_rules_have_patterns_an_order_dates_and_only_if_unique(self, books: Books) -> None:
        """Row 14: a reference out of the text; exact before window; days; never one of several."""
        path = books.feeds.home / "feeds/bank.toml"
        text = path.read_text("utf-8").replace("scheme_ref =", "narrative =")
        rule = '\n[references]\nscheme_ref = { from = "narrative", regex = "(R-[0-9]+)" }\n'
        path.write_text(text + rule, "utf-8")
        window = '[[leg.pass]]\ntype = "window"\nkey = ["currency", "amount_minor"]\ndays = 1\n'
        books.feeds.plan(leg("shop", "bank", passes=EXACT) + window)
        books.feeds.put("shop", MON, ("R-1", 100), ("R-2", 500), ("R-3", 700), ("R-4", 700))
        books.feeds.put("shop", THU_BEFORE, ("R-5", 900))
        books.feeds.put("bank", MON, ("thanks R-1 bye", 100), ("?", 500), ("!", 700), (":", 900))

        books.run(MON)

        told: dict[int, set[str]] = {}
        for row in books.outcomes(MON):
            told.setdefault(row["amount_minor"], set()).add(row["break_reason"] or row["pass"])
        assert told == {
            100: {"P1"},
            500: {"P6"},
            700: {"amb_multi"},
            900: {"miss_bank", "miss_internal"},
        }

    def test_files_are_taken_as_they_are_sent(self, tmp_path: Path) -> None:
        """Row 15: no preparation: a shop's export and a German bank's statement, as they come."""
        home = tmp_path / "books"
        tieout("init", str(home))
        for feed in ("orders", "bank"):
            name = f"{feed}_2026-03-02.csv"
            shutil.copy(home / "examples" / name, home / "inbox" / feed / name)

        tieout("run", "--date=2026-03-02", "--home", str(home), "--json")

        words = ("outcomes", "--date=2026-03-02", "--home", str(home), "--json")
        rows = json.loads(tieout(*words))
        sent = (home / "examples/bank_2026-03-02.csv").read_text("utf-8").splitlines()
        assert len([row for row in rows if row["feed"] == "bank"]) == len(sent) - 1
        assert {row["outcome"] for row in rows} == {"matched", "proposed", "break", "excluded"}

    def test_a_missing_file_is_noticed_by_the_run(self, books: Books) -> None:
        """Row 16: exit code 4 and one case on the evening itself; the file closes it."""
        books.feeds.feed("bank", role="statement", is_expected=True)
        books.feeds.plan(leg("shop", "bank"))
        books.feeds.put("shop", MON, ("A", 100), ("B", 200))

        books.run(MON, expect=4)
        (missing,) = books.cases()
        books.feeds.put("bank", MON, ("A", 100), ("B", 200))
        books.run(MON)

        assert (missing["reason"], missing["feed"]) == ("file_missing", "bank")
        (closed,) = books.cases("closed")
        assert closed["closed_by"]["file_name"] == "bank_20260302.csv"
        assert set(books.fates(MON).values()) == {"matched"}


def _without_cases(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{name: value for name, value in row.items() if name != "case_id"} for row in rows]


def _put(books: Books, feed: str, *rows: str) -> None:
    """Write Monday's file; each row is an amount as a person writes it and a reference."""
    lines = "".join(f"{MON},EUR,{row},,\n" for row in rows)
    text = f"day,currency,amount,reference,key,unused\n{lines}"
    books.feeds.write(f"in/{feed}/{feed}_{MON:%Y%m%d}.csv", text)
