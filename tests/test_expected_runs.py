"""Expected runs: laid from the schedules file alone, noticed once when they do not come, made good for in order."""

import email
import email.policy
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
import time_machine

from audits.calendars import CalendarTooShort
from audits.errors import ClausewatchError
from audits.instants import instant_of
from config.schedules import Schedules, load_schedules
from config.settings import Settings, load_settings
from flows import cli
from flows.auditing.missed_runs import missed_runs
from flows.auditing.posting import post_all
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from flows.served import FLOWS
from flows.serving.deploying import ENTRYPOINTS, prefect_yaml
from flows.serving.doctor import examine
from flows.serving.expected import begin, doing, look_round, take_turn
from flows.serving.expecting import Job
from flows.serving.minding import in_order
from reports.runs import worded
from reports.view import Page
from reports.view.base import plain
from reports.view.front import head
from tasks.store import Store, open_store
from tasks.store.expected import OWED
from tests.flow_house import letters
from tests.house import ROOT, House
from tests.report_sample import sample
from tests.servers.processes import LOOPBACK, free_port
from tests.servers.smtp import StartSmtp

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 10, 29, 12, tzinfo=SHANGHAI)
NIGHTLY = 'nightly: {flow: audit, cron: "0 2 * * *"}'
WEEKLY = 'weekly: {flow: report, cron: "45 8 * * *", on: first working day of the week, report: weekly}'
DAILY = 'daily: {flow: report, cron: "30 8 * * *", on: working days, report: daily}'
WATCH = 'watch: {flow: watch, cron: "*/5 * * * *"}'


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = House(tmp_path)
    house.enter(monkeypatch)
    monkeypatch.setenv("CLAUSEWATCH_SCHEDULES", "schedules.yaml")
    every = (
        (ROOT / "config" / "reports.yaml")
        .read_text(encoding="utf-8")
        .replace("enabled: false", "enabled: true")
    )
    (tmp_path / "reports.yaml").write_text(every, encoding="utf-8")
    monkeypatch.setenv("CLAUSEWATCH_REPORTS", "reports.yaml")
    return house


@pytest.fixture
def store(house: House) -> Iterator[Store]:
    with open_store(house.env["CLAUSEWATCH_STORE_URL"]) as store:
        yield store


def write(house: House, *lines: str) -> tuple[Settings, Schedules]:
    text = "schema: 1\nschedules:\n" + "".join(f"  {line}\n" for line in lines)
    (house.folder / "schedules.yaml").write_text(text, encoding="utf-8")
    settings = load_settings()
    return settings, load_schedules(settings)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def standing(store: Store, schedule: str = "") -> list[tuple[str, str, str]]:
    """What is known up to now: due by the clock on the wall, period, state."""
    return [
        (f"{datetime.fromtimestamp(row.key.due / 1e6, SHANGHAI):%m-%d %H:%M}", row.key.period, row.state)
        for row in store.expected.rows(schedule=schedule)
        if row.state != "expected"
    ]


