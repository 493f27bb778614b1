"""Verdicts drawn for an auditor: from all of a run, met ones too, with a worksheet and a plan to draw them again."""

from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from audits.errors import WrongUse
from audits.judge import obligations
from audits.results import results
from audits.words import Words
from flows.acts.sampling import redraw
from flows.acts.sampling_verdicts import draw_verdicts
from reports.exports import parquet_bytes
from reports.result_set import canonical
from tests.sampling_house import COUNTED, SampleHouse


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> SampleHouse:
    """A house with one audited quarter: 60 calls, one in five without its answer."""
    made = SampleHouse(tmp_path_factory.mktemp("house"))
    place = made.extract()
    judged = made.judged(place)
    (place.parent / "verdicts.parquet").write_bytes(parquet_bytes(obligations(judged)))
    found = results(judged, {"hash": "abc", "frames": {}}, "test", Words("", ""))
    (place.parent / "results.json").write_bytes(canonical(found))
    return made


def test_all_verdicts_may_be_drawn_met_ones_too_in_proportion(house: SampleHouse, tmp_path: Path) -> None:
    told = draw_verdicts(house.settings, 25, seed="s", to=tmp_path)
    plan = told["plan"]
    assert (plan["kind"], plan["frame"]["records"], plan["snapshot"]) == ("verdicts", 60, "abc")
    assert [(one["stratum"], one["frame"], one["drawn"]) for one in plan["sizes"]] == [
        ("LAB / breached", 12, 5), ("LAB / met", 48, 20),
    ]  # fmt: skip
    assert len(set(plan["drawn"])) == 25
    assert all(key.startswith(f"{COUNTED}|interaction:C") for key in plan["drawn"])


def test_the_worksheet_shows_what_each_verdict_rests_on_and_leaves_room_for_another(
    house: SampleHouse, tmp_path: Path
) -> None:
    told = draw_verdicts(house.settings, 25, seed="s", to=tmp_path)
    sheet = load_workbook(told["scorecard"])["抽查"]
    rows = list(sheet.iter_rows(min_row=4, max_row=28, values_only=True))
    verdicts = pd.read_parquet(house.settings.out / "lab-2026-Q3" / "verdicts.parquet").set_index("record")
    for row, key in zip(rows, told["plan"]["drawn"], strict=True):
        known = verdicts.loc[key.split("|")[1].split(":")[1]]
        assert row[:4] == (row[0], COUNTED, "样例·接通", "接通有记录")
        assert row[6] == {"met": "符合", "breached": "违反"}[known["verdict"]]
        assert row[10] == known["due_at"].tz_convert("Asia/Shanghai").tz_localize(None).to_pydatetime()
        assert row[12:] == (None,) * 4
    assert sheet.max_row == 28
    assert not sheet.cell(4, 13).protection.locked
    assert sheet.cell(4, 7).protection.locked
    assert [c.formula1 for c in sheet.data_validations.dataValidation] == ['"一致,不一致,无法核实"']


def test_anybody_draws_it_again_from_the_run_or_its_snapshot(house: SampleHouse, tmp_path: Path) -> None:
    told = draw_verdicts(house.settings, 10, to=tmp_path, strata=("clause", "verdict"), lang="en")
    run = house.settings.out / "lab-2026-Q3"
    for place in (None, run, run / "snapshot"):
        assert redraw(house.settings, Path(told["plan_file"]), place)["same"]


def test_verdicts_that_were_changed_since_are_told(house: SampleHouse, tmp_path: Path) -> None:
    told = draw_verdicts(house.settings, 10, seed="s", to=tmp_path / "s")
    run = house.settings.out / "lab-2026-Q3"
    other = tmp_path / "run"
    other.mkdir()
    (other / "results.json").write_bytes((run / "results.json").read_bytes())
    rows = pd.read_parquet(run / "verdicts.parquet")
    whitewashed = rows.assign(verdict=rows["verdict"].astype(str).replace("breached", "met"))
    (other / "verdicts.parquet").write_bytes(parquet_bytes(whitewashed))
    again = redraw(house.settings, Path(told["plan_file"]), other)
    assert not again["same"]
    assert {"verdicts", "frame.sha256", "sizes"} <= {what for what, _, _ in again["differences"]}


def test_what_cannot_be_drawn_is_refused(house: SampleHouse, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="not told apart by 'colour'"):
        draw_verdicts(house.settings, 5, strata=("colour",), to=tmp_path)
    with pytest.raises(WrongUse, match=r"no verdicts\.parquet here"):
        draw_verdicts(house.settings, 5, place=tmp_path, to=tmp_path)
    draw_verdicts(house.settings, 5, to=tmp_path)
    with pytest.raises(WrongUse, match="lies here already"):
        draw_verdicts(house.settings, 5, to=tmp_path)
