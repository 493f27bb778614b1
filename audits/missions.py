"""The mission's four audits: timing limits, acceptance, survey, QA; each a word and its figures.

The word is the first that fits (design): breached, undecided, pending, unconnected, none due, met. It is
spoken by the clauses that decide the audit, and its n always stands beside it.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audits.calendars import WorkingCalendar
from audits.checks.rate import needed
from audits.context import Judgement
from audits.counting import ClauseCounts, band, floor_of, target
from audits.judge import Judged, over
from audits.saying import codes_of, iso, text_at
from audits.tables import Tables
from audits.words import NAT, Verdict

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

AUDITS: Final = ("timing", "acceptance", "survey", "qa")
_STEPS: Final = (
    ("pre", "self_checked_at", "applied_at"),
    ("formal", "applied_at", "formal_finished_at"),
    ("rectify", "formal_finished_at", "rectified_at"),
    ("confirm", "rectified_at", "confirmed_at"),
)


def four_audits(judged: Judged, lines: list[ClauseCounts]) -> list[dict[str, Any]]:
    """The four tiles, in the mission's order."""
    figures = {"timing": _timing, "acceptance": _acceptance, "survey": _survey, "qa": _qa}
    out = []
    for name in AUDITS:
        deciding = [line for line in lines if line.card.audit == name and line.card.decides]
        connected = [line for line in deciding if line.state == "judged"]
        tile: dict[str, Any] = {
            "id": name,
            "word": word(deciding),
            "connected": [line.card.id for line in connected],
            "missing": [line.card.id for line in deciding if line.state == "unconnected"],
            "needs": sorted({entity for line in deciding for entity in line.missing}),
            "n": sum(line.population for line in connected),
            "breached": sum(line.counts["breached"] for line in connected),
        }
        tile["figures"] = figures[name](judged, lines) if connected else None
        out.append(tile)
    return out


def word(deciding: list[ClauseCounts]) -> str:
    """The first word that fits what the deciding clauses say."""
    judged = [line for line in deciding if line.state == "judged"]
    total = {v: sum(line.counts[v] for line in judged) for v in ("breached", "no_data", "pending", "met")}
    if total["breached"]:
        return "breached"
    if total["no_data"]:
        return "undecided"
    if total["pending"]:
        return "pending"
    if not judged:
        return "unconnected"
    return "met" if total["met"] else "none_due"


def _timing(judged: Judged, lines: list[ClauseCounts]) -> dict[str, Any]:
    limits = [line for line in lines if line.card.audit == "timing" and line.card.check == "deadline"]
    rows = [_limit_row(judged, line) for line in limits if line.state == "judged"]
    overtime = [line for line in lines if line.card.function == "overtime"]
    connected = [line for line in overtime if line.state == "judged"]
    ask = judged.rules.readings.signed
    return {
        "rows": rows,
        **{key: sum(row[key] for row in rows) for key in ("n", "late_elapsed", "late_open_hours", "late")},
        "signed": [row["clause"] for row in rows if ask("clock_choice", row["clause"])],
        "missing_escalations": sum(line.counts["breached"] for line in connected),
        "escalations_state": "judged" if connected else "unconnected",
    }


def _limit_row(judged: Judged, line: ClauseCounts) -> dict[str, Any]:
    made = judged.made[line.card.id]
    late, other = line.counts["breached"], (line.other_clock or {}).get("breached", 0)
    by_hours = made.clock == "open_hours"
    return {
        "service_type": line.card.where["service_type"],
        "act": "response" if line.card.obligation_key == "first_response" else "resolution",
        "clause": line.card.id,
        "limit_us": line.limit.amount if line.limit else None,
        "n": line.population,
        "late_elapsed": other if by_hours else late,
        "late_open_hours": late if by_hours else other,
        "deciding": made.clock,
        "late": late,
        "no_data": line.counts["no_data"],
        **_longest_open(judged, made),
    }


def _longest_open(judged: Judged, made: Judgement) -> dict[str, Any]:
    """How long the oldest matter that is past due and open has waited, by the deciding clock."""
    rows = (made.outcome.verdict == Verdict.BREACHED) & ~over(made)
    start = made.anchor[rows]
    until = np.full(len(start), judged.as_of, np.int64)
    if made.clock == "open_hours":
        waited = judged.rules.hours.open_between(start, until)
        waited = waited[waited != NAT]  # beyond the calendar nobody knows what was open
    else:
        waited = until - start
    longest = int(waited.max()) if len(waited) else None
    return {"longest_open_us": longest, "longest_open_by": made.clock}


def _line(
    lines: list[ClauseCounts], judged: Judged, audit: str, check: str, key: str = ""
) -> Judgement | None:
    """The judgement of an audit's clause of one kind, None where it is not connected."""
    fits = (line for line in lines if line.card.audit == audit and line.card.check == check)
    fits = (line for line in fits if line.state == "judged" and (not key or line.card.obligation_key == key))
    found = next(fits, None)
    return judged.made[found.card.id] if found else None


