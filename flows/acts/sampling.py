"""``sample``: draw contacts for people to score, draw them again, and take the filled scorecard back."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from audits import sampling
from audits.attested import TARGET, sampled
from audits.cards import Card, Drawn, Readings, Wanted
from audits.errors import ClausewatchError, WrongUse
from audits.instants import DAY
from audits.periods import Period, Unit, parse, period_of
from audits.saying import iso
from config.catalogue import card_named
from config.rulebook import choices
from config.rules import every_card, load_readings, load_standards
from config.settings import Settings
from flows.acts.register_folders import folder_for, mapping_of
from flows.acts.sampling_verdicts import drawn_again
from flows.asking.explaining import newest_snapshot
from flows.auditing.people_known import staff_known
from flows.auditing.steps import named
from tasks.crm import snapshot
from tasks.crm.sample_plans import read_plan, write_plan
from tasks.crm.scorecards import SEEN, file_scorecard, read_scorecard, write_scorecard

SCORECARD: Final = "scorecard.xlsx"
PLAN: Final = "plan.json"
#: Reading that says how many contacts are drawn, and what it says where a house has not got it.
SIZE: Final = "sample_size"
_SIZE: Final = 30


@dataclass(frozen=True)
class Wish:
    """What somebody asks of a sample; what is blank comes from the card, the reading, or the run.

    Args:
        clauses: what is to be scored.
        of, where, strata: what is drawn, as in ``audits.sampling.Asked``.
        period: as people write it; "": the quarter in which the run's period begins.
        size: how many; 0: the reading.
        seed: any text; "": one is made.
        folder: a snapshot; None: the newest run's.
        to: where the files go; None: a folder of its own under ``state/samples``.
        lang: ``zh`` or ``en``, in large.
    """

    clauses: tuple[str, ...]
    of: str = ""
    where: Mapping[str, Wanted] = field(default_factory=dict)
    strata: tuple[str, ...] = ()
    period: str = ""
    size: int = 0
    seed: str = ""
    folder: Path | None = None
    to: Path | None = None
    lang: str = "zh"


def draw_contacts(settings: Settings, wish: Wish) -> dict[str, Any]:
    """Draw a sample of contacts and write its scorecard and its plan.

    Returns:
        ``plan``, ``scorecard`` and ``plan_file`` (paths), ``remarks`` (what should be known of it).

    Raises:
        WrongUse: an unknown clause, one that nobody scores, fields that do not fit, or nothing to draw from.
        SnapshotError: the snapshot was changed.
    """
    taken = snapshot.read(wish.folder or newest_snapshot(settings.out))
    zone, as_of = taken.facts.zone, taken.info.as_of
    period = parse(wish.period, zone) if wish.period else _quarter(taken)
    readings = load_readings(taken.rules / "readings")
    cards = _scored(every_card(taken.rules / "standards", readings)[1], wish.clauses)
    size = wish.size or _size(Readings(readings, period.first_day.isoformat()), cards)
    asked = _asked(wish, cards, size, wish.seed or secrets.token_hex(8))
    frame = sampling.contacts(taken.facts, as_of, period, asked)
    plan = sampling.plan("scorecard", _said(taken, period, asked), frame, asked.size, asked.seed)
    folder = wish.to or settings.state / "samples" / plan["id"]
    if (folder / PLAN).exists():
        raise WrongUse("a plan lies here already", str(folder / PLAN), "choose another folder: --to")
    scorecard = write_scorecard(folder / SCORECARD, plan, taken.facts, cards, wish.lang)
    remarks = [*_remarks(plan, as_of, period), *_off(taken, readings, cards)]
    return {
        "plan": plan, "scorecard": str(scorecard), "plan_file": str(write_plan(folder / PLAN, plan)),
        "remarks": remarks,
    }  # fmt: skip


def _quarter(taken: snapshot.Snapshot) -> Period:
    """The quarter in which the run's period begins."""
    zone, run = taken.facts.zone, choices(taken.rules).get("period", "")
    return period_of(parse(run, zone).start if run else taken.info.as_of - DAY, Unit.QUARTER, zone)


def _said(taken: snapshot.Snapshot, period: Period, asked: sampling.Asked) -> dict[str, Any]:
    return {
        "source": taken.facts.source,
        "snapshot": named(taken.info)["hash"],
        "as_of": iso(taken.info.as_of, taken.facts.zone),
        "period": period.key,
        **sampling.described(asked),
    }


def _scored(cards: dict[str, Card], clauses: tuple[str, ...]) -> dict[str, Card]:
    """The cards of these clauses, each of which people score."""
    if not clauses:
        raise WrongUse("no clause was named", "clausewatch sample", "name the clauses that are to be scored")
    if len(set(clauses)) < len(clauses):
        raise WrongUse("a clause is named twice", " ".join(clauses), "name each once")
    found = {clause: card_named(clause, cards) for clause in clauses}
    for clause, card in found.items():
        if card.auditable == "auto":
            do = "leave it out; a whole population is counted, never sampled"
            raise WrongUse(f"{clause} is judged from the records", card.where_found, do)
        if card.auditable == "none":
            raise WrongUse(f"{clause} is openly not judged", card.where_found, "leave it out")
        if card.evidence != "scorecard":
            do = f"clausewatch attest {clause} --by ... records what somebody says of it"
            raise WrongUse(f"{clause} rests on an attestation, not on scorecards", card.where_found, do)
    return found


def _size(readings: Readings, cards: Mapping[str, Card]) -> int:
    if SIZE not in readings.by_id:
        return _SIZE
    values = [readings.value(SIZE, clause) for clause in cards]
    return max([value for value in values if isinstance(value, int)], default=_SIZE)


