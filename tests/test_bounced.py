"""A survey that bounced is the account manager's to mend, before its third working day ends."""

import pandas as pd

from audits.current import with_findings
from audits.judge import audit, obligations
from audits.ladder import Level
from audits.periods import parse
from audits.soon import soon, to_account_managers
from tests.facts import ZONE, at, facts_of
from tests.notices import CARDS, LIVE, known
from tests.test_cases import first_installation

CLAUSE = "ECS-2.4-SURVEY-3WD"
AS_OF = "2026-10-13T09:30+08:00"
SIGNED = {"customer_id": "K", "owner_id": "E1047", "confirmed_at": "2026-10-09T10:00+08:00"}
SENT = {"kind": "acceptance", "sent_at": "2026-10-10T10:00+08:00"}
GIVEN: dict[str, list[dict[str, object]]] = {
    "customer": [{"id": "K", "account_manager_id": "E0031"}, {"id": "L"}],
    "acceptance": [
        {"id": "A", **SIGNED},
        {"id": "B", **SIGNED},
        {"id": "C", **SIGNED, "customer_id": "L"},
    ],
    "survey": [
        {"id": "1", "acceptance_id": "A", "bounced": True, **SENT},
        {"id": "3", "acceptance_id": "C", "bounced": True, **SENT},
    ],
}


def running() -> pd.DataFrame:
    facts = facts_of(GIVEN, complete={"survey": "2020-01-01T00:00+08:00"})
    judged = audit(facts, first_installation("2026-10"), at(AS_OF), parse("2026-10", ZONE))
    rows = with_findings(judged, obligations(judged)).assign(marks="")
    return to_account_managers(rows[rows["clause"] == CLAUSE], judged.rules.cards, facts)


def test_a_bounced_survey_is_the_account_managers_where_there_is_one() -> None:
    held = dict(zip(running()["subject"], running()["assignee_id"], strict=True))
    assert held == {"acceptance:A": "E0031", "acceptance:B": "E1047", "acceptance:C": "E1047"}


def test_he_is_warned_in_the_morning_of_the_third_working_day() -> None:
    rows = running()
    owed = soon(rows, CARDS, known(), LIVE, at(AS_OF), at("2026-10-14T09:00+08:00"))
    assert [(one.subject, one.level, one.assignee) for one in owed if one.subject == "acceptance:A"] == [
        ("acceptance:A", int(Level.SOON), "E0031")
    ]
