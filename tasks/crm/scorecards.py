"""Scorecards: a drawn sample as a register workbook, and the filled one read back against its plan.

What people fill stays the very file they filled: once it is whole it is filed beside the other registers, and
the next audit counts it. A line more, a line less or another key makes it another sample, and is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]
import yaml
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

from audits.cards import Card
from audits.errors import ClausewatchError, WrongUse
from audits.facts import Facts
from audits.model import MODEL
from audits.sampling import CONTACTS
from config.whole import whole
from tasks.crm.register_look import Look
from tasks.crm.register_rows import Problem, RegisterError
from tasks.crm.register_words import label
from tasks.crm.registers import Registers, read_registers
from tasks.crm.sample_plans import write_plan
from tasks.crm.scorecard_sheet import ScoreSheet, Sheets, write_guide

#: Verdicts a person gives, in the order in which they are counted.
SEEN: Final = ("met", "breached", "not_observable")
_HOW: Final = ("channel", "direction")
_STAFF: Final = {"interaction": "staff_id", "case": "assignee_id"}
_WORDS: Final = yaml.safe_load((Path(__file__).parent / "scorecard_words.yaml").read_text(encoding="utf-8"))


class ScorecardError(WrongUse):
    """A filled scorecard is not the sample of its plan; ``problems`` names every place."""

    def __init__(self, problems: Sequence[Problem], do: str = "") -> None:
        self.problems = tuple(problems)
        listed = "".join(f"\n  {problem}" for problem in problems)
        cure = do or f"put these right and read it again; nothing was taken from it:{listed}"
        count = "one place" if len(problems) == 1 else f"{len(problems)} places"
        found = problems[0].found if do else f"the scorecard differs from its sample at {count}"
        super().__init__(found, problems[0].where, cure)


@dataclass(frozen=True)
class Scores:
    """A filled scorecard.

    Args:
        counts: clause -> how many of each of ``SEEN``, and ``blank``.
        unsigned: contacts whose assessor is missing.
        blanks: cells that are still to be filled, as people say them.
    """

    counts: Mapping[str, Mapping[str, int]]
    unsigned: int
    blanks: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every line has its verdict and every contact its assessor."""
        return not self.blanks


