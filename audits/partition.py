"""One audit in parts: cases are split, everything else stays whole, and the judgements are put together.

Cases that were merged into each other stay in one part. Registers are small and are judged with the first
part. The same ``audit`` serves one process, a pool, or a cluster; sums merge, averages never.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.cards import Card
from audits.checks.outcome import Outcome
from audits.context import Judgement
from audits.facts import Facts
from audits.judge import Judged, audit
from audits.named_times import with_named_times
from audits.tables import Ints, Table, Tables, positions
from audits.views import View

#: Entities that go with their cases.
CHILDREN = ("case_event", "pause", "interaction", "escalation")


def split(facts: Facts, parts: int) -> list[Facts]:
    """Facts in ``parts`` parts by case; one part where there is nothing to split."""
    if parts < 2 or "case" not in facts.frames:
        return [facts]
    places = places_of(facts, parts)
    return [part_of(facts, number, places) for number in range(parts)]


def places_of(facts: Facts, parts: int) -> dict[str, Ints]:
    """Entity -> the part each of its rows goes to; empty where there is nothing to split."""
    if parts < 2 or "case" not in facts.frames:
        return {}
    case = facts.frames["case"]
    of_case = _part_of(case, parts)
    children = [child for child in CHILDREN if child in facts.frames]
    return {"case": of_case} | {child: _follow(facts.frames[child], case, of_case) for child in children}


def part_of(facts: Facts, number: int, places: dict[str, Ints]) -> Facts:
    """One part alone, as ``split`` would give it: for a process that does not judge them all.

    Args:
        places: of ``places_of``, which is found once for all parts.
    """
    if not places:
        return facts
    frames = {} if number else dict(facts.frames)
    for entity, place in places.items():
        frames[entity] = facts.frames[entity][place == number].reset_index(drop=True)
    if number:
        return replace(facts, frames=frames, entities={name: facts.entities[name] for name in frames})
    return replace(facts, frames=frames)


def parts_of(facts: Facts, parts: int) -> int:
    """How many parts ``split`` makes of these facts."""
    return parts if parts > 1 and "case" in facts.frames else 1


def rows_of(facts: Facts, parts: int) -> list[Ints]:
    """Row numbers of the cases of each part, in the order of the frame."""
    if parts < 2 or "case" not in facts.frames:
        return [np.arange(len(facts.frames.get("case", ())), dtype=np.int64)]
    part_of = _part_of(facts.frames["case"], parts)
    return [np.flatnonzero(part_of == number) for number in range(parts)]


def _part_of(case: pd.DataFrame, parts: int) -> Ints:
    root = np.arange(len(case), dtype=np.int64)
    if "merged_into_id" in case.columns:
        into = positions(case["merged_into_id"], case["id"])
        root = np.where(into >= 0, into, root)
        for _ in range(8):
            root = np.where(into[root] >= 0, into[root], root)
    return root * parts // max(len(case), 1)


def _follow(child: pd.DataFrame, case: pd.DataFrame, of_case: Ints) -> Ints:
    """The part of each child's case; a child of no case goes with the first."""
    at = positions(child["case_id"], case["id"])
    return np.where(at >= 0, of_case[np.maximum(at, 0)], 0)


def crosses(card: Card) -> bool:
    """Whether a clause looks across cases, so that no part can judge it alone: linked rows, rhythms, rates, goals."""
    if card.auditable != "auto":
        return False
    if card.of in {"case", "matter"}:
        across = card.check == "rate" or bool({"every", "statistic"} & set(card.parameters))
        return across or bool(card.columns) or card.function not in {"", "overtime"}
    reads = {name.partition(".")[0] for need in card.needs for name in need.split("|")}
    reads |= {column.of for column in card.columns.values()}
    return card.of in CHILDREN or bool(reads & {"case", *CHILDREN})


