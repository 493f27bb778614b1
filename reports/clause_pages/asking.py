"""What a clause asks, in sentences: whom it means, from when to when, and what must be so."""

from collections.abc import Iterator
from typing import cast

from audits.cards import Card, Column, Rows, Wanted
from reports.clause_pages.naming import Naming


def asked(card: Card, say: Naming) -> list[str]:
    """The sentences of a card, in the order in which one would tell them."""
    if card.auditable == "none":
        reason = card.why_not.in_(say.lang) if card.why_not else ""
        return [say.w("card.none", reason=reason.rstrip("。."))]
    if card.auditable == "attest":
        return [say.w(f"card.attest.{card.evidence or 'attestation'}")]
    parts = (_records, _function, _times, _duty, _linked)
    return [line[:1].upper() + line[1:] for part in parts for line in part(card, say)]


# ---- whom it means -------------------------------------------------------------------------------------
def _records(card: Card, say: Naming) -> Iterator[str]:
    w = say.w
    if card.of == "house":
        yield w("card.house")
    elif card.where:
        yield w("card.each_where", entity=say.one(card.of), filter=say.filter(card, card.where))
    else:
        yield w("card.each", entity=say.one(card.of))
    if card.either:
        yield w("card.either", filters=w("card.and_also").join(say.filter(card, one) for one in card.either))
    for a, b in card.above.items():
        yield w("card.above", a=say.field(card, a), b=say.field(card, b))
    if card.unless:
        yield w("card.unless", filter=say.filter(card, card.unless))
    if card.parameters.get("only_begun"):
        yield w(
            "card.only_begun",
            name=say.field(card, str(card.parameters.get("from") or card.parameters["due"])),
        )


def _linked(card: Card, say: Naming) -> Iterator[str]:
    """What is meant by a column that the card derives from other records."""
    for name, column in card.columns.items():
        details = list(_details(card, column, say)) if column.of else []
        if details:
            yield say.w(
                "card.linked", name=say.field(card, name), details=say.w("card.and_also").join(details)
            )


def _details(card: Card, column: Column, say: Naming) -> Iterator[str]:
    if column.where:
        yield say.filter_of(column.of, column.where)
    if column.after:
        yield say.w("card.linked.after", name=say.field(card, column.after))
    if column.before:
        yield say.w("card.linked.before", name=say.field(card, column.before))
    for theirs, ours in column.differs.items():
        yield say.w("card.linked.differs", theirs=say.path(column.of, theirs), ours=say.field(card, ours))


# ---- from when to when ---------------------------------------------------------------------------------
def _times(card: Card, say: Naming) -> Iterator[str]:
    w, p = say.w, card.parameters
    if {"every", "counts", "statistic"} & set(p) or card.function in ("access_rights", "growth", "parity"):
        return
    if str(p.get("from", "")).startswith("reading "):
        yield w("card.from.reading", reading=say.asked(card, str(p["from"])))
    elif "from" in p:
        yield w("card.from", name=say.field(card, str(p["from"])))
    if "due" in p:
        yield w("card.due_at", name=say.field(card, str(p["due"])))
    if "to" in p:
        yield w("card.to", name=say.field(card, str(p["to"])))
    if "bounded_by" in p:
        yield w("card.bounded_by", name=say.field(card, str(p["bounded_by"])))
    if "part" in p:
        return
    if "limit" in p:
        yield w("card.limit", limit=say.limit(card, p["limit"]))
    elif not card.function and "due" not in p and "figure" not in p and not {"allowed", "forbidden"} & set(p):
        yield w("card.no_limit")


# ---- what must be so -----------------------------------------------------------------------------------
def _duty(card: Card, say: Naming) -> Iterator[str]:
    p = card.parameters
    if "statistic" in p:
        yield _goal(card, say)
    elif "counts" in p and card.check == "rate":
        yield from _rate(card, say)
    elif "every" in p and card.function != "growth":
        yield from _rhythm(card, say)
    for word in ("statistic", "every"):
        if str(p.get(word, "")).startswith("reading "):
            yield say.w(f"card.which_{word}", reading=say.asked(card, str(p[word])))
    yield from _fields(card, say)
    yield from _values(card, say)
    if "in_year" in p:
        year = p["in_year"]
        if isinstance(year, str):
            yield say.w("card.in_year.reading", reading=say.asked(card, year))
        elif year:
            yield say.w("card.in_year", year=str(year))


