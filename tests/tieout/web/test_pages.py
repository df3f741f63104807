"""The pages as HTML: what they say, what they link to, and what they never let through."""

import re
import subprocess
import sys

import pytest
from fastapi.testclient import TestClient

from tests.support.builders import CURRENCIES, DATES, HOSTILE, PAN
from tests.tieout.web.conftest import Month
from tieout.frames.reasons import BreakReason

LAST, REFUSED, QUIET, MILD = (day.isoformat() for day in reversed(DATES[-4:]))
_FIRST_DUPLICATE = list(BreakReason).index(BreakReason.DUP_SCHEME)
_LINK = re.compile(r'href="(/[^"#]*)')


def text_of(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def row_of(page: str, day: str) -> str:
    start = page.index(f'<time datetime="{day}"', page.index("<tbody>"))
    return page[start : page.index("</tr>", start)]


class TestOverview:
    """The start of the day."""

    @pytest.mark.parametrize(
        ("day", "words"),
        [
            (LAST, "1 file missing"),
            (REFUSED, "1 file refused"),
            (QUIET, "all matched or carried"),
            (MILD, "cases open"),
        ],
    )
    def test_says_in_words_how_a_date_stands(
        self, client: TestClient, day: str, words: str
    ) -> None:
        assert words in row_of(text_of(client, "/"), day)

    def test_shows_fourteen_dates_and_leads_to_the_others(self, client: TestClient) -> None:
        first = text_of(client, "/")

        older = re.search(r'href="(\?before=[^"]+)"', first)

        assert first.count('class="light') == 14
        assert older is not None
        assert text_of(client, f"/{older[1]}").count('class="light') == len(DATES) - 14

    def test_counts_of_a_feed_lead_to_exactly_those_cases(self, client: TestClient) -> None:
        page = text_of(client, f"/?date={REFUSED}")
        reasons = re.findall(r'<li><a href="(/cases[^"]+)">[^<]+</a> (\d+)</li>', page)

        assert reasons
        for link, count in reasons:
            found = text_of(client, link.replace("&amp;", "&"))
            assert found.count('class="c-case"') == int(count)

    def test_an_empty_workspace_is_told_what_to_do_next(self, empty_client: TestClient) -> None:
        page = text_of(empty_client, "/")

        assert "tieout run --date" in page
        assert "tieout demo" in page

    def test_a_date_nobody_ran_names_the_command(self, client: TestClient) -> None:
        assert "tieout run --date 2020-01-01" in text_of(client, "/?date=2020-01-01")


class TestCaseList:
    """The queue."""

    def test_pages_show_every_case_once(self, client: TestClient, month: Month) -> None:
        seen: list[str] = []
        path: str | None = "/cases?state=all"
        while path:
            page = text_of(client, path)
            seen += re.findall(r'href="/cases/(C-[A-Z2-7]+)"', page)
            after = re.search(r'href="([^"]+)" rel="next"', page)
            path = after[1].replace("&amp;", "&") if after else None

        assert len(seen) == 200
        assert sorted(seen) == sorted(month.cases)

    def test_open_cases_come_first_and_files_before_money(self, client: TestClient) -> None:
        page = text_of(client, "/cases?state=all")

        assert page.index("File missing", page.index("<tbody")) < page.index("EUR</td>")

    def test_amounts_have_the_decimals_of_their_currency(self, client: TestClient) -> None:
        shapes = {"EUR": r"[\d,]+\.\d\d", "USD": r"−?[\d,]+\.\d\d", "JPY": r"[\d,]+"}
        shapes["KWD"] = r"−?[\d,]+\.\d{3}"

        for currency in CURRENCIES:
            page = text_of(client, f"/cases?currency={currency}")
            amounts = re.findall(r'c-risk num">([^<]+)<', page)
            assert amounts
            assert all(re.fullmatch(shapes[currency], amount) for amount in amounts)

    def test_a_reference_is_found_whole(self, client: TestClient, month: Month) -> None:
        page = text_of(client, f"/cases/{month.cases[1]}")
        arn = re.search(r"75400\d{18}", page)
        assert arn is not None

        assert month.cases[1] in text_of(client, f"/cases?state=all&q={arn[0]}")
        assert month.cases[1] not in text_of(client, f"/cases?state=all&q={arn[0][:-1]}")
        assert "No case has the reference" in text_of(client, "/cases?state=all&q=left%25")

    def test_an_empty_list_names_the_next_step(self, client: TestClient) -> None:
        page = text_of(client, f"/cases?date={QUIET}")

        assert "Include closed cases" in page

    @pytest.mark.parametrize(
        "query", ["date=yesterday", "state=lost", "after=x", "reason=mis_bank"]
    )
    def test_a_filter_that_cannot_be_read_is_refused(self, client: TestClient, query: str) -> None:
        answer = client.get(f"/cases?{query}")

        assert answer.status_code == 400
        assert query.split("=")[1] in answer.text


class TestCase:
    """One case with its evidence."""

    def test_marks_what_differs_in_words(self, client: TestClient, month: Month) -> None:
        page = text_of(client, f"/cases/{month.cases[21]}")

        assert "differs by −0.42 USD" in page
        assert "differs by 1 day" in page

    def test_says_which_of_several_lines_is_compared(
        self, client: TestClient, month: Month
    ) -> None:
        several = month.cases[_FIRST_DUPLICATE]

        assert "clearing, first of 2 lines</th>" in text_of(client, f"/cases/{several}")
        assert "first of" not in text_of(client, f"/cases/{month.cases[21]}")

    def test_shows_the_bytes_it_came_from(self, client: TestClient, month: Month) -> None:
        page = text_of(client, f"/cases/{month.cases[21]}")

        assert re.search(r"2026-05-\d\d,75400\d{18},1007\.50,EUR", page)
        assert "MERCHAN" in page
        assert "EBCDIC" in page

    def test_no_card_number_is_shown_anywhere(self, client: TestClient, month: Month) -> None:
        hexadecimal = " ".join(["f1"] * 7)

        for case_id in month.cases:
            page = text_of(client, f"/cases/{case_id}")
            assert PAN not in page
            assert hexadecimal not in page

    def test_text_from_files_stays_text(self, client: TestClient, month: Month) -> None:
        page = text_of(client, f"/cases/{month.cases[21]}")

        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert "\\u202e" in page
        assert HOSTILE[-5] not in page

    def test_a_closed_case_names_the_line_that_closed_it(
        self, client: TestClient, month: Month
    ) -> None:
        page = text_of(client, f"/cases/{month.cases[20]}")

        assert "Closed by" in page
        assert "clearing_202605" in page[page.index("Closed by") : page.index("Both sides")]

    def test_says_so_when_the_bytes_are_gone(self, client: TestClient, month: Month) -> None:
        page = text_of(client, f"/cases/{month.cases[21]}")
        sha256 = re.findall(r"/files/([0-9a-f]{64})", page)[0]
        path = month.workspace.landing_path / sha256[:2] / sha256
        moved = path.rename(path.with_suffix(".away"))

        answer = text_of(client, f"/cases/{month.cases[21]}")
        moved.rename(path)

        assert "The bytes cannot be shown" in answer

    def test_an_unknown_case_is_a_page_with_a_search(self, client: TestClient) -> None:
        answer = client.get("/cases/C-NOBODY")

        assert answer.status_code == 404
        assert "There is no case C-NOBODY" in answer.text
        assert 'role="search"' in answer.text


class TestFiles:
    """What arrived."""

    def test_a_refused_file_says_why(self, client: TestClient) -> None:
        listed = text_of(client, "/files?state=refused")
        link = re.search(r'href="(/files/[0-9a-f]{64}[^"]*)"', listed)
        assert link is not None

        page = text_of(client, link[1])

        assert "declared 14, found 13" in page
        assert "≠" in page

    def test_no_file_yet_names_the_next_step(self, empty_client: TestClient) -> None:
        assert "tieout doctor" in text_of(empty_client, "/files")


class TestEveryPage:
    """What holds whatever the page."""

    def test_no_link_is_dead(self, client: TestClient, month: Month) -> None:
        seen: set[str] = set()
        waiting = ["/", "/files", f"/cases/{month.cases[3]}", f"/cases/{month.cases[-1]}"]
        while waiting and len(seen) < 150:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            found = _LINK.findall(text_of(client, path)) if "/static" not in path else []
            waiting += [link.replace("&amp;", "&") for link in found]

        assert len(seen) == 150

    @pytest.mark.parametrize("path", ["/", "/cases", "/files", "/healthz", "/nowhere"])
    def test_headers_let_nothing_in_from_elsewhere(self, client: TestClient, path: str) -> None:
        answer = client.get(path)

        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert " style=" not in answer.text
        assert "<script" not in answer.text

    def test_another_name_of_this_machine_is_refused(self, client: TestClient) -> None:
        assert client.get("/", headers={"host": "evil.example"}).status_code == 400

    def test_says_how_fresh_the_data_is(self, client: TestClient) -> None:
        assert "data as of" in text_of(client, "/cases")
        assert client.get("/healthz").json() == {"status": "ok", "business_date": LAST}

    def test_the_tables_name_their_columns(self, client: TestClient, month: Month) -> None:
        for path in ("/", "/cases", "/files", f"/cases/{month.cases[21]}"):
            page = text_of(client, path)
            assert page.count("<table") == page.count("<thead")
            assert "<th>" not in page
            assert 'href="#content"' in page

    def test_the_server_starts_without_the_batch_stack(self) -> None:
        program = (
            "import sys, tieout.web.app; "
            "sys.exit(any(name in sys.modules for name in ('polars', 'pandera', 'dagster')))"
        )

        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
