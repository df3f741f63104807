"""What every page needs: the workspace, the database, the templates and the line "data as of"."""

import hashlib
from datetime import date
from functools import cached_property
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Connection

from tieout.calendars import Calendar
from tieout.config import Workspace
from tieout.reports.as_of import AsOf, find_as_of
from tieout.reports.masking import mask_cards_in_text
from tieout.reports.reasons import describe_reason
from tieout.reports.wording import (
    format_amount,
    format_count,
    format_day,
    format_instant,
    show_text,
)
from tieout.store.engine import Database

_TITLES = {
    400: "The request cannot be read",
    404: "Not found",
    405: "Not possible here",
    503: "Not available right now",
}


class Site:
    """The pages of one workspace."""

    def __init__(self, workspace: Workspace, database: Database) -> None:
        self.workspace = workspace
        self.database = database
        self._templates = _build_templates(workspace.settings.workspace.name)

    @cached_property
    def calendar(self) -> Calendar:
        """Business days of the workspace, in which cases age."""
        return self.workspace.get_calendar(self.workspace.settings.workspace.calendar)

    def as_of(self, connection: Connection) -> AsOf | None:
        """Return how fresh the data is."""
        return find_as_of(connection)

    def page(
        self, request: Request, template: str, as_of: AsOf | None, **values: Any
    ) -> HTMLResponse:
        """Render one page; a value that a template misses is an error, never an empty string."""
        text = self._templates.get_template(template).render(
            path=request.url.path, as_of=as_of, **values
        )
        return HTMLResponse(text)

    def problem(self, request: Request, status: int, message: str, hint: str = "") -> HTMLResponse:
        """Render an error: what happened and what to do. It needs no database."""
        text = self._templates.get_template("problem.html").render(
            path=request.url.path,
            as_of=None,
            title=_TITLES.get(status, "Something went wrong"),
            message=message,
            hint=hint,
        )
        return HTMLResponse(text, status_code=status)


def query_text(**values: object) -> str:
    """Return a query string of the values that are set, in the order given: "?date=2026-11-19"."""
    filled = {name: _plain(value) for name, value in values.items() if value not in (None, "")}
    return f"?{urlencode(filled)}" if filled else ""


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def link_to_cases(**values: object) -> str:
    """Return the address of the case list under a filter."""
    return f"/cases{query_text(**values)}"


def _build_templates(name: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("tieout.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        amount=format_amount,
        cards=mask_cards_in_text,
        count=format_count,
        day=format_day,
        instant=format_instant,
        shown=show_text,
    )
    environment.globals.update(
        workspace_name=name,
        style_version=_style_version(),
        link_to_cases=link_to_cases,
        query_text=query_text,
        describe_reason=describe_reason,
    )
    return environment


def _style_version() -> str:
    """Return a text that changes with the style sheet, so that browsers may keep it for a year."""
    style = resources.files("tieout.web").joinpath("static", "tieout.css").read_bytes()
    return hashlib.sha256(style).hexdigest()[:8]
