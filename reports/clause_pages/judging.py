"""How a clause is judged: which verdicts it can give and when, its exact edges, and what clears a finding."""

from collections.abc import Iterator
from typing import Final

from audits.cards import Card, Limit
from audits.duties import limits
from audits.resolved import MONTHS
from reports.clause_pages.naming import Naming

VERDICTS: Final = ("met", "breached", "pending", "not_applicable", "no_data")
#: Ways of judging that look at one instant and are never pending.
_NEVER_PENDING: Final = frozenset(
    "share confidentiality checked_before_delivery purpose_bound file_number routed".split()
)
#: Ways that may spare a record by themselves.
_SPARES: Final = frozenset(
    "rate rectification special_visit picked_up delay_told told_every parity goal growth".split()
)
#: Ways whose breach has happened and stays.
_LASTING: Final = frozenset(
    "confidentiality share checked_before_delivery purpose_bound picked_up on_the_spot delay_told told_every "
    "urgent_first routed supervisor_steps_in".split()
)
_COHORTS: Final = frozenset("rate goal special_visit parity growth".split())
_CLEARED_LIKE: Final = {
    "overtime": "deadline", "result_asked": "deadline", "formal_acceptance": "completeness",
    "rectification": "completeness", "graded": "membership", "file_number": "format",
    "no_duplicates": "state", "access_rights": "state",
}  # fmt: skip
_OF_PERIODS: Final = frozenset("rate goal rhythm state share".split())
_TIMED: Final = frozenset("deadline completeness sequence picked_up result_asked supervisor_steps_in".split())


def way_of(card: Card) -> str:
    """By what a card is judged: its function, a word of its own, or its kind."""
    p = card.parameters
    if card.function:
        return card.function
    if "statistic" in p or "figure" in p:
        return "goal" if "statistic" in p else "figure"
    if "way" in p:
        return str(p["way"])
    if "every" in p and card.check != "rate":
        return "rhythm" if "rows" in p else "state"
    return "share" if "part" in p else card.check


def verdicts(card: Card, say: Naming) -> list[tuple[str, str]]:
    """The verdicts that a card can give, each with when it is given."""
    w = say.w
    if card.auditable == "none":
        return []
    if card.auditable == "attest":
        return [(name, w(f"card.attest.{name}")) for name in ("met", "breached", "no_data")]
    way = way_of(card)
    found = {"met": w(_met(card, way)), "breached": w(f"when.{way}.breached")}
    if _can_pend(card, way):
        found["pending"] = w(f"when.{way}.pending")
    if spared := list(_spared(card, way, say)):
        found["not_applicable"] = "".join(spared) if say.lang == "zh" else " ".join(spared)
    silent = [w("when.no_data"), *([w("when.no_data.absence")] if card.absence_of else [])]
    found["no_data"] = ("" if say.lang == "zh" else " ").join(silent)
    return [(name, found[name]) for name in VERDICTS if name in found]


def _met(card: Card, way: str) -> str:
    return f"when.{way}.met.bounded" if "bounded_by" in card.parameters else f"when.{way}.met"


def _can_pend(card: Card, way: str) -> bool:
    if way in _NEVER_PENDING or (way == "picked_up" and "at_most" in card.parameters):
        return False
    return bool(card.function or way in ("goal", "rate") or {"limit", "due", "every"} & set(card.parameters))


def _spared(card: Card, way: str, say: Naming) -> Iterator[str]:
    if way in _SPARES:
        yield say.w(f"when.{way}.not_applicable")
    if {"when", "joined"} & set(card.parameters):
        yield say.w("when.rhythm.not_applicable")
    if card.unless:
        yield say.w("when.unless.not_applicable")
    if card.of in ("case", "matter") and not {"every", "statistic"} & set(card.parameters):
        yield say.w("when.void.not_applicable")


# ---- edges ---------------------------------------------------------------------------------------------
def edges(card: Card, say: Naming) -> list[str]:
    """The exact edges of a card, the sharpest first."""
    w = say.w
    if card.auditable == "none":
        return []
    if card.auditable == "attest":
        names = ["edge.attest", "edge.sample"] if card.evidence == "scorecard" else ["edge.expiry"]
        return [w(name) for name in names]
    way = way_of(card)
    return [*_of_way(card, way, say), *_of_time(card, way, say), *_of_holes(card, way, say)]


