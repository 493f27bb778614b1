"""The mapping grammar as JSON Schema, for editors; ``config/crm/schema.json`` is this text, and a test says so."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from audits.model import MODEL
from config.mapping.check import ROWS
from config.mapping.model import MappingFile

FILE = Path(__file__).resolve().parent.parent / "crm" / "schema.json"


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The schema as a dictionary; entity names are those of the canonical model."""
    found = MappingFile.model_json_schema(by_alias=True)
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "Clausewatch mapping"
    found["properties"]["entities"]["propertyNames"] = {"enum": sorted(MODEL)}
    found["properties"]["entities"]["properties"] = {name: _entity(name) for name in sorted(MODEL)}
    found["properties"]["change_logs"]["propertyNames"] = {"enum": sorted(MODEL)}
    fields = [f"{name}.{field}" for name, entity in MODEL.items() for field in entity.fields]
    found["properties"]["derive"]["propertyNames"] = {"enum": sorted([*fields, *ROWS, "pause"])}
    return found


def _entity(name: str) -> dict[str, Any]:
    """An entity's block, with the fields that its keys may name."""
    fields = MODEL[name].fields.values()
    stamps = [field.name for field in fields if field.type == "ts"]
    mapped = [field for field in fields if field.type in ("enum", "bool", "keys")]
    meanings = {
        field.name: {"additionalProperties": {"enum": [*field.values, None]}}
        for field in mapped
        if field.type == "enum"
    }
    return {
        "$ref": "#/$defs/EntityMap",
        "properties": {
            "since": {"propertyNames": {"enum": [field.name for field in fields]}},
            "precision": {"propertyNames": {"enum": stamps}},
            "agrees_with": {"propertyNames": {"enum": stamps}},
            "values": {
                "propertyNames": {"enum": [field.name for field in mapped]},
                "properties": meanings,
            },
        },
    }


def schema_text() -> str:
    """The schema as it is committed."""
    return json.dumps(schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_schema(path: Path = FILE) -> None:
    """Write the schema for editors."""
    path.write_text(schema_text(), encoding="utf-8")


def keys_at(path: list[str | int]) -> list[str]:
    """Keys that the grammar knows in the block at ``path`` of a mapping."""
    node: dict[str, Any] = schema()
    for part in path:
        node = _step(_resolved(node), part)
    return sorted(_resolved(node).get("properties", {}))


def _step(node: dict[str, Any], part: str | int) -> dict[str, Any]:
    if isinstance(part, int):
        return dict(node.get("items", {}))
    inner = node.get("properties", {}).get(part, node.get("additionalProperties", {}))
    return inner if isinstance(inner, dict) else {}


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    """Follow ``$ref`` and pick the block among alternatives."""
    for option in node.get("anyOf", ()):
        if "$ref" in option or option.get("type") in ("object", "array"):
            return _resolved(option)
    if "$ref" in node:
        return _resolved(schema()["$defs"][node["$ref"].rpartition("/")[2]])
    return node
