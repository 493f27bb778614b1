"""What a source lets us judge, clause by clause; why the rest is not judged; and what is cheapest to connect next."""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final

import numpy as np

from audits.cards import Card
from audits.context import Judgement
from audits.facts import Facts
from audits.gaps import gaps, unmapped, violations
from audits.judge import Judged
from audits.model import MODEL
from audits.promises import BROKEN, promises
from audits.saying import iso
from audits.words import Reason, Verdict

#: States of a clause, those that need somebody first.
UNCONNECTED, PARTLY, JUDGED, NONE_DUE = "unconnected", "partly", "judged", "none_due"
STATES: Final = (UNCONNECTED, PARTLY, JUDGED, NONE_DUE, "attested", "not_auditable")
#: Rules of violations that say something of their own in the answer.
_DISAGREE, _VALUE = "disagree", "value"
#: Most next steps that are named.
STEPS: Final = 5


def coverage(judged: Judged) -> dict[str, Any]:
    """What can be judged of one source over one period.

    Returns:
        Plain data: ``clauses`` (state, records judged of how many, why not), ``counts`` of their states,
        ``values`` (lists with what the mapping does not know), ``promises``, ``disagreements`` (two sources
        of one instant), ``violations``, ``gaps``, ``next`` (what to connect, the cheapest first), ``broken``
        (promises that the rows contradict) and ``covered``: no clause is left without a verdict.
    """
    lines = [_clause(judged, card) for card in judged.rules.cards.values()]
    promised = promises(judged)
    return {
        "schema": 1,
        "source": judged.facts.source,
        "as_of": iso(judged.as_of, judged.facts.zone),
        "period": judged.period.key,
        "rows": {entity: len(frame) for entity, frame in sorted(judged.facts.frames.items())},
        "clauses": lines,
        "counts": {state: sum(line["state"] == state for line in lines) for state in STATES},
        "values": values(judged),
        "promises": promised,
        "broken": sum(line["finding"] in BROKEN for line in promised),
        "disagreements": [one for one in violations(judged) if one["rule"] == _DISAGREE],
        "violations": [one for one in violations(judged) if one["rule"] not in (_DISAGREE, _VALUE)],
        "gaps": gaps(judged),
        "next": next_steps(judged, lines),
        "covered": all(_covered(line) for line in lines),
    }


def _covered(line: dict[str, Any]) -> bool:
    return bool(line["state"] != UNCONNECTED and (line["state"] != PARTLY or line["judged"]))


def _clause(judged: Judged, card: Card) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": card.id,
        "standard": card.standard,
        "place": card.place,
        "title": {"zh": card.title.zh, "en": card.title.en},
        "audit": card.audit,
        "state": "attested" if card.auditable == "attest" else "not_auditable",
        "records": 0,
        "judged": 0,
        "missing": [],
        "why": [],
    }
    if card.id in judged.unconnected:
        return line | {"state": UNCONNECTED, "missing": list(judged.unconnected[card.id])}
    if card.auditable != "auto" or card.id not in judged.made:
        return line
    return line | _counted(judged, judged.made[card.id])


def _counted(judged: Judged, made: Judgement) -> dict[str, Any]:
    """How many records of the period were judged, and what kept the others from it."""
    rows = np.flatnonzero(judged.in_period(made))
    blind = made.outcome.verdict[rows] == Verdict.NO_DATA
    why = _why(made, rows[blind])
    records, known = _share(made, rows, blind)
    absent = sorted({one["field"] for one in why if one["reason"] == Reason.FIELD_NOT_PROVIDED.name})
    if not records:
        return {"state": NONE_DUE}
    state = JUDGED if known == records else UNCONNECTED if absent and not known else PARTLY
    return {"state": state, "records": records, "judged": known, "missing": absent, "why": why}


