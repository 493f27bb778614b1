"""The demo's notices through a real mail server: once each, whatever the server does, and said in the report."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import time_machine

from config.clock import now
from config.settings import load_settings
from flows import cli
from flows.auditing import mails, steps, telling
from flows.auditing.alarm import minded
from flows.auditing.plain import audit_plainly
from flows.auditing.posting import post_all
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from flows.auditing.summary import summary
from reports.brief import Brief
from tests.flow_house import DEMO, copy_house, own_mapping, store_of
from tests.house import House
from tests.servers.certificates import Certificates
from tests.servers.processes import LOOPBACK, free_port
from tests.servers.smtp import SmtpServer, StartSmtp

#: The demo's mails, operations included.
MAILS = 16
LOGIN = ("audit", "geheim")


@pytest.fixture
def house(demo_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = copy_house(demo_built, tmp_path)
    house.enter(monkeypatch)
    return house


def use(monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    for name, value in {"mail": "smtp", "smtp_host": LOOPBACK, **values}.items():
        monkeypatch.setenv(f"CLAUSEWATCH_{name.upper()}", str(value))


def audited() -> AuditRun:
    return audit_plainly(DEMO, load_settings())


def posted(request: AuditRequest = DEMO) -> AuditRun:
    """The same without the report."""
    run = AuditRun(request, load_settings(), {})
    with minded(run):
        for step in (steps.extract, *steps.BEFORE_JUDGING):
            steps.timed(step, run)
        steps.timed_judging(run, lambda: [steps.judge_part(run, number) for number in steps.divide(run)])
        for step in (telling.compare, telling.send):
            steps.timed(step, run)
    return run


def said(run: AuditRun) -> str:
    """What the end of a run asks somebody to look at."""
    return "\n".join(f"{need.found} {need.do}" for need in Brief(summary(run), "en").needs())


def subjects(server: SmtpServer) -> list[str]:
    return sorted(str(mail.message["Subject"]) for mail in server.mails)


def states(house: House) -> dict[str, int]:
    """Mails by where they stand in the outbox."""
    with store_of(house) as store:
        frame = store.notices("demo").drop_duplicates("envelope")
    return {str(state): int(n) for state, n in frame["mail_state"].value_counts().items()}


def test_every_mail_goes_out_once_encrypted_and_to_whom_it_names(
    house: House, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp, certificates: Certificates
) -> None:
    server = start_smtp("starttls", login=LOGIN)
    use(monkeypatch, smtp_port=server.port, smtp_user=LOGIN[0], smtp_password=LOGIN[1])
    use(monkeypatch, smtp_ca_file=certificates.authority, smtp_host="localhost")
    run = audited()
    assert states(house) == {"sent": MAILS}
    assert len(server.mails) == len({mail.message["Message-ID"] for mail in server.mails}) == MAILS
    assert all(mail.encrypted and mail.login == LOGIN[0] for mail in server.mails)
    assert all(mail.recipients == (mail.message["To"],) for mail in server.mails)
    assert not (run.folder / "notices").exists()
    assert run.life["notices"]["sent"] == run.outcomes["owed"] > 0
    assert "mail" not in said(run)
    again = audited()
    assert again.plan is not None
    assert (again.plan.mails, len(server.mails)) == ((), MAILS)
    # Sent is told: the ledger of deliveries is evidence from now on, but not for an instant before it.
    with store_of(house) as store:
        assert len(store.deliveries_until(run.as_of, "demo")) == 0
        assert len(store.deliveries_until(run.as_of + 10**15, "demo")) > 0


def test_a_server_that_hangs_up_after_data_leaves_one_fate_unknown_which_is_said_and_never_resent(
    house: House, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp, capsys: pytest.CaptureFixture[str]
) -> None:
    server = start_smtp()
    server.behaviour.drop, server.behaviour.drops_left = "after_data", 1
    use(monkeypatch, smtp_port=server.port, smtp_security="none")
    run = audited()
    assert states(house) == {"unknown": 1, "pending": MAILS - 1}
    assert run.outcomes["unknown"] > 0
    assert "may or may not have gone" in said(run)
    assert f"{MAILS - 1} mails wait" in said(run)
    lost = subjects(server)
    assert len(lost) == 1
    with time_machine.travel(now().timestamp() + 3600, tick=True):
        again = audited()
    assert states(house) == {"unknown": 1, "sent": MAILS - 1}
    assert len(server.mails) == MAILS  # what was taken before the line broke, and the others
    assert len({mail.message["Message-ID"] for mail in server.mails}) == MAILS
    assert again.life["notices"]["unknown"] > 0
    assert "去向不明" in (again.folder / "report.html").read_text(encoding="utf-8")
    assert cli.run(["notices"]) == 0
    assert "unknown" in capsys.readouterr().out


def test_a_server_that_refuses_everyone_is_said_and_not_asked_for_the_same_again(
    house: House, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp
) -> None:
    server = start_smtp()
    use(monkeypatch, smtp_port=server.port, smtp_security="none")
    server.behaviour.answer = "550 5.7.1 not from you"
    run = posted()
    assert (states(house), server.mails) == ({"refused": MAILS}, [])
    assert "refused by their recipients' servers" in said(run)
    with store_of(house) as store:
        assert len(store.deliveries_until(run.as_of + 10**15, "demo")) == 0  # nobody was told
    server.behaviour.answer = "250 2.0.0 taken"
    posted()
    assert server.mails == []


def test_a_server_that_is_not_there_keeps_mails_waiting_until_somebody_sends_them(
    house: House, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, smtp_port=free_port(), smtp_security="none")
    run = posted()
    assert states(house) == {"pending": MAILS}
    assert f"{MAILS} mails wait" in said(run)
    server = start_smtp()
    use(monkeypatch, smtp_port=server.port, smtp_security="none")
    with time_machine.travel(now().timestamp() + 3600, tick=True):
        assert cli.run(["notices", "--send"]) == 0
        assert f"demo: {MAILS} sent" in capsys.readouterr().err
        assert post_all(load_settings()) == {}
    assert (states(house), len(server.mails)) == ({"sent": MAILS}, MAILS)


def test_what_waits_for_opening_hours_goes_when_the_office_opens(
    house: House, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp
) -> None:
    server = start_smtp()
    use(monkeypatch, smtp_port=server.port, smtp_security="none")
    with time_machine.travel("2026-11-02T02:05:00+08:00", tick=True):
        run = posted()
    at_night = states(house)
    assert 0 < at_night["sent"] < MAILS
    assert at_night == {"sent": len(server.mails), "pending": MAILS - len(server.mails)}
    assert not any("日报" in subject for subject in subjects(server))
    assert run.outcomes["held"] > 0
    with time_machine.travel("2026-11-02T08:59:00+08:00", tick=True):
        assert post_all(load_settings()) == {}
    with time_machine.travel("2026-11-02T09:15:00+08:00", tick=True):
        post_all(load_settings())
    assert states(house) == {"sent": MAILS}
    assert any("日报" in subject for subject in subjects(server))


def test_a_mail_that_leaves_while_the_next_audit_plans_to_replace_it_makes_that_one_plan_again(
    house: House, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp
) -> None:
    server = start_smtp()
    use(monkeypatch, smtp_port=server.port, smtp_security="none")
    with time_machine.travel("2026-11-02T02:05:00+08:00", tick=True):
        posted()
    with closing(sqlite3.connect(house.folder / "state" / "demo" / "crm.db")) as crm:
        late = "UPDATE tickets SET reported_at = datetime(reported_at, '-9 days') WHERE ticket_no LIKE 'T2610-001%'"
        assert crm.execute(late).rowcount > 5
        crm.commit()
    write: Callable[..., Any] = mails.rows
    plans = []

    def while_the_outbox_is_emptied(*what: Any) -> Any:
        plans.append(len(states(house)))
        if len(plans) == 1:
            post_all(load_settings())
        return write(*what)

    monkeypatch.setattr(mails, "rows", while_the_outbox_is_emptied)
    with time_machine.travel("2026-11-02T09:15:00+08:00", tick=True):
        run = posted()
    assert (run.committed, len(plans)) == (True, 2)
    assert set(states(house)) == {"sent"}
    assert len({mail.message["Message-ID"] for mail in server.mails}) == len(server.mails) >= MAILS


def test_an_extract_that_is_stale_or_has_shrunk_is_said_and_told_to_officer_and_engineer(
    house: House, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp
) -> None:
    server = start_smtp()
    use(monkeypatch, smtp_port=server.port, smtp_security="none")
    posted()
    server.mails.clear()
    with closing(sqlite3.connect(house.folder / "state" / "demo" / "crm.db")) as crm:
        crm.execute("PRAGMA foreign_keys = OFF")
        for table, stamp in (("tickets", "created_at"), ("calls", "started_at"), ("messages", "sent_at")):
            crm.execute(f"DELETE FROM {table} WHERE {stamp} >= '2026-10-10'")
        crm.commit()
    days_later = own_mapping(house, ("2026-11-02T02:00:00+08:00", "2026-11-05T02:00:00+08:00"))
    run = posted(AuditRequest(source=days_later, period="2026-10"))
    assert len(run.alarms) == 2
    assert all(alarm in said(run) for alarm in run.alarms)
    told = {mail.recipients[0]: mail for mail in server.mails if "告警" in str(mail.message["Subject"])}
    with store_of(house) as store:
        officer = store.directory("demo").set_index("id")["email"]["E1028"]
    assert set(told) == {officer, "engineer@example.com"}
    body = told[officer].message.get_body(("plain",))
    assert body is not None
    assert "数据陈旧" in body.get_content()
    assert "工单数骤减" in body.get_content()


def test_a_preview_sends_nothing_even_of_what_waited_and_a_pilot_only_to_its_list(
    house: House, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp, capsys: pytest.CaptureFixture[str]
) -> None:
    server = start_smtp()
    use(monkeypatch, smtp_port=free_port(), smtp_security="none")
    posted()  # live, and nothing got through
    use(monkeypatch, smtp_port=server.port, smtp_security="none")
    assert cli.run(["live", "demo", "--preview"]) == 0
    with time_machine.travel(now().timestamp() + 3600, tick=True):
        posted()
        post_all(load_settings())
        assert server.mails == []
        assert cli.run(["live", "demo", "--pilot", "--from", "2026-10-01"]) == 0
        post_all(load_settings())
    people = {mail.recipients[0] for mail in server.mails}
    with store_of(house) as store:
        directory = store.directory("demo").set_index("id")["email"]
    assert people == {directory["E1028"]}


def test_a_new_source_that_nobody_let_go_mails_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp
) -> None:
    server = start_smtp()
    use(monkeypatch, smtp_port=server.port, smtp_security="none")
    with store_of(house) as store:
        store.go("demo", "preview", now())
    run = posted()
    assert (server.mails, states(house)) == ([], {})
    assert run.outcomes["preview"] > 0


def test_an_authority_that_cannot_be_read_is_named(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from audits.errors import WrongUse
    from flows.auditing.posting import open_transport

    use(monkeypatch, smtp_ca_file=tmp_path / "nowhere.pem")
    with pytest.raises(WrongUse) as error:
        open_transport(load_settings(), tmp_path)
    assert "nowhere.pem" in error.value.where
