"""Bad input through the command: what was found, where, what to do, the exit code, and nothing half-written."""

import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

import reports
from config.settings import load_settings
from flows import cli
from flows.auditing.plain import audit_plainly
from flows.auditing.request import AuditRequest
from flows.auditing.steps import EmptyExtract
from flows.auditing.summary import summary
from reports.brief import Brief
from tasks.crm.register_sheets import new_register
from tests.flow_house import (
    DEMO,
    RUN,
    change,
    copy_house,
    folders,
    letters,
    listing,
    own_config,
    own_mapping,
    store_of,
)
from tests.house import House
from tests.report_sample import sample
from tests.servers.databases import Database
from tests.servers.processes import LOOPBACK, free_port


@pytest.fixture
def house(demo_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str) -> House:
    """The demo, built and live, never audited; a CRM that does not answer is not asked again."""
    house = copy_house(demo_built, tmp_path)
    house.enter(monkeypatch)
    monkeypatch.setenv("CLAUSEWATCH_CRM_RETRIES", "[]")
    monkeypatch.setenv("COLUMNS", "300")
    return house


def hashes(house: House) -> dict[str, str]:
    """What lies in the demo's run, by its content."""
    folder = house.folder / "out" / RUN
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def refusal(
    house: House, capsys: pytest.CaptureFixture[str], *words: str, code: int, kept: tuple[str, ...] = ()
) -> str:
    """What the command says when it ends with this code and leaves all as it was but for folders in ``kept``.

    A run that could not judge is told to the engineer, what was asked wrongly is not.
    """
    before = listing(house)
    capsys.readouterr()
    found = cli.run(["audit", "--period", "2026-10", *words])
    out, err = capsys.readouterr()
    assert found == code, out + err
    new = [name for name in listing(house) if name not in before]
    assert [name for name in new if not name.startswith(kept or ("-",))] == []
    assert folders(house) == sorted({one.split("/")[1] for one in kept if one.startswith("out/")})
    assert len(letters(house)) == (code == 3)
    with store_of(house) as store:
        assert store.findings("demo", "ECS").empty
        assert store.notices("demo").empty
    for heading in ("位置", "怎么办", f"退出码 {code}"):
        assert heading in err, err
    assert ("什么都没有写下" in err) == (not kept)
    assert "Traceback" not in err
    return " ".join(err.split())


