"""/cases and /cases/{case_id}: the queue, and one case with its evidence."""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request, Response

from tieout.reports.case_detail import count_same_cause, find_case
from tieout.reports.case_filter import STATES, CaseFilter, read_filter
from tieout.reports.case_list import PAGE_ROWS, CaseKey, list_cases, list_choices, total_cases
from tieout.web.evidence import read_evidence
from tieout.web.site import Site, link_to_cases, query_text


def register(app: FastAPI, site: Site) -> None:
    """Add the pages to the application."""

    @app.get("/cases")
    def cases(
        request: Request,
        date: str = "",
        state: str = "open",
        reason: str = "",
        leg: str = "",
        feed: str = "",
        currency: str = "",
        q: Annotated[str, Query(max_length=200)] = "",
        after: str = "",
    ) -> Response:
        wanted = read_filter(
            date_text=date,
            state=state,
            reason=reason,
            leg=leg,
            feed=feed,
            currency=currency,
            query=q,
        )
        return _show_list(site, request, wanted, CaseKey.parse(after) if after else None)

    @app.get("/cases/{case_id}")
    def case(request: Request, case_id: str) -> Response:
        return _show_case(site, request, case_id)


def _show_list(site: Site, request: Request, wanted: CaseFilter, key: CaseKey | None) -> Response:
    with site.database.reading() as connection:
        as_of = site.as_of(connection)
        page = list_cases(
            connection,
            wanted,
            calendar=site.calendar,
            as_of=as_of.business_date if as_of else None,
            after=key,
        )
        totals = total_cases(connection, wanted)
        choices = list_choices(connection)
    own = _query_of(wanted)
    return site.page(
        request,
        "cases.html",
        as_of,
        wanted=wanted,
        page=page,
        totals=totals,
        choices=choices,
        states=STATES,
        page_rows=PAGE_ROWS,
        is_first=key is None,
        first_url=f"/cases{query_text(**own)}",
        next_url=f"/cases{query_text(**own, after=page.next_key)}",
    )


def _show_case(site: Site, request: Request, case_id: str) -> Response:
    with site.database.reading() as connection:
        as_of = site.as_of(connection)
        newest = as_of.business_date if as_of else None
        found = find_case(connection, case_id, calendar=site.calendar, as_of=newest)
        if found is None:
            raise HTTPException(404, f"There is no case {case_id[:64]}.")
        alike = count_same_cause(connection, found.row)
    row = found.row
    return site.page(
        request,
        "case.html",
        as_of,
        case=found,
        row=row,
        evidence=read_evidence(site.workspace.landing_path, row.lines),
        closing=read_evidence(site.workspace.landing_path, [row.closed_by or {}]),
        alike=alike,
        alike_url=link_to_cases(reason=row.reason.code, leg=row.leg, feed=row.feed),
    )


def _query_of(wanted: CaseFilter) -> dict[str, object]:
    return {
        "date": wanted.opened_on,
        "state": "" if wanted.state == "open" else wanted.state,
        "reason": wanted.reason,
        "leg": wanted.leg,
        "feed": wanted.feed,
        "currency": wanted.currency,
        "q": wanted.query,
    }
