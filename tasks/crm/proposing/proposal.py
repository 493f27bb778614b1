"""From an address to the text of a mapping: the schema read, a product recognised or tables chosen, values counted."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError

from audits.errors import WrongUse
from audits.model import MODEL
from config.mapping.model import Connection
from tasks.crm.columns import as_text, columns
from tasks.crm.guard import single_select
from tasks.crm.proposing import writing
from tasks.crm.proposing.codes import Codes, codes
from tasks.crm.proposing.guest import Guest
from tasks.crm.proposing.products import recognised, shipped
from tasks.crm.proposing.schema import Table, read_schema
from tasks.crm.proposing.scoring import Candidate, candidates
from tasks.crm.proposing.selects import Quote, Select, compose
from tasks.crm.proposing.vocabulary import vocabulary
from tasks.crm.refusals import CrmError, Refusal, said_by
from tasks.crm.sources import Source, engine_at, shown, source_at

#: In this order: what a case refers to is looked for where its table says so.
ORDER: Final = ("case", "staff", "customer", "survey", "interaction", "history")
#: Codes whose values are listed for filling in.
_CODES: Final = {
    "case": ("service_type", "channel", "is_closed"),
    "staff": ("role",),
    "interaction": ("channel", "direction"),
    "history": ("field",),
}
_COUNTED: Final = 4
#: How a schema is looked at: no statement holds the database up longer than these seconds; its address is given.
_GENTLY: Final = Connection(url="sqlite://", statement_timeout=60)
#: In place of a count: the role may not read the table.
_CLOSED: Final = -1
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Proposal:
    """A mapping to be written.

    Args:
        text: the file.
        product: the product whose shipped mapping it is a copy of, or "".
        tables: entity -> table or files, as chosen (empty for a product).
        open_values: values that wait for their meaning.
        variable: name of the environment variable the address is read from; "" for a folder.
    """

    text: str
    product: str
    tables: dict[str, str]
    open_values: int
    variable: str


@dataclass
class Found:
    """What a proposal is made of, entity by entity."""

    chosen: dict[str, Candidate] = field(default_factory=dict)
    others: dict[str, list[Candidate]] = field(default_factory=dict)
    selects: dict[str, Select] = field(default_factory=dict)
    codes: dict[tuple[str, str], Codes] = field(default_factory=dict)
    stamps: dict[str, dict[str, str]] = field(default_factory=dict)


def propose(
    url: URL, name: str, *, variable: str = "", from_scratch: bool = False, progress: Progress | None = None
) -> Proposal:
    """Read a database's schema and propose a mapping for it.

    Args:
        url: the database; opened read-only.
        name: what the source is to be called.
        variable: the environment variable the mapping reads the address from; default: made from the name.
        from_scratch: propose from the tables even where the product is known.
        progress: told what is being looked at.

    Raises:
        CrmError: the database cannot be reached or read.
        WrongUse: it has no tables this role may see, or none that could hold cases.
    """
    say = progress or (lambda _: None)
    tables, quote = _schema(url)
    say(f"{len(tables)} tables")
    if not tables:
        raise WrongUse(
            "the database has no tables that this role may see",
            shown(url),
            "check database, schema and rights",
        )
    variable = variable or variable_of(name)
    connection = writing.connection(url, variable)
    product = "" if from_scratch else recognised(tables)
    with closing(Guest(lambda: source_at(url, _GENTLY, "the database"))) as source, _told(url):
        if product:
            say(f"these are the tables of {product}")
            text, waiting = writing.product(shipped(product, name, connection), product, source, say)
            return Proposal(text, product, {}, waiting, variable)
        found = _found(tables, source, quote, say)
    if "case" not in found.chosen:
        raise WrongUse(
            "no table looks like one of cases: none has a key, an instant of receipt and a status, type or assignee",
            shown(url),
            "begin from docs/mappings.md, or name the columns in a view and run this again",
        )
    text, waiting = writing.proposed(name, connection, found, tables)
    return Proposal(text, "", {e: c.table for e, c in found.chosen.items()}, waiting, variable)


def _schema(url: URL) -> tuple[dict[str, Table], Quote]:
    """The tables by name, and how this database wants a name written."""
    with _told(url):
        engine = engine_at(url, _GENTLY)
        try:
            return read_schema(engine), _quoting(engine)
        finally:
            engine.dispose()


def variable_of(name: str) -> str:
    """The environment variable that holds the address of a source."""
    return f"CLAUSEWATCH_{re.sub(r'[^A-Z0-9]+', '_', name.upper()).strip('_')}_URL"


@contextmanager
def _told(url: URL) -> Iterator[None]:
    """Errors of drivers as ours, without secrets."""
    try:
        yield
    except Refusal as refusal:
        raise CrmError(refusal.kind, refusal.said, shown(url)) from None
    except DBAPIError as error:
        raise CrmError("down", said_by(error.orig or error, url), shown(url)) from None


def _found(tables: Mapping[str, Table], source: Source, quote: Quote, say: Progress) -> Found:
    found = Found()
    rows: dict[str, int] = {}
    for entity in ORDER:
        if entity != "case" and "case" not in found.chosen:
            break
        say(f"looking for {entity}")
        chosen = {name: each.table for name, each in found.chosen.items()}
        referred = _referred(entity, found, tables)
        ranked = candidates(entity, tables, chosen, referred, rows)
        for each in ranked[:_COUNTED]:
            if each.table not in rows:
                rows[each.table] = _count(source, quote(each.table))
        open_to_us = {name: table for name, table in tables.items() if rows.get(name) != _CLOSED}
        ranked = candidates(entity, open_to_us, chosen, referred, rows)
        found.others[entity] = ranked[1:4]
        if ranked:
            found.chosen[entity] = ranked[0]
    for entity, each in found.chosen.items():
        also = {"status_now": "is_closed"} if entity == "case" and "history" in found.chosen else {}
        found.selects[entity] = compose(each, tables, quote, also)
        found.stamps[entity] = _epochs(source, found.selects[entity], each)
        for name in _CODES.get(entity, ()):
            if name in each.choices:
                say(f"values of {found.selects[entity].origins[name]}")
                found.codes[entity, name] = _codes_of(source, found.selects[entity], name)
    return found


def _referred(entity: str, found: Found, tables: Mapping[str, Table]) -> frozenset[str]:
    """Tables that a chosen table's columns refer to where this entity is meant."""
    targets = set()
    for name, each in found.chosen.items():
        for choice in each.choices.values():
            to = choice.place.column.to
            words = vocabulary().entities[name].fields[choice.field]
            if words.to == entity and to is not None and to[0] in tables:
                targets.add(to[0])
    return frozenset(targets)


