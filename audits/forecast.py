"""What going live would do to people: the mails of the first audit, and of each of the last days as if live.

The planner itself is asked, day by day, so that caps, digests and opening hours count as they will.
"""

from dataclasses import asdict, dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from audits.cards import Card
from audits.clocks import OpeningHours
from audits.escalation import plan
from audits.findings import as_ints
from audits.ladder import Policy
from audits.notices import KNOWN, NO_ADDRESS, Plan, nothing_known
from audits.people import People
from audits.words import DAY, NAT

#: Days that are looked back at: two weeks hold two of every weekday.
DAYS: Final = 14
COLUMNS: Final = {"person_id": "str", "day": "int64", "mails": "int64", "matters": "int64"}


@dataclass(frozen=True)
class House:
    """What planning needs beside the findings: cards, people, opening hours."""

    cards: dict[str, Card]
    people: People
    hours: OpeningHours


def first_audit(
    findings: pd.DataFrame, house: House, as_of: int, policy: Policy, known: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The mails that the first audit after going live would send (``COLUMNS``; day 0).

    Args:
        findings: every finding of the source.
        policy: as it would be, ``live`` and its ``live_from`` included.
        known: what was told before; none where nothing was.
    """
    owed = _planned(findings, house, as_of, policy, nothing_known() if known is None else known)
    return _counted(owed, 0)


def ordinary_days(findings: pd.DataFrame, house: House, as_of: int, policy: Policy) -> pd.DataFrame:
    """The mails of each of the last ``DAYS`` days, had the source been live since (``COLUMNS``; days to go, negative).

    One audit a day, at the hour of ``as_of``; a matter is open from its due instant until it was done.
    """
    known, out = nothing_known(), []
    begin = as_of - DAYS * DAY
    policy = replace(policy, live_from=begin)
    for number in range(DAYS):
        at = begin + (number + 1) * DAY
        owed = _planned(_as_then(findings, at), house, at, policy, known)
        told = pd.DataFrame([asdict(notice) for notice in owed.notices]).reindex(columns=list(KNOWN))
        known = (
            pd.concat([known, told.astype(known.dtypes.to_dict())], ignore_index=True) if len(told) else known
        )
        out.append(_counted(owed, number + 1 - DAYS))
    return pd.concat(out, ignore_index=True)


def _planned(findings: pd.DataFrame, house: House, at: int, policy: Policy, known: pd.DataFrame) -> Plan:
    marks = findings["marks"].str.split("|").map(lambda some: "|".join(m for m in some if m != "baseline"))
    bare = findings.assign(marks=marks)
    return plan(bare, house.cards, house.people, house.hours, at, known, replace(policy, mode="live"))


def _as_then(findings: pd.DataFrame, at: int) -> pd.DataFrame:
    """Findings as they stood at that instant: those due by then, over only where they were done by then."""
    due, began = as_ints(findings["due_at"]), as_ints(findings["anchor_at"])
    counted = np.where(due == NAT, np.where(began == NAT, as_ints(findings["first_seen_as_of"]), began), due)
    there = (counted <= at) & (findings["state"] != "withdrawn").to_numpy(bool)
    then = findings[there]
    done = as_ints(then["done_at"])
    over = (done != NAT) & (done <= at)
    settled = (then["state"] == "cleared").to_numpy(bool) & (done == NAT)
    state = np.where(over | settled, "cleared", "open")
    shown = then["done_at"].where(over)
    return then.assign(state=pd.Series(state, then.index, "str"), done_at=shown).reset_index(drop=True)


def _counted(owed: Plan, day: int) -> pd.DataFrame:
    """Mails and matters a person; what has no address is mailed to nobody."""
    mails = [e for e in (*owed.envelopes, *owed.held) if e.fate != NO_ADDRESS]
    rows = [(e.addressee.person_id, day, 1, len(e.findings)) for e in mails]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    return frame.groupby(["person_id", "day"], as_index=False, sort=True).sum()
