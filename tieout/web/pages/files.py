"""/files and /files/{sha256}: what arrived, and what each file says about itself."""

import re

from fastapi import FastAPI, HTTPException, Request, Response

from tieout.reports.case_filter import read_day
from tieout.reports.files import (
    FINDINGS_SHOWN_MAX,
    PAGE_ROWS,
    STATES,
    FileFilter,
    find_file,
    list_feeds,
    list_files,
)
from tieout.web.site import Site, query_text

_SHA256 = re.compile(r"[0-9a-f]{64}")


def register(app: FastAPI, site: Site) -> None:
    """Add the pages to the application."""

    @app.get("/files")
    def files(
        request: Request, date: str = "", feed: str = "", state: str = "", after: str = ""
    ) -> Response:
        wanted = FileFilter(read_day(date), feed.strip(), state.strip())
        with site.database.reading() as connection:
            as_of = site.as_of(connection)
            page = list_files(connection, wanted, after=after)
            feeds = list_feeds(connection)
        own = {"date": wanted.received_on, "feed": wanted.feed, "state": wanted.state}
        return site.page(
            request,
            "files.html",
            as_of,
            wanted=wanted,
            page=page,
            feeds=feeds,
            states=STATES,
            page_rows=PAGE_ROWS,
            is_first=not after,
            first_url=f"/files{query_text(**own)}",
            next_url=f"/files{query_text(**own, after=page.next_key)}",
        )

    @app.get("/files/{sha256}")
    def file(request: Request, sha256: str, feed: str = "") -> Response:
        if _SHA256.fullmatch(sha256) is None:
            raise HTTPException(404, "A file is named by the 64 digits of its SHA-256.")
        with site.database.reading() as connection:
            as_of = site.as_of(connection)
            found = find_file(connection, sha256, feed=feed)
        if found is None:
            raise HTTPException(404, f"There is no file {sha256[:16]}….")
        return site.page(
            request, "file.html", as_of, detail=found, file=found.file, shown_max=FINDINGS_SHOWN_MAX
        )