def _asked(wish: Wish, cards: Mapping[str, Card], size: int, seed: str) -> sampling.Asked:
    """What is given, and for the rest what the cards say."""
    drawn = list({repr(c.drawn): c.drawn for c in cards.values() if c.drawn is not None}.values())
    if len(drawn) > 1 and not wish.of:
        do = "draw them apart, or say what is drawn: --of, --where, --strata"
        raise WrongUse("the cards are scored on different contacts", " ".join(cards), do)
    card = drawn[0] if len(drawn) == 1 and wish.of in ("", drawn[0].of) else Drawn(wish.of or "interaction")
    where: dict[str, Wanted] = {**card.where, **wish.where}
    return sampling.Asked(wish.clauses, card.of, where, wish.strata or card.strata, size, seed)


def _remarks(plan: Mapping[str, Any], as_of: int, period: Period) -> list[str]:
    frame, drawn = plan["frame"], len(plan["drawn"])
    told = []
    if drawn == frame["records"]:
        told.append(f"all {drawn} there are were drawn")
    if frame["undecided"]:
        told.append(
            f"{frame['undecided']} more may belong: a field of --where is blank or unknown there; not drawn"
        )
    if as_of < period.end:
        told.append(f"the period {period.key} was not over at the snapshot's instant")
    empty = sum(1 for one in plan["sizes"] if not one["drawn"])
    if empty:
        told.append(f"{empty} strata are too small for one of {drawn}")
    return told


def _off(taken: snapshot.Snapshot, readings: dict[str, Any], cards: Mapping[str, Card]) -> list[str]:
    """Clauses whose scores no report will show, since they are switched off."""
    profile = choices(taken.rules)["profile"]
    on = load_standards(taken.rules / "standards", readings, None if profile == "core" else profile)[1]
    off = [clause for clause in cards if clause not in on]
    return [f"switched off, so no report shows them: {', '.join(off)}"] if off else []


def redraw(settings: Settings, plan_file: Path, place: Path | None) -> dict[str, Any]:
    """Draw a plan again.

    Args:
        plan_file: the plan.
        place: the snapshot it was drawn from (of verdicts: the run's folder); None: the newest run's.

    Returns:
        ``plan``, ``same``, and ``differences`` (what, as written, as drawn again).
    """
    plan = read_plan(plan_file)
    if plan["kind"] == "verdicts":
        again = drawn_again(settings, plan, place)
    else:
        taken = snapshot.read(place or newest_snapshot(settings.out))
        asked, zone = sampling.asked_again(plan), taken.facts.zone
        period = parse(plan["period"], zone)
        frame = sampling.contacts(taken.facts, taken.info.as_of, period, asked)
        again = sampling.plan("scorecard", _said(taken, period, asked), frame, asked.size, asked.seed)
    told = sampling.differences(plan, again)
    return {"plan": plan["id"], "same": not told, "differences": [list(one) for one in told]}


def read_filled(
    settings: Settings, path: Path, plan_file: Path, target: Fraction = TARGET, source: str = ""
) -> dict[str, Any]:
    """Read a filled scorecard; once it is whole, file it among the source's registers.

    Returns:
        ``plan``, ``whole``, ``unsigned`` (contacts without assessor), ``blanks`` (cells), ``clauses`` (counts
        and, when whole, ``sample``), ``filed`` (the workbook's place, or ""), and ``why_not`` (the error that
        kept it from being filed, or None).

    Raises:
        RegisterError, ScorecardError: cells that cannot be read, or another sample.
    """
    plan = read_plan(plan_file)
    if plan["kind"] != "scorecard":
        raise WrongUse("this plan is of verdicts, for an auditor", str(plan_file), "give a scorecard's plan")
    if plan["id"] != sampling.plan_id(plan):
        do = "give the file as it was written; `sample --redraw` says what differs"
        raise WrongUse(f"the plan {plan['id']} was changed", str(plan_file), do)
    mapping = mapping_of(settings, source or plan["source"])
    zone = mapping.file.zone
    known = staff_known(settings, plan["source"])
    staff = frozenset(word for word, keys in known.items() if len(keys) == 1)
    scores = read_scorecard(path, plan, zone, staff)
    told = {
        "plan": plan["id"], "whole": scores.whole, "unsigned": scores.unsigned, "blanks": list(scores.blanks),
        "clauses": [_clause(clause, dict(n), target, scores.whole) for clause, n in scores.counts.items()],
        "all_drawn": len(plan["drawn"]) == plan["frame"]["records"], "filed": "", "why_not": None,
    }  # fmt: skip
    if not scores.whole:
        return told
    try:
        if mapping.file.source != plan["source"]:
            found = f"the mapping is of {mapping.file.source}, the sample of {plan['source']}"
            raise WrongUse(found, mapping.path, "name the mapping of the sample: --source")
        folder = folder_for(mapping, "scorecard", "scorecard_item")
        told["filed"] = str(file_scorecard(path, plan, folder, zone))
    except ClausewatchError as error:
        told["why_not"] = error
    return told


def _clause(clause: str, counts: dict[str, int], target: Fraction, whole: bool) -> dict[str, Any]:
    met, n = counts["met"], counts["met"] + counts["breached"]
    seen = {name: counts[name] for name in (*SEEN, "blank")}
    return {"clause": clause, **seen, "sample": sampled(met, n, target) if whole else None}


def target_of(text: str) -> Fraction:
    """A target as people write it: ``95``, ``95%`` or ``97.5``.

    Raises:
        WrongUse: no per cent above 0 and up to 100, or finer than a hundredth of one.
    """
    try:
        share = Fraction(text.strip().rstrip("%％ ")) / 100
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if not 0 < share <= 1 or (share * 10_000).denominator != 1:
        raise WrongUse(f"{text!r} is no target", "--target", "write a per cent such as 95 or 97.5")
    return share
