"""The files of a report: whole or not at all, the same bytes from the same results, and never open books."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import reports
from audits.errors import WrongUse
from reports.made_with import changed, made_with
from reports.result_set import NotJson, ResultSet, canonical, seal
from tests.report_sample import sample


@pytest.fixture(scope="module")
def month() -> ResultSet:
    return sample()


@pytest.fixture(scope="module")
def written(month: ResultSet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return reports.write(month, tmp_path_factory.mktemp("report"), "zh-CN")


def test_a_report_is_these_files(written: dict[str, Path]) -> None:
    names = [*reports.ALL, "report.en.html", "manifest.json"]
    assert sorted(written) == sorted(names)
    assert all(path.stat().st_size > 500 for path in written.values())
    assert sorted(path.name for path in written["report.html"].parent.iterdir()) == sorted(names)


def test_the_same_results_give_the_same_bytes(
    month: ResultSet, written: dict[str, Path], tmp_path: Path
) -> None:
    again = reports.write(sample(), tmp_path / "again", "zh")
    differ = [name for name in written if written[name].read_bytes() != again[name].read_bytes()]
    assert differ == []


def test_writing_over_an_earlier_report_gives_the_same_bytes_too(month: ResultSet, tmp_path: Path) -> None:
    first = {
        k: p.read_bytes()
        for k, p in reports.write(month, tmp_path, "en", ("findings.csv", "life.json")).items()
    }
    second = reports.write(month, tmp_path, "en", ("findings.csv", "life.json"))
    assert {name: path.read_bytes() for name, path in second.items()} == first


def test_a_report_in_the_other_language_leaves_no_page_of_the_one_before(
    month: ResultSet, tmp_path: Path
) -> None:
    reports.write(month, tmp_path, "en", ("report.html",))
    assert (tmp_path / "report.zh.html").exists()
    reports.write(month, tmp_path, "zh", ("report.html",))
    pages = sorted(path.name for path in tmp_path.glob("*.html"))
    assert pages == ["report.en.html", "report.html"]
    assert set(json.loads((tmp_path / "manifest.json").read_bytes())["files"]) == set(pages)


def test_a_period_in_which_nothing_fell_due_is_written_too(month: ResultSet, tmp_path: Path) -> None:
    results = deepcopy(month.results)
    for audit in results["audits"]:
        found = audit["figures"]
        audit |= {"word": "none_due", "n": 0}
        found |= {name: 0 for name, value in found.items() if isinstance(value, int)}
        found |= {name: [] for name, value in found.items() if isinstance(value, list) and name != "rows"}
        if audit["id"] == "survey":
            found["cohort"] |= dict.fromkeys(("numerator", "denominator", "bounced", "need_60", "need_80"), 0)
            found["sent_in_time"] |= {
                name: 0 for name, v in found["sent_in_time"].items() if isinstance(v, int)
            }
    made = reports.write(replace(month, results=results), tmp_path, "zh", ("report.html", "report.pdf"))
    page = made["report.html"].read_text("utf-8")
    assert "本期无此义务" in page
    assert "0 / 0" not in page


def test_the_manifest_holds_the_checksum_of_every_file(written: dict[str, Path]) -> None:
    manifest = json.loads(written["manifest.json"].read_bytes())
    sums = {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in written.items() if n != "manifest.json"}
    assert manifest == {"schema": 1, "files": sums, "made_with": made_with()}


def test_the_manifest_says_what_the_report_was_made_with_and_so_what_changed_since(
    month: ResultSet, tmp_path: Path
) -> None:
    reports.write(month, tmp_path, "zh", ("life.json",))
    path = tmp_path / "manifest.json"
    noted = json.loads(path.read_bytes())["made_with"]
    assert changed(noted) == []
    assert {"clausewatch", "drawing", "templates", "words", "typst", "xlsxwriter", "zlib"} < set(noted)
    older = {**noted, "words": "000000000000", "typst": "0.1", "gone": "1"}
    assert [one.what for one in changed(older)] == ["words", "typst", "gone"]
    path.write_text(json.dumps({"schema": 1, "files": {}, "made_with": older}), encoding="utf-8")
    reports.seal_folder(tmp_path)  # another day's housekeeping makes no file
    assert json.loads(path.read_bytes())["made_with"] == older
    reports.write(month, tmp_path, "zh", ("life.json",))
    assert json.loads(path.read_bytes())["made_with"] == noted


def test_the_manifest_also_seals_what_else_the_run_left(month: ResultSet, tmp_path: Path) -> None:
    (tmp_path / "notices").mkdir()
    (tmp_path / "notices" / "one.eml").write_bytes(b"From: x\r\n")
    reports.write(month, tmp_path, "zh", ("life.json",))
    files = json.loads((tmp_path / "manifest.json").read_bytes())["files"]
    assert files["notices/one.eml"] == hashlib.sha256(b"From: x\r\n").hexdigest()


def test_the_seal_is_the_checksum_of_results_json(month: ResultSet, written: dict[str, Path]) -> None:
    assert seal(month.results) == hashlib.sha256(written["results.json"].read_bytes()).hexdigest()


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        assert list(value) == sorted(value)
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


@pytest.mark.parametrize("name", ["results.json", "life.json", "manifest.json"])
def test_json_is_sorted_utf8_with_plain_line_ends_and_no_floats(written: dict[str, Path], name: str) -> None:
    raw = written[name].read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"}\n")
    assert not any(isinstance(leaf, float) for leaf in _leaves(json.loads(raw.decode("utf-8"))))


def test_a_float_in_the_results_is_refused_by_its_place() -> None:
    with pytest.raises(NotJson, match=r"clauses/0/rate"):
        canonical({"clauses": [{"rate": 94.96}]})
    with pytest.raises(NotJson, match="key that is not text"):
        canonical({"counts": {1: 2}})


def _broken(month: ResultSet, **changed: Any) -> ResultSet:
    checks = [dict(check) for check in month.results["checks"]]
    checks[0] |= changed
    return replace(month, results={**month.results, "checks": checks})


def test_open_books_are_refused_with_both_sides_and_nothing_is_written(
    month: ResultSet, tmp_path: Path
) -> None:
    broken = _broken(month, left=[338, 115, 86, 0, 5571], holds=False)
    with pytest.raises(reports.BooksDoNotClose, match=r"338 \+ 115 \+ 86 \+ 0 \+ 5,571 ≠ 6,111") as caught:
        reports.write(broken, tmp_path / "out")
    assert "verdicts_sum" in caught.value.where
    assert not (tmp_path / "out").exists()


def test_a_finding_that_is_not_listed_is_refused(month: ResultSet, tmp_path: Path) -> None:
    with pytest.raises(reports.BooksDoNotClose, match="337 ≠ 338"):
        reports.write(replace(month, findings=month.findings.iloc[1:]), tmp_path)


def test_findings_that_neither_came_nor_went_are_refused(month: ResultSet, tmp_path: Path) -> None:
    life = {**month.life, "since": {**month.life["since"], "open_now": 65}}
    with pytest.raises(reports.BooksDoNotClose, match="≠ 65"):
        reports.write(replace(month, life=life), tmp_path)


def test_more_mail_outcomes_than_notices_owed_are_refused(month: ResultSet, tmp_path: Path) -> None:
    life = {**month.life, "notices": {**month.life["notices"], "sent": 80}}
    with pytest.raises(reports.BooksDoNotClose, match="82 > 71"):
        reports.write(replace(month, life=life), tmp_path)


def test_a_rendering_that_fails_leaves_the_earlier_report_untouched(month: ResultSet, tmp_path: Path) -> None:
    before = {
        k: p.read_bytes()
        for k, p in reports.write(month, tmp_path, formats=("findings.csv", "life.json")).items()
    }
    unreadable = month.obligations.assign(
        subject=pd.Series([object()] * len(month.obligations), dtype=object)
    )
    with pytest.raises(Exception, match="object"):
        reports.write(
            replace(sample(signed=False), obligations=unreadable),
            tmp_path,
            "zh",
            ("findings.csv", "verdicts.parquet"),
        )
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_unknown_format_or_language_is_wrong_use(month: ResultSet, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"report\.docx"):
        reports.write(month, tmp_path, "zh", ("report.docx",))
    with pytest.raises(WrongUse, match="'de'"):
        reports.write(month, tmp_path, "de")
    assert list(tmp_path.iterdir()) == []


def test_every_obligation_is_in_the_parquet_file(month: ResultSet, written: dict[str, Path]) -> None:
    frame = pd.read_parquet(written["verdicts.parquet"])
    assert frame["verdict"].value_counts().to_dict() == month.obligations["verdict"].value_counts().to_dict()
    assert str(frame["due_at"].dtype) == "datetime64[us, UTC]"


def test_a_text_that_begins_like_a_formula_stays_text(month: ResultSet, tmp_path: Path) -> None:
    import openpyxl

    findings = month.findings.copy()
    findings["label"] = "=HYPERLINK(1)"
    files = reports.write(
        replace(month, findings=findings), tmp_path, "en", ("findings.csv", "findings.xlsx")
    )
    assert "'=HYPERLINK(1)" in files["findings.csv"].read_text("utf-8-sig")
    with closing(openpyxl.load_workbook(files["findings.xlsx"], read_only=True)) as book:
        ((cell,),) = book["findings"].iter_rows(min_row=2, max_row=2, min_col=4, max_col=4)
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_names_from_the_crm_cannot_break_out_of_the_page(month: ResultSet, tmp_path: Path) -> None:
    findings = month.findings.copy()
    findings["label"] = "</script><script>alert(1)</script>"
    files = reports.write(replace(month, findings=findings), tmp_path, "en", ("report.html",))
    text = files["report.html"].read_text("utf-8")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_a_large_month_stays_usable(tmp_path: Path) -> None:
    files = reports.write(sample(more_late=50_000), tmp_path, "zh", ("report.html", "report.pdf"))
    assert files["report.html"].stat().st_size < 15_000_000
    assert files["report.pdf"].stat().st_size < 1_000_000


def test_an_ordinary_page_is_small_and_asks_nothing_of_the_network(written: dict[str, Path]) -> None:
    text = written["report.html"].read_text("utf-8")
    assert len(text) < 2_000_000
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text


def test_an_instant_finer_than_a_second_stops_no_file(month: ResultSet, tmp_path: Path) -> None:
    fine = month.results["as_of"].replace("+", ".123456+")
    read_now = replace(month, results={**month.results, "as_of": fine})

    written = reports.write(read_now, tmp_path, "en", ("report.pdf", "findings.xlsx"))

    assert written["report.pdf"].read_bytes().startswith(b"%PDF")
