"""Officer's orders on the command line: each is checked, kept, and counts from the next audit on."""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from audits.errors import WrongUse
from config.settings import load_settings
from config.trail import key_of
from flows import cli
from flows.auditing.plain import audit_plainly
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from tasks.store import open_store
from tests.flow_house import DEMO, RUN, copy_house, store_of
from tests.house import House

#: The instant of the demo's audit: acts of then count for that audit run again.
AT = "2026-11-02T02:00"
CUSTOMER, CLAUSE = "K-10013", "ECS-2.3-DEV-LEVEL"


def run_in(house: House, request: AuditRequest = DEMO) -> AuditRun:
    with pytest.MonkeyPatch.context() as patch, chdir(house.folder):
        for name, value in house.env.items():
            patch.setenv(name, value)
        return audit_plainly(request, load_settings())


def matters(house: House) -> list[dict[str, Any]]:
    with store_of(house) as store:
        frame = store.findings("demo", "ECS")
    rows = frame[(frame["state"] == "open") & (frame["marks"] == "")].sort_values("finding")
    return [{str(k): v for k, v in row.items()} for row in rows.to_dict("records")]


def order(*words: str) -> None:
    assert cli.run([*words, "--at", AT]) == 0


@pytest.fixture(scope="module")
def lived(demo_audited: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The demo after acts of an officer and a second audit; to be looked at only."""
    house = copy_house(demo_audited, tmp_path_factory.mktemp("lived"))
    with pytest.MonkeyPatch.context() as patch:
        house.enter(patch)
        first, second, third, fourth = (row["finding"] for row in matters(house)[:4])
        order("ack", first, "--by", "e1008", "--note", "part ordered", "--until", "2026-11-05")
        order(
            "waive", second, "--by", "E1007", "--approved-by", "E1003", "--why", "closed for works",
            "--evidence", "letter-118", "--until", "2026-11-06T18:00",
        )  # fmt: skip
        order("dispute", third, "--by", "E1012", "--why", "answered by phone, call 8841")
        order("ack", fourth, "--by", "E1008", "--until", "2026-11-02T02:01")
        run = run_in(house)
        yield {"house": house, "run": run, "findings": (first, second, third, fourth)}


def test_what_people_did_enters_with_the_next_audit_and_changes_no_verdict(lived: dict[str, Any]) -> None:
    run, (first, second, third, _) = lived["run"], lived["findings"]
    known = run.after.set_index("finding")
    assert (known.loc[first, "state"], known.loc[second, "marks"], known.loc[third, "marks"]) == (
        "acknowledged", "waived", "disputed",
    )  # fmt: skip
    assert run.results["marks"] == {"waived": 1, "baseline": 0, "disputed": 1}
    counted = {clause["id"]: clause["counts"] for clause in run.results["clauses"]}
    waived = counted[known.loc[second, "clause"]]
    assert waived["waived"] == 1 <= waived["breached"]
    before = json.loads((lived["house"].folder / "out" / RUN / "results.json").read_text(encoding="utf-8"))
    assert before["totals"] == run.results["totals"]
    assert all(check["holds"] for check in run.results["checks"])
    with store_of(lived["house"]) as store:
        row = store.counts("demo", "ECS").query("waived == 1").iloc[-1]
    assert row["clause"] == known.loc[second, "clause"]


def test_a_report_tells_waivers_and_disputes_with_their_reasons(lived: dict[str, Any]) -> None:
    life, (first, second, third, _) = lived["run"].life, lived["findings"]
    (waiver,) = life["waivers"]
    assert (waiver["finding"], waiver["approved_by"], waiver["covers"], waiver["state"]) == (
        second, "E1003", 1, "in_force",
    )  # fmt: skip
    assert (waiver["why"], waiver["evidence"], waiver["until"]) == (
        "closed for works", "letter-118", "2026-11-06T18:00:00+08:00",
    )  # fmt: skip
    assert [(one["finding"], one["why"]) for one in life["disputes"]] == [
        (third, "answered by phone, call 8841")
    ]
    (taken,) = (one for one in life["acknowledged"] if one["finding"] == first)
    assert (taken["by"], taken["until"], taken["why"]) == (
        "E1008",
        "2026-11-06T00:00:00+08:00",
        "part ordered",
    )
    page = lived["run"].files["report.html"].read_text(encoding="utf-8")
    for said in ("letter-118", "answered by phone, call 8841", "part ordered", life["trail"]["hash"][:8]):
        assert said in page


def test_a_snapshot_holds_the_acts_without_their_words_and_gives_the_same_bytes(
    lived: dict[str, Any], tmp_path: Path
) -> None:
    house, folder = lived["house"], lived["run"].folder
    held = (folder / "snapshot" / "acts" / "acts.json").read_text(encoding="utf-8")
    assert len(json.loads(held)["acts"]) == 4
    for words in ("closed for works", "letter-118", "answered by phone", "part ordered"):
        assert words not in held
    bytes_then = (folder / "results.json").read_bytes()
    other = copy_house(house.folder, tmp_path)
    again = run_in(other, AuditRequest(snapshot=folder / "snapshot"))
    assert (again.folder / "results.json").read_bytes() == bytes_then
    assert again.changes is not None
    assert not again.changes


def test_a_waiver_that_ends_soon_is_told_to_officer_and_engineer(lived: dict[str, Any]) -> None:
    with store_of(lived["house"]) as store:
        told = store.notices("demo")
    rows = told[told["finding"].str.startswith("alert:waiver_ends:")]
    assert sorted(rows["role"]) == ["engineer", "officer"]
    assert rows["finding"].str.endswith("2026-11-06 18:00").all()


def test_the_trail_is_proved_and_a_change_is_named(
    lived: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house = copy_house(lived["house"].folder, tmp_path)
    house.enter(monkeypatch)
    head = lived["run"].life["trail"]
    assert cli.run(["verify", "--source", "demo", "--head", f"{head['batch']}:{head['hash'][:12]}"]) == 0
    assert "✓ demo" in capsys.readouterr().out
    with store_of(house) as store, store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER acts_no_update")
        connection.exec_driver_sql("UPDATE acts SET why = 'it suits us' WHERE kind = 'waived'")
    assert cli.run(["verify", "--json"]) == 1
    (proved,) = json.loads(capsys.readouterr().out)
    assert [fault["what"] for fault in proved["faults"]] == ["changed"]
    key = house.folder / "state" / "trail.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o644)
    assert cli.run(["verify"]) == 2
    assert "chmod 600" in capsys.readouterr().err


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    return house


WHOLE = ("--by", "E1007", "--approved-by", "E1003", "--why", "w", "--evidence", "e", "--until", "2026-11-30")


def without(*options: str) -> tuple[str, ...]:
    pairs = zip(WHOLE[::2], WHOLE[1::2], strict=True)
    return tuple(word for pair in pairs if pair[0] not in options for word in pair)


def test_orders_that_do_not_hold_are_refused_and_nothing_is_kept(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (row["finding"] for row in matters(house)[:2])
    with store_of(house) as store:
        over = store.findings("demo", "ECS").query("state == 'cleared'")["finding"].iloc[0]
    scope = ("--clause", CLAUSE)
    refused: list[tuple[tuple[str, ...], str]] = [
        (("waive", one, *without("--approved-by"), "--approved-by", "e1007"), "approves his own"),
        (("waive", one, *without("--approved-by")), "needs --approved-by"),
        (("waive", one, *without("--evidence")), "needs --evidence"),
        (("waive", one, *without("--until")), "needs an end"),
        (("waive", one, *without("--until"), "--until", "2026-01-01"), "over before it begins"),
        (("waive", one, *without("--until"), "--until", "2027-11-30"), "longer than 90 days"),
        (("waive", *scope, *WHOLE), "a clause and whom it is for"),
        (("waive", one, *scope, *WHOLE), "a finding and a scope"),
        (("waive", *scope, "--customer", "K-0", *WHOLE), "no customer is called 'K-0'"),
        (("waive", "--clause", "ECS-9", "--customer", CUSTOMER, *WHOLE), "has judged 'ECS-9'"),
        (("waive", "--end", "ffffff", "--by", "E1", "--why", "w"), "no such waiver or dispute"),
        (("ack", one), "needs --by"),
        (("ack", "f" * 16, "--by", "E1"), "no such finding"),
        (("ack", over, "--by", "E1"), "the finding is cleared"),
        (("ack", one[:3], "--by", "E1"), "no such finding"),
        (("ack", one, "--by", "E1", "--until", "2026-11-01"), "over already"),
        (("ack", one, "--by", "E1", "--at", "2026-11-02T01:59"), "changes no audit before it"),
        (("ack", one, "--by", "E1", "--at", "2099-01-01"), "lies ahead"),
        (("ack",), "nothing was named"),
        (("dispute", other, "--by", "E1"), "needs --why"),
        (("verify", "--head", "x"), "is no head"),
    ]
    for words, said in refused:
        assert cli.run(list(words)) == 2, words
        assert said in " ".join(capsys.readouterr().err.split()), words
    with store_of(house) as store:
        assert set(store.acts("demo")["kind"]) == {"live"}


def test_a_waiver_of_a_scope_names_its_customer_by_code_and_can_be_ended(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    order("waive", "--clause", CLAUSE, "--customer", CUSTOMER, *WHOLE, "--from", "2026-10-01")
    with store_of(house) as store:
        waiver = store.acts("demo").query("kind == 'waived'").iloc[0]
        known = store.directory("demo").set_index("code")["id"]
    assert waiver["customer_id"] == known[CUSTOMER]
    order("waive", "--end", waiver["act"][:6], "--by", "E1028", "--why", "the works are over")
    assert cli.run(["waive", "--end", waiver["act"], "--by", "E1028", "--why", "again"]) == 2
    capsys.readouterr()
    assert cli.run(["acts", "--json"]) == 0
    kinds = [row["kind"] for row in json.loads(capsys.readouterr().out)]
    assert sorted(kinds) == ["ended", "live", "waived"]


def test_a_list_comes_back_filled_or_its_cells_are_named(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["ack", "--list", "open.xlsx"]) == 0
    assert cli.run(["ack", "--list", "open.xlsx"]) == 2
    book = openpyxl.load_workbook("open.xlsx")
    sheet = book.active
    assert sheet is not None
    assert sheet.max_row == len(matters(house)) + 1
    assert cli.run(["ack", "--read", "open.xlsx"]) == 2
    capsys.readouterr()
    filled = {
        2: ("确认", "E1008", "今天回电", "2026-11-30 17:00"),
        3: ("dispute", "E1012", "", None),
        4: ("later", "", "x", "soon"),
    }
    for line, values in filled.items():
        for place, value in zip("IJKL", values, strict=True):
            sheet[f"{place}{line}"] = value
    book.save("wrong.xlsx")
    assert cli.run(["ack", "--read", "wrong.xlsx"]) == 2
    said = capsys.readouterr().err
    for cell in ("K3", "I4", "J4", "L4"):
        assert f"{cell}:" in said
    with store_of(house) as store:
        assert set(store.acts("demo")["kind"]) == {"live"}
    sheet["K3"], sheet["I4"], sheet["L4"] = "电话已答复", None, None
    sheet["J4"] = sheet["K4"] = None
    book.save("right.xlsx")
    order("ack", "--read", "right.xlsx")
    with store_of(house) as store:
        acts = store.acts("demo").query("kind != 'live'")
    assert sorted(acts["kind"]) == ["acknowledged", "disputed"]
    assert acts["batch"].nunique() == 1
    assert set(acts["why"]) == {"今天回电", "电话已答复"}


def test_going_live_is_refused_while_somebody_would_get_too_much(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def mode() -> str:
        with store_of(house) as store:
            return store.source_state("demo").mode

    assert cli.run(["live", "demo", "--preview", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["would_send"]
    busiest = max(row["busiest_day"] for row in rows)
    assert {"E1006", "E1028"} <= {row["person"] for row in rows}
    assert busiest >= 2
    monkeypatch.setenv("CLAUSEWATCH_LIVE_MAILS_A_DAY", str(busiest - 1))
    assert cli.run(["live", "demo", "--from", "2026-10-01"]) == 1
    assert f"more than {busiest - 1} mails on a day" in " ".join(capsys.readouterr().err.split())
    assert mode() == "preview"
    assert cli.run(["live", "demo", "--pilot", "--from", "2026-10-01"]) == 0
    assert cli.run(["live", "demo", "--from", "2026-10-01", "--force"]) == 2
    assert mode() == "pilot"
    forced = ("--force", "--why", "the backlog is known", "--by", "E1028")
    assert cli.run(["live", "demo", "--from", "2026-10-01", *forced]) == 0
    assert mode() == "live"
    with store_of(house) as store:
        last = store.acts("demo").iloc[-1]
    assert (last["kind"], last["person"], last["why"]) == ("live", "E1028", "the backlog is known")
    monkeypatch.setenv("CLAUSEWATCH_LIVE_MAILS_A_DAY", str(busiest))
    assert cli.run(["live", "demo", "--from", "2026-10-01"]) == 0


def test_a_source_that_was_never_audited_goes_live_only_by_force(
    demo_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy_house(demo_built, tmp_path).enter(monkeypatch)
    assert cli.run(["live", "demo", "--preview"]) == 0
    assert cli.run(["live", "demo", "--from", "2026-10-01"]) == 1
    assert "never audited" in capsys.readouterr().err
    assert cli.run(["live", "demo", "--from", "2026-10-01", "--force", "--why", "a trial"]) == 0


def test_the_key_of_the_trail_is_made_once_and_goes_by_the_environment_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(state=tmp_path / "state")
    made = key_of(settings)()
    assert made == key_of(settings)()
    assert len(made) == 64
    assert os.listdir(tmp_path / "state") == ["trail.key"]  # noqa: PTH208 - the plain list of names
    monkeypatch.setenv("CLAUSEWATCH_TRAIL_KEY", "given")
    assert key_of(load_settings(state=tmp_path / "state"))() == b"given"
    (tmp_path / "state" / "trail.key").write_text("\n", encoding="utf-8")
    with pytest.raises(WrongUse, match="is empty"):
        key_of(settings)()


def test_a_store_asks_for_its_key_only_when_it_writes_a_batch(tmp_path: Path) -> None:
    def no_key() -> bytes:
        raise AssertionError("asked for the key")

    with open_store(f"sqlite:///{tmp_path}/a.db", key=no_key) as store:
        assert store.acts("demo").empty
        assert store.trail_head("demo").batch == 0
