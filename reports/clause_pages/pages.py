"""The pages themselves, in Markdown: one a clause, one a standard, one above all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from posixpath import dirname, relpath
from typing import Final

from audits.cards import Card, Reading, Readings, Standard
from reports.clause_pages.asking import asked
from reports.clause_pages.judging import cleared, edges, told, verdicts
from reports.clause_pages.naming import Labels, Naming
from reports.words import LANGUAGES

#: What a language calls itself.
_ITSELF: Final = {"zh": "中文", "en": "English"}


@dataclass(frozen=True)
class Book:
    """What pages are written from.

    Args:
        standards, cards: as they stand in the files, in the order of the texts.
        sections: clause id -> section of its standard.
        readings: open points by id, with their signatures.
        labels: entity.field -> canonical value -> (zh, en).
        on: ISO day at which signatures are looked up.
    """

    standards: Mapping[str, Standard]
    cards: Mapping[str, Card]
    sections: Mapping[str, str]
    readings: Mapping[str, Reading]
    labels: Labels
    on: str


def clause_pages(book: Book, langs: Sequence[str] = LANGUAGES, clauses: Sequence[str] = ()) -> dict[str, str]:
    """Path (``zh/ecs/ECS-….md``) -> Markdown.

    Args:
        langs: ``zh``, ``en`` or both.
        clauses: ids to write alone, without indexes; none = every card. Links lead only to what is written.
    """
    names = [name for name in book.cards if not clauses or name in clauses]
    paths = [_path(lang, book.cards[name]) for lang in langs for name in names]
    if not clauses:
        paths += [f"{lang}/{place}index.md" for lang in langs for place in ("", *_folders(book))]
    shelf = _Shelf(book, tuple(langs), frozenset(paths))
    return {
        path: text for lang in langs for path, text in _of_language(shelf, lang, names, whole=not clauses)
    }


def _folders(book: Book) -> list[str]:
    return [f"{code.lower()}/" for code in book.standards]


def _path(lang: str, card: Card) -> str:
    return f"{lang}/{card.standard.lower()}/{card.id}.md"


@dataclass(frozen=True)
class _Shelf:
    """Everything that is written, so that nothing links to what is not."""

    book: Book
    langs: tuple[str, ...]
    paths: frozenset[str]

    def link(self, text: str, to: str, here: str) -> str:
        """A link from one page to another; only its text where the other is not written."""
        return f"[{text}]({relpath(to, dirname(here))})" if to in self.paths else text

    def languages(self, here: str) -> str:
        """Links to the same page in the other languages."""
        lang, _, rest = here.partition("/")
        return " · ".join(
            self.link(_ITSELF[other], f"{other}/{rest}", here) for other in self.langs if other != lang
        )


def _of_language(shelf: _Shelf, lang: str, names: list[str], *, whole: bool) -> Iterator[tuple[str, str]]:
    book = shelf.book
    say = Naming(lang, book.labels, book.readings, book.on)
    beside = {a: b for a, b in pairwise(names) if book.cards[a].standard == book.cards[b].standard}
    before = {b: a for a, b in beside.items()}
    for name in names:
        path = _path(lang, book.cards[name])
        page = _Page(shelf, say, book.cards[name], path)
        yield path, page.text(before.get(name, ""), beside.get(name, ""))
    if whole:
        yield f"{lang}/index.md", _top(shelf, say, f"{lang}/index.md")
        for code in book.standards:
            path = f"{lang}/{code.lower()}/index.md"
            yield path, _standard(shelf, say, code, path)


# ---- one clause ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Page:
    shelf: _Shelf
    say: Naming
    card: Card
    here: str

    def text(self, before: str, after: str) -> str:
        """The whole page."""
        card = self.card
        parts = [f"# {card.id} {card.title.in_(self.say.lang)}", self._navigation(before, after)]
        parts += self._part("place", self._place())
        parts += self._part("asks", _bullets(asked(card, self.say)))
        parts += self._part("judged", self._judged())
        parts += self._part("edges", _bullets(edges(card, self.say)))
        parts += self._part("readings", self._readings())
        standard = self.shelf.book.standards[card.standard]
        parts += self._part("told", _bullets(told(card, standard.mode == "binding", self.say)))
        parts += self._part("clear", cleared(card, self.say))
        parts += self._part("related", self._related())
        return "\n\n".join(part for part in parts if part) + "\n"

    def _part(self, name: str, body: str) -> list[str]:
        return [f"## {self.say.w(f'card.head.{name}')}", body] if body else []

    def _navigation(self, before: str, after: str) -> str:
        w, shelf, lang = self.say.w, self.shelf, self.say.lang
        code = self.card.standard
        links = [
            shelf.link(w("card.all"), f"{lang}/index.md", self.here),
            shelf.link(code, f"{lang}/{code.lower()}/index.md", self.here),
        ]
        for word, other in (("before", before), ("after", after)):
            if other:
                links.append(
                    self.shelf.link(w(f"card.{word}"), _path(lang, shelf.book.cards[other]), self.here)
                )
        return " · ".join(filter(None, (*links, shelf.languages(self.here))))

    def _place(self) -> str:
        w, card, lang = self.say.w, self.card, self.say.lang
        standard = self.shelf.book.standards[card.standard]
        said = [
            w(
                "card.place", title=standard.title.in_(lang), edition=standard.edition, place=card.place,
                by=standard.adopted_by.in_(lang), on=standard.adopted_on, since=standard.in_force_from,
            ),
            w("card.strength", strength=w(f"severity.{card.severity}"), kind=w(f"kind.{card.check}")),
        ]  # fmt: skip
        if card.basis != "explicit":
            said.append(w(f"card.basis.{card.basis}"))
        if card.trial:
            said.append(w("card.trial"))
        return ("" if lang == "zh" else " ").join(said)

    def _judged(self) -> str:
        w = self.say.w
        rows = [(w(f"verdict.{name}"), when) for name, when in verdicts(self.card, self.say)]
        return _table((w("card.verdict"), w("card.when")), rows) if rows else w("card.not_judged")

    def _readings(self) -> str:
        w, lang, book = self.say.w, self.say.lang, self.shelf.book
        if not self.card.readings:
            return w("reading.none") if self.card.auditable == "auto" else ""
        in_force = Readings(dict(book.readings), book.on)
        heads = tuple(w(f"reading.head.{name}") for name in ("question", "in_use", "others", "signed"))
        rows = []
        for name in self.card.readings:
            reading, used = book.readings[name], in_force.ask(name, self.card.id)
            others = [one.text.in_(lang) for one in reading.options if one.key != used]
            rows.append(
                (
                    reading.question.in_(lang), reading.option(used).text.in_(lang),
                    ("；" if lang == "zh" else "; ").join(others) or w("reading.no_other"),
                    self._signed(in_force, name),
                )
            )  # fmt: skip
        return _table(heads, rows)

    def _signed(self, in_force: Readings, name: str) -> str:
        one = in_force.signed(name, self.card.id)
        if one is None:
            return self.say.w("reading.unsigned")
        return self.say.w("reading.signed", by=one.by, on=one.on, since=one.from_)

    def _related(self) -> str:
        cards, key = self.shelf.book.cards.values(), self.card.obligation_key
        others = [one for one in cards if key and one.obligation_key == key and one.id != self.card.id]
        lang = self.say.lang
        return _bullets(
            [
                self.shelf.link(f"{one.id} {one.title.in_(lang)}", _path(lang, one), self.here)
                for one in others
            ]
        )


# ---- indexes -------------------------------------------------------------------------------------------
def _top(shelf: _Shelf, say: Naming, here: str) -> str:
    w, book = say.w, shelf.book
    lines = []
    for code, standard in book.standards.items():
        n = sum(card.standard == code for card in book.cards.values())
        title = shelf.link(
            f"{code} {standard.title.in_(say.lang)}", f"{say.lang}/{code.lower()}/index.md", here
        )
        lines.append(f"{title} · {w(f'mode.{standard.mode}')} · {w('card.count', n=n)}")
    return (
        "\n\n".join(
            filter(None, (f"# {w('card.all')}", shelf.languages(here), w("card.all.lead"), _bullets(lines)))
        )
        + "\n"
    )


def _standard(shelf: _Shelf, say: Naming, code: str, here: str) -> str:
    w, book, lang = say.w, shelf.book, say.lang
    standard = book.standards[code]
    up = shelf.link(w("card.all"), f"{lang}/index.md", here)
    parts = [f"# {code} {standard.title.in_(lang)}", " · ".join(filter(None, (up, shelf.languages(here))))]
    found: dict[str, list[Card]] = {}
    for card in book.cards.values():
        if card.standard == code:
            found.setdefault(book.sections.get(card.id, card.place.partition("·")[0]), []).append(card)
    for section, cards in found.items():
        parts.append(f"## {w('card.section', name=section)}")
        parts.append(
            _bullets([shelf.link(f"{c.id} {c.title.in_(lang)}", _path(lang, c), here) for c in cards])
        )
    return "\n\n".join(parts) + "\n"


# ---- Markdown ------------------------------------------------------------------------------------------
def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
