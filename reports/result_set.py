"""What reports render: one result set, and the bytes of its two JSON files.

Nothing is judged here. A result set comes from one run; every file of a report is made of it and of
nothing else, so that all of them say the same, and the same again tomorrow.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypedDict

import pandas as pd

from audits.errors import ClausewatchError

#: The same words in both languages, or a code that needs none.
Say = str | dict[str, str]


class Clock(TypedDict):
    """A limit by one clock; ``authority`` says who decided that it is counted so."""

    clock: str
    authority: Say
    due: str
    counted_us: int
    late_us: int | None
    verdict: str
    deciding: bool


class Stretch(TypedDict):
    """A line of the minute ledger; the stretches follow each other without a gap."""

    start: str
    end: str
    counted_us: int
    uncounted_us: int
    late: bool
    why: Say


#: One fact a verdict rests on: ``field``, ``at`` (ISO instant or ""), ``from`` (provenance), ``value``.
Evidence = TypedDict("Evidence", {"field": str, "at": str, "from": Say, "value": str})


class Day(TypedDict):
    """A day of a limit in working days: its number when counted, else None, and why."""

    date: str
    n: int | None
    why: Say


class Story(TypedDict, total=False):
    """Why one finding is one: shown when it is opened."""

    clocks: list[Clock]
    ledger: list[Stretch]
    days: list[Day]
    evidence: list[Evidence]


@dataclass(frozen=True)
class ResultSet:
    """One run, ready to be written.

    Args:
        results: ``results.json``; a function of snapshot and ``as_of`` alone.
        life: ``life.json``: what depends on the findings' life and on notices.
        obligations: every obligation, met ones too; one row each; ``in_period`` says which are counted.
        findings: the breached obligations of the period, with ``state``, ``marks`` (joined by ``|``),
            ``holder`` and ``notified`` (printable, "" for nobody) beside the columns of ``obligations``;
            ``late_days`` (Int64) where a limit is in working days.
        stories: finding -> why; may lack most findings.
        names: (entity, id) -> printable code or name of a customer, member of staff or team.
    """

    results: dict[str, Any]
    life: dict[str, Any]
    obligations: pd.DataFrame
    findings: pd.DataFrame
    stories: dict[str, Story] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)

    def name(self, entity: str, key: object) -> str:
        """What may be printed for a key: its code or name, else the key itself; "" for none."""
        if key == "" or pd.isna(key):  # type: ignore[call-overload]
            return ""
        return self.names.get((entity, str(key)), str(key))


class BooksDoNotClose(ClausewatchError):
    """A closing sum does not hold: nothing is delivered, the failure is (law 19)."""


class NotJson(ClausewatchError):
    """The result set holds what its JSON may not: a float, or a key that is not text."""


def canonical(document: dict[str, Any]) -> bytes:
    """The one spelling of a document: sorted keys, UTF-8, LF; NotJson where it holds a float (law 2)."""
    for where, value in _leaves(document, ""):
        if isinstance(value, float):
            raise NotJson(f"a float in the results: {value!r}", where, "give integers, or a decimal as text")
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return (text + "\n").encode()


def _leaves(value: object, where: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, below in value.items():
            if not isinstance(key, str):
                raise NotJson(f"a key that is not text: {key!r}", where, "name it by a text")
            yield from _leaves(below, f"{where}/{key}")
    elif isinstance(value, list | tuple):
        for i, below in enumerate(value):
            yield from _leaves(below, f"{where}/{i}")
    else:
        yield where, value


def seal(results: dict[str, Any]) -> str:
    """sha256 of ``results.json`` in hex: what the report is sealed with."""
    return hashlib.sha256(canonical(results)).hexdigest()
