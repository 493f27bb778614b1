"""Times named in notices become promises once, whatever of the source is empty or not connected."""

from dataclasses import replace
from typing import Any

import pytest

from audits.facts import Facts
from audits.judge import audit, obligations
from audits.model import MODEL
from audits.named_times import with_named_times
from audits.partition import merge, split
from audits.periods import parse
from audits.rules import Rules
from tests.facts import ZONE, at, facts_of
from tests.test_cases import shipped_rules

CLAUSE = "CSM-2.1.2-PROMISE"
AS_OF = "2026-11-01T00:00+08:00"
NOTICE = {
    "id": "1", "case_id": "A", "to": "customer", "sent_at": "2026-10-12T10:00+08:00",
    "promised_eta": "2026-10-12T18:00+08:00",
}  # fmt: skip
CASE = {"id": "A", "received_at": "2026-10-12T09:00+08:00", "resolved_at": "2026-10-12T17:00+08:00"}


def rules() -> Rules:
    shipped = shipped_rules("2026-10")
    return replace(shipped, cards={CLAUSE: shipped.cards[CLAUSE]})


def verdicts(facts: Facts, parts: int) -> dict[str, str]:
    """Verdicts by record, judged in so many parts."""
    month = parse("2026-10", ZONE)
    judged = [audit(one, rules(), at(AS_OF), month) for one in split(facts, parts)]
    found = obligations(merge(facts, judged))
    return dict(zip(found["record"].astype(str), found["verdict"].astype(str), strict=True))


@pytest.mark.parametrize(
    "given",
    [
        {name: [] for name in MODEL},
        {"notification": []},
        {"notification": [NOTICE]},
        {"notification": [{**NOTICE, "case_id": None}], "case": []},
        {"notification": [{**NOTICE, "promised_eta": None}], "case": [CASE], "commitment": []},
        {"notification": [NOTICE], "case": [CASE], "commitment": []},
    ],
    ids=lambda given: "+".join(given) if len(given) < 9 else "all empty",
)
def test_nothing_empty_or_unconnected_breaks_it_and_no_promise_is_made_twice(
    given: dict[str, list[dict[str, Any]]],
) -> None:
    once = with_named_times(facts_of(given), at(AS_OF))
    twice = with_named_times(once, at(AS_OF))
    assert twice.frames.keys() == once.frames.keys()
    assert {name: len(rows) for name, rows in twice.frames.items()} == {
        name: len(rows) for name, rows in once.frames.items()
    }


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_parts_judge_promises_as_the_whole_does(parts: int) -> None:
    names = [f"C{number}" for number in range(6)]
    facts = facts_of(
        {
            "case": [{**CASE, "id": name} for name in names],
            "notification": [{**NOTICE, "id": name, "case_id": name} for name in names],
            "commitment": [{"id": "own", "due_at": "2026-10-12T10:00+08:00"}],
        }
    )
    expected = {f"notification:{name}": "met" for name in names} | {"own": "breached"}
    assert verdicts(facts, parts) == expected
