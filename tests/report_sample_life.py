"""The sample month's life.json; its sums tie out with the findings."""

from typing import Any

import pandas as pd

from tests.report_sample_charts import trend


def life(results: dict[str, Any], findings: pd.DataFrame, *, preview: bool, signed: bool) -> dict[str, Any]:
    """Findings' life, what is escalated and open, and what became of the notices."""
    marks = {mark: int((findings["marks"] == mark).sum()) for mark in ("waived", "baseline", "disputed")}
    new = len(findings)
    return {
        "schema": 1,
        "as_of": results["as_of"],
        "extracted_at": results["snapshot"]["extracted_at"],
        "reconstructed": False,
        "period": "2026-10",
        "mode": "preview" if preview else "live",
        "live_from": "2026-10-26T00:00:00+08:00" if preview else "2026-03-01T00:00:00+08:00",
        "first_report": preview,
        "since": {
            "previous_as_of": None if preview else "2026-10-02T02:00:00+08:00",
            "open_before": 0 if preview else 131,
            "new": new,
            "reopened": 0 if preview else 3,
            "cleared": new - 64 if preview else 131 + new + 3 - 2 - 64,
            "withdrawn": 0 if preview else 2,
            "open_now": 64,
            **marks,
        },
        **({} if preview else {"trend": trend(results)}),
        "restated": [] if preview else [{"period": "2026-09", "was": 516, "now": 518}],
        "escalated_open": _escalated(findings, "open_us" if signed else "us"),
        "repeat": {
            "customers": [
                {"customer": "K-0382", "audit": "timing", "clause": "ECS-1.3-RESOLVE-TECH", "n": 4},
                {"customer": "K-0117", "audit": "timing", "clause": "ECS-1.3-RESOLVE-COMPLAINT", "n": 3},
            ],
            "teams": [] if preview else [{"team": "夜班组", "clause": "ECS-1.3-RESOLVE-TECH", "periods": 3}],
        },
        "day": {
            "open": {
                "n": 64,
                "old": 41,
                "week": 17,
                "fresh": 6,
                "holders": [
                    {"holder": "E1047", "old": 30, "week": 11, "fresh": 0},
                    {"holder": "E1051", "old": 11, "week": 6, "fresh": 5},
                    {"holder": "夜班组", "old": 0, "week": 0, "fresh": 1},
                ],
            }
        },
        "notices": _notices(preview),
        "finding_marks": marks,
    }


def _notices(preview: bool) -> dict[str, Any]:
    counts = dict.fromkeys(("owed", "sent", "written", "unknown", "failed", "refused", "held", "preview"), 0)
    if preview:
        recipients = [
            ("应急小组负责人 E0009", 4),
            ("服务主管 E0014", 4),
            ("项目总监 E0006", 2),
            ("总经理 E0001", 2),
            ("值班组", 1),
            ("夜班组主管 E0021", 1),
        ]
        told = [{"holder": holder, "n": n} for holder, n in recipients]
        return {**counts, "owed": 14, "preview": 14, "people": 6, "recipients": told}
    return {**counts, "owed": 71, "sent": 69, "unknown": 1, "refused": 1, "people": 9}


def _escalated(findings: pd.DataFrame, by_hours: str) -> list[dict[str, Any]]:
    hour = 3_600_000_000
    rows = [
        (
            "A-2026-0093",
            "K-0214",
            "ECS-2.4-ACCEPT-5WD",
            "2026-10-26T23:59:59.999999",
            4,
            "working_days",
            "项目总监 E0006",
        ),
        (
            "A-2026-0097",
            "K-0333",
            "ECS-2.4-ACCEPT-5WD",
            "2026-10-28T23:59:59.999999",
            2,
            "working_days",
            "项目总监 E0006",
        ),
        (
            "T-20261028-0311",
            "K-0117",
            "ECS-1.3-RESOLVE-COMPLAINT",
            "2026-10-29T11:20:00",
            86.667,
            "us",
            "总经理 E0001",
        ),
        (
            "T-20261029-0207",
            "K-0382",
            "ECS-1.3-RESOLVE-TECH",
            "2026-10-29T17:30:00",
            9.5,
            by_hours,
            "应急小组 E0009",
        ),
        (
            "T-20261030-0455",
            "K-0051",
            "ECS-1.3-RESOLVE-TECH",
            "2026-10-30T15:00:00",
            3,
            by_hours,
            "应急小组 E0009",
        ),
        (
            "T-20261030-0512",
            "K-0276",
            "ECS-1.3-RESOLVE-CONSULT",
            "2026-10-30T16:20:00",
            1.667,
            by_hours,
            "主管 E0014",
        ),
    ]
    keys = findings["finding"].tolist()
    return [
        {
            "finding": keys[i],
            "label": label,
            "customer": customer,
            "clause": clause,
            "due": due + "+08:00",
            "late": late if unit == "working_days" else int(late * hour),
            "late_unit": unit,
            "holder": holder,
            "since": due + "+08:00",
        }
        for i, (label, customer, clause, due, late, unit, holder) in enumerate(rows)
    ]
