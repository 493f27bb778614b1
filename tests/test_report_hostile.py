"""Whatever a CRM's people typed is text: no script runs, no formula counts, no header, line or colour obeys it."""

import csv
import html
import io
import json
import re
from contextlib import closing
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, expect
from pypdf import PdfReader
from rich.console import Console, RenderableType

import reports
from audits.errors import ClausewatchError
from reports.artifact import run_artifact
from reports.explain import explanation
from reports.harmless import harmless, printable
from reports.mail import render
from reports.mail.contexts import Context
from reports.pdf import MissingFont, font_folder
from reports.pdf.glyphs import drawable, drawn_by
from reports.terminal import failure, run_summary
from reports.words import catalogue
from tasks.mail.message import Sender, compose
from tests.hostile import NAMES, OBEYED, hostile
from tests.mail_samples import BY_AGE, ESCALATION, OVERDUE
from tests.notices import ZONE, at
from tests.report_sample import AS_OF, sample
from tests.test_report_terminal import told_of


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return reports.write(hostile(sample()), tmp_path_factory.mktemp("hostile"), "en")


def test_no_script_of_a_name_runs_and_every_name_is_read_as_text(
    browser: Browser, files: dict[str, Path]
) -> None:
    problems: list[str] = []
    with browser.new_context(viewport={"width": 360, "height": 800}) as context:
        opened = context.new_page()
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.on("console", lambda message: problems.append(message.text))
        opened.on("dialog", lambda dialog: problems.append(dialog.message))
        opened.on("request", lambda asked: None if "file://" in asked.url else problems.append(asked.url))
        opened.goto(files["report.html"].as_uri())
        opened.evaluate("for (const id of Object.keys(data.stories)) openFinding(id); drawMore(1000)")
        assert opened.evaluate("document.documentElement.scrollWidth") <= 360
        assert "owned" not in opened.title()
        assert opened.locator("main img, main script").count() == 0
        records = opened.locator("#list td.f-rec .code").all_text_contents()
        assert set(records) == {printable(name, 48) for name in NAMES}
        opened.locator("input[name=q]").fill("</script><script>")
        expect(opened.locator("#shown")).to_have_text(re.compile(r"^\d\d of 338 shown"))
        shown = opened.locator("body").inner_text()
    assert problems == []
    assert not set(OBEYED) & set(shown)


def test_without_its_script_the_page_holds_no_element_of_a_name(files: dict[str, Path]) -> None:
    for name in ("report.html", "report.zh.html"):
        text = files[name].read_text("utf-8")
        assert text.count("<script") == text.count("</script>") == 3
        assert lxml_html.fromstring(text.encode()).xpath("//img | //@onerror") == []


