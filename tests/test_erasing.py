"""Erasing a person: the name is nowhere afterwards, and everything that proves an audit is as it was."""

import base64
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import time_machine
from openpyxl import Workbook
from sqlalchemy import create_engine, select

from audits.errors import WrongUse
from config.clock import now
from config.mapping import load_mapping
from config.settings import load_settings
from flows import cli
from flows.acts import erasing
from flows.past.proving import prove_trails
from reports import seal_folder
from tasks.crm.own_extracts import changes_of, remembered
from tasks.forgetting import files
from tasks.forgetting.names import Names
from tasks.forgetting.places import files_below
from tasks.forgetting.staging import staged
from tasks.store import Store
from tasks.store.expected import Key
from tasks.store.rows import Answer, MailRow
from tasks.store.schema import METADATA, mails
from tests.flow_house import RUN, copy_house
from tests.house import ROOT, House
from tests.life_oracle import Row
from tests.servers.databases import Database
from tests.store_fixtures import store, url
from tests.store_world import BEGIN, SOURCE, audit

__all__ = ["store", "url"]
NAME = "云杉机械（演示）有限公司"
WHY = ("--by", "E1028", "--why", "request 118")
LATIN = Names(["Li Wei", "li.wei@example.com"], "K-1")


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The demo after its first audit, with the name of a customer wherever one could come to stand."""
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    run = house.folder / "out" / RUN
    letter(run / "notices" / "digest-E1006-0123456789abcdef.eml", f"about {NAME}")
    letter(house.folder / "out" / "later" / "notices" / "digest-E1006-1123456789abcdef.eml", NAME)
    (run / "findings.csv").write_text(f"customer\n{NAME}\n", encoding="utf-8")
    book = Workbook()
    book.active["A1"] = NAME  # type: ignore[index]
    book.save(run / "findings.xlsx")
    seal_folder(run)
    log = house.folder / "state" / "prefect" / "server.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(f"1 refused {NAME} twice\n2 went on\n", encoding="utf-8")
    extract(house.folder / "state" / "extracts", [NAME, "open"], 1)
    extract(house.folder / "state" / "extracts", [NAME, "shut"], 2)
    return house


def letter(path: Path, text: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = "digest"
    mail.set_content(text, cte="base64")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(mail.as_bytes())


def extract(folder: Path, values: list[str], at: int) -> None:
    keys = pa.array(["a", "b"], pa.large_string())
    remembered(folder, "case", keys, {"owner": pa.array(values, pa.large_string())}, at * 10**6, keep=True)


def left(house: House, *texts: str) -> list[str]:
    """Files that hold one of the texts, in whatever way; the demo's CRM is not ours."""
    names = Names(texts, "")
    raw = [text.encode() for text in texts] + [base64.b64encode(text.encode()) for text in texts]
    found = []
    for top in ("out", "state"):
        for path in files_below(house.folder / top, "demo"):
            content = path.read_bytes()
            if names.in_file(path.name, content) or any(one in content for one in raw):
                found.append(path.relative_to(house.folder).as_posix())
    return found


def kept(house: House) -> dict[str, bytes]:
    """Bytes of the ledger's files."""
    run = house.folder / "out" / RUN
    return {
        path.name: path.read_bytes()
        for path in files_below(run)
        if path.name in files.KEPT and path.parent == run
    }


def ledger(house: House) -> list[tuple[object, ...]]:
    """Every row of the tables that stay."""
    with closing(sqlite3.connect(house.folder / "state" / "clausewatch.db")) as store:
        tables = ("findings", "events", "notices", "counts", "runs", "batches")
        return [row for table in tables for row in store.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]


