"""The mails of a period with what the server answered, as ``life.json`` keeps them: codes, no addresses."""

import re
from pathlib import PurePath
from typing import Any, Final

from audits.findings import as_ints
from audits.saying import iso
from flows.auditing.run import AuditRun

#: An address in a server's answer; whom a mail went to is said by code.
_ADDRESS: Final = re.compile(r"\S*@\S+")


def proofs(run: AuditRun) -> list[dict[str, Any]]:
    """Mails tried since the reported period began, oldest first.

    Returns:
        ``mail`` (its number), ``kind``, ``to`` (printable code), ``notices``, ``at``, ``outcome``, ``attempt``
        and ``answer``: the server's code and words; the file's name where no server was asked.
    """
    if run.judged is None or run.people is None:
        return []
    found = run.store.proofs(run.judged.facts.source)
    at = as_ints(found["at"])
    told = []
    rows: list[dict[str, Any]] = found.to_dict("records")  # type: ignore[assignment]
    for row, instant in zip(rows, at.tolist(), strict=True):
        if instant < run.judged.period.start:
            continue
        said = f"{row['code']} {row['text']}".strip() if row["code"] else row["text"]
        if row["outcome"] == "written":
            said = PurePath(said).name
        told.append({
            "mail": row["mail"][:16], "kind": row["kind"], "to": run.people.person(row["person_id"]).printed,
            "notices": int(row["notices"]), "at": iso(instant, run.judged.facts.zone), "outcome": row["outcome"],
            "attempt": int(row["attempt"]), "answer": _ADDRESS.sub("…@…", said),
        })  # fmt: skip
    return told
