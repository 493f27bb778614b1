"""Our side: the same Parquet as facts, judged by the product's own rules, and the same outputs taken from it."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audits.cards import Reading, Readings, Signature
from audits.context import Judgement
from audits.facts import EntityFacts, Facts
from audits.judge import Judged, audit
from audits.keys import KeyIndex, as_array
from audits.periods import parse
from audits.rules import Rules
from audits.words import NAT, Verdict
from benchmarks.load import AS_OF, PERIOD, ZONE
from benchmarks.outputs import CLAUSES, Key, Outputs
from config.calendars import FOLDER, load_calendar, load_hours
from config.rules import load_rules

#: What the cards read of each entity; what is not listed stays in the file.
_COLUMNS: Final = {
    "case": ("id", "team_id", "service_type", "received_at", "resolved_at", "void_reason"),
    "pause": ("case_id", "began_at", "ended_at"),
    "escalation": ("case_id", "target_role", "triggered_at", "action_at"),
    "acceptance": ("id", "customer_id", "applied_at", "confirmed_at"),
    "survey": ("acceptance_id", "kind", "sent_at", "responded_at", "bounced"),
    "deliverable": ("id", "delivered_at"),
    "qa_check": ("id", "deliverable_id", "round", "checked_at", "items_total", "items_passed", "result"),
}
_INTERACTION: Final = ("case_id", "direction", "by_bot", "started_at")
_BATCH: Final = 1 << 17
_COMPLETE: Final = frozenset({"escalation", "survey", "qa_check"})
_VERDICTS: Final = tuple(verdict.name.lower() for verdict in Verdict)


def rules() -> Rules:
    """The product's cards for the measured clauses; the officer has signed that recorded pauses count."""
    calendar = load_calendar(FOLDER / "cn.yaml")
    hours = load_hours(FOLDER / "hours.yaml", {calendar.id: calendar})["office"]
    every = load_rules(parse(PERIOD, ZONE), calendar, hours)
    cards = {clause: every.cards[clause] for clause in CLAUSES}
    resolve = tuple(clause for clause in CLAUSES if "-RESOLVE-" in clause)
    signed = Signature("recorded", "E0001", "2026-01-01", "benchmark", "2026-01-01", resolve)
    pauses = replace(every.readings.by_id["pauses"], signatures=(signed,))
    return replace(every, cards=cards, readings=_with(every.readings, pauses))


def _with(readings: Readings, one: Reading) -> Readings:
    return Readings(readings.by_id | {one.id: one}, readings.on)


def run(folder: Path, by: Rules) -> Outputs:
    """Read the load, judge it, and take counts and findings."""
    judged = audit(read_facts(folder), by, AS_OF, parse(PERIOD, ZONE))
    return Outputs(_counts(judged), _findings(judged))


def read_facts(folder: Path) -> Facts:
    """The load as facts; escalations, surveys and checks are promised complete."""
    frames = {entity: _read(folder, entity, columns) for entity, columns in _COLUMNS.items()}
    frames["case"]["first_response_at"] = _first_responses(folder, frames["case"]["id"])
    entities = {
        name: EntityFacts(frozenset(frame.columns), 0 if name in _COMPLETE else None)
        for name, frame in frames.items()
    }
    return Facts("load", ZONE, AS_OF, frames, entities)


def _read(folder: Path, entity: str, columns: tuple[str, ...]) -> pd.DataFrame:
    table = pq.ParquetFile(folder / f"{entity}.parquet").read(columns=list(columns)).combine_chunks()
    frame: pd.DataFrame = table.to_pandas(types_mapper=_TYPES.get, split_blocks=True)
    return frame


_TYPES: Final = {
    pa.large_string(): pd.StringDtype(na_value=np.nan),
    pa.bool_(): pd.BooleanDtype(),
    pa.int64(): pd.Int64Dtype(),
}


def _first_responses(folder: Path, cases: pd.Series) -> pd.DatetimeIndex:
    """When a person first wrote or called: reduced from every interaction, a batch at a time."""
    index, empty = KeyIndex(cases), np.iinfo(np.int64).max
    first = np.full(len(cases), empty, np.int64)
    file = pq.ParquetFile(folder / "interaction.parquet")
    for batch in file.iter_batches(_BATCH, columns=list(_INTERACTION)):
        ours = pc.and_(pc.equal(batch["direction"].cast(pa.string()), "out"), pc.invert(batch["by_bot"]))
        rows = index.find(batch["case_id"])
        use = ours.to_numpy(zero_copy_only=False) & (rows >= 0)
        at = batch["started_at"].to_numpy(zero_copy_only=False).view(np.int64)
        np.minimum.at(first, rows[use], at[use])
    first = np.where(first == empty, NAT, first)
    return pd.DatetimeIndex(first.view("datetime64[us]")).tz_localize("UTC")


def _counts(judged: Judged) -> dict[Key, int]:
    """Obligations by clause, team, verdict and the other clock's verdict."""
    counts: dict[Key, int] = {}
    teams: dict[str, tuple[npt.NDArray[np.int64], list[str]]] = {}
    for clause, made in judged.made.items():
        base = made.view.base
        if base.name not in teams:
            teams[base.name] = _teams(base.frame)
        codes, names = teams[base.name]
        size = len(_VERDICTS)
        other = made.other.verdict if made.other is not None else np.full(len(made.rows), size, np.int8)
        cell = (codes[made.view.pos[made.rows]] * size + made.outcome.verdict) * (size + 1) + other
        found = np.bincount(cell, minlength=len(names) * size * (size + 1))
        for at in np.flatnonzero(found).tolist():
            rest, other_at = divmod(at, size + 1)
            team, verdict = divmod(rest, size)
            key = (clause, names[team], _VERDICTS[verdict], (*_VERDICTS, "")[other_at])
            counts[key] = int(found[at])
    return counts


def _teams(frame: pd.DataFrame) -> tuple[npt.NDArray[np.int64], list[str]]:
    """The team of each record as a number, and the teams' names."""
    if "team_id" not in frame.columns:
        return np.zeros(len(frame), np.int64), [""]
    codes, names = pd.factorize(frame["team_id"])
    return codes.astype(np.int64), list(names)


def _findings(judged: Judged) -> pa.Table:
    """The breached rows as columns."""
    return pa.concat_tables([_breached(clause, made) for clause, made in judged.made.items()])


def _breached(clause: str, made: Judgement) -> pa.Table:
    rows = np.flatnonzero(made.outcome.verdict == Verdict.BREACHED)
    records = as_array(made.view.base.text("id")).take(pa.array(made.view.pos[made.rows[rows]]))
    due, done = made.outcome.due[rows], made.outcome.done[rows]
    name = pa.DictionaryArray.from_arrays(np.zeros(len(rows), np.int8), pa.array([clause]))
    return pa.table({"clause": name, "record": records, "due": _ints(due), "done": _ints(done)})


def _ints(values: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(values, pa.int64(), mask=values == NAT)
