"""Why one finding is one: both clocks, the minute ledger and its picture, the evidence."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from audits.words import MINUTE
from reports import format as fmt
from reports.result_set import Clock, Evidence, Story, Stretch
from reports.view.base import Page, View

#: A stretch longer than this is folded in the picture, with its length printed.
FOLD_US = 4 * 60 * MINUTE


def story(page: Page, told: Story) -> View:
    """One finding's story in the page's language."""
    clocks = told.get("clocks", [])
    deciding = next((clock for clock in clocks if clock["deciding"]), None)
    ledger = _split(page, told.get("ledger", []), deciding)
    return {
        "clocks": [_clock(page, clock) for clock in clocks],
        "ledger": [_stretch(page, stretch) for stretch in ledger],
        "sum": _sum(page, ledger, deciding),
        "picture": _picture(page, ledger, clocks, deciding) if ledger else None,
        "days": [_day(page, day) for day in told.get("days", [])],
        "evidence": [_fact(page, fact) for fact in told.get("evidence", [])],
    }


def _clock(page: Page, clock: Clock) -> View:
    hours = clock["clock"] != "elapsed"
    return {
        "name": page.w(f"clock.{clock['clock']}"),
        "authority": page.say(clock["authority"]),
        "due": page.at(clock["due"]),
        "counted": page.span(clock["counted_us"], hours),
        "late": page.span(clock["late_us"], hours),
        "verdict": clock["verdict"],
        "text": page.w(f"verdict.{clock['verdict']}"),
        "deciding": clock["deciding"],
    }


def _split(page: Page, ledger: list[Stretch], deciding: Clock | None) -> list[dict[str, Any]]:
    """The stretches, cut at the deciding due instant, each marked late when it lies after it."""
    due = _at(page, deciding["due"]) if deciding and deciding["due"] else None
    parts: list[dict[str, Any]] = []
    for stretch in ledger:
        start, end = _at(page, stretch["start"]), _at(page, stretch["end"])
        counts = stretch["counted_us"] > 0
        cuts = [start, *([due] if due and start < due < end else []), end]
        for a, b in pairwise(cuts):
            whole = len(cuts) == 2
            length = (b - a) // timedelta(microseconds=1)
            parts.append(
                {
                    "start": a,
                    "end": b,
                    "counted": (stretch["counted_us"] if whole else length) if counts else 0,
                    "uncounted": 0 if counts and not whole else stretch["uncounted_us"] if whole else length,
                    "late": bool(stretch.get("late") or (due and a >= due)) and counts,
                    "why": page.say(stretch["why"]),
                }
            )
    return parts


def _at(page: Page, instant: str) -> datetime:
    return fmt.local(instant, page.zone)


def _stretch(page: Page, part: dict[str, Any]) -> View:
    start, end = part["start"], part["end"]
    last = f"{end:%H:%M}" if end.date() == start.date() else page.at(end.isoformat())
    why, late = part["why"], page.w("finding.is_late")
    if part["late"] and not why.endswith(late):
        why += ("；" if page.lang == "zh" else "; ") + late
    return {
        "text": f"{page.at(start.isoformat())} – {last}",
        "counted": _minutes(part["counted"]),
        "uncounted": _minutes(part["uncounted"]),
        "why": why,
        "late": part["late"],
    }


def _minutes(us: int) -> str:
    """A length in a ledger: to the second, so that the column visibly adds up."""
    if not us:
        return ""
    seconds, rest = divmod(us, 1_000_000)
    hours, left = divmod(seconds, 3600)
    text = f"{hours}:{left // 60:02d}"
    if left % 60 or rest:
        text += f":{left % 60:02d}"
    return text + (f".{rest:06d}".rstrip("0") if rest else "")


def _sum(page: Page, ledger: list[dict[str, Any]], deciding: Clock | None) -> View:
    if not ledger:
        return {}
    counted = sum(part["counted"] for part in ledger)
    uncounted = sum(part["uncounted"] for part in ledger)
    text = ""
    if deciding and deciding["late_us"]:
        limit = counted - deciding["late_us"]
        lengths = {"counted": counted, "limit": limit, "late": deciding["late_us"]}
        said = {name: _minutes(int(us)) for name, us in lengths.items()}
        text = page.w("finding.ledger_sum", **said)
    return {
        "total": page.w("finding.ledger_total", total=_minutes(counted + uncounted)),
        "counted": _minutes(counted) or "0",
        "uncounted": _minutes(uncounted) or "0",
        "text": text,
    }


def _picture(page: Page, ledger: list[dict[str, Any]], clocks: list[Clock], deciding: Clock | None) -> View:
    """Figures of the clock picture: lengths in seconds along the wall clock, counted time upwards."""
    origin = ledger[0]["start"]

    def seconds(at: datetime) -> int:
        return int((at - origin) // timedelta(seconds=1))

    due = _at(page, deciding["due"]) if deciding and deciding["due"] else None
    other = next(
        (_at(page, clock["due"]) for clock in clocks if clock["due"] and not clock["deciding"]), None
    )
    counted = sum(part["counted"] for part in ledger)
    limit = counted - (deciding["late_us"] or 0) if deciding else 0
    inside = other is not None and other != due and origin <= other <= ledger[-1]["end"]
    label = page.w(
        "finding.picture",
        counted=_minutes(counted),
        uncounted=_minutes(sum(part["uncounted"] for part in ledger)) or "0",
        due=page.at(deciding["due"] if deciding else None),
    )
    return {
        "parts": [_part(page, part, seconds) for part in ledger],
        "due": seconds(due) if due else None,
        "due_text": page.w("finding.due_at", at=page.at(deciding["due"])) if deciding and due else "",
        "other": seconds(other) if inside and other else None,
        "other_text": page.w("finding.literal_due", at=f"{other:%H:%M}") if other else "",
        "limit": limit // 1_000_000,
        "limit_text": page.w("finding.limit_at", limit=_minutes(limit)),
        "end_text": page.w("finding.ended_at", counted=_minutes(counted)),
        "alt": label,
    }


def _part(page: Page, part: dict[str, Any], seconds: Any) -> list[Any]:
    """[start, end, counted?, late?, folded?, length, start text, end text]."""
    length = (part["end"] - part["start"]) // timedelta(microseconds=1)
    folded = length > FOLD_US
    start, end = part["start"], part["end"]
    return [
        seconds(start),
        seconds(end),
        int(bool(part["counted"])),
        int(part["late"]),
        int(folded),
        fmt.clock_time(length),
        page.at(start.isoformat()),
        f"{end:%H:%M}" if end.date() == start.date() else page.at(end.isoformat()),
    ]


def _day(page: Page, day: Any) -> View:
    n = day["n"]
    return {
        "date": page.day(day["date"] + "T12:00:00+00:00")
        if len(day["date"]) == 10
        else page.day(day["date"]),
        "n": str(n) if n is not None else page.w("finding.skipped"),
        "counted": n is not None,
        "why": page.say(day["why"]),
    }


def _fact(page: Page, fact: Evidence) -> View:
    at = page.at(fact["at"], seconds=True) if fact["at"] else ""
    value = " ".join(filter(None, (at, fact["value"])))
    origin = page.say(fact["from"])
    said = page.w.or_else(f"origin.{origin}", origin) if origin else ""
    return {"field": fact["field"], "value": value or fmt.NONE, "from": said}
