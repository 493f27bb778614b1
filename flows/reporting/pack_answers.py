"""What became of the mails of reports: to whom, where each stands, what the server answered."""

import re
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any, Final

from audits.instants import moment_of
from config.settings import Settings
from flows.auditing.posting import people_known
from tasks.store import Store

#: An address in a server's answer; whom a mail went to is said by code.
_ADDRESS: Final = re.compile(r"\S*@\S+")


@dataclass(frozen=True)
class Answered:
    """One mail of a report.

    Args:
        to: whom it is for, as printed; never an address.
        kind: ``pack``, or ``withheld``: the word to officer and engineer.
        state: where it stands in the outbox.
        answer: the server's code and words; the file's name where no server was asked; "" before.
        at: when it was answered, ISO 8601, UTC; "" before.
    """

    to: str
    kind: str
    state: str
    answer: str
    at: str


def answers(settings: Settings, store: Store, source: str) -> dict[str, list[Answered]]:
    """Every mail of a source's reports, by ``PackRow.run``."""
    people, out = people_known(settings, store, source), dict[str, list[Answered]]()
    for one in store.proof_of_packs(source):
        said = f"{one.code} {one.text}".strip() if one.code else one.text
        if one.state == "written":
            said = PurePath(said).name
        to = people.person(one.person_id).printed
        at = moment_of(one.at).isoformat() if one.at else ""
        out.setdefault(one.of, []).append(Answered(to, one.kind, one.state, _ADDRESS.sub("…@…", said), at))
    return out


def listed(found: list[Answered]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [asdict(one) for one in found]