def _of_way(card: Card, way: str, say: Naming) -> Iterator[str]:
    w = say.w
    if way in ("sequence", "supervisor_steps_in"):
        yield w("edge.order.same")
    if way in ("rate", "share", "special_visit"):
        yield w("edge.rate")
    if way == "rate":
        yield w("edge.rate.zero")
    if way == "goal":
        yield w("edge.goal")
    if way in ("rhythm", "state"):
        yield w(f"edge.rhythm{'.state' if way == 'state' else ''}")
    if way in ("confidentiality", "purpose_bound"):
        yield w("edge.event")
    if "at_most" in card.parameters or "at_least" in card.parameters:
        yield w("edge.rings" if way == "picked_up" else "edge.figure")
    for word in ("pattern", "length", "scale"):
        if word in card.parameters:
            yield w(f"edge.{word}")


def _of_time(card: Card, way: str, say: Naming) -> Iterator[str]:
    w, p, units = say.w, card.parameters, {one.unit for one in limits(card).values()}
    asked = isinstance(p.get("limit"), str)
    timed = bool(units & {"us", "working_days", *MONTHS}) or asked or "due" in p
    told = {
        "edge.instant": timed and way in _TIMED,
        "edge.open": timed and way == "deadline",
        "edge.working_days": "working_days" in units,
        "edge.date_only.days": bool(units & {"working_days", *MONTHS}),
        "edge.date_only.hours": "us" in units and way != "goal",
        "edge.clocks": "clock_choice" in card.readings,
        "edge.periods": bool(units & set(MONTHS)),
        "edge.due_on_record": "due" in p,
        "edge.at_once": not (card.function or timed) and way not in _OF_PERIODS,
        "edge.end_before_start": way in ("deadline", "picked_up"),
        "edge.bounded": "bounded_by" in p,
        "edge.card_then": len(limits(card)) > 1,
        "edge.horizon": "working_days" in units,
    }
    n = _days(limits(card)) if "working_days" in units else 0
    name = say.field(card, str(p["bounded_by"])) if "bounded_by" in p else ""
    values: dict[str, dict[str, object]] = {"edge.working_days": {"n": n}, "edge.bounded": {"name": name}}
    yield from (w(key, **values.get(key, {})) for key, holds in told.items() if holds)


def _days(dated: dict[str, Limit]) -> int:
    return next(reversed(list(dated.values()))).amount


def _of_holes(card: Card, way: str, say: Naming) -> Iterator[str]:
    w = say.w
    if card.where or card.either:
        yield w("edge.filter")
    if way in ("completeness", "membership", "format", "sequence"):
        yield w("edge.null")
    if card.absence_of:
        yield w("edge.absence", entities=say.list([say.entity(name) for name in card.absence_of]))
    if way not in ("state", "rhythm", "rate"):
        yield w("edge.future")


# ---- told, and cleared ---------------------------------------------------------------------------------
def told(card: Card, binding: bool, say: Naming) -> list[str]:
    """Who is told of a breach, and of what lacks data."""
    w = say.w
    if card.auditable != "auto":
        return [w("told.not_judged" if card.auditable == "none" else "told.attested")]
    if not binding:
        said = w("told.reference")
    elif card.trial:
        said = w("told.trial")
    elif not card.tells:
        said = w("told.nobody")
    elif card.severity != "must":
        said = w("told.soft")
    elif card.tells == "officer":
        said = w("told.officer")
    else:
        said = w("told.role", role=w(f"told.name.{card.tells}"))
    return [said, w("told.gap")]


def cleared(card: Card, say: Naming) -> str:
    """What clears a finding of the card."""
    w, way = say.w, way_of(card)
    if card.auditable == "none":
        return w("clear.none")
    if card.auditable == "attest":
        return w("clear.attest")
    if way in _COHORTS:
        return w("clear.cohort")
    if way in _LASTING:
        return w("clear.lasting")
    return w(f"clear.{_CLEARED_LIKE.get(way, way)}")
