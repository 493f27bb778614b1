"""The sample month's results.json: everything that counts obligations is counted from the frame."""

from datetime import date, timedelta
from typing import Any

import pandas as pd

from tests.report_sample_audits import audits, readings
from tests.report_sample_charts import side_by_side, team_mix, times

_TEAMS = {"t1": "华东一组", "t2": "华东二组", "t3": "华南组", "t4": "西南组", "t5": "夜班组", "": ""}
VERDICTS = ("met", "breached", "pending", "not_applicable", "no_data")
_HOLIDAYS = {f"2026-10-0{d}": ("holiday", "国庆节", "National Day") for d in range(1, 8)} | {
    "2026-10-10": ("make_up", "调休上班", "make-up working day")
}


def results(
    table: dict[str, Any], obligations: pd.DataFrame, *, signed: bool, running: bool
) -> dict[str, Any]:
    """The document, in the shape the judge gives it."""
    clauses = _clauses(table, obligations, signed)
    gaps = _gaps(obligations)
    teams = _teams(obligations)
    counts = _counts(obligations)
    population = len(obligations)
    four = audits(table, obligations, clauses, signed)
    due = (
        obligations["due_at"]
        .dt.tz_convert("Asia/Shanghai")
        .dt.strftime("%Y-%m-%d")
        .value_counts()
        .sort_index()
    )
    document: dict[str, Any] = {
        "schema": 1,
        "engine": "0.1.0",
        "source": "demo",
        "source_title": {"zh": "演示客户服务系统", "en": "Demo CRM"},
        "as_of": "2026-11-02T02:00:00+08:00",
        "zone": "Asia/Shanghai",
        "period": {
            "key": "2026-10",
            "start": "2026-10-01T00:00:00+08:00",
            "end": "2026-11-01T00:00:00+08:00",
            "closed": not running,
        },
        "snapshot": {
            "hash": "41d7a9c2" + "0" * 56,
            "extracted_at": "2026-11-02T01:58:00+08:00",
            "frames": {
                "acceptance": {"rows": 49, "sha256": "a" * 64},
                "case": {"rows": 2650, "sha256": "c" * 64},
                "qa_check": {"rows": 64, "sha256": "d" * 64},
                "survey": {"rows": 82, "sha256": "e" * 64},
            },
        },
        "standards": [
            {
                "code": "ECS",
                "title": {"zh": "企业客户服务标准", "en": "Enterprise Customer Service Standard"},
                "edition": "2024-01",
                "mode": "binding",
                "adopted_by": "E0003",
                "adopted_on": "2025-12-15",
                "in_force_from": "2026-01-01",
            }
        ],
        "calendar": {
            "id": "CN",
            "version": "2026.3",
            "known_through": "2026-12-31",
            "source": {"zh": "国务院办公厅通知", "en": "notice of the State Council's office"},
            "days": _days(),
        },
        "audits": four,
        "clauses": clauses,
        "gaps": gaps,
        "unmapped": [{"field": "case.channel", "value": "Fax", "count": 3}],
        "violations": [
            {
                "entity": "case",
                "field": "team_id",
                "rule": "reference",
                "count": 2,
                "examples": ["T-1", "T-2"],
            }
        ],
        "readings": readings(signed, clauses),
        "bridge": [
            {"key": "received", "n": 2650},
            {"key": "type_known_due", "n": 2638},
            {"key": "removed", "n": 2},
            {"key": "type_unknown", "n": 5},
            {"key": "due_later", "n": 7},
            {"key": "received_earlier", "n": -2},
        ],
        "open_earlier": 3,
        "chain": [
            {"key": key, "n": n}
            for key, n in (
                ("delivered", 58),
                ("applied", 49),
                ("confirmed", 43),
                ("surveyed", 42),
                ("returned", 30),
            )
        ],
        "delivered_without_acceptance": [f"D-2026-{n}" for n in range(131, 140)],
        "teams": teams,
        "times": times(table, obligations, signed),
        "team_mix": team_mix(table, obligations, _TEAMS),
        "due_days": [{"day": str(day), "population": int(n)} for day, n in due.items()],
        "falling_due": {
            "days": ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06"],
            "rows": [
                _falling("", "ECS-2.4-ACCEPT-5WD", [1, 1, 1, 0, 1]),
                _falling("survey_sent", "ECS-2.4-SURVEY-3WD", [2, 0, 1, 1, 0]),
                _falling("survey_return", "ECS-2.4-SURVEY-RETURN-80", [0, 1, 1, 0, 0]),
                _falling("resolution", "ECS-1.3-RESOLVE-COMPLAINT", [3, 0, 0, 0, 0]),
            ],
        },
        "not_applicable": [
            {"reason": str(reason), "n": int(n)}
            for reason, n in obligations.loc[obligations["verdict"] == "not_applicable", "reason"]
            .value_counts()
            .items()
        ],
        "totals": {"population": population, **counts},
    }
    document["side_by_side"] = side_by_side(document)
    document["checks"] = _checks(document, int((obligations["verdict"] == "breached").sum()))
    return document


