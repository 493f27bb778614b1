"""Rhythms against a slow oracle that walks the calendar month by month."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from audits.judge import audit, obligations
from audits.periods import parse
from audits.rules import Rules
from tests.facts import ZONE, at, facts_of
from tests.shapes_home import shape_rules

HERE = ZoneInfo(ZONE)
FIRST = datetime(2025, 1, 1, tzinfo=HERE)
AS_OF = datetime(2026, 11, 5, 12, tzinfo=HERE)
STAMPS = st.integers(0, 690 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
ROWS = st.lists(st.tuples(STAMPS, st.sampled_from(["service_review", "team", None])), max_size=25)


def months(rows: list[tuple[datetime, str | None]], promised: datetime | None) -> dict[str, str]:
    """What a person would say of each month, with a calendar in hand."""
    rows = [(stamp, kind) for stamp, kind in rows if stamp <= AS_OF]
    seen = [datetime(2026, 10, 1, tzinfo=HERE), *(stamp for stamp, _ in rows)]
    seen += [promised] if promised else []
    begin = max(min(seen), datetime(2024, 1, 1, tzinfo=HERE))
    found, month = {}, begin.replace(day=1, hour=0, minute=0)
    while month <= AS_OF:
        after = (month + timedelta(days=32)).replace(day=1)
        inside = [kind for stamp, kind in rows if month <= stamp < after]
        if "service_review" in inside:
            verdict = "met"
        elif after > AS_OF:
            verdict = "pending"
        elif None in inside:
            verdict = "no_data"
        else:
            verdict = "breached" if promised and promised <= month else "no_data"
        found[f"{month:%Y-%m}"] = verdict
        month = after
    return found


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, promised=st.none() | STAMPS)
def test_each_month_is_judged_as_a_person_with_a_calendar_would(
    rows: list[tuple[datetime, str | None]], promised: datetime | None
) -> None:
    rules = shape_rules("2026-10")
    rules = Rules(
        rules.standards,
        {"LAB-MONTHLY": rules.cards["LAB-MONTHLY"]},
        rules.readings,
        rules.calendar,
        rules.hours,
    )
    meetings = [
        {"id": str(n), "held_at": stamp.isoformat(), "kind": kind} for n, (stamp, kind) in enumerate(rows)
    ]
    complete = {"meeting": promised.isoformat()} if promised else {}
    facts = facts_of({"meeting": meetings}, complete=complete)
    found = obligations(audit(facts, rules, at(AS_OF.isoformat()), parse("2026-10", ZONE)))
    assert dict(zip(found["record"], found["verdict"].astype(str), strict=True)) == months(rows, promised)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(STAMPS, st.sampled_from("AB")), max_size=15),
    joined=st.integers(0, 690),
    left=st.none() | st.integers(0, 800),
)
def test_each_person_owes_each_quarter_of_the_time_there(
    rows: list[tuple[datetime, str]], joined: int, left: int | None
) -> None:
    rules = shape_rules("2026-10")
    rules = Rules(
        rules.standards, {"LAB-EACH": rules.cards["LAB-EACH"]}, rules.readings, rules.calendar, rules.hours
    )
    came, went = FIRST + timedelta(days=joined), None if left is None else FIRST + timedelta(days=left)
    staff = [{"id": "A", "active_from": "2020-01-01"}, {"id": "B", "active_from": f"{came:%Y-%m-%d}"}]
    staff[1] |= {"active_to": f"{went:%Y-%m-%d}"} if went else {}
    trainings = [
        {"id": str(n), "staff_id": who, "topic": "process", "held_at": stamp.isoformat()}
        for n, (stamp, who) in enumerate(rows)
    ]
    facts = facts_of({"staff": staff, "training": trainings}, complete={"training": "2025-01-01T00:00+08:00"})
    found = obligations(audit(facts, rules, at(AS_OF.isoformat()), parse("2026-10", ZONE)))
    said = {
        f"{record} {key}": str(verdict)
        for record, key, verdict in zip(found["record"], found["occurrence"], found["verdict"], strict=True)
    }
    assert said == quarters(rows, came, went)


def quarters(rows: list[tuple[datetime, str]], came: datetime, went: datetime | None) -> dict[str, str]:
    """What a person would say of each quarter and member of staff."""
    found, start = {}, FIRST
    while start <= AS_OF:
        after = (start + timedelta(days=95)).replace(day=1)
        for who in "AB":
            key = f"{who} {start.year}-Q{(start.month + 2) // 3}"
            if who == "B" and (came >= after or (went is not None and went < start)):
                continue
            late = came + timedelta(days=90) >= after or (went is not None and went < after)
            if who == "B" and late:
                found[key] = "not_applicable"
            elif any(one == who and start <= stamp < after and stamp <= AS_OF for stamp, one in rows):
                found[key] = "met"
            else:
                found[key] = "pending" if after > AS_OF else "breached"
        start = after
    return found