def _fields(card: Card, say: Naming) -> Iterator[str]:
    w, p = say.w, card.parameters
    names = [say.field(card, name) for name in cast("list[str]", p.get("fields", []))]
    keys = cast("list[str]", p.get("contains", []))
    if keys:
        for name, said in zip(cast("list[str]", p.get("fields", [])), names, strict=True):
            of, field = _home(card, name)
            values = say.list([say.value(of, field, key) for key in keys])
            yield w("card.contains", name=said, values=values)
    elif names:
        yield w("card.fields", names=say.list(names))
    yield from _steps(card, say)
    if "among" in p:
        yield w("card.among", by=say.field(card, str(p["among"])))
    if "contains_also" in p:
        yield w("card.contains_also", reading=say.asked(card, str(p["contains_also"])))
    if "must" in p:
        must = say.filter(card, cast("dict[str, Wanted]", p["must"]))
        yield w("card.must" if names or "steps" in p or "figure" in p else "card.must_only", filter=must)
    if "done" in p:
        yield w("card.done", name=say.field(card, str(p["done"])))


def _steps(card: Card, say: Naming) -> Iterator[str]:
    w, p = say.w, card.parameters
    if "steps" not in p:
        return
    steps = [say.field(card, name) for name in cast("list[str]", p["steps"])]
    if len(steps) > 1:
        yield w("card.steps", names=w("card.arrow").join(steps))
    needed = [say.field(card, name) for name in cast("list[str]", p.get("required", []))]
    if needed:
        yield w("card.required", names=say.list(needed))
    if p.get("in_time"):
        yield w("card.in_time")
    if p.get("unbroken"):
        yield w("card.unbroken")


def _home(card: Card, name: str) -> tuple[str, str]:
    """Entity and field whose values a name shows."""
    column = card.columns.get(name)
    return (column.of, column.name) if column is not None and column.of else (card.of, name)


def _values(card: Card, say: Naming) -> Iterator[str]:
    w, p = say.w, card.parameters
    if "field" in p:
        yield from _one_field(card, say, str(p["field"]))
    for word in ("allowed", "forbidden"):
        if word in p:
            yield w(f"card.{word}", filter=say.filter(card, cast("dict[str, Wanted]", p[word])))
    if "part" in p:
        part, whole, once = (say.field(card, str(p[name])) for name in ("part", "whole", "once"))
        yield w("card.share", part=part, whole=whole, once=once, limit=say.limit(card, p["limit"]))
    if "figure" in p:
        name = say.field(card, str(p["figure"]))
        for word in ("at_most", "at_least"):
            if word in p:
                key = f"card.{word}.rings" if card.function == "picked_up" else f"card.{word}"
                yield w(key, name=name, limit=say.limit(card, p[word]))


def _one_field(card: Card, say: Naming, field: str) -> Iterator[str]:
    w, p, name = say.w, card.parameters, say.field(card, field)
    of, last = _home(card, field)
    if "values" in p:
        values = [say.value(of, last, one) for one in cast("list[object]", p["values"])]
        yield w("card.values", name=name, values=say.list(values))
    if "map" in p:
        by, pairs = str(p["by"]), cast("dict[str, Wanted]", p["map"])
        said = [
            w("card.pair", a=say.value(card.of, by, key), b=say.values(of, last, wanted))
            for key, wanted in pairs.items()
        ]
        yield w("card.map", name=name, by=say.field(card, by), pairs=w("card.and_also").join(said))
    if "equals" in p:
        yield w("card.equals", name=name, other=say.field(card, str(p["equals"])))
    if "pattern" in p:
        yield w("card.pattern", name=name, pattern=str(p["pattern"]))
    for word in ("length", "scale"):
        if word in p:
            a, b = cast("list[int]", p[word])
            yield w(f"card.{word}", name=name, a=a, b=b)


# ---- periods -------------------------------------------------------------------------------------------
def every(card: Card, say: Naming) -> str:
    """The period of a card."""
    word = str(card.parameters.get("every", "month"))
    if word.startswith("reading "):
        return say.w("card.every.by_reading")
    return say.w(f"card.every.{word}")


