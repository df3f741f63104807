"""What `tieout doctor` asks, and how the answers are shown.

Every answer is a `Check`: what was asked, of whom, what was found, and what to do about it. A check
never raises for what it finds, so that one bad feed does not hide the next.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import typer

from tieout.cli.output import print_json, print_table, talk
from tieout.errors import TieoutError, Transient

State = Literal["fine", "note", "wrong", "temporary"]


@dataclass(frozen=True)
class Check:
    """One question and its answer; `todo` is empty when all is fine."""

    check: str
    subject: str
    state: State
    found: str
    todo: str = ""


def fine(check: str, subject: str, found: str) -> Check:
    """Return the answer that needs nothing."""
    return Check(check, subject, "fine", found)


def noted(check: str, subject: str, found: str, todo: str) -> Check:
    """Return the answer that may be meant, and should not go unseen; it fails nothing."""
    return Check(check, subject, "note", found, todo)


def wrong(check: str, subject: str, found: str, todo: str) -> Check:
    """Return the answer that somebody must act upon."""
    return Check(check, subject, "wrong", found, todo)


def asked(check: str, subject: str, question: Callable[[], str]) -> Check:
    """Return what `question` answers; an error of ours becomes the finding with its hint."""
    try:
        return fine(check, subject, question())
    except Transient as error:
        return Check(check, subject, "temporary", error.message, error.hint or "Try again later.")
    except TieoutError as error:
        return wrong(check, subject, error.message, error.hint or "Correct it and run this again.")


def report(home: Path, checks: Iterable[Check], *, as_json: bool) -> None:
    """Print the checks and leave with their exit code: 0, 1, or 75 if only temporary ones fail."""
    answers = list(checks)
    failed = [answer for answer in answers if answer.state in ("wrong", "temporary")]
    if as_json:
        document = {"home": str(home.resolve()), "ok": not failed}
        print_json({**document, "checks": [asdict(answer) for answer in answers]})
    else:
        columns = ("state", "check", "subject", "found")
        print_table(columns, [[getattr(answer, name) for name in columns] for answer in answers])
        _tell_what_to_do(answers, failed)
    if failed:
        is_temporary = all(answer.state == "temporary" for answer in failed)
        raise typer.Exit(Transient.exit_code if is_temporary else 1)


def _tell_what_to_do(answers: list[Check], failed: list[Check]) -> None:
    notes = [answer for answer in answers if answer.state == "note"]
    if not failed:
        fine = len(answers) - len(notes)
        also = f", {len(notes)} to look at" if notes else ""
        talk(f"All {fine} checks are fine{also}.")
    for answer in [*notes, *failed]:
        talk(f"{answer.check} {answer.subject}: {answer.found}\n  → {answer.todo}")
