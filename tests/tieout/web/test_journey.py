"""In a real browser: from the overview to the bytes of a case, by keyboard and without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.builders import DATES, PAN

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield found
        found.close()


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    found = browser.new_context(base_url=address, java_script_enabled=False)
    yield found
    found.close()


class TestFromTheOverviewToTheBytes:
    """What a person in finance does first in the morning, with scripts switched off."""

    def test_a_red_date_leads_to_the_bytes_behind_a_break(self, context: BrowserContext) -> None:
        page = context.new_page()
        page.goto("/")
        day = DATES[-5]

        # The overview: a red date, and the number of its open cases.
        row = page.get_by_role("row").filter(has_text=f"{day.day} May 2026").first
        expect(row).to_contain_text("Red")
        row.get_by_role("link").nth(3).click()

        # The list, narrowed to that date; then to what is missing.
        expect(page.get_by_role("heading", level=1)).to_have_text("Cases")
        expect(page.get_by_label("Opened on")).to_have_value(day.isoformat())
        page.get_by_label("State").select_option("all")
        page.get_by_role("button", name="Apply").click()
        page.get_by_role("row").nth(1).get_by_role("link").click()

        # The case: its sides, its bytes, its history.
        expect(page.get_by_role("heading", name="Both sides")).to_be_visible()
        expect(page.get_by_role("region", name="Bytes as received").first).to_be_visible()
        expect(page.get_by_role("heading", name="History")).to_be_visible()
        assert PAN not in page.content()

        # The file it came from.
        page.locator(".source a").first.click()
        expect(page.get_by_role("heading", name="Control totals")).to_be_visible()

    def test_the_first_key_press_skips_to_the_content(self, context: BrowserContext) -> None:
        page = context.new_page()
        page.goto("/cases")

        page.keyboard.press("Tab")

        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()

    def test_a_reference_typed_anywhere_finds_its_case(self, context: BrowserContext) -> None:
        page = context.new_page()
        page.goto("/files")

        page.get_by_label("Find a case or a reference").fill("nothing-like-it")
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=2)).to_contain_text("nothing-like-it")


class TestEveryScreen:
    """Both widths, both themes: nothing sticks out, nothing is refused, everything can be read."""

    @pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "narrow"])
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_pages_fit_and_have_enough_contrast(
        self, browser: Browser, address: str, month: object, width: dict[str, int], theme: str
    ) -> None:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width["width"], "height": width["height"]},
            color_scheme="dark" if theme == "dark" else "light",
        )
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto("/cases")
        case = page.get_by_role("row").nth(2).get_by_role("link").get_attribute("href")

        for path in ("/", "/cases", case or "", "/files", "/cases?q=none"):
            page.goto(path)
            assert _overflow(page) <= 0, f"{path} is wider than the screen"
            assert _poor_contrast(page) == [], path

        context.close()
        assert complaints == []


def _overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


_CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = text => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const part = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const ground = node => { for (; node; node = node.parentElement) {
    const c = rgb(getComputedStyle(node).backgroundColor); if (c[3] === 255) return c; }
    return [255, 255, 255, 255]; };
  const poor = new Set();
  for (const node of document.body.querySelectorAll('*')) {
    if (![...node.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const pair = [rgb(getComputedStyle(node).color), ground(node)].map(light).sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) poor.add(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`);
  }
  return [...poor];
}"""
"""Text below 4.5:1 against the ground it stands on (WCAG 2.2, 1.4.3)."""


def _poor_contrast(page: Page) -> list[str]:
    return list(page.evaluate(_CONTRAST))