def test_a_column_the_crm_does_not_have(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = own_mapping(house, ("t.reported_at AS received_at", "t.reported AS received_at"))
    text = refusal(house, capsys, "--source", mapping, code=3)
    assert "no such column: t.reported" in text
    assert "mine.yaml:" in text
    assert "correct the SELECT" in text


def test_half_a_mapping(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = own_mapping(house, ("    decoder: columns\n", ""), ("zone: Asia/Shanghai\n", ""))
    text = refusal(house, capsys, "--source", mapping, code=2)
    assert "decoder" in text
    assert "zone" in text
    assert "mine.yaml:" in text


def test_a_mapping_whose_connection_waits_for_the_environment(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = own_mapping(house, (', default: "sqlite:///state/demo/crm.db"', ""))
    assert "CLAUSEWATCH_CRM_URL is not set" in refusal(house, capsys, "--source", mapping, code=2)


def test_a_statement_that_would_write(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = own_mapping(
        house, ("SELECT g.code AS id, g.code,", "DELETE FROM support_groups; SELECT g.code AS id, g.code,")
    )
    text = refusal(house, capsys, "--source", mapping, code=2)
    assert "mine.yaml:" in text
    with closing(sqlite3.connect(house.folder / "state" / "demo" / "crm.db")) as crm:
        assert crm.execute("SELECT count(*) FROM support_groups").fetchone()[0] > 0


def test_a_crm_that_is_down(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_CRM_URL", f"postgresql://reader:geheim@{LOOPBACK}:{free_port()}/crm")
    text = refusal(house, capsys, code=3)
    assert "cannot be reached" in text
    assert "geheim" not in text + letters(house)[0].read_text(encoding="utf-8")
    assert "host, port" in text


def test_a_refused_login(
    house: House,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    postgres_database: Database,
) -> None:
    monkeypatch.setenv(
        "CLAUSEWATCH_CRM_URL", postgres_database.url.replace(f":{postgres_database.password}@", ":geheim@")
    )
    text = refusal(house, capsys, code=3)
    assert "refuses the login" in text
    assert "geheim" not in text
    assert "user, password" in text


def test_a_crm_that_answers_too_slowly(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A number of steps that no machine takes in a second, in the CRM's own SQL.
    slow = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000000) SELECT count(*) FROM n)"
    mapping = own_mapping(
        house,
        ('sqlite:///state/demo/crm.db"}', 'sqlite:///state/demo/crm.db", statement_timeout: 1}'),
        ("a.name, a.industry,", f"a.name, {slow} AS industry,"),
    )
    text = refusal(house, capsys, "--source", mapping, code=3)
    assert "did not answer in time" in text
    assert "statement_timeout" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--as-of", "2026-11-02T01:00"), "has no zone"),
        (("--as-of", "2026-11-02T02:00:00.000001+08:00"), "later than the extract"),
        (("--as-of", "2099-01-01T00:00+08:00"), "lies ahead"),
        (("--period", "2026-11-03"), "begins after the audit's instant"),
        (("--period", "2031-01"), "begins after the audit's instant"),
        (("--period", "2026-13"), "2026-13"),
    ],
)
def test_instants_and_periods_that_cannot_be_judged(
    house: House, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    assert says in refusal(house, capsys, *words, code=2)


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("standards/ecs/1.3-time-limits.yaml", "limit: {2024-01-01: 15 min}", "limit: {2024-01-01: 15 min 1 h}", "1.3-time-limits.yaml:"),
        ("calendars/hours.yaml", "id: office", "id: bureau", "office"),
        ("calendars/cn.yaml", "schema: 1", "schema: 9", "cn.yaml"),
        ("readings/limits.yaml", "- id: limit_start", "- id: start_of_limit", "limit_start"),
    ],
)  # fmt: skip
def test_rules_that_contradict_themselves_are_named_where_people_edit_them(
    house: House, capsys: pytest.CaptureFixture[str], name: str, old: str, new: str, says: str
) -> None:
    change(own_config(house) / name, (old, new))
    text = refusal(house, capsys, code=2)
    assert says in text
    assert "out/" not in text


def test_a_rule_file_that_is_missing(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    (own_config(house) / "calendars" / "company.yaml").unlink()
    assert "company.yaml" in refusal(house, capsys, code=2)


def test_a_register_with_wrong_cells_has_all_of_them_named(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    path = next((house.folder / "state" / "demo" / "registers").glob("*.xlsx"))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    stamps = [cell for cell in sheet[3] if isinstance(cell.value, datetime)][:2]
    assert len(stamps) == 2
    places = [f"{sheet.title}!{cell.coordinate}" for cell in stamps]
    for cell in stamps:
        cell.value = "next Tuesday"
    book.save(path)
    text = refusal(house, capsys, code=3)
    assert "2 places" in text
    assert all(place in text for place in places)
    assert cli.run(["register", "check", str(path.parent)]) == 3
    shown = capsys.readouterr().err
    assert all(place in shown for place in places)


def empty_the_crm(house: House) -> None:
    with closing(sqlite3.connect(house.folder / "state" / "demo" / "crm.db")) as crm:
        for (table,) in crm.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            crm.execute(f"DELETE FROM {table}")
        crm.commit()
    registers = house.folder / "state" / "demo" / "registers"
    shutil.rmtree(registers)
    new_register(["acceptance", "deliverable", "follow_up", "task"], registers / "empty.xlsx")


def test_a_crm_without_a_row_is_not_a_clean_one(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    empty_the_crm(house)
    text = refusal(house, capsys, code=3, kept=(f"out/{RUN}/snapshot/", "state/demo/registers/"))
    assert "no row at all" in text
    assert f"留下 out/{RUN}/snapshot" in text


def test_an_empty_extract_is_told_to_the_officer_too(
    demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    empty_the_crm(house)
    with pytest.raises(EmptyExtract) as error:
        audit_plainly(DEMO, load_settings())
    assert sorted(path.name.split("-")[1] for path in letters(house)) == ["E1028", "engineer"]
    assert "told: engineer@example.com written" in error.value.__notes__[-1]


def test_what_cannot_be_understood_or_counted_is_a_gap_in_a_usable_report(
    demo_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = copy_house(demo_built, tmp_path)
    house.enter(monkeypatch)
    calendar = own_config(house) / "calendars" / "cn.yaml"
    known = calendar.read_text(encoding="utf-8").partition("  2026:\n")[0]  # 2026 was never imported
    calendar.write_text(known.replace("known_through: 2026", "known_through: 2025"), encoding="utf-8")
    mapping = own_mapping(house, ("        投诉: complaint\n", ""))
    run = audit_plainly(AuditRequest(source=mapping, period="2026-10"), load_settings())
    gaps = {(gap["field"], gap["reason"]): gap for gap in run.results["gaps"]}
    assert gaps["case.service_type", "UNMAPPED_VALUE"]["records"] > 20
    assert any(reason == "BEYOND_CALENDAR" for _, reason in gaps)
    clauses = {one["id"]: one["counts"] for one in run.results["clauses"]}
    assert clauses["ECS-1.3-RESPONSE-COMPLAINT"]["no_data"] > 20
    assert clauses["ECS-1.3-RESPONSE-CONSULT"]["met"] > 100  # what is understood is judged as ever
    assert clauses["ECS-2.4-ACCEPT-5WD"]["no_data"] > 0
    assert clauses["ECS-2.4-ACCEPT-5WD"]["met"] > 0  # within five days whatever the holidays
    assert all(check["holds"] for check in run.results["checks"])
    text = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "case.service_type" in text
    needs = {need.where for need in Brief(summary(run), "zh").needs()}
    assert "case.service_type" in needs


@pytest.fixture
def aside(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs lay aside what they have not finished."""
    folder = tmp_path_factory.mktemp("aside")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """As on a full disk: no file grows beyond this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_too_full_for_the_store(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    with file_size_limit(10_000):
        assert cli.run(["audit", "--period", "2026-10"]) == 3
    err = " ".join(capsys.readouterr().err.split())
    assert "could not be written" in err
    assert "Free some space" in err
    assert (folders(house), len(letters(house))) == ([], 1)


def test_a_disk_too_full_for_the_snapshot(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    with store_of(house), file_size_limit(40_000):  # room for what SQLite needs to read, not for the cases
        text = refusal(house, capsys, code=3)
    assert "snapshot cannot be written" in text
    assert "make room" in text


def test_a_disk_too_full_for_the_report_leaves_the_last_one_whole(
    demo_audited: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    prefect_api: str,
) -> None:
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    before = hashes(house)
    with file_size_limit(200_000):
        assert cli.run(["audit", "--period", "2026-10"]) == 3
    err = " ".join(capsys.readouterr().err.split())
    assert "cannot be written" in err
    assert "make room" in err
    assert hashes(house) == before
    assert cli.run(["audit", "--period", "2026-10"]) == 0
    assert hashes(house).keys() == before.keys()


def test_a_disk_too_full_for_the_workbook_keeps_no_half_of_it_aside(tmp_path: Path, aside: Path) -> None:
    with file_size_limit(10_000), pytest.raises(FileCreateError, match="too large"):
        reports.write(sample(), tmp_path, "en", ("findings.xlsx",))
    assert [*tmp_path.iterdir(), *aside.iterdir()] == []


def test_a_store_that_another_process_holds(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_STORE_WAIT_S", "0")
    with store_of(house):
        pass
    with closing(sqlite3.connect(house.folder / "state" / "clausewatch.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        before = listing(house)
        assert cli.run(["audit", "--period", "2026-10"]) == 3
        err = " ".join(capsys.readouterr().err.split())
        assert "Another process is writing to the store" in err
        assert "run again" in err
        other.rollback()
    assert len(letters(house)) == 1
    assert [name for name in listing(house) if name not in before and "/snapshot/" not in name] == []


def test_a_store_that_is_no_store(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    (house.folder / "state" / "clausewatch.db").write_text("not a database at all, but long enough" * 200)
    assert cli.run(["audit", "--period", "2026-10"]) == 3
    err = capsys.readouterr().err
    assert "clausewatch.db" in err
    assert "do not delete" in err
    assert folders(house) == []


def test_a_demo_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, aside: Path
) -> None:
    house = House(tmp_path)
    house.enter(monkeypatch)
    with file_size_limit(10_000):
        assert cli.run(["demo"]) == 3
    assert "make room" in capsys.readouterr().err
    assert (listing(house), list(aside.iterdir())) == ([], [])
    shutil.rmtree(tmp_path / "state", ignore_errors=True)
