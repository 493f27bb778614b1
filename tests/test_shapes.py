"""The shapes of the card language: each is judged as its cases say, and shows every verdict it can give."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import yaml

from audits.cards import Card
from audits.judge import audit, obligations
from audits.partition import merge, split
from audits.periods import parse
from tests.facts import FAR_BACK, ZONE, at, facts_of
from tests.shapes_home import SHAPES, shape_rules
from tests.test_cases import Case, _Loader, expected, judged, prove


def _cases() -> list[Case]:
    found = []
    for name in ("cases", "functions"):
        document = yaml.load((SHAPES / f"{name}.yaml").read_text(encoding="utf-8"), _Loader)
        common = {key: value for key, value in document.items() if key != "cases"}
        found += [Case(name, {**common, **case}) for case in document["cases"]]
    return found


CASES = _cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.data["name"])
def test_a_shape_is_judged_as_its_case_says(case: Case) -> None:
    prove(case, judged(case, shape_rules))


def _automatic() -> list[Card]:
    return [card for card in shape_rules("2026-10").cards.values() if card.auditable == "auto"]


@pytest.mark.parametrize("clause", [card.id for card in _automatic()])
def test_every_shape_is_shown_met_and_broken(clause: str) -> None:
    shown: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        for name, then in case.then.items():
            shown[name] |= {expected(said)["verdict"] for said in then.values() if said != "nothing"}
    assert {"met", "breached"} <= shown[clause] or clause == "LAB-PARITY"


def test_an_audit_in_parts_finds_what_the_whole_finds() -> None:
    """Linked rows, queues, goals and rhythms look across the cases that parts divide."""
    names = {"LAB-LINKED", "LAB-URGENT", "LAB-AT-MOST", "LAB-GOAL", "LAB-PICKED-UP", "LAB-EITHER"}
    given: dict[str, list[dict[str, Any]]] = {}
    for case in CASES:
        if set(case.then) & names:
            for entity, rows in case.data["given"].items():
                mark = f"{len(given.get(entity, ()))}-"
                keys = ("id", "case_id", "assignee_id")
                given.setdefault(entity, []).extend(
                    {name: f"{mark}{value}" if name in keys else value for name, value in row.items()}
                    for row in rows
                )
    rules = shape_rules("2026-10")
    rules = replace(rules, cards={name: card for name, card in rules.cards.items() if name in names})
    facts = facts_of(given, complete={"notification": FAR_BACK})
    as_of, period = at("2026-11-01T00:00+08:00"), parse("2026-10", ZONE)
    whole = obligations(audit(facts, rules, as_of, period))
    parts = [audit(part, rules, as_of, period) for part in split(facts, 3)]
    pd.testing.assert_frame_equal(_sorted(obligations(merge(facts, parts))), _sorted(whole))


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(["clause", "subject", "occurrence"]).reset_index(drop=True)
