"""The state machines as data: (state, input) → (next state, effect). Nothing else moves a state.

Inputs are of four kinds. A *command* may be refused. A *fact* comes from outside and never is:
where the table has no row for it, the state stays and the contradiction is kept for people. A
*timer* is ours; a *human* decision needs two people. An operation that may have moved money
(`UNKNOWN`) leaves that state only through evidence, a reversal or a person: a time-out is not a
failure.

The tests prove, for input sequences of any length: once evidence of money was seen, no "no" state
follows unless a reversal or a person came between; a finished operation opens again only on
evidence of money; success is not lost to a late decline; a fact seen twice moves once; every open
state has a way out.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Move(NamedTuple):
    """Where an input leads, and what happens besides (words joined with "+")."""

    to: str
    effect: str | None = None


Table = Mapping[tuple[str, str], Move]

OPERATION: Table = {
    ("CREATED", "dispatch"): Move("IN_FLIGHT"),
    ("CREATED", "cancel"): Move("FAILED"),
    ("CREATED", "stale"): Move("FAILED"),
    # Evidence for something that we never sent: somebody has to look.
    ("CREATED", "approved"): Move("NEEDS_REVIEW", "case"),
    ("CREATED", "cleared"): Move("NEEDS_REVIEW", "case"),
    ("IN_FLIGHT", "approved"): Move("SUCCEEDED", "post"),
    ("IN_FLIGHT", "declined"): Move("DECLINED"),
    ("IN_FLIGHT", "accepted"): Move("PENDING"),
    ("IN_FLIGHT", "challenge"): Move("ACTION_REQUIRED"),
    ("IN_FLIGHT", "not_sent"): Move("FAILED"),
    ("IN_FLIGHT", "ambiguous"): Move("UNKNOWN", "inquire"),
    ("IN_FLIGHT", "stale"): Move("UNKNOWN", "inquire"),
    ("IN_FLIGHT", "cleared"): Move("SUCCEEDED", "post"),
    ("ACTION_REQUIRED", "authenticated"): Move("IN_FLIGHT"),
    ("ACTION_REQUIRED", "approved"): Move("SUCCEEDED", "post"),
    ("ACTION_REQUIRED", "declined"): Move("DECLINED"),
    ("ACTION_REQUIRED", "expired"): Move("EXPIRED"),
    ("ACTION_REQUIRED", "cancel"): Move("REVERSING", "reverse"),
    ("ACTION_REQUIRED", "cleared"): Move("SUCCEEDED", "post"),
    ("PENDING", "approved"): Move("SUCCEEDED", "post"),
    ("PENDING", "declined"): Move("DECLINED"),
    ("PENDING", "expired"): Move("UNKNOWN", "inquire"),
    ("PENDING", "cleared"): Move("SUCCEEDED", "post"),
    ("UNKNOWN", "approved"): Move("SUCCEEDED", "post"),
    ("UNKNOWN", "declined"): Move("DECLINED"),
    ("UNKNOWN", "accepted"): Move("PENDING"),
    ("UNKNOWN", "not_found"): Move("FAILED"),
    ("UNKNOWN", "inconclusive"): Move("UNKNOWN", "inquire"),
    # An authorisation or a capture can be neutralised; money sent out cannot be called back.
    ("UNKNOWN", "give_up_reversible"): Move("REVERSING", "reverse"),
    ("UNKNOWN", "give_up_irreversible"): Move("NEEDS_REVIEW", "case"),
    ("UNKNOWN", "cleared"): Move("SUCCEEDED", "post"),
    ("REVERSING", "reversal_ok"): Move("REVERSED"),
    ("REVERSING", "reversal_not_found"): Move("REVERSED"),
    ("REVERSING", "reversal_refused"): Move("NEEDS_REVIEW", "case"),
    ("REVERSING", "reversal_ambiguous"): Move("REVERSING", "reverse"),
    ("REVERSING", "approved"): Move("REVERSING"),
    ("REVERSING", "declined"): Move("REVERSING"),
    ("REVERSING", "cleared"): Move("NEEDS_REVIEW", "case"),
    ("NEEDS_REVIEW", "resolve_succeeded"): Move("SUCCEEDED", "post"),
    ("NEEDS_REVIEW", "resolve_failed"): Move("FAILED"),
    ("NEEDS_REVIEW", "resolve_reversed"): Move("REVERSED"),
    ("NEEDS_REVIEW", "approved"): Move("NEEDS_REVIEW"),
    ("NEEDS_REVIEW", "cleared"): Move("NEEDS_REVIEW"),
    ("NEEDS_REVIEW", "declined"): Move("NEEDS_REVIEW"),
    ("SUCCEEDED", "approved"): Move("SUCCEEDED"),
    ("SUCCEEDED", "cleared"): Move("SUCCEEDED"),
    ("SUCCEEDED", "declined"): Move("SUCCEEDED", "case"),
    ("SUCCEEDED", "not_found"): Move("SUCCEEDED", "case"),
    ("SUCCEEDED", "failed_after_success"): Move("REVERSED", "unpost+case"),
    # Money evidence after a "no" is never dropped.
    ("DECLINED", "approved"): Move("REVERSING", "reverse+case"),
    ("DECLINED", "cleared"): Move("NEEDS_REVIEW", "case"),
    ("DECLINED", "declined"): Move("DECLINED"),
    ("FAILED", "approved"): Move("REVERSING", "reverse+case"),
    ("FAILED", "cleared"): Move("NEEDS_REVIEW", "case"),
    ("FAILED", "declined"): Move("FAILED"),
    ("FAILED", "not_found"): Move("FAILED"),
    ("EXPIRED", "approved"): Move("REVERSING", "reverse+case"),
    ("EXPIRED", "cleared"): Move("NEEDS_REVIEW", "case"),
    ("EXPIRED", "declined"): Move("EXPIRED"),
    ("REVERSED", "approved"): Move("REVERSED"),
    ("REVERSED", "cleared"): Move("NEEDS_REVIEW", "case"),
}

# The effect names the journals of `postings.py`: a rule to post, "-rule" to undo it.
PRESENTMENT: Table = {
    ("EXPECTED", "cleared"): Move("CLEARED", "clear"),
    ("EXPECTED", "write_off"): Move("WRITTEN_OFF", "loss"),
    ("EXPECTED", "withdraw"): Move("WITHDRAWN", "-present"),
    ("CLEARED", "settled"): Move("SETTLED", "settle"),
    ("CLEARED", "scheme_reject"): Move("REJECTED", "-clear"),
    ("CLEARED", "clearing_reversal"): Move("CLEARING_REVERSED", "give_back"),
    ("CLEARED", "unmatch"): Move("EXPECTED", "-clear"),
    ("SETTLED", "funded"): Move("FUNDED", "fund"),
    ("SETTLED", "clearing_reversal"): Move("CLEARING_REVERSED", "give_back"),
    ("SETTLED", "unmatch"): Move("CLEARED", "-settle"),
    ("FUNDED", "clearing_reversal"): Move("CLEARING_REVERSED", "give_back"),
    ("FUNDED", "unmatch"): Move("SETTLED", "-fund"),
    ("REJECTED", "resubmit"): Move("EXPECTED"),
    ("REJECTED", "write_off"): Move("WRITTEN_OFF", "loss"),
    # The money came after all.
    ("WRITTEN_OFF", "cleared"): Move("CLEARED", "-loss+clear"),
    ("WITHDRAWN", "cleared"): Move("CLEARED", "present+clear"),
}

DISPUTE: Table = {
    ("INQUIRY", "chargeback"): Move("OPEN", "charge_back"),
    ("INQUIRY", "close"): Move("CLOSED"),
    ("OPEN", "represent"): Move("REPRESENTED", "represent_pending"),
    ("OPEN", "accept"): Move("LOST", "loss"),
    ("OPEN", "deadline"): Move("LOST", "loss"),
    ("OPEN", "withdrawn"): Move("WON", "-charge_back"),
    ("OPEN", "prearb_filed"): Move("PRE_ARB"),
    ("REPRESENTED", "won"): Move("WON", "-charge_back"),
    ("REPRESENTED", "prearb_received"): Move("PRE_ARB"),
    ("REPRESENTED", "rejected"): Move("LOST", "loss"),
    ("PRE_ARB", "accept"): Move("LOST", "loss"),
    ("PRE_ARB", "won"): Move("WON", "-charge_back"),
    ("PRE_ARB", "arbitration"): Move("ARBITRATION"),
    ("PRE_ARB", "deadline"): Move("LOST", "loss"),
    ("ARBITRATION", "won"): Move("WON", "-charge_back"),
    ("ARBITRATION", "lost"): Move("LOST", "loss+fee"),
    ("WON", "prearb_received"): Move("PRE_ARB", "charge_back"),
    ("CLOSED", "chargeback"): Move("OPEN", "charge_back"),
}

TERMINAL = frozenset({"SUCCEEDED", "DECLINED", "FAILED", "REVERSED", "EXPIRED"})
"""Operation states that only evidence of money may leave."""

EXIT_OF: Mapping[str, str] = {
    "CREATED": "stale",
    "IN_FLIGHT": "stale",
    "ACTION_REQUIRED": "expired",
    "PENDING": "expired",
    "UNKNOWN": "inconclusive",
    "REVERSING": "reversal_ambiguous",
    "NEEDS_REVIEW": "resolve_succeeded",
}
"""Open operation state → the timer or human input that makes sure that it is left or retried."""

FACTS = frozenset({"approved", "declined", "accepted", "cleared", "not_found", "ambiguous"})
MONEY_EVIDENCE = frozenset({"approved", "cleared"})
HUMAN = frozenset({"resolve_succeeded", "resolve_failed", "resolve_reversed"})
REVERSAL_DONE = frozenset({"reversal_ok", "reversal_not_found", "failed_after_success"})
SETTLEMENT_FACTS = ("unmatch", "cleared", "settled", "funded")
"""Facts that files bring for presentments, in the order in which one batch applies them."""


def find_move(table: Table, state: str, input_name: str) -> Move | None:
    """Return where `input_name` leads from `state`, or None when the table has no such row."""
    return table.get((state, input_name))


def states_of(table: Table) -> frozenset[str]:
    """Return every state that a table names."""
    return frozenset(state for state, _ in table) | {move.to for move in table.values()}


def inputs_allowed(table: Table, state: str) -> list[str]:
    """Return the inputs that move `state`, sorted: what an error message can offer."""
    return sorted(name for origin, name in table if origin == state)
