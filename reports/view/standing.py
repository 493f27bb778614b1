"""Below the tiles: what is escalated and open, falling due, changed, repeated, and how the mails went."""

from datetime import date
from typing import Final

from reports import format as fmt
from reports.view.base import Page, View
from reports.view.front import would_go
from reports.view.trend import made_good

#: Escalated matters on the front page; the rest are among the findings.
SHOWN: Final = 10
#: Assignees above the findings, and the ages of what they hold.
HOLDERS_SHOWN: Final = 100
AGES: Final = ("old", "week", "fresh")
#: Kinds of duty that fall due on the front page, those with most first.
KINDS_SHOWN: Final = 8
#: Outcomes of a notice beside "sent", with the state their mark has.
_OUTCOMES: Final = (
    ("written", ""),
    ("held", ""),
    ("unknown", "no_data"),
    ("failed", "breached"),
    ("refused", "breached"),
)


def escalated(page: Page) -> View:
    """Matters that were escalated and are still open, oldest first."""
    rows = page.life["escalated_open"]
    preview = page.life["mode"] == "preview"
    title = "escalated.title_preview" if preview else "escalated.title"
    listed = set(page.result.findings["finding"])
    holders = len({page.say(row["holder"]) for row in rows if row["holder"]})
    counted = [page.w("escalated.count", n=len(rows)), page.w("escalated.holders", n=holders)]
    return {
        "title": page.w(title),
        "count": ("，" if page.lang == "zh" else ", ").join(counted) if rows else "",
        "rows": [matter(page, row, listed) for row in rows[:SHOWN]],
        "more": page.w("escalated.more", n=len(rows) - SHOWN) if len(rows) > SHOWN else "",
        "none": page.w("escalated.none_preview" if preview else "escalated.none"),
    }


def by_holder(page: Page) -> View:
    """Open records by who has them and age in working days since due; by number, which ranks nobody."""
    day = page.life.get("day", {}).get("open", {})
    holders = day.get("holders", [])
    rows = [
        {
            "holder": one["holder"] or page.w("findings.no_holder"),
            "counts": [fmt.count(one[age]) if one[age] else fmt.NONE for age in AGES],
        }
        for one in sorted(holders[:HOLDERS_SHOWN], key=lambda one: (not one["holder"], one["holder"]))
    ]
    more = len(holders) - len(rows)
    return {
        "title": page.w("holders.title", n=day.get("n", 0)),
        "heads": [page.w(f"holders.{age}") for age in AGES],
        "rows": rows,
        "sums": [fmt.count(day[age]) for age in AGES] if rows else [],
        "more": page.w("holders.more", n=more) if more else "",
    }


def matter(page: Page, row: View, listed: set[str]) -> View:
    """One matter that is late and with somebody; ``link`` leads to it where the period's list holds it."""
    if row["late"] is None:
        late = fmt.NONE
    elif row["late_unit"] == "working_days":
        late = page.w("late.working_days", n=row["late"])
    else:
        late = page.span(row["late"], row["late_unit"] == "open_us")
    return {
        "link": f"#f-{row['finding']}" if row["finding"] in listed else "",
        "label": row["label"],
        "customer": row["customer"],
        "clause": page.title(row["clause"]),
        "due": page.at(row["due"]),
        "late": late,
        "holder": _called(page, row["holder"]) or fmt.NONE,
    }


def falling(page: Page) -> View:
    """What falls due in the next five working days, kind by day."""
    ahead = page.results["falling_due"]
    kinds = {clause["id"]: clause["kind"] for clause in page.results["clauses"]}
    bound = {clause["id"] for clause in page.results["clauses"] if clause["standard"] in page.binding}
    # A matter's last day is said once: by its limit, not by the steps and records due with it.
    known = [
        row
        for row in ahead["rows"]
        if row["clause"] in bound and kinds[row["clause"]] in ("deadline", "rate")
    ]
    known.sort(key=lambda row: -row["total"])
    shown = known if len(known) <= KINDS_SHOWN + 1 else known[:KINDS_SHOWN]
    rows = [_falling_row(_kind(page, row), row["counts"]) for row in shown]
    if rest := known[len(shown) :]:
        days = [sum(counts) for counts in zip(*(row["counts"] for row in rest), strict=True)]
        rows.append(_falling_row(page.w("falling.rest", n=len(rest)), days))
    return {
        "title": page.w("falling.title"),
        "days": [_day_head(page, day) for day in ahead["days"]],
        "rows": rows,
        "none": page.w("falling.none"),
    }


def _falling_row(kind: str, counts: list[int]) -> View:
    return {
        "kind": kind,
        "counts": [fmt.count(n) if n else fmt.NONE for n in counts],
        "total": fmt.count(sum(counts)),
    }


