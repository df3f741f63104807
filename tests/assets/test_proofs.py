"""The proofs of a run: they close on a real one, and fail it when a kept result is not right."""

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest
from sqlalchemy import select, update

from assets.commit import commit_night
from assets.matched import match_dates
from tests.assets.conftest import TwoFeeds, leg
from tieout.errors import ProofFailed
from tieout.store.proofs import Proof, ProofRow, proofs_of_date
from tieout.store.runs import committed_dates
from tieout.store.tables.runs import generation

MON, TUE, WED, THU, FRI = (date(2026, 3, day) for day in (2, 3, 4, 5, 6))

Change = Callable[[pl.DataFrame], pl.DataFrame]


def proofs(feeds: TwoFeeds, day: date, proof: Proof) -> list[ProofRow]:
    """Return one proof of a date."""
    with feeds.database() as database, database.reading() as connection:
        return [row for row in proofs_of_date(connection, day) if row.proof == proof]


def run_with(feeds: TwoFeeds, day: date, **changes: Change) -> None:
    """Run a date whose kept frames (`outcomes`, `matches` …) were changed before the commit."""
    with feeds.night(day) as night:
        for reconciliation, one in night.legs():
            match_dates(night, reconciliation, one, [day])
        with night.database.transaction() as connection:
            mine = generation.c.fence == night.fence
            kept = connection.execute(select(generation).where(mine)).one()
            hashes = {
                f"{name}_sha256": night.frames.write(
                    change(night.frames.read(getattr(kept, f"{name}_sha256")))
                )
                for name, change in changes.items()
            }
            connection.execute(update(generation).where(mine).values(**hashes))
        commit_night(night, [day])


@pytest.fixture
def feeds(two_feeds: TwoFeeds) -> TwoFeeds:
    """A is matched on Monday, B is not."""
    two_feeds.plan(leg("shop", "bank"))
    two_feeds.put("shop", MON, ("A", 100), ("B", 250))
    two_feeds.put("bank", MON, ("A", 100))
    return two_feeds


def assert_nothing_in_force(feeds: TwoFeeds, day: date) -> None:
    with feeds.database() as database, database.reading() as connection:
        assert day not in committed_dates(connection)


class TestAllocation:
    """No line gives more than it has, and none is matched twice."""

    def test_closes_on_what_was_matched(self, feeds: TwoFeeds) -> None:
        feeds.run(MON)

        rows = proofs(feeds, MON, Proof.ALLOCATION)
        assert [(row.name, row.sum_in_minor, row.sum_out_minor, row.holds) for row in rows] == [
            ("given and had, left side", 100, 100, True),
            ("given and had, right side", 100, 100, True),
            ("one match for each line, over all dates", 0, 0, True),
        ]

    def test_a_line_that_gives_more_than_it_has_fails_the_run(self, feeds: TwoFeeds) -> None:
        more = pl.when(pl.col("side") == "left").then(101).otherwise("allocated_minor")

        with pytest.raises(ProofFailed, match="gives more than it has"):
            run_with(feeds, MON, members=lambda one: one.with_columns(allocated_minor=more))

        assert_nothing_in_force(feeds, MON)
        kept = proofs(feeds, MON, Proof.ALLOCATION)
        assert [(row.sum_in_minor, row.sum_out_minor) for row in kept] == [(100, 101)]

    def test_a_line_in_two_matches_of_a_date_fails_the_run(self, feeds: TwoFeeds) -> None:
        with pytest.raises(ProofFailed, match="allocation of shop_bank on 2026-03-02"):
            run_with(feeds, MON, members=lambda one: pl.concat([one, one.head(1)]))

        assert_nothing_in_force(feeds, MON)

    def test_a_line_that_was_matched_on_an_earlier_date_fails_the_run(
        self, feeds: TwoFeeds
    ) -> None:
        feeds.run(MON)
        matched = feeds.outcomes(MON).filter(outcome="matched", side="left")["record_id"][0]
        feeds.put("shop", TUE, ("C", 100))
        feeds.put("bank", TUE, ("C", 100))
        feeds.run(TUE)

        def again(frame: pl.DataFrame) -> pl.DataFrame:
            is_fresh = (pl.col("side") == "left") & pl.col("match_id").is_not_null()
            name = pl.when(is_fresh).then(pl.lit(matched)).otherwise("record_id")
            return frame.with_columns(record_id=name)

        with pytest.raises(ProofFailed, match=f"{matched} was matched on an earlier date already"):
            run_with(feeds, TUE, outcomes=again, members=again)

        assert feeds.told(TUE)["shop", "C"] == ("matched", None)

    def test_a_restated_line_may_be_matched_again(self, two_feeds: TwoFeeds) -> None:
        for name in ("shop", "bank"):
            two_feeds.feed(name, has_own_keys=True)
        two_feeds.plan(leg("shop", "bank"))
        for day, cents in ((MON, 100), (TUE, 120)):
            two_feeds.put("shop", day, ("A", cents), key="K")
            two_feeds.put("bank", day, ("A", cents), key="L")

        two_feeds.run(MON, TUE)

        assert all(row.holds for row in proofs(two_feeds, TUE, Proof.ALLOCATION))


