"""/: the business dates with their lights, and one of them feed by feed."""

from fastapi import FastAPI, Request, Response

from tieout.reports.case_filter import read_day
from tieout.reports.overview import load_date, load_overview, total_open
from tieout.web.site import Site


def register(app: FastAPI, site: Site) -> None:
    """Add the page to the application."""

    @app.get("/")
    def overview(request: Request, date: str = "", before: str = "") -> Response:
        chosen, earlier = read_day(date), read_day(before)
        with site.database.reading() as connection:
            as_of = site.as_of(connection)
            found = load_overview(connection, before=earlier)
            if chosen is None and found.dates:
                chosen = found.dates[0].business_date
            feeds = load_date(connection, chosen) if chosen else ()
            totals = total_open(connection)
        currencies = sorted(
            {name for feed in feeds for leg in feed.legs for name in leg.cases.at_risk}
        )
        return site.page(
            request,
            "overview.html",
            as_of,
            overview=found,
            before=earlier,
            chosen=chosen,
            feeds=feeds,
            feed_currencies=currencies,
            totals=totals,
        )
