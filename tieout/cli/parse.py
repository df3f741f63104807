"""`tieout parse`: identify, read and validate files, without a workspace.

The result is data, so it goes to stdout: tables for people, the same rows separated by tabs in a
pipe, or with --json one document per file. Card fingerprints are keyed with bytes drawn for this
command: they compare within its output only.
"""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tieout.cli.output import is_terminal, print_table
from tieout.errors import UsageError

if TYPE_CHECKING:
    from parsers import ParsedFile
    from tieout.config.feeds import ReferenceName, ReferenceRule

EPILOG = """Examples: tieout parse clearing_20260302.ipm --json
| tieout parse statement.sta --out statement.parquet
| tieout parse export.csv --layout feeds/psp.toml.
Exit codes: 0 all files accepted, 6 one was refused."""

_GIVE_A_FEED = "Give the path of a feed, as feeds/bank.toml."
_NEED_A_LAYOUT = ("delimited", "fixed_width")
_FOOTS = {True: "yes", False: "no", None: "–"}


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("parse", epilog=EPILOG)(parse)


def parse(
    files: Annotated[list[Path], typer.Argument(help="Files as received.")],
    file_format: Annotated[
        str | None, typer.Option("--format", help="Name of the format; else the bytes decide.")
    ] = None,
    layout: Annotated[
        Path | None,
        typer.Option(
            "--layout", help="Feed TOML with [layout], [options], [controls], [references]."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the validated lines as Parquet.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document per file.")] = False,
) -> None:
    """Identify, read and validate files; say what is in them or why they are refused."""
    from tieout.cli.lines_out import Lines

    table = _read_feed(layout, file_format) if layout else {}
    references = _references(table, layout)
    key = secrets.token_bytes(32)
    parsed = []
    with Lines(out) as lines:
        for path in files:
            _check_readable(path)
            one = lines.add(
                path,
                references,
                format=file_format or table.get("format"),
                feed=str(table.get("name", (layout or path).stem)),
                options=table.get("options", {}),
                layout=table.get("layout"),
                controls=table.get("controls", {}),
                pan_key=key,
            )
            parsed.append(one)
            if as_json:
                indent = 2 if len(files) == 1 else None
                typer.echo(json.dumps(one.as_json(path.name), ensure_ascii=False, indent=indent))
            else:
                _show(path.name, one)
    if not all(one.accepted for one in parsed):
        raise typer.Exit(6)


def _check_readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", hint="Give the path of a file."
        ) from error


def _read_feed(path: Path, file_format: str | None) -> dict[str, Any]:
    """Return the feed's tables; a file that holds nothing but a layout is one, too."""
    from tieout.config.strict import read_toml

    table = read_toml(path, hint=_GIVE_A_FEED)
    if "layout" not in table and "columns" in table:
        table = _as_feed(table)
    _check_keys(path, table)
    chosen = file_format or table.get("format", "delimited")
    if chosen in _NEED_A_LAYOUT and "layout" not in table:
        raise UsageError(
            f"{path} has no [layout] table.",
            hint=f"It says what each column means (docs/formats/{chosen}.md). " + _GIVE_A_FEED,
        )
    return table


def _check_keys(path: Path, table: Mapping[str, Any]) -> None:
    """Refuse a misspelt table, which would otherwise be left out in silence."""
    from tieout.config.faults import suggest
    from tieout.config.feeds import Feed

    known = list(Feed.model_fields)
    unknown = [name for name in table if name not in known]
    if unknown:
        said = "; ".join(f"unknown key {name!r}: {suggest(name, known)}" for name in unknown)
        raise UsageError(f"{path}: {said}", hint="docs/reference/settings.md lists the keys.")


def _as_feed(table: dict[str, Any]) -> dict[str, Any]:
    """Return a layout that stands alone as the feed that it is of."""
    beside = {name: table.pop(name) for name in ("format", "references") if name in table}
    return (
        {"format": "fixed_width" if "records" in table else "delimited"}
        | beside
        | {"layout": table}
    )


def _references(
    table: Mapping[str, Any], path: Path | None
) -> "Mapping[ReferenceName, ReferenceRule]":
    """Return the feed's [references]: what the nightly run fills, `parse` fills, too."""
    from tieout.config.feeds import References
    from tieout.config.strict import build_model

    found = {"references": table.get("references", {})}
    return build_model(References, found, where=str(path)).references


def _show(name: str, one: "ParsedFile") -> None:
    """Print one file for people: verdict, totals, statements, controls, findings."""
    verdict = "accepted" if one.accepted else "refused"
    records = f"{one.records:,} record{'' if one.records == 1 else 's'}"
    head = f"{one.format or 'unknown format'}, {one.size:,} bytes, {records}"
    _say(f"{name}  {verdict}  {head}", "bold" if one.accepted else "bold red")
    document = one.as_json(name)
    totals, statements = document["totals"], document["statements"]
    if isinstance(totals, list) and totals:
        amounts = ("credit", "debit")
        rows = [[row["currency"], row["count"], *_moneys(row, amounts)] for row in totals]
        columns = ("currency", "lines", *amounts)
        print_table(columns, rows, right=columns[1:])
    if isinstance(statements, list) and statements:
        texts, amounts3 = ("account", "reference", "currency"), ("opening", "net", "closing")
        rows = [
            [
                *(row[text] or "–" for text in texts),
                *_moneys(row, amounts3),
                row["entries"],
                _FOOTS[row["consistent"]],
            ]
            for row in statements
        ]
        print_table((*texts, *amounts3, "entries", "foots"), rows, right=(*amounts3, "entries"))
    _show_controls(one)
    _show_findings(one)


def _show_controls(one: "ParsedFile") -> None:
    rows = [
        [total.name, "agrees" if total.agrees else "differs", total.declared or "–", total.computed]
        for total in one.control_totals
    ]
    if rows:
        columns = ("control total", "verdict", "declared", "computed")
        print_table(columns, rows, right=columns[2:])


def _show_findings(one: "ParsedFile") -> None:
    """Print what is wrong: sentences at a terminal, one row each in a pipe."""
    if not is_terminal():
        names = ("severity", "code", "line", "byte_offset", "field", "found", "expected", "hint")
        rows = [[getattr(finding, name) for name in names] for finding in one.findings]
        if rows:
            print_table(names, rows)
        return
    for finding in one.findings:
        places = (("line", finding.line), ("byte", finding.byte_offset), ("field", finding.field))
        where = ", ".join(f"{word} {value}" for word, value in places if value is not None)
        said = f"found {finding.found}; expected {finding.expected}. {finding.hint}"
        text = f"{finding.severity} {finding.code}{f' at {where}' if where else ''}: {said}"
        _say(text, "red" if finding.severity == "refusal" else "yellow")


def _moneys(row: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    return [_money(row[f"{name}_minor"], row["currency"]) for name in names]


def _money(minor: int | None, currency: str | None) -> str:
    """Return an amount for people; a currency that is not in the list counts whole units."""
    from tieout.money import exponents, format_minor

    if minor is None:
        return "–"
    code = currency or ""
    return format_minor(minor, code, thousands=",", exponent=exponents().get(code, 0))


def _say(text: str, style: str) -> None:
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(text, style=style, markup=False)
