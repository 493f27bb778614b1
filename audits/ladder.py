"""Which findings still owe somebody a word, to which role, and how loudly.

Pure columns: the ladder of the standard (who is told of what), what silences it (marks, reference
standards, trials, targets), and what was told already. ``audits.escalation`` turns the rows into mails.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.cards import Card
from audits.instants import DAY, FAR, MINUTE, NAT

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Level(IntEnum):
    """How loudly a notice speaks; one at a higher level includes the lower ones.

    Between ``NOW`` and ``ABOVE`` lie the repeats, one level each: ``NOW`` + 1 to ``NOW`` + 3.
    """

    SOON = -1  # not broken yet: a warning to whoever holds it
    OVER = 1  # nothing left to do: a line in a digest
    TABLE = 2  # still open, but a table or digest is enough
    NOW = 3  # act now: a mail of its own
    ABOVE = 7  # nobody took it up: one level further up
    CLOSED = 9  # what was escalated is over


#: Ladder keys, gravest first: of several clauses of one matter the first one's addressee is told.
GRAVITY: Final = (
    "duty_list",
    "general_manager",
    "emergency_team",
    "service_manager",
    "supervisor",
    "owner_supervisor",
    "officer",
)
#: Who is above whom once the repeats are used up; whoever stands on no left side is told once.
ABOVE: Final = {
    "emergency_team": "service_manager",
    "supervisor": "service_manager",
    "owner_supervisor": "service_manager",
}
#: Columns of what is owed, as ``audits.bundling.Owed`` has them.
COLUMNS: Final = [
    "finding",
    "clause",
    "subject",
    "occurrence",
    "role",
    "level",
    "urgent",
    "gravity",
    "due",
    "assignee",
    "team",
]
#: Marks that keep a finding away from every manager.
SILENT_MARKS: Final = ("baseline", "waived", "disputed")
#: The CRM's tables whose records may shout at night when their ladder starts the emergency team.
_SHOUTING_DEVIATIONS: Final = "deviation"


@dataclass(frozen=True)
class Policy:
    """How this house lets its notices out.

    Args:
        source: name of the source; part of what digests, gaps and alerts are called.
        mode: ``preview`` (nothing is mailed), ``pilot`` (only the allow-list) or ``live``.
        live_from: obligations due before this instant are baseline; None: nothing is.
        binding: codes of the standards that bind here; all others are reference and silent.
        zone: IANA zone whose days the cap and the digests go by.
        unanswered: microseconds past its limit after which an unanswered complaint is told at once
            (reading ``gm_at_once``).
        can_acknowledge: somebody can acknowledge a matter; nothing is repeated where nobody can.
        repeats: how often at most a matter that nobody takes up is told again before it goes further up.
        repeat_after: microseconds from one step of a ladder to the next.
        mails_a_day: single mails one person gets on one day; what exceeds it goes into one.
        storm: matters of one clause for one person in one run from which they are one incident.
    """

    source: str = ""
    mode: str = "preview"
    live_from: int | None = None
    binding: frozenset[str] = frozenset({"ECS"})
    zone: str = "Asia/Shanghai"
    unanswered: int = 30 * MINUTE
    can_acknowledge: bool = False
    repeats: int = 3
    repeat_after: int = DAY
    mails_a_day: int = 5
    storm: int = 6


def owed(
    findings: pd.DataFrame, cards: dict[str, Card], known: pd.DataFrame, as_of: int, policy: Policy
) -> pd.DataFrame:
    """What is owed and not told yet: one row a finding and role.

    Args:
        findings: findings of the source as ``audits.life`` leaves them, cleared ones included.
        cards: clause id -> card.
        known: notices told before: finding, role, level.
        as_of: instant of the audit.

    Returns:
        finding, clause, subject, occurrence, role, level, urgent, gravity, due, assignee, team; in the
        order of gravity, then due, then finding.
    """
    rows = _levels(_speaking(findings, _rules(cards, policy), policy), as_of, policy)
    rows = _second_limit(rows, _told_subjects(findings, known), known)
    rows = _again(rows, known, as_of, policy)
    rows = _untold(rows, known)
    rows["urgent"] = rows["shouts"] & (rows["level"] == Level.NOW)
    rows["role"] = rows["role"].where(~_past_duty(rows), "supervisor")
    return _ordered(rows)


def standing(
    findings: pd.DataFrame, cards: dict[str, Card], known: pd.DataFrame, policy: Policy
) -> pd.DataFrame:
    """What was told before and is still open: the columns of ``owed`` and ``at``, when it was told last.

    The role is the one that was told; what the duty list heard, the supervisor's digest goes on listing.
    Whoever is told of missing escalations can mend none of them, so the officer's are not repeated.
    """
    rows = _speaking(findings, _rules(cards, policy), policy)
    rows = rows[~rows["over"] & (rows["role"] != "officer")]
    told = known[known["level"].between(Level.OVER, Level.ABOVE)]
    last = told.sort_values(["level", "at"], kind="stable").drop_duplicates("finding", keep="last")
    rows = rows.drop(columns="role").merge(last[["finding", "role", "level", "at"]], on="finding")
    rows = rows.assign(urgent=False, role=rows["role"].replace({"duty_list": "supervisor"}))
    return _ordered(rows, "at")


def open_findings(findings: pd.DataFrame) -> Bools:
    """Findings with something left to do."""
    return np.asarray((findings["state"] == "open").to_numpy(bool) & ~_over(findings))


def _ordered(rows: pd.DataFrame, *also: str) -> pd.DataFrame:
    """Gravest ladder first, then what decides an audit, then by due instant and finding."""
    gravity = rows["role"].map({role: rank for rank, role in enumerate(GRAVITY)}).astype("int64")
    order = rows.assign(gravity=gravity).sort_values(["gravity", "beside", "due", "finding"], kind="stable")
    return order[[*COLUMNS, *also]].reset_index(drop=True)


def us(column: pd.Series) -> Ints:
    """A column of stamps as microseconds, ``NAT`` where null; integers pass as they are."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.asarray(column.to_numpy(dtype="datetime64[us]").view(np.int64))
    return np.asarray(column.astype("Int64").to_numpy(dtype=np.int64, na_value=NAT))


