"""What is known only to lie between two extracts: no verdict that an instant in between would contradict."""

from typing import Any, Final

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.facts import Facts
from audits.judge import audit, obligations
from audits.periods import parse
from tests.facts import at, facts_of
from tests.test_cases import first_installation
from tests.test_judge_timing import LIMITS, iso
from tests.timing_oracle import HOUR, ROWS, ZONE

PERIOD: Final = parse("2026-10", ZONE)
RECEIVED: Final = at("2026-10-12T10:00+08:00")
AS_OF: Final = at("2026-10-31T00:00+08:00")
NEAR: Final = sorted({limit + tick for limit in LIMITS for tick in (-1, 0, 1)} | {1, 24 * HOUR, 90 * HOUR})


def cases(kind: str, field: str, instants: list[int], after: int, **others: int | None) -> Facts:
    """Cases alike but for one stamp: the first of them knows it only as a bound, from ``after`` on."""
    alike = {name: iso(stamp) for name, stamp in others.items()}
    rows: list[dict[str, Any]] = [
        {
            "id": str(place), "service_type": kind, "received_at": iso(RECEIVED),
            "first_response_evidence": "call", **alike, field: iso(instant),
        }
        for place, instant in enumerate(instants)
    ]  # fmt: skip
    facts = facts_of({"case": rows, "escalation": []}, complete={"escalation": iso(RECEIVED - HOUR) or ""})
    bounds = [iso(after) or "", *["NaT"] * (len(rows) - 1)]
    column = pd.Series(pd.to_datetime(bounds, utc=True, format="ISO8601").as_unit("us"))
    facts.frames["case"][f"{field}__after"] = column
    return facts


def judged(facts: Facts) -> dict[str, dict[str, tuple[str, str]]]:
    """Clause -> case -> verdict and reason."""
    found = obligations(audit(facts, first_installation("2026-10"), AS_OF, PERIOD))
    said: dict[str, dict[str, tuple[str, str]]] = {}
    columns = (found[name] for name in ("clause", "record", "verdict", "reason"))
    for clause, record, verdict, reason in zip(*columns, strict=True):
        said.setdefault(clause, {})[record] = (verdict, reason)
    return said


def holds(kind: str, field: str, after: int, by: int, **others: int | None) -> None:
    """Every certain verdict of the bound is the verdict of each instant between."""
    between = {after + 1, by, (after + by) // 2 + 1, *(RECEIVED + near for near in NEAR)}
    exact = sorted(instant for instant in between if after < instant <= by)
    for clause, said in judged(cases(kind, field, [by, *exact], after, **others)).items():
        verdict, reason = said.pop("0", ("", ""))
        if verdict in ("met", "breached"):
            assert {each for each, _ in said.values()} == {verdict}, (clause, reason, said)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(sorted(ROWS)), st.sampled_from([0, *NEAR]), st.sampled_from(NEAR),
    st.sampled_from([None, *NEAR[:4]]),
)  # fmt: skip
def test_no_verdict_on_a_bound_resolution_is_contradicted_by_an_instant_in_between(
    kind: str, after: int, wide: int, answered: int | None
) -> None:
    reply = None if answered is None else RECEIVED + answered
    since = RECEIVED + after
    holds(kind, "resolved_at", since, since + wide, first_response_at=reply)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(sorted(ROWS)), st.sampled_from([0, *NEAR]), st.sampled_from(NEAR))
def test_no_verdict_on_a_bound_response_is_contradicted_by_an_instant_in_between(
    kind: str, after: int, wide: int
) -> None:
    since = RECEIVED + after
    holds(kind, "first_response_at", since, since + wide)


def test_a_bound_on_both_sides_of_a_limit_is_no_data_and_beyond_it_is_late() -> None:
    day = 24 * HOUR

    def said(after: int, by: int) -> dict[str, tuple[str, str]]:
        found = judged(cases("complaint", "resolved_at", [RECEIVED + by], RECEIVED + after))
        return {clause: records["0"] for clause, records in found.items() if "0" in records}

    wide = said(0, 9 * day)
    clause = next(name for name, (_, reason) in wide.items() if reason == "ONLY_BOUND")
    assert wide[clause][0] == "no_data"
    assert said(8 * day, 9 * day)[clause] == ("breached", "LATE")
    assert said(0, 60_000_000)[clause] == ("met", "BOUNDED")
