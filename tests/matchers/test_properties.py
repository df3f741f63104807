"""What must hold for any input: conservation, order, locality, and equality with a plain search."""

from collections import Counter
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers import MatchResult, match_leg
from matchers.windows import within_reach
from tests.matchers.builders import DAY, KEY, a_leg, exact, line, lines, matched

CARDS = a_leg(
    {"type": "duplicates", "key": KEY},
    {"type": "netting"},
    exact(),
    {"type": "tolerance", "key": KEY, "amount_minor": {"default": 1}},
    {"type": "grouped", "key": ["rrn", "kind", "currency"]},
    {"type": "window", "days": 2},
    {"type": "composite", "key": ["rrn"]},
    {"type": "similar", "left_text": ["batch_ref"], "right_text": ["batch_ref"]},
    {"type": "subset", "key": ["currency"], "parts": "right", "days": 4},
    late_after_days=2,
    tolerance_limit_minor={"default": 3},
    fees={"sale": {"percent_bps": 100}, "tolerance_minor": 2},
)
PAYOUTS = a_leg({"type": "batch", "key": ["batch_ref", "currency"]}, {"type": "window", "days": 1})

_row = st.fixed_dictionaries(
    {
        "scheme_ref": st.sampled_from([None, "R1", "R2", "R3"]),
        "amount_minor": st.integers(-4, 4),
        "kind": st.sampled_from(["sale", "refund", "reversal", "payout"]),
        "currency": st.sampled_from(["EUR", "USD"]),
        "rrn": st.sampled_from([None, "1", "2"]),
        "batch_ref": st.sampled_from([None, "P1", "P2"]),
        "net_minor": st.one_of(st.none(), st.integers(-4, 4)),
        "business_date": st.dates(DAY, DAY.replace(day=12)),
        "due_date": st.dates(DAY, DAY.replace(day=8)),
        "is_awaiting_file": st.booleans(),
        "is_booked": st.sampled_from([True, True, True, False]),
        "is_reversal": st.sampled_from([False, False, True]),
        "record_no": st.integers(1, 3),
    }
)
_side = st.lists(_row, max_size=9)
AS_OF = DAY.replace(day=6)


def _named(prefix: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return lines(*({"record_id": f"{prefix}{n}", **row} for n, row in enumerate(rows)))


def _same(one: MatchResult, other: MatchResult) -> bool:
    names = ("outcomes", "matches", "members", "breaks")
    return all(getattr(one, name).equals(getattr(other, name)) for name in names)


class TestAnyInput:
    """Properties of every leg."""

    @settings(max_examples=60, deadline=None)
    @given(_side, _side, st.sampled_from([CARDS, PAYOUTS]), st.randoms(use_true_random=False))
    def test_order_of_rows_changes_nothing_and_nothing_is_lost(
        self, left: list[Any], right: list[Any], leg: Any, random: Any
    ) -> None:
        ours, theirs = _named("a", left), _named("x", right)
        mixed = [
            side.sample(fraction=1, shuffle=True, seed=random.randint(0, 99))
            for side in (ours, theirs)
        ]

        result = match_leg(ours, theirs, leg, as_of=AS_OF)
        shuffled = match_leg(mixed[0], mixed[1], leg, as_of=AS_OF)

        assert _same(result, shuffled)
        assert sorted(result.outcomes["record_id"]) == sorted(
            [*ours["record_id"], *theirs["record_id"]]
        )
        assert result.outcomes["amount_minor"].sum() == sum(
            side["amount_minor"].sum() for side in (ours, theirs)
        )

    @settings(max_examples=60, deadline=None)
    @given(_side, _side, st.sampled_from([CARDS, PAYOUTS]))
    def test_groups_and_outcomes_tell_the_same_story(
        self, left: list[Any], right: list[Any], leg: Any
    ) -> None:
        result = match_leg(_named("a", left), _named("x", right), leg, as_of=AS_OF)

        outcomes = result.outcomes
        in_break = outcomes.filter(pl.col("break_id").is_not_null())
        listed = result.breaks.select(pl.concat_list("left_ids", "right_ids")).to_series().explode()
        assert sorted(in_break["record_id"]) == sorted(listed.drop_nulls())
        in_match = outcomes.filter(pl.col("match_id").is_not_null())
        assert in_match["record_id"].to_list() == result.members["record_id"].to_list()
        assert result.matches["match_id"].is_unique().all()
        assert result.breaks["break_id"].is_unique().all()
        assert set(in_match["outcome"]) <= {"matched", "proposed", "netted"}
        assert set(in_break["outcome"]) <= {"break", "duplicate"}

    @settings(max_examples=60, deadline=None)
    @given(_side, _side, st.lists(_row, min_size=1, max_size=4))
    def test_lines_of_another_currency_change_nothing_else(
        self, left: list[Any], right: list[Any], others: list[Any]
    ) -> None:
        # Other references, too: the same reference in two currencies is a break by itself.
        ours, theirs = _named("a", left), _named("x", right)
        strangers = _named("z", others).with_columns(
            currency=pl.lit("GBP"), scheme_ref=pl.lit("G-") + pl.col("scheme_ref")
        )

        before = match_leg(ours, theirs, CARDS, as_of=AS_OF).outcomes
        after = match_leg(pl.concat([ours, strangers]), theirs, CARDS, as_of=AS_OF).outcomes

        assert after.filter(pl.col("currency") != "GBP").equals(before)


class TestExactAgainstAPlainSearch:
    """The exact pass and a nested loop find the same number of pairs per key and amount."""

    @settings(max_examples=80, deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from(["R1", "R2", "R3"]), st.integers(1, 3)), max_size=8),
        st.lists(st.tuples(st.sampled_from(["R1", "R2", "R3"]), st.integers(1, 3)), max_size=8),
    )
    def test_pairs_are_those_of_counting(
        self, left: list[tuple[str, int]], right: list[tuple[str, int]]
    ) -> None:
        ours = [line(f"a{n}", ref, amount) for n, (ref, amount) in enumerate(left)]
        theirs = [line(f"x{n}", ref, amount) for n, (ref, amount) in enumerate(right)]

        result = matched(ours, theirs, a_leg(exact()))

        counts = Counter(left), Counter(right)
        expected = sum(n for key, n in counts[0].items() if counts[1][key] == n)
        assert result.matches.height == expected


