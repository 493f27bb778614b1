"""What a sample is drawn from, and the plan by which anybody draws it again.

A plan is plain data (``plan.json``): what was asked, the hash of the frame, and the keys drawn. It holds
neither names nor a wall clock; with the snapshot beside it the same code, or any other, gives the same keys.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import numpy as np
import pandas as pd

from audits.cards import Wanted
from audits.delivery_views import plain_view
from audits.errors import WrongUse
from audits.facts import Facts
from audits.filters import matches, several
from audits.model import MODEL
from audits.periods import Period
from audits.samples import draw, frame_hash, shares
from audits.tables import Tables
from audits.words import NAT

SCHEMA: Final = 1
#: What may be drawn for a scorecard -> the instant by which a record belongs to a period.
CONTACTS: Final = {"interaction": "started_at", "case": "received_at"}
#: Types of fields by which a sample may be spread.
STRATA: Final = frozenset({"enum", "ref", "code", "bool"})
#: Columns of the verdicts by which a sample of them may be spread.
VERDICT_STRATA: Final = ("standard", "clause", "verdict", "reason", "entity", "team_id")
#: How a stratum spells a value that is missing.
MISSING: Final = "-"
_VOID: Final = "void_reason"
#: Truths as cards hold them, and as people write them.
_TRUTHS: Final = {"1": "true", "0": "false"}


@dataclass(frozen=True)
class Asked:
    """What is asked of a sample of contacts.

    Args:
        clauses: what is scored.
        of: ``interaction`` or ``case``.
        where: field -> value or values.
        strata: fields by which it is spread.
        size: how many are drawn.
        seed: any text.
    """

    clauses: tuple[str, ...]
    of: str
    where: dict[str, Wanted] = field(default_factory=dict)
    strata: tuple[str, ...] = ()
    size: int = 30
    seed: str = ""


@dataclass(frozen=True)
class Frame:
    """What may be drawn: ``rows`` with ``key`` and ``stratum``, and how many only may belong to it."""

    rows: pd.DataFrame
    undecided: int = 0


def contacts(facts: Facts, as_of: int, period: Period, asked: Asked) -> Frame:
    """Contacts of a period that fit.

    A record of which it is not known whether it fits is left out and counted; a merged, test or spam case is
    left out, as it is everywhere.

    Returns:
        Rows with ``key``, ``stratum`` and ``row`` (place in the entity's frame).

    Raises:
        WrongUse: the source does not give such records, or a field does not fit.
    """
    _refuse(facts, asked)
    view = plain_view(Tables(facts, as_of), asked.of)
    at = view.ts(CONTACTS[asked.of])
    inside = (at != NAT) & (at >= period.start) & (at < period.end)
    if _VOID in MODEL[asked.of].fields:
        inside &= view.code(_VOID) < 0
    sure, perhaps = matches(view, asked.where)
    rows = np.flatnonzero(inside & sure)
    keys = view.base.text("id").iloc[rows].reset_index(drop=True).astype("str")
    spread = [_spelled(view.base.frame, name).iloc[rows].reset_index(drop=True) for name in asked.strata]
    frame = pd.DataFrame({"key": keys, "stratum": _joined(spread, len(rows)), "row": rows})
    return Frame(frame, int((inside & perhaps).sum()))


def verdicts(obligations: pd.DataFrame, strata: tuple[str, ...]) -> Frame:
    """Every verdict of the period, met ones too; the key names clause, subject and occurrence.

    Args:
        obligations: as ``verdicts.parquet`` holds them.
        strata: of ``VERDICT_STRATA``.
    """
    for name in strata:
        if name not in VERDICT_STRATA:
            raise WrongUse(
                f"verdicts are not told apart by {name!r}", "--strata", f"use {', '.join(VERDICT_STRATA)}"
            )
    rows = np.flatnonzero(obligations["in_period"].to_numpy(dtype=bool))
    kept = obligations.iloc[rows].reset_index(drop=True)
    key = kept["clause"].astype("str") + "|" + kept["subject"].astype("str")
    key += "|" + kept["occurrence"].astype("str").fillna("")
    spread = [_spelled(kept, name) for name in strata]
    return Frame(pd.DataFrame({"key": key, "stratum": _joined(spread, len(kept)), "row": rows}))


def plan(kind: str, said: Mapping[str, Any], frame: Frame, size: int, seed: str) -> dict[str, Any]:
    """Draw, and write down how.

    Args:
        kind: ``scorecard`` or ``verdicts``.
        said: what else names the sample: source, snapshot, as_of, period, clauses ...
        frame: what is drawn from.
        size, seed: as ``audits.samples.draw`` takes them.

    Returns:
        Plain data, with an ``id`` that is a hash of all the rest.
    """
    if frame.rows.empty:
        raise WrongUse(
            "there is nothing to draw from: no record fits",
            f"{said.get('period', '')}",
            "ask for another --period or a wider --where",
        )
    drawn = draw(frame.rows[["key", "stratum"]], size, seed)
    sizes = frame.rows.groupby("stratum", observed=True).size().sort_index()
    many = shares(sizes, size).reindex(sizes.index)
    found = {
        "schema": SCHEMA,
        "kind": kind,
        **said,
        "size": size,
        "seed": seed,
        "frame": {
            "records": len(frame.rows),
            "undecided": frame.undecided,
            "sha256": frame_hash(frame.rows),
        },
        "sizes": [
            {"stratum": str(stratum), "frame": int(sizes[stratum]), "drawn": int(many[stratum])}
            for stratum in sizes.index
        ],
        "drawn": [str(key) for key in drawn["key"]],
    }
    return {**found, "id": plan_id(found)}


def plan_id(found: Mapping[str, Any]) -> str:
    """Name of a sample: a hash of everything its plan says."""
    kept = {key: value for key, value in found.items() if key != "id"}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"S-{sha256(text.encode()).hexdigest()[:10]}"


def described(asked: Asked) -> dict[str, Any]:
    """What was asked of a sample of contacts, as its plan says it."""
    fields = MODEL[asked.of].fields
    where = {
        name: [_TRUTHS.get(one, one) if fields[name].type == "bool" else one for one in several(wanted)]
        for name, wanted in sorted(asked.where.items())
    }
    return {"clauses": list(asked.clauses), "of": asked.of, "where": where, "strata": list(asked.strata)}


def asked_again(found: Mapping[str, Any]) -> Asked:
    """What a plan of contacts asked."""
    where: dict[str, Wanted] = {name: tuple(values) for name, values in found["where"].items()}
    strata, clauses = tuple(found["strata"]), tuple(found["clauses"])
    return Asked(clauses, found["of"], where, strata, found["size"], found["seed"])


def differences(written: Mapping[str, Any], again: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Where a plan and the plan of the same drawing done again part: what, as written, as drawn again."""
    told = [
        (key, _short(written.get(key)), _short(again.get(key)))
        for key in sorted(written.keys() | again.keys())
        if key not in ("id", "drawn", "sizes", "frame") and written.get(key) != again.get(key)
    ]
    for key in ("records", "undecided", "sha256"):
        one, other = written["frame"].get(key), again["frame"].get(key)
        told += [(f"frame.{key}", _short(one), _short(other))] if one != other else []
    if written["sizes"] != again["sizes"]:
        told.append(("sizes", _short(written["sizes"]), _short(again["sizes"])))
    if written["drawn"] != again["drawn"]:
        lost = [key for key in written["drawn"] if key not in set(again["drawn"])]
        more = [key for key in again["drawn"] if key not in set(written["drawn"])]
        told.append(("drawn", f"only here: {_keys(lost)}", f"only again: {_keys(more)}"))
    if written.get("id") != plan_id(written):
        told.append(("id", str(written.get("id")), plan_id(written)))
    return told


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    return text if len(text) <= 80 else f"{text[:77]}..."


def _keys(keys: list[str]) -> str:
    return ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "") if keys else "none"


