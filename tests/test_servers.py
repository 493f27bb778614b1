"""The private servers of the suite do what tests rely on, and are gone afterwards."""

import asyncio
import os
import smtplib
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pymysql
import pytest
from playwright.sync_api import Browser

from tests.servers import mariadb, postgres
from tests.servers.certificates import Certificates
from tests.servers.databases import Database
from tests.servers.processes import LOOPBACK, answers, running
from tests.servers.smtp import SmtpServer, StartSmtp

MAIL = "Subject: =?utf-8?b?5Y2H57qn?=\r\nFrom: a@example.org\r\n\r\ntext\r\n"
SLEEPER = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(600)"]


def send(
    server: SmtpServer, to: list[str] | None = None, patience: float = 10
) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP(LOOPBACK, server.port, timeout=patience) as client:
        return client.sendmail("a@example.org", to or ["b@example.org"], MAIL)


@contextmanager
def starttls(server: SmtpServer, authority: Path) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(LOOPBACK, server.port, timeout=10) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(authority)))
        yield client


# --- processes -------------------------------------------------------------------------------------------


def test_a_process_is_stopped_after_the_test_failed(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), running(SLEEPER, lambda: True, folder=tmp_path) as process:
        _ = 1 / 0
    assert process.returncode is not None


def test_a_process_that_ends_early_shows_its_log(tmp_path: Path) -> None:
    broken = [sys.executable, "-c", "print('no such cluster'); raise SystemExit(3)"]
    with (
        pytest.raises(RuntimeError, match=r"ended with 3.*\n.*no such cluster"),
        running(broken, lambda: False, folder=tmp_path),
    ):
        pass


def test_a_server_dies_with_the_test_run_that_is_killed(tmp_path: Path) -> None:
    run = f"""
import os, pathlib, signal
from tests.servers.processes import running
with running({SLEEPER!r}, lambda: True, folder=pathlib.Path({str(tmp_path)!r})) as process:
    print(process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    state = Path(f"/proc/{int(done.stdout)}/stat")
    for _ in range(200):
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            break
        os.sched_yield()
        subprocess.run(["sleep", "0.05"], check=True)
    else:
        pytest.fail("the server outlived the test run")


# --- skips -----------------------------------------------------------------------------------------------

SKIPPING = """
import pytest
@pytest.mark.skip(reason="no wish")
def test_marked(): ...
def test_in_the_middle(): pytest.skip("no MariaDB")
@pytest.mark.xfail(strict=True)
def test_known_to_fail(): assert False
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("no_skips", "outcome"), [("1", "1 failed, 1 xfailed, 1 error"), ("0", "2 skipped, 1 xfailed")]
)
def test_a_skip_is_a_failure_where_none_is_allowed(tmp_path: Path, no_skips: str, outcome: str) -> None:
    assert outcome in run_tests(tmp_path, SKIPPING, no_skips)


@pytest.mark.slow
@pytest.mark.parametrize(("no_skips", "outcome"), [("1", "1 error"), ("0", "1 skipped")])
def test_a_file_that_skips_itself_is_an_error_there(tmp_path: Path, no_skips: str, outcome: str) -> None:
    assert outcome in run_tests(tmp_path, "import pytest\npytest.importorskip('no_such_module')\n", no_skips)


def run_tests(folder: Path, text: str, no_skips: str) -> str:
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "--rootdir", str(folder), str(folder)]
    environment = os.environ | {"CLAUSEWATCH_NO_SKIPS": no_skips}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


# --- databases -------------------------------------------------------------------------------------------


def test_postgres_holds_chinese_text_and_asks_for_the_password(postgres_database: Database) -> None:
    with psycopg.connect(postgres_database.dsn) as connection:
        assert connection.execute("SELECT '升级' || 1, current_setting('fsync')").fetchone() == (
            "升级1",
            "off",
        )
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres_database.dsn, password="wrong")


def test_each_postgres_database_is_fresh(postgres_server: Database) -> None:
    for _ in range(2):
        with postgres.fresh_postgres_database(postgres_server) as database:
            postgres.run_sql(database, "CREATE TABLE cases (id int)")