def _share(made: Judgement, rows: Any, blind: Any) -> tuple[int, int]:
    """Records of the period and how many of them were judged; those of a rate are the members of its cohorts."""
    if made.card.check != "rate":
        return len(rows), int((~blind).sum())
    known, unknown = (made.view.numbers[name][made.rows[rows]] for name in ("known", "unknown"))
    return int(known.sum() + unknown.sum()), int(known[~blind].sum())


def _why(made: Judgement, rows: Any) -> list[dict[str, Any]]:
    """Reasons by field, the one with most records first."""
    pairs = zip(made.outcome.field[rows].tolist(), made.outcome.reason[rows].tolist(), strict=True)
    counts = Counter(pairs)
    found = [
        {"field": made.fields[field] if field >= 0 else made.card.of, "reason": Reason(reason).name, "n": n}
        for (field, reason), n in counts.items()
    ]
    return sorted(found, key=lambda one: (-one["n"], one["field"], one["reason"]))


def values(judged: Judged) -> list[dict[str, Any]]:
    """Lists of values by field: rows known, unknown to the mapping, and blank; those that clauses read first."""
    unknown: dict[str, list[dict[str, Any]]] = {}
    for one in unmapped(judged):
        unknown.setdefault(one["field"], []).append({"value": one["value"], "count": one["count"]})
    lines = []
    for entity, field in _lists(judged.facts):
        name = f"{entity}.{field}"
        frame = judged.facts.frames[entity]
        missed = sorted(unknown.get(name, []), key=lambda one: (-one["count"], one["value"]))
        known, lost = int(frame[field].notna().sum()), sum(one["count"] for one in missed)
        lines.append({
            "field": name, "rows": len(frame), "known": known, "unmapped": lost,
            "blank": max(0, len(frame) - known - lost), "values": missed,
            "clauses": _readers(judged, name), "decides": _deciding(judged, entity, field),
        })  # fmt: skip
    return sorted(lines, key=lambda line: (-line["clauses"], -line["unmapped"], line["field"]))


def _lists(facts: Facts) -> Iterable[tuple[str, str]]:
    for entity, frame in sorted(facts.frames.items()):
        for name, field in MODEL[entity].fields.items():
            if field.type in ("enum", "keys") and name in frame.columns and facts.provides(entity, name):
                yield entity, name


def _readers(judged: Judged, name: str) -> int:
    return sum(name in _fields(card) for card in judged.rules.cards.values())


def _deciding(judged: Judged, entity: str, field: str) -> int:
    """Clauses whose population this field decides: there a blank is a hole."""
    name = f"{entity}.{field}"
    return sum(field in card.where and name in _fields(card) for card in judged.rules.cards.values())


def _fields(card: Card) -> list[str]:
    return [name for need in card.needs for name in need.split("|")]


def next_steps(judged: Judged, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What to connect next: most clauses for the fewest fields first.

    A step is what one unconnected clause lacks (a field, a kind of record, or several kinds at once); it
    connects every clause that lacks nothing else. A kind of record costs the fields that those clauses read.

    Returns:
        Each: ``connect`` (``case.first_response_at``, ``escalation``), ``fields``, ``clauses`` it connects.
    """
    lacks = {line["id"]: frozenset(line["missing"]) for line in lines if line["state"] == UNCONNECTED}
    steps = [_step(judged, wanted, lacks) for wanted in set(lacks.values()) if wanted]
    steps.sort(
        key=lambda s: (-Fraction(len(s["clauses"]), len(s["fields"])), -len(s["clauses"]), s["connect"])
    )
    return steps[:STEPS]


def _step(judged: Judged, wanted: frozenset[str], lacks: dict[str, frozenset[str]]) -> dict[str, Any]:
    gained = [clause for clause, missing in lacks.items() if missing <= wanted]
    fields = {name for name in wanted if "." in name}
    for clause in gained:
        for need in judged.rules.cards[clause].needs:
            first = need.partition("|")[0]
            if first.partition(".")[0] in wanted:
                fields.add(first)
    return {"connect": sorted(wanted), "fields": sorted(fields), "clauses": sorted(gained)}
