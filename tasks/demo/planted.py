"""Planted tickets: read ``planted_tickets.yaml`` into stories."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from tasks.demo.clock import moment
from tasks.demo.people import DESKS
from tasks.demo.story import Escalation, Story

_FILE: Final = Path(__file__).parent / "planted_tickets.yaml"
#: A solved ticket is closed after this, unless the plan says otherwise.
_THEN_CLOSED: Final = timedelta(minutes=30)


def planted() -> list[Story]:
    """The planted tickets in the order of the file; clients by turns."""
    plans = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return [_story(plan, account=at * 7 % 40 + 1) for at, plan in enumerate(plans)]


def _story(plan: Mapping[str, Any], account: int) -> Story:
    at = moment(plan["at"])
    group, agents = DESKS[plan.get("desk") or plan["type"]]
    agent = plan["by"] if "by" in plan else agents[account % len(agents)]
    story = Story(plan["number"], plan["type"], at, account, group, agent, plan.get("via", "邮件"))
    story.created = _when(plan.get("typed"), at)
    story.bot = _when(plan.get("bot"), at)
    story.answers = [moment(plan["answered"], at.date())] if "answered" in plan else []
    if "called" in plan:
        began, typed = (moment(text, at.date()) for text in plan["called"])
        story.calls = [(began, typed)]
    if "was" in plan:
        story.retyped = (moment(plan["was"][0]), plan["was"][1])
    story.closing_reason, story.into = plan.get("void"), plan.get("into")
    story.states = _states(plan, story)
    story.escalations = [_escalation(told, at.date()) for told in plan.get("told", ())]
    return story


def _when(text: str | None, at: datetime) -> datetime | None:
    return None if text is None else moment(text, at.date())


def _states(plan: Mapping[str, Any], story: Story) -> list[tuple[datetime, str]]:
    """Opened at the first answer unless said otherwise, then as planned, then closed."""
    day = story.reported.date()
    states = [(moment(text, day), state) for state, text in plan.get("states", ())]
    opened = plan.get("opened", True)
    if isinstance(opened, str):
        states.insert(0, (moment(opened, day), "open"))
    elif opened:
        states.insert(0, (min([*story.answers, *(began for began, _ in story.calls)]), "open"))
    if states and states[-1][1] == "solved":
        states.append((states[-1][0] + _THEN_CLOSED, "closed"))
    return states


def _escalation(told: Mapping[str, str], day: date) -> Escalation:
    seen, acted = (moment(told[key], day) if key in told else None for key in ("seen", "acted"))
    return Escalation(told["to"], moment(told["at"], day), seen, acted)