def _goal(card: Card, say: Naming) -> str:
    p, word = card.parameters, str(card.parameters["statistic"])
    if word.startswith("reading "):
        statistic = say.w("card.statistic.by_reading")
    else:
        statistic = say.w(f"card.statistic.{word}")
    return say.w(
        "card.goal", every=every(card, say), statistic=statistic, limit=say.limit(card, p["limit"]),
        **{"from": say.field(card, str(p["from"])), "to": say.field(card, str(p["to"]))},
    )  # fmt: skip


def _rate(card: Card, say: Naming) -> Iterator[str]:
    w, p = say.w, card.parameters
    name, _, value = str(p["counts"]).partition("=")
    said = say.field(card, name)
    if value:
        counts = w("card.is", name=said, value=say.value(card.of, name, value))
    elif "at_least" in p:
        counts = w("card.rate.score", name=said, limit=say.limit(card, p["at_least"]))
    else:
        counts = w("card.filled", name=said)
    limit = say.limit(card, p["limit"]) if "limit" in p else ""
    if limit:
        yield w(
            "card.rate", every=every(card, say), by=say.field(card, str(p["by"])), counts=counts, limit=limit
        )
    if "below" in p:
        yield w("card.below", limit=say.limit(card, p["below"]))
    if "without" in p:
        yield w("card.rate.without", name=say.field(card, str(p["without"])))
    if "window" in p:
        yield w("card.rate.window", reading=say.asked(card, f"reading {p['window']}"))


def _rhythm(card: Card, say: Naming) -> Iterator[str]:
    w, p = say.w, card.parameters
    least = p.get("least", 1)
    if "distinct" not in p and not (isinstance(least, int) and least == 1):
        yield w("card.rhythm.least", every=every(card, say), n=say.limit(card, least))
    else:
        yield w("card.rhythm", every=every(card, say))
    blocks = cast("tuple[Rows, ...]", p.get("rows", ()))
    if blocks:
        yield w("card.rhythm.rows", rows=say.rows(blocks))
        if any(block.today for block in blocks):
            yield w("card.row.today")
    elif not card.function:
        yield w("card.state")
        yield from _shown(card, say)
    if p.get("all_rows"):
        yield w("card.rhythm.all_rows")
    of = blocks[0].of if blocks else card.of
    for name, values in cast("dict[str, list[object]]", p.get("each_of", {})).items():
        yield w(
            "card.each_of",
            name=say.path(of, name),
            values=say.list([say.value(of, name, one) for one in values]),
        )
    if "distinct" in p:
        yield w("card.distinct", n=say.limit(card, least), name=say.path(of, str(p["distinct"])))
    yield from _who_and_when(card, say)


def _shown(card: Card, say: Naming) -> Iterator[str]:
    """Since when a state is known, and how long it is taken to last."""
    p = card.parameters
    if "shown_from" in p:
        yield say.w("card.shown_from", name=say.field(card, str(p["shown_from"])))
    if "holds" in p:
        yield say.w("card.holds", limit=say.limit(card, p["holds"]))


def _who_and_when(card: Card, say: Naming) -> Iterator[str]:
    """Who owes it in a period, and in which part of it."""
    w, p = say.w, card.parameters
    if "when" in p:
        yield w("card.rhythm.when", rows=say.rows(cast("tuple[Rows, ...]", p["when"])))
    for word in ("joined", "left"):
        if word in p:
            yield w(f"card.{word}", name=say.field(card, str(p[word])))
    for word in ("grace", "within"):
        if word in p:
            yield w(f"card.{word}", limit=say.limit(card, p[word]))


# ---- functions -----------------------------------------------------------------------------------------
def _function(card: Card, say: Naming) -> Iterator[str]:
    w, p = say.w, card.parameters
    if not card.function:
        return
    if card.function == "overtime":
        roles = [w(f"told.name.{role}") for role in str(p["roles"]).split()]
        yield w(f"card.function.overtime.{p['evidence']}", roles=w("card.or").join(roles))
    elif card.function == "growth":
        yield w("card.function.growth", limit=say.limit(card, p["limit"]))
    else:
        yield w(f"card.function.{card.function}")
    if card.function == "special_visit":
        yield from _rate(card, say)
