"""An archived run judged again: the same by the same rules, told clause by clause where it is not; nothing changes."""

import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from audits.errors import ClausewatchError
from config.settings import Settings, load_settings
from flows import cli
from flows.auditing import steps
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from flows.past.replay import NotArchived, replay
from tests.flow_house import RUN, change, copy_house, own_config
from tests.house import House

pytestmark = pytest.mark.slow
CLAUSE = "ECS-1.3-RESPONSE-CONSULT"


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    return house


def contents(house: House) -> dict[str, str]:
    """Every file of the installation by its hash."""
    files = [path for top in ("out", "state") for path in (house.folder / top).rglob("*") if path.is_file()]
    return {path.as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def as_reported_by(house: House, engine: str) -> Path:
    """The report's folder, as if another version had written it."""
    path = house.folder / "out" / RUN / "results.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(found | {"engine": engine}), encoding="utf-8")
    return path.parent


def test_the_same_program_and_rules_say_the_same_to_the_last_key_and_leave_nothing(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(house)
    code = cli.run(["audit", "--snapshot", f"out/{RUN}/snapshot", "--diff"])
    said = " ".join(capsys.readouterr().out.split())
    assert code == 0, said
    assert "identical: every verdict of 2,742, and results.json as a whole" in said
    assert contents(house) == before


def test_by_the_rules_of_today_each_other_figure_and_matter_is_told_and_the_exit_is_1(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = as_reported_by(house, "0.0.9")
    cards = own_config(house) / "standards" / "ecs" / "1.3-time-limits.yaml"
    change(cards, ("2024-01-01: 15 min", "2024-01-01: 14 min"))
    before = contents(house)
    told: list[dict[str, Any]] = []

    def heard(place: Path, settings: Settings, *, current_rules: bool) -> dict[str, Any]:
        told.append(replay(place, settings, current_rules=current_rules))
        return told[-1]

    monkeypatch.setattr("flows.past.replay.replay", heard)
    code = cli.run(["audit", "--snapshot", f"out/{RUN}", "--diff", "--rules", "current"])
    said = capsys.readouterr().out
    assert code == 1, said
    assert contents(house) == before
    for words in (
        "0.0.9 →",
        "rule file changed",
        f"{CLAUSE} limit  15 min → 14 min",
        "16 → 17",
        "T2610-9001",
        "nothing was changed",
    ):
        assert words in said
    found = told[0]
    (clause,) = [one for one in found["clauses"] if one["clause"] == CLAUSE]
    assert (clause["before"]["breached"], clause["after"]["breached"]) == (16, 17)
    new = [one for one in found["findings"] if one["kind"] == "appeared" and one["clause"] == CLAUSE]
    assert len(new) == 1
    assert (new[0]["before"]["verdict"], new[0]["after"]["verdict"]) == ("met", "breached")
    assert found["files"] == {"added": [], "removed": [], "changed": ["standards/ecs/1.3-time-limits.yaml"]}
    archived = replay(folder, load_settings())  # the archived rules know nothing of it
    assert (archived["same"], archived["identical"], archived["parts"]) == (True, False, ["engine"])


def test_what_cannot_be_compared_says_why(house: House) -> None:
    folder = house.folder / "out" / RUN
    for words in (["--diff"], ["--diff", "--snapshot", str(folder), "--rules", "mine"]):
        assert cli.run(["audit", *words]) == 2
    alone = shutil.copytree(folder / "snapshot", house.folder / "alone" / "snapshot")
    with pytest.raises(NotArchived, match=r"no results\.json"):
        replay(alone, load_settings())
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    results["snapshot"]["hash"] = "0" * 64
    (alone.parent / "results.json").write_text(json.dumps(results), encoding="utf-8")
    with pytest.raises(NotArchived, match="another one"):
        replay(alone.parent, load_settings())
    card = next((alone / "rules" / "standards").rglob("*.yaml"))
    card.write_text(card.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(ClausewatchError, match="was changed"):
        replay(alone, load_settings())


@pytest.mark.parametrize(("engine", "beside"), [("0.0.9", True), ("", False)])
def test_another_version_writes_beside_what_was_reported_then(
    house: House, engine: str, *, beside: bool
) -> None:
    folder = house.folder / "out" / RUN
    if engine:
        as_reported_by(house, engine)
    run = AuditRun(AuditRequest(snapshot=folder / "snapshot"), load_settings(), {})
    run.open()
    steps.extract(run)
    run.close()
    assert (run.folder.name != RUN) == beside
    assert run.folder.name.startswith(RUN)
