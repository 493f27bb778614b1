"""A report that is kept can be written again as it was: after later runs, new names, and an erasure."""

import csv
import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from audits.errors import ClausewatchError, WrongUse
from audits.words import Words
from config.settings import Settings, load_settings
from flows import cli
from flows.auditing.plain import audit_plainly
from flows.auditing.result_set import PLACE
from flows.auditing.run import AuditRun
from flows.auditing.steps import BooksDoNotClose
from flows.past.archive import Kept, choose, kept
from flows.past.archive_index import note_failure, refresh
from flows.past.archive_rebuild import rebuild
from reports.archive.packs import Mailed, Packed
from reports.archive.pages import Line, pages
from reports.archive.verify_report import prove
from tasks.store import open_store
from tests.flow_house import DEMO, RUN, copy_house, store_of
from tests.house import House

LATER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path) -> Iterator[House]:
    """An audited installation of this test alone."""
    made = copy_house(demo_audited, tmp_path)
    with chdir(made.folder):
        yield made


@pytest.fixture(scope="module")
def looked_at(demo_audited: Path) -> Iterator[Settings]:
    """The audited installation, only to be looked at."""
    with chdir(demo_audited):
        yield load_settings()


def test_every_file_of_a_report_is_written_again_byte_for_byte(looked_at: Settings, tmp_path: Path) -> None:
    again = tmp_path / "again"
    rebuilt = rebuild(looked_at, choose(looked_at.out, "2026-10"), again)
    assert set(rebuilt.files.values()) == {"identical"}
    there = looked_at.out / RUN
    names = {path.relative_to(there) for path in there.rglob("*") if path.is_file()}
    assert {path.relative_to(again) for path in again.rglob("*") if path.is_file()} == names
    assert [name for name in names if (again / name).read_bytes() != (there / name).read_bytes()] == []
    assert prove(again).faults == []


