"""A whole day of audits, one every five minutes, and a night in which everything breaks: how soon, and how few mails."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from audits.escalation import plan
from audits.findings import FINDING_COLUMNS, cast_columns, no_events
from audits.instants import DAY, MINUTE
from audits.ladder import Level
from audits.life import Changes
from audits.officer import detection
from audits.periods import parse
from config.cron import next_run
from tasks.store import open_store
from tests.notices import CARDS, LIVE, ZONE, at, finding, frame, house, known, office
from tests.store_world import BEGIN, COUNT, Clock, begin_run, mail_of

STEP = 5 * MINUTE
BEGINS = at("10-13 00:00")
#: Three matters for each of five people and the duty list, spread over the day on no minute of the runs.
LADDERS = ("RESPONSE-CONSULT", "RESOLVE-TECH", "RESOLVE-COMPLAINT", "RESPONSE-EMERGENCY", "QA-RATE-95")
DUES = [BEGINS + n * 91 * MINUTE + n * 7_000_001 for n in range(15)]


def the_day() -> list[dict[str, object]]:
    """Matters that fall due on that day and stay open."""
    rows = []
    for n, due in enumerate(DUES):
        row = finding(f"case:T-{n:02}", LADDERS[n % 5], "10-13 00:00")
        rows.append({**row, "due_at": due, "anchor_at": due - DAY, "first_seen_as_of": due})
    return rows


def test_over_a_day_of_runs_every_five_minutes_whoever_must_act_is_told_within_five() -> None:
    rows, told, mails = the_day(), known(), Counter[str]()
    for number, now in enumerate(range(BEGINS, BEGINS + DAY + STEP, STEP)):
        if number % 24 and not any(now - STEP <= due < now for due in DUES):
            continue  # nothing fell due since the run before: it owes nothing new, as each second hour's shows
        late = [row for row in rows if int(str(row["due_at"])) < now]
        made = plan(frame(*late), CARDS, house(), office(), now, told, LIVE)
        mails.update(one.addressee.person_id for one in made.mails if one.kind != "digest")
        told = pd.concat([told, known(*made.owed)]) if made.owed else told
    soon = detection(frame(*rows), told, office(), parse("2026-10", ZONE))
    waited = sorted(_waited(due, LADDERS[n % 5]) for n, due in enumerate(DUES))
    assert soon == {"n": 15, "median_us": waited[7], "p95_us": waited[14], "max_us": waited[14]}
    assert soon["p95_us"] == 296_999_991 < 10 * MINUTE
    assert max(mails.values()) <= LIVE.mails_a_day


def _waited(due: int, clause: str) -> int:
    """By hand: until the next run; of what waits for opening hours (9 to 18) only the part inside them."""
    run = -(-(due + 1 - BEGINS) // STEP) * STEP + BEGINS
    if clause in ("RESOLVE-COMPLAINT", "RESPONSE-EMERGENCY"):
        return run - due
    opens, closes = at("10-13 09:00"), at("10-13 18:00")
    return max(0, min(run, closes) - max(due, opens))


def test_detection_is_empty_where_nothing_was_told() -> None:
    empty = detection(
        frame(finding("case:T-1", "RESOLVE-TECH", "10-13 10:00")), known(), office(), parse("2026-10", ZONE)
    )
    assert empty == {"n": 0, "median_us": None, "p95_us": None, "max_us": None}


def test_ten_thousand_breaches_stay_within_the_cap_and_every_one_stands_in_the_ledger(tmp_path: Path) -> None:
    clauses = [clause for clause in LADDERS if clause != "QA-RATE-95"]
    rows = [
        finding(f"case:T-{n}", clauses[n % 4], "10-13 10:00", standards="ECS", reason="OPEN_LATE", changes=1)
        for n in range(10_000)
    ]
    broken = frame(*rows)
    now = at("10-13 12:30")
    made = plan(broken, CARDS, house(), office(), now, known(), LIVE)
    assert max(Counter(one.addressee.person_id for one in made.mails).values()) <= LIVE.mails_a_day
    table = broken.assign(open_since=now, reported_verdict="breached")
    for name in ("first_seen_as_of", "last_change_as_of", "open_since"):
        table[name] = pd.to_datetime(table[name].astype("Int64"), unit="us", utc=True)
    changes = Changes(cast_columns(table[list(FINDING_COLUMNS)], FINDING_COLUMNS), no_events())
    opened = changes.findings[["finding"]].assign(
        n=1, kind="opened", was="", state="open", detail="{}", as_of=table["open_since"], run="r1"
    )
    changes = replace(changes, events=opened[list(no_events().columns)].astype(no_events().dtypes.to_dict()))
    carried = {one.id: [n for n in made.owed if n.envelope == one.id] for one in made.mails}
    with open_store(f"sqlite:///{tmp_path}/state/clausewatch.db", wait_s=5) as store:
        begin_run(store, "r1", now, BEGIN)
        with store.lease("demo", "r1", Clock()):
            sent = [mail_of(*notices) for notices in carried.values()]
            store.commit("r1", "demo", "ECS", now, changes, [COUNT], made.owed, sent, now=BEGIN)
        ledger = store.notices("demo")
        assert len(store.findings("demo", "ECS")) == 10_000
    assert sorted(ledger["finding"]) == sorted(broken["finding"])
    assert ledger["envelope"].nunique() == len(made.mails) == 4
    assert set(ledger["level"]) == {int(Level.NOW)}


def test_a_storm_that_ten_runs_see_is_one_incident_and_the_rest_a_line_each() -> None:
    told, kinds = known(), []
    rows: list[dict[str, object]] = []
    for minute in range(0, 50, 5):
        rows += [finding(f"case:T-{minute}-{n}", "RESOLVE-TECH", f"10-13 10:{minute:02}") for n in range(2)]
        made = plan(frame(*rows), CARDS, house(), office(), at(f"10-13 10:{minute:02}") + MINUTE, told, LIVE)
        kinds += [(one.kind, len(one.findings)) for one in made.envelopes]
        told = pd.concat([told, known(*made.owed)]) if made.owed else told
    assert kinds == [*[("escalation", 1)] * 4, ("incident", 2), ("digest", 2)]


@pytest.mark.parametrize(
    ("cron", "after", "then"),
    [
        ("0 2 * * *", "10-13 02:00", "10-14 02:00"),
        ("0 2 * * *", "10-13 01:59", "10-13 02:00"),
        ("*/5 * * * *", "10-13 10:02", "10-13 10:05"),
        ("30 8,17 * * mon-fri", "10-16 17:30", "10-19 08:30"),
        ("0 0 1 * *", "10-13 10:00", "11-01 00:00"),
        ("0 6 * * 7", "10-13 10:00", "10-18 06:00"),
    ],
)
def test_a_cron_fires_next_when_it_says(cron: str, after: str, then: str) -> None:
    assert next_run(cron, at(after), ZONE) == at(then)


@pytest.mark.parametrize("cron", ["", "hourly", "61 * * * *", "0 2 * *", "0 2 31 2 *", "a * * * *"])
def test_what_is_no_cron_fires_never(cron: str) -> None:
    assert next_run(cron, BEGINS, ZONE) is None


def test_a_rank_is_a_value_that_was_measured() -> None:
    dues = np.arange(1, 21) * MINUTE + at("10-13 10:00")
    rows = [
        {**finding(f"case:R-{n}", "RESOLVE-TECH", "10-13 10:00"), "due_at": int(due)}
        for n, due in enumerate(dues)
    ]
    told = pd.DataFrame(
        {
            "finding": [row["finding"] for row in rows],
            "level": 3,
            "role": "emergency_team",
            "at": at("10-13 11:00"),
        }
    )
    soon = detection(frame(*rows), told, office(), parse("2026-10", ZONE))
    assert soon == {"n": 20, "median_us": 49 * MINUTE, "p95_us": 58 * MINUTE, "max_us": 59 * MINUTE}