def _count(source: Source, table: str) -> int:
    """Rows of a table: ``_CLOSED`` where the role may not read it, as if it had some where it takes too long."""
    try:
        told = columns(source.read(single_select(f"SELECT count(*) AS n FROM {table}"), {}))  # noqa: S608
    except Refusal as refusal:
        return 1 if refusal.kind == "slow" else _CLOSED
    return int(as_text(told["n"]).to_pylist()[0] or 0)


def _codes_of(source: Source, select: Select, name: str) -> Codes:
    try:
        return codes(source, select.sql, name)
    except Refusal as refusal:
        return Codes(0, 0, withheld=f"they cannot be read: {refusal.said}")


def _quoting(engine: Engine) -> Quote:
    """How this database wants a name written; SQLAlchemy doubles ``%`` for some drivers, our reading does not."""
    preparer = engine.dialect.identifier_preparer
    sign = preparer.initial_quote

    def quote(name: str) -> str:
        return f"{sign}{name.replace(sign, sign * 2)}{sign}" if "%" in name else preparer.quote(name)

    return quote


def _epochs(source: Source, select: Select, candidate: Candidate) -> dict[str, str]:
    """Instants kept as whole numbers: seconds or milliseconds since 1970, by the greatest."""
    out = {}
    for name, choice in candidate.choices.items():
        known = MODEL[candidate.entity].fields.get(name) if candidate.entity in MODEL else None
        if known is not None and known.type == "ts" and choice.place.column.kind == "whole":
            asked = single_select(f"SELECT max(v.{name}) AS n FROM ({select.sql}) v")  # noqa: S608
            try:
                greatest = int(as_text(columns(source.read(asked, {}))["n"]).to_pylist()[0] or 0)
            except Refusal:
                greatest = 0
            out[name] = "epoch ms" if greatest > 10**11 else "epoch s"
    return out
