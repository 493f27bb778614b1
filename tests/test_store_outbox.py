"""A notice is owed once: every mail is sent by one process, and one whose fate is unknown is not sent again."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from audits.instants import instant_of
from audits.model import MODEL
from tasks.store import Answer, MailRow, OutboxMail, StaleChanges, Store, open_store, processes
from tasks.store.face.outbox import CLAIM_S
from tasks.store.processes import is_dead, own_name
from tests.life_oracle import Row
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
LATER = BEGIN + timedelta(seconds=CLAIM_S + 1)
TO = "e0014@demo.example"


@pytest.fixture
def mail(store: Store) -> OutboxMail:
    """The one mail of a store that told one finding."""
    audit(store, "r1", 100, [Row(1)])
    return store.pending_mails(BEGIN)[0]


def state(store: Store) -> str:
    return str(store.notices(SOURCE)["mail_state"].iloc[0])


def outcomes(store: Store) -> list[tuple[int, str, str, int, str]]:
    with store._engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT attempt, recipient, outcome, code, text FROM deliveries ORDER BY attempt, recipient"
        )
        return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def commit_mail(store: Store, mail: MailRow, run: str = "r1") -> None:
    """A mail without notices, as operations mails are."""
    begin_run(store, run, 100)
    with store.lease(SOURCE, run, Clock()):
        plan = planned(store, run, 100, [])
        store.commit(run, SOURCE, STANDARDS, 100, plan.changes, [], [], [mail], now=BEGIN)


def test_a_mail_leaves_with_the_bytes_and_names_it_was_stored_with(store: Store) -> None:
    content = bytes(range(256)) * 3
    row = MailRow(
        "m1", "engineer", "operations", "a@x.example", ("b@x.example", "c@x.example"), "<m1@x>", content
    )
    commit_mail(store, row)
    assert store.pending_mails() == [
        OutboxMail(
            "m1", SOURCE, "engineer", "operations", "a@x.example", row.recipients, "<m1@x>", content, 0
        )
    ]


def test_a_mail_is_sent_by_whoever_claims_it_first(store: Store, url: str, mail: OutboxMail) -> None:
    with open_store(url) as other:
        assert store.claim(mail.mail, BEGIN)
        assert not other.claim(mail.mail, BEGIN)
        assert not other.sending(mail.mail, BEGIN)
        assert not other.settle(mail.mail, "sent", BEGIN)
        assert store.sending(mail.mail, BEGIN)
        assert store.settle(mail.mail, "sent", BEGIN)
        assert not other.claim(mail.mail, LATER)
    assert state(store) == "sent"
    assert store.pending_mails() == []
    assert outcomes(store) == [(1, TO, "sent", 0, "")]


def test_a_mail_waits_until_its_hour(store: Store) -> None:
    opening = BEGIN + timedelta(hours=7)
    commit_mail(store, mail_of(notice_of("f" * 16), not_before=instant_of(opening)))
    assert store.pending_mails(opening - timedelta(microseconds=1)) == []
    assert len(store.pending_mails(opening)) == len(store.pending_mails()) == 1
    assert not store.claim(store.pending_mails()[0].mail, BEGIN)


def test_the_longest_waiting_goes_first_and_no_more_than_asked_for(store: Store) -> None:
    audit(store, "r1", 100, [Row(1)], Clock(LATER))
    audit(store, "r2", 200, [Row(1), Row(2), Row(3)])
    made = [mail.mail for mail in store.pending_mails()]
    assert made[2] == notice_of(Row(1).finding).envelope
    assert [mail.mail for mail in store.pending_mails(limit=2)] == made[:2]


def test_whoever_dies_before_data_leaves_a_mail_that_waits_again(store: Store, mail: OutboxMail) -> None:
    store.claim(mail.mail, BEGIN)
    assert store.recover_mails(BEGIN) == (0, 0)
    assert store.recover_mails(LATER) == (1, 0)
    again = store.pending_mails(LATER)[0]
    assert (again.content, again.recipients, again.attempts) == (mail.content, mail.recipients, 1)
    assert outcomes(store) == []


def test_whoever_dies_in_data_leaves_a_mail_that_is_never_sent_again(store: Store, mail: OutboxMail) -> None:
    store.claim(mail.mail, BEGIN)
    store.sending(mail.mail, BEGIN)
    assert store.recover_mails(LATER) == (0, 1)
    assert store.recover_mails(LATER) == (0, 0)
    assert state(store) == "unknown"
    assert store.pending_mails(LATER) == []
    assert outcomes(store) == [(1, TO, "unknown", 0, "")]


@pytest.mark.parametrize("began", [False, True])
def test_nobody_waits_for_a_process_that_is_gone(store: Store, mail: OutboxMail, began: bool) -> None:
    host, _, _ = own_name().partition(":")
    gone = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = f"{host}:{gone.pid}:{processes._start(gone.pid)}:token"
    store.process, ours = name, store.process
    store.claim(mail.mail, BEGIN)
    assert not began or store.sending(mail.mail, BEGIN)
    assert store.recover_mails(BEGIN) == (0, 0), "it lives"
    gone.communicate(b"\n")
    store.process = ours
    assert store.recover_mails(BEGIN) == ((0, 1) if began else (1, 0))


@pytest.mark.parametrize(
    "name", ["elsewhere:1:5:token", "", "{host}:1:?:token", "{host}:{pid}:{start}:token"]
)
def test_whoever_may_be_alive_is_not_taken_for_dead(name: str) -> None:
    host, pid, start, _ = own_name().split(":")
    assert not is_dead(name.format(host=host, pid=pid, start=start))
    assert is_dead(f"{host}:{pid}:1:token"), "another process had that number"


def test_a_process_that_was_only_slow_must_not_begin_data(store: Store, url: str, mail: OutboxMail) -> None:
    store.claim(mail.mail, BEGIN)
    assert not store.sending(mail.mail, LATER), "its time is over even if nobody noticed"
    store.recover_mails(LATER)
    with open_store(url) as other:
        assert other.claim(mail.mail, LATER)
        assert not store.sending(mail.mail, LATER)
        assert not store.settle(mail.mail, "failed", LATER)
        assert other.sending(mail.mail, LATER)


def test_a_process_that_was_only_slow_still_tells_what_became_of_its_mail(
    store: Store, mail: OutboxMail
) -> None:
    store.claim(mail.mail, BEGIN)
    store.sending(mail.mail, BEGIN)
    store.recover_mails(LATER)
    assert store.settle(mail.mail, "sent", LATER, [Answer(TO, "sent", 250, "ok")])
    assert state(store) == "sent"
    assert outcomes(store) == [(1, TO, "sent", 250, "ok")]


def test_a_mail_that_could_not_be_sent_for_now_waits(store: Store, mail: OutboxMail) -> None:
    store.claim(mail.mail, BEGIN)
    assert store.settle(mail.mail, "failed", BEGIN, [Answer(TO, "failed", 451, "later")], retry_at=LATER)
    assert store.pending_mails(BEGIN) == []
    assert store.pending_mails(LATER)[0].attempts == 1
    assert store.claim(mail.mail, LATER)
    assert store.sending(mail.mail, LATER)
    assert store.settle(mail.mail, "sent", LATER)
    assert outcomes(store) == [(1, TO, "failed", 451, "later"), (2, TO, "sent", 0, "")]


def test_a_mail_that_cannot_be_sent_at_all_ends(store: Store, mail: OutboxMail) -> None:
    store.claim(mail.mail, BEGIN)
    assert store.settle(mail.mail, "refused", BEGIN, [Answer(TO, "refused", 550, "nobody")])
    assert state(store) == "refused"
    assert store.pending_mails(LATER) == []


def three(store: Store) -> OutboxMail:
    commit_mail(store, MailRow("m1", "p", "operations", "a@x", ("b@x", "c@x", "d@x"), "<m1@x>", b"m"))
    mail = store.pending_mails()[0]
    store.claim("m1", BEGIN)
    return mail


def test_only_those_who_have_not_got_it_are_tried_again(store: Store) -> None:
    three(store)
    store.sending("m1", BEGIN)
    answers = [Answer("b@x", "sent", 250), Answer("c@x", "failed", 450), Answer("d@x", "refused", 550)]
    assert store.settle("m1", "failed", BEGIN, answers, retry_at=BEGIN)
    assert store.pending_mails()[0].recipients == ("c@x",)


def test_a_mail_that_everybody_has_or_refused_does_not_wait(store: Store) -> None:
    three(store)
    answers = [Answer("b@x", "refused", 550), Answer("c@x", "refused", 550), Answer("d@x", "refused", 550)]
    assert store.settle("m1", "failed", BEGIN, answers, retry_at=BEGIN)
    assert store.pending_mails() == []


@pytest.mark.parametrize("outcome", ["unknown", "refused", "failed"])
def test_a_person_may_have_an_ended_mail_sent_again_to_whoever_has_it_not(store: Store, outcome: str) -> None:
    mail = three(store)
    store.sending("m1", BEGIN)
    store.settle("m1", outcome, BEGIN, [Answer("b@x", "sent", 250)])  # type: ignore[arg-type]
    assert store.pending_mails() == []
    assert store.resend("m1", LATER)
    again = store.pending_mails(LATER)[0]
    assert (again.recipients, again.message_id, again.content) == (
        ("c@x", "d@x"),
        mail.message_id,
        mail.content,
    )
    store.claim("m1", LATER)
    store.settle("m1", "unknown", LATER)
    assert store.pending_mails(LATER) == []
    assert [row[:3] for row in outcomes(store)][3:] == [(2, "c@x", "unknown"), (2, "d@x", "unknown")]


@pytest.mark.parametrize("outcome", ["sent", "written"])
def test_nobody_has_a_mail_sent_again_that_is_owed_no_more(
    store: Store, mail: OutboxMail, outcome: str
) -> None:
    assert not store.resend(mail.mail, BEGIN)
    store.claim(mail.mail, BEGIN)
    store.settle(mail.mail, outcome, BEGIN)  # type: ignore[arg-type]
    assert not store.resend(mail.mail, BEGIN)


def test_a_mail_that_still_waits_is_recalled_and_its_notices_travel_in_another(
    store: Store, mail: OutboxMail
) -> None:
    notices = [notice_of(Row(1).finding), notice_of(Row(2).finding)]
    together = [replace(notice, envelope="both") for notice in notices]
    begin_run(store, "r2", 200)
    with store.lease(SOURCE, "r2", Clock()):
        assert store.notices(SOURCE)["waiting"].tolist() == [True]
        plan = planned(store, "r2", 200, [Row(1), Row(2)], tell=False)
        assert store.commit(
            "r2",
            SOURCE,
            STANDARDS,
            200,
            plan.changes,
            [],
            together,
            [mail_of(*together)],
            now=BEGIN,
            recalled=[mail.mail, "gone before"],
        )
    assert [waiting.mail for waiting in store.pending_mails()] == ["both"]
    assert set(store.notices(SOURCE)["envelope"]) == {"both"}


def test_a_mail_that_somebody_sends_is_not_recalled(store: Store, mail: OutboxMail) -> None:
    begin_run(store, "r2", 200)
    with store.lease(SOURCE, "r2", Clock()):
        plan = planned(store, "r2", 200, [Row(1), Row(2)])
        store.claim(mail.mail, BEGIN)
        assert store.notices(SOURCE)["waiting"].tolist() == [False]
        with pytest.raises(StaleChanges):
            store.commit(
                "r2", SOURCE, STANDARDS, 200, plan.changes, [], [], [], now=BEGIN, recalled=[mail.mail]
            )
    assert state(store) == "claimed"
    assert len(store.findings(SOURCE, STANDARDS)) == 1


def test_only_what_a_server_took_until_then_is_evidence_of_telling(store: Store) -> None:
    audit(store, "r1", 100, [Row(n) for n in range(4)])
    for mail, outcome in zip(store.pending_mails(), ("sent", "written", "refused", "unknown"), strict=True):
        store.claim(mail.mail, BEGIN)
        store.sending(mail.mail, BEGIN)
        store.settle(mail.mail, outcome, BEGIN)  # type: ignore[arg-type]
    told = store.deliveries_until(instant_of(BEGIN), SOURCE)
    assert len(told) == 1
    assert store.deliveries_until(instant_of(BEGIN) - 1, SOURCE).empty
    assert store.deliveries_until(instant_of(BEGIN), "creme").empty


def test_evidence_of_telling_has_the_columns_of_an_escalation(store: Store, mail: OutboxMail) -> None:
    store.claim(mail.mail, BEGIN)
    store.settle(mail.mail, "sent", BEGIN)
    told = store.deliveries_until(instant_of(LATER), SOURCE)
    fields = MODEL["escalation"].fields
    assert list(told.columns) == list(fields)
    row, roles = told.iloc[0], fields["target_role"].values
    assert (row["case_id"], row["target_role"], row["target_id"]) == ("1", "supervisor", "E0014")
    assert (row["origin"], row["delivered_at"]) == ("delivery_ledger", pd.Timestamp(BEGIN))
    assert pd.isna(row["deviation_id"])
    assert pd.isna(row["acknowledged_at"])
    assert list(told["target_role"].cat.categories) == list(roles)


def test_officer_and_engineer_are_told_but_that_is_no_escalation(store: Store) -> None:
    begin_run(store, "r1", 100)
    with store.lease(SOURCE, "r1", Clock()):
        plan = planned(store, "r1", 100, [Row(1)], tell=False)
        notice = notice_of(Row(1).finding, role="officer", person="E0003")
        store.commit("r1", SOURCE, STANDARDS, 100, plan.changes, [], [notice], [mail_of(notice)], now=BEGIN)
    store.claim(notice.envelope, BEGIN)
    store.settle(notice.envelope, "sent", BEGIN)
    assert store.deliveries_until(instant_of(BEGIN), SOURCE).empty


PEOPLE = pd.DataFrame(
    {
        "entity": ["staff", "customer", "staff"],
        "id": ["E0014", "9", "E0003"],
        "code": ["0014", "K-9", None],
        "name": ["李,四", "某公司", "王五"],
        "email": [TO, "", "e0003@demo.example"],
        "phone": [None, None, "139"],
    }
)


def test_names_are_kept_and_corrected(store: Store) -> None:
    store.put_directory(SOURCE, PEOPLE, BEGIN)
    store.put_directory(SOURCE, PEOPLE.iloc[:1].assign(name="李四"), BEGIN)
    store.put_directory("creme", PEOPLE.iloc[:1].assign(name="another"), BEGIN)
    found = store.directory(SOURCE).set_index("id")
    assert found["name"].to_dict() == {"9": "某公司", "E0003": "王五", "E0014": "李四"}
    assert found.loc["E0003", "code"] == ""
    assert list(store.directory(SOURCE).columns) == list(PEOPLE.columns)


def test_a_name_that_changed_is_known_as_it_was_before(store: Store) -> None:
    store.put_directory(SOURCE, PEOPLE, BEGIN)
    before = store.names_known(SOURCE)
    assert before == instant_of(BEGIN)
    store.put_directory(SOURCE, PEOPLE, BEGIN + timedelta(hours=1))
    assert store.names_known(SOURCE) == before
    store.put_directory(SOURCE, PEOPLE.iloc[:1].assign(name="李四"), BEGIN - timedelta(hours=1))
    assert store.names_known(SOURCE) == before + 1
    assert dict(store.directory(SOURCE, before)[["id", "name"]].to_numpy())["E0014"] == "李,四"
    assert dict(store.directory(SOURCE)[["id", "name"]].to_numpy())["E0014"] == "李四"
    assert store.directory(SOURCE, before - 1).empty
    assert len(store.directory(SOURCE)) == len(PEOPLE)


def test_erasing_forgets_every_version_of_a_name(store: Store) -> None:
    store.put_directory(SOURCE, PEOPLE, BEGIN)
    store.put_directory(SOURCE, PEOPLE.assign(name="李四"), BEGIN + timedelta(hours=1))
    assert store.erased(SOURCE) == []
    assert store.erase(SOURCE, "staff", "E0014", BEGIN + timedelta(hours=2))
    assert store.erased(SOURCE) == [("staff", "E0014")]
    store.put_directory(SOURCE, PEOPLE.assign(name="李五"), BEGIN + timedelta(hours=3))
    for at in (instant_of(BEGIN), None):
        known = store.directory(SOURCE, at).set_index("id")["name"]
        assert known["E0014"] == ""
        assert known["E0003"] != ""


def test_whoever_is_erased_is_forgotten_for_good_but_the_telling_is_not(
    store: Store, mail: OutboxMail
) -> None:
    store.put_directory(SOURCE, PEOPLE, BEGIN)
    store.claim(mail.mail, BEGIN)
    store.settle(mail.mail, "sent", BEGIN, [Answer(TO, "sent", 250, f"<{TO}> ok")])
    assert store.erase(SOURCE, "staff", "E0014", BEGIN)
    store.put_directory(SOURCE, PEOPLE, BEGIN)
    erased = store.directory(SOURCE).query("id == 'E0014'")
    assert erased[["code", "name", "email", "phone"]].to_numpy().tolist() == [["", "", "", ""]]
    assert outcomes(store) == [(1, "erased 0", "sent", 250, "")]
    with store._engine.connect() as connection:
        tables = ("mails", "deliveries", "directory")
        left = [str(connection.exec_driver_sql(f"SELECT * FROM {table}").fetchall()) for table in tables]
    assert TO not in "".join(left)
    assert "李" not in "".join(left)
    assert len(store.deliveries_until(instant_of(BEGIN), SOURCE)) == 1
    assert not store.erase(SOURCE, "staff", "nobody", BEGIN)


def test_a_mail_for_whoever_is_erased_does_not_leave(store: Store, mail: OutboxMail) -> None:
    store.put_directory(SOURCE, PEOPLE, BEGIN)
    store.erase(SOURCE, "staff", "E0014", BEGIN)
    assert store.pending_mails() == []
    assert not store.claim(mail.mail, BEGIN)
    assert not store.resend(mail.mail, BEGIN)
