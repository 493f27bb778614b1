"""From a CRM's records to a mail somebody can read: judged, compared, planned, written, sent to a folder."""

import email
import email.policy
from pathlib import Path
from typing import Any

import pandas as pd

from audits.current import breached_or_known
from audits.escalation import plan
from audits.findings import no_findings
from audits.instants import moment_of
from audits.judge import audit, obligations
from audits.life import compare
from audits.notices import nothing_known
from audits.periods import parse
from config.people import load_people
from reports.mail.build import Written, bodies
from reports.mail.material import Material
from tasks.mail import EmlFolder, Sender, compose
from tasks.store.rows import OutboxMail
from tests.facts import ZONE, at, facts_of
from tests.notices import LIVE
from tests.test_mail_build import rules

PEOPLE = """\
schema: 1
roles: {general_manager: E1, service_manager: E8, emergency_team: E9, officer: E3, duty_supervisor: E8}
addresses: {duty_list: duty@house.example, engineer: it@house.example}
people:
  E1: {email: e1@house.example, lang: en}
  E3: {email: e3@house.example}
  E8: {email: e8@house.example}
  E9: {email: e9@house.example}
"""


def told(folder: Path, now: str, **frames: list[dict[str, Any]]) -> list[Written]:
    """The mails of one run over these records at ``now``."""
    as_of = at(now)
    facts = facts_of(frames, complete={"escalation": "2026-01-01T00:00+08:00"})
    judged = audit(facts, rules(), as_of, parse("2026-10", ZONE))
    none = no_findings()
    current = breached_or_known(judged, none)
    changes = compare(none, current, as_of, "r1", None, source="test", standards="ECS")
    findings = changes.applied_to(none)
    (folder / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    people = load_people(folder / "people.yaml")
    made = plan(findings, rules().cards, people, rules().hours, as_of, nothing_known(), LIVE)
    directory = pd.DataFrame(
        {"entity": ["customer"], "id": ["c1"], "code": ["K-0382"], "name": ["Geheim"]}, dtype="str"
    )
    material = Material(
        findings, obligations(judged), rules(), people, ZONE, as_of, directory, judged=judged, facts=facts
    )
    return list(bodies(made.mails, material))


def case(key: str, kind: str, received: str, **more: str) -> dict[str, Any]:
    return {
        "id": key,
        "case_no": f"T-{key}",
        "customer_id": "c1",
        "service_type": kind,
        "received_at": received,
        "is_closed": False,
        **more,
    }


def test_a_complaint_unsolved_for_a_day_reaches_the_general_manager_as_a_readable_file(
    tmp_path: Path,
) -> None:
    received = "2026-10-12T10:00+08:00"
    complaint = case("1", "complaint", received, first_response_at="2026-10-12T10:05+08:00")
    (written,) = [
        w
        for w in told(tmp_path, "2026-10-13T12:00+08:00", case=[complaint])
        if w.envelope.kind == "escalation"
    ]
    made = compose(
        written.envelope.id,
        Sender("cw@house.example"),
        "e1@house.example",
        written.body.subject,
        written.body.text,
        written.body.html,
        moment_of(at("2026-10-13T12:00+08:00")),
    )
    row = OutboxMail(
        "m1", "test", "E1", "escalation", made.sender, made.recipients, made.message_id, made.content, 0
    )
    assert EmlFolder(tmp_path / "notices").deliver(row, lambda: None).answers[0].outcome == "written"
    (file,) = (tmp_path / "notices").glob("*.eml")
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == "[Overdue 2 h] K-0382 complaint T-1: please step in"
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert (
        "Complaint case T-1 of customer K-0382 was due to be solved by 10:00 today and is not."
        in plain.get_content()
    )
    assert "Geheim" not in file.read_text("utf-8")


def test_a_months_rate_below_its_figure_is_told_with_its_numbers(tmp_path: Path) -> None:
    checks = [
        {
            "id": str(n),
            "deliverable_id": f"d{n}",
            "round": 1,
            "checked_at": "2026-10-14T10:00+08:00",
            "items_total": 10,
            "items_passed": 10,
            "result": "pass" if n else "fail",
        }
        for n in range(16)
    ]
    written = told(tmp_path, "2026-11-02T10:00+08:00", qa_check=checks)
    (mail,) = [w for w in written if w.envelope.addressee.role == "service_manager"]
    assert mail.body.subject == "[违反] 质检 2026-10：当月QA合格率不低于95%"
    assert "结果：15 / 16，93.8%；再有 1 份即达 95%" in mail.body.text


def test_an_emergency_at_night_goes_out_at_once_and_an_enquiry_waits(tmp_path: Path) -> None:
    written = told(
        tmp_path,
        "2026-10-13T23:00+08:00",
        case=[
            case("1", "emergency_fault", "2026-10-13T22:00+08:00"),
            case("2", "consultation", "2026-10-13T17:00+08:00"),
        ],
    )
    until = {w.envelope.addressee.role: w.envelope.until for w in written if w.envelope.kind == "escalation"}
    assert until == {"duty_list": 0, "supervisor": at("2026-10-14T09:00+08:00")}
