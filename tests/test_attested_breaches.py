"""A breach that people attest is found, kept, ended and corrected like any other, and told as what somebody said."""

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from audits.coverage import coverage
from audits.current import breached_or_known
from audits.escalation import plan
from audits.facts import Facts
from audits.findings import no_findings
from audits.judge import Judged, audit
from audits.life import compare
from audits.periods import parse
from audits.results import results
from audits.rules import Rules
from audits.story import story
from audits.words import Words
from reports.mail.build import context
from reports.mail.material import Material
from reports.mail.render import render
from tests.facts import ZONE, at, facts_of
from tests.notices import LIVE, house, known
from tests.test_cases import shipped_rules
from tests.test_mail_build import TITLES

CLAUSE = "ECS-1.2-PROTECT-BUSINESS-INFO"
BROKEN = {
    "id": "SM-1", "clause_id": CLAUSE, "period": "2026-09", "attested_by": "s3", "verdict": "breached",
    "attested_at": "2026-10-12T10:00+08:00", "evidence_doc_id": "D-7",
}  # fmt: skip
LATER = BROKEN | {
    "id": "SM-2",
    "period": "2026-10",
    "verdict": "met",
    "attested_at": "2026-10-30T10:00+08:00",
}
CORRECTED = BROKEN | {"id": "SM-3", "verdict": "met", "attested_at": "2026-10-13T09:00+08:00"}


@cache
def rules(tells: str = "") -> Rules:
    """The one attested clause, and whom the house would have told."""
    every = shipped_rules("2026-10")
    return replace(every, cards={CLAUSE: replace(every.cards[CLAUSE], tells=tells)})


def facts(*said: dict[str, str]) -> Facts:
    return facts_of({"staff": [{"id": "s3", "staff_no": "E0003"}], "attestation": said})


def judged(*said: dict[str, str], as_of: str = "2026-10-31T12:00+08:00", tells: str = "") -> Judged:
    return audit(facts(*said), rules(tells), at(as_of), parse("2026-10", ZONE))


def test_it_counts_in_the_month_in_which_it_was_said_and_the_books_close() -> None:
    found = results(judged(BROKEN), {"hash": "", "frames": {}}, "0", Words("", ""))
    [line] = found["clauses"]
    assert (line["state"], line["population"], line["counts"]["breached"]) == ("attested", 1, 1)
    assert (line["reasons"], line["attested"]["verdict"]) == ({"ATTESTED": 1}, "breached")
    assert all(check["holds"] for check in found["checks"])
    [covered] = coverage(judged(BROKEN))["clauses"]
    assert covered["state"] == "attested"


def test_its_story_names_who_said_it_when_and_on_which_document() -> None:
    found = judged(BROKEN)
    told = story(found, found.made[CLAUSE], 0)["evidence"]
    said = {fact["field"]: fact["value"] or fact["at"] for fact in told}
    assert said == {
        "verdict": "breached", "attested_at": "2026-10-12T10:00:00+08:00", "attested_by": "s3",
        "period": "2026-09", "evidence_doc_id": "D-7",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("then", "state", "kind"),
    [(LATER, "cleared", "cleared"), (CORRECTED, "withdrawn", "withdrawn"), (None, "open", "")],
)
def test_it_opens_a_finding_that_lives_as_any_other(
    then: dict[str, str] | None, state: str, kind: str
) -> None:
    none = no_findings()
    early = judged(BROKEN, as_of="2026-10-12T12:00+08:00")
    args = {"live_from": None, "source": "test", "standards": "all"}
    first = compare(none, breached_or_known(early, none), early.as_of, "r1", **args)  # type: ignore[arg-type]
    assert first.findings[["state", "subject"]].values.tolist() == [["open", "attestation:SM-1"]]
    later = judged(*filter(None, (BROKEN, then)))
    now = breached_or_known(later, first.findings)
    second = compare(first.findings, now, later.as_of, "r2", **args)  # type: ignore[arg-type]
    assert second.applied_to(first.findings)["state"].tolist() == [state]
    assert second.events["kind"].tolist() == [kind] * bool(kind)


def test_only_whom_the_house_names_is_mailed_and_reads_who_said_so() -> None:
    none, when = no_findings(), "2026-10-12T12:00+08:00"
    for tells, mails in (("", 0), ("service_manager", 1)):
        found = judged(BROKEN, as_of=when, tells=tells)
        rows = breached_or_known(found, none)
        changed = compare(none, rows, at(when), "r1", None, source="t", standards="all")
        made = plan(changed.findings, rules(tells).cards, house(), rules().hours, at(when), known(), LIVE, ())
        single = [one for one in made.envelopes if one.kind == "escalation"]
        assert len(single) == mails
    material = Material(
        changed.findings, rows, rules(tells), house(), ZONE, at(when), pd.DataFrame(TITLES), (), found, found.facts
    )  # fmt: skip
    made_of = context(single[0], material)
    texts = {lang: render(made_of, lang, zone=ZONE, as_of=at(when)).text for lang in ("zh", "en")}
    assert "声明没有做到。凭据 D-7。并非由记录判定。" in texts["zh"]
    assert "attested on Monday 12 October that this was not kept. Document: D-7. No record" in texts["en"]
