"""Judging: one pure function from facts and rules to verdicts, for a single process or a partition."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits import (
    cadences,
    cohorts,
    functions,
    functions_contact,
    functions_queue,
    functions_records,
    goals,
    kinds,
    plain_kinds,
)
from audits.attested_breaches import attested_breaches
from audits.cards import Card
from audits.context import Context, Judgement
from audits.errors import ClausewatchError
from audits.facts import Facts
from audits.instants import moment_of
from audits.named_times import with_named_times
from audits.overtime import overtime
from audits.periods import Period
from audits.resolved import resolved
from audits.rules import Rules
from audits.words import NAT, Reason, Verdict

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_BY_KIND: dict[str, Callable[[Context, Card], Judgement]] = {
    "deadline": kinds.judge_deadline,
    "sequence": kinds.judge_sequence,
    "completeness": kinds.judge_completeness,
    "threshold": kinds.judge_threshold,
    "rate": cohorts.judge_rate,
    "membership": plain_kinds.judge_membership,
    "format": plain_kinds.judge_format,
    "confidentiality": plain_kinds.judge_confidentiality,
    "cadence": cadences.judge_cadence,
}
#: Words that choose another way of judging than the card's kind has.
_BY_WORD: dict[str, Callable[[Context, Card], Judgement]] = {
    "statistic": goals.judge_goal,
    "figure": plain_kinds.judge_figure,
}
_BY_FUNCTION: dict[str, Callable[[Context, Card], Judgement]] = {
    "overtime": overtime,
    "formal_acceptance": functions.formal_acceptance,
    "rectification": functions.rectification,
    "checked_before_delivery": functions.checked_before_delivery,
    "special_visit": functions.special_visit,
    "supervisor_steps_in": functions.supervisor_steps_in,
    "graded": functions.graded,
    "picked_up": functions_contact.picked_up,
    "on_the_spot": functions_contact.on_the_spot,
    "result_asked": functions_contact.result_asked,
    "delay_told": functions_contact.delay_told,
    "told_every": functions_contact.told_every,
    "urgent_first": functions_queue.urgent_first,
    "routed": functions_queue.routed,
    "parity": functions_queue.parity,
    "file_number": functions_records.file_number,
    "no_duplicates": functions_records.no_duplicates,
    "purpose_bound": functions_records.purpose_bound,
    "access_rights": functions_records.access_rights,
    "growth": functions_records.growth,
}
#: Ways of judging that a card of another kind may take.
WAYS: Final = frozenset({"deadline", "completeness", "sequence", "membership", "format"})
#: Functions that look at other cards' verdicts: they come last.
_HANG_ON_OTHERS = frozenset({"overtime"})
#: Names a card may give as its function, and kinds that need none.
FUNCTIONS = frozenset(_BY_FUNCTION)
KINDS = frozenset(_BY_KIND)


@dataclass(frozen=True)
class Judged:
    """Everything one audit found.

    Args:
        facts, rules: what was judged, and by what.
        as_of: instant of the audit in microseconds.
        period: the period reported.
        made: clause id -> judgement, for the connected clauses, and those that people attested to be broken.
        unconnected: clause id -> what would connect it.
    """

    facts: Facts
    rules: Rules
    as_of: int
    period: Period
    made: dict[str, Judgement]
    unconnected: dict[str, tuple[str, ...]]

    def in_period(self, made: Judgement) -> Bools:
        """Rows that count in the reported period (law 9); what no instant places counts until mended."""
        at = made.period_at
        return np.asarray(((at >= self.period.start) & (at < self.period.end)) | (at == NAT))


def audit(facts: Facts, rules: Rules, as_of: int, period: Period) -> Judged:
    """Judge every clause of ``rules`` on ``facts`` as they stood at ``as_of``.

    Raises:
        ClausewatchError: ``as_of`` is later than the extract's own instant, or the period lies ahead of it.
    """
    _check_instants(facts, as_of, period)
    facts = with_named_times(facts, as_of)
    context = Context(facts, rules, as_of, period)
    cards = [card for card in rules.cards.values() if card.auditable == "auto"]
    missing = {card.id: missing_entities(facts, card) for card in cards}
    connected = [card for card in cards if not missing[card.id]]
    for card in sorted(connected, key=lambda card: card.function in _HANG_ON_OTHERS):
        context.judged[card.id] = judge_of(card)(context, resolved(card, rules))
    said = {card.id: attested_breaches(context, card) for card in rules.cards.values()}
    found = context.judged | {clause: made for clause, made in said.items() if made is not None}
    made = {clause: found[clause] for clause in rules.cards if clause in found}
    return Judged(
        facts, rules, as_of, period, made, {clause: needs for clause, needs in missing.items() if needs}
    )


def judge_of(card: Card) -> Callable[[Context, Card], Judgement]:
    """How a card is judged: by its function, by the rhythm it names, by a word of its own, else by its kind."""
    if card.function:
        return _BY_FUNCTION[card.function]
    word = next((word for word in _BY_WORD if word in card.parameters), "")
    if word:
        return _BY_WORD[word]
    if "way" in card.parameters:
        return _BY_KIND[str(card.parameters["way"])]
    if "every" in card.parameters and card.check != "rate":
        return cadences.judge_cadence
    return _BY_KIND[card.check]


def _check_instants(facts: Facts, as_of: int, period: Period) -> None:
    if as_of > facts.extracted_at:
        raise ClausewatchError(
            f"the audit would look at {moment_of(as_of).isoformat()}, "
            f"but the extract was taken at {moment_of(facts.extracted_at).isoformat()}",
            f"source {facts.source}",
            "choose an --as-of not later than the extract, or extract again",
        )
    if period.start > as_of:
        raise ClausewatchError(
            f"the period {period.key} begins after the audit's instant {moment_of(as_of).isoformat()}",
            "--period",
            "choose a period that has begun",
        )


def missing_entities(facts: Facts, card: Card) -> tuple[str, ...]:
    """Entities the card reads that the source does not give; of fields joined by ``|`` one is enough."""
    certain = [need for need in card.needs if len({one.partition(".")[0] for one in need.split("|")}) == 1]
    wanted = dict.fromkeys(name.partition(".")[0] for name in certain)
    missing = [entity for entity in wanted if entity not in facts.frames]
    for need in card.needs:
        one_of = [name.partition(".") for name in need.split("|")]
        if len(one_of) > 1 and not any(facts.provides(entity, field) for entity, _, field in one_of):
            missing.append(one_of[0][0])
    return tuple(dict.fromkeys(missing))


#: Columns of ``obligations``, in order.
COLUMNS = (
    "clause", "standard", "subject", "entity", "record", "label", "occurrence", "verdict", "reason", "field",
    "anchor_at", "due_at", "done_at", "other_due_at", "other_verdict", "late_us", "over", "in_period", "edge",
    "customer_id", "team_id", "assignee_id",
)  # fmt: skip
_LABELS = ("case_no", "code", "id")


def over(made: Judgement, rows: Bools | slice = slice(None)) -> Bools:
    """Breaches whose matter is over: the act was done, or the record was closed."""
    out = made.outcome
    if made.lasting:
        return np.zeros(len(out.verdict[rows]), bool)
    closed = made.view.is_closed()[made.rows][rows]
    return np.asarray((out.verdict[rows] == Verdict.BREACHED) & ((out.done[rows] != NAT) | closed))


#: Breaches by time: what is wrong for another reason is not late.
_LATE = (Reason.LATE, Reason.OPEN_LATE, Reason.MISSING, Reason.NOT_DONE)


def late(judged: Judged, made: Judgement, rows: npt.NDArray[np.intp]) -> Ints:
    """Microseconds past the due instant by the deciding clock; NAT where not late.

    Limits in working days count elapsed time here; days are counted when they are printed.
    """
    out = made.outcome
    due, done = out.due[rows], out.done[rows]
    end = np.where(done == NAT, judged.as_of, done)
    past = np.isin(out.reason[rows], _LATE) & (due != NAT) & (end > due) & (not made.lasting)
    if made.clock == "open_hours":
        counted = judged.rules.hours.open_between(np.where(past, due, 0), np.where(past, end, 0))
        return np.where(past, counted, NAT)
    return np.where(past, end - due, NAT)


def obligations(judged: Judged, which: Callable[[Judgement], Bools] | None = None) -> pd.DataFrame:
    """One row an obligation, met ones too; columns ``COLUMNS`` (this becomes verdicts.parquet).

    Args:
        which: rows of each judgement to take; default all.
    """
    parts = [frame_of(judged, made, which) for made in judged.made.values()]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
    return pd.concat(parts, ignore_index=True)


def breached(made: Judgement) -> Bools:
    """Rows that are breached."""
    return np.asarray(made.outcome.verdict == Verdict.BREACHED)


_VERDICTS = pd.CategoricalDtype([v.name.lower() for v in Verdict])


def frame_of(
    judged: Judged, made: Judgement, which: Callable[[Judgement], Bools] | None = None
) -> pd.DataFrame:
    """The obligations of one clause, as ``obligations`` gives them all."""
    rows = np.arange(len(made.rows)) if which is None else np.flatnonzero(which(made))
    out, view = made.outcome, made.view
    at = view.pos[made.rows[rows]]
    records = view.base.text("id").iloc[at].reset_index(drop=True)
    entity = "cohort" if view.name == "cohort" else view.base.name
    names = np.array([*made.fields, ""], dtype=object)
    frame = {
        "clause": made.card.id,
        "standard": made.card.standard,
        "subject": f"{entity}:" + records,
        "entity": entity,
        "record": records,
        "label": printed_number(view.base.frame, at, records),
        "occurrence": "" if view.occurrence is None else view.occurrence[made.rows[rows]],
        "verdict": pd.Categorical.from_codes(out.verdict[rows].astype(int), dtype=_VERDICTS),
        "reason": _reasons(out.reason[rows]),
        "field": names[out.field[rows]],
        "anchor_at": _stamps(made.anchor[rows]),
        "due_at": _stamps(out.due[rows]),
        "done_at": _stamps(out.done[rows]),
        "other_due_at": _stamps(made.other.due[rows] if made.other else np.full(len(rows), NAT)),
        "other_verdict": _other(made, rows),
        "late_us": _nullable(late(judged, made, rows)),
        "over": over(made)[rows],
        "in_period": judged.in_period(made)[rows],
        "edge": made.edge[rows] if made.edge is not None else False,
    }
    for column, source in (
        ("customer_id", "customer_id"),
        ("team_id", "team_id"),
        ("assignee_id", view.owner),
    ):
        frame[column] = view.base.text(source).iloc[at].reset_index(drop=True)
    return pd.DataFrame(frame, columns=list(COLUMNS))


def _other(made: Judgement, rows: npt.NDArray[np.intp]) -> pd.Categorical:
    codes = made.other.verdict[rows].astype(int) if made.other else np.full(len(rows), -1)
    return pd.Categorical.from_codes(codes, dtype=_VERDICTS)


def printed_number(frame: pd.DataFrame, at: Ints, records: pd.Series) -> pd.Series:
    """What people call these rows: the number the business prints, else the id in ``records``."""
    name = next(label for label in _LABELS if label in frame.columns)
    return frame[name].iloc[at].reset_index(drop=True).fillna(records)


def _reasons(codes: npt.NDArray[np.int8]) -> pd.Series:
    return pd.Series(codes).map({int(reason): reason.name for reason in Reason}).fillna("").astype("str")


def _stamps(values: Ints) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(values.astype(np.int64).view("datetime64[us]")).tz_localize("UTC")


def _nullable(values: Ints) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(np.where(values == NAT, 0, values), np.asarray(values == NAT))