class TestReach:
    """Candidates by binary search against all pairs."""

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 12)), max_size=10),
        st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 12)), max_size=10),
        st.integers(0, 3),
    )
    def test_unique_pairs_and_sets_are_those_of_a_nested_loop(
        self, left: list[tuple[str, int]], right: list[tuple[str, int]], width: int
    ) -> None:
        pairs = [
            (i, j)
            for i, (block, place) in enumerate(left)
            for j, (other, there) in enumerate(right)
            if block == other and abs(place - there) <= width
        ]
        of_left, of_right = Counter(i for i, _ in pairs), Counter(j for _, j in pairs)
        alone = {(i, j) for i, j in pairs if of_left[i] == 1 and of_right[j] == 1}

        reach = within_reach(_placed(left), _placed(right), ("key",), width=pl.lit(width))

        assert set(reach.pairs.iter_rows()) == alone
        sets_left = dict(reach.left_several.select("row", "set").iter_rows())
        sets_right = dict(reach.right_several.select("row", "set").iter_rows())
        assert set(sets_left) == set(of_left) - {i for i, _ in alone}
        assert set(sets_right) == set(of_right) - {j for _, j in alone}
        assert all(sets_left[i] == sets_right[j] for i, j in pairs if (i, j) not in alone)
        assert len(set(sets_left.values())) == _components([p for p in pairs if p not in alone])

    def test_a_large_block_stays_small(self) -> None:
        many = pl.DataFrame(
            {"row": range(20_000), "key": ["A"] * 20_000, "position": [0] * 20_000},
            schema={"row": pl.UInt32(), "key": pl.String(), "position": pl.Int64()},
        )

        reach = within_reach(many, many, ("key",), width=pl.lit(1))

        assert reach.pairs.is_empty()
        assert reach.left_several.height == 20_000  # and not 400 million pairs


def _placed(rows: list[tuple[str, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "row": range(len(rows)),
            "key": [block for block, _ in rows],
            "position": [place for _, place in rows],
        },
        schema={"row": pl.UInt32(), "key": pl.String(), "position": pl.Int64()},
    )


def _components(pairs: list[tuple[int, int]]) -> int:
    groups: list[set[tuple[str, int]]] = []
    for i, j in pairs:
        merged = {("l", i), ("r", j)}
        apart = [group for group in groups if not group & merged]
        for group in groups:
            if group & merged:
                merged |= group
        groups = [*apart, merged]
    return len(groups)


class TestNoExplosion:
    """Twenty thousand equal lines a side never become four hundred million pairs."""

    def test_equal_lines_on_both_sides_pair_one_by_one(self) -> None:
        ours = [line(f"a{n:05}", "R1", 100) for n in range(20_000)]
        theirs = [line(f"x{n:05}", "R1", 100) for n in range(20_000)]

        result = matched(ours, theirs, CARDS.model_copy(update={"fees": None}))

        assert result.matches.height == 20_000
