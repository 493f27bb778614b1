"""The closing sums, the seal, and the appendices."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any, Final

from reports import format as fmt
from reports.result_set import ResultSet, seal
from reports.view import acts
from reports.view.base import Page, View
from reports.view.proofs import proofs
from reports.view.standing import waiting_notices
from reports.view.tile_rates import SHOWN, call, ordered_calls
from reports.view.tiles import RUNNING_SHOWN, running, shortest_first

#: Terms of a sum that are all written out: one a day of a quarter.
_TERMS: Final = 92


def all_checks(result: ResultSet) -> list[View]:
    """The judge's closing sums, and those that only the report can close: rows listed, life, notices."""
    totals, life = result.results["totals"], result.life
    since = life["since"]
    states = [int(n) for n in result.findings["state"].value_counts().sort_index()]
    checks = [
        *result.results["checks"],
        _check("listed_equal_breached", len(result.findings), totals["breached"]),
        _check(
            "obligations_equal_population", int(result.obligations["in_period"].sum()), totals["population"]
        ),
        _check("marks_sum", states or 0, totals["breached"]),
    ]
    if not life["first_report"]:
        flow = [since["open_before"], since["new"], since["reopened"], -since["withdrawn"], -since["cleared"]]
        checks.append(_check("life_sum", flow, since["open_now"]))
    owed, waiting = life["notices"].get("owed", 0), waiting_notices(life["notices"])
    checks.append({"id": "notices_sum", "left": owed - waiting, "right": owed, "holds": waiting >= 0})
    return checks


def _check(key: str, left: int | list[int], right: int) -> View:
    total = sum(left) if isinstance(left, list) else left
    return {"id": key, "left": left, "right": right, "holds": total == right}


def side(value: int | list[int]) -> str:
    """One side of a closing sum: ``131 + 449 − 2``; of very many terms the first, and how many there are."""
    if isinstance(value, int):
        return fmt.count(value)
    text = ""
    if len(value) > _TERMS:
        return f"{side(value[:3])} + … + {fmt.count(value[-1])} [{fmt.count(len(value))}]"
    for n in value:
        text += fmt.count(n) if not text else f" {fmt.MINUS if n < 0 else '+'} {fmt.count(abs(n))}"
    return text or "0"


def closing(page: Page) -> View:
    """Every sum in words and figures, and what the report is sealed with."""
    rows = [
        {
            "text": page.w.or_else(f"check.{check['id']}", check["id"]),
            "sum": check_sum(check),
        }
        for check in all_checks(page.result)
    ]
    results = page.results
    versions = [f"clausewatch {results['engine']}"]
    versions += [f"{standard['code']} {standard['edition']}" for standard in results["standards"]]
    calendar = results["calendar"]
    versions.append(page.w("closing.calendar", id=calendar["id"], version=calendar["version"]))
    versions.append(page.w("closing.readings", n=len(results["readings"])))
    versions += _house_numbers(page)
    frames = results["snapshot"]["frames"]
    stated = sum(frame["rows"] for frame in frames.values())
    return {
        "rows": rows,
        "seal": grouped(seal(results)),
        "snapshot": f"{results['snapshot']['hash'][:8]} … {page.w('closing.rows', n=stated)}",
        "program": " · ".join(versions),
        "trail": acts.trail(page),
        "verify": "sha256sum results.json",
        "again": "clausewatch audit --snapshot snapshot",
    }


def _house_numbers(page: Page) -> list[str]:
    """What this house set over the standards: clause, word, values, by whom and why."""
    return [
        page.w("closing.house", clause=clause["id"], word=one["parameter"], by=one["by"], on=one["on"], why=one["why"],
               values=page.listed([f"{value} ({day})" for day, value in one["values"].items()]))
        for clause in page.results["clauses"]
        for one in clause.get("house", ())
    ]  # fmt: skip


def check_sum(check: View) -> str:
    """A closing sum with both its sides: ``449 + 158 = 607``."""
    sign = "≤" if check["id"] in ("waived_le_breached", "notices_sum") else "="
    return f"{side(check['left'])} {sign} {side(check['right'])}"


def grouped(digest: str) -> str:
    """A checksum in groups of eight, so that a person can compare it."""
    return " ".join(digest[i : i + 8] for i in range(0, len(digest), 8))


