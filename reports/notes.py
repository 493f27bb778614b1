"""What the smaller flows leave in Prefect: a look, a report sent, a backfill, housekeeping; a few lines each."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.harmless import harmless
from reports.markdown import Code, cell, table
from reports.words import words

_KINDS = ("opened", "reopened", "cleared", "withdrawn")


def watch_note(told: Mapping[str, Any], lang: str) -> str:
    """What a look read, what it noticed, whom it told (``flows.auditing.watch.watch_once``)."""
    w, told = words(lang), harmless(dict(told))
    found = ", ".join(w(f"note.{kind}", n=told[kind]) for kind in _KINDS if told[kind])
    state = found or w("note.nothing" if told["looked"] else "note.not_looked")
    rows = [
        [w("note.looked_at"), w("note.rows", n=told["rows"], as_of=told["as_of"])],
        [w("note.found"), state],
        [w("note.told"), w("note.mails", n=told["mails"])],
        *([[w("note.aside"), told["aside"]]] if told["aside"] else ()),
        *([w("note.alarm"), alarm] for alarm in told["alarms"]),
    ]
    return table(["", Code(told["source"])], rows, "--") + "\n"


def pack_note(told: Mapping[str, Any], lang: str) -> str:
    """Whether a report was sent, of what, to how many (``flows.reporting.pack_sending.send_report``)."""
    w, told = words(lang), harmless(dict(told))
    rows = [[w("note.state"), Code(told["state"])]]
    if "period" in told:
        rows += [
            [w("note.period"), told["period"]],
            ["as_of", Code(told["as_of"])],
            [w("note.counts"), w("note.breached", n=told["breached"], m=told["population"])],
            [w("note.readers"), str(len(told["readers"]))],
            [w("note.missed"), str(len(told["missed"]))],
            [w("note.folder"), Code(told["folder"])],
        ]
    return table(["", told["report"]], rows, "--") + "\n"


def backfill_note(told: Sequence[Mapping[str, Any]], lang: str) -> str:
    """The periods of a backfill; one that had its result already was passed over."""
    w = words(lang)
    heads = [w("note.period"), w("note.state"), w("note.duties"), w("verdict.breached"), w("note.folder")]
    rows = [
        [
            one["period"],
            w("note.done" if one["done"] else "note.had"),
            str(one.get("population", "")),
            str(one.get("breached", "")),
            Code(one["folder"]) if one["folder"] else "",
        ]
        for one in harmless(list(told))
    ]
    return table(heads, rows, "--rr-") + "\n"


def gone_note(gone: Sequence[tuple[str, int, int]], lang: str) -> str:
    """What housekeeping let go: kind, how many, bytes."""
    w = words(lang)
    if not gone:
        return cell(w("note.kept")) + "\n"
    rows = [[what, f"{count:,}", f"{size:,}"] for what, count, size in gone]
    return table([w("note.gone"), w("note.count"), w("note.bytes")], rows, "-rr") + "\n"


def sent_note(said: Mapping[str, str], lang: str) -> str:
    """Mails that waited: what became of them, a line a source."""
    w = words(lang)
    rows = [[source, line] for source, line in said.items()] or [["", w("note.none_wait")]]
    return table([w("note.source"), w("note.mails_waited")], rows, "--") + "\n"
