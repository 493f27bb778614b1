"""Every kind of register: made, filled as people fill, and read back as the records that were meant."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from pandas.testing import assert_frame_equal

from audits.model import MODEL, Field
from tasks.crm.boundary import How, cast
from tasks.crm.register_sheet import CHECKED_ROWS
from tasks.crm.register_words import (
    ENTITIES,
    EXAMPLE,
    EXAMPLES,
    GUIDE,
    KINDS,
    LABELS,
    LISTS,
    NUMBER,
    Kind,
    columns,
    label,
    must_be_filled,
)
from tasks.crm.registers import RegisterError, new_register, read_register, read_registers, write_register
from tests.registers_typed import book

ZONE = "Asia/Shanghai"
HERE = ZoneInfo(ZONE)
BEGIN = datetime(2026, 9, 1, 8)
ROWS = 4

Pair = tuple[object, object]


def pair(rng: random.Random, entity: str, field: Field, number: int) -> Pair:
    """What a person types into a cell, and what it means."""
    moment = BEGIN + timedelta(minutes=rng.randrange(40_000))
    figure = Decimal(rng.randrange(100_000)) / 1000
    truth = rng.random() < 0.5
    told: dict[str, list[Pair]] = {
        "ts": [
            (moment, moment.replace(tzinfo=HERE)),
            (f"{moment:%Y/%m/%d %H:%M}", moment.replace(tzinfo=HERE)),
        ],
        "date": [(moment.date(), moment.date()), (f"{moment:%Y-%m-%d}", moment.date())],
        "bool": [("是" if truth else "否", truth), ("yes" if truth else "no", truth)],
        "int": [(number, number), (f" {number} ", number)],
        "decimal": [(float(figure), figure), (str(figure), figure)],
        "text": [(f"文字 {number}", f"文字 {number}"), ("=1+1", "=1+1")],
    }
    if field.type == "enum":
        value = rng.choice(field.values)
        return rng.choice(
            [value, label(entity, field.name, value, "zh"), label(entity, field.name, value, "en")]
        ), value
    if field.type == "keys":
        known = LABELS.get(f"{entity}.{field.name}", {"k1": ("甲", "one"), "k2": ("乙", "two")})
        words = rng.sample(sorted(known), k=2)
        if f"{entity}.{field.name}" not in LABELS:
            return rng.choice("、;|,").join(words), "|".join(words)
        return "、".join(known[word][0] for word in words), "|".join(words)
    return rng.choice(told.get(field.type, [(f"R-{number}", f"R-{number}")]))


def record(rng: random.Random, entity: str, number: int) -> tuple[dict[str, object], dict[str, object]]:
    """One record as typed and as meant; what need not be filled is blank now and then."""
    typed, meant = {}, {}
    for field in columns(entity):
        blank = not must_be_filled(entity, field.name) and rng.random() < 0.2
        typed[field.name], meant[field.name] = (None, None) if blank else pair(rng, entity, field, number)
    meant["id"] = meant[NUMBER.get(entity, "id")]
    return typed, meant


def headers(sheet: Worksheet) -> dict[str, int]:
    """Chinese or English name -> column of a sheet."""
    return {str(cell.value).split("\n")[0].strip(" *"): at for at, cell in enumerate(sheet[1], start=1)}


def fill(sheet: Worksheet, entity: str, records: Sequence[dict[str, object]], lang: str) -> None:
    at = headers(sheet)
    for row, one in enumerate(records, start=sheet.max_row + 1):
        for field in columns(entity):
            cell = sheet.cell(row, at[field.en if lang == "en" else field.zh])
            cell.value = one[field.name]  # type: ignore[assignment]
            if isinstance(cell.value, str):
                cell.data_type = "s"  # as a text column keeps it: no formula


def canonical(entity: str, rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame({name: pd.Series([r.get(name) for r in rows], dtype=object) for name in rows[0]})
    return cast(entity, frame, How(ZONE))[0]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_whatever_is_filled_into_a_new_register_comes_back_as_it_was_meant(
    tmp_path: Path, kind: Kind
) -> None:
    rng = random.Random(kind.name)
    lang = rng.choice(["zh", "en"])
    path = new_register([kind.name], tmp_path / "r.xlsx", lang)
    book = load_workbook(path)
    meant: dict[str, list[dict[str, object]]] = {}
    for entity in kind.sheets:
        pairs = [record(rng, entity, number) for number in range(1, ROWS + 1)]
        rng.shuffle(pairs)  # sorted by whatever column
        sheet = book[MODEL[entity].en if lang == "en" else MODEL[entity].zh]
        fill(sheet, entity, [typed for typed, _ in pairs], lang)
        sheet.row_dimensions[4].hidden = True  # filtered away
        meant[entity] = [one for _, one in pairs]
    book.save(path)
    frames = read_register(path, ZONE)
    assert set(frames) == set(kind.sheets)
    for entity, rows in meant.items():
        expected = canonical(entity, rows)
        found = cast(entity, frames[entity], How(ZONE))[0]
        assert_frame_equal(found[list(expected.columns)], expected)


def test_every_record_that_no_crm_holds_has_its_register() -> None:
    assert len(ENTITIES) == len(set(ENTITIES))
    assert set(MODEL) - set(ENTITIES) == {"case", "case_event", "assignment", "pause", "calendar"}
    assert set(EXAMPLES) == set(ENTITIES)


# --- how a new one looks and behaves -------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    """A workbook with every sheet there is, in English."""
    return load_workbook(new_register(list(KINDS), tmp_path_factory.mktemp("all") / "r.xlsx", "en"))


def test_every_sheet_is_locked_in_its_header_only_and_filters_all_its_rows(everything: Workbook) -> None:
    for entity in ENTITIES:
        sheet = everything[MODEL[entity].en]
        assert sheet.protection.sheet
        assert all(cell.protection.locked for cell in sheet[1] if cell.value)
        assert not any(cell.protection.locked for row in sheet.iter_rows(min_row=2) for cell in row)
        [beyond] = [c for c in sheet.column_dimensions.values() if c.max == 16_384]
        assert not beyond.protection.locked, "a row with a locked cell cannot be deleted"
        assert str(sheet.auto_filter.ref).endswith(str(CHECKED_ROWS + 1))
        assert sheet.freeze_panes == "B2"
        assert (sheet.protection.sort, sheet.protection.autoFilter) == (False, False)  # false = allowed


def test_lists_yes_no_dates_and_figures_are_checked_in_every_sheet(everything: Workbook) -> None:
    kinds = {
        "enum": "list",
        "bool": "list",
        "ts": "date",
        "date": "date",
        "int": "whole",
        "decimal": "decimal",
    }
    for entity in ENTITIES:
        sheet = everything[MODEL[entity].en]
        checks = {at.min_col: v for v in sheet.data_validations.dataValidation for at in v.sqref.ranges}
        for at, field in enumerate(columns(entity), start=1):
            if field.type in kinds:
                assert checks[at].type == kinds[field.type], f"{entity}.{field.name}"


def test_a_long_list_drops_down_from_a_hidden_sheet(everything: Workbook) -> None:
    lists = everything[LISTS]
    assert lists.sheet_state == "hidden"
    kinds = [label("document", "kind", value, "en") for value in MODEL["document"].fields["kind"].values]
    held = [[str(cell.value) for cell in column if cell.value] for column in lists.iter_cols()]
    assert kinds in held
    [check] = [
        v for v in everything["document"].data_validations.dataValidation if str(v.sqref).startswith("B2")
    ]
    assert (
        check.formula1
        == f"'{LISTS}'!${'ABCDEFGH'[held.index(kinds)]}$1:${'ABCDEFGH'[held.index(kinds)]}${len(kinds)}"
    )


def test_numbers_of_a_sheet_in_the_same_workbook_drop_down_but_others_may_be_typed(
    everything: Workbook,
) -> None:
    [check] = [
        v
        for v in everything["acceptance item"].data_validations.dataValidation
        if str(v.sqref).startswith("B2")
    ]
    assert check.formula1 == f"'acceptance'!$A$2:$A${CHECKED_ROWS + 1}"
    assert not check.showErrorMessage


def test_the_guide_stands_in_both_languages(everything: Workbook) -> None:
    assert everything.sheetnames[-3:-1] == [GUIDE["en"], GUIDE["zh"]]
    for lang, sheet in ((lang, everything[title]) for lang, title in GUIDE.items()):
        text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
        for entity in ENTITIES:
            names = [f.en if lang == "en" else f.zh for f in columns(entity)]
            assert all(name in text for name in names)


def test_examples_are_marked_by_their_number_and_never_read(tmp_path: Path) -> None:
    for lang in ("zh", "en"):
        path = new_register(["proposal"], tmp_path / f"{lang}.xlsx", lang)
        sheet = load_workbook(path).worksheets[0]
        assert [str(sheet.cell(row, 1).value).split("-")[0] for row in (2, 3)] == [EXAMPLE[lang]] * 2
        assert sheet.cell(2, 1).font.italic
        assert [len(frame) for frame in read_register(path, ZONE).values()] == [0, 0]


def test_only_the_columns_that_somebody_reads_are_asked_for(tmp_path: Path) -> None:
    used = frozenset({"deliverable.delivered_at", "qa_check.items_total", "task.title"})
    frames = read_register(new_register(["deliverable"], tmp_path / "r.xlsx", "en", used), ZONE)
    assert set(frames["qa_check"].columns) == {
        "id",
        "deliverable_id",
        "inspector_id",
        "items_total",
        "case_id",
    }
    belongs = {"id", "code", "service_file_id", "customer_id", "team_id", "owner_id", "approved_by"}
    assert set(frames["deliverable"].columns) == belongs | {"delivered_at"}


# --- what people and their programs do to it -----------------------------------------------------------


REVIEW = ["评审编号", "方案", "评审时刻", "评审结论"]
ROW = ["PS-1", "FA-1", "2026-09-01 09:00", "通过"]


def test_columns_may_be_moved_and_others_added_anywhere(tmp_path: Path) -> None:
    head = ["地点", *reversed(REVIEW), "主持"]
    path = book(tmp_path / "r.xlsx", 评审=[head, ["三楼", *reversed(ROW), "王"]])
    found = read_registers(path, ZONE)
    [row] = found.frames["review"].to_dict("records")
    assert (row["id"], row["proposal_id"], row["outcome"]) == ("PS-1", "FA-1", "pass")
    assert found.own_columns("review") == [("r.xlsx 评审", "地点"), ("r.xlsx 评审", "主持")]
    assert found.where("review", "PS-1", "outcome") == "r.xlsx 评审!B2"


def test_a_renamed_sheet_is_known_by_its_header(tmp_path: Path) -> None:
    path = book(tmp_path / "r.xlsx", **{"给领导看": [REVIEW, ROW], "#草稿": [["x"]]})
    assert read_register(path, ZONE)["review"]["id"].tolist() == ["PS-1"]


def test_a_renamed_sheet_that_could_be_two_things_is_asked_for(tmp_path: Path) -> None:
    path = book(tmp_path / "r.xlsx", 表一=[["id", "customer_id", "case_id", "note"], ["1", "2", "3", ""]])
    with pytest.raises(RegisterError, match="表一: this sheet is none of"):
        read_register(path, ZONE)


def test_a_title_above_the_header_is_stepped_over(tmp_path: Path) -> None:
    path = book(tmp_path / "r.xlsx", 评审=[["二〇二六年方案评审"], [], REVIEW, ROW, [None], ["PS-2"]])
    found = read_registers(path, ZONE)
    assert found.frames["review"]["id"].tolist() == ["PS-1", "PS-2"]
    assert found.where("review", "PS-2", "id") == "r.xlsx 评审!A6"


def test_a_formula_is_read_by_its_last_result(tmp_path: Path) -> None:
    """As a spreadsheet saves it: the formula, and beside it what it came to."""
    path = tmp_path / "r.xlsx"
    made = xlsxwriter.Workbook(str(path))
    sheet = made.add_worksheet("指标")
    for column, head in enumerate(["指标编号", "指标名", "统计期", "指标值", "样本数"]):
        sheet.write(0, column, head)
    for column, value in enumerate(["ZB-1", "满意度", "2026-09"]):
        sheet.write(1, column, value)
    sheet.write_formula(1, 3, "=SUM(F1:F9)/2", None, 91.25)
    sheet.write_formula(1, 4, "=COUNT(F:F)", None, 160)
    made.close()
    [row] = read_register(path, ZONE)["metric_snapshot"].to_dict("records")
    assert (row["metric"], row["value"], row["n"]) == ("satisfaction", Decimal("91.25"), 160)


def test_a_register_saved_by_another_program_reads_the_same(tmp_path: Path) -> None:
    """One keeps text beside each cell and knows nothing of our styles, checks and protection."""
    ours = tmp_path / "ours" / "r.xlsx"
    write_register(ours, {"training": _typed("training")})
    theirs = tmp_path / "theirs.xlsx"
    made = xlsxwriter.Workbook(str(theirs), {"constant_memory": True, "strings_to_formulas": False})
    sheet, shown = made.add_worksheet("Training"), made.add_format({"num_format": "d/m/yyyy h:mm"})
    for number, row in enumerate(load_workbook(ours)["培训"].iter_rows(values_only=True)):
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(number, column, value, shown)
            elif value is not None:
                sheet.write(number, column, value)
    made.close()
    assert_frame_equal(read_register(theirs, ZONE)["training"], read_register(ours, ZONE)["training"])


def _typed(entity: str) -> list[dict[str, object]]:
    """The examples with stamps as a sheet holds them."""
    kinds = {f.name: f.type for f in columns(entity)}
    return [
        {n: datetime.fromisoformat(str(v)) if kinds[n] == "ts" else v for n, v in example.items()}
        for example in EXAMPLES[entity]
    ]


def test_words_that_clauses_ask_for_may_be_written_in_either_language(tmp_path: Path) -> None:
    head = ["评审编号", "参加职能"]
    rows = [["PS-1", "客户经理、Technical lead；finance_specialist\n法务代表"], ["PS-2", "客户经理，观察员"]]
    frame = read_register(book(tmp_path / "r.xlsx", 评审=[head, *rows]), ZONE)["review"]
    functions = "account_manager|technical_lead|finance_specialist|legal_representative"
    assert frame["participants"].tolist() == [functions, "account_manager|观察员"]


def test_a_number_that_a_spreadsheet_made_a_date_is_named(tmp_path: Path) -> None:
    path = book(tmp_path / "r.xlsx", 指标=[["指标编号", "统计期"], ["ZB-1", date(2026, 9, 1)]])
    with pytest.raises(RegisterError, match=r"指标!B2: .* write it as text"):
        read_register(path, ZONE)


def test_the_guide_of_registers_lists_every_kind_with_its_sheets() -> None:
    text = (Path(__file__).parent.parent / "docs" / "registers.md").read_text(encoding="utf-8")
    for kind in KINDS.values():
        sheets = ", ".join(f"{MODEL[sheet].zh} {MODEL[sheet].en}" for sheet in kind.sheets)
        assert f"| `{kind.name}` | {sheets} | {kind.en} |" in text
