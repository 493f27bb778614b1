"""Why one obligation got its verdict: evidence with provenance, both clocks, ledger or days counted aloud.

Made for the rows somebody looks at (findings, ``explain``), never for all.
"""

from typing import Any

import numpy as np
import pandas as pd

from audits.attested_breaches import FIELDS
from audits.calendars import CountedDay
from audits.cards import Card
from audits.clocks import ElapsedClock, OpeningHours
from audits.context import Judgement
from audits.duties import limits
from audits.judge import Judged
from audits.ledger import WEEKDAYS, Pause, ledger
from audits.model import MODEL
from audits.pauses import Pauses, joined
from audits.saying import iso, text_at
from audits.words import NAT, Verdict, Words

Story = dict[str, Any]

_PAUSED = {
    "customer": Words("等待客户", "waiting for the client"),
    "third_party": Words("等待第三方", "waiting for a third party"),
    "other": Words("暂停", "paused"),
}
#: Parameters of a card that name stamps it rests on.
_STAMPS = ("from", "to", "bounded_by", "done", "once")


def story(judged: Judged, made: Judgement, row: int) -> Story:
    """The story of one row of a judgement.

    Returns:
        ``evidence`` always; ``clocks`` and ``ledger`` for limits in hours and minutes; ``days`` for limits
        in working days. Instants are ISO texts in the business's zone.
    """
    told: Story = {"evidence": _evidence(judged, made, row)}
    start = int(made.anchor[row])
    if made.other is not None and start != NAT:
        told["clocks"] = [_clock(judged, made, row, clock) for clock in ("elapsed", "open_hours")]
        told["ledger"] = _ledger(judged, made, row)
    if made.clock == "working_days" and start != NAT:
        n = _limit(made.card).amount
        told["days"] = [_day(day) for day in judged.rules.calendar.days_aloud(start, n)]
    return told


def _limit(card: Card) -> Any:
    dated = limits(card)
    return dated[max(dated)]


def _the_clock(judged: Judged, name: str) -> ElapsedClock | OpeningHours:
    return judged.rules.hours if name == "open_hours" else ElapsedClock()


def _clock(judged: Judged, made: Judgement, row: int, name: str) -> dict[str, Any]:
    deciding = made.clock == name
    outcome = made.outcome if deciding or made.other is None else made.other
    start, end, due = int(made.anchor[row]), _end(judged, made, row), int(outcome.due[row])
    clock = _the_clock(judged, name)
    paused = _pauses(judged, made, row)[0] if _granted(judged, made) else None
    counted = int(clock.open_between(_one(start), _one(end), paused)[0])
    budget = _limit(made.card).amount
    return {
        "clock": name,
        "authority": _authority(judged, made, name),
        "due": iso(due, judged.facts.zone) or "",
        "counted_us": counted,
        "late_us": max(0, counted - budget) if end > due != NAT else None,
        "verdict": Verdict(int(outcome.verdict[row])).name.lower(),
        "deciding": deciding,
    }


def _authority(judged: Judged, made: Judgement, name: str) -> dict[str, str]:
    signed = judged.rules.readings.signed("clock_choice", made.card.id)
    if signed and signed.option == name:
        return {
            "zh": f"读法 clock_choice，{signed.by} 于 {signed.on} 签认",
            "en": f"reading clock_choice, signed by {signed.by} on {signed.on}",
        }
    if name == "elapsed":
        return {"zh": f"原文字面：{made.card.place}", "en": f"the words: {made.card.place}"}
    return {"zh": "读法 clock_choice，未签认", "en": "reading clock_choice, not signed"}


def _end(judged: Judged, made: Judgement, row: int) -> int:
    done = int(made.outcome.done[row])
    return judged.as_of if done == NAT else max(done, int(made.anchor[row]))