def test_a_name_is_nowhere_afterwards_and_the_ledger_is_as_it_was(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(left(house, NAME)) == 7
    before, rows = kept(house), ledger(house)
    seen = (house.folder / "state" / "prefect" / "server.log").stat().st_size
    assert cli.run(["erase", "K-10001", *WHY, "--yes"]) == 0
    said = capsys.readouterr().out
    assert left(house, NAME) == []
    assert NAME not in said
    for line in (
        "2  .eml files",
        "3  rendered files",
        "1  own extracts",
        "1  logs",
        "not reached",
        "backups",
    ):
        assert line in said
    after = kept(house)
    assert {name: after[name] for name in after if name != "manifest.json"} == {
        name: before[name] for name in before if name != "manifest.json"
    }
    assert set(rows) <= set(ledger(house))
    assert (house.folder / "state" / "prefect" / "server.log").stat().st_size == seen
    proved = prove_trails(load_settings())
    assert [one["faults"] for one in proved] == [[]]


@time_machine.travel("2026-11-30T23:59:59+00:00", tick=False)
def test_what_went_is_named_in_the_manifest_with_its_hash(house: House) -> None:
    run = house.folder / "out" / RUN
    before = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert cli.run(["erase", "K-10001", *WHY, "--yes"]) == 0
    said = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert said["files"] == before
    gone = {"findings.csv", "findings.xlsx", "report.pdf", "notices/digest-E1006-0123456789abcdef.eml"}
    assert said["erased"] == dict.fromkeys(gone, "2026-11-30")
    assert not any((run / name).exists() for name in gone)
    assert json.loads(seal_folder(run).read_text(encoding="utf-8")) == said


def test_mails_to_a_person_go_and_their_hashes_stay(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    settings = load_settings()
    with erasing.opened(settings) as store:
        address = next(text for text in store.people("E1007")[0].texts if "@" in text)
        assert cli.run(["erase", "E1007", *WHY, "--yes"]) == 0
        assert left(house, address) == []
        assert store.people("E1007")[0].erased
        acts = store.acts("demo").iloc[-1]
        assert acts[["kind", "person", "record", "why"]].tolist() == [
            "erased",
            "E1028",
            "staff:E1007",
            "request 118",
        ]
    with closing(sqlite3.connect(house.folder / "state" / "clausewatch.db")) as db:
        rows = db.execute(
            "SELECT length(content), length(sha256) FROM mails WHERE person_id = 'E1007'"
        ).fetchall()
    assert rows == [(0, 64)] * 3
    assert not list((house.folder / "out" / RUN / "notices").glob("*-E1007-*"))
    capsys.readouterr()
    assert cli.run(["erase", "E1007", *WHY, "--yes"]) == 0
    assert "0  .eml files" in capsys.readouterr().out
    with erasing.opened(settings) as store:
        assert (store.acts("demo")["kind"] == "erased").sum() == 1


@pytest.mark.parametrize("place", ["tasks.forgetting.files.rewrite", "tasks.store.store.Store.forget"])
def test_whoever_is_killed_in_the_middle_runs_again(
    house: House, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(place, killed)
        assert cli.run(["erase", "K-10001", *WHY, "--yes"]) == 130
    assert left(house, NAME)
    assert cli.run(["erase", "K-10001", *WHY, "--yes"]) == 0
    assert left(house, NAME) == []


def waits(store: Store, text: str) -> None:
    mail = EmailMessage()
    mail.set_content(text, cte="base64")
    run = store.runs("demo")["run"].iloc[-1]
    row = MailRow(
        "m" * 16, "E1006", "digest", "a@b.c", ("c@b.c",), "<m@b.c>", mail.as_bytes(), not_before=now()
    )
    with store._write() as connection:
        from tasks.store.commit import _mail

        of = type("R", (), {"source": "demo", "run": run})
        connection.execute(mails.insert().values(**_mail(row, of, 1)))  # type: ignore[arg-type]


def test_a_mail_that_waits_for_somebody_else_is_not_lost(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    with erasing.opened(load_settings()) as store:
        waits(store, f"about {NAME}")
    before = left(house, NAME)
    assert cli.run(["erase", "K-10001", *WHY, "--yes"]) == 1
    assert "1 mails for others" in capsys.readouterr().err
    assert left(house, NAME) == before
    with erasing.opened(load_settings()) as store, store._write() as connection:
        connection.execute(mails.update().where(mails.c.mail == "m" * 16).values(state="sent", settled_at=2))
    assert cli.run(["erase", "K-10001", *WHY, "--yes"]) == 0
    assert "1  mails in the outbox, to others" in capsys.readouterr().out
    assert left(house, NAME) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], "nobody is called so"),
        (["演示"], "are called so: demo: customer K-10001"),
        (["K-10001", "--entity", "cat"], "no kind of person"),
        (["K-10001", "--yes"], "who orders it and why"),
        (["K-10001", "--yes", "--by", "E1028", "--why", f"{NAME} asked"], "names the person"),
    ],
)
def test_wrong_use_erases_nobody(
    house: House, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    before = left(house, NAME)
    assert cli.run(["erase", *words]) == 2
    assert said in capsys.readouterr().err.replace("\n", "")
    assert left(house, NAME) == before


def test_a_name_is_told_from_other_words_and_seen_in_every_dress() -> None:
    assert LATIN.in_text("Dear li wei,")
    assert not LATIN.in_text("Oli Weiss")
    assert LATIN.out_of("to Li Wei <li.wei@example.com>") == "to K-1 <K-1>"
    assert Names(["Müller & Co"], "").in_file("a.html", b"M\xc3\xbcller &amp; Co")
    assert Names(["李四"], "").in_file("a.json", json.dumps("李四").encode())
    assert not Names(["李"], "").in_text("李四")
    assert not Names([], "").in_file("a.html", b"anything")
    assert LATIN.masked(b"1 Li Wei\n") == b"1 ******\n"
    german = Names(["Jörg Straße"], "K-2")
    assert german.out_of("an JÖRG STRASSE, Straßer und jörg straße.") == "an K-2, Straßer und K-2."
    assert german.masked("x JÖRG STRASSE\n".encode()) == b"x *************\n"
    assert Names(["Mas"], "").out_of("Maß") == "Maß"
    assert Names(["\u0130lker"], "K").out_of("A i\u0307LKER") == "A K"


def test_our_own_extracts_still_add_up(tmp_path: Path) -> None:
    extract(tmp_path, ["Li Wei", "open"], 1)
    extract(tmp_path, ["somebody", "open"], 2)
    names = Names(["Li Wei"], "K-1")
    found = files.in_extracts(tmp_path, names)
    assert len(found) == 1
    files.rewrite(found[0], names)
    keys = pa.array(["a", "b"], pa.large_string())
    now_ = {"owner": pa.array(["somebody", "shut"], pa.large_string())}
    diary = remembered(tmp_path, "case", keys, now_, 3 * 10**6, keep=False)
    assert diary.rows["value"].tolist() == ["K-1", "open", "somebody", "shut"]
    changes = changes_of(diary, keys, pa.array([0, 0]).to_numpy())
    assert sorted(changes.new.to_pylist()) == ["K-1", "open", "shut", "somebody"]


def staging(url: str, where: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        if where:
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {where.rstrip('.')}")
        connection.exec_driver_sql(f"CREATE TABLE {where}users (id BIGINT, name TEXT, email VARCHAR(80))")
        connection.exec_driver_sql(
            f"INSERT INTO {where}users VALUES (1, 'Li Wei', 'li.wei@example.com'), (2, 'Wang', ''),"
            " (3, 'Frau ÅSA STRASSE', NULL)"
        )
    engine.dispose()


def test_staging_is_reached_with_what_it_laid_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_database: Database
) -> None:
    monkeypatch.chdir(tmp_path)
    env = {"CLAUSEWATCH_ZENDESK_STAGING": f"sqlite:///{tmp_path}/staging.db"}
    staging(env["CLAUSEWATCH_ZENDESK_STAGING"], "")
    staging(f"sqlite:///{tmp_path}/staging__main_staging.db", "")
    lite = load_mapping(ROOT / "config" / "crm" / "zendesk.yaml", env)
    server = load_mapping(
        ROOT / "config" / "crm" / "zendesk.yaml", {"CLAUSEWATCH_ZENDESK_STAGING": postgres_database.url}
    )
    schema = next(c.landing.schema_ for c in server.file.connections.values() if c.landing)
    staging(postgres_database.url, f"{schema}.")
    staging(postgres_database.url, f"{schema}_staging.")
    names = Names([*LATIN.texts, "Åsa Straße"], "K-1")
    for mapping in (lite, server):
        assert staged(mapping, names, erase=False) == {"crm": 6}
        assert staged(mapping, names, erase=True) == {"crm": 6}
        assert staged(mapping, names, erase=False) == {"crm": 0}
    assert all(b"Li Wei" not in path.read_bytes() for path in tmp_path.glob("*.db"))


def test_a_link_out_of_the_folder_is_not_followed(
    house: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    letter(elsewhere / "a.eml", NAME)
    shutil.copy(elsewhere / "a.eml", elsewhere / "b.eml")
    (house.folder / "out" / "link").symlink_to(elsewhere)
    (house.folder / "out" / "b.eml").symlink_to(elsewhere / "b.eml")
    assert cli.run(["erase", "K-10001", *WHY, "--yes"]) == 0
    assert sorted(path.name for path in elsewhere.iterdir()) == ["a.eml", "b.eml"]


def test_a_reason_is_needed(house: House) -> None:
    settings = load_settings()
    with erasing.opened(settings) as store, pytest.raises(WrongUse, match="who orders it"):
        erasing.erase(settings, store, store.people("K-10001")[0], "E1028", " ")


def test_both_databases_forget_and_keep_the_hash(store: Store) -> None:
    people = pd.DataFrame({"entity": ["staff"], "id": ["E0014"], "code": ["0014"], "name": ["Li Wei"]})
    store.put_directory(SOURCE, people.assign(email="li.wei@example.com", phone=""), BEGIN)
    store.put_directory(SOURCE, people.assign(name="Li Wei-Chen"), BEGIN + timedelta(days=1))
    store.put_directory(SOURCE, people.assign(name="Åsa Straße"), BEGIN + timedelta(days=2))
    assert audit(store, "r1", 100, [Row(1)])
    mail = store.pending_mails(BEGIN)[0]
    store.claim(mail.mail, BEGIN)
    answers = [
        Answer(mail.recipients[0], "sent", 250, "Li Wei took it"),
        Answer("LI.WEI@Example.com", "refused", 550, "no LI WEI, no ÅSA STRASSE here"),
    ]
    store.settle(mail.mail, "sent", BEGIN, answers)
    key = Key("nightly", SOURCE, 1, "2026-10")
    store.expected.add(key, "audit")
    store.expected.begin([key], BEGIN)
    store.expected.settle(
        [key], "failed", BEGIN, "acceptance.xlsx D5: li wei is no member of staff, nor åsa straße"
    )
    entry = store.people("wei-chen")[0]
    assert (entry.entity, entry.id, entry.code, len(entry.texts)) == ("staff", "E0014", "0014", 4)
    assert store.people("ÅSA STRASSE") == [entry]
    names = Names(entry.texts, entry.code)
    found = store.forget(entry, names, "E1", "request", BEGIN)
    assert found.theirs == [mail.mail]
    with store._read() as connection:
        row = connection.execute(select(mails)).one()
        told = [
            str(value)
            for table in METADATA.sorted_tables
            for one in connection.execute(select(table))
            for value in one
        ]
    assert (row.content, row.recipients, row.sha256) == (b"", "", sha256(mail.content).hexdigest())
    assert not [text for text in told if names.in_text(text)]
    assert "acceptance.xlsx D5: 0014 is no member of staff, nor 0014" in told
    assert store.people("E0014")[0].erased
    assert store.trail_faults(SOURCE) == []
    assert not store.resend(mail.mail, BEGIN)
    assert store.expire_mails(BEGIN + timedelta(days=9), BEGIN + timedelta(days=9)) == 0


def test_both_databases_let_the_bytes_of_old_mails_go(store: Store) -> None:
    assert audit(store, "r1", 100, [Row(1), Row(2)])
    first, second = store.pending_mails(BEGIN)
    store.claim(first.mail, BEGIN)
    store.settle(first.mail, "refused", BEGIN)
    later = BEGIN + timedelta(days=400)
    assert store.expire_mails(BEGIN, later) == 0
    assert store.expire_mails(later, later, dry=True) == 1
    assert store.expire_mails(later, later) == 1
    assert store.expire_mails(later, later) == 0
    assert not store.resend(first.mail, later)
    assert [one.content for one in store.pending_mails(later)] == [second.content]
