"""The two JSON files of a run keep the form that is published, and the form says what it means."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from typer.testing import CliRunner

from audits.errors import WrongUse
from flows.cli import app
from reports.schemas import NAMES, schema, schema_text
from tests.flow_house import RUN
from tests.report_sample import sample


def _told(name: str, document: Any) -> list[str]:
    """What does not fit: add a key that is new to ``reports/schemas``, as its first lines say."""
    found = Draft202012Validator(schema(name)).iter_errors(document)
    return [f"{name}.json {error.json_path}: {error.message[:200]}" for error in found]


@pytest.mark.parametrize(
    "variant",
    [{}, {"signed": False, "preview": True, "without": "qa"}, {"running": True}, {"without": "timing"}],
    ids=["signed", "preview", "running", "no-cases"],
)
def test_what_the_sample_month_writes_has_the_published_form(variant: dict[str, Any]) -> None:
    month = sample(**variant)
    assert _told("results", json.loads(json.dumps(month.results))) == []
    assert _told("life", json.loads(json.dumps(month.life))) == []


@pytest.mark.parametrize("name", NAMES)
def test_what_an_audit_writes_has_the_published_form(demo_audited: Path, name: str) -> None:
    assert _told(name, json.loads((demo_audited / "out" / RUN / f"{name}.json").read_bytes())) == []


def test_a_key_too_many_one_too_few_and_a_float_are_seen() -> None:
    month = json.loads(json.dumps(sample().results))
    clause = {**month["clauses"][0], "score": 7}
    assert "score" in _told("results", {**month, "clauses": [clause]})[0]
    assert (
        "'as_of' is a required property" in _told("results", {k: month[k] for k in month if k != "as_of"})[0]
    )
    assert "0.5" in _told("results", {**month, "totals": {**month["totals"], "met": 0.5}})[0]
    assert "-1" in _told("results", {**month, "totals": {**month["totals"], "met": -1}})[0]


def _objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if part.get("properties"):
            yield part
        for below in part.values():
            yield from _objects(below)


@pytest.mark.parametrize("name", NAMES)
def test_the_form_is_a_schema_that_says_what_each_part_means(name: str) -> None:
    form = schema(name)
    Draft202012Validator.check_schema(form)
    assert [key for key, part in form["properties"].items() if not part.get("description")] == []
    assert all(part["additionalProperties"] is False for part in _objects(form))
    assert all(set(part.get("required", ())) <= set(part["properties"]) for part in _objects(form))


def test_the_command_prints_it() -> None:
    said = CliRunner().invoke(app, ["schema", "life"])
    assert (said.exit_code, said.stdout) == (0, schema_text("life"))
    with pytest.raises(WrongUse, match="'verdicts'"):
        schema("verdicts")
