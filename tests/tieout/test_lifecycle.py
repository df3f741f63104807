"""The state tables, proved for input sequences of any length.

The properties are checked over the product of the table with one bit ("evidence of money was
seen"): a finite graph, so visiting all of it covers every sequence.
"""

from collections import deque

import pytest

from tieout.transactions.lifecycle import (
    DISPUTE,
    EXIT_OF,
    HUMAN,
    MONEY_EVIDENCE,
    OPERATION,
    PRESENTMENT,
    REVERSAL_DONE,
    TERMINAL,
    Table,
    find_move,
    states_of,
)
from tieout.transactions.postings import RULES

_NO = {"DECLINED", "FAILED", "EXPIRED"}
_INPUTS = sorted({name for _, name in OPERATION})


def step(state: str, name: str) -> str:
    """Take any input: one without a row in the table leaves the state."""
    move = find_move(OPERATION, state, name)
    return state if move is None else move.to


def reached(table: Table, start: str) -> set[str]:
    seen, waiting = {start}, deque([start])
    while waiting:
        state = waiting.popleft()
        for (origin, _), move in table.items():
            if origin == state and move.to not in seen:
                seen.add(move.to)
                waiting.append(move.to)
    return seen


def product() -> set[tuple[str, str, bool]]:
    """Return every reachable (state after, input, evidence of money not yet answered)."""
    start = ("CREATED", False)
    seen, waiting, steps = {start}, deque([start]), set()
    while waiting:
        state, has_money = waiting.popleft()
        for name in _INPUTS:
            after = step(state, name)
            is_answered = after != state and (
                name in REVERSAL_DONE or (name in HUMAN and state == "NEEDS_REVIEW")
            )
            evidence = (has_money or name in MONEY_EVIDENCE) and not is_answered
            steps.add((after, name, evidence))
            if (after, evidence) not in seen:
                seen.add((after, evidence))
                waiting.append((after, evidence))
    return steps


class TestOperation:
    """P1 to P5 of the operation table."""

    def test_p1_money_evidence_is_never_followed_by_a_no(self) -> None:
        lost = [(state, name) for state, name, money in product() if money and state in _NO]

        assert lost == []

    def test_p2_a_finished_operation_opens_only_on_money_evidence(self) -> None:
        opened = {
            (state, name)
            for (state, name), move in OPERATION.items()
            if state in TERMINAL and move.to not in TERMINAL
        }

        assert {name for _, name in opened} <= MONEY_EVIDENCE

    @pytest.mark.parametrize(
        "late", ["declined", "not_found", "expired", "ambiguous", "stale", "inconclusive"]
    )
    def test_p3_success_is_not_lost_to(self, late: str) -> None:
        assert step("SUCCEEDED", late) == "SUCCEEDED"

    @pytest.mark.parametrize("fact", ["approved", "declined", "cleared"])
    def test_p4_a_fact_seen_twice_moves_once(self, fact: str) -> None:
        moved_again = [
            state
            for state in states_of(OPERATION)
            if step(step(state, fact), fact) != step(state, fact)
        ]

        # Clearing seen while we reverse is for people, however often it is seen.
        assert moved_again == []

    def test_p5_every_open_state_has_a_way_out(self) -> None:
        opened = states_of(OPERATION) - TERMINAL

        assert opened == set(EXIT_OF)
        assert all(find_move(OPERATION, state, name) for state, name in EXIT_OF.items())

    def test_a_time_out_is_never_a_failure(self) -> None:
        assert step("IN_FLIGHT", "ambiguous") == "UNKNOWN"
        assert step("IN_FLIGHT", "stale") == "UNKNOWN"


class TestTables:
    """What holds for all three tables."""

    @pytest.mark.parametrize(
        ("table", "start", "states", "rows"),
        [
            (OPERATION, "CREATED", 12, 61),
            (PRESENTMENT, "EXPECTED", 8, 16),
            (DISPUTE, "INQUIRY", 8, 18),
        ],
    )
    def test_every_state_is_reachable(
        self, table: Table, start: str, states: int, rows: int
    ) -> None:
        assert reached(table, start) == states_of(table)
        assert (len(states_of(table)), len(table)) == (states, rows)

    def test_presentment_effects_are_posting_rules(self) -> None:
        named = {
            rule.removeprefix("-")
            for move in PRESENTMENT.values()
            for rule in (move.effect or "").split("+")
            if rule
        }

        assert named <= set(RULES)

    @pytest.mark.parametrize("forward", ["cleared", "settled", "funded"])
    def test_unmatch_takes_back_exactly_what_a_fact_posted(self, forward: str) -> None:
        for (state, name), move in PRESENTMENT.items():
            if name == forward and state in ("EXPECTED", "CLEARED", "SETTLED"):
                back = PRESENTMENT[(move.to, "unmatch")]

                assert (back.to, back.effect) == (state, f"-{move.effect}")