class Bench:
    """A flow that only writes down what it was asked to do."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []
        self.fails: Exception | None = None

    def __call__(self, schedule: Any, job: Job) -> dict[str, Any]:
        if self.fails:
            raise self.fails
        self.done.append((schedule.name, job.period))
        return {"alarms": ["10 cases, the last run had 90"]}


def run(settings: Settings, store: Store, name: str, due: datetime, bench: Bench) -> Any:
    """One run as the scheduler would begin it."""
    return take_turn(store, settings, name, due, bench, run="run")


def test_a_server_down_over_three_schedules_is_noticed_and_made_good_for_once_in_order(
    house: House, store: Store
) -> None:
    settings, schedules = write(house, NIGHTLY, DAILY, WATCH)
    look_round(store, schedules, settings, BEGIN)
    assert letters(house) == []
    back = at("2026-11-02T12:00")  # four nights, two working mornings, and a thousand looks later
    bench = Bench()
    with time_machine.travel(back, tick=False):
        first = look_round(store, schedules, settings, back)
        assert look_round(store, schedules, settings, back + timedelta(minutes=1)) == []
        for name, due in (
            ("nightly", "2026-10-30T02:00"),
            ("nightly", "2026-11-01T02:00"),
            ("daily", "2026-10-30T08:30"),
            ("watch", "2026-11-02T12:00"),
        ):
            run(settings, store, name, at(due), bench)
        again = run(settings, store, "nightly", at("2026-11-02T02:00"), bench)
    assert {change.row.key.schedule for change in first if change.alarm} == {"nightly", "daily", "watch"}
    # October is closed and November begun: one audit each, the older first; each report once; one look.
    assert bench.done == [
        ("nightly", "2026-10"),
        ("nightly", "2026-11"),
        ("daily", "2026-10-29"),
        ("daily", "2026-10-30..2026-11-01"),
        ("watch", ""),
    ]
    assert (again.state, again.why) == ("CaughtUp", "already done, or under way, by another run")
    assert standing(store, "nightly") == [
        ("10-30 02:00", "2026-10", "covered"),
        ("10-31 02:00", "2026-10", "covered"),
        ("11-01 02:00", "2026-10", "done"),
        ("11-02 02:00", "2026-11", "done"),
    ]
    assert {row.alarm for row in store.expected.rows(schedule="daily", until=back)} == {"late"}
    assert {row.state for row in store.expected.rows(schedule="watch", until=back)} == {
        "missed",
        "covered",
        "done",
    }
    told = letters(house)
    assert len(told) == 1  # the engineer; no audit has yet read the officer's address
    text = email.message_from_bytes(told[0].read_bytes(), policy=email.policy.default)
    body = text.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "nightly" in text["subject"]
    for words in (
        "4 次没有按时开始",
        "10 月 30 日（周五）02:00",
        "每个期间补跑一次",
        "按顺序各补发一次",
        "不补做",
    ):
        assert words in body


def test_audits_are_made_good_for_before_the_reports_that_are_judged_from_them(
    house: House, store: Store
) -> None:
    settings, schedules = write(house, DAILY, NIGHTLY)
    look_round(store, schedules, settings, at("2026-10-30T03:00"))
    back = at("2026-11-02T12:00")  # the first report was missed before the first audit
    look_round(store, schedules, settings, back)
    owed = {name: store.expected.rows(OWED, schedule=name, until=back)[0] for name in ("daily", "nightly")}
    assert owed["daily"].key.due < owed["nightly"].key.due
    begins = in_order(owed)
    assert begins["nightly"] < begins["daily"] == owed["daily"].key.due
    assert in_order({"nightly": owed["nightly"]}) == {"nightly": owed["nightly"].key.due}


def test_a_pilot_holds_back_no_alarm_that_waited_for_its_server(
    house: House, store: Store, start_smtp: StartSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_smtp()
    for name, value in {"mail": "smtp", "smtp_host": LOOPBACK, "smtp_security": "none"}.items():
        monkeypatch.setenv(f"CLAUSEWATCH_{name.upper()}", value)
    monkeypatch.setenv("CLAUSEWATCH_SMTP_PORT", str(free_port()))
    settings, schedules = write(house, NIGHTLY)
    store.go("demo", "pilot", BEGIN)
    look_round(store, schedules, settings, BEGIN)
    late = at("2026-10-30T03:00")
    with time_machine.travel(late, tick=True):
        look_round(store, schedules, settings, late)
    monkeypatch.setenv("CLAUSEWATCH_SMTP_PORT", str(server.port))
    with time_machine.travel(late + timedelta(hours=1), tick=True):
        post_all(load_settings())
    assert [mail.recipients for mail in server.mails] == [("engineer@example.com",)]


def test_the_officer_hears_of_it_whatever_the_mapping_is_called(house: House, store: Store) -> None:
    mapping = ROOT / "config" / "crm" / "demo.yaml"
    (house.folder / "mine.yaml").write_text(mapping.read_text(encoding="utf-8"), encoding="utf-8")
    settings, schedules = write(house, NIGHTLY)
    settings = settings.model_copy(update={"source": "mine.yaml"})
    person = {"entity": "staff", "id": "E1028", "code": "E1028", "name": "", "phone": ""}
    store.put_directory("demo", pd.DataFrame([{**person, "email": "gu@demo.example"}]), BEGIN)
    look_round(store, schedules, settings, BEGIN)
    look_round(store, schedules, settings, at("2026-10-30T03:00"))
    assert len(letters(house)) == 2


def test_a_run_that_comes_in_time_is_done_and_says_what_there_was(house: House, store: Store) -> None:
    settings, schedules = write(house, NIGHTLY)
    look_round(store, schedules, settings, BEGIN)
    night, bench = at("2026-10-30T02:00"), Bench()
    with time_machine.travel(night + timedelta(seconds=9), tick=False):
        run(settings, store, "nightly", night, bench)
    row = store.expected.rows(["done"])[0]
    assert (row.key.source, row.key.period, row.run, row.noted, row.alarm) == (
        "demo", "2026-10", "run", "10 cases, the last run had 90", "",
    )  # fmt: skip
    assert look_round(store, schedules, settings, night + timedelta(hours=2)) == []
    assert letters(house) == []


def test_a_run_that_is_killed_is_noticed_once_and_made_good_for_once(house: House, store: Store) -> None:
    settings, schedules = write(house, NIGHTLY)
    look_round(store, schedules, settings, BEGIN)
    night, bench = at("2026-10-30T02:00"), Bench()
    for attempt, alarm in ((1, "killed"), (2, "failed")):
        code = (
            "import os, time_machine, datetime;"
            "from config.settings import load_settings; from config.schedules import load_schedules;"
            "from flows.serving.expected import begin; from tasks.store import open_store;"
            f"at = datetime.datetime.fromisoformat('{night.isoformat()}');"
            "time_machine.travel(at, tick=False).start();"
            "s = load_settings(); st = open_store(s.store_url.get_secret_value());"
            "print(len(begin(st, load_schedules(s).by_name['nightly'], at)), flush=True);"
            "os.kill(os.getpid(), 9)"
        )
        died = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (died.stdout, died.returncode) == ("1\n", -9), died.stderr
        assert standing(store)[0][2] == "started"
        later = night + timedelta(minutes=attempt)
        with time_machine.travel(later, tick=False):
            assert [change.alarm for change in look_round(store, schedules, settings, later)] == [alarm]
            assert look_round(store, schedules, settings, later + timedelta(hours=3)) == []
        assert len(letters(house)) == attempt
    # Begun twice and dead twice: nobody begins it again, and the next night is a run of its own.
    assert standing(store) == [("10-30 02:00", "2026-10", "failed")]
    with time_machine.travel(at("2026-10-31T02:00"), tick=False):
        run(settings, store, "nightly", at("2026-10-31T02:00"), bench)
    assert bench.done == [("nightly", "2026-10")]
    assert standing(store)[1:] == [("10-31 02:00", "2026-10", "done")]


def test_a_run_that_was_killed_is_made_good_for_by_the_next_one(house: House, store: Store) -> None:
    settings, schedules = write(house, NIGHTLY)
    look_round(store, schedules, settings, BEGIN)
    night, bench = at("2026-10-30T02:00"), Bench()
    with time_machine.travel(night, tick=False):
        made = begin(store, schedules.by_name["nightly"], night)
        with pytest.raises(KeyboardInterrupt), doing(store, made, made[0]):
            raise KeyboardInterrupt  # a service manager stops it in the middle
    assert standing(store) == [("10-30 02:00", "2026-10", "late")]
    with time_machine.travel(at("2026-10-31T02:00"), tick=False):
        run(settings, store, "nightly", at("2026-10-31T02:00"), bench)
    assert bench.done == [("nightly", "2026-10")]
    assert [row.attempts for row in store.expected.rows(["covered", "done"])] == [2, 1]


def test_a_day_off_is_said_and_not_missed(house: House, store: Store) -> None:
    settings, schedules = write(house, DAILY)
    holiday, bench = at("2026-10-01T08:30"), Bench()
    with time_machine.travel(holiday, tick=False):
        told = run(settings, store, "daily", holiday, bench)
        assert (told.state, told.why) == ("NotDue", "not due: 国庆节")
    later = at("2026-10-02T12:00")
    assert look_round(store, schedules, settings, later) == []
    assert (bench.done, standing(store), letters(house)) == ([], [], [])


def test_where_the_calendar_ends_the_run_fails_and_says_so_once(house: House, store: Store) -> None:
    settings, schedules = write(house, DAILY)
    look_round(store, schedules, settings, at("2026-12-30T20:00"))
    monday, bench = at("2027-01-04T08:30"), Bench()
    with time_machine.travel(monday, tick=False):
        run(settings, store, "daily", monday, bench)  # makes good for the 31st, the last day that is known
        for _ in range(2):
            with pytest.raises(CalendarTooShort, match="2027-01-04 is a working day is not known"):
                run(settings, store, "daily", monday, bench)
    assert bench.done == [("daily", "2026-12-30")]
    assert standing(store) == [("12-31 08:30", "2026-12-30", "done"), ("01-04 08:30", "", "failed")]
    assert len(letters(house)) == 2  # late on the 31st, failed on the 4th


def test_a_failure_is_told_once_and_what_followed_is_owed_again(house: House, store: Store) -> None:
    settings, schedules = write(house, DAILY)
    look_round(store, schedules, settings, BEGIN)
    bench = Bench()
    bench.fails = ClausewatchError("the disk is full", "out", "make room")
    monday = at("2026-11-02T08:30")
    with time_machine.travel(monday, tick=False):
        with pytest.raises(ClausewatchError, match="disk is full"):
            run(settings, store, "daily", monday, bench)
        assert [state for _, _, state in standing(store)] == ["failed", "late"]
        assert store.expected.rows(["failed"])[0].noted == "the disk is full"
        assert len(letters(house)) == 2  # one late on Friday, one failed today
        bench.fails = None
        run(settings, store, "daily", monday, bench)
    assert bench.done == [("daily", "2026-10-30..2026-11-01")]
    assert len(letters(house)) == 2


def test_a_failure_that_told_its_own_letter_makes_no_other(house: House, store: Store) -> None:
    settings, _ = write(house, NIGHTLY)
    night, bench = at("2026-10-30T02:00"), Bench()
    look_round(store, load_schedules(settings), settings, BEGIN)
    bench.fails = ClausewatchError("the extract holds no row at all", "source demo", "look at the mapping")
    bench.fails.add_note("told: engineer@example.com written x.eml")
    with time_machine.travel(night, tick=False), pytest.raises(ClausewatchError):
        run(settings, store, "nightly", night, bench)
    assert letters(house) == []
    assert store.expected.rows(["failed"])[0].noted == "the extract holds no row at all"


def test_a_frequent_flow_that_is_silent_is_said_once_not_every_few_minutes(
    house: House, store: Store
) -> None:
    settings, schedules = write(house, WATCH)
    look_round(store, schedules, settings, BEGIN)
    for minutes in range(31, 120, 7):
        look_round(store, schedules, settings, BEGIN + timedelta(minutes=minutes))
    assert len(letters(house)) == 1
    bench, again = Bench(), BEGIN + timedelta(hours=2)
    with time_machine.travel(again, tick=False):
        run(settings, store, "watch", again, bench)
    for minutes in range(170, 240, 7):
        look_round(store, schedules, settings, BEGIN + timedelta(minutes=minutes))
    assert len(letters(house)) == 2  # silent again after it had come


def test_a_schedule_that_is_taken_out_or_changed_is_not_missed(house: House, store: Store) -> None:
    settings, schedules = write(house, NIGHTLY, WEEKLY)
    look_round(store, schedules, settings, BEGIN)
    settings, schedules = write(house, NIGHTLY.replace("0 2 *", "0 4 *"))
    look_round(store, schedules, settings, BEGIN)
    night = at("2026-10-30T03:59")
    assert look_round(store, schedules, settings, night) == []
    assert [row.key.schedule for row in store.expected.rows()] == ["nightly"] * 1
    assert store.expected.laid().keys() == {"nightly"}
    told = run(settings, store, "weekly", night, Bench())
    assert told.state == "NotExpected"


def test_the_command_says_how_schedules_stand_and_fails_when_asked_to(
    house: House, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, schedules = write(house, NIGHTLY, DAILY)
    look_round(store, schedules, settings, BEGIN)
    with time_machine.travel(BEGIN, tick=False):
        assert cli.run(["runs", "--fail-on", "late"]) == 0
    with time_machine.travel(at("2026-10-30T09:30"), tick=False):
        assert cli.run(["runs", "--fail-on", "late"]) == 1
        capsys.readouterr()
        assert cli.run(["runs", "--json"]) == 0
    told = {one["schedule"]: one for one in json.loads(capsys.readouterr().out)}
    assert (told["nightly"]["state"], told["nightly"]["next"]) == ("late", "2026-10-30T18:00:00+00:00")
    assert told["daily"]["owed"][0]["period"] == "2026-10-29"
    assert len(letters(house)) == 1  # whoever asks notices
    assert cli.run(["runs", "--fail-on", "never"]) == 2


def test_doctor_says_which_runs_are_owed_and_when_nobody_minds_them(house: House, store: Store) -> None:
    settings, schedules = write(house, NIGHTLY, DAILY)

    def lines(at: datetime) -> list[tuple[str, str]]:
        with time_machine.travel(at, tick=False):
            return [(one.state, one.found) for one in examine(settings) if one.what == "runs"]

    assert lines(BEGIN)[0][0] == "warn"
    look_round(store, schedules, settings, BEGIN)
    assert lines(BEGIN) == [("ok", "2 schedules, none owes a run")]
    assert lines(at("2026-10-30T03:00")) == [("bad", "nightly: late")]
    assert lines(at("2026-11-03T03:00"))[0] == (
        "bad", "nobody has minded the schedules since 2026-10-29 04:00 UTC",
    )  # fmt: skip


def test_the_file_for_work_pools_is_the_schedules() -> None:
    settings = Settings(source="demo", schedules=ROOT / "config" / "schedules.yaml")
    text = prefect_yaml(load_schedules(settings))
    assert (ROOT / "prefect.yaml").read_text(encoding="utf-8") == text
    for flow, entrypoint in ENTRYPOINTS.items():
        module, _, name = entrypoint.rpartition(".")
        served = getattr(import_module(module), name)
        assert served is FLOWS[flow]


def test_the_next_report_says_what_was_missed_since_the_one_before(house: House, store: Store) -> None:
    settings, schedules = write(house, NIGHTLY, WATCH, WEEKLY)
    look_round(store, schedules, settings, BEGIN)
    look_round(store, schedules, settings, at("2026-11-01T02:10"))
    audit = AuditRun(AuditRequest(), settings, {})
    audit.open()
    audit.as_of = instant_of(at("2026-11-01T02:20"))
    audit.reported = instant_of(at("2026-10-30T02:01"))
    found = missed_runs(audit)
    audit.close()
    nights, looks = sorted(found, key=lambda one: str(one["schedule"]))
    assert nights == {
        "schedule": "nightly", "kind": "late", "n": 1, "periods": ["2026-10"],
        "first": "2026-10-30T18:00:00+00:00", "last": "2026-10-30T18:00:00+00:00",
    }  # fmt: skip
    assert (looks["schedule"], looks["kind"]) == ("watch", "missed")
    assert len(audit.alarms) == 2
    assert worded(nights, "en") == "nightly: 1 expected run not begun in time (due 2026-10-30 18:00)"


def test_the_front_page_says_it_in_both_languages() -> None:
    row = {"schedule": "nightly", "kind": "late", "n": 3, "first": "2026-10-30T02:00:00+08:00",
           "last": "2026-11-01T02:00:00+08:00", "periods": ["2026-10"]}  # fmt: skip
    month = sample()
    missed = replace(month, life={**month.life, "missed_runs": [row]})
    due = "2026-10-30 02:00 – 2026-11-01 02:00"
    for lang, said in (
        ("zh", f"nightly：3 次应有的运行没有按时开始（应于 {due}）"),
        ("en", f"nightly: 3 expected runs not begun in time (due {due})"),
    ):
        assert [plain(line["runs"]) for line in head(Page(missed, lang))["banner"]] == [said]
        assert head(Page(month, lang))["banner"] is None