def _one(instant: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([instant], np.int64)


def _granted(judged: Judged, made: Judgement) -> bool:
    return "pauses" in made.card.readings and judged.rules.readings.ask("pauses", made.card.id) == "recorded"


def _pauses(judged: Judged, made: Judgement, row: int) -> tuple[Pauses | None, list[Pause]]:
    """Recorded pauses of one case, for the clock and for the ledger."""
    if "pause" not in judged.facts.frames or made.view.base.name != "case":
        return None, []
    frame = judged.facts.frames["pause"]
    key = text_at(made.view.base.text("id"), int(made.view.pos[made.rows[row]]))
    rows = frame[frame["case_id"] == key]
    begun = rows["began_at"].to_numpy(dtype="datetime64[us]").view(np.int64)
    ended = rows["ended_at"].to_numpy(dtype="datetime64[us]").view(np.int64)
    reasons = rows["reason"] if "reason" in rows.columns else [None] * len(rows)
    seen = [
        Pause(int(b), int(e) if e <= judged.as_of else NAT, _PAUSED.get(str(why), _PAUSED["other"]))
        for b, e, why in zip(begun, ended, reasons, strict=True)
        if NAT < b <= judged.as_of
    ]
    places = np.zeros(len(seen), np.int64)
    starts, ends = (np.array([pause[i] for pause in seen], np.int64) for i in (0, 1))
    return joined(places, starts, ends, judged.as_of), seen


def _ledger(judged: Judged, made: Judgement, row: int) -> list[dict[str, Any]]:
    clock = _the_clock(judged, made.clock)
    granted = _pauses(judged, made, row)[1] if _granted(judged, made) else []
    start, end = int(made.anchor[row]), _end(judged, made, row)
    rows = ledger(start, end, clock, granted, _limit(made.card).amount)
    zone = judged.facts.zone
    return [
        {
            "start": iso(one.start, zone),
            "end": iso(one.end, zone),
            "counted_us": one.counted_us,
            "uncounted_us": one.uncounted_us,
            "late": one.late,
            "why": {"zh": one.say("zh"), "en": one.say("en")},
        }
        for one in rows
    ]


def _day(day: CountedDay) -> dict[str, Any]:
    name = day.name or Words("", "")
    week = WEEKDAYS[day.day.weekday()]
    words = {
        "make_up": Words(f"{week.zh}·调休上班", f"{week.en}, make-up working day"),
        "holiday": Words(f"{name.zh}放假", f"{name.en}"),
        "company_off": Words(f"公司放假：{name.zh}", f"company day off: {name.en}"),
        "company_working": Words(f"公司上班：{name.zh}", f"company working day: {name.en}"),
        "unknown": Words("节假日安排尚未录入", "holidays not known yet"),
    }.get(day.kind.value, week)
    return {
        "date": day.day.isoformat(),
        "n": day.number,
        "kind": day.kind.value,
        "why": {"zh": words.zh, "en": words.en},
    }


def _evidence(judged: Judged, made: Judgement, row: int) -> list[dict[str, Any]]:
    """The facts the verdict rests on, in the order of the card: field, instant, origin, value."""
    names = dict.fromkeys(_fields(made))
    view, at = made.view, int(made.rows[row])
    facts = [_fact(judged, made, name, at) for name in names]
    if made.card.function == "overtime":
        facts.append(_seen(judged, "escalation", int(made.outcome.done[row])))
    if view.name == "cohort":
        return [
            {"field": name, "at": "", "from": "", "value": str(int(view.numbers[name][at]))}
            for name in ("part", "known", "unknown", "excluded")
        ]
    return [fact for fact in facts if fact]


def _fields(made: Judgement) -> list[str]:
    card = made.card
    if card.auditable != "auto":
        return list(FIELDS)
    named = [str(card.parameters[key]) for key in _STAMPS if key in card.parameters]
    listed = [str(one) for key in ("steps", "fields") for one in _list(card.parameters.get(key))]
    own = [name.partition(".")[2] for name in card.needs if name.startswith(f"{made.view.base.name}.")]
    return [name.removeprefix("reading ") for name in (*named, *listed, *own)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _fact(judged: Judged, made: Judgement, name: str, at: int) -> dict[str, Any] | None:
    view = made.view
    field = MODEL.get(view.base.name, MODEL["case"]).fields.get(name)
    base_row = int(view.pos[at])
    if name in view.stamps or (field is not None and field.type == "ts"):
        stamp = int(view.ts(name)[at])
        origin = _origin(view.base.frame, f"{name}__from", base_row)
        return _seen(judged, name, stamp, origin or ("derived" if field is None else "column"))
    if field is None or name not in view.base.frame.columns:
        return None
    value = view.base.frame[name].iloc[base_row]
    return {"field": name, "at": "", "from": "column", "value": "" if _null(value) else str(value)}


def _seen(judged: Judged, name: str, instant: int, origin: str = "") -> dict[str, Any]:
    return {"field": name, "at": iso(instant, judged.facts.zone) or "", "from": origin, "value": ""}


def _origin(frame: Any, column: str, row: int) -> str:
    if column not in frame.columns:
        return ""
    value = frame[column].iloc[row]
    return "" if _null(value) else str(value)


def _null(value: Any) -> bool:
    return bool(pd.isna(value))
