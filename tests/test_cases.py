"""Every YAML case of tests/cases is judged and must come out as it says; every card and verdict has one."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pytest
import yaml

from audits.cards import Card, Readings
from audits.judge import audit, obligations
from audits.model import MODEL, Field
from audits.periods import parse
from audits.rules import Rules
from config.calendars import FOLDER, load_calendar, load_hours
from config.rules import HOME, every_card, load_rules
from tests.cases_told import seen, told_of
from tests.facts import FAR_BACK, ZONE, at, facts_of

CASES: Final = Path(__file__).parent / "cases"
KEYS: Final = {
    "name", "clause", "as_of", "extracted_at", "period", "given", "complete", "without", "unconnected", "since", "precision",
    "signed", "house", "then",
    "some",
}  # fmt: skip
SAID: Final = {"verdict", "reason", "due", "done", "field", "other", "other_due", "over", "edge"}


@dataclass(frozen=True)
class Case:
    """One case as it stands in its file."""

    file: str
    data: dict[str, Any]

    @property
    def then(self) -> dict[str, dict[str, Any]]:
        """What is expected, by clause and record."""
        expected = self.data["then"]
        if all(re.match(r"[A-Z]{3}-", key) for key in expected):
            return dict(expected)
        return {self.data["clause"]: expected}


class _Loader(yaml.CSafeLoader):
    """Dates stay the text that was written."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_cases() -> list[Case]:
    """Every case of every file; the calendar's have a runner of their own."""
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        if path.name.startswith("calendar"):
            continue
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)
        common = {key: value for key, value in document.items() if key != "cases"}
        found += [Case(path.stem, {**common, **case}) for case in document["cases"]]
    return found


ALL: Final = load_cases()


@cache
def shipped_rules(month: str) -> Rules:
    """Every shipped card, switched on or not, with the readings, calendar and opening hours."""
    rules = first_installation(month)
    standards, cards = every_card(HOME / "standards", rules.readings.by_id)
    return replace(rules, standards=standards, cards=cards)


@cache
def first_installation(month: str) -> Rules:
    """What is on when nothing was chosen."""
    calendar = load_calendar(FOLDER / "cn.yaml")
    hours = load_hours(FOLDER / "hours.yaml", {calendar.id: calendar})
    return load_rules(parse(month, ZONE), calendar, next(iter(hours.values())))


def judged(case: Case, rules_of: Callable[[str], Rules] = shipped_rules) -> pd.DataFrame:
    """The obligations of the clauses that the case speaks of."""
    data = case.data
    period = data.get("period", data["as_of"][:7])
    rules = rules_of(period)
    wanted = {name for name in rules.cards if name in case.then}
    assert wanted == set(case.then), f"no such clause: {sorted(set(case.then) - wanted)}"
    if any(rules.cards[name].function == "overtime" for name in wanted):
        wanted |= {c.id for c in rules.cards.values() if c.obligation_key in {"first_response", "resolution"}}
    cards = {name: _laid(card, data.get("house", {})) for name, card in rules.cards.items() if name in wanted}
    rules = replace(rules, cards=cards, readings=_signed(rules.readings, data.get("signed", {})))
    given = {entity: list(_copies(rows)) for entity, rows in data["given"].items()}
    for name in case.then:
        for need in filter(None, (*"|".join(cards[name].needs).split("|"), *links_of(cards[name]))):
            entity = need.partition(".")[0]
            if entity not in data.get("unconnected", ()):
                given.setdefault(entity, [])
    promises = data.get("complete", {})
    facts = facts_of(
        given,
        extracted_at=data.get("extracted_at", data["as_of"]),
        complete=promises if isinstance(promises, Mapping) else dict.fromkeys(promises, FAR_BACK),
        without=data.get("without", ()),
        since=data.get("since"),
        precision=data.get("precision"),
    )
    found = obligations(audit(facts, rules, at(data["as_of"]), parse(period, ZONE)))
    return found[found["clause"].isin(list(case.then))]


def _copies(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A row with ``times: 30`` stands for thirty, whose ids have 1 to 30 after them."""
    for row in rows:
        one = {key: value for key, value in row.items() if key != "times"}
        many = range(1, row["times"] + 1) if "times" in row else ("",)
        yield from ({**one, "id": f"{one['id']}{number}"} for number in many)


def _laid(card: Card, house: Mapping[str, Any]) -> Card:
    """The card with the lists that a house gives it."""
    lists = house.get(card.id, {})
    return replace(card, parameters={**card.parameters, "lists": lists}) if lists else card


def _signed(readings: Readings, options: Mapping[str, str]) -> Readings:
    chosen = {name: replace(readings.by_id[name], default=option) for name, option in options.items()}
    for name, option in options.items():
        readings.by_id[name].option(option)
    return Readings({**readings.by_id, **chosen}, readings.on)


def told(row: Any) -> dict[str, Any]:
    """One obligation in the words of a case."""
    return {
        "verdict": row.verdict,
        "reason": row.reason,
        "due": _iso(row.due_at),
        "done": _iso(row.done_at),
        "field": row.field,
        "other": None if pd.isna(row.other_verdict) else row.other_verdict,
        "other_due": _iso(row.other_due_at),
        "over": bool(row.over),
        "edge": bool(row.edge),
    }


def _iso(stamp: pd.Timestamp) -> datetime | None:
    return None if pd.isna(stamp) else stamp.to_pydatetime()


def expected(said: Any) -> dict[str, Any]:
    """``met``, ``breached LATE`` or a mapping as the facts that must hold."""
    if isinstance(said, str):
        verdict, _, reason = said.partition(" ")
        return {"verdict": verdict} | ({"reason": reason} if reason else {})
    assert set(said) <= SAID, f"a case cannot say {sorted(set(said) - SAID)}"
    out = dict(said)
    if " " in out.get("verdict", ""):
        out["verdict"], out["reason"] = out["verdict"].split(" ")
    for name in ("due", "done", "other_due"):
        if out.get(name):
            out[name] = datetime.fromisoformat(out[name])
    return out


def links_of(card: Card) -> list[str]:
    """Entities that a card's references lead to: a case that says nothing of them has none of their rows."""
    return [f"{field.ref}.id" for need in card.needs if (field := field_of(need)) and field.ref in MODEL]


def field_of(need: str) -> Field | None:
    """The field of the model that a card reads."""
    entity, _, name = need.partition("|")[0].partition(".")
    return MODEL[entity].fields.get(name)


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.file}: {case.data['name']}")
def test_the_case_is_judged_as_it_says(case: Case) -> None:
    frame = judged(case)
    prove(case, frame)
    held = seen().get(f"{case.file}: {case.data['name']}")
    assert held is None or told_of(frame) == held, "if meant: python -m tests.cases_told"


