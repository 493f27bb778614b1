"""Filled scorecards: read whole or refused by cell, answered as far as they go, and counted by the next audit."""

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from audits.errors import WrongUse
from flows.acts.sampling import Wish, draw_contacts, read_filled, target_of
from tasks.crm.register_rows import RegisterError
from tasks.crm.scorecards import ScorecardError
from tests.sampling_house import OPENING, TONE, SampleHouse, column_of, fill


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> SampleHouse:
    """A house with a snapshot; nothing is filed in it."""
    made = SampleHouse(tmp_path_factory.mktemp("house"), takes_scores=False)
    made.extract()
    return made


def draw(house: SampleHouse, folder: Path, size: int = 20, **more: Any) -> tuple[Path, Path]:
    """A scorecard and its plan."""
    told = draw_contacts(house.settings, Wish((TONE,), **{"seed": "s", "size": size, "to": folder, **more}))
    return Path(told["scorecard"]), Path(told["plan_file"])


def test_what_is_missing_is_counted_and_nothing_is_filed(house: SampleHouse, tmp_path: Path) -> None:
    filled, plan = draw(house, tmp_path)
    fill(filled, ["达标"] * 12, who="")
    told = read_filled(house.settings, filled, plan)
    assert (told["whole"], told["unsigned"], told["filed"]) == (False, 20, "")
    assert told["clauses"] == [
        {"clause": TONE, "met": 12, "breached": 0, "not_observable": 0, "blank": 8, "sample": None}
    ]
    assert told["blanks"][0] == "scorecard.xlsx 评分项!G16"
    assert len(told["blanks"]) == 8 + 20


@pytest.mark.parametrize(
    ("size", "verdicts", "n", "answer", "low"),
    [
        (20, ["达标"] * 19 + ["未达标"], 20, "not_shown", 7838),
        (59, ["达标"] * 59, 59, "met", 9504),
        (59, ["达标"] * 58 + ["无法观察"], 58, "not_shown", 9496),
        (20, ["达标"] * 16 + ["未达标"] * 4, 20, "not_met", 5989),
    ],
)
def test_a_sample_answers_only_what_it_can(
    house: SampleHouse, tmp_path: Path, size: int, verdicts: list[str], n: int, answer: str, low: int
) -> None:
    filled, plan = draw(house, tmp_path, size)
    told = read_filled(house.settings, fill(filled, verdicts), plan)
    sample = told["clauses"][0]["sample"]
    assert (told["whole"], sample["n"], sample["answer"], sample["low"]) == (True, n, answer, low)


def test_another_target_gets_another_answer(house: SampleHouse, tmp_path: Path) -> None:
    filled, plan = draw(house, tmp_path)
    fill(filled, ["达标"] * 19 + ["未达标"])
    for target, answer in (("75", "met"), ("78.38%", "met"), ("78.39", "not_shown"), ("99.75", "not_met")):
        told = read_filled(house.settings, filled, plan, target_of(target))
        assert told["clauses"][0]["sample"]["answer"] == answer


@pytest.mark.parametrize("text", ["0", "-5", "100.5", "95.001", "many", ""])
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(WrongUse, match="is no target"):
        target_of(text)
    assert target_of("97.5 %") == Fraction(975, 1000)


def test_where_the_mapping_takes_no_scorecards_the_answer_stands_and_the_cure_is_told(
    house: SampleHouse, tmp_path: Path
) -> None:
    filled, plan = draw(house, tmp_path)
    told = read_filled(house.settings, fill(filled, ["达标"] * 20), plan)
    assert told["clauses"][0]["sample"]["n"] == 20
    assert "scorecard: {from: registers}, scorecard_item: {from: registers}" in told["why_not"].do
    assert str(house.mapping) in told["why_not"].where


def _verdict(book: Any) -> None:
    book["评分项"].cell(5, column_of(book["评分项"], "评分")).value = "还行"


def _clause(book: Any) -> None:
    book["评分项"].cell(6, column_of(book["评分项"], "条款")).value = OPENING


def _record(book: Any) -> None:
    book["评分表"].cell(4, column_of(book["评分表"], "联络")).value = "C9999"


def _sampled(book: Any) -> None:
    book["评分表"].cell(7, column_of(book["评分表"], "抽样时刻")).value = datetime(2026, 9, 1, 8)


def _missing(book: Any) -> None:
    book["评分项"].delete_rows(8)


def _added(book: Any) -> None:
    sheet = book["评分项"]
    for at in range(1, sheet.max_column + 1):
        sheet.cell(24, at).value = sheet.cell(23, at).value
    sheet.cell(24, 1).value = "S-mine-1"


def _twice(book: Any) -> None:
    sheet = book["评分项"]
    sheet.cell(9, 1).value = sheet.cell(8, 1).value


def _stranger(book: Any) -> None:
    book["评分表"].cell(5, column_of(book["评分表"], "评分人")).value = "E77"


def _shared_name(book: Any) -> None:
    book["评分表"].cell(5, column_of(book["评分表"], "评分人")).value = "周一"


def _no_sheet(book: Any) -> None:
    del book["评分表"]


