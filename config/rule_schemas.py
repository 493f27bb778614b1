"""The grammar of rule files as JSON Schema, for editors; the committed files are this text, and a test says so."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from config.rule_files import (
    BindingsFile,
    CardsFile,
    OverlaysFile,
    ReadingsFile,
    SignaturesFile,
    StandardFile,
)

HOME = Path(__file__).resolve().parent
FILES: dict[str, TypeAdapter[Any]] = {
    "standards/schema.json": TypeAdapter(CardsFile | StandardFile | BindingsFile | OverlaysFile),
    "readings/schema.json": TypeAdapter(ReadingsFile | SignaturesFile),
}


def schema_text(name: str) -> str:
    """One schema as it is committed."""
    found = FILES[name].json_schema(by_alias=True)
    found |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"Clausewatch {name[:-12]}"}
    return json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_schemas(home: Path = HOME) -> None:
    """Write both schemas for editors."""
    for name in FILES:
        (home / name).write_text(schema_text(name), encoding="utf-8")
