"""The proposed mapping as a file people finish: every choice with its reason, every open value with a ``?``."""

import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

import yaml
from sqlalchemy.engine import URL

from audits.model import MODEL
from tasks.crm.proposing.codes import Codes, codes
from tasks.crm.proposing.schema import Table
from tasks.crm.proposing.scoring import Candidate
from tasks.crm.proposing.vocabulary import fits, hint, vocabulary
from tasks.crm.refusals import Refusal
from tasks.crm.sources import Source

if TYPE_CHECKING:
    from tasks.crm.proposing.proposal import Found

_SECRET: Final = ("pass", "key", "token", "secret")
#: What the log's fields are called below in `derive`.
_LOGGED: Final = {"is_closed": "status", "assignee_id": "owner", "service_type": "type"}


def connection(url: URL, variable: str) -> str:
    """The line of the connection ``crm``: the address from the environment, written down only where it holds no secret."""
    secret = url.password or any(sign in key.lower() for key in url.query for sign in _SECRET)
    if secret:
        return f'  crm: {{url: "${{{variable}}}"}}'
    return f'  crm: {{url: "${{{variable}}}", default: {json.dumps(_plain(url), ensure_ascii=False)}}}'


def _plain(url: URL) -> str:
    """The address as one may give it again."""
    kind = url.set(drivername=url.get_backend_name())
    return quote_plus(kind.render_as_string(hide_password=False), safe=":/@?&=.%+,~")


def proposed(name: str, connection_line: str, found: "Found", tables: Mapping[str, Table]) -> tuple[str, int]:
    """The file for chosen tables, and how many values wait for their meaning."""
    lines = [*HEAD, *_top(name), "connections:", connection_line]
    lines += [
        f"  # registers: {{folder: state/{name}/registers}}   # clausewatch register new acceptance qa_check ...",
        "",
        "entities:",
    ]
    waiting = 0
    for entity in found.chosen:
        if entity != "history":
            block, open_values = _entity(entity, found, tables)
            lines += [*block, ""]
            waiting += open_values
    lines += _not_found(found)
    log, open_values = _history(found, tables)
    return "\n".join([*lines, *log]).rstrip() + "\n", waiting + open_values


HEAD: Final = (
    "# yaml-language-server: $schema=schema.json",
    "#",
    "# Proposed by `clausewatch init` from names, kinds and references of tables and columns. Check every line.",
    "# Read for it: the schema, counts of rows, and the distinct values of columns that hold codes. Nothing else.",
    "# Fill in each `?` with a canonical value and take the `#` before it away. A value left open stays unmapped:",
    "# its records are counted as a data gap, never guessed. docs/mappings.md explains every key.",
)


def _top(name: str) -> list[str]:
    stamps = "naive utc   # CHECK with one case you know: `naive local` if the CRM stores local time"
    return top(name, stamps, "now")


def top(name: str, stamps: str, extracted_at: str) -> list[str]:
    """The head of the mapping, down to its connections."""
    return [
        "schema: 1",
        f"source: {name}   # part of every finding's identity: choose once",
        f"title: {{zh: {name}, en: {name}}}",
        "zone: Asia/Shanghai   # of the business, and of local stamps",
        f"stamps: {stamps}",
        f"extracted_at: {extracted_at}",
        "",
    ]


# ---- entities -----------------------------------------------------------------------------------------
def _entity(entity: str, found: "Found", tables: Mapping[str, Table]) -> tuple[list[str], int]:
    each, select = found.chosen[entity], found.selects[entity]
    lines = [f"  {entity}:", *_reasons(entity, each, found, tables), "    from: crm", "    select: |"]
    lines += [f"      {line}" for line in select.sql.splitlines()]
    lines.append(f"    # complete_since: 2026-01-01   # {PROMISE}")
    if found.stamps.get(entity):
        forms = ", ".join(f"{field}: {form}" for field, form in found.stamps[entity].items())
        lines.append(f"    stamps: {{{forms}}}")
    listed = {field: told for (owner, field), told in found.codes.items() if owner == entity}
    blocks = [values(entity, field, told, select.origins[field]) for field, told in listed.items()]
    if blocks:
        lines += ["    values:", *(line for block, _ in blocks for line in block)]
    return lines, sum(count for _, count in blocks)


PROMISE: Final = "since when a missing row proves absence: a promise only you can make"


