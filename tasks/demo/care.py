"""How each ticket was cared for: the service form, who held it, what the client was told.

The form is a table beside the ticket. Its stamps follow from the ticket's own story, so that an ordinary one
is handled as the standards ask; what is planted stands in ``planted_wide.yaml``.
"""

from datetime import datetime, timedelta
from typing import Final

from tasks.demo.clock import EXTRACTED
from tasks.demo.proposing import paper
from tasks.demo.story import AGENT_ID, Row, Story

#: category -> (request, business, urgency, after sales)
_KINDS: Final = {
    "一般咨询": ("咨询", "常规咨询", "普通", 0),
    "技术支持": ("售后", "业务办理", "普通", 1),
    "投诉": ("投诉", "投诉", "普通", 0),
    "紧急故障": ("售后", "紧急支援", "特急", 1),
}
#: Which part of the product a technician looks after: also the sub-item of what is sent there.
MODULES: Final = {"E1014": "billing", "E1015": "reports", "E1016": "interfaces", "E1017": "data"}
#: A ticket for the desk of enquiries has one of these.
_ITEMS: Final = ("price", "account", "usage")


def forms(stories: list[Story], ids: dict[str, int]) -> list[Row]:
    """One service form a ticket, stamps local."""
    return [
        {"ticket_id": ids[s.no], "ticket_no": s.no, "by_no": s.agent, **_form(s, ids[s.no])} for s in stories
    ]


def solved_at(story: Story) -> datetime | None:
    """When it was solved for the last time, as far as the extract knows."""
    return max((at for at, state in story.states if state == "solved" and at <= EXTRACTED), default=None)


def answered_at(story: Story) -> datetime | None:
    """The first answer by a person."""
    return min([*story.answers, *(began for began, _ in story.calls)], default=None)


def is_complex(story: Story, number: int) -> bool:
    """Complaints and emergencies are; of technical requests every third."""
    return story.category in ("投诉", "紧急故障") or (story.category == "技术支持" and number % 3 == 0)


def _form(story: Story, number: int) -> Row:
    request, business, urgency, after_sales = _KINDS.get(story.category or "", _KINDS["一般咨询"])
    made = story.created or story.reported
    item = MODULES.get(story.agent or "", _ITEMS[number % 3])
    return {
        "request": request, "business": business, "item": item, "level": 3 if business == "投诉" else None,
        "urgency": urgency, "complexity": "复杂" if is_complex(story, number) else "常规", "major": 0,
        "after_sales": after_sales, "when_text": "当天", "where_text": "客户现场", "detail": "客户描述的问题",
        "wish": "尽快恢复", "form_no": f"DJ-{story.no}", "classified_at": made, "machine_category": business,
        "summary_parts": "customer,problem_type,due",
    } | _handling(story, number) | _summary(story, number)  # fmt: skip


def _summary(story: Story, number: int) -> Row:
    """A closed complaint or complex ticket has its summary."""
    return {"summary_no": f"ZJ-{story.no}" if is_complex(story, number) and closed_at(story) else None}


def closed_at(story: Story) -> datetime | None:
    """When it was closed for the last time, as far as the extract knows."""
    return max((at for at, state in story.states if state == "closed" and at <= EXTRACTED), default=None)


def papers(stories: list[Story], ids: dict[str, int]) -> list[Row]:
    """The registration form of each ticket, and the summary of the weighty ones a day after they were closed."""
    rows = [paper(f"DJ-{s.no}", "record_form", s.no, s.created or s.reported) for s in stories]
    for story in stories:
        closed = closed_at(story)
        if closed and is_complex(story, ids[story.no]):
            made = min(closed + timedelta(hours=20), EXTRACTED)
            rows.append(
                paper(
                    f"ZJ-{story.no}", "case_summary", story.no, made, sections="cause,highlights,improvement"
                )
            )
    return rows


