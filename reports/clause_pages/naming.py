"""What fields, values, records and limits are called in a sentence, in one language."""

from collections.abc import Mapping
from typing import Final

from audits.cards import Card, Column, Limit, Reading, Readings, Rows, Wanted
from audits.context import BASE
from audits.model import MODEL, Field
from reports.format import joined, limit
from reports.words import words

#: entity.field -> canonical value -> (zh, en), as registers write them.
Labels = Mapping[str, Mapping[str, tuple[str, str]]]

_OF_ROWS: Final = {"first": "card.first", "last": "card.last", "values": "card.values_of"}


class Naming:
    """The names of one language.

    Args:
        lang: ``zh`` or ``en``.
        labels: what list values are called.
        readings: open points by id.
        on: ISO day at which signatures are looked up.
    """

    def __init__(self, lang: str, labels: Labels, readings: Mapping[str, Reading], on: str) -> None:
        self.lang, self.w = lang, words(lang)
        self._labels, self._readings, self._on = labels, readings, on

    def list(self, names: "list[str]") -> str:
        """Several of them inside a sentence."""
        return joined(names, self.lang)

    # ---- records and fields ----
    def entity(self, name: str) -> str:
        """A kind of record."""
        own = MODEL[BASE.get(name, name)]
        return own.en if self.lang == "en" else own.zh

    def one(self, name: str) -> str:
        """A single record of a kind, where that is called otherwise."""
        return self.w.or_else(f"card.entity.{name}", self.entity(name))

    def field(self, card: Card, name: str) -> str:
        """A field of the card's record, along references, or a column that the card derives."""
        if name.startswith("reading "):
            return self.w("card.by_reading", **self._asked(card, name))
        if "|" in name:
            return self.w("card.or").join(self.field(card, one) for one in name.split("|"))
        column = card.columns.get(name)
        if column is not None and column.take != "path":
            return self._column(card, column)
        return self.path(card.of, name)

    def path(self, of: str, name: str) -> str:
        """A field of an entity, along references."""
        entity, owners = BASE.get(of, of), []
        *refs, last = name.split(".")
        for ref in refs:
            known = MODEL[entity].fields[ref]
            owners.append(self._quoted(known.en if self.lang == "en" else known.zh))
            entity = known.ref
        said = self._quoted(self._own(entity, last))
        for owner in reversed(owners):
            said = self.w("card.of_its", name=said, owner=owner)
        return said

    def _own(self, entity: str, name: str) -> str:
        if name in MODEL[entity].fields:
            known = MODEL[entity].fields[name]
            return known.en if self.lang == "en" else known.zh
        return self.w(f"card.derived.{entity}.{name}")

    def _quoted(self, name: str) -> str:
        return self.w("card.quote", name=name)

    def _column(self, card: Card, column: Column) -> str:
        names = [self.field(card, name) for name in column.names]
        if column.take == "else":
            said = names[-1]
            for name in reversed(names[:-1]):
                said = self.w("card.if_blank", a=name, b=said)
            return said
        if column.take in ("earliest", "latest"):
            return self.w(f"card.{column.take}", names=self.list(names))
        entity = self.entity(column.of)
        if column.take == "count":
            return self.w("card.number_of", entity=entity)
        return self.w(_OF_ROWS[column.take], entity=entity, name=self.path(column.of, column.name))

    # ---- values and filters ----
    def value(self, of: str, name: str, value: object) -> str:
        """A value of a field; flags are yes or no."""
        entity, field = self._end(of, name)
        known = MODEL[entity].fields.get(field)
        if known is not None and known.type == "bool":
            return self.w("card.yes" if str(value) == "1" else "card.no")
        said = self._labels.get(f"{entity}.{field}", {}).get(str(value))
        if said is not None:
            return said[self.lang == "en"]
        return self.w.or_else(f"card.value.{value}", str(value) if str(value).isdigit() else f"`{value}`")

    def _end(self, of: str, name: str) -> tuple[str, str]:
        entity = BASE.get(of, of)
        *refs, last = name.split(".")
        for ref in refs:
            entity = MODEL[entity].fields[ref].ref
        return entity, last

    def values(self, of: str, name: str, values: Wanted) -> str:
        """Values of which one is enough."""
        several = (values,) if isinstance(values, str) else values
        return self.w("card.or").join(self.value(of, name, one) for one in several)

    def filter(self, card: Card, where: Mapping[str, Wanted]) -> str:
        """What a filter of the card asks for."""
        said = [self._wanted(card.of, name, self.field(card, name), value) for name, value in where.items()]
        return self.w("card.both").join(said)

    def filter_of(self, of: str, where: Mapping[str, Wanted]) -> str:
        """What a filter of linked rows asks for."""
        said = [self._wanted(of, name, self.path(of, name), value) for name, value in where.items()]
        return self.w("card.both").join(said)

    def _wanted(self, of: str, name: str, said: str, value: Wanted) -> str:
        if value in ("filled", "blank"):
            return self.w(f"card.{value}", name=said)
        known = self._known(of, name)
        if known is not None and known.type == "keys" and isinstance(value, str) and value.isdigit():
            return self.w("card.keys", name=said, n=int(value))
        if known is None:
            several = [value] if isinstance(value, str) else list(value)
            return self.w("card.figure_is", name=said, n=self.w("card.or").join(several))
        return self.w("card.is", name=said, value=self.values(of, name, value))

    def _known(self, of: str, name: str) -> Field | None:
        """The model's field; None for a column that a card derives."""
        if "." not in name and name not in MODEL[BASE.get(of, of)].fields:
            return None
        entity, field = self._end(of, name)
        return MODEL[entity].fields.get(field)

    # ---- limits and readings ----
    def limit(self, card: Card, given: object) -> str:
        """A limit: dated figures, a figure, or what a reading says."""
        if isinstance(given, str) and given.startswith("reading "):
            return self.w("card.by_reading", **self._asked(card, given))
        if not isinstance(given, dict):
            return str(given)
        said = []
        for day, one in given.items():
            text = self.amount(one)
            said.append(self.w("card.limit.since", limit=text, day=day) if day else text)
        return self.list(said)

    def amount(self, one: Limit) -> str:
        """One amount with its unit."""
        return limit(one.amount, one.unit, self.lang)

    def asked(self, card: Card, word: str) -> str:
        """What a reading says for this card, as a phrase."""
        return self.w("card.by_reading", **self._asked(card, word))

    def _asked(self, card: Card, word: str) -> dict[str, str]:
        reading = self._readings[word.removeprefix("reading ").partition(".")[0]]
        return {
            "question": reading.question.in_(self.lang),
            "option": reading.option(self.in_use(reading, card.id)).text.in_(self.lang),
        }

    def in_use(self, reading: Reading, clause: str) -> str:
        """Key of the option that counts."""
        return Readings({reading.id: reading}, self._on).ask(reading.id, clause)

    # ---- rows ----
    def rows(self, blocks: "tuple[Rows, ...]") -> str:
        """Rows that a rhythm counts."""
        return self.w("card.and_also").join(self._row(one) for one in blocks)

    def _row(self, block: Rows) -> str:
        entity = self.entity(block.of)
        if block.standing:
            said = self.w("card.row.standing", entity=entity)
        else:
            said = self.w("card.row", entity=entity, at=self.path(block.of, block.at))
        if not block.where:
            return said
        return self.w("card.row.where", row=said, filter=self.filter_of(block.of, block.where))
