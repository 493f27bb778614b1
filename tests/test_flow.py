"""The nightly audit as a Prefect flow on a private server: tasks, retries, failures, artifacts, parameters."""

import email
import email.policy
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
)
from prefect.client.schemas.objects import FlowRun, State, TaskRun
from prefect.exceptions import ParameterTypeError
from prefect.logging.handlers import APILogWorker

from audits.errors import ClausewatchError
from flows import nightly_audit as audits
from flows.auditing import steps
from flows.auditing.request import AuditRequest
from flows.housekeeping import housekeeping
from flows.mailing import send_mail
from tests.flow_house import DEMO, RUN, copy_house, folders, letters, own_mapping, store_of
from tests.house import House
from tests.servers.smtp import StartSmtp


@pytest.fixture
def client(prefect_api: str) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def house(demo_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str) -> House:
    house = copy_house(demo_built, tmp_path)
    house.enter(monkeypatch)
    return house


def run_flow(request: AuditRequest = DEMO) -> State[Any]:
    """Run it here and now; the state it ends in."""
    return cast("State[Any]", audits.nightly_audit(request, return_state=True))


def seen(client: SyncPrefectClient, state: State[Any]) -> tuple[FlowRun, list[TaskRun]]:
    """What the server knows of the run."""
    assert state.state_details.flow_run_id is not None
    one = FlowRunFilter(id=FlowRunFilterId(any_=[state.state_details.flow_run_id]))
    return client.read_flow_runs(flow_run_filter=one)[0], client.read_task_runs(flow_run_filter=one)


def artifacts(client: SyncPrefectClient, run: UUID) -> dict[str, Any]:
    found = client.read_artifacts(
        artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
    )
    return {str(one.key): one for one in found}


def lines_of(client: SyncPrefectClient, run: UUID) -> list[str]:
    """What the server has of the run's log, its tasks' lines among them."""
    APILogWorker.drain_all(timeout=20)
    found = client.request(
        "POST", "/logs/filter", json={"logs": {"flow_run_id": {"any_": [str(run)]}}, "sort": "TIMESTAMP_ASC"}
    )
    return [str(one["message"]) for one in found.json()]


