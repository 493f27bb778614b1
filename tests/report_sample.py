"""A plausible month whose figures tie out, for reports before and beside the real judge.

The counts of each clause stand in `report_sample_clauses.yaml`; everything else is drawn from them.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import yaml

from reports.result_set import ResultSet
from tests.report_sample_life import life
from tests.report_sample_results import results
from tests.report_sample_stories import stories

ZONE = "Asia/Shanghai"
AS_OF = datetime(2026, 11, 2, 2, 0, tzinfo=ZoneInfo(ZONE))
START = datetime(2026, 10, 1, tzinfo=ZoneInfo(ZONE))
END = datetime(2026, 11, 1, tzinfo=ZoneInfo(ZONE))
SOURCE = "demo"
TEAMS = {"t1": "华东一组", "t2": "华东二组", "t3": "华南组", "t4": "西南组", "t5": "夜班组", "": ""}
TABLE: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "report_sample_clauses.yaml").read_text("utf-8")
)
_PREFIX = {
    "case": "T",
    "acceptance": "A",
    "deliverable": "D",
    "qa_check": "Q",
    "deviation": "V",
    "survey": "S",
}
#: Reasons of a breach by kind of check.
_BREACH = {"sequence": "NOT_DONE", "completeness": "MISSING", "threshold": "BELOW", "rate": "BELOW"}
_HOLDERS = ("主管 E0014", "应急小组 E0009", "总经理 E0001", "项目总监 E0006", "值班组")


def sample(
    *,
    signed: bool = True,
    preview: bool = False,
    without: str = "",
    more_late: int = 0,
    running: bool = False,
) -> ResultSet:
    """The sample month.

    Args:
        signed: opening hours are signed for enquiries and technical support; else the words decide.
        preview: first report of a source that mails nobody yet.
        without: an audit whose source is not connected.
        more_late: so many late first responses beside the others (a large installation).
        running: the period has not ended; some duties are pending.
    """
    kept = [row for row in TABLE["judged"] if (not without or row[5] != without) and sum(row[7:])]
    lines = [_line(row, signed, more_late) for row in kept]
    obligations = pd.concat(
        [_obligations(line, i, running) for i, line in enumerate(lines)], ignore_index=True
    )
    obligations = _night_case(obligations).sort_values("finding", ignore_index=True)
    table = {**TABLE, "lost": [row for row in TABLE["judged"] if without and row[5] == without]}
    document = results(table, obligations, signed=signed, running=running)
    findings = _findings(obligations, preview)
    return ResultSet(
        results=document,
        life=life(document, findings, preview=preview, signed=signed),
        obligations=obligations,
        findings=findings,
        stories=stories(findings, ZONE),
        names=_names(),
    )


def _night_case(obligations: pd.DataFrame) -> pd.DataFrame:
    """One late case is the one whose story is told: counted over a night, a make-up Saturday and a pause."""
    of_support = (obligations["clause"] == "ECS-1.3-RESOLVE-TECH") & (obligations["verdict"] == "breached")
    if not of_support.any():
        return obligations
    at = obligations.index[of_support][0]
    stamps = {
        "anchor_at": (9, 16, 10),
        "due_at": (10, 12, 25),
        "done_at": (10, 13, 11),
        "other_due_at": (9, 20, 10),
    }
    for column, (day, hour, minute) in stamps.items():
        obligations.loc[at, column] = pd.Timestamp(2026, 10, day, hour, minute, tz=ZONE).tz_convert("UTC")
    said = {
        "label": "T-20261009-0417",
        "reason": "LATE",
        "team_id": "t5",
        "assignee_id": "47",
        "customer_id": "382",
    }
    for column, value in said.items():
        obligations.loc[at, column] = value
    obligations.loc[at, "late_us"] = 46 * 60_000_000
    obligations.loc[at, "over"] = True
    return obligations


def _line(row: list[Any], signed: bool, more_late: int) -> dict[str, Any]:
    line: dict[str, Any] = dict(
        zip(
            ("id", "place", "zh", "en", "kind", "audit", "entity", "breached", "no_data", "na", "met"),
            row,
            strict=True,
        )
    )
    line["other"] = 0
    if limit := TABLE["limits"].get(line["id"]):
        service, _, minutes, elapsed, opening, _ = limit
        by_hours = signed and service in ("consultation", "technical_support")
        judged = line["breached"] + line["met"]
        line["breached"], line["other"] = (opening, elapsed) if by_hours else (elapsed, opening)
        line["met"] = judged - line["breached"]
        line["minutes"] = minutes
    if line["id"] == "ECS-1.3-RESPONSE-CONSULT":
        line["breached"] += more_late
        line["other"] += more_late
    return line


def _obligations(line: dict[str, Any], seed: int, running: bool) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    verdicts = np.repeat(
        ["breached", "no_data", "not_applicable", "met"],
        [line["breached"], line["no_data"], line["na"], line["met"]],
    )
    n = len(verdicts)
    if running:
        verdicts[(verdicts == "met") & (rng.random(n) < 0.02)] = "pending"
    limit = int(line.get("minutes", 2880)) * 60_000_000
    start = int(START.timestamp()) * 1_000_000
    anchor = start + rng.integers(0, 30 * 86_400 - limit // 1_000_000, n) * 1_000_000
    late = (rng.pareto(1.5, n) * 20 * 60_000_000).astype(np.int64) // 1_000_000 * 1_000_000 + 1_000_000
    late = np.minimum(late, 90 * 3_600_000_000)
    breached = verdicts == "breached"
    timed = line["kind"] == "deadline"
    is_open = breached & timed & (rng.random(n) < 0.03)
    due = anchor + limit
    done = np.where(breached, due + late, anchor + (limit * rng.random(n) ** 1.6).astype(np.int64))
    stamp = pd.to_datetime(due, unit="us", utc=True).as_unit("us")
    frame = pd.DataFrame(
        {
            "clause": line["id"],
            "standard": "ECS",
            "entity": line["entity"],
            "record": [f"{_PREFIX[line['entity']].lower()}{seed:02d}{i:05d}" for i in range(n)],
            "occurrence": "",
            "verdict": verdicts,
            "reason": _reasons(line, verdicts, is_open, rng),
            "anchor_at": pd.to_datetime(anchor, unit="us", utc=True).as_unit("us"),
            "due_at": stamp,
            "done_at": pd.Series(pd.to_datetime(done, unit="us", utc=True).as_unit("us")).where(
                np.isin(verdicts, ["met", "breached"]) & ~is_open
            ),
            "other_due_at": pd.Series(stamp - pd.Timedelta(hours=2)).where(np.full(n, "minutes" in line)),
            "late_us": pd.Series(late, dtype="Int64").where(breached & timed),
            "late_days": pd.Series(late // 86_400_000_000 + 1, dtype="Int64").where(
                breached & (line["id"] in ("ECS-2.4-ACCEPT-5WD", "ECS-2.4-SURVEY-3WD"))
            ),
            "over": breached & ~is_open,
            "in_period": True,
            "customer_id": rng.integers(1, 400, n).astype(str),
            "team_id": rng.choice(list(TEAMS), n, p=[0.28, 0.22, 0.2, 0.15, 0.13, 0.02]),
            "assignee_id": rng.integers(18, 60, n).astype(str),
        }
    )
    other = np.full(n, "", dtype=object)
    if "minutes" in line:
        other[:] = "met"
        other[np.argsort(~breached, kind="stable")[: line["other"]]] = "breached"
    frame["other_verdict"] = other
    days = frame["anchor_at"].dt.tz_convert(ZONE).dt.strftime("%Y%m%d")
    number = pd.Series(range(n)).map("{:04d}".format)
    frame["label"] = (
        _PREFIX[line["entity"]] + "-" + (days if line["entity"] == "case" else "2026") + "-" + number
    )
    frame["subject"] = line["entity"] + ":" + frame["record"]
    frame["field"] = _fields(line, verdicts, frame["reason"])
    frame["finding"] = [_finding(line["id"], subject) for subject in frame["subject"]]
    return frame


def _finding(clause: str, subject: str) -> str:
    return hashlib.sha256(f"{SOURCE}|{clause}|{subject}|".encode()).hexdigest()[:16]


def _reasons(line: dict[str, Any], verdicts: Any, is_open: Any, rng: np.random.Generator) -> Any:
    n = len(verdicts)
    blank = np.cumsum(verdicts == "no_data") <= 5
    hole = (
        "NO_END"
        if "RESOLVE" in line["id"]
        else "END_BEFORE_START"
        if "RESPONSE" in line["id"]
        else "ROW_MISSING"
    )
    good = {"deadline": "IN_TIME", "sequence": "IN_ORDER", "rate": "ENOUGH"}.get(line["kind"], "COMPLETE")
    conditions = [
        verdicts == "breached",
        verdicts == "no_data",
        verdicts == "not_applicable",
        verdicts == "pending",
    ]
    choices = [
        np.where(is_open, "OPEN_LATE", np.full(n, _BREACH.get(line["kind"], "LATE"))),
        np.where(blank & (line["audit"] == "timing"), "NULL_FILTER", hole),
        rng.choice(["MERGED", "TEST", "NO_CONDITION"], n, p=[0.56, 0.3, 0.14]),
        np.full(n, "INSIDE"),
    ]
    return np.select(conditions, choices, good)


def _fields(line: dict[str, Any], verdicts: Any, reasons: pd.Series) -> Any:
    stamp = {"case": "case.resolved_at", "acceptance": "acceptance.applied_at"}.get(line["entity"], "")
    if "RESPONSE" in line["id"]:
        stamp = "case.first_response_at"
    if line["id"] == "ECS-2.4-ACCEPT-FORMAL":
        stamp = "acceptance_item.*"
    return np.where(verdicts != "no_data", "", np.where(reasons == "NULL_FILTER", "case.service_type", stamp))


def _findings(obligations: pd.DataFrame, preview: bool) -> pd.DataFrame:
    found = obligations[obligations["verdict"] == "breached"].reset_index(drop=True)
    rng = np.random.default_rng(7)
    n = len(found)
    before = found["due_at"] < datetime(2026, 10, 26, tzinfo=UTC) if preview else pd.Series(False, range(n))
    marks = np.where(before, "baseline", "")
    if not preview:
        marks[rng.choice(n, 12, replace=False)] = "waived"
        marks[rng.choice(np.flatnonzero(marks == ""), 3, replace=False)] = "disputed"
    found["marks"] = marks
    found["state"] = np.where(found["over"], "cleared", np.where(rng.random(n) < 0.4, "acknowledged", "open"))
    holder = rng.choice(_HOLDERS, n)
    found["holder"] = holder
    found["notified"] = "" if preview else np.where(marks == "", holder, "")
    return found


def _names() -> dict[tuple[str, str], str]:
    names = {("customer", str(i)): f"K-{i:04d}" for i in range(1, 400)}
    names |= {("staff", str(i)): f"E10{i}" for i in range(18, 60)}
    return names | {("team", key): name for key, name in TEAMS.items() if key}


def iso(at: datetime | int) -> str:
    """An instant as results.json writes it."""
    stamp = at if isinstance(at, datetime) else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    return stamp.astimezone(ZoneInfo(ZONE)).isoformat()