def prove(case: Case, frame: pd.DataFrame) -> None:
    """Every verdict that the case names came out, and no other unless it says ``some``."""
    assert set(case.data) <= KEYS, f"a case has no {sorted(set(case.data) - KEYS)}"
    for clause, then in case.then.items():
        found = {
            f"{row.record} {row.occurrence}".strip(): told(row)
            for row in frame[frame["clause"] == clause].itertuples()
        }
        for record, said in then.items():
            if said == "nothing":
                assert record not in found, f"{clause}: {record} is judged {found[record]}"
                continue
            assert record in found, f"{clause}: {record} is not judged, only {sorted(found)}"
            facts = expected(said)
            assert {name: found[record][name] for name in facts} == facts, f"{clause}: {record}"
        if "cohort" not in set(frame.loc[frame["clause"] == clause, "entity"]) and not case.data.get("some"):
            assert set(found) <= set(then), f"{clause}: {sorted(set(found) - set(then))} is judged too"


# ---- nothing without a case ---------------------------------------------------------------------------
ALWAYS: Final = {"met", "breached", "no_data"}
#: Verdicts that a card can give beside these, by the way it is judged.
CAN_GIVE: Final = {
    "threshold": set[str](),
    "checked_before_delivery": set[str](),
    "confidentiality": set[str](),
    "rate": {"pending", "not_applicable"},
    "rectification": {"pending", "not_applicable"},
    "special_visit": {"pending", "not_applicable"},
    "routed": set[str](),
    "parity": {"pending", "not_applicable"},
    "delay_told": {"pending", "not_applicable"},
    "told_every": {"pending", "not_applicable"},
    "purpose_bound": set[str](),
    "file_number": set[str](),
}


def can_give(card: Card) -> set[str]:
    """Verdicts of a card; a card due at the event itself is never pending, and only an exception spares a record."""
    way = card.function or card.check
    found = ALWAYS | CAN_GIVE.get(way, {"pending"})
    words = card.parameters
    if not card.function and way not in CAN_GIVE and not {"limit", "due", "every"} & set(words):
        found -= {"pending"}
    if way == "picked_up" and "at_most" in words:
        found -= {"pending"}  # rings are counted when it is over
    spared = bool(card.unless or words.get("when") or words.get("joined"))
    void = card.of in {"case", "matter"} and not card.function and not {"every", "statistic"} & set(words)
    return found | (
        {"not_applicable"} if spared or (void and card.standard == "ECS" and card.audit) else set()
    )


def shown() -> dict[str, set[str]]:
    """Verdicts that the cases show of each clause."""
    found: dict[str, set[str]] = defaultdict(set)
    for case in ALL:
        for clause, then in case.then.items():
            found[clause] |= {expected(said)["verdict"] for said in then.values() if said != "nothing"}
    return found


@pytest.mark.parametrize(
    "clause", [card.id for card in shipped_rules("2026-10").cards.values() if card.auditable == "auto"]
)
def test_every_verdict_that_a_card_can_give_is_shown_by_a_case(clause: str) -> None:
    missing = can_give(shipped_rules("2026-10").cards[clause]) - shown()[clause]
    assert not missing, f"write a case for {clause} in tests/cases that is {', '.join(sorted(missing))}"


def test_every_clause_of_a_case_is_a_card() -> None:
    assert set(shown()) <= set(shipped_rules("2026-10").cards)


def test_no_two_cases_of_a_file_have_one_name() -> None:
    names = [(case.file, case.data["name"]) for case in ALL]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_cases_speak_only_of_entities_of_the_model() -> None:
    assert {entity for case in ALL for entity in case.data["given"]} <= set(MODEL)


def test_the_shipped_profile_is_the_core_and_the_deviations() -> None:
    cards = first_installation("2026-10").cards.values()
    assert len(cards) == 32
    assert len([card for card in cards if card.profile == "core"]) == 25
    assert len([card for card in cards if card.id.startswith("ECS-2.3-DEV-")]) == 7