def _acceptance(judged: Judged, lines: list[ClauseCounts]) -> dict[str, Any] | None:
    made = _line(lines, judged, "acceptance", "deadline")
    if made is None:
        return None
    inside = judged.in_period(made)
    late = inside & (made.outcome.verdict == Verdict.BREACHED)
    running = np.flatnonzero(made.outcome.verdict == Verdict.PENDING)
    return {
        "n": int(inside.sum()),
        "late": int(late.sum()),
        "late_open": int((late & ~over(made)).sum()),
        "running": sorted(
            (_running(judged, made, int(row)) for row in running),
            key=lambda one: (one["due"] or "", one["subject"]),
        ),
        "steps": [_step(judged, made, inside, late, *step) for step in _STEPS],
    }


def _running(judged: Judged, made: Judgement, row: int) -> dict[str, Any]:
    base, at = made.view.base, int(made.view.pos[made.rows[row]])
    due = int(made.outcome.due[row])
    key = text_at(base.text("id"), at)
    return {
        "subject": f"acceptance:{key}",
        "label": text_at(base.text("code"), at) or key,
        "due": iso(due, judged.facts.zone),
        "days_left": days_left(judged.rules.calendar, judged.as_of, due),
        "step": _step_now(made, row),
    }  # fmt: skip


def _step_now(made: Judgement, row: int) -> str:
    """The first step without its end; rectification only where an item failed."""
    base, at = made.view.base, int(made.view.pos[made.rows[row]])
    failed = int(made.view.number("failed")[made.rows[row]]) > 0 if "failed" in made.view.numbers else True
    missing = [name for name, _, end in _STEPS[1:] if int(base.ts(end)[at]) == NAT]
    return next((name for name in missing if name != "rectify" or failed), "confirm")


def days_left(calendar: WorkingCalendar, now: int, due: int) -> int | None:
    """Working days left, the last one counting as 1 while it runs; None where the calendar cannot say."""
    if due == NAT:
        return None
    one = np.array([now], np.int64)
    between = int(calendar.working_days_between(one, np.array([due], np.int64))[0])
    if between == NAT:
        return None
    day = calendar.zone.days(one)
    return between + int(bool(calendar.is_working(day)[0])) if between or due >= now else 0