def _counts(rows: pd.DataFrame) -> dict[str, int]:
    found = rows["verdict"].value_counts()
    return {verdict: int(found.get(verdict, 0)) for verdict in VERDICTS}


def _falling(kind: str, clause: str, counts: list[int]) -> dict[str, Any]:
    return {"kind": kind, "clause": clause, "counts": counts, "total": sum(counts)}


def _days() -> list[dict[str, Any]]:
    days = []
    for i in range(31):
        day = date(2026, 10, 1) + timedelta(days=i)
        weekend = day.weekday() >= 5
        why, zh, en = _HOLIDAYS.get(
            day.isoformat(), ("weekend", "周末", "weekend") if weekend else ("", "", "")
        )
        days.append(
            {
                "date": day.isoformat(),
                "working": why == "make_up" or (not weekend and why != "holiday"),
                "why": why,
                "name": {"zh": zh, "en": en},
            }
        )
    return days


def _clauses(table: dict[str, Any], obligations: pd.DataFrame, signed: bool) -> list[dict[str, Any]]:
    by_clause = dict(iter(obligations.groupby("clause")))
    judged = [
        _clause(row, by_clause.get(row[0]), table, signed)
        for row in table["judged"]
        if row not in table["lost"]
    ]
    silent = [
        _bare(key, place, zh, en, kind, "", "unconnected", missing)
        for key, place, zh, en, kind, missing in table["unconnected"]
    ]
    silent += [
        _bare(key, place, zh, en, kind, audit, "unconnected", [entity])
        for key, place, zh, en, kind, audit, entity, *_ in table["lost"]
    ]
    silent += [
        _bare(key, place, zh, en, "behaviour", "", state, [])
        for key, place, zh, en, state in table["by_people"]
    ]
    order = {row[0]: i for i, row in enumerate(table["judged"])}
    return sorted(judged + silent, key=lambda c: (c["id"].split("-")[1], order.get(c["id"], 99), c["id"]))


def _bare(
    id_: str, place: str, zh: str, en: str, kind: str, audit: str, state: str, missing: list[str]
) -> dict[str, Any]:
    return {
        "id": id_,
        "standard": "ECS",
        "place": place,
        "title": {"zh": zh, "en": en},
        "kind": kind,
        "audit": audit,
        "decides": False,
        "state": state,
        "severity": "must",
        "population": 0,
        "counts": dict.fromkeys((*VERDICTS, "waived", "baseline", "disputed"), 0),
        "reasons": {},
        "other_clock": None,
        "edge": 0,
        "open_earlier": 0,
        "due_later": 0,
        "numerator": None,
        "denominator": None,
        "rate": None,
        "band": None,
        "shortfall": None,
        "cohorts": [],
        "limit": None,
        "readings": [],
        "missing": missing,
    }


