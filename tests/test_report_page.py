"""The page in a real browser: filter, sort, drill-down, keyboard, narrow screens, dark, print, no script."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

import reports
from reports.result_set import ResultSet
from tests.report_sample import sample

#: Tables of the front that reach into what stands beside them, and cells with a character a line.
_OVERLAPPING: Final = """() => [
  ...[...document.querySelectorAll('#front table')].filter(t => t.offsetWidth > t.parentElement.clientWidth),
  ...[...document.querySelectorAll('#front td')].filter(c => c.offsetWidth < 40 && c.offsetHeight > 110),
].map(one => one.textContent.slice(0, 60))"""


@pytest.fixture(scope="module")
def month() -> ResultSet:
    return sample()


@pytest.fixture(scope="module")
def folder(month: ResultSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page")
    reports.write(month, path, "en", ("report.html",))
    return path


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as context:
        opened = context.new_page()
        problems: list[str] = []
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.on("console", lambda message: problems.append(message.text))
        opened.on(
            "request", lambda request: problems.append(request.url) if "file://" not in request.url else None
        )
        opened.goto((folder / "report.html").as_uri())
        yield opened
        assert problems == []


def _rows(page: Page) -> int:
    return page.locator("#list tbody tr.f").count()


def _texts(page: Page, cell: str) -> list[str]:
    return page.locator(f"#list tbody tr.f td.{cell}").all_inner_texts()


def test_a_clause_filter_shows_its_findings_and_no_others(page: Page, month: ResultSet) -> None:
    expect(page.locator("#shown")).to_have_text("338 of 338 shown")
    page.locator("select[name=clause]").select_option("ECS-1.3-RESOLVE-TECH")
    expect(page.locator("#shown")).to_have_text("57 of 338 shown")
    assert _rows(page) == 57
    assert set(_texts(page, "f-clause")) == {"Breached Technical support request resolved within 4 h"}


def test_team_mark_state_and_search_narrow_together(page: Page, month: ResultSet) -> None:
    found = month.findings
    page.locator("select[name=team]").select_option("夜班组")
    page.locator("select[name=state]").select_option("cleared")
    wanted = found[(found["team_id"] == "t5") & (found["state"] == "cleared")]
    expect(page.locator("#shown")).to_have_text(f"{len(wanted)} of 338 shown")
    page.locator("input[name=q]").fill("t-20261009-0417")
    expect(page.locator("#shown")).to_have_text("1 of 338 shown")
    page.locator("select[name=mark]").select_option("disputed")
    expect(page.locator("#no-match")).to_be_visible()
    expect(page.locator("#shown")).to_have_text("0 of 338 shown")


def test_no_team_is_a_choice_of_its_own(page: Page, month: ResultSet) -> None:
    page.locator("select[name=team]").select_option("")
    expect(page.locator("#shown")).to_have_text(f"{(month.findings['team_id'] == '').sum()} of 338 shown")


def test_sorting_by_due_goes_by_the_instant_both_ways(page: Page, month: ResultSet) -> None:
    due = page.locator("#list thead button", has_text="Due")
    due.click()
    expect(due.locator("..")).to_have_attribute("aria-sort", "descending")
    page.locator("select[name=clause]").select_option("ECS-1.3-RESPONSE-CONSULT")
    expect(page.locator("#shown")).to_have_text("62 of 338 shown")
    stamps = _texts(page, "f-due")
    assert stamps == sorted(stamps, reverse=True)
    due.click()
    expect(due.locator("..")).to_have_attribute("aria-sort", "ascending")
    assert _texts(page, "f-due") == stamps[::-1] or sorted(stamps) == _texts(page, "f-due")


def test_open_findings_come_first_and_the_longest_late_at_their_head(page: Page, month: ResultSet) -> None:
    still_open = month.findings[month.findings["state"].isin(["open", "acknowledged"])]
    worst = still_open.sort_values("late_us", ascending=False).iloc[0]
    first = page.locator("#list tbody tr.f").first
    assert first.get_attribute("id") == f"f-{worst['finding']}"


def test_a_finding_opens_to_its_clocks_ledger_picture_and_evidence(page: Page, month: ResultSet) -> None:
    page.locator("input[name=q]").fill("T-20261009-0417")
    expect(page.locator("#shown")).to_have_text("1 of 338 shown")
    button = page.locator("#list tbody tr.f button")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    detail = page.locator("tr.detail")
    expect(detail.locator(".say")).to_have_text(
        "Due by 10-10 12:25, done at 10-10 13:11: 46 open min late. "
        "By the other clock (elapsed time) it was due at 10-09 20:10: breached under both."
    )
    rows = detail.locator("table.clocks tbody tr")
    assert rows.count() == 2
    expect(rows.nth(1)).to_have_class("decides-row")
    expect(rows.nth(1)).to_contain_text("decides")
    expect(rows.nth(0)).to_contain_text("17:01")
    picture = detail.locator("svg.clock")
    expect(picture).to_have_attribute(
        "aria-label", "Clock picture: 4:46 counted, 16:15 not counted, due 10-10 12:25"
    )
    expect(picture).to_contain_text("other clock's due 20:10")
    ledger = detail.locator("table.ledger")
    counted = [_minutes(text) for text in ledger.locator("tbody td:nth-child(2)").all_inner_texts()]
    idle = [_minutes(text) for text in ledger.locator("tbody td:nth-child(3)").all_inner_texts()]
    assert (sum(counted), sum(idle)) == (286, 975)
    assert ledger.locator("tfoot td").all_inner_texts() == [
        "21:01 in all",
        "4:46",
        "16:15",
        "4:46 − 4:00 = 0:46 late",
    ]
    expect(detail).to_contain_text("history: first human message; bot reply at 16:10:04 ignored")
    expect(detail).to_contain_text("clausewatch explain T-20261009-0417")
    page.keyboard.press("Enter")
    expect(detail).to_have_count(0)


def _minutes(text: str) -> int:
    if not text:
        return 0
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def test_working_days_are_counted_aloud(page: Page, month: ResultSet) -> None:
    finding = next(key for key, told in month.stories.items() if "days" in told)
    page.evaluate(f"location.hash = 'f-{finding}'")
    days = page.locator("tr.detail table.days tbody tr")
    expect(days).to_have_count(6)
    expect(days.nth(2)).to_contain_text("make-up working Saturday")
    expect(days.nth(3)).to_have_class("idle")


def test_an_address_leads_straight_to_a_finding(browser: Browser, folder: Path, month: ResultSet) -> None:
    finding = month.findings["finding"].iloc[-1]
    with browser.new_context() as context:
        opened = context.new_page()
        opened.goto((folder / "report.html").as_uri() + f"#f-{finding}")
        expect(opened.locator(f"#d-{finding}")).to_be_visible()


def test_a_matter_on_the_front_leads_to_its_finding(page: Page, month: ResultSet) -> None:
    finding = month.life["escalated_open"][0]["finding"]
    page.locator(".escalated a").first.click()
    expect(page.locator(f"#d-{finding}")).to_be_visible()


def test_a_count_in_the_clause_table_leads_to_its_findings(page: Page) -> None:
    page.locator("a[data-clause='ECS-1.3-OVERTIME-TECH']").click()
    expect(page.locator("#shown")).to_have_text("26 of 338 shown")
    expect(page.locator("select[name=clause]")).to_have_value("ECS-1.3-OVERTIME-TECH")


def test_folded_clauses_open_and_close(page: Page) -> None:
    button = page.locator(".fold-button", has_text="more wholly met").last
    row = page.locator(f"tr[data-in='{button.get_attribute('data-fold')}']").first
    expect(row).to_be_hidden()
    button.click()
    expect(row).to_be_visible()
    button.click()
    expect(row).to_be_hidden()


def test_each_language_leads_to_the_other(page: Page) -> None:
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("link", name="中文").click()
    expect(page.locator("h1")).to_have_text("客户服务合规月报")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Customer-service compliance report")


def test_the_first_key_leads_past_the_head(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#report")).to_be_focused()


def test_the_rail_shows_where_one_is(page: Page) -> None:
    page.get_by_role("link", name="Closing sums, seal").click()
    expect(page.locator(".rail a[aria-current]")).to_have_text("Closing sums, seal")
    expect(page.locator("#closing h2")).to_be_in_viewport()


@pytest.fixture(scope="module", params=["signed", "preview", "running"])
def variant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    ways: dict[str, dict[str, Any]] = {
        "signed": {},
        "preview": {"signed": False, "preview": True, "without": "qa"},
        "running": {"running": True},
    }
    path = tmp_path_factory.mktemp(str(request.param))
    reports.write(sample(**ways[request.param]), path, "zh", ("report.html",))
    return path


@pytest.mark.parametrize("name", ["report.html", "report.en.html"])
def test_nothing_scrolls_sideways_at_any_width(browser: Browser, variant: Path, name: str) -> None:
    with browser.new_context(viewport={"width": 360, "height": 800}) as context:
        opened = context.new_page()
        opened.goto((variant / name).as_uri())
        opened.evaluate("for (const id of Object.keys(data.stories)) openFinding(id)")
        opened.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        for width in (360, 390, 719, 720, 899, 900, 1059, 1060, 1279, 1280):
            opened.set_viewport_size({"width": width, "height": 800})
            assert opened.evaluate("document.documentElement.scrollWidth") <= width, width
            assert opened.evaluate(_OVERLAPPING) == [], width


def test_dark_paper_is_dark_on_screen_and_white_in_print(browser: Browser, folder: Path) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    with browser.new_context(color_scheme="dark") as context:
        opened = context.new_page()
        opened.goto((folder / "report.html").as_uri())
        assert opened.evaluate(paper) == "rgb(20, 24, 29)"
        opened.emulate_media(media="print")
        assert opened.evaluate(paper) == "rgb(255, 255, 255)"


def test_printed_the_front_fills_page_one_and_the_rest_follows(page: Page) -> None:
    pages = [p.extract_text() for p in PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages]
    assert 6 <= len(pages) <= 14
    assert "Approved" in pages[0]
    assert "Coverage: 32 of 36" in " ".join(pages[0].split())
    assert "Readings and bridge" in pages[1]
    assert "60 of 338 printed" in " ".join(" ".join(pages).split())
    whole = " ".join(pages)
    assert "Client signs and stamps the receipt slip" in whole  # folded on screen, open in print
    assert f"/ {len(pages)}" in pages[-1]


def test_without_its_script_the_first_500_findings_are_plain_rows(browser: Browser, tmp_path: Path) -> None:
    reports.write(sample(more_late=400), tmp_path, "en", ("report.html",))
    with browser.new_context(java_script_enabled=False) as context:
        opened = context.new_page()
        opened.goto((tmp_path / "report.html").as_uri())
        assert _rows(opened) == 500
        expect(opened.locator("#filters")).to_be_hidden()
        expect(opened.get_by_text("The worst 500 of 738 are listed here")).to_be_visible()
        expect(opened.get_by_text("Client signs and stamps the receipt slip")).to_be_visible()


def test_many_findings_are_drawn_as_one_scrolls_and_the_end_stays_in_reach(
    browser: Browser, tmp_path: Path
) -> None:
    reports.write(sample(more_late=20_000), tmp_path, "en", ("report.html",))
    with browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as context:
        opened = context.new_page()
        opened.goto((tmp_path / "report.html").as_uri())
        expect(opened.locator("#shown")).to_have_text("20,338 of 20,338 shown")
        assert _rows(opened) == 100
        opened.get_by_role("link", name="Closing sums, seal").click()
        expect(opened.locator("#closing h2")).to_be_in_viewport()
        assert _rows(opened) == 100
        for n in (200, 300, 400, 500):
            opened.evaluate("document.querySelector('#more').scrollIntoView({block: 'end'})")
            opened.mouse.wheel(0, 40)
            expect(opened.locator("#list tbody tr.f")).to_have_count(n)
        opened.get_by_role("button", name="Show more").click()
        expect(opened.locator("#list tbody tr.f")).to_have_count(1000)
        opened.locator("input[name=q]").fill("-0417")
        expect(opened.locator("#shown")).not_to_have_text("20,338 of 20,338 shown")