def lines(plan: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Every line of a scorecard in its order: number of the item, of the scorecard, key drawn, clause."""
    for place, key in enumerate(plan["drawn"], start=1):
        card = f"{plan['id']}-{place:03d}"
        for number, clause in enumerate(plan["clauses"], start=1):
            yield f"{card}-{number:02d}", card, key, clause


def write_scorecard(
    path: Path, plan: Mapping[str, Any], facts: Facts, cards: Mapping[str, Card], lang: str
) -> Path:
    """Write the workbook of a sample; whole or not at all.

    Args:
        path: ``.xlsx``; it must not exist, for it might be filled.
        plan: the sample.
        facts: what it was drawn from.
        cards: clause -> card, for what is asked.
        lang: ``zh`` or ``en``, in large.

    Raises:
        WrongUse: a file of that name exists.
        ClausewatchError: the disk is full, or the folder may not be written.
    """
    if path.exists():
        raise WrongUse(
            "a file of this name exists and may be filled", str(path), "choose another folder: --to"
        )
    try:
        with whole(path) as half:
            _write(half, plan, facts, cards, lang)
    except FileCreateError as error:
        found = f"the scorecard cannot be written: {getattr(error.args[0], 'strerror', error)}"
        raise ClausewatchError(found, str(path), "make room, or choose another folder") from error
    return path


def _write(path: Path, plan: Mapping[str, Any], facts: Facts, cards: Mapping[str, Card], lang: str) -> None:
    said = _said(plan)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(str(path), options)
    created = datetime(2026, 1, 1)  # noqa: DTZ001 - the same sample gives the same bytes
    book.set_properties({"title": said.title[lang], "author": "Clausewatch", "created": created})
    look, known = Look(book), _known(plan, facts, lang)
    items = [
        {
            "id": item, "scorecard_id": card, "clause_id": clause, **known[key]["shown"],
            "duty": cards[clause].title.zh if lang == "zh" else cards[clause].title.en,
        }
        for item, card, key, clause in lines(plan)
    ]  # fmt: skip
    drawn = {card: key for _, card, key, _ in lines(plan)}
    records = [{"id": card, **known[key]["shown"], **known[key]["keys"]} for card, key in drawn.items()]
    ScoreSheet(book, look, "scorecard_item", lang).write(said, items)
    ScoreSheet(book, look, "scorecard", lang).write(said, records)
    for each in (lang, "en" if lang == "zh" else "zh"):
        write_guide(book, look, said, each)
    book.close()


def _said(plan: Mapping[str, Any]) -> Sheets:
    of, n, m = MODEL[plan["of"]], len(plan["drawn"]), len(plan["clauses"])
    zh = f"评分表 {plan['id']} · {plan['period']} · {n} 条{of.zh}记录 × {m} 条条款"
    en = f"Scorecard {plan['id']} · {plan['period']} · {n} records of {of.en} × {m} clauses"
    return Sheets({"zh": zh, "en": en}, _WORDS["hint"], _WORDS["guide"])


def _known(plan: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, dict[str, Any]]:
    """What the sheets show of each contact drawn, and the keys that name it."""
    of = plan["of"]
    frame = facts.frames[of].set_index("id", drop=False).loc[plan["drawn"]]
    numbers = _case_numbers(facts)
    sampled_at = datetime.fromisoformat(plan["as_of"]).replace(tzinfo=None, microsecond=0)
    found = {}
    for row in frame.to_dict("records"):
        at = row[CONTACTS[of]].tz_convert(facts.zone).tz_localize(None).to_pydatetime().replace(microsecond=0)
        case = _text(row.get("case_id")) if of == "interaction" else row["id"]
        words = [label(of, name, str(row[name]), lang) for name in _HOW if _text(row.get(name))]
        keys = {
            "interaction_id": row["id"] if of == "interaction" else None, "case_id": case,
            "staff_id": _text(row.get(_STAFF[of])), "sampled_at": sampled_at,
        }  # fmt: skip
        shown = {"contact": numbers.get(case or "") or row["id"], "at": at, "how": " · ".join(words)}
        found[str(row["id"])] = {"keys": keys, "shown": shown}
    return found


def _case_numbers(facts: Facts) -> dict[str, str]:
    """Key of a case -> the number people know it by."""
    if not facts.provides("case", "case_no"):
        return {}
    cases = facts.frames["case"]
    return {k: str(n) for k, n in zip(cases["id"], cases["case_no"], strict=True) if _text(n)}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def read_scorecard(
    path: Path, plan: Mapping[str, Any], zone: str, staff: frozenset[str] = frozenset()
) -> Scores:
    """Read a filled scorecard and hold it against its plan.

    Args:
        path: the workbook.
        plan: the plan it was written with.
        zone: IANA name of the zone in which people write.
        staff: what people are known by; an assessor who is none of them is refused. Empty: not checked.

    Raises:
        RegisterError: cells that cannot be read, each by its place.
        ScorecardError: another sample, rows added or missing, keys changed, an unknown assessor.
    """
    book = read_registers(path, zone)
    for entity in ("scorecard_item", "scorecard"):
        if entity not in book.frames:
            names = f"{MODEL[entity].zh} / {MODEL[entity].en}"
            raise ScorecardError(
                [Problem(path.name, f"the sheet {names} is missing")],
                "give the whole workbook that was written with the plan",
            )
    _refuse_another(path, book, plan)
    problems = [*_rows(book, plan), *_assessors(book, staff)]
    if problems:
        raise ScorecardError(problems)
    return _scores(book, plan)


def _refuse_another(path: Path, book: Registers, plan: Mapping[str, Any]) -> None:
    theirs = [str(key) for key in book.frames["scorecard"]["id"]]
    expected = {card for _, card, _, _ in lines(plan)}
    if theirs and not expected & set(theirs):
        where = book.where("scorecard", theirs[0], "id")
        found = f"this is the scorecard of another sample: {theirs[0].rsplit('-', 1)[0]}, the plan is of {plan['id']}"
        raise ScorecardError(
            [Problem(where, found)], f"give the plan.json that was written beside {path.name}"
        )


def _rows(book: Registers, plan: Mapping[str, Any]) -> Iterator[Problem]:
    """Rows that are missing or too many, and keys that were changed."""
    sampled = datetime.fromisoformat(plan["as_of"])
    named = "interaction_id" if plan["of"] == "interaction" else "case_id"
    cards = {card: {named: key} for _, card, key, _ in lines(plan)}
    items = {item: {"scorecard_id": card, "clause_id": clause} for item, card, _, clause in lines(plan)}
    for entity, expected in (("scorecard", cards), ("scorecard_item", items)):
        rows = {str(row["id"]): row for row in book.frames[entity].to_dict("records")}
        sheet = next(iter(book.found[entity].columns))
        for key in expected.keys() - rows.keys():
            yield Problem(sheet, f"the row {key} is missing; put it back as it was written")
        for key in rows.keys() - expected.keys():
            yield Problem(book.where(entity, key, "id"), f"{key} is not of this sample; take the row out")
        for key, row in rows.items():
            yield from _changed(book, entity, key, row, expected.get(key, {}))
            if entity == "scorecard" and key in expected and not _same(row.get("sampled_at"), sampled):
                found = f"the instant of sampling was changed; write {sampled:%Y-%m-%d %H:%M:%S}"
                yield Problem(book.where(entity, key, "sampled_at"), found)


def _same(found: object, sampled: datetime) -> bool:
    return isinstance(found, datetime) and abs(found - sampled.replace(microsecond=0)) < timedelta(seconds=1)


def _changed(
    book: Registers, entity: str, key: str, row: Mapping[Any, Any], expected: Mapping[str, str]
) -> Iterator[Problem]:
    for name, value in expected.items():
        if str(row.get(name)) != value:
            said = "blank" if row.get(name) is None else repr(row[name])
            field = MODEL[entity].fields[name]
            found = f"{field.zh} / {field.en} is {said}, drawn was {value}; write that"
            yield Problem(book.where(entity, key, name), found)


def _assessors(book: Registers, staff: frozenset[str]) -> Iterator[Problem]:
    for row in book.frames["scorecard"].to_dict("records"):
        who = row.get("assessor_id")
        if staff and who is not None and str(who) not in staff:
            found = f"{who!r} is nobody in the list of staff; write a number or name that is"
            yield Problem(book.where("scorecard", str(row["id"]), "assessor_id"), found)


def _scores(book: Registers, plan: Mapping[str, Any]) -> Scores:
    counts = {clause: dict.fromkeys((*SEEN, "blank"), 0) for clause in plan["clauses"]}
    blanks = []
    for row in book.frames["scorecard_item"].to_dict("records"):
        verdict = row.get("verdict") or "blank"
        counts[str(row["clause_id"])][str(verdict)] += 1
        if verdict == "blank":
            blanks.append(book.where("scorecard_item", str(row["id"]), "verdict"))
    unsigned = [
        book.where("scorecard", str(row["id"]), "assessor_id")
        for row in book.frames["scorecard"].to_dict("records")
        if row.get("assessor_id") is None
    ]
    return Scores(counts, len(unsigned), (*blanks, *unsigned))


def file_scorecard(path: Path, plan: Mapping[str, Any], folder: Path, zone: str) -> Path:
    """Lay the filled workbook, as it was filled, and its plan among the registers.

    Returns:
        The workbook's place.

    Raises:
        WrongUse: another workbook of the same sample was filed already.
        RegisterError: with it the folder could not be read any more; it is taken out again.
    """
    place, content = folder / f"scorecard-{plan['id']}.xlsx", path.read_bytes()
    if place.exists() and place.read_bytes() == content:
        return place
    if place.exists():
        raise WrongUse(
            f"the scorecard of {plan['id']} was filed before, with other content", str(place),
            "take that file away first, if this one is to stand in its place",
        )  # fmt: skip
    with whole(place) as half:
        half.write_bytes(content)
    try:
        read_registers(folder, zone)
    except RegisterError:
        place.unlink(missing_ok=True)
        raise
    write_plan(place.with_suffix(".plan.json"), plan)
    return place