def _clause(row: list[Any], rows: pd.DataFrame | None, table: dict[str, Any], signed: bool) -> dict[str, Any]:
    id_, place, zh, en, kind, audit = row[:6]
    clause = _bare(id_, place, zh, en, kind, audit, "judged", [])
    if rows is not None:
        clause["population"] = len(rows)
        clause["counts"] |= _counts(rows)
        clause["reasons"] = {str(k): int(n) for k, n in rows["reason"].value_counts().sort_index().items()}
    if limit := table["limits"].get(id_):
        clause["limit"] = {"amount": limit[2] * 60_000_000, "unit": "us"}
        by_hours = signed and limit[0] in ("consultation", "technical_support")
        late = int((rows["other_verdict"] == "breached").sum()) if rows is not None else 0
        clause["other_clock"] = {"clock": "elapsed" if by_hours else "open_hours", "breached": late}
        clause["decides"] = True
        clause["readings"] = ["clock_choice", "pauses"]
    if id_ in ("ECS-2.4-ACCEPT-5WD", "ECS-2.4-SURVEY-3WD"):
        clause |= {"decides": True, "limit": {"amount": 5 if "5WD" in id_ else 3, "unit": "working_days"}}
        clause["readings"] = ["start_of_acceptance"]
    if id_ == "ECS-2.4-QA-RATE-95":
        cohort = {
            "key": "2026-10",
            "numerator": 60,
            "denominator": 64,
            "no_data": 0,
            "excluded": 0,
            "verdict": "breached",
        }
        clause |= {
            "decides": True,
            "numerator": 60,
            "denominator": 64,
            "rate": "93.75",
            "band": "below",
            "shortfall": 1,
        }
        clause["cohorts"] = [cohort]
    if id_ == "ECS-2.4-SURVEY-RETURN-80":
        cohorts = [
            {
                "key": "2026-09",
                "numerator": 33,
                "denominator": 41,
                "no_data": 0,
                "excluded": 1,
                "verdict": "met",
            },
            {
                "key": "2026-10",
                "numerator": 30,
                "denominator": 40,
                "no_data": 0,
                "excluded": 0,
                "verdict": "pending",
            },
        ]
        clause |= {
            "decides": True,
            "numerator": 33,
            "denominator": 41,
            "rate": "80.49",
            "band": "met",
            "shortfall": 0,
        }
        clause["cohorts"] = cohorts
    return clause


def _gaps(obligations: pd.DataFrame) -> list[dict[str, Any]]:
    holes = obligations[obligations["verdict"] == "no_data"]
    gaps = []
    for (field, reason), rows in holes.groupby(["field", "reason"]):
        gaps.append(
            {
                "field": str(field),
                "reason": str(reason),
                "records": int(rows["label"].nunique()) if reason != "NULL_FILTER" else 5,
                "duties": len(rows),
                "clauses": sorted(rows["clause"].unique().tolist()),
                "examples": sorted(rows["label"].unique().tolist())[:5],
            }
        )
    return sorted(gaps, key=lambda gap: (-gap["duties"], gap["field"]))


def _teams(obligations: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"team_id": str(team), "code": _TEAMS[str(team)], "population": len(rows), "counts": _counts(rows)}
        for team, rows in obligations.groupby("team_id")
    ]


def _checks(document: dict[str, Any], findings: int) -> list[dict[str, Any]]:
    totals = document["totals"]
    parts = [totals[v] for v in ("breached", "no_data", "not_applicable", "pending", "met")]
    sections: dict[str, int] = {}
    for clause in document["clauses"]:
        place = clause["place"].split("·")[0]
        sections[place] = sections.get(place, 0) + clause["population"]
    deciding = [
        row["late"] for audit in document["audits"][:1] for row in (audit["figures"] or {}).get("rows", [])
    ]
    sums: list[tuple[str, Any, Any]] = [
        ("verdicts_sum", parts, totals["population"]),
        ("teams_sum", [team["population"] for team in document["teams"]], totals["population"]),
        ("clauses_sum", [n for n in sections.values() if n], totals["population"]),
        ("findings_equal_breached", findings, totals["breached"]),
        ("gaps_equal_no_data", [gap["duties"] for gap in document["gaps"]], totals["no_data"]),
        ("due_days_sum", [day["population"] for day in document["due_days"]], totals["population"]),
        ("front_equals_clauses", deciding, sum(deciding)),
        ("waived_le_breached", 12, totals["breached"]),
        ("closed_no_pending", totals["pending"], 0 if document["period"]["closed"] else totals["pending"]),
        ("standards_sum", [totals["population"]], totals["population"]),
    ]
    return [
        {"id": key, "left": left, "right": right, "holds": _holds(key, left, right)}
        for key, left, right in sums
    ]


def _holds(key: str, left: Any, right: int) -> bool:
    total = sum(left) if isinstance(left, list) else left
    return bool(total <= right if key == "waived_le_breached" else total == right)
