"""Reports by mail: the report's first page in both parts and languages, safe, with what was left out."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from audits.words import Words
from reports.mail import MailBody
from reports.mail.pack import File, Pack, Restated, pack_mail, size_said
from reports.mail.withheld import Withheld, withheld_mail
from reports.result_set import ResultSet
from reports.view import Page, first_page
from tests.mail_read import shown, words
from tests.notices import ZONE, at
from tests.report_sample import sample

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TITLE = Words("服务合规月报", "Monthly compliance")
FILES = (File("服务合规月报-2026-10.pdf", 183_000),)
LEFT = (File("服务合规月报-2026-10-发现清单.xlsx", 14_234_567),)


@cache
def month_of(kind: str = "") -> ResultSet:
    return sample(running=kind == "running", without="acceptance" if kind == "unconnected" else "")


@pytest.fixture(scope="module")
def month() -> ResultSet:
    return month_of()


def pack(result: ResultSet, **more: object) -> Pack:
    return replace(Pack(result, TITLE, "0123456789abcdef", "officer", FILES), **more)  # type: ignore[arg-type]


VARIANTS: dict[str, Callable[[], Pack]] = {
    "month": lambda: pack(month_of()),
    "too-big": lambda: pack(month_of(), left_out=LEFT, limit=8_000_000, place="out/demo-2026-10-monthly"),
    "running": lambda: pack(month_of("running"), running=True),
    "unconnected": lambda: pack(month_of("unconnected"), without=(("general_manager", "address"),)),
    "restated": lambda: pack(
        month_of(), restated=Restated(1, "2026-11-02T02:00:00+08:00", (("ECS-1.3-RESOLVE-TECH", 12, 14),))
    ),
}
WITHHELD = Withheld(
    TITLE, "2026-10", "demo", "0123456789abcdef", "behind",
    {"at": "2026-10-31 02:00", "end": "2026-11-01 00:00"},
    steps=(("audit", "clausewatch audit --source demo"), ("again", "clausewatch pack send monthly")),
    readers=("officer", "department_heads"),
)  # fmt: skip


def bodies() -> dict[tuple[str, str], MailBody]:
    made = {(name, lang): pack_mail(make(), lang) for name, make in VARIANTS.items() for lang in ("zh", "en")}
    for lang in ("zh", "en"):
        made["withheld", lang] = withheld_mail(WITHHELD, lang, zone=ZONE, as_of=at("11-02 02:00"))
    return made


@pytest.fixture(scope="module")
def every() -> dict[tuple[str, str], MailBody]:
    return bodies()


def test_text_and_html_hold_the_same_facts(every: dict[tuple[str, str], MailBody]) -> None:
    for key, body in every.items():
        # The plain part names the column of each figure, and which of two counts decides.
        heads = words(" ".join(re.findall(r"<th[^>]*>([^<]*)</th>", body.html))) | {"decides", "--"}
        assert words(shown(body)) - words(body.text) - heads == set(), key
        assert words(body.text) - words(shown(body)) - heads == set(), key


def test_both_languages_hold_the_same_figures(every: dict[tuple[str, str], MailBody]) -> None:
    def figures(text: str) -> set[str]:
        return set(re.findall(r"\d+[,:]\d+(?:[:,]\d+)*|\d+-\d+-\d+|[KTADE]-?\d[\d-]+", text))

    for name in {name for name, _ in every}:
        assert figures(every[name, "zh"].text) == figures(every[name, "en"].text), name


def test_no_mail_has_a_picture_a_button_or_anything_from_outside(
    every: dict[tuple[str, str], MailBody],
) -> None:
    for body in every.values():
        assert not re.search(r"<(img|a|button|form|script|link|iframe|svg)\b", body.html)
        assert not re.search(r"(https?:|url\(|@import)", body.html)
        assert "\n" not in body.subject
        assert len(body.subject) < 140


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_mail_says_what_the_first_page_of_the_report_says(month: ResultSet, lang: str) -> None:
    seen, text = Page(month, lang), pack_mail(pack(month), lang).text
    view = first_page(seen)
    for tile in view["tiles"]:
        assert f"{tile['number']} {tile['name']} [" in text
        assert f"{tile['figure']['k']} / {tile['figure']['n']} {tile['figure']['text']}" in text
    for row in (*view["escalated"]["rows"], *view["tiles"][1]["running"], *view["tiles"][3]["below"]):
        assert row["label"] in text
    assert view["coverage_line"] in text
    assert len([line for line in text.splitlines() if view["tiles"][0]["rows"][0]["service"] in line]) >= 2


def test_subjects_say_what_kind_of_report_it_is(every: dict[tuple[str, str], MailBody]) -> None:
    assert every["month", "zh"].subject == "[服务合规月报 2026-10] 10 月：四项审计 1 项达标、3 项违反"
    assert every["restated", "en"].subject.startswith(
        "[Restated: Monthly compliance 2026-10] October: of the four"
    )
    assert every["running", "zh"].subject.startswith("[进行中 服务合规月报 2026-10] ")
    assert every["withheld", "zh"].subject == "[报告未发 2026-10] 服务合规月报：快照没有到期末"


def test_nothing_found_still_says_how_much_was_judged(month: ResultSet) -> None:
    totals = {**month.results["totals"], "breached": 0}
    quiet = replace(month, results={**month.results, "totals": totals})
    body = pack_mail(pack(quiet), "en")
    assert f"{totals['population']:,} duties judged, none breached" in body.text
    assert f"{totals['population']:,} duties judged, none breached" in body.subject
    assert "goes to officer and engineer only" in body.text


def test_what_was_left_out_is_named_with_its_size_and_where_it_lies(
    every: dict[tuple[str, str], MailBody],
) -> None:
    text = every["too-big", "en"].text
    assert "over the limit of one mail, 8 MB" in text
    assert "14.3 MB: 服务合规月报-2026-10-发现清单.xlsx" in text
    assert "out/demo-2026-10-monthly; ask officer or engineer" in text


def test_a_title_out_of_hand_stays_text_on_one_line() -> None:
    wild = Words('a\r\nBcc: x@y.example "<b>"', 'a\r\nBcc: x@y.example "<b>"')
    body = pack_mail(pack(month_of(), title=wild), "en")
    assert "\n" not in body.subject
    assert "<b>&quot;" not in body.html
    assert "&lt;b&gt;" in body.html


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 KB"), (1, "1 KB"), (999_999, "1000 KB"), (1_200_001, "1.3 MB"), (8_000_000, "8 MB")],
)
def test_sizes_are_rounded_up(size: int, said: str) -> None:
    assert size_said(size) == said


@pytest.mark.parametrize("width", [360, 1280])
def test_no_mail_of_a_report_is_wider_than_the_screen(
    browser: "Browser", every: dict[tuple[str, str], MailBody], width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    for name, lang in (("too-big", "en"), ("restated", "zh"), ("withheld", "en")):
        page.set_content(every[name, lang].html)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert (
            page.evaluate(
                "document.body.firstElementChild.nextElementSibling.querySelector('table').offsetWidth"
            )
            <= 600
        )
    page.close()
