"""What people score and attest stands in page, sheet and print, with its interval and its answer."""

import copy
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from audits.attested import sampled
from reports import write
from reports.result_set import ResultSet
from reports.view.attested import attested
from reports.view.base import Page
from reports.words import words
from tests.report_sample import sample

_NOTHING: dict[str, Any] = {
    "status": "none", "verdict": None, "by": None, "at": None, "period": None, "expires_at": None, "evidence": None,
    "rests_on": "scorecard", "items": {"met": 0, "breached": 0, "not_observable": 0}, "sample": None,
}  # fmt: skip
_SAID: dict[str, Any] = {
    **_NOTHING, "status": "valid", "verdict": "met", "by": "E1028", "at": "2026-06-01T10:00:00+08:00",
    "period": "2026-Q2", "expires_at": "2027-06-01T10:00:00+08:00", "evidence": "D-17", "rests_on": "attestation",
}  # fmt: skip


def scored(met: int, breached: int, unseen: int = 0) -> dict[str, Any]:
    """A clause of which so many were scored."""
    items = {"met": met, "breached": breached, "not_observable": unseen}
    return {**_NOTHING, "items": items, "sample": sampled(met, met + breached)}


@pytest.fixture(scope="module")
def result() -> ResultSet:
    """The sample month with five attested clauses of each sort, and one of which nobody said anything."""
    whole = sample()
    results = copy.deepcopy(whole.results)
    sorts = [scored(59, 0), scored(19, 1, 2), scored(16, 4), _SAID, {**_SAID, "status": "expired"}, _NOTHING]
    ready = [c for c in results["clauses"] if c["state"] == "attested"]
    for clause in ready:
        clause["attested"] = _NOTHING
    more = [{**ready[0], "id": f"ECS-1.2-MORE-{n}", "attested": said} for n, said in enumerate(sorts)]
    results["clauses"] = [*results["clauses"], *more]
    return replace(whole, results=results)


def test_each_says_what_was_scored_how_far_it_reaches_and_what_it_answers(result: ResultSet) -> None:
    found = attested(Page(result, "en"))
    assert found is not None
    blank = {"text": "", "state": ""}
    told = [
        ((r["said"] or blank)["text"], r["sample"], r["unseen"], *((r["answer"] or blank)[key] for key in ("text", "state")))
        for r in found["rows"]
    ]  # fmt: skip
    assert sorted(told) == sorted(
        [
            ("", "59 of 59 · 95.04 %–100 %", "", "95 % is met", "met"),
            ("", "19 of 20 · 78.38 %–99.75 %", "2 more not observable", "95 % is not shown", "no_data"),
            ("", "16 of 20 · 59.89 %–92.87 %", "", "95 % is not met", "breached"),
            ("met", "nothing scored in this period", "", "", ""),
            ("expired", "nothing scored in this period", "", "", ""),
        ]
    )  # fmt: skip
    notes = [r["notes"] for r in found["rows"] if r["notes"]]
    assert notes[0].startswith("E1028, ")
    assert notes[0].endswith("evidence D-17")
    assert "clause" in found["silent"]


def test_expired_and_silent_clauses_are_neither_breach_nor_pass(result: ResultSet) -> None:
    found = attested(Page(result, "zh"))
    assert found is not None
    said = [(r["said"]["text"], r["said"]["state"]) for r in found["rows"] if r["said"]]
    assert sorted(said) == [("已过期", "no_data"), ("达标", "met")]


def test_where_nobody_said_anything_there_is_no_section() -> None:
    assert attested(Page(sample(), "zh")) is None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_sheet_and_print_say_the_same(result: ResultSet, tmp_path: Path, lang: str) -> None:
    files = write(result, tmp_path, lang, ("report.html", "report.pdf", "findings.xlsx"))
    w = words(lang)
    page = files["report.html"].read_text(encoding="utf-8")
    print_ = "".join(one.extract_text() for one in PdfReader(BytesIO(files["report.pdf"].read_bytes())).pages)
    sheet = load_workbook(files["findings.xlsx"])[w("sheet.attested")]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert {row[-1] for row in rows if row[-1]} == {
        w(f"attested.answer.{answer}", target="95") for answer in ("met", "not_met", "not_shown")
    }
    assert sorted(row[8:12] for row in rows if row[8]) == [(20, 16, 4, 0), (20, 19, 1, 2), (59, 59, 0, 0)]
    for text in (page, print_):
        flat = text.replace(" ", "").replace("\n", "")
        for answer in ("met", "not_met", "not_shown"):
            assert w(f"attested.answer.{answer}", target="95").replace(" ", "") in flat
        assert w("attested.interval", low="78.38", high="99.75").replace(" ", "") in flat
