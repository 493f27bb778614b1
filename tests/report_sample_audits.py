"""The sample month's four audits and its readings."""

from typing import Any

import pandas as pd

_MINUTE = 60_000_000


def audits(
    table: dict[str, Any], obligations: pd.DataFrame, clauses: list[dict[str, Any]], signed: bool
) -> list[dict[str, Any]]:
    """The four, in the mission's order; one whose clauses are not judged is unconnected."""
    by_id = {clause["id"]: clause for clause in clauses}
    return [
        _audit("timing", by_id, list(table["limits"]), ["case"], lambda: _timing(table, by_id, signed)),
        _audit("acceptance", by_id, ["ECS-2.4-ACCEPT-5WD"], ["acceptance"], _acceptance),
        _audit("survey", by_id, ["ECS-2.4-SURVEY-3WD", "ECS-2.4-SURVEY-RETURN-80"], ["survey"], _survey),
        _audit("qa", by_id, ["ECS-2.4-QA-RATE-95"], ["deliverable", "qa_check"], _qa),
    ]


def _audit(
    key: str, by_id: dict[str, Any], deciding: list[str], needs: list[str], figures: Any
) -> dict[str, Any]:
    judged = [c for c in deciding if by_id[c]["state"] == "judged"]
    audit: dict[str, Any] = {
        "id": key,
        "connected": judged,
        "missing": [c for c in deciding if c not in judged],
        "needs": [] if judged else needs,
        "word": "unconnected",
        "n": 0,
        "breached": 0,
        "figures": None,
    }
    if judged:
        audit["figures"] = figures()
        audit["n"] = sum(by_id[c]["population"] for c in judged)
        audit["breached"] = sum(by_id[c]["counts"]["breached"] for c in judged)
        audit["word"] = "breached" if audit["breached"] else "met"
    return audit


def _timing(table: dict[str, Any], by_id: dict[str, Any], signed: bool) -> dict[str, Any]:
    rows = []
    for clause, (service, act, minutes, _, _, longest) in table["limits"].items():
        card = by_id[clause]
        late, other = card["counts"]["breached"], card["other_clock"]["breached"]
        deciding = "open_hours" if signed and service in ("consultation", "technical_support") else "elapsed"
        elapsed, opening = (other, late) if deciding == "open_hours" else (late, other)
        rows.append(
            {
                "service_type": service,
                "act": act,
                "clause": clause,
                "limit_us": minutes * _MINUTE,
                "n": late + card["counts"]["met"],
                "late_elapsed": elapsed,
                "late_open_hours": opening,
                "deciding": deciding,
                "late": late,
                "no_data": card["counts"]["no_data"],
                "longest_open_us": longest * _MINUTE if longest else None,
                "longest_open_by": deciding if longest else None,
            }
        )
    return {
        "rows": rows,
        "n": sum(r["n"] for r in rows),
        "late_elapsed": sum(r["late_elapsed"] for r in rows),
        "late_open_hours": sum(r["late_open_hours"] for r in rows),
        "late": sum(r["late"] for r in rows),
        "signed": [
            c
            for c, limit in table["limits"].items()
            if signed and limit[0] in ("consultation", "technical_support")
        ],
        "missing_escalations": 55,
        "escalations_state": "judged",
    }


def _acceptance() -> dict[str, Any]:
    end = "T23:59:59.999999+08:00"
    running = [
        ("A-2026-0101", "2026-11-02", 1, "confirm"),
        ("A-2026-0103", "2026-11-03", 2, "rectify"),
        ("A-2026-0104", "2026-11-04", 3, "rectify"),
        ("A-2026-0106", "2026-11-06", 5, "formal"),
    ]
    steps = [("pre", 1, 0), ("formal", 2, 1), ("rectify", 4, 5), ("confirm", 1, 1)]
    return {
        "late": 7,
        "n": 44,
        "late_open": 2,
        "running": [
            {
                "subject": f"acceptance:{label}",
                "label": label,
                "due": day + end,
                "days_left": left,
                "step": step,
            }
            for label, day, left, step in running
        ],
        "steps": [
            {"step": s, "n": 40, "median_half_days": halves, "late_lost": lost} for s, halves, lost in steps
        ],
    }


