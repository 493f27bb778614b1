"""The tiles of the survey and of QA, and the tile of an audit whose source is missing."""

from typing import Final

from reports import format as fmt
from reports.view.base import Page, View, styled
from reports.view.tiles import figure
from reports.words import Run

#: Customers to call and deliverables below 95 % on the front; the rest stand in the appendices.
SHOWN: Final = 4
#: Kind of ``clausewatch register new`` -> the entities it holds that CRMs seldom do.
_HELD: Final = {
    "acceptance": ("acceptance", "acceptance_item"),
    "deliverable": ("deliverable", "qa_check"),
    "follow_up": ("follow_up",),
    "escalation": ("escalation",),
    "execution": ("task", "checkpoint", "deviation"),
    "service_file": ("service_file",),
    "requirement": ("requirement",),
    "proposal": ("proposal", "review"),
    "document": ("document",),
    "meeting": ("meeting",),
    "training": ("training",),
    "improvement": ("improvement",),
    "metric": ("metric_snapshot",),
    "scorecard": ("scorecard", "scorecard_item"),
    "attestation": ("attestation",),
    "promise": ("commitment", "xdept_request"),
    "access": ("access_grant", "access_event", "record_store"),
}
#: Entities that a register of ours is the way to: entity -> kind.
REGISTERS: Final = {entity: kind for kind, entities in _HELD.items() for entity in entities}


def bar(k: int, n: int, ticks: tuple[int, ...]) -> View:
    """A rate on a bar from 0 to 100 with its limits as ticks; positions in hundredths of a per cent."""
    return {"fill": f"{10_000 * k // n / 100 if n else 0:.2f}", "ticks": list(ticks), "none": not n}


def return_limits(page: Page, target: int) -> tuple[int, ...]:
    """The per cent of the survey's return below which a visit is owed, and its target; reports of before say neither."""
    figures = next((one["figures"] for one in page.results["audits"] if one["id"] == "survey"), None) or {}
    floor = (figures.get("cohort") or {}).get("floor", 60)
    return (floor, target) if floor and floor < target else (target,)


def survey(page: Page, figures: View, audit: View) -> View:
    """The last mature cohort, sending in time, and the running cohort with whom to call."""
    cohort, sent = figures["cohort"], figures["sent_in_time"]
    bad = audit["word"] == "breached"
    shown: View | None
    if cohort and cohort["denominator"]:
        k, n = cohort["numerator"], cohort["denominator"]
        label = page.w("tile.survey.figure", cohort=page.month(cohort["key"]))
        shown = figure(k, n, label, bad and cohort["verdict"] == "breached")
        rate_bar = bar(k, n, return_limits(page, cohort.get("target", 80)))
        said = _cohort(page, cohort)
    else:
        shown = figure(sent["met"], sent["n"], page.w("tile.survey.sent"), bad) if sent else None
        rate_bar, said = None, page.w.runs("survey.no_cohort")
    gap = styled("" if page.lang == "zh" else " ")
    if sent and sent["n"]:
        late = sent_late(page)
        key = "survey.sent_late" if late else "survey.sent"
        values = (
            {"met": sent["met"], "m": sent["n"], "n": late} if late else {"met": sent["met"], "n": sent["n"]}
        )
        said = said + gap + page.w.runs(key, **values)
        if unknown := _sent_unknown(page):
            said = said + gap + page.w.runs("survey.sent_unknown", n=unknown)
    return {"figure": shown, "bar": rate_bar, "said": said, "running": _running(page, figures["running"])}


def sent_late(page: Page) -> int:
    """Surveys that were not sent in time, by the clauses that decide."""
    mine = [c for c in page.results["clauses"] if c["audit"] == "survey" and c["kind"] == "deadline"]
    return sum(clause["counts"]["breached"] for clause in mine)


def _sent_unknown(page: Page) -> int:
    """Surveys of which the data do not tell whether they were sent in time."""
    mine = [c for c in page.results["clauses"] if c["audit"] == "survey" and c["kind"] == "deadline"]
    return sum(clause["counts"]["no_data"] for clause in mine)


def _cohort(page: Page, cohort: View) -> list[Run]:
    k, floor, target = cohort["numerator"], cohort.get("floor", 60), cohort.get("target", 80)
    if cohort["verdict"] == "no_data":
        said = page.w.runs("survey.undecided", n=cohort["no_data"])
    elif k < cohort["need_60"]:
        said = page.w.runs("survey.below_60", percent=floor, need=cohort["need_60"], n=cohort["need_60"] - k)
    elif k < cohort["need_80"]:
        said = page.w.runs("survey.short", percent=target, need=cohort["need_80"], n=cohort["need_80"] - k)
    elif k == cohort["need_80"]:
        said = page.w.runs("survey.exact", percent=target, need=k)
    else:
        said = page.w.runs("survey.more", percent=target, need=cohort["need_80"], n=k - cohort["need_80"])
    if cohort["bounced"]:
        gap = styled("" if page.lang == "zh" else " ")
        said = said + gap + page.w.runs("survey.bounced", n=cohort["bounced"])
    return said


