"""Samples for people to score: drawn so that anybody draws them again, asked so that nothing wrong is drawn."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.errors import WrongUse
from audits.periods import parse
from audits.sampling import Asked, asked_again, contacts, described, differences, plan, plan_id
from flows.acts.sampling import Wish, draw_contacts, redraw
from flows.cli import run
from tasks.crm.snapshot import read
from tests.facts import at, facts_of
from tests.sampling_house import COUNTED, HANDBOOK, OPENING, TONE, ZONE, SampleHouse

AS_OF = at("2026-10-05T02:00+08:00")
QUARTER = parse("2026-Q3", ZONE)
_ROW = {"by_bot": False, "direction": "in", "staff_id": "E1"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> SampleHouse:
    """A house whose quarter has 120 contacts, with one snapshot."""
    made = SampleHouse(tmp_path_factory.mktemp("house"))
    made.extract()
    return made


def draw(house: SampleHouse, folder: Path, *clauses: str, **more: Any) -> dict[str, Any]:
    """A sample in a folder of the test's own."""
    wish = Wish(clauses or (TONE,), **{"seed": "s", "to": folder, **more})
    return draw_contacts(house.settings, wish)


def test_a_sample_takes_frame_strata_and_size_from_card_and_reading(
    house: SampleHouse, tmp_path: Path
) -> None:
    drawn = draw(house, tmp_path)["plan"]
    assert (drawn["of"], drawn["where"], drawn["strata"]) == (
        "interaction",
        {"by_bot": ["false"]},
        ["channel"],
    )
    assert (drawn["period"], drawn["size"], drawn["frame"]["records"]) == ("2026-Q3", 30, 117)
    assert [(one["stratum"], one["frame"], one["drawn"]) for one in drawn["sizes"]] == [
        ("chat", 30, 8), ("email", 15, 4), ("phone", 60, 15), ("wechat", 12, 3),
    ]  # fmt: skip
    assert len(drawn["drawn"]) == len(set(drawn["drawn"])) == 30


def test_a_plan_drawn_again_from_its_snapshot_is_the_same(house: SampleHouse, tmp_path: Path) -> None:
    told = draw(house, tmp_path)
    place = house.settings.out / "lab-2026-Q3" / "snapshot"
    assert redraw(house.settings, Path(told["plan_file"]), place) == {
        "plan": told["plan"]["id"], "same": True, "differences": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("seed", "other", {"drawn", "id"}),
        ("size", 29, {"drawn", "id", "sizes"}),
        ("period", "2026-08", {"drawn", "frame.records", "frame.sha256", "id", "sizes"}),
        ("snapshot", "0" * 64, {"id", "snapshot"}),
        ("drawn", ["C0001"], {"drawn", "id"}),
    ],
)
def test_a_plan_that_was_changed_is_told_where(
    house: SampleHouse, tmp_path: Path, name: str, value: Any, told: set[str]
) -> None:
    written = draw(house, tmp_path)
    path = Path(written["plan_file"])
    path.write_text(json.dumps(written["plan"] | {name: value}), encoding="utf-8")
    again = redraw(house.settings, path, None)
    assert not again["same"]
    assert {what for what, _, _ in again["differences"]} == told


def test_another_seed_draws_others_and_the_same_seed_the_same(house: SampleHouse, tmp_path: Path) -> None:
    one, two = draw(house, tmp_path / "1"), draw(house, tmp_path / "2")
    other = draw(house, tmp_path / "3", seed="t")
    assert one["plan"] == two["plan"]
    assert (tmp_path / "1" / "scorecard.xlsx").read_bytes() == (
        tmp_path / "2" / "scorecard.xlsx"
    ).read_bytes()
    assert one["plan"]["frame"] == other["plan"]["frame"]
    assert set(one["plan"]["drawn"]) != set(other["plan"]["drawn"])


def test_a_seed_nobody_gave_is_made_and_written_down(house: SampleHouse, tmp_path: Path) -> None:
    one, two = draw(house, tmp_path / "1", seed=""), draw(house, tmp_path / "2", seed="")
    assert one["plan"]["seed"] != two["plan"]["seed"]
    assert len(one["plan"]["seed"]) == 16


def test_where_fewer_fit_than_are_asked_all_are_drawn_and_that_is_said(
    house: SampleHouse, tmp_path: Path
) -> None:
    told = draw(house, tmp_path, where={"channel": ("wechat",)})
    assert (len(told["plan"]["drawn"]), told["plan"]["frame"]["records"]) == (12, 12)
    assert told["remarks"] == ["all 12 there are were drawn"]


