"""Readings and signatures: what counts before and after the officer signs, for which clauses, from when."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from audits.cards import Option, Reading, Readings, Signature
from audits.duties import by_hours
from audits.effects import effects
from audits.errors import WrongUse
from audits.judge import audit, obligations
from audits.periods import parse
from audits.words import Words
from config.rules import HOME, load_readings
from tests.facts import ZONE, at, facts_of
from tests.rules_home import changed, copied, loaded
from tests.test_cases import shipped_rules

SIGNATURES = "readings/signatures.yaml"
CORE = ("readings/limits.yaml", "readings/escalation.yaml", "readings/delivery.yaml")
RESPONSE = "ECS-1.3-RESPONSE-CONSULT"
RESOLVE = "ECS-1.3-RESOLVE-CONSULT"
WORDS = Words("话", "words")


def reading(*signatures: Signature) -> Readings:
    options = (Option("first", WORDS, 1), Option("second", WORDS, 2), Option("third", WORDS, 3))
    return Readings({"r": Reading("r", WORDS, options, "first", WORDS, signatures=signatures)}, "2026-10-01")


def signature(option: str, from_: str, *clauses: str) -> Signature:
    return Signature(option, "E1", "2026-09-01", "because", from_, clauses)


def test_the_default_counts_until_somebody_signs() -> None:
    assert (reading().ask("r", "A"), reading().value("r", "A"), reading().signed("r", "A")) == (
        "first",
        1,
        None,
    )


def test_a_signature_counts_from_its_own_day_on() -> None:
    assert reading(signature("second", "2026-10-01")).ask("r", "A") == "second"
    assert reading(signature("second", "2026-10-02")).ask("r", "A") == "first"


def test_a_signature_for_some_clauses_leaves_the_others_alone() -> None:
    found = reading(signature("second", "2026-01-01", "A", "B"))
    assert [found.ask("r", clause) for clause in "ABC"] == ["second", "second", "first"]


def test_the_latest_signature_counts_and_of_one_day_the_one_written_last() -> None:
    assert (
        reading(signature("second", "2026-03-01"), signature("third", "2026-02-01")).ask("r", "A") == "second"
    )
    assert (
        reading(signature("second", "2026-03-01"), signature("third", "2026-03-01")).ask("r", "A") == "third"
    )


def test_a_period_is_read_as_signed_on_its_first_day(tmp_path: Path) -> None:
    home = signed(copied(tmp_path), "reading: clock_choice, option: open_hours, from: 2026-10-01")
    assert [
        loaded(home, month).readings.ask("clock_choice", RESPONSE) for month in ("2026-09", "2026-10")
    ] == [
        "elapsed",
        "open_hours",
    ]


def signed(home: Path, entry: str) -> Path:
    whole = f"signatures:\n  - {{{entry}, by: E0003, on: 2026-09-28, why: 客户都在营业时间来}}"
    return changed(home, SIGNATURES, "signatures: []", whole)


# ---- the shipped readings -----------------------------------------------------------------------------
def asked() -> dict[str, set[str]]:
    """Readings that the engine asks for by name, and how."""
    found: dict[str, set[str]] = {"ask": set(), "figure": set(), "figures": set()}
    for path in (HOME.parent / "audits").rglob("*.py"):
        for how, name in re.findall(r"\.(ask|figures?)\(\s*\"(\w+)\"", path.read_text(encoding="utf-8")):
            found[how].add(name)
    return found


def test_every_reading_that_the_engine_asks_for_is_shipped() -> None:
    assert set.union(*asked().values()) <= set(load_readings(HOME / "readings"))
    assert len(set.union(*asked().values())) > 5


def test_every_option_of_a_figure_gives_one() -> None:
    shipped = load_readings(HOME / "readings")
    odd = [
        (name, o.key) for name in asked()["figure"] for o in shipped[name].options if type(o.value) is not int
    ]
    odd += [
        (name, o.key)
        for name in asked()["figures"]
        for o in shipped[name].options
        if type(o.value) is not dict
    ]
    assert odd == []


def test_every_reading_of_the_core_is_used_by_a_card() -> None:
    used = {name for card in shipped_rules("2026-10").cards.values() for name in card.readings}
    core = [block for name in CORE for block in yaml.safe_load((HOME / name).read_text("utf-8"))["readings"]]
    assert {block["id"] for block in core} - used == set()


def test_every_reading_that_the_engine_asks_for_stands_on_the_cards_that_rest_on_it() -> None:
    resting = {
        "by hours": {"clock_choice", "pauses"},
        "matter": {"reopen_same_matter"},
        "first_response_at": {"response_evidence", "bot_response"},
        "overtime": {"escalation_grace"},
        "special_visit": {"special_visit_open", "return_window", "bounced_surveys"},
        "graded": {"deviation_graded_by"},
    }
    for card in shipped_rules("2026-10").cards.values():
        keys = {card.function}
        if card.check == "deadline":
            keys |= {card.of, str(card.parameters.get("to")), "by hours" if by_hours(card) else ""}
        for key in keys & set(resting):
            assert resting[key] <= set(card.readings), card.id


def test_nothing_is_signed_in_what_is_shipped() -> None:
    assert [r.id for r in load_readings(HOME / "readings").values() if r.signatures] == []


# ---- mistakes -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("reading: clock_choise, option: open_hours, from: 2026-10-01", "no reading 'clock_choise'"),
        ("reading: clock_choice, option: closed_hours, from: 2026-10-01", "no option 'closed_hours'"),
        ("reading: clock_choice, from: 2026-10-01", "`option` is missing"),
        ("reading: clock_choice, option: open_hours", "`from` is missing"),
        ("reading: clock_choice, option: open_hours, from: soon", "from"),
        ("reading: clock_choice, option: open_hours, from: 2026-02-30", "from"),
        ("reading: clock_choice, option: '', from: 2026-10-01", "option"),
        ("reading: clock_choice, option: open_hours, from: 2026-10-01, note: x", "no key `note`"),
        (
            f"reading: clock_choice, option: open_hours, from: 2026-10-01, clauses: [{RESPONSE}X]",
            "has no card",
        ),
    ],
)
def test_a_wrong_signature_is_told_with_its_line(entry: str, says: str, tmp_path: Path) -> None:
    home = signed(copied(tmp_path), entry)
    with pytest.raises(WrongUse) as told:
        loaded(home)
    path, _, line = told.value.where.rpartition(":")
    assert Path(path) == home / SIGNATURES
    assert (
        entry.partition(",")[0] in (home / SIGNATURES).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    )
    assert says in told.value.found
    assert told.value.do


def test_what_was_signed_for_a_standard_that_binds_no_more_stays(tmp_path: Path) -> None:
    entry = "reading: clock_choice, option: open_hours, from: 2026-10-01, clauses: [CSM-1.3-TRAINING]"
    assert loaded(signed(copied(tmp_path), entry)).readings.ask("clock_choice", RESPONSE) == "elapsed"


@pytest.mark.parametrize(
    ("old", "new", "says", "line"),
    [
        ("  - id: limit_start\n", "  - id: clock_choice\n", "stands twice", "- id: clock_choice"),
        ("      - {key: open_hours,", "      - {key: elapsed,", "'elapsed' stands twice", "- id: clock_choice"),
        ("    options:\n      - {key: receipt,", "    answers:\n      - {key: receipt,", "`options` is missing", "- id: limit_start"),
        ("    why: {zh: 客户从受理时就在等。, en: The client waits from receipt on.}\n", "", "`why` is missing", "- id: limit_start"),
        ("value: 3}", "value: 3.5}", "value", "value: 3.5}"),
        ("schema: 1", "schema: one", "schema", "schema: one"),
    ],
)  # fmt: skip
def test_a_wrong_reading_is_told_with_its_line(
    old: str, new: str, says: str, line: str, tmp_path: Path
) -> None:
    home = changed(copied(tmp_path, "readings"), "readings/limits.yaml", old, new)
    with pytest.raises(WrongUse) as told:
        load_readings(home / "readings")
    path, _, number = told.value.where.rpartition(":")
    text = Path(path).read_text(encoding="utf-8").splitlines()[int(number) - 1]
    assert line in text
    assert says in told.value.found


# ---- effects ------------------------------------------------------------------------------------------
def test_a_longer_window_moves_the_duty_of_a_cohort_into_the_month_and_is_counted_there() -> None:
    """August: 13 of 22, never visited. Closed on 14 September it falls due on the 20th, a make-up Sunday; closed
    on the 30th, on 13 October, the fifth working day after National Day. Broken it is both times.
    """
    surveys = [
        {"id": str(n), "kind": "acceptance", "sent_at": "2026-08-20T10:00+08:00"}
        | ({"responded_at": "2026-08-21T10:00+08:00"} if n < 13 else {})
        for n in range(22)
    ]
    facts = facts_of({"survey": surveys, "follow_up": []}, complete={"follow_up": "2026-06-01T00:00+08:00"})
    rules, clause = shipped_rules("2026-10"), "ECS-2.4-SURVEY-RETURN-60"
    rules = replace(rules, cards={clause: rules.cards[clause]})
    as_of, october = at("2026-11-02T02:00+08:00"), parse("2026-10", ZONE)
    [window] = [one for one in effects(audit(facts, rules, as_of, october)) if one["id"] == "return_window"]
    assert {option["key"]: option["breached"] for option in window["options"]} == {"days_14": 0, "days_30": 1}
    assert window["effect"]
    due = {}
    for key in ("days_14", "days_30"):
        chosen = replace(rules.readings.by_id["return_window"], default=key)
        readings = Readings({**rules.readings.by_id, "return_window": chosen}, rules.readings.on)
        found = obligations(audit(facts, replace(rules, readings=readings), as_of, october))
        august = found[found["record"] == "2026-08"].iloc[0]
        said = (august["verdict"], august["reason"], bool(august["in_period"]))
        assert said == ("breached", "NOT_DONE", key == "days_30")
        due[key] = f"{august['due_at'].tz_convert(ZONE):%Y-%m-%d}"
    assert due == {"days_14": "2026-09-20", "days_30": "2026-10-13"}
