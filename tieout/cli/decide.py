"""`tieout match confirm, reject, undo, join, decisions`: what people decide about matches."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from tieout.cli.output import AsJson, Home, print_json, print_table, talk

if TYPE_CHECKING:
    from collections.abc import Callable

    from tieout.config import Workspace
    from tieout.decisions.decide import Decided, Decider

Reason = Annotated[str, typer.Option("--reason", help="Why. It stands in every report of this.")]
By = Annotated[str, typer.Option("--by", help="Who decides. Default: the user of this machine.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="A match or proposal, as in the outcomes.")]

_TAKES_EFFECT = """
It takes effect with the next run; the answer names the date from which results differ.
"""
_CONFIRM = f"""Confirm a proposal: its lines are matched, in every rerun too.
{_TAKES_EFFECT}
Example: tieout match confirm advice_bank:ab12-0000007 --reason "amount and day agree"
"""
_REJECT = f"""Reject a proposal: no rule puts these lines together again.
{_TAKES_EFFECT}
Example: tieout match reject advice_bank:ab12-0000007 --reason "another customer"
"""
_UNDO = f"""Undo a match, or take back a decision (D-7): all is as it was before.
{_TAKES_EFFECT}
Examples:
  tieout match undo core_clearing:core:P000123 --reason "wrong card"
  tieout match undo D-7 --reason "decided too early"
"""
_JOIN = f"""Put open lines of both sides together that no rule would: both sides come to the same.
{_TAKES_EFFECT}
Example: tieout match join core:P000123 ab12-0000007 --reason "reference mistyped by the bank"
"""
_LIST = """List what people decided, the newest first.

Example: tieout match decisions --home demo --json
"""


def register(verbs: typer.Typer) -> None:
    """Add the verbs to `tieout match`."""
    verbs.command("confirm", help=_CONFIRM)(confirm)
    verbs.command("reject", help=_REJECT)(reject)
    verbs.command("undo", help=_UNDO)(undo)
    verbs.command("join", help=_JOIN)(join)
    verbs.command("decisions", help=_LIST)(decisions)


def confirm(named: Id, home: Home, reason: Reason, by: By = "", as_json: AsJson = False) -> None:
    """Confirm a proposal."""
    _decide(home, lambda decider: decider.confirm(named), by, reason, as_json=as_json)


def reject(named: Id, home: Home, reason: Reason, by: By = "", as_json: AsJson = False) -> None:
    """Reject a proposal."""
    _decide(home, lambda decider: decider.reject(named), by, reason, as_json=as_json)


def undo(named: Id, home: Home, reason: Reason, by: By = "", as_json: AsJson = False) -> None:
    """Undo a match or take back a decision."""
    _decide(home, lambda decider: decider.undo(named), by, reason, as_json=as_json)


def join(
    records: Annotated[list[str], typer.Argument(metavar="RECORD...", help="Open lines.")],
    home: Home,
    reason: Reason,
    leg: Annotated[str | None, typer.Option(help="Which leg, if several have them.")] = None,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Put open lines together."""
    _decide(home, lambda decider: decider.join(records, leg), by, reason, as_json=as_json)


def decisions(home: Home, as_json: AsJson = False) -> None:
    """List what people decided."""
    from assets.night import open_database
    from tieout.config import load_workspace
    from tieout.store.decisions import all_decisions, lines_of_decisions

    with open_database(load_workspace(home)).reading() as connection:
        rows = all_decisions(connection)
        lines = lines_of_decisions(connection, [row.id for row in rows])
    found = [
        {
            "decision": f"D-{row.id}",
            "leg": row.leg,
            "verdict": row.verdict,
            "from": row.business_date,
            "by": row.decided_by,
            "reason": row.reason,
            "about": row.match_id,
            "lines": [record_id for _, record_id in lines[row.id]],
            "state": _state(is_withdrawn=row.withdrawn_at is not None, is_taken_up=row.is_taken_up),
        }
        for row in rows
    ]
    if as_json:
        print_json(found)
        return
    if not found:
        talk("Nobody has decided anything about matches yet.")
        return
    names = ("decision", "leg", "verdict", "from", "by", "state", "reason")
    print_table(names, [[one[name] for name in names] for one in found])


def _state(*, is_withdrawn: bool, is_taken_up: bool) -> str:
    if is_withdrawn:
        return "withdrawn" if is_taken_up else "withdrawn, waits for a run"
    return "in force" if is_taken_up else "waits for a run"


def _decide(
    home: Home, decide: "Callable[[Decider], Decided]", by: str, reason: str, *, as_json: bool
) -> None:
    from assets.night import open_database
    from tieout.clock import now
    from tieout.config import load_workspace
    from tieout.decisions.decide import Decider
    from tieout.frames.storage import FrameStore

    workspace = load_workspace(home)
    frames, net_legs = FrameStore(workspace.frames_path), _net_legs(workspace)
    who = by or getpass.getuser()
    decided = open_database(workspace).run(
        lambda connection: decide(
            Decider(connection, frames, net_legs, by=who, reason=reason, at=now())
        )
    )
    if as_json:
        print_json(
            {
                "decision": f"D-{decided.number}",
                "from": decided.business_date,
                "lines": decided.lines,
            }
        )
        return
    talk(f"D-{decided.number}: {decided.lines} lines, from {decided.business_date} on.")
    talk(f"The next run takes it up; now: tieout run --date {decided.business_date}")


def _net_legs(workspace: "Workspace") -> set[tuple[str, str]]:
    from assets.night import load_plans

    plans = load_plans(workspace)
    return {(name, leg.name) for name, plan in plans.items() for leg in plan.legs if leg.batch}