def _running(page: Page, running: View | None) -> View | None:
    if not running:
        return None
    cohort = page.month(running["key"])
    runs = page.w.runs("survey.running", cohort=cohort, k=running["numerator"], m=running["denominator"])
    short = running["shortfall"]
    runs = runs + page.w.runs("survey.running_short" if short else "survey.running_enough", n=short)
    calls = [call(page, row) for row in ordered_calls(running)]
    notes = []
    if len(calls) > SHOWN:
        notes.append(page.w("survey.calls_more", n=len(calls) - SHOWN))
    if running["windows_over"]:
        notes.append(page.w("survey.windows_over", n=running["windows_over"]))
    note = ("；" if page.lang == "zh" else "; ").join(notes) + ("。" if page.lang == "zh" else ".")
    return {"runs": runs, "calls": calls[:SHOWN], "note": note if notes else ""}


def ordered_calls(running: View) -> list[View]:
    """Customers to call, the shortest window first."""
    return sorted(running["calls"], key=lambda row: (row["days_left"], row["customer"]))


def call(page: Page, row: View) -> View:
    """One customer whose answer is still out."""
    return {
        "customer": row["customer"],
        "sent": page.day(row["sent_at"]),
        "left": page.w("survey.days", n=row["days_left"]) if row["days_left"] else page.w("survey.last_day"),
        "manager": row["manager"] or fmt.NONE,
    }


def qa(page: Page, figures: View, audit: View) -> View:
    """First-round checks of the month, deliverables below 95 %, deliveries without a check."""
    passed, n, need = figures["passed"], figures["n"], figures["need"]
    if not n:
        said = styled(page.w("qa.none_due"))
    elif figures["shortfall"]:
        said = page.w.runs("qa.short", k=passed, m=n, need=need, n=figures["shortfall"])
    else:
        said = page.w.runs("qa.enough", k=passed, m=n, need=need)
    if figures["no_data"]:
        said = said + styled(" ") + page.w.runs("qa.no_data", n=figures["no_data"])
    below = figures["below"]
    return {
        "figure": figure(figures["failed"], n, page.w("tile.qa.figure"), audit["word"] == "breached"),
        "bar": bar(passed, n, (95,)),
        "said": said,
        "below_head": page.w("qa.below", n=len(below)) if below else "",
        "below": [_below(row) for row in below[:SHOWN]],
        "below_more": page.w("acceptance.more", n=len(below) - SHOWN) if len(below) > SHOWN else "",
        "notes": _delivered(page, figures),
    }


def _delivered(page: Page, figures: View) -> list[str]:
    """What is said of deliverables beside a list of those below 95 %; nothing where none was delivered."""
    if not figures["delivered"]:
        return []
    unchecked = page.w("qa.unchecked", k=figures["unchecked"], m=figures["delivered"])
    return [unchecked] if figures["below"] else [page.w("qa.none_below"), unchecked]


def _below(row: View) -> View:
    share = fmt.rate(row["passed"], row["items"], against=(95,))
    passed = f"{fmt.count(row['passed'])} / {fmt.count(row['items'])} = {share}"
    return {"label": row["label"], "passed": passed, "customer": row["customer"] or fmt.NONE}


def unconnected(page: Page, audit: View) -> View:
    """A tile without a source: what connecting it would judge, in three steps, and how long it takes."""
    needs = audit["needs"]
    waiting = [clause for clause in page.results["clauses"] if clause["audit"] == audit["id"]]
    waiting = [clause for clause in waiting if clause["state"] == "unconnected"]
    kinds = sorted({REGISTERS[name] for name in needs if name in REGISTERS})
    way = (
        "register"
        if kinds and len(kinds) == len({REGISTERS.get(name, name) for name in needs})
        else "mapping"
    )
    names = page.listed([page.entity(name) for name in needs])
    between = "、" if page.lang == "zh" else "; "
    titles = between.join(page.say(clause["title"]) for clause in waiting[:4])
    if len(waiting) > 4:
        titles += " …"
    return {
        "head": page.w("tile.unconnected.head"),
        "gain": page.w.runs("tile.unconnected.gain", source=names, n=len(waiting), titles=titles),
        "time": page.w(f"tile.unconnected.time.{way}"),
        "steps": _steps(page, way, kinds),
        "until": page.w("tile.unconnected.until"),
    }


def _steps(page: Page, way: str, kinds: list[str]) -> list[View]:
    if way == "register":
        new, check = f"clausewatch register new {' '.join(kinds)}", "clausewatch register check register.xlsx"
        fill = {"code": "", "text": page.w("tile.unconnected.step.fill")}
        return [{"code": new, "text": ""}, fill, {"code": check, "text": ""}]
    select = {"code": "", "text": page.w("tile.unconnected.step.select")}
    mapping = f"config/crm/{page.results['source']}.yaml"
    return [{"code": mapping, "text": ""}, select, {"code": "clausewatch doctor", "text": ""}]
