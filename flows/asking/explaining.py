"""``explain``: one record of a snapshot, looked at through every card that speaks of it."""

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from audits.context import Judgement
from audits.current import with_findings
from audits.errors import WrongUse
from audits.facts import Facts
from audits.instants import instant_of
from audits.judge import Judged, audit, obligations
from audits.saying import iso
from audits.story import story
from audits.words import NAT
from config.rulebook import open_rules
from config.settings import Settings
from tasks.crm import snapshot

#: Columns by which a record may be called.
_NAMES = ("id", "case_no", "code")


def explain_record(
    settings: Settings, name: str, folder: Path | None, as_of: datetime | None
) -> dict[str, Any]:
    """Every clause on one record, met ones too.

    Args:
        settings: where the runs are.
        name: number, id or finding.
        folder: a snapshot; None takes the newest run's.
        as_of: instant to judge at; None takes the snapshot's.

    Raises:
        WrongUse: no such snapshot, or nothing of that name in it.
    """
    place = folder or newest_snapshot(settings.out)
    return explain_in(judge_again(place, as_of), name, str(place))


def judge_again(folder: Path, as_of: datetime | None = None) -> Judged:
    """Judge a snapshot; the period matters to no single verdict."""
    taken = snapshot.read(folder)
    at = instant_of(as_of) if as_of else taken.info.as_of
    rules, period = open_rules(taken.rules, _year(taken.facts, at), taken.facts.zone)
    return audit(taken.facts, rules, at, period)


def explain_in(judged: Judged, name: str, where: str = "") -> dict[str, Any]:
    """Every clause on one record of what was judged; see ``explain_record``."""
    facts, rules, at = judged.facts, judged.rules, judged.as_of
    wanted = _subjects(facts, judged, name)
    clauses = [
        _clause(judged, made, int(row)) for made in judged.made.values() for row in _rows(made, wanted)
    ]
    if not clauses:
        raise WrongUse(
            f"nothing is called {name!r} in the snapshot",
            where,
            "give the number or id of a case, acceptance or other record, a cohort such as 2026-09, or a finding",
        )
    return {
        "asked": name,
        "subjects": sorted(":".join(one) for one in wanted),
        "as_of": iso(at, facts.zone),
        "zone": facts.zone,
        "clauses": clauses,
        "unconnected": [
            {"clause": clause, "title": rules.cards[clause].title._asdict(), "missing": list(missing)}
            for clause, missing in judged.unconnected.items()
        ],
    }


def newest_snapshot(out: Path) -> Path:
    """The snapshot of the run that was written last."""
    found = sorted(out.glob("*/snapshot/manifest.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise WrongUse(
            "there is no run to look into", str(out), "run `clausewatch audit` first, or name a --snapshot"
        )
    return found[-1].parent


def _year(facts: Facts, at: int) -> str:
    stamp = iso(at, facts.zone) or ""
    return stamp[:4]


def _subjects(facts: Facts, judged: Judged, name: str) -> set[tuple[str, str]]:
    """(entity, id) of what is called so: a record, else a cohort, or what a finding is about."""
    found = {
        (entity, str(key))
        for entity, frame in facts.frames.items()
        for column in _NAMES
        if column in frame.columns
        for key in frame.loc[frame[column] == name, "id"]
    }
    if not found:
        frame = with_findings(judged, obligations(judged))
        rows = frame[(frame["finding"] == name) | (frame["label"] == name)]
        found = set(zip(rows["entity"], rows["record"], strict=True))
    return found


def _rows(made: Judgement, wanted: set[tuple[str, str]]) -> Any:
    keys = [key for entity, key in wanted if entity in {made.view.base.name, made.view.name}]
    if not keys:
        return ()
    ids = made.view.base.text("id").iloc[made.view.pos[made.rows]]
    return np.flatnonzero(ids.isin(keys).to_numpy())


def _clause(judged: Judged, made: Judgement, row: int) -> dict[str, Any]:
    one = obligations(judged, lambda other: _only(other, made, row)).iloc[0]
    zone = judged.facts.zone
    card = made.card
    out = made.outcome
    return {
        "clause": card.id,
        "place": card.place,
        "title": card.title._asdict(),
        "record": one["label"],
        "occurrence": one["occurrence"],
        "verdict": one["verdict"],
        "reason": one["reason"],
        "field": one["field"],
        "anchor": iso(int(made.anchor[row]), zone),
        "due": iso(int(out.due[row]), zone),
        "done": iso(int(out.done[row]), zone),
        "margin_us": _margin(str(one["verdict"]), int(out.due[row]), int(out.done[row])),
        "readings": [
            {
                "id": reading,
                "option": judged.rules.readings.ask(reading, card.id),
                "signed": bool(judged.rules.readings.signed(reading, card.id)),
            }
            for reading in card.readings
        ],
        **story(judged, made, row),
    }


def _margin(verdict: str, due: int, done: int) -> int | None:
    """What was left, or minus what it was late; None where being in time is not what decided."""
    if NAT in {due, done} or (done <= due) != (verdict == "met"):
        return None
    return due - done


def _only(other: Judgement, made: Judgement, row: int) -> Any:
    mask = np.zeros(len(other.rows), bool)
    if other is made:
        mask[row] = True
    return mask
