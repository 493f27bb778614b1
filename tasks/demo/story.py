"""What happened to one ticket, and the rows a CRM keeps of it: ticket, change log, calls, mails, escalations."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast

from tasks.demo.clock import EXTRACTED, stored
from tasks.demo.people import AGENTS, GROUPS

Row = dict[str, object]

AGENT_ID: Final = {agent.no: at for at, agent in enumerate(AGENTS, start=1)}
GROUP_ID: Final = {group.code: at for at, group in enumerate(GROUPS, start=1)}
#: Who is meant by the role a ticket is escalated to; the duty list is nobody in particular.
ROLE_HOLDER: Final = {"主管": "E1004", "应急小组": "E1007", "总经理": "E1001", "值班主管": "E1008"}
_MEDIUM: Final = {"电话": "email", "邮件": "email", "微信": "wechat", "在线": "chat", "网站": "email"}


@dataclass(frozen=True)
class Escalation:
    """An escalation as the CRM logs it: to whom, when raised, seen, acted on."""

    to: str
    at: datetime
    seen: datetime | None = None
    acted: datetime | None = None


@dataclass
class Story:
    """One ticket's life in local time.

    Args:
        no: printed number.
        category: as typed in the CRM now; None = left blank.
        reported: when the client came.
        account: row id of the client.
        group: group number.
        agent: employee number; None = nobody.
        origin: channel as the CRM has it.
        created: when the ticket was typed; None = at once.
        retyped: (instant, category before it).
        bot: instant of the automatic answer.
        answers: instants of messages by a person.
        calls: (began, typed into the log) of outgoing calls.
        states: (instant, state) after ``new``.
        escalations: as logged.
        closing_reason: duplicate, test, spam or merged.
        into: number of the ticket this one was merged into.
        priority: as the CRM has it.
    """

    no: str
    category: str | None
    reported: datetime
    account: int
    group: str
    agent: str | None
    origin: str = "邮件"
    created: datetime | None = None
    retyped: tuple[datetime, str] | None = None
    bot: datetime | None = None
    answers: list[datetime] = field(default_factory=list)
    calls: list[tuple[datetime, datetime]] = field(default_factory=list)
    states: list[tuple[datetime, str]] = field(default_factory=list)
    escalations: list[Escalation] = field(default_factory=list)
    closing_reason: str | None = None
    into: str | None = None
    priority: str = "中"


def rows(stories: list[Story]) -> dict[str, list[Row]]:
    """The CRM's rows of all tickets, ids in the order in which things happened; nothing after the extract."""
    known = sorted(
        (s for s in stories if (s.created or s.reported) <= EXTRACTED), key=lambda s: (s.reported, s.no)
    )
    ids = {story.no: at for at, story in enumerate(known, start=20_001)}
    return {
        "tickets": [_ticket(story, ids) for story in known],
        "ticket_changes": _numbered(known, ids, _changes, "changed_at"),
        "calls": _numbered(known, ids, _calls, "started_at", "call_ref"),
        "messages": _numbered(known, ids, _messages, "sent_at", "message_ref"),
        "ticket_escalations": _numbered(known, ids, _escalations, "raised_at"),
    }


def _past(story: Story) -> list[tuple[datetime, str]]:
    return [(at, state) for at, state in story.states if at <= EXTRACTED]


def _ticket(story: Story, ids: dict[str, int]) -> Row:
    past = _past(story)
    retyped = story.retyped
    before = retyped is not None and retyped[0] > EXTRACTED
    return {
        "id": ids[story.no],
        "ticket_no": story.no,
        "account_id": story.account,
        "contact_id": story.account * 5 - ids[story.no] % 5,
        "group_id": GROUP_ID[story.group],
        "agent_id": AGENT_ID[story.agent] if story.agent else None,
        "origin": story.origin,
        "category": retyped[1] if before and retyped else story.category,
        "priority": story.priority,
        "status": past[-1][1] if past else "new",
        "subject": f"{story.category or '未分类'}：{story.no}",
        "reported_at": stored(story.reported),
        "created_at": stored(story.created or story.reported),
        "closed_at": stored(next((at for at, state in reversed(past) if state == "closed"), None)),
        "closing_reason": story.closing_reason,
        "merged_into_id": ids[story.into] if story.into else None,
    }


def _changes(story: Story) -> list[Row]:
    """The log: assignment, states, a change of category; a multi-field edit is several lines."""
    first = story.created or story.reported
    lines: list[tuple[datetime, str | None, str, str | None, str | None]] = []
    if story.agent:
        lines.append((first + timedelta(seconds=40), None, "agent", None, story.agent))
    state = "new"
    for at, new in story.states:
        lines.append((at, story.agent, "status", state, new))
        state = new
    if story.retyped:
        lines.append((story.retyped[0], story.agent, "category", story.retyped[1], story.category))
    return [
        {"changed_at": at, "changed_by": by, "field": name, "old_value": old, "new_value": new}
        for at, by, name, old, new in lines
    ]


def _calls(story: Story) -> list[Row]:
    agent = AGENT_ID[story.agent] if story.agent else None
    return [
        {
            "account_id": story.account, "agent_id": agent, "direction": "out", "connected": 1,
            "started_at": began, "ended_at": began + timedelta(minutes=3), "logged_at": logged,
        }
        for began, logged in story.calls
    ]  # fmt: skip


def _messages(story: Story) -> list[Row]:
    """The client's own message, the automatic answer, the answers of people."""
    medium = _MEDIUM[story.origin]
    said: list[tuple[datetime, str, int]] = [(story.reported, "in", 0)] if story.origin != "电话" else []
    said += [(story.bot, "out", 1)] if story.bot else []
    said += [(at, "out", 0) for at in story.answers]
    agent = AGENT_ID[story.agent] if story.agent else None
    return [
        {
            "account_id": story.account, "agent_id": agent if way == "out" and not automatic else None,
            "medium": medium, "direction": way, "automatic": automatic, "sent_at": at,
        }
        for at, way, automatic in said
    ]  # fmt: skip


def _escalations(story: Story) -> list[Row]:
    return [
        {
            "raised_at": e.at, "raised_by_id": AGENT_ID[story.agent] if story.agent else None, "to_role": e.to,
            "to_agent_id": AGENT_ID.get(ROLE_HOLDER.get(e.to, "")), "seen_at": e.seen, "acted_at": e.acted,
        }
        for e in story.escalations
    ]  # fmt: skip


def _numbered(
    stories: list[Story],
    ids: dict[str, int],
    made: Callable[[Story], list[Row]],
    by: str,
    ref: str = "",
) -> list[Row]:
    """Rows of one kind from all tickets up to the extract, in order of time, stored as UTC, with ids."""
    found = [{"ticket_id": ids[s.no], **row} for s in stories for row in made(s)]
    past = sorted((row for row in found if _when(row, by) <= EXTRACTED), key=lambda row: _when(row, by))
    return [
        {
            "id": at,
            **({ref: f"{ref[0].upper()}-{at:06d}"} if ref else {}),
            **{k: _kept(v) for k, v in row.items()},
        }
        for at, row in enumerate(past, start=1)
    ]


def _when(row: Row, by: str) -> datetime:
    return cast(datetime, row[by])


def _kept(value: object) -> object:
    """Stamps in UTC; what had not happened at the extract is not there yet."""
    if not isinstance(value, datetime):
        return value
    return stored(value) if value <= EXTRACTED else None
