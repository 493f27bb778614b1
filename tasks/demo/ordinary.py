"""Ordinary tickets: a believable stream over the weeks around National Day, most of them served in time.

About one in twenty misses a limit. Nights and holidays are thinly staffed: what arrives then is sometimes
answered at the next opening, late by the clock on the wall and in time by opening hours. Ordinary stamps
keep clear of every exact edge; edges are planted (``planted_tickets.yaml``).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from tasks.demo.clock import FIRST_DAY, LAST_DAY, Dice, days, is_worked
from tasks.demo.people import DESKS
from tasks.demo.story import Escalation, Story

OPENING, CLOSING = time(9, 0), time(18, 0)


@dataclass(frozen=True)
class Desk:
    """What is usual for one category: share of tickets, limits in minutes, and who hears of a late one."""

    weight: int
    answer: int
    solve: int
    grace: int
    told: str


KINDS: Final = {
    "一般咨询": Desk(47, 15, 120, 60, "主管"),
    "技术支持": Desk(33, 30, 240, 60, "应急小组"),
    "投诉": Desk(12, 10, 1440, 15, "总经理"),
    "紧急故障": Desk(8, 5, 60, 15, "全员"),
}
#: The administration once spoke English: some tickets still carry the old words.
ENGLISH: Final = {
    "一般咨询": "General enquiry", "技术支持": "Technical support", "投诉": "Complaint", "紧急故障": "Emergency fault",
}  # fmt: skip
_ORIGINS: Final = {"电话": 40, "邮件": 22, "微信": 22, "在线": 10, "网站": 6}


def ordinary(dice: Dice) -> list[Story]:
    """All ordinary tickets, numbered by month in order of arrival."""
    arrivals = sorted(moment for day in days(FIRST_DAY, LAST_DAY) for moment in _arrivals(dice, day))
    counters: dict[str, int] = {}
    stories = []
    for at in arrivals:
        month = f"{at:%y%m}"
        counters[month] = counters.get(month, 0) + 1
        stories.append(_story(dice, f"T{month}-{counters[month]:04d}", at))
    return stories


def _arrivals(dice: Dice, day: date) -> list[datetime]:
    count = dice.between(20, 26) if is_worked(day) else dice.between(4, 7)
    return [datetime.combine(day, _hour(dice, worked=is_worked(day))) for _ in range(count)]


def _hour(dice: Dice, *, worked: bool) -> time:
    """Opening hours mostly; evenings now and then, nights seldom."""
    part = dice.weighted(
        {"day": 88, "evening": 8, "night": 4} if worked else {"day": 80, "evening": 14, "night": 6}
    )
    first, last = {"day": (9 * 60, 17 * 60 + 50), "evening": (18 * 60, 22 * 60), "night": (0, 8 * 60)}[part]
    minute = dice.between(first, last - 1)
    return time(minute // 60, minute % 60, dice.below(60))


def _story(dice: Dice, no: str, at: datetime) -> Story:
    category = dice.weighted({name: desk.weight for name, desk in KINDS.items()})
    group, agents = DESKS[category]
    origin = dice.weighted(_ORIGINS)
    story = Story(no, category, at, dice.between(1, 40), group, dice.one_of(agents), origin)
    story.priority = "紧急" if category == "紧急故障" else dice.one_of(("低", "中", "中", "高"))
    if dice.chance(60):
        story.category = ENGLISH[category]
    if origin == "电话":
        story.created = at + timedelta(seconds=dice.between(45, 240))
    elif dice.chance(300):
        story.bot = at + timedelta(seconds=dice.between(2, 9))
    _serve(dice, story, KINDS[category])
    return story


def _serve(dice: Dice, story: Story, desk: Desk) -> None:
    """Answer, perhaps wait for the client, solve, close; escalate what comes late."""
    at = story.reported
    answered = at + _delay(dice, at, desk.answer, late_per_mille=14)
    solved = max(
        answered + timedelta(minutes=dice.between(2, 9)), at + _delay(dice, at, desk.solve, late_per_mille=18)
    )
    solved = _clear_of_edge(solved, at, desk.solve)
    if story.origin == "电话" or dice.chance(250):
        story.calls.append((answered, answered + timedelta(minutes=dice.between(4, 25))))
    else:
        story.answers.append(answered)
    if dice.chance(400):
        story.answers.append(answered + (solved - answered) / 2)
    story.states.append((answered, "open"))
    if desk.solve > 100 and solved - answered > timedelta(minutes=30) and dice.chance(150):
        third = (solved - answered) / 3
        story.states.append((_second(answered + third), dice.one_of(("waiting_customer", "waiting_vendor"))))
        story.states.append((_second(answered + 2 * third), "open"))
    story.states += [(solved, "solved"), (solved + timedelta(minutes=dice.between(20, 2600)), "closed")]
    story.answers = [_second(moment) for moment in story.answers]
    _escalate(dice, story, desk, answered, solved)


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _delay(dice: Dice, at: datetime, limit: int, late_per_mille: int) -> timedelta:
    """Time until done: usually well inside the limit (minutes), sometimes past it, at night until opening."""
    seconds = limit * 60
    if not _is_open(at) and limit < 1440 and dice.chance(90):
        return _next_opening(at) - at + timedelta(seconds=dice.between(120, max(180, seconds * 8 // 10)))
    if dice.chance(late_per_mille):
        return timedelta(seconds=seconds + dice.between(30, seconds * dice.between(1, 3)))
    share = max(dice.between(60, 950), dice.between(60, 950)) if limit >= 60 else dice.between(80, 930)
    return timedelta(seconds=seconds * share // 1000)


def _clear_of_edge(done: datetime, at: datetime, limit: int) -> datetime:
    """No ordinary ticket is done within half a minute of its limit."""
    due = at + timedelta(minutes=limit)
    return due + timedelta(seconds=47) if abs(done - due) < timedelta(seconds=30) else done


def _is_open(at: datetime) -> bool:
    return is_worked(at.date()) and OPENING <= at.time() < CLOSING


def _next_opening(at: datetime) -> datetime:
    day = at.date() if at.time() < OPENING else at.date() + timedelta(days=1)
    while not is_worked(day):
        day += timedelta(days=1)
    return datetime.combine(day, OPENING)


def _escalate(dice: Dice, story: Story, desk: Desk, answered: datetime, solved: datetime) -> None:
    """Most late tickets are escalated as the standard asks; some too late, some never."""
    broken = [
        story.reported + timedelta(minutes=limit)
        for done, limit in ((answered, desk.answer), (solved, desk.solve))
        if done > story.reported + timedelta(minutes=limit)
    ]
    if not broken:
        return
    how = dice.weighted({"in time": 80, "too late": 8, "never": 12})
    # before the promise (1 October) a late row would leave open whether an earlier one was not logged
    if how == "never" or (how == "too late" and story.reported < datetime(2026, 10, 1)):  # noqa: DTZ001
        return
    wait = (1, desk.grace - 2) if how == "in time" else (desk.grace + 5, desk.grace * 4)
    raised = min(broken) + timedelta(minutes=dice.between(*wait), seconds=dice.below(50))
    acted = None if desk.told == "主管" else raised + timedelta(seconds=dice.between(5, 55))
    seen = acted or raised + timedelta(minutes=dice.between(1, 30))
    story.escalations.append(Escalation(desk.told, raised, seen, acted))
