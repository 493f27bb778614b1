"""The canonical model: every record and field that a clause reads has its place, its type and its names."""

import re
from pathlib import Path

import pytest
import yaml

from audits.model import MODEL, Entity, Field

READ = yaml.safe_load((Path(__file__).parent / "fields_that_clauses_read.yaml").read_text(encoding="utf-8"))
NEEDED = [f"{entity}.{name}" for entity, names in READ.items() for name in names.split()]
FIELDS = [(entity, field) for entity in MODEL.values() for field in entity.fields.values()]
#: Facts that other models keep in a field and this one keeps as records of their own: there -> here.
ELSEWHERE = {
    "case.assignee_changes": "assignment.began_at",
    "case.paused_intervals": "pause.began_at",
    "case.reopened_at": "case_event.kind",
    "scorecard.items": "scorecard_item.verdict",
}
TYPES = {"id", "ref", "code", "enum", "ts", "date", "bool", "int", "decimal", "keys", "text"}


def known(path: str) -> bool:
    entity, _, name = path.partition(".")
    return entity in MODEL and name in MODEL[entity].fields


def test_every_field_that_a_clause_of_the_five_standards_reads_is_in_the_model() -> None:
    assert len(NEEDED) == 352
    assert [path for path in NEEDED if not known(ELSEWHERE.get(path, path))] == []


def test_what_stands_elsewhere_stands_in_one_place_only() -> None:
    assert set(ELSEWHERE) <= set(NEEDED)
    assert [path for path in ELSEWHERE if known(path)] == []


@pytest.mark.parametrize("entity", MODEL.values(), ids=lambda entity: entity.name)
def test_every_record_has_a_key_and_names_in_both_languages(entity: Entity) -> None:
    assert (entity.fields["id"].type, entity.fields["id"].required) == ("id", True)
    names = [(entity.zh, entity.en), *((field.zh, field.en) for field in entity.fields.values())]
    for zh, en in names:
        assert re.search("[一-鿿]", zh), en
        assert en.isascii()
        assert en.strip() == en != ""
    assert list(entity.fields) == [field.name for field in entity.fields.values()]


@pytest.mark.parametrize("entity", MODEL.values(), ids=lambda entity: entity.name)
def test_no_two_fields_of_a_record_go_by_one_name(entity: Entity) -> None:
    """Headers of registers and exports are found by any of the three names."""
    words = [
        (re.sub(r"[\s_]+", "", word).lower(), field.name)
        for field in entity.fields.values()
        for word in {field.name, field.zh, field.en}
    ]
    owner = dict(words)
    assert [(word, name) for word, name in words if owner[word] != name] == []


def test_no_two_records_go_by_one_name() -> None:
    for names in ([e.zh for e in MODEL.values()], [e.en.replace(" ", "_") for e in MODEL.values()]):
        assert len(set(names)) == len(names)
        assert max(map(len, names)) <= 31, "a workbook's sheet has no longer name"


def test_every_list_of_values_is_written_out_and_nothing_else_has_one() -> None:
    for entity, field in FIELDS:
        where = f"{entity.name}.{field.name}"
        assert field.type in TYPES, where
        assert (field.type == "enum") == bool(field.values), where
        assert len(set(field.values)) == len(field.values), where
        assert all(re.fullmatch(r"[A-Za-z][a-z_]*", value) for value in field.values), where


def test_every_reference_names_a_record_of_the_model() -> None:
    for entity, field in FIELDS:
        assert (field.type == "ref") == bool(field.ref), f"{entity.name}.{field.name}"
        assert not field.each or field.type == "keys", f"{entity.name}.{field.name}"
        assert {field.ref, field.each} - {""} <= set(MODEL), f"{entity.name}.{field.name}"


def test_a_table_says_what_a_field_is() -> None:
    assert MODEL["task"].fields["responsible_ids"] == Field(
        "responsible_ids", "keys", "负责R", "responsible (R)", each="staff"
    )
    assert MODEL["case"].fields["received_at"].required
    assert MODEL["proposal"].fields["template_code"].values == ("A", "B", "C")
