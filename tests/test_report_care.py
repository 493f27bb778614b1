"""The page for everybody: screen readers, keyboards, phones, dark rooms, paper; and what it looked like.

``CLAUSEWATCH_SCREENSHOTS`` names a folder in which the pictures are kept; without it they go with the test.
"""

import os
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

import reports
from tests.report_sample import sample

#: From a wide desk to a small phone.
WIDTHS = (1440, 1280, 720, 360)
PICTURED = (1280, 360)
#: The rules of WCAG 2.2 AA, and what axe-core advises beside them.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("care")
    reports.write(sample(), path, "en", ("report.html",))
    return path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = os.environ.get("CLAUSEWATCH_SCREENSHOTS")
    path = Path(kept) if kept else tmp_path_factory.mktemp("pictures")
    path.mkdir(parents=True, exist_ok=True)
    return path


def _problems(page: Page, colours: bool = True) -> list[str]:
    rules = {"color-contrast": {"enabled": colours}}
    options = {"runOnly": RULES, "resultTypes": ["violations"], "rules": rules}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:120]}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_any_width_in_light_and_dark(
    browser: Browser, folder: Path, pictures: Path, scheme: Any
) -> None:
    with browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    ) as context:
        opened = context.new_page()
        opened.goto((folder / "report.html").as_uri())
        opened.locator("input[name=q]").fill("T-20261009")
        expect(opened.locator("#shown")).not_to_contain_text("338 of")
        opened.locator("#list tbody tr.f button").first.click()
        for width in WIDTHS:
            opened.set_viewport_size({"width": width, "height": 900})
            # No width changes a colour, and looking at every colour takes long.
            assert _problems(opened, colours=width == WIDTHS[0]) == [], width
            assert opened.evaluate("document.documentElement.scrollWidth") <= width
            if width in PICTURED:
                opened.screenshot(path=pictures / f"{scheme}-{width}.png", full_page=True)
    assert len(list(pictures.glob(f"{scheme}-*.png"))) == len(PICTURED)


@pytest.mark.parametrize(
    ("way", "scheme", "width"),
    [({"signed": False, "preview": True, "without": "qa"}, "dark", 360), ({"running": True}, "light", 720)],
    ids=["preview", "running"],
)
def test_axe_finds_nothing_in_a_preview_and_in_a_running_month(
    browser: Browser, tmp_path: Path, way: dict[str, Any], scheme: Any, width: int
) -> None:
    reports.write(sample(**way), tmp_path, "zh", ("report.html",))
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        opened = context.new_page()
        opened.goto((tmp_path / "report.html").as_uri())
        opened.locator("input[name=q]").fill("T-20261009")
        expect(opened.locator("#list tbody tr.f")).not_to_have_count(100)
        assert _problems(opened) == []


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as context:
        opened = context.new_page()
        opened.goto((folder / "report.html").as_uri())
        yield opened


def test_every_picture_has_a_label_and_its_figures_as_text(page: Page) -> None:
    pictures = page.locator("[role=img]")
    labels = pictures.evaluate_all("all => all.map(one => one.getAttribute('aria-label') || '')")
    assert len(labels) > 50
    assert [label for label in labels if not re.search(r"\d", label)] == []
    drawn = "all => all.map(one => one.closest('section')).filter(home => !home.querySelector('table')).map(home => home.id)"
    assert page.locator("svg[role=img]").evaluate_all(drawn) == []
    silent = "all => all.filter(one => !one.querySelector('svg') || !one.textContent.trim()).length"
    assert page.locator(".word").evaluate_all(silent) == 0


def _tab_to(page: Page, wanted: str, key: str = "Tab") -> None:
    """Press Tab until it is there; whatever has the focus on the way can be seen."""
    for _ in range(400):
        page.keyboard.press(key)
        seen = page.evaluate(
            """wanted => {
              const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
              const shown = box.bottom > 0 && box.top < innerHeight && box.width > 0;
              return [one.matches(wanted), shown && parseFloat(style.outlineWidth) >= 3, one.outerHTML.slice(0, 90)];
            }""",
            wanted,
        )
        assert seen[1], f"the focus cannot be seen: {seen[2]}"
        if seen[0]:
            return
    raise AssertionError(f"no Tab reaches {wanted}")


def test_a_finding_is_found_sorted_read_and_left_by_keyboard_alone(page: Page) -> None:
    _tab_to(page, "input[name=q]")
    page.keyboard.type("T-20261009")
    expect(page.locator("#shown")).not_to_contain_text("338 of")
    _tab_to(page, "select[name=clause]")
    page.keyboard.type("Technical support request resolved")
    expect(page.locator("#shown")).to_contain_text(re.compile("^[1-9] of 338"))
    _tab_to(page, "button[data-sort=due]")
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
    _tab_to(page, "#list tbody tr.f button")
    page.keyboard.press("Enter")
    expect(page.locator("tr.detail table.ledger, tr.detail .facts").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("tr.detail")).to_have_count(0)
    _tab_to(page, "a[hreflang]", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_on_a4_the_front_is_page_one_and_what_is_folded_is_open(page: Page, pictures: Path) -> None:
    raw = page.pdf(format="A4", prefer_css_page_size=True)
    (pictures / "print.pdf").write_bytes(raw)
    sheets = PdfReader(BytesIO(raw)).pages
    assert [round(float(side) * 25.4 / 72) for side in sheets[0].mediabox[2:]] == [210, 297]
    texts = [" ".join(sheet.extract_text().split()) for sheet in sheets]
    assert "four audits 1 is met" in texts[0]
    assert "Approved" in texts[0]
    assert "Readings and bridge" in texts[1]
    assert [n for n, text in enumerate(texts, 1) if f"{n} / {len(texts)}" not in text] == []
    page.emulate_media(media="print")
    folded = "all => all.filter(one => !one.checkVisibility()).length"
    assert page.locator("tr.folded:not(.brief) th, details > :not(summary)").evaluate_all(folded) == 0
    # What needs no figures is one line of ids there instead.
    named = "all => all.filter(one => one.checkVisibility()).map(one => one.textContent)"
    listed = page.locator(".clauses .print-only .code").evaluate_all(named)
    assert listed == page.locator("tr.brief .code").all_text_contents() != []