@pytest.mark.parametrize(
    ("change", "where", "found"),
    [
        (_verdict, "评分项!G5", "'还行' is none of: 达标, 未达标, 无法观察"),
        (_clause, "评分项!E6", "is 'LAB-OPENING', drawn was LAB-TONE; write that"),
        (_record, "评分表!B4", "is 'C9999', drawn was C"),
        (_sampled, "评分表!K7", "write 2026-10-05 02:00:00"),
        (_missing, "评分项", "-005-01 is missing; put it back"),
        (_added, "评分项!A24", "S-mine-1 is not of this sample; take the row out"),
        (_twice, "评分项!A9", "stands already at"),
        (_stranger, "评分表!H5", "'E77' is nobody in the list of staff"),
        (_shared_name, "评分表!H5", "'周一' is nobody in the list of staff"),
        (_no_sheet, "scorecard.xlsx", "the sheet 评分表 / scorecard is missing"),
    ],
)
def test_a_scorecard_that_is_not_its_sample_is_refused_by_cell(
    house: SampleHouse, tmp_path: Path, change: Callable[[Any], None], where: str, found: str
) -> None:
    filled, plan = draw(house, tmp_path)
    fill(filled, ["达标"] * 20)
    book = load_workbook(filled)
    change(book)
    book.save(filled)
    with pytest.raises((RegisterError, ScorecardError)) as refused:
        read_filled(house.settings, filled, plan)
    error = refused.value
    assert isinstance(error, RegisterError | ScorecardError)
    said = [str(problem) for problem in error.problems]
    assert any(where in line and found in line for line in said), said
    assert error.do


def test_the_scorecard_of_another_sample_is_refused_with_the_name_of_both(
    house: SampleHouse, tmp_path: Path
) -> None:
    _, plan = draw(house, tmp_path / "1")
    other, _ = draw(house, tmp_path / "2", seed="t")
    with pytest.raises(ScorecardError, match="another sample: S-") as refused:
        read_filled(house.settings, fill(other, ["达标"] * 20), plan)
    assert "plan.json" in refused.value.do
    assert "评分表!A4" in refused.value.where


def test_a_plan_that_was_changed_is_not_read_against(house: SampleHouse, tmp_path: Path) -> None:
    filled, plan = draw(house, tmp_path)
    plan.write_text(plan.read_text(encoding="utf-8").replace('"size": 20', '"size": 21'), encoding="utf-8")
    with pytest.raises(WrongUse, match="was changed"):
        read_filled(house.settings, filled, plan)


def test_an_english_scorecard_is_filled_in_english_and_reads_the_same(
    house: SampleHouse, tmp_path: Path
) -> None:
    filled, plan = draw(house, tmp_path, size=4, lang="en")
    book = load_workbook(filled)
    items, cards = book["scorecard item"], book["scorecard"]
    for row, said in enumerate(("met", "not met", "not observable", "met"), start=4):
        items.cell(row, column_of(items, "verdict")).value = said
        cards.cell(row, column_of(cards, "assessor")).value = "E2"
    book.save(filled)
    told = read_filled(house.settings, filled, plan)["clauses"][0]
    assert (told["met"], told["breached"], told["not_observable"]) == (2, 1, 1)


def test_what_was_drawn_is_locked_and_what_is_to_be_filled_is_free(
    house: SampleHouse, tmp_path: Path
) -> None:
    book = load_workbook(draw(house, tmp_path)[0])
    for sheet, free in ((book["评分项"], {"评分", "备注"}), (book["评分表"], {"评分人", "评分日期", "备注"})):
        assert sheet.protection.sheet
        names = {str(cell.value).split("\n")[0].strip(" *"): cell.column for cell in sheet[3] if cell.value}
        assert {name for name, at in names.items() if not sheet.cell(4, at).protection.locked} == free
        assert all(cell.protection.locked for cell in sheet[3])
    checks = [check.formula1 for check in book["评分项"].data_validations.dataValidation]
    assert checks == ['"达标,未达标,无法观察"']


def test_the_next_audit_counts_a_whole_scorecard_once_in_the_period_of_its_contacts(tmp_path: Path) -> None:
    house = SampleHouse(tmp_path / "house")
    before = house.extract("before")
    filled, plan = draw(house, tmp_path / "sample", size=59)
    told = read_filled(house.settings, fill(filled, ["达标"] * 59), plan)
    assert Path(told["filed"]).parent == house.registers
    assert Path(told["filed"]).read_bytes() == filled.read_bytes()
    assert Path(told["filed"]).with_suffix(".plan.json").read_bytes() == plan.read_bytes()
    assert read_filled(house.settings, filled, plan)["filed"] == told["filed"]

    after = house.extract("after")
    said = house.clause(after, TONE)
    assert said["items"] == {"met": 59, "breached": 0, "not_observable": 0}
    assert said["sample"] == {
        "n": 59, "met": 59, "share": "100.00", "low": 9504, "high": 10000, "target": 9500, "answer": "met",
    }  # fmt: skip
    months = [house.clause(after, TONE, f"2026-{month:02d}")["items"]["met"] for month in (7, 8, 9, 10)]
    assert sum(months) == 59
    assert months[3] == 0
    assert house.clause(before, TONE)["sample"] is None

    fill(filled, ["未达标"])
    refiled = read_filled(house.settings, filled, plan)
    assert refiled["filed"] == ""
    assert "filed before, with other content" in refiled["why_not"].found


def test_a_scorecard_that_would_spoil_the_registers_is_not_left_among_them(tmp_path: Path) -> None:
    house = SampleHouse(tmp_path / "house")
    house.extract()
    filled, plan = draw(house, tmp_path / "sample", size=3)
    fill(filled, ["达标"] * 3)
    book = load_workbook(filled)
    twin = book.create_sheet("人员")
    for row in (["工号", "姓名"], ["E1", "周一"]):
        twin.append(row)
    book.save(filled)
    told = read_filled(house.settings, filled, plan)
    assert told["why_not"] is not None
    assert not list(house.registers.glob("scorecard-*"))