def test_the_report_prints_how_findings_stood_and_who_was_told(looked_at: Settings) -> None:
    (one,) = kept(looked_at.out)
    noted = one.life[PLACE]["findings"]
    with (one.folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        printed = {row["发现编号"]: row["已通知"] for row in csv.DictReader(file)}
    assert {key: told for key, (_, told) in noted.items()} == {key: printed[key] for key in noted}
    assert sum(bool(told) for told in printed.values()) == sum(bool(told) for _, told in noted.values()) > 20
    with open_store(looked_at.store_url.get_secret_value()) as store:
        states = store.findings("demo", "ECS").set_index("finding")["state"]
    assert {key: state for key, (state, _) in noted.items()} == {key: states[key] for key in noted}


def test_later_runs_and_new_names_change_nothing_and_erased_ones_leave_codes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_NAMES_IN_REPORTS", "true")
    run = audit_plainly(DEMO, load_settings())
    listed = (run.folder / "findings.csv").read_text("utf-8-sig")
    with store_of(house) as store:
        known = store.directory("demo").set_index("id", drop=False)
        key = next(
            key for key in known.index[known["entity"] == "customer"] if known.loc[key, "code"] in listed
        )
        code, name = known.loc[key, "code"], known.loc[key, "name"]
        assert f"{code} {name}" in listed
        store.put_directory("demo", known.loc[[key]].assign(name="改了名的公司"), LATER)
        with store._engine.begin() as connection:  # whatever later runs make of it
            connection.execute(text("UPDATE findings SET state = 'cleared'"))
        told = store.events("demo", run.standards)
        report = choose(load_settings().out, "2026-10")
        assert set(rebuild(load_settings(), report).files.values()) == {"identical"}
        assert store.erase("demo", "customer", key, LATER)
        again = house.folder / "again"
        rebuilt = rebuild(load_settings(), report, again)
        assert rebuilt.holds
        assert rebuilt.erased == 1
        assert {n for n, state in rebuilt.files.items() if state == "names"} >= {
            "findings.csv",
            "report.html",
        }
        for same in ("results.json", "life.json", "verdicts.parquet"):
            assert rebuilt.files[same] == "identical"
        assert (again / "findings.csv").read_text("utf-8-sig") == listed.replace(f"{code} {name}", code)
        assert name not in (again / "report.html").read_text("utf-8")
        assert store.events("demo", run.standards).equals(told)


def test_a_snapshot_that_was_changed_is_named_and_nothing_is_written(house: House) -> None:
    frame = house.folder / "out" / RUN / "snapshot" / "frames" / "case.parquet"
    frame.write_bytes(frame.read_bytes()[:-1] + b"x")
    with pytest.raises(ClausewatchError, match="changed") as caught:
        rebuild(load_settings(), choose(load_settings().out, "2026-10"), house.folder / "again")
    assert "case.parquet" in caught.value.where
    assert not (house.folder / "again").exists()


def test_a_snapshot_that_is_gone_is_told_with_its_cure(house: House) -> None:
    shutil.rmtree(house.folder / "out" / RUN / "snapshot")
    with pytest.raises(ClausewatchError, match="no longer kept") as caught:
        rebuild(load_settings(), choose(load_settings().out, "2026-10"))
    assert "clausewatch verify" in caught.value.do


def test_a_report_of_a_version_that_noted_too_little_is_refused(house: House) -> None:
    path = house.folder / "out" / RUN / "life.json"
    life = json.loads(path.read_bytes())
    del life[PLACE]
    path.write_text(json.dumps(life), encoding="utf-8")
    with pytest.raises(WrongUse, match="could not write it again"):
        rebuild(load_settings(), choose(load_settings().out, "2026-10"))


def _report(out: Path, source: str, period: str, as_of: str) -> Path:
    folder = out / f"{source}-{period}-{as_of[:10]}"
    folder.mkdir(parents=True)
    results = {"source": source, "period": {"key": period}, "as_of": as_of, "zone": "Asia/Shanghai"}
    for name, said in (("results.json", results), ("life.json", {}), ("manifest.json", {"files": {}})):
        (folder / name).write_text(json.dumps(said), encoding="utf-8")
    return folder


def test_the_newest_report_of_a_period_is_meant_unless_an_instant_says_otherwise(tmp_path: Path) -> None:
    first = _report(tmp_path, "demo", "2026-09", "2026-10-01T02:00:00+08:00")
    second = _report(tmp_path, "demo", "2026-09", "2026-10-03T02:00:00+08:00")
    _report(tmp_path, "demo", "2026-10", "2026-11-03T02:00:00+08:00")
    assert choose(tmp_path, "2026-09") == Kept(second)
    assert choose(tmp_path, "2026-09", as_of=datetime(2026, 10, 2, tzinfo=UTC)) == Kept(first)
    with pytest.raises(WrongUse, match="judged until 2026-09-01"):
        choose(tmp_path, "2026-09", as_of=datetime(2026, 9, 1, tzinfo=UTC))
    with pytest.raises(WrongUse, match="'gestern' is not a period") as wrong:
        choose(tmp_path / "nothing here", "gestern")
    assert "2026-W41" in wrong.value.do
    with pytest.raises(WrongUse, match="no report of 2026-08 is kept") as caught:
        choose(tmp_path, "2026-08")
    assert "kept are: demo 2026-09, demo 2026-10" in caught.value.do
    assert "clausewatch audit --period 2026-08" in caught.value.do
    with pytest.raises(WrongUse, match="--period"):
        choose(tmp_path, "September")


def test_reports_of_two_sources_want_a_name(tmp_path: Path) -> None:
    mine = _report(tmp_path, "demo", "2026-09", "2026-10-01T02:00:00+08:00")
    _report(tmp_path, "creme", "2026-09", "2026-10-01T02:00:00+08:00")
    with pytest.raises(WrongUse, match="2 sources have a report of 2026-09: creme, demo"):
        choose(tmp_path, "2026-09")
    assert choose(tmp_path, "2026-09", "demo") == Kept(mine)


def test_a_folder_that_holds_something_is_not_written_over(looked_at: Settings, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    with pytest.raises(WrongUse, match="something already"):
        rebuild(looked_at, choose(looked_at.out, "2026-10"), tmp_path)


def test_the_command_names_the_file_that_differs_and_what_was_not_compared(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    path = house.folder / "out" / RUN / "manifest.json"
    sealed = json.loads(path.read_bytes())
    sealed["files"]["verdicts.parquet"] = "0" * 64
    sealed["made_with"] |= {"words": "before", "typst": "0.1"}
    path.write_text(json.dumps(sealed), encoding="utf-8")
    assert cli.run(["report", "--period", "2026-10", "--lang", "en"]) == 1
    said = capsys.readouterr().out
    assert "✗ verdicts.parquet differs" in said
    assert "changed since it was written: words before → " in said
    assert ", typst 0.1 → " in said
    assert "report.html, report.pdf: kept in the other language alone" in said
    assert f"✗ {len(sealed['files']) - 6} of {len(sealed['files'])} files identical: out/{RUN}" in said
    assert cli.run(["report"]) == 2
    assert cli.run(["report", "--period", "2026-09"]) == 2


# The pages over all reports


def test_a_run_leaves_the_pages_in_both_languages(looked_at: Settings) -> None:
    out = looked_at.out
    assert sorted(path.name for path in out.glob("*.html")) == [
        "2026.en.html", "2026.html", "index.en.html", "index.html",
    ]  # fmt: skip
    page = (out / "2026.html").read_text("utf-8")
    english = (out / "2026.en.html").read_text("utf-8")
    assert f'href="{RUN}/report.html"' in page
    assert f'href="{RUN}/report.en.html"' in english
    (one,) = kept(out)
    totals = {audit["id"]: audit for audit in one.results["audits"]}
    assert f"of {totals['timing']['n']:,}</span>" in english
    assert english.count("Breached") == sum(audit["word"] == "breached" for audit in totals.values())
    assert prove(one.folder).faults == []


def test_runs_that_left_no_report_are_listed_and_names_stay_text(house: House) -> None:
    settings = load_settings()
    shutil.copytree(settings.out / RUN / "snapshot", settings.out / "killed" / "snapshot")
    run = AuditRun(DEMO, settings, {})
    note_failure(run, BooksDoNotClose("1 is not 2 <b>", "results", "tell us"))
    run = AuditRun(DEMO.model_copy(update={"period": "2025-12"}), settings, {})
    note_failure(run, OSError("no such host"))
    page = (settings.out / "2026.en.html").read_text("utf-8")
    assert page.count("Withheld") == 1
    assert "1 is not 2 &lt;b&gt;" in page
    assert page.count("Left no report") == 1
    assert "1 report · 1 report withheld · 1 run left no report" in page
    assert "OSError: no such host" in (settings.out / "2025.en.html").read_text("utf-8")
    before = {path.name: path.read_bytes() for path in settings.out.glob("*.html")}
    for path in settings.out.glob("*.html"):
        path.unlink()
    refresh(settings)
    assert {path.name: path.read_bytes() for path in settings.out.glob("*.html")} == before
    assert not list(settings.out.glob(".unfinished*"))


def test_a_period_judged_from_later_data_is_marked(house: House) -> None:
    life = house.folder / "out" / RUN / "life.json"
    assert refresh(load_settings())
    assert "Reconstructed" not in Path("out/2026.en.html").read_text("utf-8")
    life.write_bytes(life.read_bytes().replace(b'"reconstructed": false', b'"reconstructed": true'))
    refresh(load_settings())
    assert Path("out/2026.en.html").read_text("utf-8").count("Reconstructed") == 1
    assert Path("out/index.html").read_text("utf-8").count("事后重建") == 1


def test_runs_that_end_at_once_leave_whole_pages(house: House) -> None:
    settings = load_settings()
    page = (settings.out / "2026.html").read_bytes()
    with ThreadPoolExecutor(4) as runs:
        list(runs.map(lambda _: refresh(settings), range(8)))
    assert (settings.out / "2026.html").read_bytes() == page
    assert [path.name for path in settings.out.iterdir() if path.name.startswith(".")] == []


def test_a_page_is_named_by_a_year_whatever_a_folder_says() -> None:
    asked = [("../../x", "2026-11-05T02:00"), ("", "<b>"), ("2025-Q4", "")]
    made = pages([Line("demo", period, as_of, state="failed") for period, as_of in asked], "en")
    names = {"index", "0000", "2025", "2026"}
    assert set(made) == {f"{name}{lang}.html" for name in names for lang in ("", ".zh")}


def test_results_of_another_version_are_listed_without_their_words() -> None:
    results = {"audits": [{"id": "timing", "word": "met"}], "standards": [], "source_title": {"en": "Old"}}
    line = Line("demo", "2026-10", "2026-11-02T02:00", "old", "f00d", results, ("report.html",))
    page = pages([line], "en")["2026.html"].decode()
    assert 'href="old/report.html"' in page
    assert "Kept" in page


# ---- reports that are sent ----------------------------------------------------------------------------
MONTHLY = Packed("monthly", Words("月报", "Monthly"), "sent", "2026-11-02T09:00:00+08:00")
TAKEN = Mailed("E1028", "sent", "250 2.0.0 taken", "2026-11-02T09:01:00+08:00")


def line(as_of: str = "2026-11-02T02:00:00+08:00", folder: str = "", **more: object) -> Line:
    known = {"source": "demo", "period": "2026-10", "as_of": as_of, "folder": folder, **more}
    return Line(**known)  # type: ignore[arg-type]


def packed(**more: object) -> Line:
    """A report that is sent, or kept back."""
    pack = replace(MONTHLY, **more)  # type: ignore[arg-type]
    state = "withheld" if pack.state == "withheld" else "kept"
    return line(folder="" if state == "withheld" else "of-pack", pack=pack, state=state)


def page_of(lines: list[Line], name: str = "2026.html", **more: bool) -> str:
    """The words of a page in English."""
    text = pages(lines, "en", **more)[name].decode()
    return " ".join(re.sub("<[^>]*>", " ", text.partition("<main")[2]).split())


def test_a_page_says_what_it_lists_and_older_reports_of_a_period_are_folded_under_the_newest() -> None:
    nights = [line(f"2026-11-0{day}T02:00:00+08:00", f"night-{day}") for day in (2, 3, 4)]
    failed = line("2026-11-05T02:00:00+08:00", state="failed", why="no such host")
    before = line("2026-11-01T02:00:00+08:00", state="failed", why="no such table")
    lines = [*nights, failed, before, packed(mails=(TAKEN,))]
    year = pages(lines, "en")["2026.html"].decode()
    assert "4 reports · 2 runs failed" in year
    shown, _, folded = year.partition("<details><summary>2026-10 · 3 earlier")
    assert "no such host" in shown
    for night, here in ((4, shown), (3, folded), (2, folded)):
        assert f"as of 2026-11-0{night} 02:00" in here.partition("of-pack")[0]
    assert "no such table" in folded
    index = page_of(lines, "index.html")
    assert "Shown here: the newest audit of each source, the newest of each report that is sent" in index
    assert "In all: 4 reports · 2 runs failed" in index
    assert [index.count(f"2026-11-0{day} 02:00") for day in (2, 3, 4)] == [1, 0, 1]  # the pack is of the 2nd


def test_a_withheld_report_is_listed_with_the_reason_and_what_to_do_until_it_went() -> None:
    steps = (("audit", "clausewatch audit --source demo"), ("again", "clausewatch pack send monthly"))
    kept_back = packed(
        state="withheld", why="behind", at="2026-11-02T09:00:00+08:00", steps=steps,
        tried="2026-10-31T02:00:00+08:00", mails=(replace(TAKEN, to="engineer"),),
    )  # fmt: skip
    for name in ("2026.html", "index.html"):
        said = page_of([kept_back], name)
        assert "Withheld the snapshot ends before the period does · newest snapshot 2026-10-31 02:00" in said
        assert "What to do Run an audit first: clausewatch audit --source demo Then send this report" in said
        assert "stays owed" in said
        assert "engineer accepted by the server 2026-11-02 09:01 250 2.0.0 taken" in said
    went = packed(
        at="2026-11-03T09:00:00+08:00", late=("behind", "2026-11-02T09:00:00+08:00"), mails=(TAKEN,)
    )
    said = page_of([kept_back, went])
    assert "Sent Late withheld on 2026-11-02 09:00: the snapshot ends before the period does" in said
    assert "October 2026 · 1 earlier" in said
    assert "What to do" not in said
    assert "Withheld" not in page_of([kept_back, went], "index.html")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"mails": (TAKEN,)},
            "Sent 1 mail, taken E1028 accepted by the server 2026-11-02 09:01 250 2.0.0 taken",
        ),
        ({"mails": (TAKEN, Mailed("E2", "pending", "", ""))}, "Not all sent 1 of 2 mails taken"),
        (
            {"mails": (TAKEN, Mailed("E2", "refused", "550 <b>no</b>", ""))},
            "E2 bounced 550 &lt;b&gt;no&lt;/b&gt;",
        ),
        (
            {"mails": (Mailed("E1", "written", "pack-E1.eml", ""),)},
            "written to a file 1 mail, written to a file",
        ),
        ({"restated": 2, "mails": (TAKEN,)}, "Sent Restatement 2"),
        ({"state": "running", "mails": (TAKEN,)}, "Sent Running period"),
        ({"mails": (Mailed("E1", "sent", "250 \u202eok", ""),)}, "E1 accepted by the server 250"),
    ],
)
def test_a_sent_report_is_proved_by_the_servers_answers(more: dict[str, object], said: str) -> None:
    shown = page_of([packed(**more)])
    assert said in shown
    assert "\u202e" not in shown


def test_pages_say_so_where_nobody_knows_what_was_sent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    refresh(settings)
    unknown = "What was sent cannot be told at present"
    assert unknown not in Path("out/2026.en.html").read_text("utf-8")
    monkeypatch.setenv("CLAUSEWATCH_STORE_URL", "mysql://audit@db/audit")
    refresh(load_settings())
    assert unknown in Path("out/2026.en.html").read_text("utf-8")
