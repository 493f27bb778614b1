"""A run becomes part of what is known whole or not at all, once, and never backwards."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from audits.acts import Act
from audits.findings import EVENT_COLUMNS, FINDING_COLUMNS, no_events, no_findings
from audits.instants import instant_of
from audits.life import Changes, compare
from audits.words import NAT
from tasks.store import (
    ActRow,
    LeaseHeld,
    LeaseLost,
    RunRow,
    SourceState,
    StaleChanges,
    Store,
    StoreError,
)
from tasks.store.rows import Outcome
from tests.life_oracle import Row, obligations
from tests.store_fixtures import store, url
from tests.store_world import (
    BEGIN,
    COUNT,
    SOURCE,
    STANDARDS,
    Clock,
    audit,
    begin_run,
    mail_of,
    notice_of,
    planned,
)

__all__ = ["store", "url"]
LATE, OTHER = Row(1), Row(2)
_numbers = itertools.count(1)
NOTHING = Changes(no_findings(), no_events())


def kinds(store: Store) -> list[str]:
    return list(store.events(SOURCE, STANDARDS)["kind"])


def everything(store: Store) -> dict[str, pd.DataFrame]:
    return {
        "findings": store.findings(SOURCE, STANDARDS),
        "events": store.events(SOURCE, STANDARDS),
        "notices": store.notices(SOURCE),
        "counts": store.counts(SOURCE, STANDARDS).drop(columns="run"),
    }


def test_an_empty_store_knows_nothing_in_the_right_columns(store: Store) -> None:
    assert_frame_equal(store.findings(SOURCE, STANDARDS), no_findings())
    assert_frame_equal(store.events(SOURCE, STANDARDS), no_events())
    assert store.last_committed(SOURCE, STANDARDS) is None
    assert store.pending_mails() == []
    assert store.notices(SOURCE).empty
    assert store.counts(SOURCE, STANDARDS).empty
    assert store.deliveries_until(instant_of(BEGIN), SOURCE).empty


def test_what_is_committed_comes_back_as_it_was(store: Store) -> None:
    odd = [
        Row(n, due=n or None, owner=owner) for n, owner in enumerate(["u,1", 'u"2', "张\n三", "", "\\N", "'"])
    ]
    begin_run(store, "r1", 100)
    with store.lease(SOURCE, "r1", Clock()):
        plan = planned(store, "r1", 100, odd)
        assert store.commit("r1", SOURCE, STANDARDS, 100, plan.changes, [COUNT], now=BEGIN)
    found, told = store.findings(SOURCE, STANDARDS), store.events(SOURCE, STANDARDS)
    assert_frame_equal(found.sort_values("finding", ignore_index=True), plan.changes.findings)
    assert_frame_equal(told, plan.changes.events)
    assert found.dtypes.astype(str).to_dict() == FINDING_COLUMNS
    assert told.dtypes.astype(str).to_dict() == EVENT_COLUMNS


def test_counts_and_runs_come_back_with_their_instants(store: Store) -> None:
    rate = replace(COUNT, clause="C-2", numerator=9, denominator=10)
    begin_run(store, "r1", 100)
    with store.lease(SOURCE, "r1", Clock()):
        store.commit("r1", SOURCE, STANDARDS, 100, NOTHING, [COUNT, rate], now=BEGIN)
    store.finish_run("r1", "finished", BEGIN + timedelta(seconds=9), "out/r1")
    counts = store.counts(SOURCE, STANDARDS)
    assert counts["clause"].tolist() == ["C-1", "C-2"]
    assert counts["numerator"].tolist() == [pd.NA, 9]
    assert counts["period"].tolist() == ["2026-10", "2026-10"]
    run = store.runs(SOURCE).iloc[0]
    assert (run["state"], run["note"], run["committed_at"]) == ("finished", "out/r1", BEGIN)


def test_running_again_adds_nothing(store: Store) -> None:
    assert audit(store, "r1", 100, [LATE, OTHER])
    before = everything(store)
    assert audit(store, "r2", 100, [OTHER, LATE])
    after = everything(store)
    for name in ("findings", "events", "notices"):
        assert_frame_equal(after[name], before[name])
    assert len(store.pending_mails()) == 2
    assert len(after["counts"]) == 2


def test_life_goes_on_with_later_runs(store: Store) -> None:
    audit(store, "r1", 100, [LATE, OTHER])
    audit(store, "r2", 200, [replace(LATE, over=True)])
    found = store.findings(SOURCE, STANDARDS).set_index("label")
    assert found["state"].to_dict() == {"T-1": "cleared", "T-2": "open"}
    assert found["changes"].to_dict() == {"T-1": 2, "T-2": 2}
    assert kinds(store) == ["opened", "cleared", "opened", "subject_missing"]
    later = store.events(SOURCE, STANDARDS, after=100, until=200)
    assert later["run"].tolist() == ["r2", "r2"]
    assert store.events(SOURCE, STANDARDS, after=200).empty


def test_an_older_look_commits_nothing(store: Store) -> None:
    audit(store, "r1", 200, [LATE])
    before = everything(store)
    begin_run(store, "r2", 100)
    with store.lease(SOURCE, "r2", Clock()):
        stale = compare(
            no_findings(), obligations([OTHER]), 100, "r2", None, source=SOURCE, standards=STANDARDS
        )
        notice = notice_of(OTHER.finding)
        assert not store.commit(
            "r2", SOURCE, STANDARDS, 100, stale, [COUNT], [notice], [mail_of(notice)], now=BEGIN
        )
    after = everything(store)
    for name, frame in before.items():
        assert_frame_equal(after[name], frame)
    assert store.last_committed(SOURCE, STANDARDS) == 200


def test_each_source_and_standard_set_has_a_life_of_its_own(store: Store) -> None:
    audit(store, "r1", 200, [LATE])
    store.start_run(RunRow("r2", SOURCE, "ECS+SPS", 100, BEGIN))
    with store.lease(SOURCE, "r2", Clock()):
        changes = compare(
            store.findings(SOURCE, "ECS+SPS"),
            obligations([LATE]),
            100,
            "r2",
            None,
            source=SOURCE,
            standards="ECS+SPS",
        )
        assert store.commit("r2", SOURCE, "ECS+SPS", 100, changes, now=BEGIN)
    assert store.last_committed(SOURCE, "ECS+SPS") == 100
    assert len(store.findings(SOURCE, "ECS+SPS")) == len(store.findings(SOURCE, STANDARDS)) == 1


def test_a_run_committed_again_writes_nothing_and_says_yes(store: Store) -> None:
    audit(store, "r1", 100, [LATE])
    before = everything(store)
    with store.lease(SOURCE, "r1", Clock()):
        again = compare(
            no_findings(), obligations([LATE]), 100, "r1", None, source=SOURCE, standards=STANDARDS
        )
        assert store.commit("r1", SOURCE, STANDARDS, 100, again, [COUNT], now=BEGIN)
    for name, frame in everything(store).items():
        assert_frame_equal(frame, before[name])


def test_changes_compared_with_an_outdated_state_are_refused_whole(store: Store) -> None:
    plan = planned(store, "r2", 200, [LATE, OTHER])
    audit(store, "r1", 100, [LATE])
    before = everything(store)
    begin_run(store, "r2", 200)
    with store.lease(SOURCE, "r2", Clock()), pytest.raises(StaleChanges, match="compare and plan again"):
        store.commit("r2", SOURCE, STANDARDS, 200, plan.changes, [COUNT], now=BEGIN)
    for name, frame in everything(store).items():
        assert_frame_equal(frame, before[name])


def test_an_outdated_note_without_an_event_is_refused_too(store: Store) -> None:
    audit(store, "r1", 100, [LATE])
    known = store.findings(SOURCE, STANDARDS)
    stale = compare(
        known, obligations([replace(LATE, owner="u2")]), 300, "r3", None, source=SOURCE, standards=STANDARDS
    )
    assert stale.events.empty
    audit(store, "r2", 200, [replace(LATE, over=True)])
    begin_run(store, "r3", 300)
    with store.lease(SOURCE, "r3", Clock()), pytest.raises(StaleChanges):
        store.commit("r3", SOURCE, STANDARDS, 300, stale, now=BEGIN)
    assert store.findings(SOURCE, STANDARDS)["state"].tolist() == ["cleared"]


def test_a_notice_that_another_mail_carries_is_refused_whole(store: Store) -> None:
    audit(store, "r1", 100, [LATE])
    notice = replace(notice_of(LATE.finding), envelope="another")
    begin_run(store, "r2", 200)
    with store.lease(SOURCE, "r2", Clock()), pytest.raises(StaleChanges):
        store.commit("r2", SOURCE, STANDARDS, 200, NOTHING, [], [notice], [mail_of(notice)], now=BEGIN)
    assert len(store.pending_mails()) == 1


def test_a_notice_needs_its_mail(store: Store) -> None:
    begin_run(store, "r1", 100)
    with store.lease(SOURCE, "r1", Clock()), pytest.raises(StoreError, match="together with its mail"):
        store.commit("r1", SOURCE, STANDARDS, 100, NOTHING, [], [notice_of("f" * 16)], now=BEGIN)


def test_a_run_commits_only_what_it_was_started_for(store: Store) -> None:
    begin_run(store, "r1", 100)
    with store.lease(SOURCE, "r1", Clock()), pytest.raises(StoreError, match="was started for"):
        store.commit("r1", SOURCE, STANDARDS, 101, NOTHING, now=BEGIN)
    with store.lease(SOURCE, "r9", Clock()), pytest.raises(StoreError, match="no such run"):
        store.commit("r9", SOURCE, STANDARDS, 100, NOTHING, now=BEGIN)


def test_nothing_is_committed_without_the_lease(store: Store) -> None:
    begin_run(store, "r1", 100)
    with pytest.raises(LeaseLost):
        store.commit("r1", SOURCE, STANDARDS, 100, NOTHING, now=BEGIN)
    with store.lease(SOURCE, "another", Clock()), pytest.raises(LeaseLost):
        store.commit("r1", SOURCE, STANDARDS, 100, NOTHING, now=BEGIN)


def test_a_second_run_waits_for_the_lease_and_says_so(store: Store) -> None:
    clock = Clock()
    begin_run(store, "r1", 100)
    begin_run(store, "r2", 100)
    seen: list[str] = []

    def pause(seconds: float) -> None:
        seen.append(store.runs(SOURCE).set_index("run")["state"].to_dict()["r2"])
        clock.pass_(seconds)
        if len(seen) == 3:
            first.__exit__(None, None, None)

    first = store.lease(SOURCE, "r1", clock)
    first.__enter__()
    with store.lease(SOURCE, "r2", clock, pause=pause):
        assert seen == ["waiting"] * 3
        assert store.runs(SOURCE)["state"].tolist() == ["started", "started"]


def test_a_lease_that_is_held_too_long_is_an_error_that_names_its_holder(store: Store) -> None:
    clock = Clock()
    with (
        store.lease(SOURCE, "r1", clock),
        pytest.raises(LeaseHeld, match=r"r1 until 2026-10-12T02:05:00"),
        store.lease(SOURCE, "r2", clock, wait_s=60, pause=clock.pass_),
    ):
        pass


def test_a_lease_left_behind_is_free_after_its_time_and_lost_to_whoever_left_it(store: Store) -> None:
    clock = Clock()
    begin_run(store, "dead", 100)
    left = store.lease(SOURCE, "dead", clock, ttl_s=60)
    left.__enter__()
    clock.pass_(61)
    assert audit(store, "r2", 100, [LATE], clock)
    with pytest.raises(LeaseLost):
        store.commit("dead", SOURCE, STANDARDS, 100, NOTHING, now=clock())
    left.__exit__(None, None, None)


def test_a_lease_that_nobody_else_took_commits_after_its_time(store: Store) -> None:
    clock = Clock()
    begin_run(store, "slow", 100)
    with store.lease(SOURCE, "slow", clock, ttl_s=60):
        clock.pass_(3600)
        assert store.commit("slow", SOURCE, STANDARDS, 100, NOTHING, now=clock())


def test_leases_of_different_sources_do_not_wait_for_each_other(store: Store) -> None:
    with store.lease("demo", "r1", Clock()), store.lease("creme", "r2", Clock(), wait_s=0):
        pass


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET kind = 'x'",
        "DELETE FROM events",
        "UPDATE events SET n = 9 WHERE finding = 'nobody'",
    ],
)
def test_events_are_only_ever_added(store: Store, statement: str) -> None:
    audit(store, "r1", 100, [LATE])
    with store._engine.begin() as connection:
        if "nobody" in statement and connection.dialect.name == "sqlite":
            statement = statement.replace("'nobody'", f"'{LATE.finding}'")  # SQLite asks row by row
        with pytest.raises(DBAPIError, match="only ever added"), connection.begin_nested():
            connection.execute(text(statement))
    assert kinds(store) == ["opened"]


def test_unchanged_findings_are_not_rewritten(store: Store) -> None:
    audit(store, "r1", 100, [LATE, OTHER])
    column = "xmin::text" if store._engine.dialect.name == "postgresql" else "rowid || ':' || changes"
    query = text(f"SELECT finding, {column} FROM findings ORDER BY finding")

    def versions() -> list[tuple[str, ...]]:
        with store._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    before = versions()
    audit(store, "r2", 200, [LATE, replace(OTHER, over=True)])
    assert versions()[0] == before[0]
    assert versions()[1] != before[1]


def heard(store: Store, run: str, as_of: int, rows: list[Row]) -> None:
    """A run that knows what people did until then."""
    begin_run(store, run, as_of)
    with store.lease(SOURCE, run, Clock()):
        changes = compare(
            store.findings(SOURCE, STANDARDS), obligations(rows), as_of, run, None,
            source=SOURCE, standards=STANDARDS, acts=store.acts(SOURCE, as_of),
        )  # fmt: skip
        assert store.commit(run, SOURCE, STANDARDS, as_of, changes, now=BEGIN)


def ordered(kind: str, at: int, **more: Any) -> ActRow:
    return ActRow(Act("", kind, at, "E0003", **{"finding": LATE.finding, **more}), "因停电\t两天", "合同 §3")


def test_acts_are_kept_word_for_word_and_never_changed(store: Store) -> None:
    wanted = [ordered("disputed", 150), ordered("acknowledged", 140, until=900)]
    ids = store.note_acts(SOURCE, wanted, BEGIN)
    assert store.note_acts(SOURCE, wanted, BEGIN) == ids
    kept = store.acts(SOURCE)
    assert kept["act"].tolist() == ids[::-1]
    assert kept["why"].tolist() == ["因停电\t两天"] * 2
    assert kept["entered_at"].tolist() == [instant_of(BEGIN)] * 2
    assert kept["until"].tolist() == [900, NAT]
    assert store.acts(SOURCE, until=140)["act"].tolist() == ids[1:]
    for statement in ("UPDATE acts SET why = ''", "DELETE FROM acts", "DELETE FROM batches"):
        with pytest.raises(DBAPIError, match="only ever added"), store._engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_an_act_enters_with_the_first_run_that_looks_at_its_instant(store: Store) -> None:
    audit(store, "r1", 100, [LATE])
    store.note_acts(SOURCE, [ordered("acknowledged", 150), ordered("disputed", 250)], BEGIN)
    heard(store, "r2", 149, [LATE])
    assert kinds(store) == ["opened"]
    heard(store, "r3", 200, [LATE])
    assert store.findings(SOURCE, STANDARDS)["state"].tolist() == ["acknowledged"]
    heard(store, "r4", 300, [replace(LATE, over=True)])
    assert kinds(store) == ["opened", "acknowledged", "cleared", "disputed"]
    assert store.findings(SOURCE, STANDARDS)["marks"].tolist() == ["disputed"]


def test_a_finding_is_told_when_a_server_took_the_first_mail_about_it(store: Store) -> None:
    audit(store, "r1", 100, [LATE, OTHER, Row(3)])
    ends: tuple[Outcome, ...] = ("sent", "written", "refused")
    known = store.notices(SOURCE)
    mails = dict(zip(known["envelope"].tolist(), known["finding"].tolist(), strict=True))
    fate = dict(zip((LATE.finding, OTHER.finding, Row(3).finding), ends, strict=True))
    for mail in store.pending_mails():
        assert store.claim(mail.mail, BEGIN)
        assert store.sending(mail.mail, BEGIN)
        assert store.settle(mail.mail, fate[mails[mail.mail]], BEGIN + timedelta(seconds=5))
    assert store.told(SOURCE) == {LATE.finding: instant_of(BEGIN) + 5_000_000}
    assert store.told("creme") == {}


def test_findings_are_found_by_the_beginning_of_their_id_or_by_their_record(store: Store) -> None:
    audit(store, "r1", 100, [LATE, OTHER])
    assert [found[2] for found in store.find(SOURCE, "T-2")] == ["T-2"]
    assert store.find(SOURCE, LATE.finding[:16]) == [(LATE.finding, "C-1", "T-1", "open")]
    assert len(store.find(SOURCE, "0000")) == 2
    assert store.find(SOURCE, "%") == store.find("creme", "0000") == []


def test_a_new_source_is_in_preview_until_it_is_let_go_further(store: Store) -> None:
    assert store.source_state(SOURCE) == SourceState("preview", None)
    store.go(SOURCE, "pilot", BEGIN)
    assert store.source_state(SOURCE) == SourceState("pilot", None)
    store.go_live(SOURCE, BEGIN, BEGIN)
    assert store.source_state(SOURCE) == SourceState("live", instant_of(BEGIN))
    assert store.source_state("creme") == SourceState("preview", None)


def test_going_live_makes_the_baseline_with_the_next_run(store: Store) -> None:
    audit(store, "r1", 100, [LATE, replace(OTHER, due=70)])
    store.go_live(SOURCE, 60, BEGIN)
    audit(store, "r2", 200, [LATE, replace(OTHER, due=70)])
    assert store.findings(SOURCE, STANDARDS)["marks"].tolist() == ["baseline", ""]


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="zone"):
        store.go_live(SOURCE, BEGIN.replace(tzinfo=None), BEGIN)


_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
_instants = st.none() | st.integers(-(2**53), 2**53)


@given(st.lists(st.tuples(_texts, _instants), min_size=1, max_size=20))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_and_instant_survives_the_round_trip(
    store: Store, values: list[tuple[str, int | None]]
) -> None:
    rows = [Row(n, owner=owner, due=due) for n, (owner, due) in enumerate(values)]
    changes = compare(
        no_findings(), obligations(rows), 100, "r", None, source=SOURCE, standards=f"S{next(_numbers)}"
    )
    standards = changes.findings["standards"].iloc[0]
    store.start_run(RunRow(standards, SOURCE, standards, 100, BEGIN))
    with store.lease(SOURCE, standards, Clock()):
        store.commit(standards, SOURCE, standards, 100, changes, now=BEGIN)
    found = store.findings(SOURCE, standards)
    assert_frame_equal(found.sort_values("finding", ignore_index=True), changes.findings)
