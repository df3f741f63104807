"""From what a person says to a decision that every later run obeys.

Looks at the results in force, checks that the decision makes sense for them, and records it. What
it changes is computed by the next run, which covers the date named in the answer.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from tieout.decisions.groups import DecidedLines, DecisionRefused, find_match, find_open
from tieout.frames.storage import FrameStore
from tieout.money import format_minor
from tieout.store.decisions import (
    Decision,
    all_decisions,
    decisions_in_force,
    lines_of_decisions,
    record_decision,
    withdraw_decision,
)


@dataclass(frozen=True)
class Decided:
    """A recorded decision: its number, and the first date that comes out differently."""

    number: int
    business_date: date
    lines: int


@dataclass(frozen=True)
class Decider:
    """Takes the decisions of one person, for one reason, inside the caller's transaction.

    `net_legs`: reconciliation and leg where the left side is compared by its net.
    """

    connection: Connection
    frames: FrameStore
    net_legs: Collection[tuple[str, str]]
    by: str
    reason: str
    at: datetime

    def confirm(self, match_id: str) -> Decided:
        """Say that a proposal is right.

        Raises:
            DecisionRefused: nothing of this id is proposed now.
        """
        return self._judge_proposal(match_id, "together")

    def reject(self, match_id: str) -> Decided:
        """Say that a proposal is wrong; its lines are never put together again by a rule.

        Raises:
            DecisionRefused: nothing of this id is proposed now.
        """
        return self._judge_proposal(match_id, "apart")

    def undo(self, named: str) -> Decided:
        """Undo a match (by its id) or a decision (`D-7`): everything is again as it was before.

        Raises:
            DecisionRefused: nothing of this id is matched, or the decision is withdrawn already.
        """
        number = named.removeprefix("D-")
        if number != named and number.isdecimal():
            return self._withdraw(int(number))
        found = find_match(self.connection, self.frames, named, ("matched", "netted"))
        if found is None:
            raise DecisionRefused(
                f"Nothing called {named!r} is matched.",
                hint="`tieout outcomes` lists matches; a proposal is rejected, not undone.",
            )
        for one, verdict, lines in self._in_force(found):
            if verdict == "together" and lines == found.names:
                return self._withdraw(one)
        self._require_undecided(found)
        return self._judge(found, named, "apart", found.result.business_date)

    def join(self, record_ids: Sequence[str], leg: str | None = None) -> Decided:
        """Say that open lines belong together, though no rule says so.

        Raises:
            DecisionRefused: a line is not open, only one side is named, or the sides differ.
        """
        found = find_open(self.connection, self.frames, record_ids, leg)
        self._require_undecided(found)
        is_net = (found.result.reconciliation, found.result.leg) in self.net_legs
        sums = found.sums(is_net=is_net)
        if len(sums) != 1 or sums[0][1] != sums[0][2]:
            shown = "; ".join(
                f"left {format_minor(left, code)}, right {format_minor(right, code)} {code}"
                for code, left, right in sums
            )
            raise DecisionRefused(
                f"The sides do not come to the same: {shown}.",
                hint="Name the line that makes up the difference too. Nothing is written off here.",
            )
        return self._record(found, "together", found.whole_on)

    def _withdraw(self, number: int) -> Decided:
        done = withdraw_decision(
            self.connection, number, by=self.by, reason=self.reason, at=self.at
        )
        if not done:
            raise DecisionRefused(
                f"There is no decision D-{number} in force.",
                hint="`tieout match decisions` lists them.",
            )
        (row,) = [row for row in all_decisions(self.connection) if row.id == number]
        lines = lines_of_decisions(self.connection, [number])[number]
        return Decided(number, row.business_date, len(lines))

    def _judge_proposal(self, match_id: str, verdict: str) -> Decided:
        found = find_match(self.connection, self.frames, match_id, ("proposed",))
        if found is None:
            raise DecisionRefused(
                f"Nothing called {match_id!r} is proposed now.",
                hint="`tieout outcomes` lists what is; look for the outcome `proposed`.",
            )
        self._require_undecided(found)
        return self._judge(found, match_id, verdict, found.whole_on)

    def _judge(self, found: DecidedLines, match_id: str, verdict: str, since: date) -> Decided:
        return self._record(
            found,
            verdict,
            since,
            match_id=match_id,
            pass_code=found.lines["pass"][0],
            plan_digest=found.result.plan_digest,
        )

    def _record(self, found: DecidedLines, verdict: str, since: date, **about: str) -> Decided:
        decision = Decision(
            reconciliation=found.result.reconciliation,
            leg=found.result.leg,
            verdict=verdict,
            business_date=since,
            lines=found.names,
            reason=self.reason,
            decided_by=self.by,
            **about,
        )
        number = record_decision(self.connection, decision, at=self.at)
        return Decided(number, since, found.lines.height)

    def _in_force(self, found: DecidedLines) -> list[tuple[int, str, list[tuple[str, str]]]]:
        """Return number, verdict and lines of the decisions about the leg."""
        rows = decisions_in_force(self.connection, found.result.reconciliation, found.result.leg)
        lines = lines_of_decisions(self.connection, [row.id for row in rows])
        return [(row.id, row.verdict, lines[row.id]) for row in rows]

    def _require_undecided(self, found: DecidedLines) -> None:
        """Refuse a second decision about lines that wait for the first to be taken up."""
        for number, verdict, lines in self._in_force(found):
            is_joined = verdict == "together" and not set(lines).isdisjoint(found.names)
            if is_joined or lines == found.names:
                raise DecisionRefused(
                    f"D-{number} already says that these lines belong {verdict}.",
                    hint=f"`tieout match undo D-{number}` takes that back.",
                )
