"""`tieout parse`: identify, read and validate files, without a workspace.

The result is data, so it goes to stdout: a table for people, or with --json one document per file.
Card fingerprints are keyed with bytes drawn for this command: they compare within its output only.
"""

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tieout.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from parsers import ParsedFile

EPILOG = """Examples: tieout parse clearing_20260302.ipm --json
| tieout parse statement.sta --out statement.parquet
| tieout parse export.csv --layout feeds/psp.toml.
Exit codes: 0 all files accepted, 6 one was refused."""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("parse", epilog=EPILOG)(parse)


def parse(
    files: Annotated[list[Path], typer.Argument(help="Files as received.")],
    file_format: Annotated[
        str | None, typer.Option("--format", help="Name of the format; else the bytes decide.")
    ] = None,
    layout: Annotated[
        Path | None, typer.Option("--layout", help="Feed TOML with [layout] and [options].")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the validated lines as Parquet.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document per file.")] = False,
) -> None:
    """Identify, read and validate files; say what is in them or why they are refused."""
    import polars as pl

    from parsers import parse as parse_file
    from tieout.config.strict import read_toml

    table = read_toml(layout) if layout else {}
    key = secrets.token_bytes(32)
    chosen = file_format or table.get("format")
    described = table.get("layout", table if layout and "columns" in table else None)
    parsed = []
    for path in files:
        one = parse_file(
            _read(path),
            format=chosen,
            feed=str(table.get("name", path.stem)),
            options=table.get("options", {}),
            layout=described,
            pan_key=key,
        )
        parsed.append(one)
        if as_json:
            indent = 2 if len(files) == 1 else None
            typer.echo(json.dumps(one.as_json(path.name), ensure_ascii=False, indent=indent))
        else:
            _show(path.name, one)
    if out is not None:
        pl.concat([one.frame for one in parsed]).write_parquet(out)
    if not all(one.accepted for one in parsed):
        raise typer.Exit(6)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", hint="Give the path of a file."
        ) from error


def _show(name: str, one: "ParsedFile") -> None:
    """Print one file for people: verdict, totals, statements, controls, findings."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from tieout.money import exponents, format_minor

    def money(minor: object, currency: object) -> str:
        if not isinstance(minor, int):
            return "–"
        code = str(currency or "")
        return format_minor(minor, code, thousands=" ", exponent=exponents().get(code, 0))

    console = Console(highlight=False)
    verdict = "[green]accepted[/]" if one.accepted else "[bold red]refused[/]"
    head = f"{one.format or 'unknown format'}, {one.size} bytes, {one.records} records"
    console.print(f"[bold]{escape(name)}[/]  {verdict}  {head}", soft_wrap=True)
    document = one.as_json(name)
    totals, statements = document["totals"], document["statements"]
    if isinstance(totals, list) and totals:
        shown = Table("currency", "lines", "credit", "debit", title="Lines", title_justify="left")
        for row in totals:
            credit = money(row["credit_minor"], row["currency"])
            debit = money(row["debit_minor"], row["currency"])
            shown.add_row(row["currency"], str(row["count"]), credit, debit)
        console.print(shown)
    if isinstance(statements, list) and statements:
        names = (
            "account",
            "reference",
            "currency",
            "opening",
            "net",
            "closing",
            "entries",
            "foots",
        )
        shown = Table(*names, title="Statements", title_justify="left")
        for row in statements:
            texts = [escape(str(row[one] or "–")) for one in ("account", "reference", "currency")]
            amounts = [
                money(row[f"{one}_minor"], row["currency"]) for one in ("opening", "net", "closing")
            ]
            foots = {True: "yes", False: "[red]no[/]", None: "–"}[row["consistent"]]
            shown.add_row(*texts, *amounts, str(row["entries"]), foots)
        console.print(shown)
    _show_findings(console, one)


def _show_findings(console: "Console", one: "ParsedFile") -> None:
    """Print the control totals and what is wrong."""
    from rich.markup import escape

    for total in one.control_totals:
        mark = "[green]agrees[/]" if total.agrees else "[red]differs[/]"
        declared, computed = escape(total.declared or "nothing"), escape(total.computed)
        console.print(f"  {mark}  {escape(total.name)}: declared {declared}, computed {computed}")
    for finding in one.findings:
        colour = "red" if finding.severity == "refusal" else "yellow"
        places = (("line", finding.line), ("byte", finding.byte_offset), ("field", finding.field))
        where = ", ".join(f"{word} {value}" for word, value in places if value is not None)
        text = f"{where}: found {finding.found}; expected {finding.expected}. {finding.hint}"
        console.print(
            f"  [{colour}]{finding.severity}[/] [bold]{finding.code}[/] {escape(text)}",
            soft_wrap=True,
        )
