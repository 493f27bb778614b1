"""Readings as the officer sees them: every open point, beside what each choice would have changed."""

import json
from pathlib import Path
from typing import Any

from audits.cards import Reading, Signature
from config.rules import load_readings, load_standards
from config.settings import Settings


def readings_known(settings: Settings, *, every: bool = False) -> list[dict[str, Any]]:
    """Readings with their options, the effect of each by the newest audit, and their signatures.

    Args:
        settings: where the rules and the runs are.
        every: those too that no card of the profile in use rests on.

    Returns:
        Unsigned ones whose options differ in cases first. ``breached`` of an option is None where no audit has
        counted it yet; ``counted`` names the run that did.
    """
    readings = load_readings(settings.rules / "readings")
    _, cards = load_standards(settings.rules / "standards", readings, settings.profile)
    used = {name: [c.id for c in cards.values() if name in c.readings] for name in readings}
    run, effects = _newest_effects(settings.out)
    rows = [
        _row(reading, used[name], effects.get(name, {}), run)
        for name, reading in readings.items()
        if every or used[name]
    ]
    return sorted(rows, key=lambda row: (bool(row["signed"]), not row["effect"]))


def _newest_effects(out: Path) -> tuple[str, dict[str, Any]]:
    """Folder and readings of the newest results there are."""
    found = sorted(out.glob("*/results.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        return "", {}
    told = json.loads(found[-1].read_text(encoding="utf-8"))
    return found[-1].parent.name, {reading["id"]: reading for reading in told["readings"]}


def _row(reading: Reading, clauses: list[str], counted: dict[str, Any], run: str) -> dict[str, Any]:
    breached = {option["key"]: option["breached"] for option in counted.get("options", ())}
    newest = max(reversed(reading.signatures), key=lambda s: s.from_, default=None)
    return {
        "id": reading.id,
        "question": reading.question._asdict(),
        "why": reading.why._asdict(),
        "unit": reading.unit,
        "default": reading.default,
        "in_use": newest.option if newest else reading.default,
        "options": [
            {"key": o.key, "text": o.text._asdict(), "value": o.value, "breached": breached.get(o.key)}
            for o in reading.options
        ],
        "clauses": clauses,
        "effect": bool(counted.get("effect", False)),
        "counted": run if breached else "",
        "signed": [_signature(s) for s in reading.signatures],
    }


def _signature(s: Signature) -> dict[str, Any]:
    return {
        "option": s.option, "by": s.by, "on": s.on, "from": s.from_, "why": s.why, "clauses": list(s.clauses),
    }  # fmt: skip
