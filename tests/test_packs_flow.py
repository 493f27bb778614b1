"""Reports end to end: judged from a snapshot, mailed once through a real server, or withheld and told why."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import time_machine

from audits.errors import ClausewatchError
from audits.instants import DAY, instant_of
from audits.people import Held as HeldRole
from audits.people import People, Person
from config.clock import now
from config.reports import Recipient, load_reports
from config.schedules import Schedules, load_schedules
from config.settings import Settings, load_settings
from flows import cli
from flows.auditing import steps
from flows.auditing.missed_runs import missed_runs
from flows.auditing.posting import post_all
from flows.auditing.request import AuditRequest
from flows.auditing.run import ENGINE, AuditRun
from flows.reporting import pack_sending
from flows.reporting.pack_entries import taken, went_before
from flows.reporting.pack_figures import figures
from flows.reporting.pack_judging import _own_folder
from flows.reporting.pack_owed import settle_by_hand
from flows.reporting.pack_readers import file_name, load, readers_of
from flows.reporting.pack_sending import send_report
from flows.reporting.packing import Held, want
from flows.serving.expected import look_round, take_turn
from flows.serving.standing import standing
from tasks.mail.outbox import Posted
from tasks.store.expected import Key
from tasks.store.packs import PackRow
from tasks.store.rows import MailRow
from tests.flow_house import RUN, copy_house, folders, store_of
from tests.house import ROOT, House
from tests.report_sample import sample
from tests.servers.processes import LOOPBACK, free_port
from tests.servers.smtp import SmtpServer, StartSmtp

SNAPSHOT = Path("out") / RUN / "snapshot"
PACK = f"{RUN}-monthly"
#: Officer, general manager, service manager and four heads of departments.
READERS = 7


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The demo, three weeks after its audit."""
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    with time_machine.travel("2026-11-22T09:00+08:00", tick=True):
        yield house


def by_server(monkeypatch: pytest.MonkeyPatch, server: SmtpServer) -> None:
    for name, value in {
        "mail": "smtp",
        "smtp_host": LOOPBACK,
        "smtp_port": server.port,
        "smtp_security": "none",
    }.items():
        monkeypatch.setenv(f"CLAUSEWATCH_{name.upper()}", str(value))


def sent() -> dict[str, Any]:
    return send_report(load_settings(), "monthly", period="2026-10", snapshot=SNAPSHOT)


def known(house: House) -> list[tuple[str, str, str]]:
    with store_of(house) as store:
        rows = store.known_packs("demo")
    return list(zip(rows["period"], rows["state"], rows["note"], strict=True))


def stands(house: House) -> tuple[list[Any], ...]:
    """Findings, events and notices, which no report may change."""
    with store_of(house) as store:
        (standards,) = store.runs("demo")["standards"].unique()
        found = store.findings("demo", standards), store.events("demo", standards), store.notices("demo")
    return tuple(
        frame[[c for c in frame.columns if c != "settled_at"]].astype(str).to_numpy().tolist()
        for frame in found
    )