def _survey() -> dict[str, Any]:
    calls = [
        ("K-0117", "2026-10-20", 1, "E1044"),
        ("K-0305", "2026-10-21", 2, "E1031"),
        ("K-0276", "2026-10-26", 7, "E1044"),
        ("K-0091", "2026-10-28", 9, "E1027"),
        ("K-0333", "2026-10-29", 10, "E1031"),
        ("K-0214", "2026-10-30", 11, "E1027"),
    ]
    return {
        "cohort": {
            "key": "2026-09",
            "numerator": 33,
            "denominator": 41,
            "no_data": 0,
            "bounced": 1,
            "need_80": 33,
            "need_60": 25,
            "band": "80",
            "verdict": "met",
        },
        "sent_in_time": {"met": 42, "n": 42},
        "running": {
            "key": "2026-10",
            "numerator": 30,
            "denominator": 40,
            "shortfall": 2,
            "calls": [
                {
                    "customer_id": k[2:].lstrip("0"),
                    "customer": k,
                    "sent_at": f"{d}T10:00:00+08:00",
                    "days_left": left,
                    "manager": m,
                }
                for k, d, left, m in calls
            ],
            "windows_over": 4,
        },
    }


def _qa() -> dict[str, Any]:
    below = [
        ("D-2026-118", 24, 26, "K-0214"),
        ("D-2026-121", 18, 20, "K-0091"),
        ("D-2026-125", 37, 39, "K-0305"),
    ]
    return {
        "passed": 60,
        "n": 64,
        "failed": 4,
        "need": 61,
        "shortfall": 1,
        "no_data": 0,
        "below": [{"label": a, "passed": p, "items": n, "customer": k} for a, p, n, k in below],
        "unchecked": 4,
        "delivered": 58,
    }


def readings(signed: bool, clauses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Four readings: two that change counts, one that changes a rate, one without effect."""
    limits = [
        c["id"] for c in clauses if c["limit"] and c["limit"]["unit"] == "us" and c["state"] == "judged"
    ]
    by_hours = [c for c in limits if "CONSULT" in c or "TECH" in c] if signed else []
    signature = {
        "option": "business",
        "by": "E0003",
        "on": "2026-09-28",
        "why": "夜间不受理，合同第 4 条",
        "from": "2026-10-01",
        "clauses": by_hours,
    }
    late = {c["id"]: c["counts"]["breached"] for c in clauses}
    other = {c["id"]: c["other_clock"]["breached"] for c in clauses if c["other_clock"]}
    elapsed = sum(other[c] if c in by_hours else late[c] for c in limits)
    opening = sum(late[c] if c in by_hours else other[c] for c in limits)
    return [
        _reading(
            "clock_choice",
            ("小时与分钟按什么计", "Hours and minutes: counted how?"),
            limits,
            [
                (
                    "elapsed",
                    "自然时长（字面）",
                    "elapsed (the words)",
                    [c for c in limits if c not in by_hours],
                    elapsed,
                ),
                ("business", "营业时间", "opening hours", by_hours, opening),
            ],
            [signature] if by_hours else [],
        ),
        _reading(
            "start_of_acceptance",
            ("验收 5 个工作日自何时起", "Five working days of acceptance from when?"),
            ["ECS-2.4-ACCEPT-5WD"],
            [
                ("applied", "提交申请", "application", ["ECS-2.4-ACCEPT-5WD"], 7),
                ("self_checked", "自检完成", "self-check", [], 9),
            ],
            [],
        ),
        _reading(
            "return_window",
            ("问卷多少天内回收才算", "An answer counts within how many days?"),
            ["ECS-2.4-SURVEY-RETURN-80"],
            [
                ("14", "14 天", "14 days", ["ECS-2.4-SURVEY-RETURN-80"], 0, (33, 41, "met")),
                ("30", "30 天", "30 days", [], 0, (35, 41, "met")),
            ],
            [],
        ),
        _reading(
            "day_zero",
            ("第 1 个工作日是哪一天", "Which day is working day 1?"),
            ["ECS-2.4-ACCEPT-5WD", "ECS-2.4-SURVEY-3WD"],
            [("next", "次一工作日", "the next working day", ["ECS-2.4-ACCEPT-5WD"], 7)],
            [],
            effect=False,
        ),
    ]


def _reading(
    key: str,
    question: tuple[str, str],
    clauses: list[str],
    options: list[Any],
    signatures: list[Any],
    effect: bool = True,
) -> dict[str, Any]:
    return {
        "id": key,
        "question": {"zh": question[0], "en": question[1]},
        "unit": "",
        "why": "",
        "clauses": clauses,
        "default": options[0][0],
        "options": [
            {
                "key": o[0],
                "text": {"zh": o[1], "en": o[2]},
                "in_use_for": o[3],
                "breached": o[4],
                "rates": [
                    {"clause": clauses[0], "numerator": o[5][0], "denominator": o[5][1], "verdict": o[5][2]}
                ]
                if len(o) > 5
                else [],
            }
            for o in options
        ],
        "signatures": signatures,
        "effect": effect,
    }
