"""The pages of the clauses written to a folder, from the cards, readings and signatures of this house."""

from collections.abc import Sequence
from pathlib import Path

from audits.errors import WrongUse
from config.catalogue import card_named, load_catalogue
from config.clock import now
from config.rules import every_card, load_readings
from config.settings import Settings
from reports.clause_pages import Book, clause_pages
from reports.words import LANGUAGES, language
from tasks.crm.register_words import LABELS


def write_clause_pages(settings: Settings, to: Path, lang: str = "", clauses: Sequence[str] = ()) -> int:
    """Write a page for each clause into ``to``, a folder a language, and say how many files there are.

    Args:
        lang: one language; "" = both.
        clauses: ids to write alone; none = every card, with indexes by standard and section.

    Raises:
        WrongUse: no such clause or language, or ``to`` is a file.
    """
    book = book_of(settings)
    for clause in clauses:
        card_named(clause, dict(book.cards))
    if to.is_file():
        raise WrongUse(f"{to} is a file", "--to", "name a folder")
    pages = clause_pages(book, (language(lang),) if lang else LANGUAGES, clauses)
    for path, text in pages.items():
        file = to / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return len(pages)


def book_of(settings: Settings) -> Book:
    """Everything that pages are written from; readings as signed today."""
    readings = load_readings(settings.rules / "readings")
    standards, cards = every_card(settings.rules / "standards", readings)
    sections = {one.id: one.section for one in load_catalogue()}
    return Book(standards, cards, sections, readings, LABELS, now().date().isoformat())