def test_a_report_whose_sender_was_killed_and_whose_server_was_down_is_sent_once_and_changes_no_finding(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    start_smtp: StartSmtp,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server, before = start_smtp(), stands(house)
    by_server(monkeypatch, server)

    def killed(*_: Any) -> Posted:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(pack_sending, "post", killed)
        with pytest.raises(KeyboardInterrupt):
            sent()
    monkeypatch.setenv("CLAUSEWATCH_SMTP_PORT", str(free_port()))
    told = sent()
    assert (told["state"], told["new"]) == ("sent before", 0)
    assert any("mails wait, for the server was in trouble" in alarm for alarm in told["alarms"])
    monkeypatch.setenv("CLAUSEWATCH_SMTP_PORT", str(server.port))
    with time_machine.travel("2026-11-22T10:00+08:00", tick=True):
        for _ in range(2):
            post_all(load_settings())
    assert len(server.mails) == len({mail.message["Message-ID"] for mail in server.mails}) == READERS
    assert stands(house) == before
    assert known(house) == [("2026-10", "sent", "")]

    folder = house.folder / "out" / PACK
    by_name = {"pdf": "report.pdf", "html": "report.html", "xlsx": "findings.xlsx"}
    files: dict[str, list[str]] = {}
    for mail in server.mails:
        message = mail.message
        assert str(message["Subject"]).startswith("[服务合规月报 2026-10] 10 月：四项审计 ")
        assert message.get_body(("plain",)).get_content().startswith("服务合规月报 · 2026 年 10 月")  # type: ignore[union-attr]
        for part in message.iter_attachments():
            name = str(part.get_filename())
            files.setdefault(mail.recipients[0], []).append(name)
            assert part.get_payload(decode=True) == (folder / by_name[name.rpartition(".")[2]]).read_bytes()
        assert {part.get_content_type() for part in message.iter_attachments()} <= {
            "application/pdf", "text/html", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }  # fmt: skip
    whole = ["服务合规月报-2026-10.pdf", "服务合规月报-2026-10.html", "服务合规月报-2026-10-发现清单.xlsx"]
    assert sorted(files.values()) == sorted([whole, *[whole[:1]] * (READERS - 1)])
    with store_of(house) as store:
        assert {(one.state, one.code) for one in store.proof_of_packs("demo")} == {("sent", 250)}
    # What a pack says of the month is what the audit said of it, figure for figure.
    audit, pack = (
        json.loads((house.folder / "out" / name / "results.json").read_bytes()) for name in (RUN, PACK)
    )
    assert pack == audit

    stays_as_it_was_sent(house, server, monkeypatch, capsys)
    assert stands(house) == before


def stays_as_it_was_sent(
    house: House,
    server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ordered again, nothing changes; somebody who is added since gets what the others got."""
    folder = house.folder / "out" / PACK
    made, others = laid(folder), len(server.mails)
    assert cli.run(["pack", "send", "monthly", "--period", "2026-10", "--snapshot", str(SNAPSHOT)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "monthly 2026-10: already sent at 2026-11-22 10:00 +08:00, to E1001, " in said
    assert "nothing changes" in said
    assert (laid(folder), len(server.mails)) == (made, others)
    with_one_more(house, monkeypatch)
    told = sent()
    assert (told["state"], told["new"], [one["person"] for one in told["readers"]]) == (
        "sent before", 1, ["E1014"],
    )  # fmt: skip
    assert (laid(folder), len(server.mails)) == (made, others + 1)
    (added,) = server.mails[-1].message.iter_attachments()
    assert added.get_payload(decode=True) == (folder / "report.pdf").read_bytes()
    assert len(told["mails"]) == READERS + 1
    assert {one["answer"][:3] for one in told["mails"]} == {"250"}
    with_one_more(house, monkeypatch, "E1015")
    (folder / "report.pdf").write_bytes(b"another")
    with pytest.raises(ClausewatchError, match="no longer what it was"):
        sent()
    assert len(server.mails) == others + 1


def laid(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file as it lies there: a file that was written anew has another place on the disk."""
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.iterdir())
    }


def with_one_more(house: House, monkeypatch: pytest.MonkeyPatch, person: str = "E1014") -> None:
    """One more recipient of the monthly report."""
    text = (ROOT / "config" / "reports.yaml").read_text(encoding="utf-8")
    mine = house.folder / "reports.yaml"
    heads = "      - {role: department_heads}\n"
    mine.write_text(text.replace(heads, f"{heads}      - {{person: {person}}}\n"), encoding="utf-8")
    monkeypatch.setenv("CLAUSEWATCH_REPORTS", "reports.yaml")


def only_monthly(house: House, monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, Schedules]:
    """Nothing but the monthly report runs by itself."""
    line = 'monthly: {flow: report, cron: "0 9 * * *", on: first working day of the month, report: monthly}'
    (house.folder / "schedules.yaml").write_text(f"schema: 1\nschedules:\n  {line}\n", encoding="utf-8")
    monkeypatch.setenv("CLAUSEWATCH_SCHEDULES", "schedules.yaml")
    settings = load_settings()
    return settings, load_schedules(settings)


def older_snapshot(house: House, as_of: int) -> None:
    """The head of a snapshot; nobody may judge it."""
    old = house.folder / "out" / "demo-old" / "snapshot"
    old.mkdir(parents=True)
    (old / "facts.json").write_text('{"source": "demo"}', encoding="utf-8")
    (old / "manifest.json").write_text(json.dumps({"as_of": as_of}), encoding="utf-8")


def page_of_year(house: House) -> str:
    return (house.folder / "out" / "2026.html").read_text("utf-8")


def letters(house: House, kind: str = "") -> int:
    return len(list((house.folder / "out" / "packs" / "notices").glob(f"{kind}*.eml")))


