"""Few mails: what one person is owed becomes single mails, incidents and at most one digest of the day.

A mail respects people (law 18): single matters up to a cap, a storm of one cause as one incident, what
waits for opening hours and what is over in one digest by age.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from audits.ladder import Level, Policy
from audits.notices import CLOSING, DAILY, DIGEST, ESCALATION, INCIDENT, WARNING
from audits.people import Addressee


@dataclass(frozen=True)
class Owed:
    """One row of ``audits.ladder.owed``: a finding that owes a role a word at a level."""

    finding: str
    clause: str
    subject: str
    occurrence: str
    role: str
    level: int
    urgent: bool
    gravity: int
    due: int
    assignee: str
    team: str


@dataclass(frozen=True)
class Matter:
    """Everything broken about one record that is told at once; ``lead`` has the gravest ladder."""

    lead: Owed
    all: tuple[Owed, ...]


@dataclass
class Share:
    """What one person is owed in one run; ``singles`` and ``digested`` count what he has got today.

    ``standing`` was told before today and is still open, ``apart`` was told today; ``soon`` falls due before
    he can be told again, ``closed`` was escalated to him and is over. ``recent`` counts the matters of each
    cause that went to him within the hour, ``storms`` names those of which it was an incident. ``day`` is
    true for who gets a digest every day.
    """

    addressee: Addressee | None = None

    urgent: list[Matter] = field(default_factory=list)
    ordinary: list[Matter] = field(default_factory=list)
    quiet: list[Owed] = field(default_factory=list)
    standing: list[Owed] = field(default_factory=list)
    apart: list[Owed] = field(default_factory=list)
    soon: list[Owed] = field(default_factory=list)
    closed: list[Owed] = field(default_factory=list)
    recent: Counter[str] = field(default_factory=Counter)
    storms: frozenset[str] = frozenset()
    day: bool = False
    singles: int = 0
    digested: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Bundle:
    """The content of one mail: what it tells anew, what it lists again."""

    kind: str
    told: tuple[Owed, ...]
    standing: tuple[Owed, ...] = ()
    apart: tuple[Owed, ...] = ()
    cause: str = ""
    urgent: bool = False


def matters(rows: Iterable[Owed]) -> tuple[list[Matter], list[Owed]]:
    """Loud rows joined by record, and the quiet rest.

    Args:
        rows: gravest first: the first row of a record leads its matter.

    Returns:
        Matters, and quiet rows; a clause whose own ladder names another role than the leading one is
        quiet for that role (one person a step, the others see it in the digest).
    """
    loud: defaultdict[str, list[Owed]] = defaultdict(list)
    quiet: list[Owed] = []
    for row in rows:
        (loud[row.subject] if row.level >= Level.NOW else quiet).append(row)
    joined = []
    for lead, *others in loud.values():
        # One person is told of them all; whom the other clauses name sees them in his digest.
        elsewhere = [row for row in others if row.role != lead.role and row.level == Level.NOW]
        quiet += [replace(row, level=Level.TABLE, urgent=False) for row in elsewhere]
        joined.append(Matter(lead, (lead, *(_to(row, lead.role) for row in others))))
    return joined, quiet


def bundles(share: Share, closed: bool, policy: Policy) -> Iterator[Bundle]:
    """The mails for one person.

    Args:
        share: what is owed to him.
        closed: it is outside opening hours, so that all but urgent matters wait.
        policy: cap and storm.
    """
    left = max(policy.mails_a_day - share.singles, 0)
    singles, beyond = _singles(share.urgent, left, policy, share.recent)
    if beyond:  # what cannot wait and exceeds the cap is one mail all the same
        singles.append(Bundle(INCIDENT, _told(beyond), urgent=True))
    left = max(left - len(singles), 0)
    ordinary: list[Matter] = share.ordinary
    waiting: list[Matter] = []
    if closed and len(ordinary) > 1 and DIGEST not in share.digested:
        ordinary, waiting = [], ordinary
    same = [matter for matter in ordinary if matter.lead.clause in share.storms]
    ordinary = [matter for matter in ordinary if matter.lead.clause not in share.storms]
    more, beyond = _singles(ordinary, left, policy, share.recent)
    singles += more
    left = max(left - len(more), 0)
    beyond += same  # the storm was told of within the hour: what comes after it stands in the digest
    if share.soon and left:
        singles.append(Bundle(WARNING, tuple(share.soon)))
        left -= 1
    over = tuple(share.closed)
    if over and left:
        singles.append(Bundle(CLOSING, over))
        over = ()
    yield from singles
    alone = [row for bundle in singles if bundle.kind != CLOSING for row in bundle.told]
    yield from _digests(share, [*waiting, *beyond], alone, over)


def _singles(
    found: list[Matter], left: int, policy: Policy, recent: Mapping[str, int]
) -> tuple[list[Bundle], list[Matter]]:
    """Storms and single matters within the cap, and the matters beyond it.

    A storm counts what went out within the hour, so that it is one whether one run sees it or ten.
    """
    by_cause: defaultdict[str, list[Matter]] = defaultdict(list)
    for matter in found:
        by_cause[matter.lead.clause].append(matter)
    storms = {
        cause: group
        for cause, group in by_cause.items()
        if len(group) > 1 and len(group) + recent.get(cause, 0) >= policy.storm
    }
    out = [
        Bundle(INCIDENT, _told(group), cause=cause, urgent=group[0].lead.urgent)
        for cause, group in storms.items()
    ]
    rest = [matter for matter in found if matter.lead.clause not in storms]
    room = max(left - len(out), 0)
    out += [Bundle(ESCALATION, _told([matter]), urgent=matter.lead.urgent) for matter in rest[:room]]
    return out, rest[room:]


def _digests(
    share: Share, beyond: list[Matter], alone: list[Owed], over: tuple[Owed, ...]
) -> Iterator[Bundle]:
    """One digest of each kind a day, when there is something to list."""
    told = _by_kind((*_told(beyond), *share.quiet, *over))
    standing = _by_kind(share.standing)
    apart = _by_kind((*share.apart, *(row for row in alone if row.level > 0)))
    for kind in (DAILY, DIGEST):
        daily = share.day and kind == DIGEST
        if kind not in share.digested and (told[kind] or standing[kind] or daily):
            yield Bundle(kind, tuple(told[kind]), tuple(standing[kind]), tuple(apart[kind]))


def _by_kind(rows: Iterable[Owed]) -> defaultdict[str, list[Owed]]:
    """The general manager's table, and everybody's digest."""
    kinds: defaultdict[str, list[Owed]] = defaultdict(list)
    for row in rows:
        kinds[DAILY if row.role == "general_manager" else DIGEST].append(row)
    return kinds


def _to(row: Owed, role: str) -> Owed:
    return row if row.role == role else replace(row, role=role)


def _told(found: Iterable[Matter]) -> tuple[Owed, ...]:
    return tuple(row for matter in found for row in matter.all)
