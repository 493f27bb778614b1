"""``doctor``: what could keep an audit from running or from being believed, each line with what to do."""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from config.clock import now
from config.mapping import load_mapping
from config.settings import load_settings
from flows import cli
from flows.serving import doctor, doctor_house, doctor_reach
from tasks.crm.connections import ways_open
from tasks.demo.build import build_demo
from tasks.store.schema import REVISION
from tests.flow_house import change, copy_house, own_config, own_mapping
from tests.house import ROOT, House
from tests.servers import postgres
from tests.servers.certificates import Certificates
from tests.servers.databases import Database
from tests.servers.processes import LOOPBACK, free_port
from tests.servers.smtp import StartSmtp


@pytest.fixture
def house(demo_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = copy_house(demo_built, tmp_path)
    house.enter(monkeypatch)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
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
        "settings": "ok", "rules": "ok", "mapping": "ok", "coverage": "ok", "crm": "ok", "store": "ok",
        "runs": "warn", "reports": "ok", "people": "ok", "mail": "warn", "fonts": "ok", "disk": "ok",
    }  # fmt: skip
    assert found["coverage"]["found"] == (
        "32 of 32 clauses of ECS that profile core judges are connected; by profile all 80 of 80 clauses"
    )
    assert found["rules"]["found"].startswith("32 cards by profile core; ")
    assert found["people"]["found"] == "config/people.yaml: 8 persons, 2 mailboxes"
    assert REVISION in found["store"]["found"]
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
        "settings": "ok", "rules": "ok", "calendar": "", "mapping": "bad", "coverage": "bad", "store": "bad",
        "clock": "bad", "reports": "ok", "people": "warn", "mail": "warn", "fonts": "ok", "disk": "ok",
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