def annex(page: Page) -> list[View]:
    """The appendices that have something to say, lettered."""
    parts = [
        *acts.parts(page),
        _reasons(page),
        _calendar(page),
        _calls(page),
        _running(page),
        _quiet_readings(page),
        _files(page),
        proofs(page),
    ]
    letters = page.w("annex.letter")
    kept = [part for part in parts if part]
    return [{**part, "letter": letters[i]} for i, part in enumerate(kept)]


def _reasons(page: Page) -> View:
    rows = [
        {"text": page.w(f"reason.{row['reason']}"), "code": row["reason"], "n": fmt.count(row["n"])}
        for row in page.results["not_applicable"]
    ]
    total = fmt.count(page.results["totals"]["not_applicable"])
    none = page.w("annex.reasons_none")
    return {"kind": "reasons", "title": page.w("annex.reasons"), "rows": rows, "total": total, "none": none}


def _calendar(page: Page) -> View | None:
    days = page.results["calendar"]["days"]
    if not days:
        return None
    known = {day["date"]: day for day in days}
    months = sorted({day["date"][:7] for day in days})
    working = sum(day["working"] for day in days)
    calendar = page.results["calendar"]
    return {
        "kind": "calendar",
        "title": page.w("annex.calendar", period=page.period),
        "months": [{"name": page.month(month), "weeks": _weeks(page, month, known)} for month in months],
        "heads": [fmt.weekday(date(2026, 11, 2) + timedelta(days=i), page.lang) for i in range(7)],
        "note": page.w(
            "annex.calendar_note",
            working=working,
            off=len(days) - working,
            source=page.say(calendar["source"]),
            until=calendar["known_through"],
        ),
    }


def _weeks(page: Page, month: str, known: dict[str, Any]) -> list[list[View | None]]:
    year, number = int(month[:4]), int(month[5:])
    first, length = monthrange(year, number)
    cells: list[View | None] = [None] * first
    for n in range(1, length + 1):
        day = known.get(f"{month}-{n:02d}")
        cells.append(_day(page, n, day))
    cells += [None] * (-len(cells) % 7)
    return [cells[i : i + 7] for i in range(0, len(cells), 7)]


def _day(page: Page, n: int, day: View | None) -> View:
    why = day["why"] if day else ""
    extra = why in ("make_up", "company_working")
    rest = why in ("holiday", "company_off")
    mark = page.w("calendar.rest") if rest else page.w("calendar.work") if extra else ""
    return {
        "n": str(n),
        "off": bool(day and not day["working"]),
        "make_up": extra,
        "mark": mark,
        "name": page.say(day["name"]) if day else "",
    }


def _calls(page: Page) -> View | None:
    survey = next(audit for audit in page.results["audits"] if audit["id"] == "survey")
    still_out = (survey["figures"] or {}).get("running")
    if not still_out or len(still_out["calls"]) <= SHOWN:
        return None
    rows = [call(page, row) for row in ordered_calls(still_out)]
    return {"kind": "calls", "title": page.w("annex.calls"), "rows": rows}


def _running(page: Page) -> View | None:
    tile = next(audit for audit in page.results["audits"] if audit["id"] == "acceptance")
    rows = (tile["figures"] or {}).get("running", [])
    if len(rows) <= RUNNING_SHOWN:
        return None
    ordered = sorted(rows, key=shortest_first)
    return {
        "kind": "running",
        "title": page.w("annex.running"),
        "rows": [running(page, row) for row in ordered],
    }


def _quiet_readings(page: Page) -> View | None:
    rows = [
        {"id": reading["id"], "text": page.say(reading["question"]), "option": _in_use(page, reading)}
        for reading in page.results["readings"]
        if not reading["effect"]
    ]
    return {"kind": "readings", "title": page.w("annex.readings"), "rows": rows} if rows else None


def _in_use(page: Page, reading: View) -> str:
    used = [page.say(option["text"]) for option in reading["options"] if option["in_use_for"]]
    default = [
        page.say(option["text"]) for option in reading["options"] if option["key"] == reading["default"]
    ]
    return page.listed(used or default)


def _files(page: Page) -> View:
    names = page.w.under("file")
    rows = [{"name": name, "text": text} for name, text in names.items()]
    return {"kind": "files", "title": page.w("annex.files"), "rows": rows}
