"""The officer signs a reading on the command line: dated, with a reason, never half, never behind a back."""

import json
import shutil
from pathlib import Path

import pytest
import time_machine

from config.rules import load_readings, load_standards
from flows import cli
from tests.house import ROOT, House

SIGN = ("readings", "sign", "clock_choice", "--by", "E0003", "--why", "as the text says")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house with rules of its own to sign."""
    home = House(tmp_path)
    home.enter(monkeypatch)
    for name in ("standards", "readings"):
        shutil.copytree(ROOT / "config" / name, tmp_path / "own" / name)
    monkeypatch.setenv("CLAUSEWATCH_RULES", "own")
    return home


def signatures(house: House) -> Path:
    return house.folder / "own" / "readings" / "signatures.yaml"


@time_machine.travel("2026-10-05T03:00:00+00:00", tick=False)
def test_a_decision_stands_dated_and_counts_from_its_day_on(house: House) -> None:
    assert cli.run([*SIGN, "--option", "open_hours", "--from", "2026-11-01"]) == 0

    reading = load_readings(house.folder / "own" / "readings")["clock_choice"]
    (signed,) = reading.signatures
    assert (signed.option, signed.by, signed.on, signed.from_) == (
        "open_hours", "E0003", "2026-10-05", "2026-11-01",
    )  # fmt: skip
    assert signed.why == "as the text says"


@time_machine.travel("2026-10-05T20:00:00+00:00", tick=False)
def test_the_day_is_the_business_zones_and_what_was_signed_before_stays(house: House) -> None:
    before = signatures(house).read_text(encoding="utf-8")
    assert cli.run([*SIGN, "--option", "open_hours"]) == 0
    hard = "“quoted”: {braces}, # no comment\nsecond line 中文"
    words = ["readings", "sign", "clock_choice", "--by", "E0003", "--option", "elapsed", "--why", hard]
    assert cli.run([*words, "--clause", "ECS-1.3-RESPONSE-CONSULT"]) == 0

    text = signatures(house).read_text(encoding="utf-8")
    first, second = load_readings(house.folder / "own" / "readings")["clock_choice"].signatures
    assert text.startswith(before.replace("signatures: []\n", "signatures:\n"))
    assert first.on == "2026-10-06"
    assert second.why == hard
    assert second.clauses == ("ECS-1.3-RESPONSE-CONSULT",)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--option", "nonsense"], "has no option 'nonsense'"),
        (["--option", "elapsed", "--clause", "ECS-1.3-RESPONSE-CONSULTT"], "has no card"),
        (["--option", "elapsed", "--from", "2026-09-30"], "lies in a closed period"),
        (["--option", "elapsed", "--why", "  "], "--why is blank"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_file_stays_as_it_was(
    house: House, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    before = signatures(house).read_bytes()
    with time_machine.travel("2026-10-05T03:00:00+00:00", tick=False):
        assert cli.run([*SIGN, *words]) == 2

    assert said in " ".join(capsys.readouterr().err.split())
    assert signatures(house).read_bytes() == before
    assert {path.suffix for path in signatures(house).parent.iterdir()} == {".json", ".yaml"}


def test_a_closed_period_is_restated_only_where_that_is_asked(house: House) -> None:
    with time_machine.travel("2026-10-05T03:00:00+00:00", tick=False):
        assert cli.run([*SIGN, "--option", "open_hours", "--from", "2026-09-01", "--restates"]) == 0


def test_the_list_shows_what_each_choice_changed_by_the_newest_audit(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    effect = {"id": "clock_choice", "effect": True}
    options = [{"key": "elapsed", "breached": 12}, {"key": "open_hours", "breached": 1234}]
    run = house.folder / "out" / "demo-2026-10"
    run.mkdir(parents=True)
    (run / "results.json").write_text(json.dumps({"readings": [{**effect, "options": options}]}))

    assert cli.run(["readings", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["id"] == "clock_choice"  # unsigned, and it changes figures: first
    assert [option["breached"] for option in rows[0]["options"]] == [12, 1234]
    assert [row["id"] for row in rows if row["counted"]] == ["clock_choice"]
    assert cli.run(["readings", "--lang", "en"]) == 0
    text = capsys.readouterr().out
    assert "1,234 breached" in text
    assert "1 of them change figures" in text


def test_the_list_holds_what_cards_in_use_rest_on_and_all_only_when_asked(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["readings", "--json"]) == 0
    used = {row["id"] for row in json.loads(capsys.readouterr().out)}
    assert cli.run(["readings", "--json", "--all"]) == 0
    every = {row["id"] for row in json.loads(capsys.readouterr().out)}

    readings = load_readings(ROOT / "config" / "readings")
    _, cards = load_standards(ROOT / "config" / "standards", readings, "core")
    assert used == {name for card in cards.values() for name in card.readings}
    assert used < every
    assert every == set(readings)
