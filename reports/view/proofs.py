"""Notices with their proof: what was mailed in the period, to whom, and what the server answered."""

from typing import Final

from reports import format as fmt
from reports.view.base import Page, View

#: Mails that stand on the page, the latest; the sheet has them all.
SHOWN: Final = 100
#: State whose colour an outcome has; what is well stays quiet.
_STATES: Final = {"unknown": "no_data", "failed": "breached", "refused": "breached"}


def proofs(page: Page) -> View | None:
    """The appendix; None where nothing was mailed, or the results are older."""
    found = page.life.get("proofs", [])
    if not found:
        return None
    rows = [row(page, one) for one in found[-SHOWN:]]
    more = page.w("proofs.more", k=len(rows), m=len(found)) if len(found) > SHOWN else ""
    return {"kind": "proofs", "title": page.w("proofs.title", n=len(found)), "rows": rows, "more": more}


def row(page: Page, one: View) -> View:
    """One mail as it is printed."""
    written = page.w("proofs.no_server") if one["outcome"] == "written" else ""
    answer = " · ".join(part for part in (written, one["answer"]) if part) or fmt.NONE
    return {
        "at": page.at(one["at"]),
        "kind": page.w.or_else(f"proofs.kind.{one['kind']}", one["kind"]),
        "holder": page.w.or_else(f"mail.role.{one['to']}", one["to"]),
        "notices": fmt.count(one["notices"]),
        "outcome": page.w(f"proofs.outcome.{one['outcome']}"),
        "state": _STATES.get(one["outcome"], ""),
        "answer": answer
        if one["attempt"] == 1
        else f"{answer} · {page.w('proofs.attempt', n=one['attempt'])}",
        "mail": one["mail"],
    }
