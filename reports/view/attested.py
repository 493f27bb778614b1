"""Clauses that people score or attest: what was said, how far a sample can answer, and what ran out."""

from reports.sampling import answered, spread
from reports.view.base import Page, View
from reports.view.clauses import clause_order

#: State whose icon and colour each answer and each attestation goes by.
_ANSWERS = {"met": "met", "not_met": "breached", "not_shown": "no_data"}
_STATES = {"expired": "no_data", "none": "no_data", "unconnected": "unconnected"}


def attested(page: Page) -> View | None:
    """The clauses of which something was said or scored, and how many wait; None where there are none."""
    clauses = told(page)
    rows = [_row(page, clause) for clause in clauses]
    silent = sum(1 for c in page.results["clauses"] if c["state"] == "attested") - len(rows)
    return {"rows": rows, "silent": page.w("attested.silent", n=silent) if silent else ""} if rows else None


def told(page: Page) -> list[View]:
    """Attested clauses of which something was said or scored, in the order of the document."""
    return [
        c
        for c in clause_order(page)
        if c["state"] == "attested" and c.get("attested") and _speaks(c["attested"])
    ]


def _attests(said: View) -> bool:
    """Whether there is an attestation, or one is missing; what rests on scorecards needs none."""
    return bool(said["status"] != "none" or said["rests_on"] != "scorecard")


def _speaks(said: View) -> bool:
    return said["status"] in ("valid", "expired") or any(said["items"].values())


def _row(page: Page, clause: View) -> View:
    said, sample = clause["attested"], clause["attested"].get("sample")
    unseen = said["items"]["not_observable"]
    return {
        "id": clause["id"],
        "title": page.say(clause["title"]),
        "said": {"state": state_of(said), "text": said_in_words(page, said)} if _attests(said) else None,
        "notes": _notes(page, said),
        "sample": _sample(page, sample),
        "bar": _bar(page, sample),
        "unseen": page.w("attested.unseen", n=unseen) if unseen else "",
        "answer": {"state": _ANSWERS[sample["answer"]], "text": answered(page.w, sample)} if sample else None,
    }


def state_of(said: View) -> str:
    """The verdict that was given, as long as it holds."""
    return str(said["verdict"] or "no_data") if said["status"] == "valid" else _STATES[said["status"]]


def said_in_words(page: Page, said: View) -> str:
    """``met`` while it holds, else why nothing holds."""
    if said["status"] == "valid" and said["verdict"]:
        return page.w(f"attested.verdict.{said['verdict']}")
    return page.w(f"attested.status.{said['status']}")


def _notes(page: Page, said: View) -> str:
    """Who said it, when, until when, and on what it rests."""
    if said["status"] not in ("valid", "expired"):
        return ""
    who = page.result.name("staff", said["by"]) if said["by"] else "–"
    text = page.w("attested.by", who=who, at=page.day(said["at"]), until=page.day(said["expires_at"]))
    if not said["evidence"]:
        return text
    return f"{text} · {page.w('attested.evidence', doc=said['evidence'])}"


def _bar(page: Page, sample: View | None) -> View | None:
    """The sample as a bar with its interval, in per cent; None of nothing drawn."""
    if sample is None or not sample["n"]:
        return None
    low, high, target = (sample[key] for key in ("low", "high", "target"))
    return {
        "fill": f"{10_000 * sample['met'] // sample['n'] / 100:.2f}",
        "low": f"{low / 100:.2f}",
        "wide": f"{(high - low) / 100:.2f}",
        "ticks": [int(f"{target // 100}")] if target is not None else [],
        "alt": _sample(page, sample),
    }


def _sample(page: Page, sample: View | None) -> str:
    if sample is None:
        return page.w("attested.no_sample")
    return f"{page.w('attested.n', met=sample['met'], n=sample['n'])} · {spread(page.w, sample)}"
