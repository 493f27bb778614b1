"""What people do to a finding: they acknowledge, waive or dispute it; each act is an event of its own."""

import json
from typing import Final, Literal

from sqlalchemy import Connection, and_, select, update

from audits.errors import WrongUse
from tasks.store.schema import events, findings

Act = Literal["acknowledged", "waived", "disputed"]
#: Acts that leave a mark; the other one is a state.
_MARKS: Final = ("waived", "disputed")


def note(
    connection: Connection, life: tuple[str, str], finding: str, act: Act, at: int, detail: dict[str, str]
) -> None:
    """Write the act and its event; ``last_change_as_of`` stays, for it belongs to runs.

    Args:
        life: source and standard set.
        at: when, by the real clock.
        detail: who, why, until when.

    Raises:
        WrongUse: no such finding, or only an open finding can be acknowledged.
    """
    source, standards = life
    one = and_(findings.c.source == source, findings.c.standards == standards, findings.c.finding == finding)
    row = connection.execute(select(findings).where(one).with_for_update()).one_or_none()
    if row is None:
        raise WrongUse("There is no such finding", f"{finding} of {source}", "Copy its id from the report")
    if act == "acknowledged" and row.state != "open":
        raise WrongUse(f"The finding is {row.state}", finding, "Only an open finding can be acknowledged")
    state = "acknowledged" if act == "acknowledged" else row.state
    marks = {mark for mark in row.marks.split("|") if mark} | ({act} if act in _MARKS else set())
    number = row.changes + 1
    stands = {"state": state, "marks": "|".join(sorted(marks)), "changes": number}
    connection.execute(update(findings).where(one).values(stands))
    told = {"source": source, "standards": standards, "finding": finding, "n": number, "as_of": at}
    told |= {"run": "", "kind": act, "was": row.state, "state": state}
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True)
    connection.execute(events.insert().values(**told, detail=text))
