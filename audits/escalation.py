"""Who gets which mail: findings that owe a word become notices, and notices few envelopes (laws 16-18).

Nothing is sent here and nothing is read: the plan is a function of findings, cards, people, opening hours,
what was told before, and ``as_of``. ``audits.ladder`` says what is owed, ``audits.bundling`` how few mails
carry it; ``audits.desk`` finds its people.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from audits.cards import Card
from audits.clocks import OpeningHours
from audits.closing import closed
from audits.desk import Desk, owed_rows
from audits.ladder import Policy, owed, standing
from audits.notices import Plan
from audits.people import People
from audits.soon import NOTHING_AHEAD, Ahead, soon
from audits.told import told_and_waiting


def plan(
    findings: pd.DataFrame,
    cards: dict[str, Card],
    people: People,
    hours: OpeningHours,
    as_of: int,
    known: pd.DataFrame,
    policy: Policy,
    gaps: Sequence[str] = (),
    alarms: Sequence[tuple[str, str]] = (),
    ahead: Ahead = NOTHING_AHEAD,
) -> Plan:
    """What one run owes whom, in which mails, and which of them wait for opening hours.

    Args:
        findings: every finding of the source after this run (columns of ``audits.life``; ``over`` is used
            where it stands), so that what was told can be matched with what it was about.
        cards: clause id -> card; ``tells`` names the ladder.
        people: who is who.
        hours: the house's opening hours.
        as_of: instant of the audit, microseconds.
        known: notices told before (``audits.notices.KNOWN``). Rows with ``waiting`` true are held and not
            sent: they are planned afresh and their envelopes recalled.
        policy: mode, live date, caps.
        gaps: data gaps as ``entity.field|REASON``: told to officer and engineer, once each.
        alarms: what is wrong with the extract, as (kind of ``Alert``, what): told to the same.
        ahead: what falls due before the next run, and whether the officer's day is told.
    """
    told, waiting = told_and_waiting(known, findings)
    opening = _goes_out(hours, as_of)
    desk = Desk(people, policy, as_of, opening, told, findings)
    anew = owed(findings, cards, told, as_of, policy)
    desk.add_owed(owed_rows(anew))
    for person, row in closed(findings, told, as_of, policy):
        desk.add_closed(person, row)
    listed = standing(findings, cards, told, policy)
    desk.add_standing(listed[~listed["finding"].isin(anew["finding"])])
    if ahead.pending is not None and ahead.next_run is not None:
        next_out = _goes_out(hours, ahead.next_run)
        desk.add_soon(soon(ahead.pending, cards, told, policy, opening, next_out))
    if ahead.officers_day:
        desk.add_day()
    desk.post()
    desk.post_operations(gaps, alarms)
    return desk.plan(waiting)


def _goes_out(hours: OpeningHours, at: int) -> int:
    """``at`` itself when the house is open, else the instant at which it opens next."""
    return max(at, int(hours.due_after(np.array([at], np.int64), 1).earliest[0]) - 1)
