"""Clause by clause: every line adds up to what fell due, whole sections and standards too."""

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from reports import format as fmt
from reports.view.base import Page, View
from reports.view.trend import has_moves, move, moves_note, previous

#: From so many sections of a reference in which nothing fell due on, they stand in one.
_MANY: Final = 2


def clauses(page: Page) -> View:
    """Standards, binding ones first; in each its sections in the document's order."""
    order = {s["code"]: i for i, s in enumerate(page.results["standards"])}
    every = sorted(
        page.results["clauses"], key=lambda c: (order.get(c["standard"], len(order)), section_key(c))
    )
    groups = [(code, list(rows)) for code, rows in groupby(every, key=lambda c: c["standard"])]
    lead = "clauses.lead_closed" if page.results["period"]["closed"] else "clauses.lead_running"
    gap = "" if page.lang == "zh" else " "
    return {
        "lead": page.w("clauses.lead") + gap + page.w(lead),
        "verdicts": [page.verdict(verdict) for verdict in page.verdicts],
        "moves": previous(page),
        "moves_note": moves_note(page),
        "standards": [_standard(page, code, rows) for code, rows in groups if code in page.binding],
        "reference": [_standard(page, code, rows) for code, rows in groups if code not in page.binding],
    }


def clause_order(page: Page) -> list[View]:
    """Clauses by standard, then by the document's sections; within one as the results give them."""
    order = {s["code"]: i for i, s in enumerate(page.results["standards"])}
    return sorted(
        page.results["clauses"], key=lambda c: (order.get(c["standard"], len(order)), section_key(c))
    )


def section_key(clause: View) -> tuple[int, ...]:
    """The second part of a clause's id (``1.3``) as numbers: the document's sections in their order."""
    parts = clause["id"].split("-")
    numbers = parts[1].split(".") if len(parts) > 1 else []
    return tuple(int(n) if n.isdigit() else 0 for n in numbers)


def _standard(page: Page, code: str, rows: list[View]) -> View:
    known = next((s for s in page.results["standards"] if s["code"] == code), None)
    judged = [row for row in rows if row["state"] == "judged"]
    total = page.w("clauses.standard_total", code=code, n=len(judged))
    return {
        "code": code,
        "title": page.say(known["title"]) if known else "",
        "mode": page.w(f"mode.{known['mode']}") if known else "",
        "binding": code in page.binding,
        "sections": _sections(page, rows, binding=code in page.binding),
        "total": {"title": total, **line(page, judged)},
    }


def _sections(page: Page, rows: list[View], *, binding: bool) -> list[View]:
    """Sections in the document's order; those of a reference in which nothing fell due stand together at its end."""
    by_place = [(place, list(mine)) for place, mine in groupby(rows, key=_place)]
    quiet = [place for place, mine in by_place if not binding and not any(row["population"] for row in mine)]
    if len(quiet) < _MANY:
        return [_section(page, place, mine) for place, mine in by_place]
    made = [_section(page, place, mine) for place, mine in by_place if place not in quiet]
    rest = _section(page, "", [row for row in rows if _place(row) in quiet])
    return [*made, {**rest, "title": page.w("clauses.rest", n=len(quiet))}]


def _place(row: View) -> str:
    return str(row["place"].split("·")[0])


def _section(page: Page, place: str, rows: list[View]) -> View:
    judged = [row for row in rows if row["state"] == "judged"]
    shown = [row for row in judged if row["population"] and not _wholly_met(row)]
    quiet = [row for row in judged if _wholly_met(row)]
    nothing = [row for row in judged if not row["population"]]
    missing = [row for row in rows if row["state"] == "unconnected"]
    if len(quiet) == 1 and not shown:
        shown, quiet = quiet, []
    title = page.section(rows[0]["standard"], place)
    return {
        "place": place,
        "title": title,
        "alone": not title and len(rows) == len(shown) == 1,
        "n": page.w("clauses.n", n=len(judged)) if judged else "",
        "sums": line(page, judged) if any(row["population"] for row in judged) else None,
        "rows": [_row(page, row) for row in shown],
        "all_met": _fold(page, quiet, page.w("clauses.all_met", n=len(quiet))) if quiet else None,
        "none_due": {
            "title": page.w("clauses.none_due_n", n=len(nothing)),
            "rows": [_nothing_due(page, row) for row in nothing],
        }
        if nothing
        else None,
        "unconnected": {
            "title": page.w("clauses.unconnected", n=len(missing)),
            "why": page.w("clauses.unconnected_why"),
            "rows": [_missing(page, row) for row in missing],
        }
        if missing
        else None,
        "by_people": _by_people(page, rows),
    }


