"""`tieout config`: what is set and where it comes from, whether it is right, and its schemas.

`doctor` asks the world (servers, folders, disk); `config check` reads files only.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tieout.cli.output import AsJson, Home, print_json, print_table, talk
from tieout.config import Feed, Settings, load_origins, load_settings


def schema_documents() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each kind of configuration file, by the name editors use for it."""
    from matchers.plan import MatchPlan
    from parsers.codes import CODES
    from parsers.delimited.layout import Layout as DelimitedLayout
    from parsers.fixed_width.layout import Layout as FixedWidthLayout

    models: dict[str, type[BaseModel]] = {
        "tieout": Settings,
        "feed": Feed,
        "reconciliation": MatchPlan,
        "delimited_layout": DelimitedLayout,
        "fixed_width_layout": FixedWidthLayout,
    }
    documents = {name: model.model_json_schema() for name, model in models.items()}
    # The name of a feed is that of its file, and need not stand in it.
    feed = documents["feed"]
    feed["required"].remove("name")
    layouts: dict[str, type[BaseModel]] = {
        "delimited": DelimitedLayout,
        "fixed_width": FixedWidthLayout,
    }
    feed["allOf"] = _layouts_by_format(layouts, feed["$defs"])
    feed["properties"]["controls"]["propertyNames"] = {"enum": list(CODES)}
    return documents


def _layouts_by_format(
    layouts: dict[str, type[BaseModel]], definitions: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return what `layout` must be for each format; add what that names to the definitions."""
    named, found = models_json_schema([(one, "validation") for one in layouts.values()])
    definitions.update(found["$defs"])
    return [
        {
            "if": {"properties": {"format": {"const": name}}},
            "then": {"properties": {"layout": named[(model, "validation")]}},
        }
        for name, model in layouts.items()
    ]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    config = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Show, check and describe the configuration of a workspace.",
    )
    config.command("show")(show)
    config.command("check")(check)
    config.command("schema")(schema)
    app.add_typer(config, name="config")


def show(
    home: Home,
    origin: Annotated[bool, typer.Option("--origin", help="Say where each came from.")] = False,
    as_json: AsJson = False,
) -> None:
    r"""Print every setting; secrets appear as references only.

    \b
    Examples:
      tieout config show --origin
      TIEOUT__WEB__PORT=9000 tieout config show --origin --json
    """
    sections = load_settings(home).model_dump(mode="json")
    origins = load_origins(home)
    rows = [
        {"setting": name, "value": _shown(name, sections[section][key]), "origin": where}
        for name, where in origins.items()
        for section, _, key in [name.partition(".")]
    ]
    columns = ["setting", "value", "origin"] if origin else ["setting", "value"]
    if as_json:
        print_json({"settings": [{name: row[name] for name in columns} for row in rows]})
    else:
        print_table(columns, [[row[name] for name in columns] for row in rows])


def _shown(name: str, value: object) -> object:
    """Return the value without the password that somebody may have written into it."""
    if name == "database.url":
        from sqlalchemy import make_url

        return make_url(str(value)).render_as_string(hide_password=True)
    if name in ("database.password", "pan.key") and value is not None:
        is_reference = str(value).startswith(("env:", "file:"))
        return value if is_reference else "(hidden: a secret must be a reference)"
    return value


def check(home: Home, as_json: AsJson = False) -> None:
    r"""Read every configuration file; say what is wrong in each, and exit 1 if anything is.

    \b
    Examples:
      tieout config check
      tieout config check --home books --json
    """
    from tieout.cli.diagnosis import report
    from tieout.cli.diagnosis.files import check_files

    findings, _ = check_files(home.resolve())
    report(home, findings, as_json=as_json)


def schema(
    out: Annotated[
        Path | None, typer.Option("--out", help="Write one file per kind into this folder.")
    ] = None,
) -> None:
    r"""Print the JSON Schemas of tieout.toml, feeds, layouts and reconciliations as one document.

    \b
    Examples:
      tieout config schema | jq .feed
      tieout config schema --out schemas
    """
    documents = schema_documents()
    if out is None:
        print_json(documents)
        return
    out.mkdir(parents=True, exist_ok=True)
    for kind, document in documents.items():
        path = out / f"{kind}.json"
        path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
        talk(f"wrote {path}")