def test_a_report_that_was_withheld_is_owed_until_its_data_and_its_books_are_there_and_then_goes_once_and_late(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, schedules = only_monthly(house, monkeypatch)
    due = datetime.fromisoformat("2026-11-02T09:00+08:00")
    run, aside = house.folder / "out" / RUN, (house.folder / "out" / RUN).rename(house.folder / RUN)
    older_snapshot(house, instant_of(due) - 3 * DAY)

    def work(schedule: Any, job: Any) -> dict[str, Any]:
        return send_report(settings, schedule.report, source=schedule.source, period=job.period, due=due)

    def stood() -> tuple[str, str, str]:
        (row,) = store.expected.rows(until=due)
        (one,) = standing(store, schedules, now())
        return row.state, row.alarm, one.word

    with store_of(house) as store, time_machine.travel(due, tick=True):
        look_round(store, schedules, settings, due - timedelta(days=1))
        with (
            time_machine.travel(due, tick=False),  # its minute is told
            pytest.raises(Held, match="ends before the period does"),
        ):
            take_turn(store, settings, "monthly", due, work)
        assert (*stood(), letters(house)) == ("withheld", "withheld", "withheld", 2)
        assert "快照没有到期末 · 最新快照 2026-10-30 09:00" in page_of_year(house)
        for minute in range(1, 4):
            look_round(store, schedules, settings, due + timedelta(minutes=minute))
        assert (*stood(), letters(house)) == ("withheld", "withheld", "withheld", 2)

        aside.rename(run)  # the audit of that night, late
        look_round(store, schedules, settings, due + timedelta(hours=1))
        assert stood() == ("late", "withheld", "late")
        with monkeypatch.context() as broken:
            broken.setattr(steps, "timed_judging", open_books)
            for _ in range(2):
                with pytest.raises(Held, match="12 is not 13"):
                    take_turn(store, settings, "monthly", due, work)
                look_round(store, schedules, settings, due + timedelta(hours=2))
                assert (*stood(), letters(house)) == ("withheld", "withheld", "withheld", 4)
                assert PACK not in folders(house)

        told = take_turn(store, settings, "monthly", due, work)
        assert (told["state"], told["late"]) == ("sent", "behind")
        assert stood() == ("done", "withheld", "ok")
        (row,) = store.expected.rows(["done"])
        assert "late: withheld at first (behind)" in row.noted
        again = take_turn(store, settings, "monthly", due, work)
        assert (again.state, letters(house, "withheld"), letters(house, "pack")) == ("CaughtUp", 4, READERS)
    assert known(house) == [
        ("2026-10", "withheld", "behind"), ("2026-10", "withheld", "books"), ("2026-10", "sent", "late"),
    ]  # fmt: skip
    assert "2026-11-02 09:00 曾未予发布：快照没有到期末" in page_of_year(house)
    assert page_of_year(house).count(".eml</span>") == READERS + 4
    (mail, *_) = (house.folder / "out" / "packs" / "notices").glob("pack-*.eml")
    text = message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "迟发" in text
    assert "2026-11-02 09:00 未予发布：快照没有到期末" in text


def test_a_report_sent_by_hand_after_it_was_withheld_is_owed_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = only_monthly(house, monkeypatch)
    withheld = Key("monthly", "demo", instant_of(now()) - DAY, "2026-10")
    other = withheld._replace(period="2026-09")
    with store_of(house) as store:
        for key in (withheld, other):
            store.expected.add(key, "report")
        store.expected.begin([withheld, other], now())
        store.expected.settle([withheld, other], "withheld", now(), "too old", alarm="withheld")
        said = missed_by(settings)
        settle_by_hand(store, settings, want(settings, "monthly", period="2026-10"))
        rows = {row.key.period: (row.state, row.noted) for row in store.expected.rows()}
    assert rows == {"2026-10": ("covered", "sent by hand"), "2026-09": ("withheld", "too old")}
    assert said == missed_by(settings) == [("monthly", "withheld", 2, ["2026-09", "2026-10"])]


def missed_by(settings: Settings) -> list[tuple[str, str, int, list[str]]]:
    """What an audit of now says of runs that did not come."""
    audit = AuditRun(AuditRequest(), settings, {})
    audit.open()
    audit.as_of = instant_of(now())
    found = missed_runs(audit)
    audit.close()
    assert audit.alarms[0].startswith("monthly：2 次应有的运行未能按时发布")
    return [(one["schedule"], one["kind"], one["n"], sorted(one["periods"])) for one in found]


def open_books(*_: Any) -> None:
    raise steps.BooksDoNotClose("totals: 12 is not 13", "results", "tell the makers")


def test_a_mail_that_waits_for_nobody_but_a_dead_sender_goes_with_the_next_mailing(house: House) -> None:
    mail = MailRow(
        "m1", "E1028", "pack", "a@demo.example", ("gu@demo.example",), "<m1@demo>", b"Subject: s\n\nx"
    )
    with store_of(house) as store:
        store.owe_pack(PackRow("demo", "monthly", "2026-10", 0, "sent", 1), [mail], now())
        host = store.process.split(":")[0]
        store.process = f"{host}:1:1:gone"
        assert store.claim("m1", now())
    assert {source: dict(told.outcomes) for source, told in post_all(load_settings()).items()} == {
        "demo": {"written": 1}
    }
    assert post_all(load_settings()) == {}


def test_other_figures_of_the_same_period_are_sent_as_a_restatement(
    house: House, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp
) -> None:
    server = start_smtp()
    by_server(monkeypatch, server)
    results = json.loads((house.folder / "out" / RUN / "results.json").read_bytes())
    breached = next(one for one in results["clauses"] if one["counts"]["breached"])
    breached["counts"]["breached"] += 3
    earlier = figures(SimpleNamespace(results=results, findings=sample().findings))  # type: ignore[arg-type]
    with store_of(house) as store:
        as_of = int(store.runs("demo")["as_of"].astype("int64").max()) - DAY
        first = PackRow("demo", "monthly", "2026-10", 0, "sent", as_of, "other", earlier)
        store.owe_pack(first, [], now())
    told = sent()
    assert (told["state"], told["restated"], told["new"]) == ("restated", 1, READERS)
    (officers,) = [mail for mail in server.mails if len(list(mail.message.iter_attachments())) == 3]
    text = officers.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert str(officers.message["Subject"]).startswith("[重述 服务合规月报 2026-10] ")
    was = breached["counts"]["breached"]
    assert f"{breached['id']}；原报违反 {was}；现为 {was - 3}" in text
    assert "自 2026-11-01 02:00 的报告以来" in text
    assert {part.get_filename() for part in officers.message.iter_attachments()} >= {
        "服务合规月报-2026-10-重述1.pdf"
    }


def test_a_preview_is_written_and_goes_to_officer_and_engineer_only(
    house: House, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp
) -> None:
    server = start_smtp()
    by_server(monkeypatch, server)
    with store_of(house) as store:
        store.go("demo", "preview", now())
    with pytest.raises(Held, match="in preview"):
        sent()
    assert (house.folder / "out" / PACK / "manifest.json").exists()
    assert sorted(mail.recipients[0].partition(".")[0] for mail in server.mails) == ["engineer@example", "gu"]
    assert {str(mail.message["Subject"]) for mail in server.mails} == {
        "[报告未发 2026-10] 服务合规月报：数据来源还在试看"
    }
    assert known(house) == [("2026-10", "withheld", "preview")]


def test_a_snapshot_too_old_or_too_short_or_none_withholds_the_report_and_says_so_once(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    before = folders(house)
    assert cli.run(["pack", "send", "monthly"]) == 1  # the demo is of the second of November
    assert "36 h" in capsys.readouterr().err
    assert letters(house, "withheld") == 2
    for _ in range(2):
        with pytest.raises(Held):
            send_report(load_settings(), "monthly", period="2026-10")
    assert letters(house) == 2
    with pytest.raises(Held, match="ends before the period does"):
        send_report(load_settings(), "daily", period="2026-11-05")
    with pytest.raises(Held, match="no audit of this source"):
        _without(house)
    assert [one[2] for one in known(house)] == ["stale", "behind", "no_snapshot"]
    assert [name for name in folders(house) if name not in before] == ["packs"]


def test_a_report_made_good_for_after_an_outage_is_never_of_a_period_that_its_data_do_not_reach(
    house: House,
) -> None:
    due = datetime.fromisoformat("2026-11-02T08:30+08:00")  # of the first of the reports that were missed
    with (
        time_machine.travel("2026-11-03T09:00+08:00", tick=True),
        pytest.raises(Held, match="ends before the period does"),
    ):
        send_report(load_settings(), "daily", period="2026-11-02", due=due)
    with (
        time_machine.travel("2026-11-05T09:00+08:00", tick=True),
        pytest.raises(Held, match="ends before the period does"),
    ):
        send_report(load_settings(), "daily", period="2026-11-03..2026-11-04", due=due)
    assert [one[2] for one in known(house)] == ["behind", "behind"]


def _without(house: House) -> None:
    (house.folder / SNAPSHOT).rename(house.folder / "gone")
    send_report(load_settings(), "weekly", period="2026-W43")


def test_a_schedule_passes_over_a_report_that_is_off_and_fails_on_one_withheld(house: House) -> None:
    from flows.packs import send_pack

    assert send_pack.fn("daily") == {"report": "daily", "state": "off"}
    with pytest.raises(Held):
        send_pack.fn("weekly")


def test_the_list_says_what_is_sent_to_whom_and_what_became_of_it(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.run(["pack", "send", "weekly"])
    capsys.readouterr()
    assert cli.run(["pack", "list", "--json"]) == 0
    rows = {row["report"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["daily"]["enabled"] is False
    assert rows["monthly"]["last"] is None
    assert (rows["weekly"]["last"]["state"], rows["weekly"]["last"]["note"]) == ("withheld", "behind")
    assert {one["state"] for one in rows["weekly"]["last"]["mails"]} == {"written"}
    assert cli.run(["pack", "list"]) == 0
    assert "(behind): 2 written" in " ".join(capsys.readouterr().out.split())
    assert cli.run(["notices", "--json"]) == 0
    told = [one for one in json.loads(capsys.readouterr().out) if one["kind"] == "withheld"]
    assert [
        (one["report"], one["pack"], one["note"], one["person_id"], one["mail_state"]) for one in told
    ] == [
        ("weekly", "withheld", "behind", "E1028", "written"),
        ("weekly", "withheld", "behind", "engineer", "written"),
    ]
    assert all(one["answer"].startswith("withheld-") for one in told)
    assert cli.run(["notices"]) == 0
    assert "weekly 2026-W46 withheld behind engineer" in " ".join(capsys.readouterr().out.split())


# ---- which entry of its period a report is ------------------------------------------------------------
def issue(rows: list[PackRow], *, as_of: int = 200, closed: bool = True) -> Any:
    run = SimpleNamespace(
        snapshot={"hash": "s"}, as_of=as_of, result=MONTH, folder=Path("out/x"), settings=None
    )
    period = SimpleNamespace(key="2026-10", closed=lambda _: closed)
    wanted = SimpleNamespace(source="demo", name="monthly", period=period)
    frame = pd.DataFrame([vars(row) for row in rows], columns=list(vars(ROW))).assign(made_at=1)
    return pack_sending._issue(run, wanted, frame)  # type: ignore[arg-type]


MONTH = SimpleNamespace(results={"clauses": []}, findings=sample().findings.iloc[:2])
ROW = PackRow("demo", "monthly", "2026-10", 0, "sent", 100, "s@100", figures(MONTH))  # type: ignore[arg-type]
OTHER = replace(ROW, figures='{"clauses":{},"findings":""}')
HELD = replace(OTHER, state="withheld", snapshot="", figures="", note="behind")


def test_another_snapshot_with_the_same_figures_sends_nothing() -> None:
    assert issue([ROW]).unchanged


def test_a_snapshot_older_than_the_one_that_was_sent_sends_nothing() -> None:
    assert issue([OTHER], as_of=50).unchanged


def test_a_report_at_the_end_of_a_period_is_no_restatement_of_the_running_ones() -> None:
    running = replace(OTHER, state="running")
    assert issue([running]).restated is None
    assert issue([running]).row.n == 1


def test_restatements_are_counted() -> None:
    found = issue([OTHER, replace(OTHER, n=1, as_of=150)])
    assert (found.row.n, found.restated.n, found.unchanged) == (2, 2, False)


def test_what_goes_after_it_was_withheld_is_late_and_the_one_after_it_is_not() -> None:
    late = issue([HELD, replace(HELD, n=1, note="books")])
    assert (late.row.note, late.late.why, late.restated) == ("late", "behind", None)
    assert issue([HELD, replace(OTHER, n=1)]).late is None
    assert issue([replace(HELD, note="preview")]).late is None


@pytest.mark.parametrize(
    ("engine", "standards", "again"),
    [(ENGINE, "ECS", True), ("0.0.1", "ECS", False), (ENGINE, "CSM", False), ("", "", True)],
)
def test_a_snapshot_is_sent_again_only_where_it_is_judged_by_another_version_or_other_standards(
    tmp_path: Path, engine: str, standards: str, again: bool
) -> None:
    row = replace(ROW, snapshot="s@200", folder="of-pack")
    rows = pd.DataFrame([vars(HELD), vars(replace(row, n=1))]).assign(made_at=1)
    if engine:  # else the folder is gone, and nobody can say otherwise
        said = {"engine": engine, "standards": [{"code": standards}]}
        (tmp_path / "of-pack").mkdir()
        (tmp_path / "of-pack" / "results.json").write_text(json.dumps(said), encoding="utf-8")
    run: Any = SimpleNamespace(
        snapshot={"hash": "s"}, as_of=200, rules=SimpleNamespace(standards={"ECS": None})
    )
    assert went_before(run, rows, tmp_path) == (replace(row, n=1) if again else None)
    run.as_of = 201
    assert went_before(run, rows, tmp_path) is None


def test_no_report_is_written_into_the_folder_of_one_that_went_or_of_another_report() -> None:
    sent, held = replace(ROW, folder="a-monthly"), replace(HELD, n=1, folder="out/a-monthly-3")
    other = replace(ROW, report="monthly-2", folder="a-monthly-2")
    full = taken(pd.DataFrame([vars(sent), vars(held), vars(other)]), "monthly")
    assert full == {"a-monthly", "a-monthly-2"}
    assert _own_folder(Path("out/a"), "monthly", full) == Path("out/a-monthly-3")
    assert _own_folder(Path("out/b"), "monthly", full) == Path("out/b-monthly")


# ---- readers and files --------------------------------------------------------------------------------
PEOPLE = People(
    {
        "1": Person("1", "E1", email="gm@house.example"),
        "2": Person("2", "E2", email="officer@house.example", lang="en"),
        "3": Person("3", "E3"),
        "engineer": Person("engineer", email="it@house.example"),
    },
    {"general_manager": (HeldRole("1"),), "officer": (HeldRole("2"),), "engineer": (HeldRole("engineer"),)},
    {"t1": (HeldRole("3"),), "t2": (HeldRole("2"),)},
    allow=frozenset({"officer@house.example"}),
)
MONTHLY = load_reports().reports["monthly"]


def test_readers_are_named_once_and_who_is_not_reached_is_said_with_the_reason() -> None:
    found = readers_of(MONTHLY, PEOPLE, 0, found=True, pilot=False)
    assert [(one.person.code, one.named, one.lang) for one in found.reached] == [
        ("E2", "officer", "en"), ("E1", "general_manager", "zh"),
    ]  # fmt: skip
    assert found.missed == (("service_manager", "nobody"), ("department_heads", "address"))


def test_without_findings_officer_and_engineer_alone_hear_of_it() -> None:
    report = MONTHLY.model_copy(update={"recipients": (Recipient(role="general_manager"),)})
    found = readers_of(report, PEOPLE, 0, found=False, pilot=False)
    assert [one.named for one in found.reached] == ["officer", "engineer"]


def test_a_pilot_reaches_its_list_and_says_whom_it_holds_back() -> None:
    found = readers_of(MONTHLY, PEOPLE, 0, found=True, pilot=True)
    assert [one.named for one in found.reached] == ["officer"]
    assert ("general_manager", "pilot") in found.missed


def test_files_are_attached_while_they_fit_and_the_others_are_named(tmp_path: Path) -> None:
    (reader, _) = readers_of(MONTHLY, PEOPLE, 0, found=True, pilot=False).reached
    for name, size in {
        "report.pdf": 600_000,
        "report.html": 10,
        "report.en.html": 500_000,
        "findings.xlsx": 400_000,
    }.items():
        (tmp_path / name).write_bytes(b"x" * size)
    loaded = load(reader, MONTHLY.model_copy(update={"limit_mb": 1}), tmp_path, "2026-10")
    title = "Service compliance, monthly"
    assert [one.name for one in loaded.attached] == [f"{title}-2026-10.pdf", f"{title}-2026-10-findings.xlsx"]
    assert [(one.name, one.size) for one in loaded.left_out] == [(f"{title}-2026-10.html", 500_000)]


def test_a_file_name_holds_nothing_that_a_system_or_a_header_refuses() -> None:
    wild = '../月报\r\nBcc: x@y "\u202efdp"|<>?*:' + "长" * 300
    name = file_name("report.pdf", wild, "2026-10", "zh")
    assert not set('\\/:*?"<>|\r\n\u202e') & set(name)
    assert name.endswith(".pdf")
    assert len(name) <= 130