def merge(facts: Facts, parts: list[Judged]) -> Judged:
    """Put the parts of one audit together again, with positions in the whole frames.

    What looks across cases is judged here, once, on the whole.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    facts = with_named_times(facts, first.as_of)  # as each part was judged
    rows = rows_of(facts, len(parts))
    tables = Tables(facts, first.as_of)
    crossing = {clause: card for clause, card in first.rules.cards.items() if crosses(card)}
    whole = audit(facts, replace(first.rules, cards=crossing), first.as_of, first.period)
    made: dict[str, Judgement] = {}
    for clause, card in first.rules.cards.items():
        if clause in crossing:
            made |= {clause: whole.made[clause]} if clause in whole.made else {}
            continue
        pieces = [(part.made[clause], rows[i]) for i, part in enumerate(parts) if clause in part.made]
        if clause in first.made:
            joined = card.of in {"case", "matter"}
            made[clause] = _joined(pieces, tables["case"]) if joined else first.made[clause]
    missing = {clause: needs for clause, needs in first.unconnected.items() if clause not in crossing}
    missing = {clause: {**missing, **whole.unconnected}[clause] for clause in first.rules.cards
               if clause in missing or clause in whole.unconnected}  # fmt: skip
    return Judged(facts, first.rules, first.as_of, first.period, made, missing)


def _joined(pieces: list[tuple[Judgement, Ints]], base: Table) -> Judgement:
    first = pieces[0][0]
    offsets = np.cumsum([0, *(len(made.view) for made, _ in pieces)])
    view = _joined_view([(made.view, rows) for made, rows in pieces], base)
    made = [piece for piece, _ in pieces]
    out = Judgement(
        first.card, view, np.concatenate([m.rows + offsets[i] for i, m in enumerate(made)]),
        _joined_outcome([m.outcome for m in made], _field_maps(made)), _all_fields(made),
        np.concatenate([m.anchor for m in made]), np.concatenate([m.period_at for m in made]), first.clock,
        lasting=first.lasting,
    )  # fmt: skip
    others = [m.other for m in made if m.other is not None]
    if len(others) == len(made):
        out.other = _joined_outcome(others, _field_maps(made))
    edges = [m.edge for m in made if m.edge is not None]
    out.edge = np.concatenate(edges) if len(edges) == len(made) else None
    return out


def _all_fields(made: list[Judgement]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in made for name in one.fields))


def _field_maps(made: list[Judgement]) -> list[npt.NDArray[np.int8]]:
    """For each part, where its fields stand in the joined list (the last entry is for "none")."""
    whole = _all_fields(made)
    return [np.array([*(whole.index(name) for name in one.fields), -1], np.int8) for one in made]


def _joined_outcome(parts: list[Outcome], maps: list[npt.NDArray[np.int8]]) -> Outcome:
    return Outcome(
        np.concatenate([part.verdict for part in parts]),
        np.concatenate([part.reason for part in parts]),
        np.concatenate([places[part.field] for part, places in zip(parts, maps, strict=True)]),
        np.concatenate([part.due for part in parts]),
        np.concatenate([part.done for part in parts]),
    )


def _joined_view(parts: list[tuple[View, Ints]], base: Table) -> View:
    first = parts[0][0]
    views = [view for view, _ in parts]
    joined = View(
        first.name, base, np.concatenate([rows[view.pos] for view, rows in parts]), owner=first.owner
    )
    for name in first.stamps:
        joined.stamps[name] = np.concatenate([view.stamps[name] for view in views])
    for name in first.holes:
        joined.holes[name] = np.concatenate([view.holes[name] for view in views])
    for name in first.codes:
        joined.codes[name] = np.concatenate([view.codes[name] for view in views])
    for name in first.numbers:
        joined.numbers[name] = np.concatenate([view.numbers[name] for view in views])
    joined.closed = np.concatenate([view.is_closed() for view in views])
    voids = [view.void for view in views if view.void is not None]
    joined.void = np.concatenate(voids) if len(voids) == len(views) else None
    if any(view.occurrence is not None for view in views):
        blank = [np.full(len(v), "", object) if v.occurrence is None else v.occurrence for v in views]
        joined.occurrence = np.concatenate(blank)
    return joined