def _rules(cards: dict[str, Card], policy: Policy) -> pd.DataFrame:
    """What a card says about telling, one row a clause that may speak."""
    rows = [
        (
            card.id,
            card.tells,
            card.obligation_key == "resolution",
            not card.decides,
            card.tells in {"duty_list", "general_manager"}
            or (card.tells == "emergency_team" and card.of == _SHOUTING_DEVIATIONS),
        )
        for card in cards.values()
        if card.tells and card.severity == "must" and not card.trial and card.standard in policy.binding
    ]
    return pd.DataFrame(rows, columns=["clause", "role", "resolves", "beside", "shouts"])


def _speaking(findings: pd.DataFrame, rules: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Findings that are not silenced, with what their card says."""
    due = us(findings["due_at"])
    due = np.where(due == NAT, us(findings["anchor_at"]), due)
    frame = pd.DataFrame(
        {
            "finding": findings["finding"],
            "clause": findings["clause"],
            "subject": findings["subject"],
            "occurrence": findings["occurrence"].fillna(""),
            "assignee": findings["assignee_id"].fillna(""),
            "team": findings["team_id"].fillna(""),
            "due": due,
            "over": _over(findings),
        }
    )
    marks = findings["marks"].fillna("").astype("str")
    silent = marks.str.contains("|".join(SILENT_MARKS)).to_numpy(bool)
    if policy.live_from is not None:
        silent = silent | (due != NAT) & (due < policy.live_from)
    alive = findings["state"].isin(["open", "cleared"]).to_numpy(bool)
    return frame[alive & ~silent].merge(rules, on="clause", how="inner")


def _over(findings: pd.DataFrame) -> Bools:
    """Breached, but done or closed since: late stays late, and there is nothing left to do."""
    over = (us(findings["done_at"]) != NAT) | (findings["state"] == "cleared").to_numpy(bool)
    if "over" in findings.columns:
        over |= findings["over"].fillna(value=False).to_numpy(bool)
    return np.asarray(over)


def _levels(rows: pd.DataFrame, as_of: int, policy: Policy) -> pd.DataFrame:
    """The level each finding has reached by now."""
    manager = (rows["role"] == "general_manager").to_numpy(bool)
    due = rows["due"].to_numpy(np.int64)
    waited = (due != NAT) & (as_of >= due + policy.unanswered)
    table = manager & ~rows["resolves"].to_numpy(bool) & ~waited
    over = rows["over"].to_numpy(bool) | (rows["role"] == "officer").to_numpy(bool)
    return rows.assign(level=np.select([over, table], [Level.OVER, Level.TABLE], Level.NOW).astype(np.int64))


def _told_subjects(findings: pd.DataFrame, known: pd.DataFrame) -> set[tuple[str, str, str]]:
    """Subject, occurrence and role of every matter that somebody was told to act on."""
    loud = _loud(known)[["finding", "role"]]
    where = findings[["finding", "subject", "occurrence"]].merge(loud, on="finding")
    return set(zip(where["subject"], where["occurrence"].fillna(""), where["role"], strict=True))


def _loud(known: pd.DataFrame) -> pd.DataFrame:
    """Notices that asked somebody to act."""
    return known[known["level"].between(Level.NOW, Level.ABOVE)]


def _second_limit(rows: pd.DataFrame, told: set[tuple[str, str, str]], known: pd.DataFrame) -> pd.DataFrame:
    """The second limit of a matter whose role was told of the first is a line in a digest.

    A complaint that comes to its 24 hours unsolved is a change of state, and is told.
    """
    keys = zip(rows["subject"], rows["occurrence"], rows["role"], strict=True)
    again = np.fromiter((key in told for key in keys), bool, len(rows))
    again &= ~(rows["resolves"] & (rows["role"] == "general_manager")).to_numpy(bool)
    again &= ~rows["finding"].isin(_loud(known)["finding"]).to_numpy(bool)  # its own first telling
    return rows.assign(level=np.where(again, np.minimum(rows["level"], Level.TABLE), rows["level"]))


def _again(rows: pd.DataFrame, known: pd.DataFrame, as_of: int, policy: Policy) -> pd.DataFrame:
    """What was told, is open and was taken up by nobody: told again, then once to whoever is above.

    Only where somebody can acknowledge, and only on the ladders of ``ABOVE``: each other one ends with its
    first step. A lapsed promise goes on where it stood.
    """
    last = _loud(known).sort_values(["level", "at"], kind="stable").drop_duplicates("finding", keep="last")
    place = pd.Index(last["finding"]).get_indexer(pd.Index(rows["finding"]))
    told = np.append(last["level"].to_numpy(np.int64), 0)[place]  # -1, the last one: not told yet
    at = np.append(last["at"].to_numpy(np.int64), FAR)[place]
    due = (told >= Level.NOW) & (told < Level.ABOVE) & (at <= as_of - policy.repeat_after)
    due &= (rows["level"] == Level.NOW).to_numpy(bool) & rows["role"].isin(list(ABOVE)).to_numpy(bool)
    due &= policy.can_acknowledge
    step = np.where(told - Level.NOW < policy.repeats, told + 1, int(Level.ABOVE))
    level = np.where(due, step, rows["level"])
    role = rows["role"].where(level < Level.ABOVE, rows["role"].map(ABOVE))
    return rows.assign(level=level, role=role)


def _untold(rows: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Without what was told at this level or a louder one, to whomever."""
    loudest = known[known["level"] <= Level.ABOVE].groupby("finding")["level"].max()
    told = rows["finding"].map(loudest).fillna(0).to_numpy(np.int64)
    return rows[told < rows["level"].to_numpy(np.int64)].copy()


def _past_duty(rows: pd.DataFrame) -> pd.Series:
    """The duty list is everybody: what is over, or was told once, goes to the supervisor's digest."""
    return (rows["role"] == "duty_list") & (rows["level"] < Level.NOW)