def test_a_postgres_reader_reads_later_tables_and_cannot_write(
    postgres_database: Database, postgres_reader: Database
) -> None:
    postgres.run_sql(postgres_database, "CREATE TABLE cases (id int)", "INSERT INTO cases VALUES (1)")
    with psycopg.connect(postgres_reader.dsn) as connection:
        assert connection.execute("SELECT id FROM cases").fetchall() == [(1,)]
    for write in ("INSERT INTO cases VALUES (2)", "DELETE FROM cases", "CREATE TABLE mine (id int)"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            postgres.run_sql(postgres_reader, write)


def test_a_mariadb_reader_reads_and_cannot_write(
    mariadb_database: Database, mariadb_reader: Database
) -> None:
    mariadb.run_sql(mariadb_database, "CREATE TABLE cases (name text)", "INSERT INTO cases VALUES ('升级')")
    mariadb.run_sql(mariadb_reader, "SELECT name FROM cases WHERE name = '升级'")
    for write in ("INSERT INTO cases VALUES ('2')", "CREATE TABLE mine (id int)"):
        with pytest.raises(pymysql.OperationalError, match="command denied"):
            mariadb.run_sql(mariadb_reader, write)


def test_both_databases_speak_sqlalchemy(postgres_database: Database, mariadb_database: Database) -> None:
    import sqlalchemy

    for database in (postgres_database, mariadb_database):
        engine = sqlalchemy.create_engine(database.url)
        with engine.connect() as connection:
            assert connection.scalar(sqlalchemy.text("SELECT 1")) == 1
        engine.dispose()


def test_a_stopped_postgres_leaves_neither_listener_nor_folder() -> None:
    with postgres.postgres_server() as server:
        assert answers(server.port)
    assert not answers(server.port)


# --- SMTP ------------------------------------------------------------------------------------------------


def test_mail_is_remembered_with_envelope_and_decoded_subject(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    assert send(server) == {}
    [mail] = server.mails
    assert (mail.sender, mail.recipients) == ("a@example.org", ("b@example.org",))
    assert mail.message["Subject"] == "升级"
    assert not mail.encrypted
    assert server.connections == 1


def test_starttls_is_demanded_and_verifiable(start_smtp: StartSmtp, certificates: Certificates) -> None:
    server = start_smtp("starttls")
    with pytest.raises(smtplib.SMTPSenderRefused, match="STARTTLS"):
        send(server)
    with starttls(server, certificates.authority) as client:
        client.sendmail("a@example.org", ["b@example.org"], MAIL)
    assert server.mails[0].encrypted


@pytest.mark.parametrize(
    ("name", "reason"), [("self_signed", "self-signed"), ("wrong_name", "IP address mismatch")]
)
def test_a_careful_client_refuses_bad_certificates(
    start_smtp: StartSmtp, certificates: Certificates, name: str, reason: str
) -> None:
    server = start_smtp("starttls", getattr(certificates, name))
    with pytest.raises(ssl.SSLCertVerificationError, match=reason), starttls(server, certificates.authority):
        pass


def test_implicit_tls_with_login_refuses_a_wrong_password(
    start_smtp: StartSmtp, certificates: Certificates
) -> None:
    server = start_smtp("tls", login=("robot", "secret"))
    context = ssl.create_default_context(cafile=str(certificates.authority))
    with smtplib.SMTP_SSL(LOOPBACK, server.port, context=context, timeout=10) as client:
        with pytest.raises(smtplib.SMTPSenderRefused, match="Authentication required"):
            client.sendmail("a@example.org", ["b@example.org"], MAIL)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("robot", "wrong")
        client.login("robot", "secret")
        client.sendmail("a@example.org", ["b@example.org"], MAIL)
    assert (server.mails[0].login, server.mails[0].encrypted) == ("robot", True)
    assert server.logins[-1] == ("robot", True)


def test_login_over_starttls(start_smtp: StartSmtp, certificates: Certificates) -> None:
    server = start_smtp("starttls", login=("robot", "secret"))
    with starttls(server, certificates.authority) as client:
        client.login("robot", "secret")
        client.sendmail("a@example.org", ["b@example.org"], MAIL)
    assert server.mails[0].login == "robot"


def test_some_recipients_are_refused_and_the_others_get_the_mail(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    server.behaviour.refuse = {"full@example.org": "452 4.2.2 full", "gone@example.org": "550 5.1.1 gone"}
    refused = send(server, ["full@example.org", "b@example.org", "gone@example.org"])
    assert refused == {"full@example.org": (452, b"4.2.2 full"), "gone@example.org": (550, b"5.1.1 gone")}
    assert server.mails[0].recipients == ("b@example.org",)


def test_dropped_before_data_loses_the_mail_once(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    server.behaviour.drop, server.behaviour.drops_left = "before_data", 1
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(server)
    assert server.mails == []
    send(server)
    assert len(server.mails) == 1


def test_dropped_after_data_keeps_the_mail_without_saying_so(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    server.behaviour.drop = "after_data"
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(server)
    assert len(server.mails) == 1


@pytest.mark.parametrize("late", ["late_greeting", "late_answer"])
def test_a_late_answer_outlasts_an_impatient_client(start_smtp: StartSmtp, late: str) -> None:
    server = start_smtp()
    setattr(server.behaviour, late, 600)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        send(server, patience=0.3)


def test_refused_content_is_not_remembered(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    server.behaviour.answer = "554 5.6.0 looks like spam"
    with pytest.raises(smtplib.SMTPDataError, match="looks like spam"):
        send(server)
    assert server.mails == []


# --- browser ---------------------------------------------------------------------------------------------


def test_the_browser_renders_chinese_and_runs_no_network(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<h1>服务审计</h1>")
    assert page.inner_text("h1") == "服务审计"
    assert len(page.screenshot()) > 1000
    page.close()


def test_the_browser_occupies_the_event_loop_of_its_thread(browser: Browser) -> None:
    # Why the fixture lives for one file only: asyncio.run, and with it a flow, cannot run beside it.
    assert browser.is_connected()
    coroutine = asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="cannot be called from a running event loop"):
        asyncio.run(coroutine)
    coroutine.close()
