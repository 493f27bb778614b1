"""House numbers lie over the cards, dated; wrong, doubled, contradicting and circular ones are refused with place
and cure. Bindings say whom a standard binds and from when.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from audits.cards import Limit
from audits.counting import count_clauses
from audits.errors import WrongUse
from audits.judge import audit, obligations
from audits.periods import parse
from audits.results import results
from audits.rules import Rules
from audits.words import MINUTE, Words
from reports.view.tile_rates import return_limits
from tests.facts import ZONE, at, facts_of
from tests.rules_home import changed, copied, loaded

CLAUSE = "ECS-1.3-RESPONSE-CONSULT"
BINDINGS = "standards/bindings.yaml"


def laid(home: Path, *overlays: str) -> Path:
    """A home with these overlays, each one line of YAML without the words that are always there."""
    folder = home / "standards" / "overlays"
    folder.mkdir()
    rows = "".join(f"  - {{by: E0003, on: 2026-09-28, why: quicker, {one}}}\n" for one in overlays)
    (folder / "house.yaml").write_text(f"schema: 1\noverlays:\n{rows}", encoding="utf-8")
    return home


def one(name: str, day: str = "2026-10-01", value: str = "10 min", more: str = "") -> str:
    """An overlay of the first response to an enquiry."""
    return f"id: {name}, clause: {CLAUSE}, parameter: limit, values: {{{day}: {value}}}{more}"


def test_a_house_number_counts_from_its_day_and_the_card_stays_as_it_is(tmp_path: Path) -> None:
    rules = loaded(laid(copied(tmp_path), one("quick")))
    dated = rules.cards[CLAUSE].parameters["limit"]
    assert dated == {"2024-01-01": Limit(15 * MINUTE, "us"), "2026-10-01": Limit(10 * MINUTE, "us")}


def test_a_house_number_is_told_with_whose_it_is_and_why(tmp_path: Path) -> None:
    rules = loaded(laid(copied(tmp_path), one("quick")))
    facts = facts_of({"case": [{"id": "C"}]})
    found = audit(facts, rules, at("2026-11-01T00:00+08:00"), parse("2026-10", ZONE))
    told = results(found, {"hash": "", "frames": {}}, "0", Words("", ""))
    [shown] = [clause["house"] for clause in told["clauses"] if clause["house"]]
    assert shown == [
        {
            "id": "quick",
            "parameter": "limit",
            "values": {"2026-10-01": "10 min"},
            "by": "E0003",
            "on": "2026-09-28",
            "why": "quicker",
        }
    ]


def test_an_overlay_over_another_counts_whatever_its_name(tmp_path: Path) -> None:
    rules = loaded(laid(copied(tmp_path), one("a", value="5 min", more=", over: b"), one("b")))
    limit = rules.cards[CLAUSE].parameters["limit"]
    assert isinstance(limit, dict)
    assert limit["2026-10-01"] == Limit(5 * MINUTE, "us")


def test_both_figures_of_the_return_are_the_houses_own_and_count_from_the_cohort_on(tmp_path: Path) -> None:
    target = "id: more, clause: ECS-2.4-SURVEY-RETURN-80, parameter: limit, values: {2024-01-01: 85 %}"
    floor = "id: floor, clause: ECS-2.4-SURVEY-RETURN-60, parameter: below, values: {2026-10-01: 65 %}"
    rules = loaded(laid(copied(tmp_path), target, floor))
    surveys = [
        {"id": f"{month}-{n}", "kind": "acceptance", "sent_at": f"2026-{month}-01T10:00+08:00"}
        | ({"responded_at": f"2026-{month}-02T10:00+08:00"} if n < 6 else {})
        for month in ("09", "10")
        for n in range(10)
    ]
    facts, as_of = facts_of({"survey": surveys, "follow_up": []}), at("2026-11-20T10:00+08:00")
    judged = {month: audit(facts, rules, as_of, parse(month, ZONE)) for month in ("2026-10", "2026-11")}
    lines = {key: {line.card.id: line for line in count_clauses(one)} for key, one in judged.items()}
    bands = {key: line["ECS-2.4-SURVEY-RETURN-80"].rate["band"] for key, line in lines.items()}
    assert bands == {"2026-10": "between", "2026-11": "below"}  # the cohorts of September and of October
    found = obligations(judged["2026-11"])
    visits = found[found["clause"] == "ECS-2.4-SURVEY-RETURN-60"].set_index("record")["verdict"]
    assert visits[["2026-09", "2026-10"]].tolist() == ["not_applicable", "pending"]


@pytest.mark.parametrize(
    ("cohort", "target", "marks"),
    [({"floor": 65}, 85, (65, 85)), ({"floor": None}, 85, (85,)), ({}, 80, (60, 80)), (None, 55, (55,))],
)
def test_the_bar_of_the_return_is_marked_at_the_houses_figures(
    cohort: dict[str, int | None] | None, target: int, marks: tuple[int, ...]
) -> None:
    page: Any = SimpleNamespace(results={"audits": [{"id": "survey", "figures": {"cohort": cohort}}]})
    assert return_limits(page, target) == marks


def test_a_house_gives_its_sub_items_by_day_and_category_and_they_are_printed(tmp_path: Path) -> None:
    lists = "{2026-10-01: {complaint: [态度, 时效]}, 2026-11-01: {complaint: [态度]}}"
    home = changed(
        copied(tmp_path),
        BINDINGS,
        "CST: {mode: reference, profile: none}",
        "CST: {mode: reference, profile: all}",
    )
    rules = loaded(laid(home, f"id: items, clause: CST-2.2-SUBCATEGORY, parameter: among, values: {lists}"))
    card = rules.cards["CST-2.2-SUBCATEGORY"]
    assert card.parameters["lists"] == {
        "2026-10-01": {"complaint": ("态度", "时效")}, "2026-11-01": {"complaint": ("态度",)}
    }  # fmt: skip
    assert card.house[0].plain()["values"] == {
        "2026-10-01": "complaint: 态度, 时效",
        "2026-11-01": "complaint: 态度",
    }


@pytest.mark.parametrize(
    ("overlays", "says", "line"),
    [
        (
            (one("a", more=", over: b"), one("b", value="9 min", more=", over: a")),
            "circle: a -> b -> a",
            "id: a",
        ),
        ((one("a", more=", over: a"),), "circle: a -> a", "id: a"),
        ((one("a"), one("b", value="9 min")), "both set the limit", "id: b"),
        ((one("a"), one("a")), "stands twice", "id: a"),
        ((one("a", value="3 working days"),), "another unit", "id: a"),
        ((one("a", value="10 sols"),), "10 sols", "id: a"),
        ((one("a", more=", over: z"),), "no overlay 'z'", "id: a"),
        (("id: a, clause: ECS-9, parameter: limit, values: {2026-10-01: 1 h}",), "has no card", "id: a"),
        (
            ("id: a, clause: CST-2.2-SUBCATEGORY, parameter: among, values: {2026-10-01: {complain: [x]}}",),
            "category has no value 'complain'",
            "id: a",
        ),
        (
            ("id: a, clause: CST-2.2-SUBCATEGORY, parameter: among, values: {2026-10-01: 3 h}",),
            "is no list by category",
            "id: a",
        ),
        (
            (f"id: a, clause: {CLAUSE}, parameter: limit, values: {{2026-10-01: {{complaint: [x]}}}}",),
            "a list where a limit",
            "id: a",
        ),
        (
            ("id: a, clause: ECS-2.4-SURVEY-RETURN-60, parameter: below, values: {2026-10-01: 3 h}",),
            "another unit",
            "id: a",
        ),
        (
            (f"id: a, clause: {CLAUSE}, parameter: at_most, values: {{2026-10-01: 3}}",),
            "has no `at_most`",
            "id: a",
        ),
        ((f"id: a, clause: {CLAUSE}, parameter: tells, values: {{2026-10-01: king}}",), "'king'", "id: a"),
    ],
)
def test_a_wrong_overlay_is_told_with_its_place_and_what_to_do(
    overlays: tuple[str, ...], says: str, line: str, tmp_path: Path
) -> None:
    home = laid(copied(tmp_path), *overlays)
    with pytest.raises(WrongUse) as told:
        loaded(home)
    path, _, number = told.value.where.rpartition(":")
    assert says in told.value.found
    assert line in Path(path).read_text(encoding="utf-8").splitlines()[int(number) - 1]
    assert told.value.do


# ---- bindings ----------------------------------------------------------------------------------------
def judged(rules: Rules, *rows: dict[str, str]) -> pd.DataFrame:
    """First responses to enquiries of these cases."""
    common = {"service_type": "consultation", "first_response_at": "2026-10-20T10:05+08:00"}
    facts = facts_of({"case": [common | row for row in rows]})
    rules = Rules(rules.standards, {CLAUSE: rules.cards[CLAUSE]}, rules.readings, rules.calendar, rules.hours)
    return obligations(audit(facts, rules, at("2026-11-01T00:00+08:00"), parse("2026-10", ZONE)))


def test_a_standard_binds_from_its_day(tmp_path: Path) -> None:
    home = changed(
        copied(tmp_path), BINDINGS, "binding, profile: core", "binding, profile: core, from: 2026-10-20"
    )
    found = judged(
        loaded(home),
        {"id": "old", "received_at": "2026-10-19T23:59+08:00"},
        {"id": "new", "received_at": "2026-10-20T10:00+08:00"},
    )
    assert list(found["record"]) == ["new"]


def test_a_standard_binds_the_customers_and_channels_it_names_and_a_record_that_says_none_is_a_gap(
    tmp_path: Path,
) -> None:
    home = changed(
        copied(tmp_path),
        BINDINGS,
        "binding, profile: core",
        "binding, profile: core, customers: [A, B], channels: [phone]",
    )
    at_ten = {"received_at": "2026-10-20T10:00+08:00"}
    found = judged(
        loaded(home),
        {"id": "1", "customer_id": "A", "channel": "phone", **at_ten},
        {"id": "2", "customer_id": "C", "channel": "phone", **at_ten},
        {"id": "3", "customer_id": "A", "channel": "email", **at_ten},
        {"id": "4", "channel": "phone", **at_ten},
    )
    assert dict(zip(found["record"], found["verdict"].astype(str), strict=True)) == {
        "1": "met",
        "4": "no_data",
    }
    assert list(found["reason"])[1] == "NULL_FILTER"


def test_a_standard_with_nothing_switched_on_is_not_among_those_judged_by(tmp_path: Path) -> None:
    assert list(loaded(copied(tmp_path)).standards) == ["ECS"]
