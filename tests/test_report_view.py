"""What the front says in every state of the four audits, and the odd cases of the pages after it."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from reports import format as fmt
from reports.brief import Brief
from reports.result_set import ResultSet
from reports.view import Page, view
from reports.view.base import plain
from reports.view.findings import data, listed
from reports.view.front import coverage_line, next_sources, sentence
from reports.view.proofs import row
from reports.view.tiles import figure
from tests.report_sample import sample


def _said(month: ResultSet, lang: str) -> str:
    return plain(sentence(Page(month, lang)))


def _with_audit(month: ResultSet, key: str, **changed: Any) -> ResultSet:
    audits = [{**audit, **changed} if audit["id"] == key else audit for audit in month.results["audits"]]
    return replace(month, results={**month.results, "audits": audits})


@pytest.fixture(scope="module")
def month() -> ResultSet:
    return sample()


@pytest.fixture(scope="module")
def first() -> ResultSet:
    return sample(signed=False, preview=True, without="qa")


def test_the_sentence_says_breaches_first_and_what_is_met_last(month: ResultSet) -> None:
    assert _said(month, "zh") == (
        "10 月：四项审计 1 项达标、3 项违反。时限 258 项超时，验收 7 项逾期，质检差 1 项不到 95%；问卷回收达标。"
    )
    assert _said(month, "en") == (
        "October: of the four audits 1 is met and 3 are breached. 258 time limits were missed, "
        "7 acceptances ran late, QA fell 1 check short of 95%; survey return is met."
    )


def test_with_no_clock_signed_both_counts_are_in_the_sentence(first: ResultSet) -> None:
    assert "时限 1,158 项超时（按营业时间 235 项）" in _said(first, "zh")
    assert "质检尚无来源" in _said(first, "zh")
    assert "2 are breached and 1 is unconnected" in _said(first, "en")


@pytest.mark.parametrize(
    ("word", "zh", "en"),
    [
        ("undecided", "1 项未定", "QA is undecided for want of data"),
        ("pending", "1 项未到期", "QA is not due yet"),
        ("none_due", "1 项无到期", "for QA none fell due"),
    ],
)
def test_pending_undecided_and_none_due_are_said_likewise(
    month: ResultSet, word: str, zh: str, en: str
) -> None:
    changed = _with_audit(month, "qa", word=word, breached=0)
    assert zh in _said(changed, "zh")
    assert en in _said(changed, "en")


def test_when_all_is_met_the_sentence_says_of_how_many_duties(month: ResultSet) -> None:
    audits = [{**audit, "word": "met", "breached": 0} for audit in month.results["audits"]]
    met = replace(month, results={**month.results, "audits": audits})
    n = sum(audit["n"] for audit in audits)
    assert _said(met, "zh") == f"10 月：四项审计全部达标，{n:,} 项义务无一违反。"
    assert _said(met, "en") == f"October: all four audits met; none of {n:,} duties breached."


def test_met_on_some_limits_is_never_simply_met(month: ResultSet) -> None:
    clauses = month.results["audits"][0]["connected"]
    partly = _with_audit(month, "timing", word="met", breached=0, connected=clauses[:4], missing=clauses[4:])
    page = Page(partly, "en")
    tile = view(page, listed(page))["tiles"][0]
    assert tile["word"] == {"state": "met", "text": "Met on 4 of 8 limits"}
    assert "1 is met as far as connected" in _said(partly, "en")
    assert "4 limits are unconnected" in plain(tile["notes"][0])


def test_late_surveys_are_said_beside_a_return_that_is_enough(month: ResultSet) -> None:
    clauses = [dict(clause) for clause in month.results["clauses"]]
    for clause in clauses:
        if clause["id"] == "ECS-2.4-SURVEY-3WD":
            clause["counts"] = {**clause["counts"], "breached": 5}
    late = _with_audit(
        replace(month, results={**month.results, "clauses": clauses}), "survey", word="breached"
    )
    assert "问卷 5 份未按时寄出" in _said(late, "zh")
    page = Page(late, "en")
    assert "5 not in time" in plain(view(page, listed(page))["tiles"][2]["said"])


def test_the_deciding_clock_is_named_with_who_decided(month: ResultSet, first: ResultSet) -> None:
    for result, words in (
        (month, "enquiries and technical support by opening hours (signed), the rest by the words"),
        (
            first,
            "No clock is signed: elapsed time, the words, decides. Were opening hours signed, it would be 235.",
        ),
    ):
        page = Page(result, "en")
        assert words in plain(view(page, listed(page))["tiles"][0]["notes"][0])


def test_one_signed_limit_of_a_service_is_named_with_its_act(month: ResultSet) -> None:
    figures = month.results["audits"][0]["figures"]
    rows = [
        {**row, "deciding": "open_hours" if row["clause"].endswith("RESOLVE-TECH") else "elapsed"}
        for row in figures["rows"]
    ]
    one = _with_audit(month, "timing", figures={**figures, "rows": rows, "signed": ["ECS-1.3-RESOLVE-TECH"]})
    page = Page(one, "en")
    assert "technical support solve by opening hours (signed), the rest by the words" in plain(
        view(page, listed(page))["tiles"][0]["notes"][0]
    )


def test_an_unconnected_tile_says_what_connects_it(first: ResultSet) -> None:
    page = Page(first, "en")
    tile = view(page, listed(page))["tiles"][3]
    assert tile["word"]["state"] == "unconnected"
    assert "judges 3 clauses" in plain(tile["unconnected"]["gain"])
    assert [step["code"] for step in tile["unconnected"]["steps"] if step["code"]] == [
        "clausewatch register new deliverable",
        "clausewatch register check register.xlsx",
    ]
    assert "figure" not in tile


def test_a_first_report_has_nothing_to_compare_and_mails_nobody(first: ResultSet) -> None:
    page = Page(first, "zh")
    made = view(page, listed(page))
    assert made["head"]["eyebrow"][-1] == "首份报告"
    lines = [plain(line["runs"]) for line in made["head"]["banner"]]
    assert lines[0] == "试看：没有发出任何邮件。若自 10-26 起启用，本应发出 14 封，发给 6 人。"
    assert lines[1].startswith("基线 1,011 项")
    assert made["since"]["first"] == "首期，无可比。"
    assert (made["trend"]["first"][:6], made["trend"]["restated"]) == ("首期，无可比", "")
    assert made["escalated"]["title"] == "逾期未结，若已启用将升级"
    assert sum(int(row["value"].split()[0]) for row in made["mails"]["rows"]) == 14


def test_a_first_report_after_a_look_back_says_what_its_trend_is_drawn_from(month: ResultSet) -> None:
    trend = month.life["trend"]
    states = ["before"] * 9 + ["reconstructed"] * 2 + ["reported"]
    periods = [{**one, "state": state} for one, state in zip(trend["periods"], states, strict=True)]
    life = {**month.life, "first_report": True, "restated": [], "trend": {**trend, "periods": periods}}
    page = Page(replace(month, life=life), "en")
    made = view(page, listed(page))
    assert made["since"]["first"] == (
        "First report: no earlier list to compare with. "
        "The trend's 2 periods before are reconstructed from later data."
    )
    assert made["trend"]["first"] == ""
    assert made["trend"]["restated"].endswith("nothing was reported then: August and September.")
    assert made["clauses"]["moves"] == "vs September"
    assert made["clauses"]["moves_note"].endswith(
        "September is reconstructed from later data; nothing was reported then."
    )


def test_the_coverage_line_names_the_cheapest_next_source(month: ResultSet) -> None:
    assert coverage_line(Page(month, "en")).startswith(
        "Coverage: 32 of 36 checkable clauses judged, 4 unconnected; cheapest next source: proposal (+2)."
    )
    rows = next_sources(Page(month, "en"))
    assert [(row["entity"], row["gain"], len(row["clauses"])) for row in rows] == [
        ("proposal", 2, 3),
        ("checkpoint", 1, 1),
        ("review", 0, 1),
    ]


def test_the_changes_since_the_last_report_add_up(month: ResultSet) -> None:
    page = Page(month, "en")
    values = {row["label"]: row["value"] for row in view(page, listed(page))["since"]["rows"]}
    before, new, gone, now = (values[key] for key in ("Open at 10-02", "New breaches", "Gone", "Open now"))
    assert int(before) + int(new.replace("+ ", "")) - int(gone.replace("− ", "")) == int(now)
    assert values["September restated"] == "516 → 518"


def _ids(part: Any) -> list[str]:
    """Every clause that a part of the table names."""
    if isinstance(part, dict):
        here = [part["id"]] if "title" in part and "id" in part else []
        return here + [key for below in part.values() for key in _ids(below)]
    return [key for below in part for key in _ids(below)] if isinstance(part, list) else []


def test_clauses_without_a_duty_fold_and_none_is_lost(month: ResultSet) -> None:
    page = Page(month, "en")
    made = view(page, listed(page))["clauses"]
    rows = {row["id"]: row for s in made["standards"] for sec in s["sections"] for row in sec["rows"]}
    folded = [one for s in made["standards"] for sec in s["sections"] if (one := sec["none_due"])]
    assert [one["title"] for one in folded] == ["2 clauses had nothing due"]
    assert "ECS-2.3-DEV-L3-IMPACT-2H" in {row["id"] for row in folded[0]["rows"]}
    assert "ECS-2.3-DEV-L3-IMPACT-2H" not in rows
    assert rows["ECS-2.4-QA-RATE-95"]["once"]["note"] == "one verdict this period"
    assert sorted(_ids(made["standards"] + made["reference"])) == sorted(
        c["id"] for c in month.results["clauses"]
    )


def test_sections_of_a_reference_in_which_nothing_fell_due_stand_in_one(month: ResultSet) -> None:
    few = [c for c in month.results["clauses"] if c["state"] == "judged" and c["population"]][:1]
    none = [{**few[0], "population": 0, "counts": dict.fromkeys(few[0]["counts"], 0)}] * 3
    said = [{**c, "id": f"SPS-{i}.1-X", "standard": "SPS", "place": f"{i}.1", "open_earlier": i % 2}
            for i, c in enumerate([none[0], few[0], none[1], none[2]], 1)]  # fmt: skip
    page = Page(replace(month, results={**month.results, "clauses": said}), "en")
    (one,) = view(page, listed(page))["clauses"]["reference"]
    alone, rest = one["sections"]
    assert (alone["place"], alone["alone"], [row["id"] for row in alone["rows"]]) == (
        "2.1",
        True,
        ["SPS-2.1-X"],
    )
    assert (rest["title"], rest["sums"]) == ("3 more sections in which nothing fell due", None)
    assert [row["id"] for row in rest["none_due"]["rows"]] == ["SPS-1.1-X", "SPS-3.1-X", "SPS-4.1-X"]
    assert rest["none_due"]["rows"][0]["notes"][-1] == "1 open from earlier"
    assert one["total"]["due"] == alone["rows"][0]["due"]


def test_a_running_period_has_its_fifth_column(month: ResultSet) -> None:
    running = sample(running=True)
    closed, open_ = (Page(one, "en") for one in (month, running))
    assert "pending" not in closed.verdicts
    assert open_.verdicts.index("pending") == 2
    assert view(open_, listed(open_))["head"]["eyebrow"][-1] == "running, counted up to 11-02 02:00"


def test_reference_standards_stand_apart_and_never_on_the_front(month: ResultSet) -> None:
    reference = {
        "code": "SPS",
        "title": {"zh": "2025 服务规范", "en": "2025 norm"},
        "edition": "2025",
        "mode": "reference",
    }
    clause = next(c for c in month.results["clauses"] if c["id"] == "ECS-2.3-DEV-LEVEL")
    moved = {**clause, "id": "SPS-1.1-RESPONSE-20MIN", "standard": "SPS", "place": "1.1"}
    results = {**month.results, "standards": [*month.results["standards"], reference]}
    results["clauses"] = [*month.results["clauses"], moved]
    page = Page(replace(month, results=results), "en")
    made = view(page, listed(page))
    assert [s["code"] for s in made["clauses"]["standards"]] == ["ECS"]
    assert [s["code"] for s in made["clauses"]["reference"]] == ["SPS"]
    assert "SPS" not in " ".join(made["head"]["eyebrow"])


def test_a_month_without_a_breach_is_a_report_too(month: ResultSet, tmp_path: Any) -> None:
    import reports

    kept = month.obligations[month.obligations["verdict"] != "breached"].reset_index(drop=True)
    clauses = [
        {
            **c,
            "counts": {**c["counts"], "breached": 0},
            "population": c["population"] - c["counts"]["breached"],
        }
        for c in month.results["clauses"]
    ]
    totals = {**month.results["totals"], "breached": 0, "population": len(kept)}
    since = {**month.life["since"], "new": 0, "cleared": 131 + 3 - 2 - 64}
    results = {**month.results, "clauses": clauses, "totals": totals, "checks": []}
    clean = replace(
        month,
        results=results,
        obligations=kept,
        findings=month.findings.iloc[:0],
        life={**month.life, "since": since, "escalated_open": []},
        stories={},
    )
    files = reports.write(clean, tmp_path, "zh")
    assert "本期无一违反" in files["report.html"].read_text("utf-8")
    assert files["findings.csv"].read_text("utf-8-sig").count("\n") == 1


def test_nulls_in_the_findings_are_printed_as_nothing(month: ResultSet) -> None:
    found = month.findings.copy()
    found["team_id"] = pd.array([None] * len(found), dtype="str")
    found["assignee_id"] = pd.array([None] * len(found), dtype="str")
    found["notified"] = pd.array([None] * len(found), dtype="str")
    found["other_verdict"] = pd.Categorical([None] * len(found), ["met", "breached"])
    page = Page(replace(month, findings=found), "en")
    rows = listed(page)
    assert rows.teams == [""]
    assert set(rows.frame["told"]) == set(rows.frame["other_verdict"]) == {""}
    assert view(page, rows)["findings"]["plain"][0]["who"] == "no assignee"


def test_a_finding_is_found_again_in_the_compact_rows(month: ResultSet) -> None:
    page = Page(month, "zh")
    made = data(page, listed(page))
    at = {name: i for i, name in enumerate(made["columns"])}
    row = next(row for row in made["rows"] if row[at["label"]] == "T-20261009-0417")
    assert (row[at["due"]], row[at["done"]], row[at["late"]]) == ("10-10 12:25", "10-10 13:11", "营业 46 分")
    assert made["clauses"][row[at["clause"]]]["id"] == "ECS-1.3-RESOLVE-TECH"
    assert made["teams"][row[at["team"]]] == "夜班组"


def test_a_ledger_is_cut_at_its_due_instant_and_adds_up_to_the_second(month: ResultSet) -> None:
    page = Page(month, "en")
    key, told = next((k, s) for k, s in month.stories.items() if "ledger" in s)
    one = told["ledger"][-2].copy()
    one["end"], one["counted_us"] = told["ledger"][-1]["end"], 141 * 60_000_000
    uncut = told.copy()
    uncut["ledger"] = [*told["ledger"][:-2], one]
    other = Page(replace(month, stories={key: uncut}), "en")
    cut, joined = (data(seen, listed(page))["stories"][key] for seen in (page, other))
    assert [line["text"] for line in joined["ledger"]] == [line["text"] for line in cut["ledger"]]
    sums = {
        "total": "21:01 in all",
        "counted": "4:46",
        "uncounted": "16:15",
        "text": "4:46 − 4:00 = 0:46 late",
    }
    assert joined["sum"] == cut["sum"] == sums


def test_what_is_open_stands_by_assignee_in_the_order_of_numbers(month: ResultSet) -> None:
    told = month.life["day"]["open"]
    fewest_first = {"open": {**told, "holders": told["holders"][::-1]}}
    page = Page(replace(month, life={**month.life, "day": fewest_first}), "en")
    held = view(page, listed(page))["holders"]
    assert held["title"].startswith("64 open records")
    assert held["rows"][0] == {"holder": "E1047", "counts": ["30", "11", fmt.NONE]}
    assert held["sums"] == ["41", "17", "6"]
    assert sum(int(n) for row in held["rows"] for n in row["counts"] if n != fmt.NONE) == 64


def test_nothing_open_leaves_no_table_of_holders(month: ResultSet) -> None:
    nothing = {"open": {"n": 0, "old": 0, "week": 0, "fresh": 0, "holders": []}}
    page = Page(replace(month, life={**month.life, "day": nothing}), "zh")
    assert view(page, listed(page))["holders"]["rows"] == []


def _ahead(month: ResultSet, rows: list[dict[str, object]]) -> ResultSet:
    ahead = {**month.results["falling_due"], "rows": rows}
    return replace(month, results={**month.results, "falling_due": ahead})


def test_what_falls_due_beyond_the_kinds_shown_is_one_row_that_adds_up(month: ResultSet) -> None:
    limits = [c["id"] for c in month.results["clauses"] if c["standard"] == "ECS" and c["kind"] == "deadline"]
    rows: list[dict[str, object]] = [
        {"kind": "", "clause": clause, "counts": [1, 0, 0, 2, 0], "total": 3} for clause in limits[:11]
    ]
    page = Page(_ahead(month, rows), "en")
    shown = view(page, listed(page))["falling"]["rows"]
    assert len(shown) == 9
    assert shown[-1] == {"kind": "3 more kinds", "counts": ["3", "–", "–", "6", "–"], "total": "9"}


def test_a_reference_standard_says_nothing_of_what_falls_due_on_the_front(month: ResultSet) -> None:
    clause = next(c for c in month.results["clauses"] if c["kind"] == "deadline")
    other = {**clause, "id": "CSM-X", "standard": "CSM"}
    row: dict[str, object] = {"kind": "", "clause": "CSM-X", "counts": [1, 0, 0, 0, 0], "total": 1}
    with_other = replace(month, results={**month.results, "clauses": [*month.results["clauses"], other]})
    page = Page(_ahead(with_other, [row]), "zh")
    assert view(page, listed(page))["falling"]["rows"] == []


def test_surveys_of_which_nobody_knows_when_they_went_are_said(month: ResultSet) -> None:
    clauses = [
        {**c, "counts": {**c["counts"], "no_data": 2}} if c["id"] == "ECS-2.4-SURVEY-3WD" else c
        for c in month.results["clauses"]
    ]
    page = Page(replace(month, results={**month.results, "clauses": clauses}), "zh")
    survey = next(tile for tile in view(page, listed(page))["tiles"] if tile["id"] == "survey")
    assert "缺据 2 份" in "".join(run.text for run in survey["said"])


def test_a_reading_that_breaks_nothing_has_no_bar(month: ResultSet) -> None:
    readings = [
        {**r, "options": [{**r["options"][0], "breached": 0}, *r["options"][1:]]}
        for r in month.results["readings"]
    ]
    page = Page(replace(month, results={**month.results, "readings": readings}), "zh")
    rows = view(page, listed(page))["readings"]["rows"]
    assert {row["options"][0]["bar"] for row in rows} == {""}


def test_mails_to_a_list_or_an_office_are_said_in_words(month: ResultSet) -> None:
    told = {"at": month.results["as_of"], "kind": "escalation", "to": "duty_list", "notices": 1,
            "outcome": "sent", "answer": "250 ok", "attempt": 1, "mail": "m1"}  # fmt: skip
    shown = [row(Page(month, lang), told)["holder"] for lang in ("zh", "en")]
    assert shown == ["值班列表", "duty list"]


def test_nothing_due_has_no_figure() -> None:
    assert figure(0, 0, "late", bad=False) is None


def test_the_figure_beside_the_word_is_the_one_that_broke_the_audit(month: ResultSet) -> None:
    survey = next(audit for audit in month.results["audits"] if audit["id"] == "survey")
    late = {**survey["figures"], "sent_in_time": {"met": 40, "n": 42}}
    broken = {**month.results, "audits": [{**survey, "word": "breached", "figures": late}]}
    (line,) = Brief(broken, "en").audits()
    assert (line.k, line.n) == ("40", "42")
    assert line.said.startswith("sent in time; returned 33 of 41")
