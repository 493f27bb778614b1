"""What Prometheus is told: the figures of the demo, fresh when asked, and nothing of records or people."""

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from audits.errors import WrongUse
from config.settings import load_settings
from flows.past.archive import Kept
from flows.serving.metrics import exposition, serving
from tests.flow_house import RUN, copy_house
from tests.house import House
from tests.servers.processes import free_port


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    return house


def figures(text: str) -> dict[tuple[str, str], float]:
    """(name, its labels' values in the order of their names) -> figure."""
    return {
        (
            one.name.removeprefix("clausewatch_"),
            " ".join(one.labels[key] for key in sorted(one.labels)),
        ): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_figures_are_those_of_the_newest_report_and_of_the_store(house: House) -> None:
    said = figures(exposition(load_settings()))
    results = json.loads((house.folder / "out" / RUN / "results.json").read_bytes())
    life = json.loads((house.folder / "out" / RUN / "life.json").read_bytes())
    for word in ("met", "breached", "pending", "not_applicable", "no_data"):
        assert said["verdicts", f"demo {word}"] == results["totals"][word]
    share = results["totals"]["no_data"] / results["totals"]["population"]
    assert said["data_gap_ratio", "demo"] == pytest.approx(share)
    assert said["detection_delay_seconds", "0.95 demo"] == life["detection"]["p95_us"] / 1_000_000
    assert (
        said["mails", "demo written"] == len(list((house.folder / "out" / RUN / "notices").glob("*.eml"))) > 0
    )
    assert said["mails", "demo unknown"] == 0, "also where there is none, so that an alarm can be written"
    assert said["findings", "demo ECS open"] == life["since"]["open_now"]
    assert said["run_duration_seconds", "demo ECS"] > 0
    assert {said["up", part] for part in ("calendar", "runs", "waiting", "schedules", "reports")} == {1}


def test_they_hold_no_record_and_no_person(house: House) -> None:
    text = exposition(load_settings())
    report = (house.folder / "out" / RUN / "findings.csv").read_text("utf-8-sig")
    labels = set(re.findall(r'="([^"]*)"', text))
    cells = {cell for line in report.splitlines()[1:] for cell in line.split(",") if len(cell) > 3}
    assert labels & cells == set()


def test_a_store_that_cannot_be_read_is_said_and_the_rest_still_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_STORE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    said = figures(exposition(load_settings()))
    assert (said["up", "runs"], said["up", "calendar"]) == (0, 1)
    assert ("calendar_horizon_days", "CN") in said
    assert not any(name == "extract_age_seconds" for name, _ in said)


def test_a_report_of_another_version_is_said_and_the_rest_still_told(house: House) -> None:
    life = house.folder / "out" / RUN / "life.json"
    said = json.loads(life.read_bytes())
    life.write_text(json.dumps({name: said[name] for name in said if name != "detection"}), encoding="utf-8")
    told = figures(exposition(load_settings()))
    assert (told["up", "reports"], told["up", "runs"], told["findings", "demo ECS open"] > 0) == (0, 1, True)


def test_reports_that_are_as_they_were_are_read_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    read, reads = Kept.read, list[str]()

    def counted(one: Kept, name: str) -> dict[str, Any]:
        reads.append(name)
        return read(one, name)

    monkeypatch.setattr(Kept, "read", counted)
    first = exposition(load_settings())
    assert sorted(reads) == ["life.json", "results.json"]
    assert figures(exposition(load_settings())).keys() == figures(first).keys()
    assert len(reads) == 2, "nothing is new"
    path = house.folder / "out" / RUN / "results.json"
    said = json.loads(path.read_bytes())
    said["totals"]["met"] += 1
    path.write_text(json.dumps(said), encoding="utf-8")
    told = figures(exposition(load_settings()))
    assert told["verdicts", "demo met"] == figures(first)["verdicts", "demo met"] + 1
    assert sorted(reads) == ["life.json", "results.json", "results.json"]


def test_prometheus_reads_them_from_loopback_and_a_taken_port_is_refused(house: House) -> None:
    port = free_port()
    with serving(load_settings(), port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            assert answer.status == 200
            assert ("books_closed", "demo") in figures(answer.read().decode())
        with pytest.raises(WrongUse, match="cannot be served"), serving(load_settings(), port):
            pass
