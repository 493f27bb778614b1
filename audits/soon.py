"""Warnings before a breach: what falls due before anybody could be told of it again goes to its holder, once.

A warning comes in time or not at all: what falls due before the mail can go out is left to the ladder.
"""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from audits.bundling import Owed
from audits.cards import Card
from audits.facts import Facts
from audits.ladder import Level, Policy, us
from audits.words import NAT

HOLDER: Final = "holder"
#: Columns of ``audits.judge.obligations`` with findings that are read, and the marks of each.
READ: Final = (
    *("finding", "clause", "subject", "occurrence", "verdict", "due_at", "assignee_id", "team_id", "marks"),
)


@dataclass(frozen=True)
class Ahead:
    """What planning knows of the time to come.

    Args:
        pending: duties still running (columns ``READ``); None warns nobody.
        next_run: instant of the next audit, microseconds; None warns nobody.
        officers_day: the officer gets a digest every day, whatever is new.
    """

    pending: pd.DataFrame | None = None
    next_run: int | None = None
    officers_day: bool = False


NOTHING_AHEAD: Final = Ahead()


def soon(
    pending: pd.DataFrame,
    cards: dict[str, Card],
    known: pd.DataFrame,
    policy: Policy,
    goes_out: int,
    next_out: int,
) -> list[Owed]:
    """Duties that fall due after a mail of now can go out and before one of the next run can.

    Args:
        pending: obligations that are pending (columns ``READ``).
        known: notices told before: a duty is warned of once, and never after it was told as broken.
        goes_out: instant at which this run's ordinary mail goes out.
        next_out: instant at which the next run's does: the next run, or the next working morning.
    """
    if pending.empty:
        return []
    due = us(pending["due_at"])
    wanted = (pending["verdict"] == "pending").to_numpy(bool, copy=True)
    wanted &= (due != NAT) & (due > goes_out) & (due <= next_out)
    wanted &= (pending["marks"].fillna("") == "").to_numpy(bool)
    wanted &= pending["clause"].isin(_speaking(cards, policy)).to_numpy(bool)
    wanted &= ~pending["finding"].isin(known["finding"]).to_numpy(bool)
    rows = pending[wanted].assign(due=due[wanted])
    rows = rows.sort_values(["due", "finding"], kind="stable")
    texts = [rows[name].fillna("").tolist() for name in ("finding", "clause", "subject", "occurrence")]
    more = [rows[name].fillna("").tolist() for name in ("assignee_id", "team_id")]
    return [
        Owed(finding, clause, subject, occurrence, HOLDER, int(Level.SOON), False, 0, int(at), who, team)
        for finding, clause, subject, occurrence, at, who, team in zip(
            *texts, rows["due"].tolist(), *more, strict=True
        )
    ]


def to_account_managers(pending: pd.DataFrame, cards: dict[str, Card], facts: Facts) -> pd.DataFrame:
    """Running surveys that bounced are held by the client's account manager: the address is theirs to mend.

    Args:
        pending: obligations that are pending (columns ``READ``).
        cards: to know which clauses ask for a survey to be sent.
        facts: surveys, acceptances and customers; where one does not say, the holder stays.
    """
    frames = facts.frames
    if not {"survey", "acceptance", "customer"} <= set(frames) or pending.empty:
        return pending
    asked = [card.id for card in cards.values() if card.obligation_key == "survey_sent"]
    surveys, customers = frames["survey"], frames["customer"]
    if "bounced" not in surveys or "account_manager_id" not in customers:
        return pending
    bounced = surveys.loc[surveys["bounced"].fillna(value=False).astype(bool), "acceptance_id"]
    acceptances = frames["acceptance"].set_index("id")["customer_id"]
    customer = pd.Series(bounced.dropna().unique(), dtype="str")
    managers = customers.set_index("id")["account_manager_id"]
    holder = customer.map(acceptances).map(managers)
    known = dict(zip("acceptance:" + customer[holder.notna()], holder[holder.notna()], strict=True))
    theirs = pending["clause"].isin(asked) & pending["subject"].isin(list(known))
    assignee = pending["assignee_id"].where(~theirs, pending["subject"].map(known))
    return pending.assign(assignee_id=assignee)


def _speaking(cards: dict[str, Card], policy: Policy) -> list[str]:
    """Clauses that escalate once broken, and that somebody can still keep: a missing escalation is none."""
    return [
        card.id
        for card in cards.values()
        if card.tells not in ("", "officer")
        and card.severity == "must"
        and not card.trial
        and card.standard in policy.binding
    ]