class TestResidual:
    """What matches say of their sides is what their lines come to."""

    @pytest.fixture
    def cents(self, feeds: TwoFeeds) -> TwoFeeds:
        """A match within a tolerance of 3 cents."""
        step = '[[leg.pass]]\ntype = "tolerance"\nkey = ["scheme_ref"]\n'
        feeds.plan(leg("shop", "bank", passes=[]) + f"{step}amount_minor = {{ default = 3 }}\n")
        feeds.put("bank", MON, ("A", 98))
        return feeds

    def test_is_what_the_tolerance_absorbed(self, cents: TwoFeeds) -> None:
        cents.run(MON)

        rows = proofs(cents, MON, Proof.RESIDUAL)
        assert [(row.name, row.sum_in_minor, row.sum_out_minor) for row in rows] == [
            ("residual of each group and of its lines", -2, -2),
            ("residuals and tolerance spent, P2", 2, 2),
        ]

    def test_a_match_that_says_otherwise_fails_the_run(self, cents: TwoFeeds) -> None:
        other = pl.col("residual_minor") + 1

        with pytest.raises(ProofFailed, match="does not come to what its lines do"):
            run_with(cents, MON, matches=lambda one: one.with_columns(residual_minor=other))

        assert_nothing_in_force(cents, MON)

    def test_a_residual_that_no_tolerance_knows_fails_the_run(self, cents: TwoFeeds) -> None:
        less = pl.when(pl.col("side") == "right").then(97).otherwise("allocated_minor")

        with pytest.raises(ProofFailed):
            run_with(
                cents,
                MON,
                members=lambda one: one.with_columns(allocated_minor=less),
                matches=lambda one: one.with_columns(
                    right_minor=pl.lit(97, pl.Int64), residual_minor=pl.lit(-3, pl.Int64)
                ),
            )

        rows = [row for row in proofs(cents, MON, Proof.RESIDUAL) if not row.holds]
        assert [(row.name, row.sum_in_minor, row.sum_out_minor) for row in rows] == [
            ("residuals and tolerance spent, P2", 2, 3)
        ]


class TestBatch:
    """Each batch's residual is what was paid less its typed bridge."""

    @pytest.fixture
    def batches(self, feeds: TwoFeeds) -> TwoFeeds:
        """One batch is paid to the cent, of another one 5.00 are missing."""
        for name, role in (("shop", "internal"), ("bank", "statement")):
            feeds.feed(name, role=role)
            path = feeds.home / f"feeds/{name}.toml"
            text = path.read_text("utf-8").replace("scheme_ref", "batch_ref")
            path.write_text(text, "utf-8")
        feeds.plan(leg("shop", "bank", passes=[("batch", ["batch_ref"])]))
        feeds.put("shop", MON, ("P1", 600), ("P1", 400), ("P2", 2000))
        feeds.put("bank", MON, ("P1", 1000), ("P2", 1500))
        return feeds

    def test_residuals_are_those_of_the_bridges(self, batches: TwoFeeds) -> None:
        batches.run(MON)

        (row,) = [one for one in proofs(batches, MON, Proof.RESIDUAL) if "batch" in one.name]
        assert (row.count_in, row.count_out, row.sum_in_minor, row.sum_out_minor) == (
            *(2, 2),
            *(-500, -500),
        )
        assert row.detail.startswith("sales 30.00 + refunds 0.00")

    def test_a_break_that_states_another_residual_fails_the_run(self, batches: TwoFeeds) -> None:
        other = pl.col("at_risk_minor") + 1

        with pytest.raises(ProofFailed, match="residual of each batch and of its bridge"):
            run_with(batches, MON, breaks=lambda one: one.with_columns(at_risk_minor=other))

        assert_nothing_in_force(batches, MON)


class TestDeterminism:
    """What is kept is what was computed, and the same files give the same digest."""

    def test_the_digest_is_the_same_in_a_second_run(self, feeds: TwoFeeds) -> None:
        feeds.run(MON)
        first = proofs(feeds, MON, Proof.DETERMINISM)

        feeds.run(MON)

        assert len({row.detail for row in (*first, *proofs(feeds, MON, Proof.DETERMINISM))}) == 1

    def test_another_class_of_evidence_fails_the_run(self, feeds: TwoFeeds) -> None:
        other = pl.lit("C")

        with pytest.raises(ProofFailed, match="digest of the matches as kept"):
            run_with(feeds, MON, matches=lambda one: one.with_columns(evidence_class=other))

        assert_nothing_in_force(feeds, MON)


class TestTimeliness:
    """How much of a day's money is matched after one, two and four business days."""

    def test_is_the_share_of_the_money_of_that_day(self, feeds: TwoFeeds) -> None:
        feeds.run(MON, TUE)
        feeds.put("bank", WED, ("B", 250))

        feeds.run(WED, THU, FRI)

        (one,) = proofs(feeds, TUE, Proof.TIMELINESS)
        (two,) = proofs(feeds, WED, Proof.TIMELINESS)
        (four,) = proofs(feeds, FRI, Proof.TIMELINESS)
        assert (one.name, one.sum_in_minor, one.sum_out_minor) == ("matched by T+1", 350, 100)
        assert one.detail == "2,857 per ten thousand of the money of 2026-03-02"
        assert (two.name, two.sum_out_minor) == ("matched by T+2", 350)
        assert (four.name, four.sum_out_minor) == ("matched by T+4", 350)
        assert proofs(feeds, THU, Proof.TIMELINESS) == []