def _several_kinds(each: Candidate, name: str, tables: Mapping[str, Table]) -> str:
    """The column that says of what kind the record is that a reference means; "" where it is always a case."""
    if name not in each.choices:
        return ""
    stem = re.sub(r"_?id$", "", each.choices[name].place.column.name, flags=re.IGNORECASE)
    columns = tables[each.table].columns
    return next(
        (c for c in columns if stem and c.lower() in (f"{stem}_type".lower(), f"{stem}type".lower())), ""
    )


def _reasons(entity: str, each: Candidate, found: "Found", tables: Mapping[str, Table]) -> Iterator[str]:
    """Why this table and these columns, and what else there was."""
    yield f"    # Table {shown(each.table)}: {each.score} points ({each.why})."
    for other in found.others.get(entity, ()):
        yield f"    # Not chosen: {shown(other.table)}: {other.score} points ({other.why})."
    for name, choice in each.choices.items():
        if choice.others:
            also = ", ".join(shown(f"{place.table}.{place.column.name}") for place in choice.others)
            yield f"    # {name} could also be: {also}."
    for name in ("case_id", "record"):
        kinds = _several_kinds(each, name, tables)
        if kinds:
            column = each.choices[name].place.column.name
            yield f"    # {shown(column)} refers to several kinds of records: keep those of cases, by {shown(kinds)}."
    days = [name for name, choice in each.choices.items() if choice.place.column.kind == "day"]
    if days:
        yield f"    # Only a day, no hour: {', '.join(days)}; limits in hours and minutes will be undecided."
    missing = [name for name in vocabulary().entities[entity].fields if name not in each.choices]
    if missing:
        yield f"    # No column found for: {', '.join(missing)}."


def values(
    entity: str, field: str, told: Codes, origin: str, meanings: Mapping[str, str | None] | None = None
) -> tuple[list[str], int]:
    """A value map that loads as it stands, with a line for each value to fill in, and how many those are.

    Args:
        entity, field: what the values are to mean.
        told: what the CRM holds.
        origin: where it holds it.
        meanings: values whose meaning is known already.
    """
    known = MODEL[entity].fields[field]
    words = ("true", "false") if known.type == "bool" else known.values
    head = f"      {field}:   # {shown(origin)}: {told.distinct} values in {told.rows} rows"
    canonical = textwrap.wrap(f"canonical values: {', '.join(words)}", 96)
    lines = [head, *(f"        # {line}" for line in canonical)]
    if not {value for value, _ in told.listed} & {*words, *(meanings or {})}:
        word = json.dumps(words[0])
        lines.append(f"        {word}: {word}   # one line keeps the map whole until yours are filled in")
    if told.withheld:
        return [*lines, f"        # none of the CRM's own is listed here: {told.withheld}"], 0
    open_values = 0
    for value, count in told.listed:
        key, known_as = quoted(value), (meanings or {}).get(value) or (value if value in words else None)
        if known_as:
            lines.append(f"        {key}: {json.dumps(known_as)}   # {count} rows")
        else:
            meant = hint(field, value)
            lines.append(f"        # {key}: ?   # {count} rows{f', perhaps {meant}' if meant else ''}")
            open_values += 1
    if told.distinct > len(told.listed):
        lines.append(f"        # ... and {told.distinct - len(told.listed)} more values")
    return lines, open_values


def _not_found(found: "Found") -> list[str]:
    missing = [e for e in ("staff", "customer", "survey", "interaction", "history") if e not in found.chosen]
    return [f"  # Nothing looks like: {', '.join(missing)}.", ""] if missing else []


# ---- history ------------------------------------------------------------------------------------------
def _history(found: "Found", tables: Mapping[str, Table]) -> tuple[list[str], int]:
    """The change log: whole where its fields are known by name, else as a comment to finish."""
    if "history" not in found.chosen:
        near = _like_history(tables)
        told = [
            f"# {shown(name)} looks like a history, but keeps old and new values in no columns of their own:"
            for name in near
        ]
        return [
            *told,
            *(["# see `json_changes` and `new_value_only` in docs/mappings.md."] if near else []),
        ], 0
    each, told_codes = found.chosen["history"], found.codes.get(("history", "field"), Codes(0, 0))
    fields = _logged(told_codes)
    lines = [
        "change_logs:",
        "  case:",
        *_reasons("history", each, found, tables),
        "    from: crm",
        "    select: |",
    ]
    lines += [f"      {line}" for line in found.selects["history"].sql.splitlines()]
    lines.append("    decoder: columns")
    names = ", ".join(f"{quoted(theirs)}: {ours}" for theirs, ours in fields.items())
    lines.append(f"    fields: {{{names}}}")
    rest = [f"{quoted(v)} ({n})" for v, n in told_codes.listed if v not in fields]
    lines += [f"    # other fields in it: {', '.join(rest)}"] if rest else []
    now = (
        "{status: status_now}"
        if "status" in fields.values() and "is_closed" in found.chosen["case"].choices
        else "{}"
    )
    lines.append(f"    creation: {{at: received_at, now: {now}}}")
    lines += [f"    # complete_since: 2026-01-01   # {PROMISE}", "", *_derive(found)]
    return (lines, 1) if "status" in fields.values() else ([f"# {line}" for line in lines], 1)


