"""Limits and overtime: the engine says of random cases what the slow oracle says, row by row."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from audits.facts import Facts
from audits.judge import audit, obligations
from audits.model import MODEL
from audits.periods import parse
from audits.words import NAT
from tests.facts import at, facts_of
from tests.test_cases import first_installation
from tests.timing_oracle import HOUR, MINUTE, ROWS, ZONE, Case, Escalation, Event, World, judge

PERIOD: Final = parse("2026-10", ZONE)
DAY: Final = 24 * HOUR
MONDAY: Final = at("2026-10-12T10:00+08:00")
#: Receipts: before a make-up Saturday, on it, a Monday morning, at night.
RECEIVED: Final = (
    at("2026-10-09T17:50+08:00"),
    at("2026-10-10T10:00+08:00"),
    MONDAY,
    MONDAY + 1,
    MONDAY + 14 * HOUR,
)
AS_OF: Final = (MONDAY + 20 * MINUTE, MONDAY + 2 * HOUR, MONDAY + 4 * DAY, at("2026-11-01T00:00+08:00"))
LIMITS: Final = sorted({limit for row in ROWS.values() for limit in (row.response, row.resolution)})
STEPS: Final = sorted(
    {-1, 0, 1, 3 * MINUTE, 26 * HOUR, *(limit + tick for limit in LIMITS for tick in (-1, 0, 1))}
)
GRACES: Final = sorted(
    {limit + grace + tick for limit in LIMITS for grace in (15 * MINUTE, HOUR) for tick in (0, 1)}
)
#: Reopenings around the end of the third working day after a resolution, near and far.
TURNS: Final = (HOUR, 2 * HOUR, 26 * HOUR, at("2026-10-15T23:59:59.999999+08:00") - MONDAY,
                at("2026-10-16T00:00+08:00") - MONDAY, 8 * DAY, 8 * DAY + HOUR)  # fmt: skip

types = st.sampled_from([*ROWS, None])
steps = st.sampled_from([None, *STEPS])
evidence = st.sampled_from([None, "message", "call", "stamp", "status_change", "bot"])
roles = st.sampled_from([*MODEL["escalation"].fields["target_role"].values, None])


def plus(start: int, step: int | None) -> int | None:
    return None if step is None else start + step


@st.composite
def cases(draw: st.DrawFn, number: int) -> Case:
    received = draw(st.sampled_from(RECEIVED))
    closed = draw(st.sampled_from([None, None, *TURNS, *STEPS]))
    into = f"T{draw(st.integers(0, number - 1))}" if number and draw(st.integers(0, 4)) == 0 else None
    return Case(
        f"T{number}",
        draw(types),
        received,
        type_at_receipt=draw(st.sampled_from([None, None, None, *ROWS])),
        answered=plus(received, draw(steps)),
        evidence=draw(evidence),
        resolved=plus(received, draw(steps)),
        closed=plus(received, closed),
        is_closed=draw(st.sampled_from([None, True, False])),
        void=draw(st.sampled_from([None, None, None, "merged", "test", "spam", "duplicate"])),
        into=into,
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    found = [draw(cases(number)) for number in range(draw(st.integers(1, 5)))]
    names = st.sampled_from([case.id for case in found])
    starts = {case.id: case.received for case in found}
    events = [
        Event(case, resolved, starts[case] + step)
        for case, resolved, step in draw(
            st.lists(st.tuples(names, st.booleans(), st.sampled_from([0, *STEPS[3:], *TURNS])), max_size=8)
        )
    ]
    stamp = st.sampled_from([None, None, -1, 0, *STEPS[3:], *GRACES, *TURNS])
    escalations = [
        Escalation(case, role, *(plus(starts[case], step) for step in stamps))
        for case, role, *stamps in draw(
            st.lists(st.tuples(names, roles, stamp, stamp, stamp, stamp), max_size=6)
        )
    ]
    promised = draw(st.sampled_from([None, RECEIVED[0], MONDAY, MONDAY + 1]))
    return World(draw(st.sampled_from(AS_OF)), found, events, escalations, promised)


def iso(instant: int | None) -> str | None:
    if instant is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)).isoformat()


def facts(world: World) -> Facts:
    rows: dict[str, list[dict[str, Any]]] = {
        "case": [
            {
                "id": case.id, "service_type": case.type, "service_type_at_receipt": case.type_at_receipt,
                "received_at": iso(case.received), "first_response_at": iso(case.answered),
                "first_response_evidence": case.evidence, "resolved_at": iso(case.resolved),
                "closed_at": iso(case.closed), "is_closed": case.is_closed, "void_reason": case.void,
                "merged_into_id": case.into,
            }
            for case in world.cases
        ],
        "case_event": [
            {"id": str(n), "case_id": e.case, "kind": "resolved" if e.resolved else "reopened", "at": iso(e.at)}
            for n, e in enumerate(world.events)
        ],
        "escalation": [
            {
                "id": str(n), "case_id": e.case, "target_role": e.role, "triggered_at": iso(e.triggered),
                "acknowledged_at": iso(e.acknowledged), "action_at": iso(e.acted),
                "delivered_at": iso(e.delivered),
            }
            for n, e in enumerate(world.escalations)
        ],
    }  # fmt: skip
    promise = iso(world.promised)
    return facts_of(rows, complete={"escalation": promise} if promise else {})


def judged(world: World) -> dict[tuple[str, str, str], tuple[str, int | None]]:
    found = obligations(audit(facts(world), first_installation("2026-10"), world.as_of, PERIOD))
    due = found["due_at"].to_numpy(dtype="datetime64[us]").view("int64").tolist()
    keys = zip(found["clause"], found["record"], found["occurrence"], strict=True)
    said = zip(found["verdict"], (None if at == NAT else at for at in due), strict=True)
    return dict(zip(keys, said, strict=True))


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_every_limit_and_overtime_is_judged_as_the_text_reads(world: World) -> None:
    assert judged(world) == judge(world)