def _refuse(facts: Facts, asked: Asked) -> None:
    if asked.of not in CONTACTS:
        raise WrongUse(f"no sample is drawn of {asked.of!r}", "--of", f"choose {' or '.join(CONTACTS)}")
    if asked.of not in facts.frames:
        of = " or ".join(name for name in CONTACTS if name in facts.frames) or "nothing that can be drawn"
        raise WrongUse(
            f"the source gives no {asked.of}", f"source {facts.source}", f"it gives {of}: use --of"
        )
    fields = MODEL[asked.of].fields
    for name in asked.strata:
        if name not in fields or fields[name].type not in STRATA:
            known = ", ".join(one for one, f in fields.items() if f.type in STRATA)
            raise WrongUse(f"{asked.of} is not told apart by {name!r}", "--strata", f"use {known}")
    for name, wanted in asked.where.items():
        _refuse_filter(asked.of, name, several(wanted))
    for name in (*asked.where, *asked.strata):
        if not facts.provides(asked.of, name):
            do = "leave it out, or map the field"
            raise WrongUse(f"the source does not give {asked.of}.{name}", f"source {facts.source}", do)


def _refuse_filter(of: str, name: str, values: Iterable[str]) -> None:
    fields = MODEL[of].fields
    if name not in fields or fields[name].type in ("ts", "date", "text", "decimal"):
        known = ", ".join(one for one, f in fields.items() if f.type in (*STRATA, "int"))
        raise WrongUse(f"{of} is not chosen by {name!r}", "--where", f"use {known}")
    kind = fields[name].type
    listed = {"enum": fields[name].values, "bool": ("true", "false", *_TRUTHS)}.get(kind, ())
    for value in values:
        if value in ("filled", "blank"):
            continue
        if (listed and value not in listed) or (kind == "int" and not value.isdigit()):
            choose = ", ".join(listed) or "a whole number"
            raise WrongUse(f"{of}.{name} has no value {value!r}", "--where", f"choose among {choose}")


def _spelled(frame: pd.DataFrame, name: str) -> "pd.Series[str]":
    """A column as words of a stratum; a blank is one of them."""
    column = frame[name].astype("object")
    words = column.where(column.notna() & (column != ""), MISSING).map(str)
    return words.astype("str")


def _joined(spread: list["pd.Series[str]"], rows: int) -> "pd.Series[str]":
    out = pd.Series([""] * rows, dtype="str")
    for number, one in enumerate(spread):
        out = one if number == 0 else out + " / " + one
    return out
