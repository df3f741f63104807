"""`tieout files`: what came in on a business date, and what was found wrong with each file."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tieout.cli.output import AsJson, Home, parse_date, print_json, print_table, talk
from tieout.errors import UsageError

if TYPE_CHECKING:
    from tieout.reports.files import FileDetail

_HELP = """List the files of a business date, or the findings of those called NAME.

A file that was accepted with warnings is in use; what they say is here.

Examples:
  tieout files --home demo --date 2026-05-04
  tieout files bank_20260504.sta --home demo --json
"""

_COLUMNS = ("received", "feed", "file", "state", "records", "refusals", "warnings")
_FINDING = (
    *("file", "severity", "code", "line", "byte_offset", "field"),
    *("found", "expected", "hint"),
)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("files", help=_HELP)(files)


def files(
    home: Home,
    name: Annotated[str, typer.Argument(help="A file's name as received, or its SHA-256.")] = "",
    day: Annotated[
        str | None,
        typer.Option("--date", help="Received on this date. Default: the newest; of NAME, any."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List files, or say what was found in one."""
    received_on = parse_date(day) if day else None
    found = _found(home, name, received_on)
    if name and not found:
        raise UsageError(
            f"No file is called {name!r}" + (f" on {day}." if day else "."),
            hint="`tieout files --date D` lists the files of a date.",
        )
    documents = [_document(one) for one in found]
    if as_json:
        print_json({"files": documents})
        return
    figures = ("records", "refusals", "warnings")
    rows = [
        [
            *(one[key] for key in ("received_on", "feed", "name", "state", "records")),
            *(_count(one, severity) for severity in ("refusal", "warning")),
        ]
        for one in documents
    ]
    print_table(_COLUMNS, rows, right=figures)
    if name:
        findings = [(one["name"], finding) for one in documents for finding in one["findings"]]
        rows = [[own, *(finding[key] for key in _FINDING[1:])] for own, finding in findings]
        if rows:
            print_table(_FINDING, rows)
        for one in documents:
            if one["findings_count"] > len(one["findings"]):
                talk(f"{one['name']}: the first {len(one['findings'])} of {one['findings_count']}.")


def _found(home: Path, name: str, received_on: date | None) -> "list[FileDetail]":
    from tieout.config import load_workspace
    from tieout.reports.as_of import find_as_of
    from tieout.reports.files import find_file, find_named
    from tieout.store.engine import Database

    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    with database.reading() as connection:
        if not name and received_on is None:
            as_of = find_as_of(connection)
            received_on = as_of.business_date if as_of else None
        named = find_named(connection, name, received_on)
        details = (find_file(connection, sha256, feed=feed) for feed, sha256 in named)
        return [one for one in details if one is not None]


def _document(one: "FileDetail") -> dict[str, Any]:
    file = one.file
    names = ("received_on", "feed", "name", "version", "sha256", "size", "state", "format")
    return {
        **{key: getattr(file, key) for key in names},
        "records": file.records,
        "detail": file.detail,
        "control_totals": list(one.control_totals),
        "findings_count": one.findings_count,
        "findings": [
            {key: getattr(finding, key) for key in _FINDING[1:]} for finding in one.findings
        ],
    }


def _count(document: dict[str, Any], severity: str) -> str:
    """Return how many findings of a severity there are; with a + where more are not listed."""
    count = sum(finding["severity"] == severity for finding in document["findings"])
    more = "+" if document["findings_count"] > len(document["findings"]) else ""
    return f"{count}{more}"
