"""The web application: pages, the security headers of every answer, and errors as pages."""

from importlib import resources

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from tieout.config import Workspace
from tieout.errors import TieoutError, Transient, UsageError
from tieout.store.engine import Database
from tieout.web.pages import cases, files, health, overview
from tieout.web.security import LOOPBACK, SecurityHeaders
from tieout.web.site import Site


def create_app(workspace: Workspace, database: Database) -> FastAPI:
    """Build the application of one workspace.

    The framework's own documentation pages are off: they load scripts from elsewhere.
    """
    site = Site(workspace, database)
    app = FastAPI(title="tieout", docs_url=None, redoc_url=None, openapi_url=None)
    for page in (overview, cases, files, health):
        page.register(app, site)
    folder = str(resources.files("tieout.web").joinpath("static"))
    app.mount("/static", StaticFiles(directory=folder), name="static")
    _register_problems(app, site)
    app.add_middleware(SecurityHeaders)
    if workspace.settings.web.host in LOOPBACK:
        # A page of somebody else must not reach this server under a name of its own.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK])
    return app


def _register_problems(app: FastAPI, site: Site) -> None:
    def not_found(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        detail = str(error.detail) if isinstance(error, HTTPException) else ""
        if status != 404:
            return site.problem(request, status, detail or "The request cannot be answered.")
        message = detail if detail not in ("", "Not Found") else f"There is no {request.url.path}."
        hint = "Search for a case or a reference below, or start from the overview."
        return site.problem(request, 404, message, hint)

    def refused(request: Request, error: Exception) -> Response:
        if not isinstance(error, TieoutError):
            raise error
        hint = error.hint or "Start again from the overview."
        return site.problem(request, _status_of(error), error.message, hint)

    app.add_exception_handler(HTTPException, not_found)
    app.add_exception_handler(TieoutError, refused)


def _status_of(error: TieoutError) -> int:
    if isinstance(error, UsageError):
        return 400
    if isinstance(error, Transient):
        return 503
    return 500