def _handling(story: Story, number: int) -> Row:
    """From the first contact to the archive; what had not come yet is blank."""
    first, solved = answered_at(story), solved_at(story)
    made = (story.created or story.reported) + timedelta(minutes=1)
    if first is None:
        return _closing(story, solved)
    first = max(first, min(made, solved or made))
    row: Row = {"contacted_at": first}
    if solved is None or solved < first:
        return row | _closing(story, solved)
    span, came = solved - first, max(story.reported, story.created or story.reported)
    if is_complex(story, number):
        analysed = first + span / 5
        plan = min(first + span * 2 / 5, first + timedelta(minutes=100))
        analysed = min(analysed, plan)
    else:
        plan = first + timedelta(minutes=2) if story.calls else first
        analysed = min(came + (first - came) / 2, first) if came < first else first
    agreed = plan + min(span / 10, timedelta(minutes=10))
    row |= {
        "analysed_at": analysed, "cause": "配置与说明不符", "plan_at": plan, "plan_options": 2, "plan_text": "调整配置并复核",
        "plan_ok_at": agreed, "executed_at": agreed + (solved - agreed) / 2, "resolution": "已按方案处理",
    }  # fmt: skip
    if story.category == "投诉":
        row["opinion_at"] = min(first + span / 4, story.reported + timedelta(minutes=200))
    return row | _closing(story, solved)


def _closing(story: Story, solved: datetime | None) -> Row:
    closed = closed_at(story)
    if solved is None:
        return {}
    told = solved + timedelta(minutes=5)
    row: Row = {"told_at": told, "asked_at": told, "result": "已解决"}
    if closed is not None:
        row |= {"confirmed_at": closed, "ended_at": closed}
        row["archived_at"] = closed + timedelta(hours=1)
    return row


def holders(stories: list[Story], ids: dict[str, int]) -> list[Row]:
    """Who held a ticket and since when."""
    rows: list[Row] = []
    for story in stories:
        if story.agent:
            began = (story.created or story.reported) + timedelta(seconds=40)
            rows.append({"ticket_id": ids[story.no], "agent_id": AGENT_ID[story.agent], "from_at": began})
    return rows


def notices(stories: list[Story], ids: dict[str, int]) -> list[Row]:
    """Notices to clients: accepted, progress of complaints each day, delays half an hour before they count."""
    rows: list[Row] = []
    for story in stories:
        if not story.agent or story.closing_reason:
            continue
        sent = (story.created or story.reported) + timedelta(minutes=2)
        rows.append(_notice(story, ids, "受理", sent))
        rows += [_notice(story, ids, "进度", at) for at in _progress(story)]
        rows += _delays(story, ids)
    return rows


def _notice(story: Story, ids: dict[str, int], kind: str, at: datetime) -> Row:
    return {
        "ticket_id": ids[story.no], "ticket_no": story.no, "kind": kind, "receiver": "客户", "medium": "短信", "sent_at": at,
        "with_number": 1, "reason": None, "promised_at": None,
    }  # fmt: skip


def _progress(story: Story) -> list[datetime]:
    """Of a complaint: ten hours after it came, and each twenty hours after that, while it is open."""
    if story.category != "投诉":
        return []
    until = solved_at(story) or EXTRACTED
    at, found = story.reported + timedelta(hours=10), []
    while at < until:
        found.append(at)
        at += timedelta(hours=20)
    return found


def _delays(story: Story, ids: dict[str, int]) -> list[Row]:
    """Told at the expected time that it will take until shortly after it was in fact solved."""
    hours = 24 if is_complex(story, ids[story.no]) else 2
    expected = story.reported + timedelta(hours=hours)
    until = solved_at(story) or EXTRACTED
    if until <= expected + timedelta(minutes=30):
        return []
    more = {"reason": "等待备件", "promised_at": until + timedelta(minutes=20)}
    return [_notice(story, ids, "延误", expected + timedelta(minutes=5)) | more]


def promises(stories: list[Story], ids: dict[str, int]) -> list[Row]:
    """What agents promised on every twentieth solved ticket: a call back the next morning, kept."""
    rows: list[Row] = []
    for at, story in enumerate(s for s in stories if s.agent and solved_at(s)):
        if at % 20:
            continue
        made = solved_at(story) or story.reported
        due = made.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
        if due < EXTRACTED:
            rows.append(
                {"promise_no": f"CN-{story.no}", "ticket_id": ids[story.no], "agent_id": AGENT_ID[story.agent or ""],
                 "made_at": made, "what": "回访确认运行情况", "due_at": due, "kept_at": due - timedelta(minutes=40)}
            )  # fmt: skip
    return rows
