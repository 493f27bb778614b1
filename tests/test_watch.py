"""A look between two audits stores only what it judged, and the audit that follows agrees with it."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audits.errors import ClausewatchError
from audits.findings import no_findings
from audits.instants import DAY, HOUR, MINUTE, NAT, instant_of
from audits.life import Changes, compare
from audits.standing import movements
from audits.watched import as_it_stood, looked_at, nearly_due
from config.clock import now
from config.mapping import load_mapping
from config.settings import load_settings
from flows import cli
from flows.acts.going_live import outlook_of
from flows.auditing import steps, telling, watch
from flows.auditing.hand import in_hand
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from flows.auditing.watch import watch_once
from flows.past.proving import prove_trails
from tasks.crm import Extract
from tasks.crm import extract as read
from tests.flow_house import copy_house, letters, store_of
from tests.house import House
from tests.life_oracle import Row, obligations

#: What tells when something was noticed; a look notices earlier than the audit after it.
NOTICED = ["changes", "first_seen_as_of", "last_change_as_of", "open_since"]


# ---- what a look may say ---------------------------------------------------------------------------------
def compared(known: pd.DataFrame, rows: list[Row], as_of: int, *, look: bool) -> Changes:
    current = obligations(rows)
    if look:
        known, current = looked_at(known, current)
    return compare(known, current, as_of, f"r{as_of}", None, source="demo", standards="ECS")


def lived(days: list[list[Row]], *, looks: bool) -> tuple[pd.DataFrame, list[str]]:
    """Findings after looks at all but the last of these, and the audit of the last; kinds of events of looks."""
    known, kinds = no_findings(), []
    for at, rows in enumerate(days):
        look = at not in (0, len(days) - 1)
        if look and not looks:
            continue
        changes = compared(known, rows, 100 + at, look=look)
        kinds += changes.events["kind"].tolist() if look else []
        known = changes.applied_to(known)
    return known.sort_values("finding", ignore_index=True), kinds


@st.composite
def unfolding(draw: st.DrawFn) -> list[list[Row]]:
    """A world in which time passes and nothing is corrected: duties begin, fall due, are done."""
    duties = [
        (n, draw(st.integers(0, 4)), draw(st.integers(1, 3)), draw(st.integers(0, 9))) for n in range(5)
    ]
    days = []
    for at in range(6):
        rows = []
        for n, begins, lasts, done in duties:
            due, over = begins + lasts, done <= at
            late = at > due and not (done <= due)
            if at >= begins:
                verdict = "breached" if late else "met" if over else "pending"
                end = done if over else None
                rows.append(Row(n, verdict, over=over and late, due=due, anchor=begins, done=end))
        days.append(rows)
    return days


ANY = st.lists(
    st.builds(
        Row, st.integers(0, 4), verdict=st.sampled_from(["breached", "breached", "met", "pending", "no_data"]),
        over=st.booleans(), due=st.sampled_from([50, 60]),
    ),
    max_size=5, unique_by=lambda row: row.duty,
)  # fmt: skip


@settings(max_examples=8)
@given(unfolding())
def test_where_time_alone_passes_the_audit_finds_what_it_would_have_found_without_looks(
    days: list[list[Row]],
) -> None:
    alone, _ = lived(days, looks=False)
    watched, _ = lived(days, looks=True)
    pd.testing.assert_frame_equal(watched.drop(columns=NOTICED), alone.drop(columns=NOTICED))


@settings(max_examples=8)
@given(st.lists(ANY, min_size=3, max_size=6))
def test_whatever_is_corrected_meanwhile_what_has_evidence_stands_as_the_audit_alone_would_have_it(
    days: list[list[Row]],
) -> None:
    alone, _ = lived(days, looks=False)
    watched, kinds = lived(days, looks=True)
    speaks = {row.finding for row in days[-1] if row.verdict != "no_data"}
    for one in (alone, watched):
        one["speaks"] = one["finding"].isin(speaks)
    states = watched.set_index("finding")["state"]
    for finding, state, evident in zip(alone["finding"], alone["state"], alone["speaks"], strict=True):
        assert not evident or states[finding] == state
    # What only looks saw is nobody's breach any more, or can no longer be judged.
    extra = watched[~watched["finding"].isin(alone["finding"])]
    assert set(extra.loc[extra["speaks"], "state"]) <= {"withdrawn"}
    assert set(alone["finding"]) <= set(watched["finding"])
    assert not {"subject_missing", "evidence_missing"} & set(kinds), "a look tells of no absence"


@settings(max_examples=5)
@example([[], [Row(0)], [Row(0, "met")]])
@given(st.lists(ANY, min_size=3, max_size=4))
def test_what_was_open_and_what_came_and_went_make_what_is_open_whatever_looks_saw_between(
    days: list[list[Row]],
) -> None:
    reported = compared(no_findings(), days[0], 100, look=False).findings
    known, events = reported, []
    for at, rows in enumerate(days[1:], 1):
        changes = compared(known, rows, 100 + at, look=at < len(days) - 1)
        known = changes.applied_to(known)
        events.append(changes.events)
    stood = as_it_stood(known, pd.concat(events))
    assert dict(zip(stood["finding"], stood["state"], strict=True)) == dict(
        zip(reported["finding"], reported["state"], strict=True)
    )
    since = movements(stood, known)
    come = since["open_before"] + since["new"] + since["reopened"]
    assert come - since["cleared"] - since["withdrawn"] == since["open_now"]


def test_a_settled_matter_is_looked_at_only_when_it_is_broken_again() -> None:
    known = compared(no_findings(), [Row(1, over=True), Row(2, over=True)], 100, look=False).findings
    again = compared(known, [Row(1, "met"), Row(2)], 101, look=True)
    assert again.events[["kind", "state"]].to_numpy().tolist() == [["reopened", "open"]]


def test_a_look_leaves_what_is_gone_to_the_audit_which_alone_tells_of_it() -> None:
    known = compared(no_findings(), [Row(1), Row(2)], 100, look=False).findings
    rows = [Row(2, "no_data")]
    assert not compared(known, rows, 101, look=True)
    told = compared(known, rows, 102, look=False).events
    assert sorted(told["kind"]) == ["evidence_missing", "subject_missing"]


def test_findings_are_rolled_back_to_the_last_report() -> None:
    known = compared(no_findings(), [Row(1), Row(2)], 100, look=False).findings
    more = compared(known, [Row(1, over=True), Row(2), Row(3)], 101, look=True)
    after = more.applied_to(known)
    stood = as_it_stood(after, more.events)
    assert dict(zip(stood["finding"], stood["state"], strict=True)) == {
        Row(1).finding: "open",
        Row(2).finding: "open",
    }


def test_a_duty_of_days_is_warned_of_an_hour_before_and_one_of_minutes_ten_minutes() -> None:
    times = [(0, 5 * DAY), (0, 2 * HOUR), (0, 15 * MINUTE), (NAT, 5 * DAY)]
    frame = pd.DataFrame(times, columns=["anchor_at", "due_at"])
    assert nearly_due(frame, 7).tolist() == [7 + HOUR, 7 + 30 * MINUTE, 7 + 10 * MINUTE, 7 + HOUR]


# ---- the demo, half a day later --------------------------------------------------------------------------
@pytest.fixture(scope="module")
def extracted(demo_built: Path) -> Extract:
    """The demo read once: it stands still, and only the instant of looking moves."""
    with chdir(demo_built):
        return read(load_mapping("demo", {}), now=now())


@pytest.fixture
def reads_at(extracted: Extract, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """From now on the source is read at this instant of November."""

    def at(text: str) -> None:
        moment = instant_of(datetime.fromisoformat(f"2026-11-{text}+08:00"))
        taken = replace(extracted, facts=replace(extracted.facts, extracted_at=moment))
        for module in (steps, watch):
            monkeypatch.setattr(module, "read_crm", lambda *_, **__: taken)

    return at


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    return house


def audit_to_its_commit(waits: Callable[[AuditRun], None] = lambda _: None) -> AuditRun:
    """An audit without its report; ``waits`` is called when it has to."""
    run = AuditRun(AuditRequest(period="2026-10"), load_settings(), {})
    run.open()
    with in_hand(run, waits):
        for step in (steps.extract, *steps.BEFORE_JUDGING):
            step(run)
        steps.join(run, [steps.judge_part(run, number) for number in steps.divide(run)])
        telling.compare(run)
    run.close()
    return run


def known(house: House) -> tuple[pd.DataFrame, pd.DataFrame, set[str]]:
    with store_of(house) as store:
        findings = store.findings("demo", "ECS").sort_values("finding", ignore_index=True)
        return findings, store.events("demo", "ECS"), set(store.notices("demo")["notice"])


def test_looks_tell_what_falls_due_and_the_audit_after_them_adds_nothing_to_it(
    house: House,
    reads_at: Callable[[str], None],
    demo_audited: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, _, told_before = known(house)
    listed = sorted(path.name for path in (house.folder / "out").iterdir())
    reads_at("02T12:00")
    look = watch_once(load_settings())
    assert look["looked"]
    assert look["opened"] > 0
    findings, events, told = known(house)
    assert len(findings) - len(before) == look["opened"]
    assert told > told_before
    assert "subject_missing" not in set(events["kind"])
    with store_of(house) as store:
        last = store.runs("demo").iloc[-1]
        assert (last["state"], last["period"]) == ("committed", "")
        assert not len(store.counts("demo", "ECS").query("run == @last.run"))
    assert sorted(path.name for path in (house.folder / "out").iterdir()) == sorted([*listed, "watch-demo"])
    again = watch_once(load_settings())
    assert (again["changes"], again["mails"]) == (0, 0)
    assert known(house)[2] == told
    assert not prove_trails(load_settings(), "demo")[0]["faults"]

    with store_of(house) as store:  # going live looks ahead from the last audit, not from a look
        outlook = outlook_of(load_settings(), store, "demo", None)
        assert outlook is not None

    reads_at("03T02:00")
    audited = audit_to_its_commit()
    alone = copy_house(demo_audited, tmp_path_factory.mktemp("alone"))
    with monkeypatch.context() as there:
        alone.enter(there)
        other = audit_to_its_commit()
    pd.testing.assert_frame_equal(
        known(house)[0].drop(columns=NOTICED), known(alone)[0].drop(columns=NOTICED)
    )
    assert audited.reported == other.reported  # the last report, not the last look
    opened = [len(run.after) - len(run.stood) for run in (audited, other)]
    assert opened[0] == opened[1] >= look["opened"]


def test_an_audit_that_a_look_overtook_keeps_its_counts_and_changes_nothing(
    house: House, reads_at: Callable[[str], None]
) -> None:
    reads_at("02T12:00")
    watch_once(load_settings())
    mine = known(house)[0]
    reads_at("02T11:59")
    run = audit_to_its_commit()
    assert not run.committed
    pd.testing.assert_frame_equal(known(house)[0], mine)
    with store_of(house) as store:
        assert run.run_id in set(store.counts("demo", "ECS")["run"])
    assert not prove_trails(load_settings(), "demo")[0]["faults"]


class Gate:
    """The CRM of a run that stands still while it is read, until somebody lets it go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
        self._reads: Callable[..., Extract] = vars(module)["read_crm"]
        self.reading, self.on = Event(), Event()
        monkeypatch.setattr(module, "read_crm", self)

    def __call__(self, *asked: Any, **named: Any) -> Extract:
        self.reading.set()
        assert self.on.wait(60)
        return self._reads(*asked, **named)