def _step(
    judged: Judged, made: Judgement, inside: Bools, late: Bools, name: str, begin: str, end: str
) -> dict[str, Any]:
    """Median working days of one step in halves (from local day to local day), and the late ones lost in it."""
    view = made.view
    start, stop = view.ts(begin)[made.rows], view.ts(end)[made.rows]
    whole = inside & (start != NAT) & (stop != NAT) & (stop >= start)
    days = judged.rules.calendar.working_days_between(start[whole], stop[whole])
    days = np.sort(days[days != NAT])
    middle = int(days[(len(days) - 1) // 2] + days[len(days) // 2]) if len(days) else None
    lost = late & (_lost_in(made) == [step for step, _, _ in _STEPS].index(name))
    return {"step": name, "n": len(days), "median_half_days": middle, "late_lost": int(lost.sum())}


def _lost_in(made: Judgement) -> Ints:
    """Number of the step in which each acceptance's due instant passed: the first that ended after it, or
    has not ended while no later one has.
    """
    due = made.outcome.due
    ends = [made.view.ts(end)[made.rows] for _, _, end in _STEPS]
    lost = np.full(len(due), len(_STEPS) - 1, np.int64)
    for number in range(len(_STEPS) - 1, -1, -1):
        later = (
            np.any([end != NAT for end in ends[number + 1 :]], axis=0) if ends[number + 1 :] else due < NAT
        )
        here = (ends[number] > due) | ((ends[number] == NAT) & ~later)
        lost[here] = number
    return lost


def _survey(judged: Judged, lines: list[ClauseCounts]) -> dict[str, Any]:
    sent = _line(lines, judged, "survey", "deadline")
    returned = _line(lines, judged, "survey", "rate")
    return {
        "cohort": _closed_cohort(judged, returned) if returned else None,
        "sent_in_time": _sent(judged, sent) if sent else None,
        "running": _running_cohort(judged, returned) if returned else None,
    }


def _sent(judged: Judged, made: Judgement) -> dict[str, int]:
    inside = judged.in_period(made)
    return {"met": int((inside & (made.outcome.verdict == Verdict.MET)).sum()), "n": int(inside.sum())}


def _cohort(made: Judgement, row: int) -> dict[str, Any]:
    numbers = {
        name: int(made.view.numbers[name][made.rows[row]])
        for name in ("part", "known", "unknown", "excluded")
    }
    return {
        "key": text_at(made.view.base.text("id"), int(made.rows[row])),
        "numerator": numbers["part"],
        "denominator": numbers["known"],
        "no_data": numbers["unknown"],
        "bounced": numbers["excluded"],
    }


def _closed_cohort(judged: Judged, made: Judgement) -> dict[str, Any] | None:
    """The cohort that falls due in the period, the last of several."""
    rows = np.flatnonzero(judged.in_period(made))
    if not len(rows):
        return None
    row = int(rows[-1])
    cohort, percent, floor = _cohort(made, row), target(made, row), floor_of(judged, made, row)
    whole = cohort["denominator"]
    return cohort | {
        "target": percent,
        "floor": floor,
        "need_80": needed(whole, percent),
        "need_60": needed(whole, floor or 0),
        "band": band(cohort["numerator"], whole, percent, floor),
        "verdict": Verdict(int(made.outcome.verdict[row])).name.lower(),
    }


def _running_cohort(judged: Judged, made: Judgement) -> dict[str, Any] | None:
    """The first cohort that is still open and has members, with whom to call."""
    known = made.view.numbers["known"][made.rows]
    rows = np.flatnonzero((made.outcome.verdict == Verdict.PENDING) & (known > 0))
    if not len(rows):
        return None
    row = int(rows[0])
    cohort = _cohort(made, row)
    short = max(0, needed(cohort["denominator"], target(made, row)) - cohort["numerator"])
    end = int(made.view.numbers["end"][made.rows[row]])
    window = int(made.outcome.due[row]) - end
    return cohort | {"shortfall": short, **_calls(judged, int(made.anchor[row]), end, window)}


def _calls(judged: Judged, start: int, end: int, window: int) -> dict[str, Any]:
    """Unanswered surveys of a cohort whose window is still open, by days left, and how many are over."""
    frame = judged.facts.frames["survey"]
    table = Tables(judged.facts, judged.as_of)["survey"]
    sent = table.ts("sent_at")
    waiting = (sent != NAT) & (sent >= start) & (sent <= end) & (table.ts("responded_at") == NAT)
    waiting &= (table.flag("bounced") != 1) & (table.enum("kind") == 0)
    left = sent + window - judged.as_of
    customers, managers = codes_of(judged.facts, "customer", "code"), _managers(judged)
    calls = []
    for row in np.flatnonzero(waiting & (left >= 0)):
        customer = text_at(frame["customer_id"], int(row)) if "customer_id" in frame.columns else ""
        calls.append({
            "customer_id": customer,
            "customer": customers.get(customer, customer),
            "sent_at": iso(int(sent[row]), judged.facts.zone),
            "days_left": int(left[row] // 86_400_000_000),
            "manager": managers.get(customer, ""),
        })  # fmt: skip
    calls.sort(key=lambda one: (one["days_left"], one["customer"], one["sent_at"]))
    return {"calls": calls, "windows_over": int((waiting & (left < 0)).sum())}


def _managers(judged: Judged) -> dict[str, str]:
    """Account manager's staff number of each customer."""
    if not judged.facts.provides("customer", "account_manager_id"):
        return {}
    frame, staff = judged.facts.frames["customer"], codes_of(judged.facts, "staff", "staff_no")
    known = frame["account_manager_id"].notna()
    pairs = zip(frame["id"][known], frame["account_manager_id"][known], strict=True)
    return {customer: staff.get(manager, manager) for customer, manager in pairs}


def _qa(judged: Judged, lines: list[ClauseCounts]) -> dict[str, Any]:
    checks = _line(lines, judged, "qa", "rate")
    items = _line(lines, judged, "qa", "threshold")
    before = _line(lines, judged, "qa", "sequence")
    figures: dict[str, Any] = {"passed": 0, "n": 0, "failed": 0, "need": 0, "shortfall": 0, "no_data": 0}
    if checks is not None:
        rows = np.flatnonzero(judged.in_period(checks))
        part, known, unknown = (
            int(checks.view.numbers[name][checks.rows[rows]].sum()) for name in ("part", "known", "unknown")
        )
        need = needed(known, target(checks, int(rows[-1]))) if len(rows) else 0
        figures = {
            "passed": part, "n": known, "failed": known - part, "need": need,
            "shortfall": max(0, need - part), "no_data": unknown,
        }  # fmt: skip
    figures["below"] = _below(judged, items) if items else []
    figures["unchecked"], figures["delivered"] = _unchecked(judged, before) if before else (0, 0)
    return figures


def _below(judged: Judged, made: Judgement) -> list[dict[str, Any]]:
    rows = np.flatnonzero(judged.in_period(made) & (made.outcome.verdict == Verdict.BREACHED))
    base, customers = made.view.base, codes_of(judged.facts, "customer", "code")
    out = []
    for row in rows:
        at = int(made.view.pos[made.rows[row]])
        customer = text_at(base.text("customer_id"), at)
        out.append({
            "label": text_at(base.text("code"), at) or text_at(base.text("id"), at),
            "passed": int(made.view.numbers["items_passed"][made.rows[row]]),
            "items": int(made.view.numbers["items_total"][made.rows[row]]),
            "customer": customers.get(customer, customer),
        })  # fmt: skip
    return sorted(out, key=lambda one: one["label"])


def _unchecked(judged: Judged, made: Judgement) -> tuple[int, int]:
    inside = judged.in_period(made)
    none = inside & (made.outcome.done == NAT)
    return int(none.sum()), int(inside.sum())
