"""A report that is sent, as the pages over all reports say it: whether it went, to whom, or why not and what to do."""

from dataclasses import dataclass
from typing import Any, Final

from audits.words import Words
from reports.harmless import printable
from reports.words import Catalogue

#: Why a report was kept back though nobody waited for it.
_PREVIEW: Final = "preview"
#: Stands for the command in a sentence.
_HERE: Final = "\x00"


@dataclass(frozen=True)
class Mailed:
    """One mail: to whom by code, where it stands, what the server answered and when (local, ISO; "" before)."""

    to: str
    state: str
    answer: str
    at: str


@dataclass(frozen=True)
class Packed:
    """What became of one report that is sent.

    Args:
        name, title: as ``reports.yaml`` has them.
        state: ``sent``, ``running`` or ``withheld``.
        at: when it was entered, local, ISO.
        restated: which restatement of its period it is; 0 for the first report.
        why: of a withheld one the code of the reason (``reports.mail.withheld``).
        tried: of a withheld one the instant of the newest snapshot that would not do, local; "" without any.
        late: of one that went after it was withheld: the code of the reason, and since when.
        steps: of a withheld one what to do: key and value of each (``reports.mail.withheld``).
        mails: to its readers; of a withheld one to officer and engineer.
    """

    name: str
    title: Words
    state: str
    at: str
    restated: int = 0
    why: str = ""
    tried: str = ""
    late: tuple[str, str] | None = None
    steps: tuple[tuple[str, str], ...] = ()
    mails: tuple[Mailed, ...] = ()


def pack_row(pack: Packed, lang: str, w: Catalogue, *, over: bool = False) -> dict[str, Any]:
    """A report's fate for the page: badges, sentences, steps, and a row for each mail.

    Args:
        over: it went since, so that nothing is to be done.
    """
    steps = [] if over else [_step(w, key, value) for key, value in pack.steps]
    owed = w("withheld.owed") if pack.state == "withheld" and pack.why != _PREVIEW and not over else ""
    return {
        "title": pack.title.in_(lang),
        "badges": list(_badges(pack, w)),
        "said": _said(pack, w),
        "steps": steps,
        "owed": owed,
        "mails_said": _mails_said(pack, w),
        "mails": [
            {
                "to": printable(one.to),
                "state": w.or_else(f"proofs.outcome.{one.state}", w("archive.pack.waits")),
                "at": minute(one.at),
                "answer": printable(one.answer),
            }
            for one in pack.mails
        ],
    }


def _step(w: Catalogue, key: str, value: str) -> tuple[str, str, str]:
    """What to do, and the command or folder in the middle of it."""
    before, _, after = w(f"withheld.do.{key}", code=_HERE, folder=_HERE).partition(_HERE)
    return before, printable(value), after


def minute(iso: str) -> str:
    """A local instant to the minute."""
    return iso[:16].replace("T", " ")


def _badges(pack: Packed, w: Catalogue) -> list[tuple[str, str]]:
    """State (the colour and sign of a verdict) and word of each."""
    if pack.state == "withheld":
        return [("breached", w("archive.withheld"))]
    states = {one.state for one in pack.mails}
    if states <= {"sent"}:
        out = [("met", w("archive.pack.sent"))]
    elif states == {"written"}:
        out = [("no_data", w("proofs.outcome.written"))]
    else:
        out = [("pending", w("archive.pack.going"))]
    out += [("pending", w("archive.pack.running"))] if pack.state == "running" else []
    out += [("no_data", w("archive.pack.restated", n=pack.restated))] if pack.restated else []
    return out + ([("no_data", w("archive.pack.late"))] if pack.late else [])


def _said(pack: Packed, w: Catalogue) -> list[str]:
    """Why it did not go, or why it went late."""
    if pack.late:
        why, since = pack.late
        return [w("archive.pack.late_why", at=minute(since), why=w(f"withheld.why.{why}"))]
    if pack.state != "withheld":
        return []
    tried = w("archive.pack.tried", at=minute(pack.tried)) if pack.tried else ""
    return [w(f"withheld.why.{pack.why}"), *([tried] if tried else [])]


def _mails_said(pack: Packed, w: Catalogue) -> str:
    """How many a server took; one written to a file told nobody."""
    states = [one.state for one in pack.mails]
    taken, every = states.count("sent"), len(states)
    if pack.state == "withheld":
        return w("archive.pack.told", n=taken) if taken else w("archive.pack.written", n=every)
    if every and states.count("written") == every:
        return w("archive.pack.written", n=every)
    return w("archive.pack.some", k=taken, n=every) if taken < every else w("archive.pack.all", n=every)