def test_a_look_steps_aside_for_an_audit_under_way_and_an_audit_waits_for_a_look(
    house: House,
    reads_at: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = known(house)[0]
    reads_at("02T12:00")
    with ThreadPoolExecutor(1) as other, monkeypatch.context() as there:
        crm = Gate(there, steps)
        audit = other.submit(audit_to_its_commit)
        assert crm.reading.wait(60)
        assert cli.run(["watch", "--once", "--json"]) == 0
        look = json.loads(capsys.readouterr().out)
        assert (look["source"], look["looked"], look["steps"]) == ("demo", False, [])
        assert look["aside"].startswith("stepped aside for the audit begun 20")
        assert f"process {os.getpid()} on " in look["aside"]
        with store_of(house) as store:
            assert len(store.runs("demo")) == 1, "a look that steps aside is no run"
        crm.on.set()
        assert audit.result().committed
    assert len(known(house)[0]) > len(before)

    reads_at("02T13:00")
    with ThreadPoolExecutor(1) as other, monkeypatch.context() as there:
        crm = Gate(there, watch)
        under_way = other.submit(watch_once, load_settings())
        assert crm.reading.wait(60)
        late = AuditRun(AuditRequest(period="2026-10"), load_settings(), {})
        late.open()
        with in_hand(late, lambda _: crm.on.set()), store_of(house) as store:
            looked = store.runs("demo").iloc[-1]
            assert (looked["period"], looked["state"]) in {("", "looked"), ("", "committed")}
        late.close()
        assert under_way.result()["looked"]
    assert [(one.step, one.said.split(" begun ")[0]) for one in late.done] == [("wait", "for the look")]
    assert letters(house) == []


def test_a_source_that_was_never_audited_is_not_looked_at(
    demo_built: Path,
    tmp_path: Path,
    reads_at: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = copy_house(demo_built, tmp_path)
    house.enter(monkeypatch)
    reads_at("02T02:00")
    told = watch_once(load_settings())
    assert not told["looked"]
    assert "never audited" in told["alarms"][0]
    with store_of(house) as store:
        assert store.runs("demo").empty


def test_a_crm_that_stays_down_is_told_to_the_engineer_once_a_day(house: House) -> None:
    (house.folder / "state" / "demo" / "crm.db").unlink()
    for said in ("engineer@example.com", "nobody again", "nobody again"):
        with pytest.raises(ClausewatchError) as error:
            watch_once(load_settings())
        assert any(said in note for note in error.value.__notes__)
    assert len(letters(house)) == 1
