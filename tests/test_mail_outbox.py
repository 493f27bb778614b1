"""The outbox emptied into a real SMTP server: whatever fails, each mail is delivered once, or says why not."""

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from audits.instants import instant_of
from tasks.mail import EmlFolder, Server, SmtpTransport, send_pending
from tasks.mail.outbox import TRIES, wait, whole_outcome
from tasks.store import Answer, Store, open_store
from tasks.store.face.outbox import CLAIM_S
from tests.life_oracle import Row
from tests.servers.processes import LOOPBACK, free_port
from tests.servers.smtp import SmtpServer, StartSmtp
from tests.store_fixtures import store, url
from tests.store_world import (
    BEGIN,
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
CONTENT = b"Subject: late\r\n\r\nlate"


def smtp(server: SmtpServer, timeout: float = 5) -> SmtpTransport:
    return SmtpTransport(Server(LOOPBACK, server.port, "none", timeout=timeout))


def states(store: Store) -> list[str]:
    return sorted(store.notices(SOURCE)["mail_state"])


def one_mail(store: Store, person: str, not_before: int = 0) -> None:
    """A mail to this person, committed by a run of its own."""
    notice = notice_of("f1", person=person)
    begin_run(store, "r1", 100)
    with store.lease(SOURCE, "r1", Clock()):
        changes = planned(store, "r1", 100, []).changes
        mails = [mail_of(notice, not_before=not_before)]
        store.commit("r1", SOURCE, STANDARDS, 100, changes, [], [notice], mails, now=BEGIN)


def three_mails(store: Store) -> None:
    audit(store, "r1", 100, [Row(1), Row(2), Row(3)])


def test_every_pending_mail_is_sent_once_however_often_the_outbox_is_emptied(
    store: Store, start_smtp: StartSmtp
) -> None:
    server = start_smtp()
    three_mails(store)
    posted = send_pending(store, smtp(server), Clock())
    again = send_pending(store, smtp(server), Clock())
    assert (dict(posted.outcomes), dict(again.outcomes)) == ({"sent": 3}, {})
    assert [mail.content.rstrip(b"\r\n") for mail in server.mails] == [CONTENT] * 3
    assert states(store) == ["sent"] * 3


def test_a_mail_whose_fate_is_unknown_is_not_sent_again_and_stops_the_rest(
    store: Store, start_smtp: StartSmtp
) -> None:
    server = start_smtp()
    three_mails(store)
    server.behaviour.drop, server.behaviour.drops_left = "after_data", 1
    posted = send_pending(store, smtp(server), Clock())
    assert (dict(posted.outcomes), bool(posted.trouble)) == ({"unknown": 1}, True)
    assert states(store) == ["pending", "pending", "unknown"]
    send_pending(store, smtp(server), Clock())
    assert states(store) == ["sent", "sent", "unknown"]
    assert len(server.mails) == 3


def test_a_server_that_hangs_up_before_the_content_gets_the_mail_later_and_once(
    store: Store, start_smtp: StartSmtp
) -> None:
    server, clock = start_smtp(), Clock()
    three_mails(store)
    server.behaviour.drop = "before_data"
    posted = send_pending(store, smtp(server), clock)
    assert (posted.put_off, server.mails) == (1, [])
    server.behaviour.drop = None
    clock.pass_(3600)
    assert dict(send_pending(store, smtp(server), clock).outcomes) == {"sent": 3}
    assert len(server.mails) == 3


@pytest.mark.parametrize("answer", ["450 4.2.1 mailbox full", "451 4.7.1 come again"])
def test_a_mail_put_off_waits_longer_each_time_and_is_given_up_in_the_end(
    store: Store, start_smtp: StartSmtp, answer: str
) -> None:
    server, clock = start_smtp(), Clock()
    audit(store, "r1", 100, [Row(1)])
    server.behaviour.answer = answer
    for attempt in range(TRIES - 1):
        assert send_pending(store, smtp(server), clock).put_off == 1
        assert send_pending(store, smtp(server), clock).put_off == 0  # not before its time
        clock.at += wait(attempt)
    assert dict(send_pending(store, smtp(server), clock).outcomes) == {"failed": 1}
    assert (states(store), server.mails) == (["failed"], [])


def test_a_dead_server_is_no_reason_to_give_a_mail_up(store: Store) -> None:
    clock = Clock()
    audit(store, "r1", 100, [Row(1)])
    for _ in range(TRIES + 2):
        posted = send_pending(store, SmtpTransport(Server(LOOPBACK, free_port(), "none", timeout=2)), clock)
        assert (posted.put_off, bool(posted.trouble)) == (1, True)
        clock.pass_(24 * 3600)
    assert states(store) == ["pending"]


def test_a_refused_recipient_ends_his_mail_and_no_other(store: Store, start_smtp: StartSmtp) -> None:
    server = start_smtp()
    one_mail(store, "E0001")
    audit(store, "r2", 200, [Row(2)])
    server.behaviour.refuse = {"e0001@demo.example": "550 5.1.1 no such user"}
    posted = send_pending(store, smtp(server), Clock())
    assert dict(posted.outcomes) == {"refused": 1, "sent": 1}
    assert posted.trouble == ""


def test_a_held_mail_waits_for_its_hour(store: Store, start_smtp: StartSmtp) -> None:
    server, clock = start_smtp(), Clock()
    opening = BEGIN + timedelta(hours=7)
    one_mail(store, "E0014", not_before=instant_of(opening))
    assert not send_pending(store, smtp(server), clock).outcomes
    clock.at = opening
    assert dict(send_pending(store, smtp(server), clock).outcomes) == {"sent": 1}


def test_a_file_counts_as_written_and_never_as_telling(store: Store, tmp_path: Path) -> None:
    three_mails(store)
    posted = send_pending(store, EmlFolder(tmp_path / "notices"), Clock())
    assert dict(posted.outcomes) == {"written": 3}
    files = sorted((tmp_path / "notices").iterdir())
    assert len(files) == 3
    assert all(file.read_bytes() == CONTENT for file in files)
    assert len(store.deliveries_until(2**60, SOURCE)) == 0
    assert not send_pending(store, EmlFolder(tmp_path / "notices"), Clock()).outcomes


def test_a_claim_that_was_lost_sends_nothing(store: Store, start_smtp: StartSmtp) -> None:
    server, clock = start_smtp(), Clock()
    audit(store, "r1", 100, [Row(1)])
    transport = smtp(server)

    class Slow:
        """The claim runs out while the connection is being made."""

        def deliver(self, mail, before_content):  # type: ignore[no-untyped-def]
            clock.pass_(CLAIM_S + 1)
            store.recover_mails(clock())
            return transport.deliver(mail, before_content)

        def close(self) -> None:
            transport.close()

    assert not send_pending(store, Slow(), clock).outcomes
    assert (server.mails, states(store)) == ([], ["pending"])


def test_two_processes_at_once_deliver_each_mail_once(store: Store, url: str, start_smtp: StartSmtp) -> None:
    server = start_smtp()
    audit(store, "r1", 100, [Row(n) for n in range(1, 21)])

    def send() -> int:
        with open_store(url, wait_s=20) as mine:
            return send_pending(mine, smtp(server), Clock()).outcomes["sent"]

    with ThreadPoolExecutor(2) as senders:
        sent = [future.result() for future in [senders.submit(send) for _ in range(2)]]
    assert (sum(sent), len(server.mails), set(states(store))) == (20, 20, {"sent"})


KILLED = textwrap.dedent("""
    import os, sys
    from datetime import datetime
    from tasks.mail import Server, SmtpTransport, send_pending
    from tasks.store import open_store
    url, port, when, now = sys.argv[1:5]
    store = open_store(url)
    transport = SmtpTransport(Server("127.0.0.1", int(port), "none", timeout=5))
    deliver = transport.deliver
    def killed(mail, before_content):
        if when == "before": os._exit(9)
        def begin():
            before_content()
            if when == "begun": os._exit(9)
        found = deliver(mail, begin)
        os._exit(9)
    transport.deliver = killed
    send_pending(store, transport, lambda: datetime.fromisoformat(now))
""")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("when", "delivered", "ends"),
    [("before", 1, ["sent"]), ("begun", 0, ["unknown"]), ("after", 1, ["unknown"])],
)
def test_a_process_killed_while_sending_doubles_nothing(
    store: Store, url: str, start_smtp: StartSmtp, when: str, delivered: int, ends: list[str]
) -> None:
    server = start_smtp()
    audit(store, "r1", 100, [Row(1)])
    argv = [sys.executable, "-c", KILLED, url, str(server.port), when, BEGIN.isoformat()]
    done = subprocess.run(argv, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 9, done.stderr
    later = Clock(BEGIN + timedelta(seconds=CLAIM_S + 1))
    posted = send_pending(store, smtp(server), later)
    assert posted.recovered == ((1, 0) if when == "before" else (0, 1))
    assert (len(server.mails), states(store)) == (delivered, ends)


def test_the_outcome_of_a_mail_follows_its_worst_open_question() -> None:
    def mixed(*outcomes: str) -> str:
        return whole_outcome([Answer(str(n), one) for n, one in enumerate(outcomes)])  # type: ignore[arg-type]

    assert mixed("sent", "unknown", "failed") == "unknown"
    assert mixed("sent", "failed") == "failed"
    assert mixed("sent", "refused") == "sent"
    assert mixed("refused", "refused") == "refused"
    assert mixed() == "failed"
