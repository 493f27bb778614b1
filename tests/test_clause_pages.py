"""A page of each clause: nothing left out, nothing untranslated, no link that leads nowhere, the edges it must tell."""

import re
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

from audits.errors import WrongUse
from config.settings import load_settings
from flows.asking.clause_docs import book_of, write_clause_pages
from reports.clause_pages import Book, clause_pages
from reports.clause_pages.judging import VERDICTS, verdicts
from reports.clause_pages.naming import Naming
from tests.test_cases import can_give


@pytest.fixture(scope="module")
def book() -> Book:
    return book_of(load_settings())


@pytest.fixture(scope="module")
def pages(book: Book) -> dict[str, str]:
    return clause_pages(book)


def page(pages: dict[str, str], clause: str, lang: str = "en") -> str:
    return pages[f"{lang}/{clause[:3].lower()}/{clause}.md"]


def test_every_clause_has_a_page_in_both_languages_and_every_standard_its_index(
    book: Book, pages: dict[str, str]
) -> None:
    wanted = {f"{lang}/{c.standard.lower()}/{c.id}.md" for lang in ("zh", "en") for c in book.cards.values()}
    indexes = {f"{lang}/index.md" for lang in ("zh", "en")}
    indexes |= {f"{lang}/{code.lower()}/index.md" for lang in ("zh", "en") for code in book.standards}
    assert set(pages) == wanted | indexes


def test_no_word_is_left_in_the_words_of_the_engine(pages: dict[str, str]) -> None:
    """Canonical names stand in back quotes where nobody gave them a name; an underline betrays any other."""
    odd = {
        path: found
        for path, text in pages.items()
        if (
            found := re.findall(r"`[A-Za-z_]+`|\breading [a-z]+_|\b[a-z]+_(?:at|id|ids)\b|[{}]", _prose(text))
        )
    }
    assert odd == {}


def _prose(text: str) -> str:
    """Without links and patterns, which may hold anything."""
    return re.sub(r"\]\([^)]*\)|pattern `[^`]*`|式样 `[^`]*`", "", text)


def test_chinese_pages_hold_no_english_sentence_and_english_ones_only_the_place_in_chinese(
    pages: dict[str, str],
) -> None:
    for path, text in pages.items():
        if path.startswith("zh/"):
            assert not re.search(r"\b(?:the|of|and|is|must|where)\b", _prose(text)), path
        else:
            rest = re.sub(r"edition [^\n]*?\. Adopted", "", _prose(text)).replace("[中文", "")
            assert not re.search(r"[\u4e00-\u9fff]{3,}", rest), path  # a reading may cite a word of the text


def test_every_link_leads_to_a_page(pages: dict[str, str]) -> None:
    dead = {
        (path, to)
        for path, text in pages.items()
        for to in re.findall(r"\]\(([^)]+)\)", text)
        if normpath(join(dirname(path), to)) not in pages
    }
    assert dead == set()


def test_a_page_written_alone_links_to_nothing_that_is_not_written(book: Book) -> None:
    alone = clause_pages(book, ("en",), ["ECS-1.3-RESPONSE-CONSULT"])
    assert list(alone) == ["en/ecs/ECS-1.3-RESPONSE-CONSULT.md"]
    assert "](" not in alone["en/ecs/ECS-1.3-RESPONSE-CONSULT.md"]


def test_the_same_cards_give_the_same_bytes(book: Book, pages: dict[str, str]) -> None:
    assert clause_pages(book) == pages


def test_a_page_names_every_verdict_that_its_card_can_give(book: Book) -> None:
    say = Naming("en", book.labels, book.readings, book.on)
    for card in book.cards.values():
        if card.auditable == "auto":
            told = {name for name, _ in verdicts(card, say)}
            assert told <= set(VERDICTS)
            assert can_give(card) <= told, card.id


EDGES = [
    ("ECS-1.3-RESPONSE-CONSULT", ["15 min (from 2024-01-01)", "very due instant is kept", "opening hours", "*resolved at*"]),
    ("ECS-2.4-ACCEPT-5WD", ["5 working days", "Day 1 is the first working day after", "working day 5"]),
    ("ECS-2.4-SURVEY-3WD", ["working day 3", "A missing row counts as a breach only where"]),
    ("ECS-2.4-QA-RATE-95", ["95 %", "94.96 % is not 95 %"]),
    ("ECS-1.2-PHONE-3-RINGS", ["3 times", "never worked out from seconds", "Rings are counted"]),
    ("ECS-1.2-MAJOR-REPORT-24H", ["24 h", "if blank, *received at*", "of document records"]),
    ("ECS-1.2-LISTEN-ANALYSE-SOLVE", ["*recorded at* → *analysed at* → *plan", "out of order, at once"]),
    ("CSM-2.1.2-PROMISE", ["*due at*", "a record without one promised nothing"]),
]  # fmt: skip


@pytest.mark.parametrize(("clause", "told"), EDGES, ids=[clause for clause, _ in EDGES])
def test_a_page_tells_the_edges_of_its_clause(pages: dict[str, str], clause: str, told: list[str]) -> None:
    text = page(pages, clause)
    assert [one for one in told if one not in text] == []


def test_a_page_tells_what_is_attested_and_what_nobody_judges(pages: dict[str, str]) -> None:
    assert "19 of 20 does not show 95 %" in page(pages, "ECS-1.2-PROFESSIONAL-TONE")
    assert "Openly not judged" in page(pages, "ECS-1.1-CONSISTENT-SERVICE")
    assert "There is no verdict" in page(pages, "ECS-1.1-CONSISTENT-SERVICE")


def test_clauses_about_one_act_name_each_other(pages: dict[str, str]) -> None:
    assert "(../cst/CST-2.1-PHONE-15S.md)" in page(pages, "ECS-1.2-PHONE-3-RINGS")


def test_pages_are_written_to_a_folder_and_an_unknown_clause_is_refused(tmp_path: Path) -> None:
    settings = load_settings()
    assert write_clause_pages(settings, tmp_path / "new", "en", ["ECS-2.4-SURVEY-3WD"]) == 1
    assert (tmp_path / "new/en/ecs/ECS-2.4-SURVEY-3WD.md").read_text(encoding="utf-8").startswith("# ECS-2.4")
    with pytest.raises(WrongUse, match="no card ECS-0"):
        write_clause_pages(settings, tmp_path / "other", "", ["ECS-0"])
    assert not (tmp_path / "other").exists()
    (tmp_path / "file").touch()
    with pytest.raises(WrongUse, match="is a file"):
        write_clause_pages(settings, tmp_path / "file")
