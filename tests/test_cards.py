"""Cards, standards and bindings: each mistake is told with its file and line; the schema for editors is current."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from audits.context import Context, columns_of
from audits.errors import WrongUse
from audits.model import MODEL
from audits.periods import parse
from config.mapping.lines import read_lined
from config.rule_schemas import FILES, schema_text
from config.rules import HOME, load_readings, load_standards
from tests.facts import ZONE, at, facts_of
from tests.rules_home import changed, copied, loaded
from tests.test_cases import first_installation, shipped_rules

DEVIATIONS = "standards/ecs/2.3-deviations.yaml"
STANDARD = "standards/ecs/standard.yaml"
READINGS = load_readings(HOME / "readings")
BINDINGS = "standards/bindings.yaml"

MISTAKES = yaml.safe_load((Path(__file__).parent / "rule_mistakes.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake["name"])
def test_a_mistake_is_told_with_file_line_and_what_to_do(mistake: dict[str, str], tmp_path: Path) -> None:
    home = changed(copied(tmp_path, "standards"), mistake["file"], mistake["of"], mistake["put"])
    with pytest.raises(WrongUse) as told:
        load_standards(home / "standards", READINGS)
    path, _, line = told.value.where.rpartition(":")
    assert Path(path) == home / mistake["file"]
    assert mistake["says"] in told.value.found
    assert mistake["line"] in (home / mistake["file"]).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert told.value.do


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    home = copied(tmp_path)
    (home / STANDARD).unlink()
    with pytest.raises(WrongUse, match="no such file") as told:
        loaded(home)
    assert told.value.where.endswith("standard.yaml")


def test_cards_stand_in_the_order_of_the_text() -> None:
    cards = list(first_installation("2026-10").cards)
    assert cards[:3] == [f"ECS-1.3-{name}-CONSULT" for name in ("RESPONSE", "RESOLVE", "OVERTIME")]
    assert cards[-1] == "ECS-2.4-SURVEY-RETURN-60"


def test_the_profile_switches_cards_on_and_a_pattern_adds_more(tmp_path: Path) -> None:
    home = changed(copied(tmp_path), BINDINGS, "also: [ECS-2.3-DEV-*]", "also: [ECS-2.3-DEV-LEVEL]")
    assert len(loaded(home).cards) == 26
    assert set(loaded(home, profile="all").cards) == set(shipped_rules("2026-10").cards)
    ours = {card for card in shipped_rules("2026-10").cards if card.startswith("ECS-")}
    assert set(loaded(home, profile="ecs").cards) == ours
    changed(home, BINDINGS, "binding, profile: core", "binding, profile: none")
    assert list(loaded(home).cards) == ["ECS-2.3-DEV-LEVEL"]


def test_a_card_that_people_attest_needs_no_words_of_a_check(tmp_path: Path) -> None:
    card = "{id: ECS-9.9-SMILE, place: 一(二), title: {zh: 微笑, en: Smile}, check: behaviour, auditable: attest, rests_on: scorecard}"
    home = changed(copied(tmp_path), DEVIATIONS, "cards:\n", f"cards:\n  - {card}\n")
    assert loaded(home, profile="all").cards["ECS-9.9-SMILE"].auditable == "attest"


def test_the_example_of_the_guide_is_a_card_that_loads(tmp_path: Path) -> None:
    guide = (HOME.parent / "docs" / "cards.md").read_text(encoding="utf-8")
    example = guide.partition("```yaml\n")[2].partition("```")[0]
    card = "\n".join(line.removeprefix("   ") for line in example.rstrip().splitlines())
    home = changed(copied(tmp_path), "standards/ecs/1.3-time-limits.yaml", "cards:\n", f"cards:\n{card}\n\n")
    assert "ECS-1.2-EXAMPLE-24H" in loaded(home, profile="all").cards


# ---- what a card may name -----------------------------------------------------------------------------
@pytest.mark.parametrize("of", [*MODEL, "matter"])
def test_every_column_that_a_card_may_name_is_there_in_the_view(of: str) -> None:
    facts = facts_of({name: [] for name in MODEL})
    period = parse("2026-10", ZONE)
    context = Context(facts, shipped_rules("2026-10"), at("2026-11-01T00:00+08:00"), period)
    card = next((c for c in shipped_rules("2026-10").cards.values() if c.of == of), None)
    if card is None:
        assert columns_of(of) == {name: field.type for name, field in MODEL[of].fields.items()}
        return
    view = context.view(card)
    derived = {*view.stamps, *view.codes, *view.numbers}
    assert set(columns_of(of)) - set(MODEL[view.base.name].fields) <= derived


def test_no_view_goes_by_a_name_nobody_knows() -> None:
    assert columns_of("cases") == {}


# ---- the schema for editors ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", FILES)
def test_the_committed_schema_is_current(name: str) -> None:
    said = "run: python -c 'from config.rule_schemas import write_schemas; write_schemas()'"
    assert (HOME / name).read_text(encoding="utf-8") == schema_text(name), said


def rule_files() -> list[Path]:
    return [path for name in ("standards", "readings") for path in sorted((HOME / name).rglob("*.yaml"))]


@pytest.mark.parametrize("path", rule_files(), ids=lambda path: path.name)
def test_every_shipped_file_follows_the_schema_and_names_it(path: Path) -> None:
    schema = HOME / path.relative_to(HOME).parts[0] / "schema.json"
    text = path.read_text(encoding="utf-8")
    jsonschema.validate(read_lined(text).data, json.loads(schema.read_text(encoding="utf-8")))
    named = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / named).resolve() == schema


@pytest.mark.parametrize(
    "wrong", [{"colour": "red"}, {"check": "guess"}, {"limit": {"2024-01-01": "soon"}}, {"tells": "the boss"}]
)
def test_the_schema_sees_what_the_loader_refuses(wrong: dict[str, Any]) -> None:
    card = {"id": "ECS-1", "place": "一", "title": {"zh": "题", "en": "title"}, "check": "deadline"} | wrong
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            {"schema": 1, "standard": "ECS", "cards": [card]},
            json.loads(schema_text("standards/schema.json")),
        )
