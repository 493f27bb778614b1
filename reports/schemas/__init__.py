"""The published form of ``results.json`` and ``life.json``: JSON Schema, for programs that read them.

A key that these files gain is one line more under ``properties`` of its object, with a ``description`` at the
top, and its name under ``required`` unless it may lack. ``schema`` counts up when a key goes or changes its
meaning.
"""

import json
from importlib.resources import files
from typing import Any, Final

from audits.errors import WrongUse

#: The files that have one, without their ending.
NAMES: Final = ("results", "life")


def schema_text(name: str) -> str:
    """The JSON Schema (2020-12) of ``results.json`` or ``life.json``, as it is published.

    Raises:
        WrongUse: another name.
    """
    if name not in NAMES:
        raise WrongUse(f"no schema of {name!r}", "schema", f"choose from {', '.join(NAMES)}")
    return (files("reports.schemas") / f"{name}.schema.json").read_text("utf-8")


def schema(name: str) -> dict[str, Any]:
    """The same, read."""
    read: dict[str, Any] = json.loads(schema_text(name))
    return read
