"""Why some findings of the sample month are findings: clocks, ledger, evidence."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from reports.result_set import Story

_HOURS = (9, 18)


def stories(findings: pd.DataFrame, zone: str) -> dict[str, Story]:
    """The story of one technical-support case and of one acceptance in working days."""
    made: dict[str, Story] = {}
    for finding in findings.loc[findings["label"] == "T-20261009-0417", "finding"]:
        made[finding] = _night_case(zone)
    for finding in findings.loc[findings["clause"] == "ECS-2.4-ACCEPT-5WD", "finding"].head(1):
        made[finding] = _acceptance()
    return made


def _night_case(zone: str) -> Story:
    start = datetime(2026, 10, 9, 16, 10, tzinfo=ZoneInfo(zone))
    on_9 = start.replace(hour=18, minute=0)
    on_10 = start.replace(day=10, hour=9, minute=0)
    paused, resumed = on_10.replace(minute=35), on_10.replace(hour=10, minute=50)
    counted = (on_9 - start) + (paused - on_10)
    due = resumed + (timedelta(hours=4) - counted)
    done = due + timedelta(minutes=46)
    spans = [
        (start, on_9, True, ("营业时间", "opening hours")),
        (on_9, on_10, False, ("夜间停业", "closed for the night")),
        (
            on_10,
            paused,
            True,
            ("营业时间；周六为调休上班日", "opening hours; this Saturday is a make-up working day"),
        ),
        (
            paused,
            resumed,
            False,
            ("等待客户；读法 pauses 准许暂停", "waiting for the customer; paused by reading “pauses”"),
        ),
        (resumed, due, True, ("营业时间；至此满 240 分", "opening hours; 240 minutes reached")),
        (due, done, True, ("营业时间；超时", "opening hours; late")),
    ]
    literal = start + timedelta(hours=4)
    return {
        "clocks": [
            {
                "clock": "elapsed",
                "authority": {
                    "zh": "一(三)·技术支持·解决时限：4 小时内",
                    "en": "一(三), technical support, resolution: 4 h",
                },
                "due": literal.isoformat(),
                "counted_us": _us(done - start),
                "late_us": _us(done - literal),
                "verdict": "breached",
                "deciding": False,
            },
            {
                "clock": "open_hours",
                "authority": {
                    "zh": "读法 clock_choice、pauses，E0003 于 2026-09-28 签认",
                    "en": "readings clock_choice, pauses; signed by E0003, 2026-09-28",
                },
                "due": due.isoformat(),
                "counted_us": 286 * 60_000_000,
                "late_us": 46 * 60_000_000,
                "verdict": "breached",
                "deciding": True,
            },
        ],
        "ledger": [
            {
                "start": a.isoformat(),
                "end": b.isoformat(),
                "counted_us": _us(b - a) if counts else 0,
                "uncounted_us": 0 if counts else _us(b - a),
                "late": a >= due,
                "why": {"zh": why[0], "en": why[1]},
            }
            for a, b, counts, why in spans
        ],
        "evidence": [
            {
                "field": "received_at",
                "at": start.isoformat(),
                "from": {
                    "zh": "列 tickets.created_at，UTC 换算",
                    "en": "column tickets.created_at, from UTC",
                },
                "value": "",
            },
            {
                "field": "first_response_at",
                "at": (start + timedelta(minutes=12, seconds=41)).isoformat(),
                "from": {
                    "zh": "历史：首条人工消息；16:10:04 的机器人回复不计",
                    "en": "history: first human message; bot reply at 16:10:04 ignored",
                },
                "value": "",
            },
            {
                "field": "resolved_at",
                "at": done.isoformat(),
                "from": {"zh": "历史：状态 → resolved，E1047", "en": "history: status → resolved, by E1047"},
                "value": "",
            },
        ],
    }


def _us(delta: timedelta) -> int:
    return delta // timedelta(microseconds=1)


def _acceptance() -> Story:
    weekend, make_up = (
        {"zh": "周末", "en": "weekend"},
        {"zh": "周六·调休上班", "en": "make-up working Saturday"},
    )
    days = [
        ("2026-10-08", 1, ""),
        ("2026-10-09", 2, ""),
        ("2026-10-10", 3, make_up),
        ("2026-10-11", None, weekend),
    ]
    days += [("2026-10-12", 4, ""), ("2026-10-13", 5, "")]
    return {
        "days": [{"date": day, "n": n, "why": why} for day, n, why in days],  # type: ignore[typeddict-item]
        "evidence": [
            {
                "field": "applied_at",
                "at": "2026-10-07T11:00:00+08:00",
                "from": {"zh": "登记册 acceptance!D17", "en": "register acceptance!D17"},
                "value": "",
            }
        ],
    }