def _kind(page: Page, row: View) -> str:
    """What falls due, in few words where we have them, else the clause's title."""
    of_clause = page.w.or_else(f"falling.{row['clause']}", page.title(row["clause"]))
    return page.w.or_else(f"falling.{row['kind']}", of_clause)


def _day_head(page: Page, day: str) -> str:
    on = date.fromisoformat(day)
    week = fmt.weekday(on, page.lang)
    return f"{on:%m-%d} {week}" if page.lang == "zh" else f"{week} {on:%d}"


def since(page: Page) -> View:
    """Open before + new + reopened - gone = open now; and what was restated.

    The first report has no list before it; where its trend is drawn from a past that was judged later, it says so.
    """
    life = page.life["since"]
    if page.life["first_report"]:
        later = len(made_good(page))
        first = page.w("since.first_after", n=later) if later else page.w("since.first")
        return {"title": page.w("since.title"), "first": first, "rows": []}
    before = page.day(life["previous_as_of"])
    rows = [
        _line(page.w("since.before", at=before), fmt.count(life["open_before"])),
        _line(
            page.w("since.new"),
            fmt.signed(life["new"] + life["reopened"]),
            page.w("since.reopened", n=life["reopened"]) if life["reopened"] else "",
        ),
        _line(
            page.w("since.gone"),
            fmt.signed(-life["cleared"] - life["withdrawn"]),
            page.w("since.withdrawn", n=life["withdrawn"]) if life["withdrawn"] else "",
        ),
        {**_line(page.w("since.now"), fmt.count(life["open_now"]), _marks(page)), "strong": True},
    ]
    for row in page.life["restated"]:
        label = page.w("since.restated", period=page.month(row["period"]))
        rows.append(_line(label, f"{fmt.count(row['was'])} → {fmt.count(row['now'])}"))
    return {"title": page.w("since.title"), "first": "", "rows": rows}


def _line(label: str, value: str, note: str = "", state: str = "", code: str = "") -> View:
    return {"label": label, "value": value, "note": note, "state": state, "code": code, "strong": False}


def _marks(page: Page) -> str:
    life = page.life["since"]
    said = [
        page.w(f"since.marks.{mark}", n=life[mark])
        for mark in ("waived", "disputed", "baseline")
        if life[mark]
    ]
    return page.w("since.with", marks=("、" if page.lang == "zh" else ", ").join(said)) if said else ""


def repeat(page: Page) -> View:
    """Customers by code and teams that come up again and again; never names of staff."""
    repeated = page.life["repeat"]
    rows = [
        _line(
            page.w("repeat.customer"),
            page.w("repeat.times", n=row["n"]),
            page.title(row["clause"]),
            code=row["customer"],
        )
        for row in repeated["customers"]
    ]
    rows += [
        _line(
            page.w("repeat.team"),
            page.w("repeat.periods", n=row["periods"]),
            page.title(row["clause"]),
            code=row["team"],
        )
        for row in repeated["teams"]
    ]
    return {"title": page.w("repeat.title"), "rows": rows, "none": page.w("repeat.none")}


def mails(page: Page) -> View:
    """What became of the notices; before the source is live, what would have been sent and to whom."""
    notices = page.life["notices"]
    if page.life["mode"] == "preview":
        told = notices.get("recipients", [])
        live_from = page.life["live_from"]
        return {
            "title": page.w("mails.would", n=would_go(notices)),
            "note": page.w("mails.from", date=page.day(live_from)) if live_from else "",
            "rows": [
                _line(_called(page, row["holder"]), page.w("escalated.count", n=row["n"])) for row in told
            ],
            "none": "" if told or notices.get("preview", 0) else page.w("mails.none"),
        }
    rows = []
    by_server = notices.get("sent", 0) or not notices.get("written", 0)
    if notices.get("owed"):
        rows = [
            _line(page.w("mails.owed"), fmt.count(notices["owed"])),
            *([_line(page.w("mails.sent"), fmt.count(notices["sent"]))] if by_server else []),
        ]
        if waiting := waiting_notices(notices):
            rows.append(_line(page.w("mails.waiting"), fmt.count(waiting), state="pending"))
        rows += [
            _line(page.w(f"mails.{key}"), fmt.count(notices[key]), state=state)
            for key, state in _OUTCOMES
            if notices.get(key)
        ]
    return {
        "title": page.w("mails.title"),
        "note": "",
        "rows": rows,
        "none": "" if rows else page.w("mails.none"),
    }


def _called(page: Page, holder: View | str) -> str:
    """Who holds it: a list or an office by its word, a person by number."""
    said = page.say(holder)
    return page.w.or_else(f"mail.role.{said}", said)


def waiting_notices(notices: View) -> int:
    """Notices owed whose mail has no outcome yet; negative where the outcomes are more than owed."""
    settled = ("sent", "written", "unknown", "failed", "refused", "held", "preview")
    return int(notices.get("owed", 0) - sum(notices.get(key, 0) for key in settled))
