"""What the exchange and the mail server know of talks: rings, pick-up, who hung up, how mails were written."""

from datetime import datetime, timedelta
from typing import Final, cast

from tasks.demo.clock import EXTRACTED, local
from tasks.demo.story import AGENT_ID, Row, Story

_RING: Final = timedelta(seconds=4)


def hotline(stories: list[Story], ids: dict[str, int]) -> list[Row]:
    """The client's own call of each ticket that came by telephone: one to three rings, six to fourteen seconds."""
    rows: list[Row] = []
    for story in stories:
        if story.origin != "电话" or story.reported > EXTRACTED:
            continue
        rings = 1 + ids[story.no] % 3
        picked = story.reported + timedelta(seconds=2) + _RING * rings
        rows.append(_call(story, ids, rings, picked))
    return rows


def _call(story: Story, ids: dict[str, int], rings: int, picked: datetime) -> Row:
    over = max(picked + timedelta(seconds=30), (story.created or story.reported) + timedelta(seconds=10))
    return {
        "call_no": f"I-{story.no}", "ticket_id": ids[story.no], "account_id": story.account,
        "agent_id": AGENT_ID[story.agent] if story.agent else None, "rings": rings, "arrived_at": story.reported,
        "picked_up_at": picked, "by_machine": 0, "hung_up_first": 0, "over_at": over, "tape": f"REC-{story.no}",
    }  # fmt: skip


def letters(stories: list[Story], ids: dict[str, int], messages: list[Row]) -> list[Row]:
    """What is known of each message: when an incoming one was taken up, how an outgoing mail was written."""
    answered = _answers(stories, ids)
    return [
        {"id": row["id"], "message_ref": row["message_ref"], **(_taken(row, answered) if row["direction"] == "in" else _written(row))}
        for row in messages
    ]  # fmt: skip


def _answers(stories: list[Story], ids: dict[str, int]) -> dict[int, list[datetime]]:
    return {ids[s.no]: sorted([*s.answers, *(began for began, _ in s.calls)]) for s in stories}


def _taken(row: Row, answered: dict[int, list[datetime]]) -> Row:
    """A chat is taken up from the queue within half a minute; a mail by the first answer."""
    number = cast(int, row["ticket_id"])
    if row["medium"] == "chat":
        return {"taken_at": local(cast(datetime, row["sent_at"])) + timedelta(seconds=8 + number % 20)}
    later = [at for at in answered.get(number, []) if at <= EXTRACTED]
    return {"taken_at": later[0] if later else None}


def _written(row: Row) -> Row:
    """Mails have a subject, a greeting, a close and a signature; some an attachment of a few hundred kilobytes."""
    if row["medium"] != "email":
        return {}
    number = cast(int, row["id"])
    made: Row = {
        "subject": "关于您反馈问题的处理说明",
        "greeting": "尊敬的客户",
        "closes_well": 1,
        "signed": 1,
    }
    if number % 9 == 0:
        made |= {"files": "pdf", "files_said": 1, "files_named": 1, "files_bytes": 200_000 + number}
    return made
