"""Acceptances, surveys, checks and their months: the engine says of random ones what the slow oracle says."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from audits.facts import Facts
from audits.judge import audit, obligations
from audits.periods import parse
from audits.words import NAT
from tests.delivery_oracle import (
    DAY,
    FIVE,
    STEPS,
    Acceptance,
    Check,
    Day,
    Deliverable,
    Item,
    Survey,
    Visit,
    World,
    judge,
)
from tests.facts import at, facts_of
from tests.test_cases import first_installation
from tests.timing_oracle import HOUR, ZONE, Said

PERIOD: Final = parse("2026-10", ZONE)
#: Before, in and after National Day week; midnights and their neighbours.
MOMENTS: Final = tuple(
    at(text)
    for text in (
        "2026-08-31T23:59:59.999999+08:00", "2026-09-01T00:00+08:00", "2026-09-14T23:59:59.999999+08:00",
        "2026-09-28T10:00+08:00", "2026-09-30T15:00+08:00", "2026-10-03T10:00+08:00", "2026-10-09T09:00+08:00",
        "2026-10-10T10:00+08:00", "2026-10-12T10:00+08:00", "2026-10-12T10:00:00.000001+08:00",
        "2026-10-13T23:59:59.999999+08:00", "2026-10-14T00:00+08:00", "2026-10-15T23:59:59.999999+08:00",
        "2026-10-16T00:00+08:00", "2026-10-19T23:59:59.999999+08:00", "2026-10-20T00:00+08:00",
        "2026-10-28T11:00+08:00",
    )
)  # fmt: skip
AS_OF: Final = tuple(
    at(text)
    for text in (
        "2026-10-12T10:00+08:00", "2026-10-15T12:00+08:00", "2026-10-19T23:59:59.999999+08:00",
        "2026-10-20T00:00+08:00", "2026-11-01T00:00+08:00", "2026-11-14T23:59:59.999999+08:00",
        "2026-11-15T00:00+08:00", "2026-11-30T00:00+08:00",
    )
)  # fmt: skip


def midnight(moment: int) -> Day:
    return Day((moment + 8 * HOUR) // DAY * DAY - 8 * HOUR)


moments = st.sampled_from([*MOMENTS, *(midnight(moment) for moment in MOMENTS)])
maybe = st.one_of(st.none(), moments)
customers = st.sampled_from([None, "K1", "K2"])
truths = st.sampled_from([None, True, False])


@st.composite
def acceptances(draw: st.DrawFn, number: int) -> Acceptance:
    steps = dict(zip(STEPS, draw(st.lists(maybe, min_size=len(STEPS), max_size=len(STEPS))), strict=True))
    if draw(st.booleans()):  # often in order, as in life
        given_ = sorted(stamp for stamp in steps.values() if stamp is not None)
        steps = {s: (given_.pop(0) if stamp is not None else None) for s, stamp in steps.items()}
    return Acceptance(f"A{number}", steps, draw(customers), draw(truths), draw(truths))


def named(prefix: str, size: int) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{prefix}{number}" for number in range(size)])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    size = draw(st.integers(0, 3))
    own = named("A", size) if size else st.just("gone")
    makes = {
        "items": st.builds(Item, own, maybe, st.sampled_from(["client", "client", "staff", None]), truths,
                           st.sampled_from([None, "replace it"])),
        "deliverables": st.builds(Deliverable, st.just(""), maybe),
        "checks": st.builds(Check, named("D", 3), st.sampled_from([1, 1, 2, None]), maybe,
                            st.sampled_from(["pass", "pass", "pass", "fail", None]),
                            st.sampled_from([20, 39, 0, None]), st.sampled_from([19, 37, 20, 40, None])),
        "visits": st.builds(Visit, st.sampled_from(["2026-08", "2026-09", "2026-10", None]), maybe, truths.map(bool)),
    }  # fmt: skip
    surveys = st.builds(
        Survey, st.just(""), st.sampled_from(["acceptance", "acceptance", "case", None]), maybe,
        st.one_of(st.none(), own, st.just("gone")), customers, st.sampled_from([FIVE, FIVE | {"price"}, frozenset()]),
        maybe, truths,
    )  # fmt: skip
    rows: dict[str, Any] = {name: draw(st.lists(make, max_size=4)) for name, make in makes.items()}
    rows["deliverables"] = [Deliverable(f"D{n}", d.delivered) for n, d in enumerate(rows["deliverables"])]
    sent = draw(st.lists(surveys, max_size=5))
    rows["surveys"] = [Survey(f"S{n}", *list(vars(survey).values())[1:]) for n, survey in enumerate(sent)]
    promises = st.sampled_from([None, 0, at("2026-10-10T00:00+08:00")])
    promised = {name: draw(promises) for name in ("acceptance_item", "survey", "qa_check", "follow_up")}
    return World(
        draw(st.sampled_from(AS_OF)),
        [draw(acceptances(number)) for number in range(size)],
        promised={name: since for name, since in promised.items() if since is not None},
        **rows,
    )


def stamp(instant: int | None) -> Any:
    if instant is None:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant, hours=8)
    return (
        {"day": moment.date().isoformat()} if isinstance(instant, Day) else moment.isoformat()[:-6] + "+08:00"
    )


def facts(world: World) -> Facts:
    rows: dict[str, list[dict[str, Any]]] = {
        "acceptance": [
            {
                "id": a.id, "customer_id": a.customer, "confirmation_signed": a.signed, "has_checklist": a.listed,
                **{step: stamp(instant) for step, instant in a.steps.items()},
            }
            for a in world.acceptances
        ],
        "acceptance_item": [
            {
                "id": str(n), "acceptance_id": i.acceptance, "tested_at": stamp(i.tested), "tested_by": i.by,
                "passed": i.passed, "plan_text": i.plan,
            }
            for n, i in enumerate(world.items)
        ],
        "survey": [
            {
                "id": s.id, "kind": s.kind, "sent_at": stamp(s.sent), "acceptance_id": s.acceptance,
                "customer_id": s.customer, "dimensions": "|".join(sorted(s.asked)),
                "responded_at": stamp(s.answered), "bounced": s.bounced,
            }
            for s in world.surveys
        ],
        "deliverable": [{"id": d.id, "delivered_at": stamp(d.delivered)} for d in world.deliverables],
        "qa_check": [
            {
                "id": str(n), "deliverable_id": c.deliverable, "round": c.round, "checked_at": stamp(c.checked),
                "result": c.result, "items_total": c.total, "items_passed": c.passed,
            }
            for n, c in enumerate(world.checks)
        ],
        "follow_up": [
            {
                "id": str(n), "kind": "special_return_visit" if v.special else "after_sales", "scope": v.scope,
                "opened_at": stamp(v.opened),
            }
            for n, v in enumerate(world.visits)
        ],
    }  # fmt: skip
    return facts_of(rows, complete={name: str(stamp(since)) for name, since in world.promised.items()})


def judged(world: World) -> dict[tuple[str, str], Said]:
    found = obligations(audit(facts(world), first_installation("2026-10"), world.as_of, PERIOD))
    due = found["due_at"].to_numpy(dtype="datetime64[us]").view("int64").tolist()
    said = zip(found["verdict"], (None if at == NAT else at for at in due), strict=True)
    return dict(zip(zip(found["clause"], found["record"], strict=True), said, strict=True))


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_every_delivery_is_judged_as_the_text_reads(world: World) -> None:
    assert judged(world) == judge(world)