def _logged(told: Codes) -> dict[str, str]:
    """The log's own names of status, owner and type."""
    words = vocabulary().entities["case"].fields
    out: dict[str, str] = {}
    for field, ours in _LOGGED.items():
        ranked = sorted(
            told.listed, key=lambda each: (-fits(each[0], words[field].words, words[field].avoid), each[0])
        )
        if ranked and fits(ranked[0][0], words[field].words, words[field].avoid) and ranked[0][0] not in out:
            out[ranked[0][0]] = ours
    return out


def _derive(found: "Found") -> list[str]:
    """What the log could tell, to be finished: only a person knows which values mean done."""
    missing = [f for f in ("resolved_at", "closed_at") if f not in found.chosen["case"].choices]
    stamps = [f"#   case.{f}: {{since_last_reopening: {{change: status, to: [?]}}}}" for f in missing]
    events = "#   case_event: {from_changes: {case: {reopened: {change: status, from: [?]}}}}"
    return ["# derive:", *stamps, events]


def _like_history(tables: Mapping[str, Table]) -> list[str]:
    words = vocabulary().entities["history"]
    return [
        name
        for name, table in tables.items()
        if fits(name, words.tables) >= 60
        and any(fits(c, words.fields["record"].words) for c in table.columns)
    ][:3]


# ---- known products -----------------------------------------------------------------------------------
def product(text: str, name: str, source: Source, say: Callable[[str], None]) -> tuple[str, int]:
    """A shipped mapping with the values this CRM holds, marked where the mapping does not know them."""
    given = yaml.safe_load(text)
    lines = [
        "",
        f"# ---- What `clausewatch init` saw: the tables of {name}, and these values in columns of codes.",
        "# `?` marks a value that the mapping above does not know: put it into `values`, or it is a data gap.",
    ]
    waiting = 0
    for entity, block in given["entities"].items():
        for field, known in (block.get("values") or {}).items():
            if "select" not in block:
                continue
            say(f"values of {entity}.{field}")
            told, count = _seen(entity, field, known, block["select"], given.get("parameters") or {}, source)
            lines += told
            waiting += count
    return text.rstrip() + "\n" + "\n".join(lines) + "\n", waiting


def _seen(
    entity: str,
    field: str,
    known: Mapping[str, str],
    select: str,
    parameters: Mapping[str, str | int],
    source: Source,
) -> tuple[list[str], int]:
    try:
        told = codes(source, select, field, parameters)
    except Refusal as refusal:
        return [f"# {entity}.{field}: cannot be read here: {refusal.said}"], 0
    field_of = MODEL[entity].fields[field]
    words = {*map(str, known), *field_of.values}
    lines = [f"# {entity}.{field}: {told.distinct} values in {told.rows} rows"]
    if told.withheld:
        return [*lines, f"#   none is listed: {told.withheld}"], 0
    waiting = 0
    for value, count in told.listed:
        meaning = "" if value in words else " ?"
        waiting += bool(meaning)
        lines.append(f"#   {quoted(value)}:{meaning or ' mapped'}   {count} rows")
    if told.distinct > len(told.listed):
        lines.append(f"#   ... and {told.distinct - len(told.listed)} more values")
    return lines, waiting


def shown(name: str) -> str:
    """A name of the CRM as a comment may hold it: on one line, and all of it visible."""
    return "".join(sign if sign.isprintable() else "?" for sign in " ".join(name.split()))


def quoted(word: str) -> str:
    """A word of the CRM as YAML reads it back, on one line."""
    return json.dumps(word, ensure_ascii=not word.isprintable())
