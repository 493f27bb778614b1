"""Read the answer key: one ``Answer`` for each planted record and clause."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

_HERE: Final = Path(__file__).parent
_ZONE: Final = ZoneInfo("Asia/Shanghai")
#: No obligation of this clause on this record, or one that is not applicable.
SILENT: Final = "silent"
#: Left to the reading of the day: nothing is asserted.
UNSAID: Final = "unsaid"


@dataclass(frozen=True)
class Answer:
    """What one clause must say of one record.

    Args:
        clause: clause id.
        record: printed number of the record, or the month of a cohort (``2026-09``).
        verdict: one of the five, or ``silent``.
        reasons: any of these ``Reason`` names is right; empty = any.
        anchor: instant that names the occurrence where a record has several.
        of: numerator and denominator of a rate, where known.
    """

    clause: str
    record: str
    verdict: str
    reasons: frozenset[str] = frozenset()
    anchor: datetime | None = None
    of: tuple[int, int] | None = None


def answers(part: str) -> list[Answer]:
    """The key of one part: ``cases``, ``acceptances``, ``surveys``, ``quality`` or ``deviations``."""
    told = yaml.safe_load((_HERE / f"answers_{part}.yaml").read_text(encoding="utf-8"))
    return [
        answer
        for record, said in told["answers"].items()
        for answer in _of_record(told, str(record), dict(said))
    ]


def all_answers() -> list[Answer]:
    """The whole key."""
    parts = ("cases", "acceptances", "surveys", "quality", "deviations")
    return [answer for part in parts for answer in answers(part)]


def _of_record(told: dict[str, Any], record: str, said: dict[str, Any]) -> list[Answer]:
    """Every clause of the part speaks or is silent on the record."""
    of = tuple(int(n) for n in said.pop("of").split("/")) if "of" in said else None
    if "all" in said:
        said = dict.fromkeys(told["clauses"], said["all"])
    unknown = set(said) - set(told["clauses"])
    if unknown:
        raise ValueError(f"{record} answers for {', '.join(sorted(unknown))}, which its part does not list")
    full = dict.fromkeys(told["clauses"], SILENT) | told.get("default", {}) | said
    return [
        _answer(told["prefix"] + clause, record, text, (of[0], of[1]) if of and text != SILENT else None)
        for clause, texts in full.items()
        for text in (texts if isinstance(texts, list) else [texts])
        if text != UNSAID
    ]


def _answer(clause: str, record: str, text: str, of: tuple[int, int] | None) -> Answer:
    verdict_and_reasons, _, anchor = text.partition(" @ ")
    verdict, _, reasons = verdict_and_reasons.partition(" ")
    at = datetime.fromisoformat(f"2026-{anchor}").replace(tzinfo=_ZONE) if anchor else None
    return Answer(clause, record, verdict, frozenset(filter(None, reasons.split("|"))), at, of)