def letter(path: Path) -> str:
    """A letter's subject and text."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return f"{message['Subject']}\n{body.get_content()}"


def test_the_demo_completes_with_a_task_a_step_and_a_part_and_leaves_its_artifacts(
    house: House, client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_PARTITIONS", "3")
    state = run_flow()
    run, tasks = seen(client, state)
    assert (run.state_name, run.name) == ("Completed", "audit demo ECS 2026-10")
    assert sorted(run.tags) == ["clausewatch", "period:2026-10", "source:demo", "standards:ECS"]
    names = sorted(task.name.rsplit("-", 1)[0] for task in tasks if not task.name.startswith("judge part"))
    assert names == sorted(["extract", "open rulebook", "check freshness", "compare", "send", "render"])
    assert sorted(task.name for task in tasks if task.name.startswith("judge part")) == [
        "judge part 0", "judge part 1", "judge part 2",
    ]  # fmt: skip
    assert {task.state_name for task in tasks} == {"Completed"}
    assert folders(house) == [RUN]
    left = artifacts(client, run.id)
    key = "audit-demo-2026-10"
    assert set(left) == {
        key,
        *(f"{key}-{part}" for part in ("clauses", "extract", "gaps", "report", "index")),
    }
    assert "2026-10" in left[key].data
    rows = {row["clause"]: row for row in json.loads(left[f"{key}-clauses"].data)}
    results = json.loads((house.folder / "out" / RUN / "results.json").read_text(encoding="utf-8"))
    for clause in results["clauses"]:
        row = rows[clause["id"]]
        assert row["population"] == clause["population"]
        assert sum(row[verdict] for verdict in steps.VERDICTS) == clause["population"]
    assert (house.folder / "out" / RUN / "report.html").as_uri() in left[f"{key}-report"].data
    assert (house.folder / "out" / "index.html").as_uri() in left[f"{key}-index"].data
    gaps = {(row["field"], row["records"], row["duties"]) for row in json.loads(left[f"{key}-gaps"].data)}
    assert gaps == {(gap["field"], gap["records"], gap["duties"]) for gap in results["gaps"]}
    said = lines_of(client, run.id)
    extract = next(one for one in said if one.startswith("step=extract "))
    read = sum(row["rows"] for row in json.loads(left[f"{key}-extract"].data))
    assert f"source=demo period=2026-10 rows={read} seconds=" in extract
    assert [one.split()[0] for one in said if one.startswith("step=")] == [
        f"step={step}"
        for step in ("extract", "open_rulebook", "check_freshness", "judge", "compare", "send", "render")
    ]
    with store_of(house) as store:
        people = store.directory("demo")
    words = {
        word for column in ("name", "email", "phone") for word in people[column].dropna() if len(word) > 1
    }
    assert len(words) >= 100
    seen_by_all = "\n".join([*said, *(str(one.data) for one in left.values())])
    assert [word for word in words if word in seen_by_all] == []


def test_a_crm_that_is_down_twice_is_asked_again_and_audited(
    house: House, client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_CRM_RETRIES", "[0, 0, 0]")
    away = shutil.move(house.folder / "state" / "demo" / "crm.db", house.folder / "away.db")
    read: Callable[..., Any] = vars(steps)["read_crm"]
    tries = []

    def back_at_the_third_try(*asked: Any, **named: Any) -> Any:
        tries.append(1)
        if len(tries) == 3:
            shutil.move(away, house.folder / "state" / "demo" / "crm.db")
        return read(*asked, **named)

    def judge_nothing(run: Any, judge_parts: Any) -> None:
        raise ClausewatchError("that is enough for this test")

    monkeypatch.setattr(steps, "read_crm", back_at_the_third_try)
    monkeypatch.setattr(steps, "timed_judging", judge_nothing)
    _, tasks = seen(client, run_flow())
    extract = next(task for task in tasks if task.name.startswith("extract"))
    assert (extract.state_name, extract.run_count, len(tries)) == ("Completed", 3, 3)


def test_a_crm_that_stays_down_fails_the_run_and_the_engineer_is_told(
    house: House, client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_CRM_RETRIES", "[0]")
    (house.folder / "state" / "demo" / "crm.db").unlink()
    run, tasks = seen(client, run_flow())
    assert run.state_name == "Failed"
    assert [(task.state_name, task.run_count) for task in tasks] == [("Failed", 2)]
    told = letter(letters(house)[0])
    assert len(letters(house)) == 1
    assert "[运行失败] demo：extract" in told
    assert "cannot be reached" in told
    assert "state/demo/crm.db" in told
    assert folders(house) == []


def test_a_wrong_mapping_is_not_tried_again_and_the_engineer_of_a_scheduled_run_is_told(
    house: House, client: SyncPrefectClient
) -> None:
    mapping = own_mapping(house, ("t.reported_at AS received_at", "t.reported AS received_at"))
    run, tasks = seen(client, run_flow(AuditRequest(source=mapping, period="2026-10")))
    assert run.state_name == "Failed"
    assert [(task.state_name, task.run_count) for task in tasks] == [("Failed", 1)]
    half = own_mapping(house, ("zone: Asia/Shanghai\n", ""))
    run, tasks = seen(client, run_flow(AuditRequest(source=half, period="2026-10")))
    assert (run.state_name, tasks) == ("Failed", [])
    assert sum("mine.yaml" in letter(path) for path in letters(house)) == 2


@pytest.mark.parametrize("step", ["extract", "judge_part", "compare", "render"])
def test_whatever_step_fails_the_run_fails_and_is_told_and_noted(
    house: House, client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch, start_smtp: StartSmtp, step: str
) -> None:
    server = start_smtp()
    monkeypatch.setenv("CLAUSEWATCH_CRM_RETRIES", "[]")
    for name, value in {
        "MAIL": "smtp",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": server.port,
        "SMTP_SECURITY": "none",
    }.items():
        monkeypatch.setenv(f"CLAUSEWATCH_{name}", str(value))

    def breaks(*_: Any) -> str:
        raise RuntimeError("a cable was pulled")

    breaks.__name__ = step
    if step == "judge_part":
        monkeypatch.setattr(steps, "judge_part", breaks)
    elif step == "extract":
        monkeypatch.setattr(audits, "_EXTRACT", audits.as_task(breaks))
    else:
        monkeypatch.setitem(audits._TASKS, _step(step), audits.as_task(breaks))
    run, _ = seen(client, run_flow())
    assert run.state_name == "Failed"
    failed = [mail for mail in server.mails if "运行失败" in str(mail.message["Subject"])]
    assert [mail.recipients for mail in failed] == [("engineer@example.com",)]
    assert f"demo：{step.removesuffix('_part')}" in str(failed[0].message["Subject"])
    with store_of(house) as store:
        rows = store.runs("demo").to_dict("records")
    noted = [(row["state"], "a cable was pulled" in row["note"]) for row in rows]
    assert noted == ([("failed", True)] if step == "render" else [])
    left = [path.name for name in folders(house) for path in (house.folder / "out" / name).glob("*")]
    assert set(left) <= {"snapshot"}
    assert (house.folder / "out" / "index.html").read_text("utf-8").count("次运行失败") == 1


def _step(name: str) -> steps.Step:
    return next(step for step in audits._TASKS if step.__name__ == name)


def test_a_naive_instant_or_an_unknown_word_is_refused_before_anything_starts(house: House) -> None:
    for wrong, says in (
        ({"as_of": "2026-11-02T02:00:00"}, "timezone"),
        ({"perod": "2026-10"}, "perod"),
        ({"lang": "fr"}, "'zh' or 'en'"),
    ):
        with pytest.raises(ParameterTypeError, match=says):
            audits.nightly_audit(cast("Any", wrong))
    assert folders(house) == []
    schema = audits.nightly_audit.parameters.model_dump_json()
    assert "instant to judge at, with a zone" in schema  # what the UI shows beside the field


def test_a_run_that_an_outage_delayed_reports_the_month_it_was_due_for(house: House) -> None:
    from datetime import datetime

    from config.clock import now
    from config.settings import load_settings
    from flows.auditing.run import AuditRun
    from tasks.crm import extract

    due = datetime.fromisoformat("2026-11-01T02:00:00+08:00")
    late = AuditRun(AuditRequest(source="demo"), load_settings(), {}, due)
    in_time = AuditRun(AuditRequest(source="demo"), load_settings(), {})
    late.prove()
    assert late.mapping is not None
    facts = extract(late.mapping, now=now()).facts  # taken on the second of November
    for run in (late, in_time):
        run.place(facts)
    assert late.period is not None
    assert in_time.period is not None
    assert (late.period.key, in_time.period.key) == ("2026-10", "2026-11")


def test_smaller_flows_name_themselves_and_leave_a_note(house: House, client: SyncPrefectClient) -> None:
    for ran, name, key, says in (
        (housekeeping(return_state=True), "housekeeping", "housekeeping", "保留期限"),
        (send_mail(return_state=True), "send mail", "mails-that-waited", "没有等待"),
    ):
        run, _ = seen(client, ran)
        assert (run.state_name, run.name) == ("Completed", name)
        assert "clausewatch" in run.tags
        left = artifacts(client, run.id)
        assert says in left[key].data
