"""From the need to the proposal: requirements, proposals, reviews, and the documents that go with a file."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from tasks.demo.clock import EXTRACTED, worked_days_after
from tasks.demo.customers import Project, projects
from tasks.demo.story import Row

_SECTIONS: Final = {
    "A": "service_content|time_points|delivery_criteria",
    "B": "service_content|time_points|delivery_criteria|technical_architecture|resource_input|risk_plan",
    "C": "service_content|time_points|delivery_criteria|stage_goals|assessment_indicators|optimisation_mechanism",
}
_CLASSES: Final = ("basic", "custom", "long_term")
_FUNCTIONS: Final = "account_manager|technical_lead|finance_specialist|legal_representative"


@dataclass
class Proposing:
    """Register rows by entity."""

    requirements: list[Row] = field(default_factory=list)
    proposals: list[Row] = field(default_factory=list)
    reviews: list[Row] = field(default_factory=list)
    meetings: list[Row] = field(default_factory=list)
    documents: list[Row] = field(default_factory=list)


def opened(project: Project) -> datetime:
    """When the project's file was opened: one a day from early March on."""
    return datetime(2026, 3, 2, 10, 0) + timedelta(days=project.id)  # noqa: DTZ001 - local


def file_no(project: Project) -> str:
    """The archive's number: month of opening and a serial."""
    return f"CS-{opened(project):%Y-%m}-{project.id:03d}"


def proposing() -> Proposing:
    """All of it: each project as the standard asks, from the letter to the signed receipt."""
    made = Proposing()
    for project in projects():
        _project(made, project)
    return made


def _day(start: datetime, count: int, hour: int) -> datetime:
    return datetime.combine(worked_days_after(start.date(), count), time(hour, 0))


def _project(made: Proposing, project: Project) -> None:
    begin, kind = opened(project), project.id % 3
    need, number = f"XQ-{project.no[2:]}", f"FA-{project.no[2:]}"
    customer, contact = f"K-{10000 + project.account}", str(project.account * 5 - 4)
    sent, agreed = _day(begin, 1, 10), _day(begin, 2, 15)
    made.requirements.append(
        {"id": need, "service_file_id": project.no, "customer_id": customer, "owner_id": project.owner, "what": "系统升级与迁移",
         "why": "旧系统停止支持", "who": "信息部", "when_due": "年底之前", "where_site": "客户机房", "how": "分批切换",
         "recorded_at": begin - timedelta(minutes=30), "sent_via": "email",
         "sent_at": begin - timedelta(minutes=10), "sent_to": contact,
         "confirmed_at": begin + timedelta(hours=4),
         "confirmed_by": contact, "is_key_account": project.account % 4 == 1, "priority": "P1", "feasible": True}
    )  # fmt: skip
    reviewed, signed, submitted = _day(begin, 4, 10), _day(begin, 5, 11), _day(begin, 6, 9)
    confirmed, receipt, starts = _day(begin, 9, 10), _day(begin, 10, 16), _day(begin, 12, 9)
    template = "ABC"[kind]
    made.proposals.append(
        {"code": number, "service_file_id": project.no, "customer_id": customer, "owner_id": project.owner, "service_class": _CLASSES[kind],
         "template_code": template, "sections": _SECTIONS[template], "created_at": agreed, "submitted_at": submitted, "has_eseal": True,
         "presentation_scheduled_at": _day(begin, 7, 14), "presentation_meeting_id": f"HY-{number[3:]}", "slides_template": "PPT-2026",
         "receipt_signed_at": receipt, "receipt_stamped": True, "receipt_scan_id": f"HZ-{number[3:]}", "execution_started_at": starts,
         "confirmed_at": confirmed}
    )  # fmt: skip
    made.reviews.append(
        {"id": f"PS-{number[3:]}", "proposal_id": number, "held_at": reviewed, "outcome": "pass", "participants": _FUNCTIONS,
         "participant_ids": f"E1020|E1026|{project.owner}", "opinions": "technical_lead|finance_specialist|legal_representative",
         "director_id": "E1002", "director_signed_at": signed}
    )  # fmt: skip
    made.meetings.append(
        {"id": f"HY-{number[3:]}", "kind": "proposal_presentation", "held_at": _day(begin, 7, 14), "customer_id": customer,
         "participants": project.owner, "minutes_doc_id": None, "improvement_ids": None}
    )  # fmt: skip
    made.documents += _papers(project, (sent, receipt))


def _papers(project: Project, at: tuple[datetime, datetime]) -> list[Row]:
    """Requirement letter, commitment letter and authorisation page of the file, and the scanned receipt."""
    sent, receipt = at
    kinds = (("XH", "requirement_letter"), ("CN", "commitment_letter"), ("SQ", "authorisation_page"))
    rows: list[Row] = [
        paper(f"{short}-{project.no[2:]}", kind, project.no, sent, signed_at=sent + timedelta(hours=5))
        for short, kind in kinds
    ]
    return [
        *rows,
        paper(
            f"HZ-{project.no[2:]}",
            "receipt_scan",
            f"FA-{project.no[2:]}",
            receipt,
            filed_at=receipt + timedelta(days=1),
        ),
    ]


def paper(number: str, kind: str, owner: str, at: datetime, **more: object) -> Row:
    """One document; stored a day later unless said otherwise."""
    return {
        "doc_no": number, "kind": kind, "belongs_to": owner, "title": number, "version": "V1.0", "signed_by": None, "signed_at": None,
        "sections": None, "made_at": at, "handed_in_at": at, "filed_at": min(at + timedelta(days=1), EXTRACTED), "encrypted": 1,
        "valid_from": None, "reviewed_at": None,
    } | more  # fmt: skip


def raci(owner: str) -> Row:
    """Who is responsible, accountable, consulted and informed for a task."""
    return {
        "responsible_ids": owner,
        "accountable_ids": "E1006",
        "consulted_ids": "E1020",
        "informed_ids": "E1003|E1026",
    }
