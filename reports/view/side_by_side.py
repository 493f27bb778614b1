"""Standards side by side: what the clauses of several standards say of the same act."""

from reports import format as fmt
from reports.view.base import Page, View


def side_by_side(page: Page) -> View | None:
    """One group an act, those without a duty folded; None where one standard speaks, or the results are older."""
    found = page.results.get("side_by_side")
    if not found or not found["lines"]:
        return None
    lead = page.w("side.lead", findings=found["findings"], acts=found["acts"])
    idle = [line for line in found["lines"] if not line["acts"]]
    return {
        "lead": lead,
        "lines": [_line(page, line) for line in found["lines"] if line["acts"]],
        "none_due": {
            "title": page.w("side.none_due", n=len(idle)),
            "rows": [_idle(page, line) for line in idle],
        }
        if idle
        else None,
    }


def _act(page: Page, line: View) -> str:
    return page.w.or_else(f"side.key.{line['act']}", line["act"])


def _idle(page: Page, line: View) -> View:
    """An act of which no clause had anything due."""
    return {"title": _act(page, line), "ids": [clause["id"] for clause in line["clauses"]]}


def _line(page: Page, line: View) -> View:
    differ = page.w("side.differ", n=line["differ"]) if line["differ"] else page.w("side.agree")
    said = [page.w("side.acts", n=line["acts"]), page.w("side.breached", n=line["breached"]), differ]
    return {
        "act": _act(page, line),
        "said": " · ".join(said),
        "clauses": [_clause(page, clause) for clause in line["clauses"]],
        "examples": [_example(page, one) for one in line["examples"][:3]],
    }


def _clause(page: Page, clause: View) -> View:
    due = sum(clause[verdict] for verdict in ("met", "breached", "pending", "not_applicable", "no_data"))
    counts = {verdict: clause[verdict] for verdict in page.verdicts}
    return {
        "standard": clause["standard"],
        "id": clause["id"],
        "title": page.title(clause["id"]),
        "binding": clause["standard"] in page.binding,
        "limit": page.limit(page.clauses.get(clause["id"], {}).get("limit")),
        "counts": [{"state": v, "n": fmt.count(n), "zero": not n} for v, n in counts.items()],
        "due": fmt.count(due),
        "bar": [{"state": v, "width": f"{100 * n / due:.2f}"} for v, n in counts.items() if n],
        "alt": " · ".join(f"{page.w(f'verdict.{v}')} {fmt.count(n)}" for v, n in counts.items()),
    }


def _example(page: Page, one: View) -> str:
    """A record on which clauses differ, with what each says of it."""
    entity, _, key = one["subject"].partition(":")
    record = " ".join(part for part in (page.entity(entity), key, one["occurrence"]) if part)
    said = [
        page.w("side.one", standard=clause, verdict=page.w(f"verdict.{verdict}"))
        for clause, verdict in one["verdicts"].items()
    ]
    return page.w("side.example", record=record, said=("；" if page.lang == "zh" else "; ").join(said))
