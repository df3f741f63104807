"""`tieout match explain`: why a line, a match or a break is what it is."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tieout.cli.explained import ONE_OF_MANY, Books
from tieout.cli.output import AsJson, Home, parse_date, print_json, print_table, talk
from tieout.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from tieout.config import Workspace

EXPLAIN_HELP = """Say why: the fields compared, each pass, whom it met and why it went on.

ID is a record, match or break as `tieout outcomes` shows it, a case, or any reference of a line
(of scheme, processor, merchant, batch). Where several lines have the reference, they are listed.

Examples:
  tieout match explain core_clearing:P000123 --home demo
  tieout match explain C-ABCDEFGHIJKL --home demo
  tieout match explain 9f3a1c2b4d5e6f70-0000012 --home demo --date 2026-05-04 --json
"""


def explain(
    named: Annotated[
        str, typer.Argument(metavar="ID", help="Record, match, break, case or reference.")
    ],
    home: Home,
    day: Annotated[
        str | None, typer.Option("--date", help="As of this date. Default: the newest with it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say why a line, a match or a break is what it is."""
    from tieout.config import load_workspace

    workspace = load_workspace(home)
    found = list(_found(workspace, named, parse_date(day) if day else None))
    if not found:
        raise UsageError(
            f"Nothing is called {named!r}" + (f" on {day}." if day else " on any date."),
            hint="`tieout outcomes --date D` lists records, matches and breaks with their "
            "references; `tieout cases` lists cases.",
        )
    if as_json:
        print_json(found)
    elif len(found) > 1 and all(one["note"] == ONE_OF_MANY for one in found):
        _list(found)
    else:
        for one in found:
            _show(one)


def _found(workspace: "Workspace", named: str, day: "date | None") -> "list[dict[str, Any]]":
    """Return what is known of an id, else of a case, else of the lines with a reference."""
    from tieout.frames.storage import FrameStore
    from tieout.store.engine import Database
    from tieout.store.runs import committed_dates

    frames = FrameStore(workspace.frames_path)
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    with database.reading() as connection:
        dates = [day] if day else sorted(committed_dates(connection), reverse=True)
        books = Books(workspace, frames, connection, dates)
        return books.of_id(named) or books.of_case(named) or books.of_reference(named)


def _show(one: dict[str, Any]) -> None:
    what = one["match_id"] or one["break_id"] or "one line"
    talk(f"{one['leg']}, {one['business_date']}: {what}, {one['break_reason'] or one['outcome']}")
    if one["said"]:
        talk(one["said"])
    names = ("field", "left", "right", "result")
    print_table(names, [[row[name] for name in names] for row in one["compared"]])
    if one["note"]:
        talk(one["note"])
        return
    marks = {True: "took it", False: ""}
    rows = [[row["code"], row["type"], marks[row["took"]], row["why"]] for row in one["passes"]]
    print_table(("pass", "type", "", "why"), rows)


def _list(found: list[dict[str, Any]]) -> None:
    """Print the lines that share a reference, one row each."""
    from tieout.money import format_minor

    columns = ("date", "leg", "side", "record", "kind", "amount", "currency", "outcome", "reason")
    rows = []
    for one in found:
        (line,) = one["lines"]
        amount = format_minor(line["amount_minor"], line["currency"], thousands=",")
        texts = (one["business_date"], one["leg"], line["side"], line["record_id"], line["kind"])
        rows.append((*texts, amount, line["currency"], one["outcome"], one["break_reason"]))
    print_table(columns, rows, right=("amount",))
    talk(f"{len(found):,} lines have this reference; explain one by its record.")