def _wholly_met(row: View) -> bool:
    return bool(row["population"]) and row["counts"]["met"] == row["population"]


def _fold(page: Page, rows: list[View], title: str) -> View:
    return {"title": title, "rows": [_row(page, row) for row in rows], **line(page, rows)}


def line(page: Page, rows: Iterable[View]) -> View:
    """Counts of clauses together: the columns, their sum, the bar, and breaches of what was judged."""
    mine = list(rows)
    counts = {v: sum(row["counts"][v] for row in mine) for v in page.verdicts}
    due = sum(row["population"] for row in mine)
    judged = counts["breached"] + counts["met"]
    return {
        "counts": [{"state": v, "n": fmt.count(n), "zero": not n} for v, n in counts.items()],
        "due": fmt.count(due),
        "rate": fmt.rate(counts["breached"], judged).rstrip("%"),
        "bar": [{"state": v, "width": f"{100 * n / due:.2f}"} for v, n in counts.items() if n],
        "alt": " · ".join(f"{page.w(f'verdict.{v}')} {fmt.count(n)}" for v, n in counts.items()),
        "move": move(page, [row["id"] for row in mine]) if has_moves(page) else None,
    }


def _row(page: Page, row: View) -> View:
    once = row["kind"] == "rate" and row["population"] == 1
    verdict = next((v for v in page.verdicts if row["counts"][v]), "met")
    return {
        "id": row["id"],
        "title": page.say(row["title"]),
        "notes": _notes(page, row),
        "once": {**page.verdict(verdict), "note": page.w("clauses.one_verdict")} if once else None,
        "has_findings": row["counts"]["breached"] > 0,
        **line(page, [row]),
    }


def _nothing_due(page: Page, row: View) -> View:
    """A clause without a duty in the period; what is open from earlier or due later is said beside it."""
    return {"id": row["id"], "title": page.say(row["title"]), "notes": _notes(page, row)}


def _notes(page: Page, row: View) -> list[str]:
    """What is listed beside a line and never counted in it."""
    notes = []
    if other := row["other_clock"]:
        clock = page.w(f"clock.mid.{other['clock']}")
        notes.append(page.w("clauses.other_clock", clock=clock, n=other["breached"]))
    notes += [
        page.w(f"clauses.{key}", n=row[key]) for key in ("edge", "open_earlier", "due_later") if row[key]
    ]
    return notes


def _missing(page: Page, row: View) -> View:
    entities = sorted({name.split(".")[0] for name in row["missing"]})
    names = page.listed([page.entity(entity) for entity in entities]) if entities else fmt.NONE
    return {
        "id": row["id"],
        "title": page.say(row["title"]),
        "missing": page.w("clauses.missing", sources=names),
    }


def _by_people(page: Page, rows: list[View]) -> list[View]:
    """Clauses that people attest, and those nobody judges: each folded into one line."""
    by_state = {s: [row for row in rows if row["state"] == s] for s in ("attested", "not_auditable")}
    return [
        {
            "title": f"{page.w(f'clause_state.{state}')} {page.w('clauses.n', n=len(mine))}",
            "rows": [{"id": row["id"], "title": page.say(row["title"]), "notes": []} for row in mine],
        }
        for state, mine in by_state.items()
        if mine
    ]


def coverage(page: Page) -> View:
    """How many clauses of each standard are judged, unconnected, attested, openly not judged."""
    states = ("judged", "unconnected", "attested", "not_auditable")
    codes = list(dict.fromkeys(clause["standard"] for clause in page.results["clauses"]))
    table = {code: dict.fromkeys(states, 0) for code in codes}
    for clause in page.results["clauses"]:
        table[clause["standard"]][clause["state"]] += 1
    widest = max((sum(counts.values()) for counts in table.values()), default=1)
    total = {state: sum(counts[state] for counts in table.values()) for state in states}
    rows = [
        {
            "code": code,
            "mode": page.w("mode.binding") if code in page.binding else page.w("mode.reference"),
            "counts": [fmt.count(counts[state]) for state in states],
            "total": fmt.count(sum(counts.values())),
            "bar": [{"state": s, "width": f"{100 * n / widest:.2f}"} for s, n in counts.items() if n],
        }
        for code, counts in table.items()
    ]
    return {
        "lead": page.w("coverage.lead", n=sum(total.values()), **total),
        "states": [{"state": state, "text": page.w(f"clause_state.{state}")} for state in states],
        "rows": rows,
        "total": [fmt.count(n) for n in total.values()],
        "all": fmt.count(sum(total.values())),
    }
