"""Lines that lead from one count to another: to the CRM's own figure, along the chain of delivery, by team
and by due day, and into the next five working days.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audits.counting import VERDICTS
from audits.instants import DAY
from audits.judge import Judged, obligations
from audits.saying import codes_of, local_date
from audits.tables import Table, Tables, positions
from audits.words import NAT, Verdict
from audits.zones import zone

Ints = npt.NDArray[np.int64]
_TYPE: Final = "case.service_type"
Bools = npt.NDArray[np.bool_]


def bridge(judged: Judged) -> list[dict[str, Any]]:
    """From the CRM's own count of cases received in the period to the response limits that fell due in it.

    The first line is the sum of the others. Cases of a known type fall due under one card; one of an unknown
    type stands in every card and counts once; one that is not judged (merged, duplicate, test, spam) stands
    apart whatever its type. A merged case's earlier receipt can make a case due earlier.
    """
    if "case" not in judged.facts.frames:
        return []
    case = Tables(judged.facts, judged.as_of)["case"]
    received = _inside(judged, case.raw_ts("received_at"))
    answered = [m for m in judged.made.values() if m.card.obligation_key == "first_response"]
    due, unknown, earlier, removed = (np.zeros(len(case), bool) for _ in range(4))
    for made in answered:
        inside = judged.in_period(made)
        blind = np.isin(made.outcome.field, [i for i, f in enumerate(made.fields) if f == _TYPE])
        void = np.zeros(len(inside), bool) if made.view.void is None else made.view.void[made.rows] != 0
        unknown[made.rows[inside & blind]] = True
        removed[made.rows[inside & void]] = True
        due[made.rows[inside & ~blind & ~void]] = True
        earlier[made.rows[made.period_at < judged.period.start]] = True
    due &= ~unknown
    rest = received & ~due & ~unknown & ~removed
    lines = {
        "received": received.sum(),
        "type_known_due": due.sum(),
        "removed": removed.sum(),
        "type_unknown": unknown.sum(),
        "due_later": (rest & ~earlier).sum(),
        "received_earlier": (rest & earlier).sum() - ((due | unknown | removed) & ~received).sum(),
    }
    return [{"key": key, "n": int(n)} for key, n in lines.items()]


def open_earlier(judged: Judged) -> int | None:
    """Cases received before the period and open at ``as_of``: beside the bridge, for they never count again.

    None where the source says of no case whether it is over.
    """
    if "case" not in judged.facts.frames:
        return None
    case = Tables(judged.facts, judged.as_of)["case"]
    if not any(case.has(name) for name in ("resolved_at", "closed_at", "is_closed")):
        return None
    over = (case.ts("resolved_at") != NAT) | (case.ts("closed_at") != NAT) | (case.flag("is_closed") == 1)
    received = case.ts("received_at")
    rows = (received != NAT) & (received < judged.period.start) & ~over & (case.enum("void_reason") < 0)
    return int(rows.sum())


def _inside(judged: Judged, at: Ints) -> Bools:
    return np.asarray(
        (at != NAT) & (at >= judged.period.start) & (at < judged.period.end) & (at <= judged.as_of)
    )


def chain(judged: Judged) -> tuple[list[dict[str, Any]], list[str]]:
    """Delivered, put up for acceptance, signed, surveyed, returned in the period; and delivered files that
    no acceptance was opened for (no clause gives a time for it, so it is only listed).
    """
    tables = Tables(judged.facts, judged.as_of)
    steps = (
        ("delivered", "deliverable", "delivered_at"), ("applied", "acceptance", "applied_at"),
        ("confirmed", "acceptance", "confirmed_at"), ("surveyed", "survey", "sent_at"),
        ("returned", "survey", "responded_at"),
    )  # fmt: skip
    line = [
        {"key": key, "n": int((_inside(judged, tables[entity].ts(stamp)) & _counts(tables[entity])).sum())}
        for key, entity, stamp in steps
        if entity in tables
    ]
    return line, _unaccepted(judged, tables)


def _counts(table: Table) -> Bools:
    """Surveys of acceptances only; every row of other entities."""
    return table.enum("kind") == 0 if table.name == "survey" else np.ones(len(table), bool)


def _unaccepted(judged: Judged, tables: Tables) -> list[str]:
    if "deliverable" not in tables or "acceptance" not in tables:
        return []
    made, taken = tables["deliverable"], tables["acceptance"]
    by = "service_file_id" if made.has("service_file_id") and taken.has("service_file_id") else None
    if by is None:
        return []
    opened = positions(made.text(by), taken.text(by).drop_duplicates())
    rows = np.flatnonzero(
        _inside(judged, made.ts("delivered_at")) & (opened < 0) & made.text(by).notna().to_numpy()
    )
    codes = codes_of(judged.facts, "deliverable", "code")
    return sorted(codes[key] for key in made.text("id").iloc[rows])


def teams(judged: Judged) -> list[dict[str, Any]]:
    """Counts of the period by team; the sums are the population. Team "" holds what has none."""
    frame = obligations(judged, judged.in_period)[["team_id", "verdict"]]
    frame = frame.assign(team_id=frame["team_id"].fillna(""))
    codes = codes_of(judged.facts, "team", "code")
    out = []
    for team, rows in frame.groupby("team_id", sort=True)["verdict"]:
        counts = rows.value_counts().to_dict()
        out.append({
            "team_id": str(team),
            "code": codes.get(str(team), str(team)),
            "population": len(rows),
            "counts": {name: int(counts.get(name, 0)) for name in VERDICTS},
        })  # fmt: skip
    return out


def due_days(judged: Judged) -> list[dict[str, Any]]:
    """Obligations of the period by the local day that places them; "" where no instant does."""
    where = zone(judged.facts.zone)
    days: dict[str, int] = {}
    for made in judged.made.values():
        at = made.period_at[judged.in_period(made)]
        known = at[at != NAT]
        numbers, counts = np.unique(where.days(known), return_counts=True)
        for number, count in zip(numbers, counts, strict=True):
            day = str(np.datetime64(int(number), "D"))
            days[day] = days.get(day, 0) + int(count)
        if len(known) < len(at):
            days[""] = days.get("", 0) + len(at) - len(known)
    return [{"day": day, "population": n} for day, n in sorted(days.items())]


def falling_due(judged: Judged, count: int = 5) -> dict[str, Any]:
    """Pending obligations that fall due on each of the next working days (the running one included)."""
    days = _next_working_days(judged, count)
    rows = []
    for made in judged.made.values():
        at = made.outcome.due[(made.outcome.verdict == Verdict.PENDING) & (made.outcome.due != NAT)]
        on = [local_date(int(due), judged.facts.zone) for due in at if due <= judged.as_of + 60 * DAY]
        counts = [on.count(day) for day in days]
        if any(counts):
            rows.append(
                {
                    "clause": made.card.id,
                    "kind": made.card.obligation_key or made.card.id,
                    "counts": counts,
                    "total": sum(counts),
                }
            )
    return {"days": days, "rows": rows}


def _next_working_days(judged: Judged, count: int) -> list[str]:
    calendar = judged.rules.calendar
    day = int(zone(judged.facts.zone).days(np.array([judged.as_of], np.int64))[0])
    days = np.arange(day, day + 40)
    working = days[calendar.state(days) == 1][:count]
    return [str(np.datetime64(int(number), "D")) for number in working]