def test_clocks_that_differ_are_told_with_how_much(
    house: House,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    postgres_database: Database,
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_STORE_URL", postgres_database.url)
    assert lines(capsys)["clock"]["state"] == "ok"
    for seconds, state in ((-30, "warn"), (-300, "bad"), (30, "warn")):
        with time_machine.travel(now() + timedelta(seconds=seconds), tick=True):
            [line] = doctor_reach.time_of(load_settings(), offline=False)
        way = "ahead" if seconds < 0 else "behind"
        assert (line.state, line.found.split()[-1]) == (state, way)
        assert abs(int(line.found.split()[-3]) - abs(seconds)) < 20
    monkeypatch.setenv("CLAUSEWATCH_STORE_URL", "postgresql://u:geheim@10.255.255.1/audit")
    assert cli.run(["doctor", "--offline", "--json"]) == 0
    shown = capsys.readouterr().out
    assert "not tried" in shown
    assert "geheim" not in shown


def test_a_mail_server_is_talked_to_and_gets_no_mail(
    house: House,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    start_smtp: StartSmtp,
    certificates: Certificates,
) -> None:
    server = start_smtp("starttls", login=("audit", "richtig"))
    told = {
        "MAIL": "smtp", "SMTP_HOST": LOOPBACK, "SMTP_PORT": str(server.port), "SMTP_USER": "audit",
        "SMTP_PASSWORD": "richtig", "SMTP_CA_FILE": str(certificates.authority),
        "MAIL_FROM": "Audit <audit@house.test>",
    }  # fmt: skip
    for name, value in told.items():
        monkeypatch.setenv(f"CLAUSEWATCH_{name}", value)
    line = lines(capsys)["mail"]
    assert (line["state"], "lets us in" in line["found"]) == ("ok", True)
    monkeypatch.setenv("CLAUSEWATCH_SMTP_PASSWORD", "geheim")
    [refused] = doctor_reach.mail(load_settings(), offline=False)
    assert "login was refused" in refused.found
    assert "geheim" not in str(refused)
    monkeypatch.delenv("CLAUSEWATCH_SMTP_CA_FILE")
    [unknown] = doctor_reach.mail(load_settings(), offline=False)
    assert "certificate" in unknown.found.lower()
    monkeypatch.setenv("CLAUSEWATCH_SMTP_PORT", str(free_port()))
    [gone] = doctor_reach.mail(load_settings(), offline=False)
    assert [one.state for one in (refused, unknown, gone)] == ["bad"] * 3
    assert server.mails == []


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"CLUSTER": "local"}, "partitions"),
        ({"ACKNOWLEDGE": "[]"}, "repeats"),
        ({"METRICS_PORT": "4200"}, "metrics_port"),
        ({"MAIL": "smtp", "SMTP_USER": "audit"}, "CLAUSEWATCH_SMTP_PASSWORD"),
        ({"MAIL": "smtp", "SMTP_PORT": "465"}, "starttls"),
        ({"MAIL": "smtp"}, "mail_from"),
    ],
)
def test_values_that_do_not_fit_together_are_told(
    told: dict[str, str], word: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(f"CLAUSEWATCH_{name}", value)
    found = list(doctor_house.settings_fit(load_settings()))
    assert {one.state for one in found} == {"warn"}
    assert any(word in one.do for one in found)


def test_roles_that_nobody_holds_and_people_without_address_are_told(house: House) -> None:
    people = own_config(house) / "people.yaml"
    change(people, ("  officer: E1028", "  # nobody is officer: "))
    assert "nobody present is officer" in {one.found for one in doctor_house.people(load_settings())}
    change(people, ("  E1001: {}", "  E1001: {email: boss@example.com}"))
    found = {one.found: one.do for one in doctor_house.people(load_settings())}
    assert "`E1003: {email: ...}`" in found["service_manager E1003 has no address"]
    assert not any(text.startswith("general_manager") for text in found)


def test_a_disk_on_which_few_runs_have_room_is_told(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    run = house.folder / "out" / "demo-2026-10-x"
    run.mkdir(parents=True)
    (run / "manifest.json").write_text("{}", encoding="utf-8")
    free = shutil.disk_usage(house.folder).free
    for share, state in ((5, "warn"), (1, "bad")):
        with (run / "findings.xlsx").open("wb") as file:
            file.truncate(free // share)  # a hole takes no room
        found = list(doctor_house.disk(load_settings()))
        assert [(one.state, "keep_snapshots_days" in one.do) for one in found] == [(state, True)] * 2


def test_a_look_that_itself_breaks_hides_no_other_and_tells_no_secret(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_settings: Any) -> Any:
        raise RuntimeError("postgresql://u:geheim@host/db")

    monkeypatch.setattr(doctor, "fonts", breaks)
    found = lines(capsys, code=1)
    assert "RuntimeError" in found["fonts"]["found"]
    assert "geheim" not in json.dumps(found)
    assert found["disk"]["state"] == "ok"


def test_each_setting_says_where_it_comes_from_and_shows_no_secret(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_STORE_URL", "postgresql://audit:ge@he/im@db/audit?sslpassword=geheim&x=1")
    monkeypatch.setenv("clausewatch_alarm_webhook", "https://hooks.example.com/geheim")
    assert cli.run(["config", "show", "--json"]) == 0
    shown = capsys.readouterr().out
    rows = {one["name"]: (one["value"], one["from"]) for one in json.loads(shown)}
    assert rows["store_url"] == (
        "postgresql://audit:***@db/audit?sslpassword=***&x=1",
        "CLAUSEWATCH_STORE_URL",
    )
    assert rows["alarm_webhook"][1] == "clausewatch_alarm_webhook"
    assert "geheim" not in shown
    assert "im@" not in shown
    lines_of_file = (house.folder / "clausewatch.yaml").read_text(encoding="utf-8").splitlines()
    place, _, line = rows["smtp_port"][1].partition(":")
    assert (place, lines_of_file[int(line) - 1].split(":")[0]) == ("clausewatch.yaml", "smtp_port")
    assert rows["waiver_max_days"][0] == "90"
    assert rows["trail_key"] == ("", "default")


def test_folders_that_others_may_read_are_told(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    (house.folder / "state").chmod(0o755)
    assert lines(capsys)["files"]["do"] == "chmod 700 state"


def test_a_crm_spoken_to_in_the_clear_is_told() -> None:
    far = "postgresql://u:p@crm.example.com/crm?sslmode=disable"
    mapping = load_mapping(ROOT / "config" / "crm" / "creme.yaml", {"CLAUSEWATCH_CREME_URL": far})
    assert "in the clear" in ways_open(mapping)["crm"]
