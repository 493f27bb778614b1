"""``doctor``: what could keep an audit from running or from being believed, each line with what to do."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from config.mapping import load_mapping
from flows import cli
from tasks.crm.connections import ways_open
from tasks.demo.build import build_demo
from tests.flow_house import change, copy_house, own_config, own_mapping
from tests.house import ROOT, House
from tests.servers import postgres
from tests.servers.databases import Database
from tests.servers.processes import LOOPBACK, free_port


@pytest.fixture
def house(demo_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = copy_house(demo_built, tmp_path)
    house.enter(monkeypatch)
    return house


def lines(capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, dict[str, Any]]:
    """Its lines by what they are about; the gravest where there are several."""
    capsys.readouterr()
    assert cli.run(["doctor", "--json"]) == code
    found: dict[str, dict[str, Any]] = {}
    for line in sorted(
        json.loads(capsys.readouterr().out), key=lambda one: ["ok", "warn", "bad"].index(one["state"])
    ):
        found[line["what"]] = line
    return found


def test_the_demo_is_well_but_for_what_a_newcomer_has_not_done(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("out", "state"):
        if (house.folder / name).exists():
            (house.folder / name).chmod(0o700)  # as the command makes them
    found = lines(capsys)
    assert {what: line["state"] for what, line in found.items() if what != "calendar"} == {
        "rules": "ok", "mapping": "ok", "crm": "ok", "store": "ok", "runs": "warn", "people": "ok",
        "mail": "warn",
    }  # fmt: skip
    assert "cannot write" in found["crm"]["found"]
    assert cli.run(["doctor"]) == 0
    text = capsys.readouterr().out
    assert all(what in text for what in found)


@pytest.mark.parametrize(
    ("day", "state"), [("2026-10-01", "ok"), ("2026-11-20", "warn"), ("2027-01-20", "warn")]
)
def test_a_calendar_that_ends_soon_is_to_be_imported(
    house: House, capsys: pytest.CaptureFixture[str], day: str, state: str
) -> None:
    with time_machine.travel(f"{day}T02:00:00+08:00", tick=False):
        line = lines(capsys)["calendar"]
    assert (line["state"], "2026-12-31" in line["found"]) == (state, True)
    assert ("calendar import" in line["do"]) == (state == "warn")


def test_a_crm_that_is_not_there_is_bad(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_CRM_URL", f"postgresql://reader:geheim@{LOOPBACK}:{free_port()}/crm")
    line = lines(capsys, code=1)["mapping"]
    assert line["state"] == "bad"
    assert "cannot be reached" in line["found"]
    assert "geheim" not in json.dumps(line)
    assert "host, port" in line["do"]


def test_what_is_wrong_in_one_place_hides_no_other(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_SOURCE", own_mapping(house, ("schema: 1", "schema: 7")))
    monkeypatch.setenv("CLAUSEWATCH_STORE_URL", "mysql://audit@db/audit")
    people = change(own_config(house) / "people.yaml", ("  engineer: engineer@example.com\n", ""))
    found = lines(capsys, code=1)
    assert {what: line["state"] for what, line in found.items()} | {"calendar": ""} == {
        "rules": "ok", "calendar": "", "mapping": "bad", "store": "bad", "people": "warn", "mail": "warn",
    }  # fmt: skip
    assert "mine.yaml:" in found["mapping"]["found"]
    assert "sqlite" in found["store"]["do"]
    assert "engineer" in found["people"]["do"]
    people.write_text("schema: 1\nroles: [", encoding="utf-8")
    assert "people.yaml" in lines(capsys, code=1)["people"]["found"]


def test_mail_in_the_clear_to_another_host_is_bad(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_MAIL", "smtp")
    assert lines(capsys)["mail"]["state"] == "ok"
    monkeypatch.setenv("CLAUSEWATCH_SMTP_HOST", "mail.example.com")
    monkeypatch.setenv("CLAUSEWATCH_SMTP_SECURITY", "none")
    assert "starttls" in lines(capsys, code=1)["mail"]["do"]


def test_a_role_that_may_write_to_the_crm_is_bad_and_its_rights_are_named(
    house: House,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    postgres_database: Database,
) -> None:
    build_demo(house.folder / "state" / "demo", postgres_database.url)
    with postgres.postgres_reader(postgres_database) as reader:
        monkeypatch.setenv("CLAUSEWATCH_CRM_URL", reader.url)
        assert lines(capsys)["crm"]["state"] == "ok"
        engine = sa.create_engine(postgres_database.url)
        with engine.begin() as connection:
            connection.exec_driver_sql(f"GRANT UPDATE ON tickets TO {reader.user}")
        engine.dispose()
        line = lines(capsys, code=1)["crm"]
    assert (line["state"], "may write" in line["found"]) == ("bad", True)
    assert "UPDATE" in line["do"]
    assert "tickets" in line["do"]


def test_folders_that_others_may_read_are_told(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    (house.folder / "state").chmod(0o755)
    assert lines(capsys)["files"]["do"] == "chmod 700 state"


def test_a_crm_spoken_to_in_the_clear_is_told() -> None:
    far = "postgresql://u:p@crm.example.com/crm?sslmode=disable"
    mapping = load_mapping(ROOT / "config" / "crm" / "creme.yaml", {"CLAUSEWATCH_CREME_URL": far})
    assert "in the clear" in ways_open(mapping)["crm"]