def test_strata_too_small_for_one_are_said(house: SampleHouse, tmp_path: Path) -> None:
    assert draw(house, tmp_path, size=2)["remarks"] == ["2 strata are too small for one of 2"]


def test_a_quarter_that_is_not_over_is_said(house: SampleHouse, tmp_path: Path) -> None:
    assert "not over" in draw(house, tmp_path, period="2026")["remarks"][-1]


@pytest.mark.parametrize(
    ("clauses", "more", "found"),
    [
        (("LAB-NOBODY",), {}, "there is no card LAB-NOBODY"),
        ((COUNTED,), {}, "is judged from the records"),
        ((HANDBOOK,), {}, "rests on an attestation"),
        ((TONE, TONE), {}, "named twice"),
        ((TONE, OPENING), {}, "scored on different contacts"),
        ((TONE,), {"of": "case"}, "the source gives no case"),
        ((TONE,), {"of": "survey"}, "no sample is drawn of 'survey'"),
        ((TONE,), {"where": {"channel": ("fax",)}}, "has no value 'fax'"),
        ((TONE,), {"where": {"colour": ("red",)}}, "is not chosen by 'colour'"),
        ((TONE,), {"strata": ("started_at",)}, "is not told apart by 'started_at'"),
        ((TONE,), {"period": "2025-Q3"}, "nothing to draw from"),
        ((TONE,), {"period": "soon"}, "soon"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_its_cure(
    house: SampleHouse, tmp_path: Path, clauses: tuple[str, ...], more: dict[str, Any], found: str
) -> None:
    with pytest.raises(WrongUse, match=found) as refused:
        draw(house, tmp_path / "none", *clauses, **more)
    assert refused.value.do
    assert not (tmp_path / "none").exists()


def test_two_clauses_of_different_contacts_go_together_when_it_is_said_of_what(
    house: SampleHouse, tmp_path: Path
) -> None:
    told = draw(house, tmp_path, TONE, OPENING, of="interaction", where={"channel": ("phone",)})
    assert told["plan"]["clauses"] == [TONE, OPENING]
    assert told["plan"]["where"] == {"channel": ["phone"]}


def test_a_scorecard_that_may_be_filled_is_never_written_over(house: SampleHouse, tmp_path: Path) -> None:
    draw(house, tmp_path)
    with pytest.raises(WrongUse, match="lies here already"):
        draw(house, tmp_path, seed="other")


def test_a_file_that_is_no_plan_is_refused(house: SampleHouse, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    for text, found in (("{", "no JSON"), ("[]", "no plan"), ('{"schema": 1, "id": "x"}', "has no kind")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(WrongUse, match=found):
            redraw(house.settings, path, None)
    with pytest.raises(WrongUse, match="cannot be read"):
        redraw(house.settings, tmp_path / "none.json", None)


def test_a_blank_in_the_filter_is_counted_and_not_drawn() -> None:
    rows = [
        {**_ROW, "id": "1", "channel": "phone", "started_at": "2026-08-01T10:00+08:00"},
        {**_ROW, "id": "2", "channel": None, "started_at": "2026-08-01T10:00+08:00"},
        {**_ROW, "id": "3", "channel": "chat", "started_at": "2026-08-01T10:00+08:00"},
    ]
    frame = contacts(
        facts_of({"interaction": rows}), AS_OF, QUARTER, Asked((), "interaction", {"channel": ("phone",)})
    )
    assert (list(frame.rows["key"]), frame.undecided) == (["1"], 1)


def test_the_frame_is_half_open_and_knows_nothing_of_what_comes_later() -> None:
    stamps = {
        "before": "2026-06-30T23:59:59+08:00", "first": "2026-07-01T00:00+08:00",
        "last": "2026-09-30T23:59:59+08:00", "after": "2026-10-01T00:00+08:00",
    }  # fmt: skip
    rows = [{**_ROW, "id": name, "channel": "phone", "started_at": stamp} for name, stamp in stamps.items()]
    facts = facts_of({"interaction": rows})
    assert list(contacts(facts, AS_OF, QUARTER, Asked((), "interaction")).rows["key"]) == ["first", "last"]
    early = at("2026-07-02T00:00+08:00")
    assert list(contacts(facts, early, QUARTER, Asked((), "interaction")).rows["key"]) == ["first"]


def test_merged_and_test_cases_are_not_drawn() -> None:
    rows = [
        {"id": "1", "received_at": "2026-08-01T10:00+08:00"},
        {"id": "2", "received_at": "2026-08-01T10:00+08:00", "void_reason": "test"},
    ]
    assert list(contacts(facts_of({"case": rows}), AS_OF, QUARTER, Asked((), "case")).rows["key"]) == ["1"]


def test_a_field_that_the_source_does_not_give_is_refused() -> None:
    rows = [{"id": "1", "received_at": "2026-08-01T10:00+08:00"}]
    facts = facts_of({"case": rows}, without=["case.channel"])
    with pytest.raises(WrongUse, match=r"does not give case\.channel"):
        contacts(facts, AS_OF, QUARTER, Asked((), "case", strata=("channel",)))


_CHANNELS = st.sampled_from(["phone", "chat", "email", None])


@settings(max_examples=40)
@given(st.lists(_CHANNELS, min_size=1, max_size=40), st.integers(1, 50), st.text(max_size=8), st.randoms())
def test_whatever_the_order_of_rows_the_plan_is_the_same_and_says_what_it_drew(
    channels: list[str | None], size: int, seed: str, dice: Any
) -> None:
    rows = [
        {**_ROW, "id": f"C{n}", "channel": channel, "started_at": "2026-08-01T10:00+08:00"}
        for n, channel in enumerate(channels)
    ]
    asked = Asked((TONE,), "interaction", {}, ("channel",), size, seed)

    def drawn(given_rows: list[dict[str, Any]]) -> dict[str, Any]:
        frame = contacts(facts_of({"interaction": given_rows}), AS_OF, QUARTER, asked)
        return plan("scorecard", {"period": "2026-Q3", **described(asked)}, frame, asked.size, asked.seed)

    one = drawn(rows)
    mixed = dice.sample(rows, len(rows))
    assert drawn(mixed) == one
    assert asked_again(json.loads(json.dumps(one))) == Asked(
        (TONE,), "interaction", {}, ("channel",), size, seed
    )
    assert len(one["drawn"]) == min(size, len(rows)) == sum(part["drawn"] for part in one["sizes"])
    assert one["id"] == plan_id(one)
    spread = pd.Series({f"C{n}": channel or "-" for n, channel in enumerate(channels)})
    for part in one["sizes"]:
        assert part["drawn"] == sum(spread[key] == part["stratum"] for key in one["drawn"])
        exact = part["frame"] * len(one["drawn"]) / len(rows)
        assert exact - 1 < part["drawn"] < exact + 1


@settings(max_examples=30)
@given(st.lists(st.text(min_size=1, max_size=3), min_size=2, max_size=12, unique=True), st.data())
def test_a_frame_with_one_record_more_or_less_never_passes_for_the_same(
    keys: list[str], data: st.DataObject
) -> None:
    from audits.sampling import Frame

    rows = pd.DataFrame({"key": keys, "stratum": "", "row": range(len(keys))})
    one = plan("scorecard", {}, Frame(rows), 3, "s")
    out = data.draw(st.integers(0, len(keys) - 1))
    other = plan("scorecard", {}, Frame(rows.drop(index=out).reset_index(drop=True)), 3, "s")
    assert {"frame.records", "frame.sha256"} <= {what for what, _, _ in differences(one, other)}


def test_the_plan_names_the_snapshot_by_the_hash_that_reports_print(
    house: SampleHouse, tmp_path: Path
) -> None:
    from flows.auditing.steps import named

    place = house.settings.out / "lab-2026-Q3" / "snapshot"
    assert draw(house, tmp_path)["plan"]["snapshot"] == named(read(place).info)["hash"]


def test_the_command_says_by_its_exit_whether_a_sample_is_the_same(
    house: SampleHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = {"SOURCE": house.mapping, "RULES": house.settings.rules, "OUT": house.settings.out, "LANG": "en"}
    monkeypatch.chdir(tmp_path)
    for name, value in chosen.items():
        monkeypatch.setenv(f"CLAUSEWATCH_{name}", str(value))
    words = ["sample", TONE, "--where", "channel=phone,chat", "--strata", "channel,staff_id", "--size", "9"]
    assert run([*words, "--seed", "x", "--to", "s"]) == 0
    assert "9 of 90 drawn, seed x" in capsys.readouterr().out
    assert run(["sample", "--redraw", "s/plan.json"]) == 0
    plan_file = tmp_path / "s" / "plan.json"
    plan_file.write_text(plan_file.read_text(encoding="utf-8").replace('"x"', '"y"'), encoding="utf-8")
    assert run(["sample", "--redraw", "s/plan.json"]) == 1
    assert "it differs" in capsys.readouterr().out
    assert run(["sample", TONE, "--where", "channel=fax"]) == 2
    assert run(["sample", "--redraw", "s/plan.json", "--for-auditor", "3"]) == 2
    assert run(["sample", "--read", "s/scorecard.xlsx"]) == 2