def test_no_name_is_a_formula_or_link_in_the_sheets(files: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(files["findings.xlsx"])
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n", "d"}
    assert not any(cell.hyperlink for cell in cells)
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    known = [name for name in NAMES if name.isprintable() and "_x" not in name]
    assert len(known) > 15
    assert set(known) <= texts


def test_a_text_longer_than_a_cell_is_cut_and_not_lost(tmp_path: Path) -> None:
    month = sample()
    long = replace(month, findings=month.findings.assign(label="长" * 40_000))
    made = reports.write(long, tmp_path, "en", ("findings.xlsx",))
    with closing(openpyxl.load_workbook(made["findings.xlsx"], read_only=True)) as book:
        ((cell,),) = book["findings"].iter_rows(min_row=2, max_row=2, min_col=4, max_col=4, values_only=True)
    assert (len(str(cell)), str(cell)[-2:]) == (32_767, "长…")


def test_a_csv_cell_is_no_formula_and_gives_back_every_character(files: dict[str, Path]) -> None:
    text = files["findings.csv"].read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    column = rows[0].index("record")
    cells = [row[column] for row in rows[1:]]
    assert not any(cell.startswith(("=", "+", "-", "@", "＝", "\t", "\n", "\r")) for cell in cells)
    assert {cell.removeprefix("'") for cell in cells} == set(NAMES)
    assert {len(row) for row in rows} == {len(rows[0])}


def test_the_pdf_obeys_no_name_and_stays_a_report(files: dict[str, Path]) -> None:
    pages = [page.extract_text() for page in PdfReader(files["report.pdf"]).pages]
    assert len(pages) < 30
    text = " ".join(" ".join(pages).replace("\u200b", "").split())
    assert '#panic("typst")' in text
    assert "owned" in text
    assert "[U+05E9 U+05DC U+05D5 U+05DD] [U+05E2 U+05D5 U+05DC U+05DD]" in text
    assert "stand by their code points" in text
    font = next(font_folder().glob("NotoSansCJKsc-Regular.*"))
    assert {one for one in text if not one.isascii()} <= drawn_by(font)
    assert "Date" in pages[0]


def test_what_the_font_of_the_print_lacks_is_spelt_and_never_an_empty_box() -> None:
    font = next(font_folder().glob("NotoSansCJKsc-Regular.*"))
    assert drawable("中文 ≤ → 한국어 𠮷 é e\u0301 A\ufe0f", font) == "中文 ≤ → 한국어 𠮷 é é A\ufe0f"
    assert drawable("a 😀b 👩\u200d👧", font) == "a [U+1F600]b [U+1F469 U+200D U+1F467]"
    assert drawable("مرحبا بالعالم", font) == (
        "[U+0645 U+0631 U+062D U+0628 U+0627] [U+0628 U+0627 U+0644 U+0639 U+0627 U+0644 +1]"
    )
    said = "".join(text for entry in catalogue().values() for text in map(str, entry.values()))
    assert drawable(said, font) == said


def test_json_holds_the_names_as_they_are(files: dict[str, Path]) -> None:
    results = json.loads(files["results.json"].read_bytes())
    assert [row["value"] for row in results["unmapped"]] == list(NAMES)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_name_writes_a_header_or_an_element_of_a_mail(lang: str) -> None:
    items = [
        replace(OVERDUE, label=name, customer=name, holder=name, team=name, finding=f"{i:016x}")
        for i, name in enumerate(NAMES)
    ]
    contexts = [replace(ESCALATION, items=(item,)) for item in items]
    every: list[Context] = [*contexts, replace(BY_AGE, items=tuple(items), ages=())]
    for context in every:
        body = render(context, lang, zone=ZONE, as_of=at("10-10 12:30"))
        mail = compose(
            "e", Sender("cw@house.example"), "a@house.example", body.subject, body.text, body.html, AS_OF
        )
        read = message_from_bytes(mail.content, policy=policy.default)
        assert read["Bcc"] is None
        assert len(str(read["Subject"])) <= 200
        assert len(read.get_all("Subject", [])) == len(read.get_all("To", [])) == 1
        tree = lxml_html.fromstring(body.html.encode())
        assert tree.xpath("//script | //img | //a | //@onerror") == []
        for text in (body.subject, body.text, html.unescape(body.html)):
            assert not set(OBEYED) & set(text)


def _told() -> dict[str, Any]:
    month = sample()
    gaps = [
        {"field": name, "reason": "UNMAPPED_VALUE", "records": 1, "duties": 1, "clauses": [], "examples": []}
        for name in NAMES
    ]
    return told_of(month, alarms=list(NAMES), gaps=gaps, folder=f"out/{NAMES[15]}", again=NAMES[17])


def test_no_name_is_markdown_or_html_in_the_run_artifact() -> None:
    text = run_artifact(_told(), "en")
    page = lxml_html.fromstring(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    assert page.xpath("//script | //img | //a | //em | //@onerror") == []
    assert [strong.text for strong in page.xpath("//strong")] == ["6,111", "338", "115", "10/10"]
    rows = page.xpath("//table[1]//tr")
    assert len(rows) == 1 + 2 * len(NAMES) + 2
    assert {len(row) for row in rows} == {4}
    assert not set(OBEYED) & set(text)


def _printed(what: RenderableType) -> str:
    console = Console(width=100, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def test_no_name_commands_the_terminal() -> None:
    wrong = [_printed(failure(ClausewatchError(name, name, name), "en")) for name in NAMES]
    assert "[bold]rich[/] [/] [red" in wrong[15]
    summary = _printed(run_summary(_told(), "zh"))
    for text in (*wrong, summary):
        assert not set(OBEYED) & set(text)


def test_no_name_commands_the_terminal_in_an_explanation() -> None:
    one = {
        "verdict": "met", "title": {"zh": "题", "en": "title"}, "place": "1", "clause": "X", "occurrence": "", "reason": "IN_TIME",
        "field": "", "anchor": None, "due": None, "done": None, "margin_us": None, "readings": [],
        "evidence": [{"field": "case.x", "at": "", "value": name, "from": name} for name in NAMES],
    }  # fmt: skip
    for name in NAMES:
        told = {"asked": name, "as_of": AS_OF.isoformat(), "zone": ZONE, "clauses": [one], "unconnected": []}
        text = _printed(explanation(told, "en"))
        assert not set(OBEYED) & set(text)
        assert "[bold]rich[/] [/] [red" in text


def test_what_is_shown_says_that_it_was_cut_and_joins_emoji() -> None:
    assert printable("W" * 10_000, 80) == "W" * 79 + "…"
    assert printable("👩\u200d👧") == "👩\u200d👧"
    assert printable("a\x1b[31mb\u202ec") == "a\ufffd[31mb\ufffdc"
    assert printable("two\r\nlines\u2028") == "two  lines "
    assert harmless({"a": [("x\x07", 3)], "b": None}) == {"a": [("x\ufffd", 3)], "b": None}


def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    with pytest.raises(ClausewatchError, match="the report cannot be written") as caught:
        reports.write(sample(), tmp_path / "out" / "run", "zh", ("life.json",))
    assert str(tmp_path / "out") in caught.value.where
    assert "choose another folder" in caught.value.do


def test_a_missing_font_is_named_with_what_to_do(tmp_path: Path) -> None:
    assert any(font_folder().iterdir())
    with pytest.raises(MissingFont, match="Noto Sans CJK SC") as caught:
        font_folder("no_such_package_of_fonts")
    assert "make setup" in caught.value.do
