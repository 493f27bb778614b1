"""The shapes of the card language: each is judged as its cases say, and shows every verdict it can give."""

from collections import defaultdict

import pytest
import yaml

from audits.cards import Card
from tests.shapes_home import SHAPES, shape_rules
from tests.test_cases import Case, _Loader, expected, judged, prove

_DOCUMENT = yaml.load((SHAPES / "cases.yaml").read_text(encoding="utf-8"), _Loader)
CASES = [
    Case("shapes", {**{key: value for key, value in _DOCUMENT.items() if key != "cases"}, **case})
    for case in _DOCUMENT["cases"]
]


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
    assert {"met", "breached"} <= shown[clause]
