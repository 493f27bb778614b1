"""What another reading would change: each option counted, so that the officer signs with open eyes."""

from dataclasses import replace
from typing import Any

import numpy as np

from audits.cards import Card, Reading, Readings
from audits.counting import VERDICTS
from audits.judge import Judged, audit
from audits.words import Verdict


def effects(judged: Judged) -> list[dict[str, Any]]:
    """Every reading that a connected card uses, with the effect of each option in the reported period."""
    used = {name for card in _connected(judged) for name in card.readings}
    readings = judged.rules.readings.by_id
    return [_reading(judged, readings[name]) for name in sorted(used)]


def _connected(judged: Judged) -> list[Card]:
    return [made.card for made in judged.made.values()]


def _reading(judged: Judged, reading: Reading) -> dict[str, Any]:
    cards = [card for card in _connected(judged) if reading.id in card.readings]
    asked = {card.id: judged.rules.readings.ask(reading.id, card.id) for card in cards}
    options = []
    for option in reading.options:
        in_use = [clause for clause, key in asked.items() if key == option.key]
        counted = judged if len(in_use) == len(cards) else _otherwise(judged, reading, option.key, cards)
        options.append({
            "key": option.key,
            "text": {"zh": option.text.zh, "en": option.text.en},
            "in_use_for": in_use,
            "breached": _breached(counted, cards),
            "rates": _rates(counted, cards),
        })  # fmt: skip
    figures = [(option["breached"], option["rates"]) for option in options]
    return {
        "id": reading.id,
        "question": {"zh": reading.question.zh, "en": reading.question.en},
        "unit": reading.unit,
        "why": {"zh": reading.why.zh, "en": reading.why.en},
        "clauses": [card.id for card in cards],
        "default": reading.default,
        "options": options,
        "signatures": [
            {
                "option": s.option,
                "by": s.by,
                "on": s.on,
                "why": s.why,
                "from": s.from_,
                "clauses": list(s.clauses),
            }
            for s in reading.signatures
        ],
        "effect": any(figure != figures[0] for figure in figures),
    }


def _otherwise(judged: Judged, reading: Reading, option: str, cards: list[Card]) -> Judged:
    """The cards of a reading judged again as if this option had been chosen for all of them."""
    rules = judged.rules
    chosen = replace(reading, default=option, signatures=())
    readings = Readings({**rules.readings.by_id, reading.id: chosen}, rules.readings.on)
    wanted = {card.id for card in cards}
    if any(card.function == "overtime" for card in cards):  # they hang on the limits
        wanted |= {c.id for c in _connected(judged) if c.obligation_key in {"first_response", "resolution"}}
    kept = {clause: card for clause, card in rules.cards.items() if clause in wanted}
    return audit(judged.facts, replace(rules, readings=readings, cards=kept), judged.as_of, judged.period)


def _breached(judged: Judged, cards: list[Card]) -> int:
    total = 0
    for card in cards:
        made = judged.made[card.id]
        total += int(((made.outcome.verdict == Verdict.BREACHED) & judged.in_period(made)).sum())
    return total


def _rates(judged: Judged, cards: list[Card]) -> list[dict[str, Any]]:
    out = []
    for card in cards:
        if card.check != "rate":
            continue
        made = judged.made[card.id]
        rows = np.flatnonzero(judged.in_period(made))
        sums = {name: int(made.view.numbers[name][made.rows[rows]].sum()) for name in ("part", "known")}
        verdict = VERDICTS[int(made.outcome.verdict[rows[-1]])] if len(rows) else None
        out.append(
            {"clause": card.id, "numerator": sums["part"], "denominator": sums["known"], "verdict": verdict}
        )
    return out
