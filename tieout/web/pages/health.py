"""/healthz: whether the server and its database answer."""

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import text

from tieout.errors import TieoutError
from tieout.web.site import Site


def register(app: FastAPI, site: Site) -> None:
    """Add the page to the application."""

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        try:
            with site.database.reading() as connection:
                connection.execute(text("SELECT 1"))
                as_of = site.as_of(connection)
        except TieoutError as error:
            body = {"status": "unavailable", "database": error.message}
            return JSONResponse(body, status_code=503)
        newest = as_of.business_date.isoformat() if as_of else None
        return JSONResponse({"status": "ok", "business_date": newest})
