"""What somebody does to a report's folder is found: here, and by the script that stands alone."""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any, Final

import pytest

from config.settings import Settings, load_settings
from flows import cli
from flows.commands.archiving import script_text
from flows.past.proving import prove_report
from reports import seal_folder
from reports.archive import verify_report
from reports.archive.verify_report import prove
from reports.result_set import canonical
from tests.flow_house import RUN

SCRIPT: Final = Path(verify_report.__file__)
#: One file of each kind.
KINDS: Final = (
    *("report.html", "report.en.html", "report.pdf", "findings.xlsx", "findings.csv", "verdicts.parquet"),
    *("results.json", "life.json", "manifest.json", "snapshot/manifest.json", "snapshot/facts.json"),
    *("snapshot/frames/case.parquet", "snapshot/rules/choices.yaml", "snapshot/acts/acts.json"),
)


@pytest.fixture
def report(demo_audited: Path, tmp_path: Path) -> Path:
    """The folder of a report, to be damaged."""
    return Path(shutil.copytree(demo_audited / "out" / RUN, tmp_path / "report"))


def found(folder: Path) -> set[tuple[str, str]]:
    """Which checks fail, and where."""
    return {(fault.check, fault.where) for fault in prove(folder).faults}


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Another content in our spelling, and a manifest that fits: by somebody who knows how."""
    said = json.loads(path.read_bytes())
    change(said)
    path.write_bytes(canonical(said))
    seal_folder(path.parent)


def test_a_report_as_it_was_written_holds(report: Path) -> None:
    proof = prove(report)
    assert proof.faults == []
    assert proof.checked["files"] == len([one for one in report.rglob("*") if one.is_file()]) - 1
    assert proof.checked["seals"] == 4
    assert any("compare the seal" in line for line in proof.not_checked)
    assert not any("by eye" in line for line in proof.not_checked)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_one_byte_in_any_file_is_found(report: Path, name: str, place: str) -> None:
    raw = bytearray((report / name).read_bytes())
    raw[{"first": 0, "middle": len(raw) // 2, "last": -1}[place]] ^= 1
    (report / name).write_bytes(raw)
    faults = prove(report).faults
    assert faults
    assert any(name in fault.where for fault in faults) or name == "manifest.json"
    assert all(fault.found and fault.where and fault.do for fault in faults)


def test_one_byte_in_a_mail_is_found(report: Path) -> None:
    mail = next((report / "notices").glob("*.eml"))
    mail.write_bytes(mail.read_bytes()[:-1])
    assert found(report) == {("manifest", f"notices/{mail.name}")}


@pytest.mark.parametrize("name", ["report.pdf", "verdicts.parquet", "snapshot/facts.json"])
def test_a_file_that_was_taken_away_is_found(report: Path, name: str) -> None:
    (report / name).unlink()
    assert ("manifest", name) in found(report)


def test_a_file_that_was_added_is_found(report: Path) -> None:
    (report / "snapshot" / "more.txt").write_text("more", encoding="utf-8")
    (report / "linked").symlink_to("report.pdf")
    assert found(report) == {("manifest", "snapshot/more.txt"), ("manifest", "linked")}


def test_a_snapshot_of_another_run_is_found_though_all_its_sums_fit(report: Path) -> None:
    rules = report / "snapshot" / "rules" / "choices.yaml"
    rules.write_text(rules.read_text("utf-8").replace("2026-10", "2026-09"), encoding="utf-8")
    files = {
        one.relative_to(report / "snapshot").as_posix(): verify_report.sha_of(one)
        for one in (report / "snapshot").rglob("*")
        if one.is_file() and one.name != "manifest.json"
    }
    rewrite(report / "snapshot" / "manifest.json", lambda said: said.update(files=files))
    (report / "snapshot" / "manifest.json").write_bytes(
        canonical(
            {**json.loads((report / "snapshot" / "facts.json").read_bytes()), "files": files, "rows": {}}
        )
    )
    seal_folder(report)
    assert {check for check, _ in found(report)} == {"snapshot"}
    assert any("another snapshot" in fault.found for fault in prove(report).faults)


def test_a_figure_that_was_changed_is_found_though_the_manifest_fits(report: Path) -> None:
    def better(results: dict[str, Any]) -> None:
        results["totals"]["breached"] -= 1
        results["totals"]["met"] += 1

    rewrite(report / "results.json", better)
    checks = found(report)
    assert ("sums", "results.json: clauses") in checks
    assert ("rows", "findings.csv") in checks
    assert {where for check, where in checks if check == "seal"} == {
        "report.html", "report.en.html", "report.pdf", "findings.xlsx",
    }  # fmt: skip


@pytest.mark.parametrize("key", ["left", "right", "holds", "id"])
def test_a_closing_sum_that_was_changed_is_found(report: Path, key: str) -> None:
    other = {"left": [1], "right": 1, "holds": False, "id": "nothing"}[key]
    rewrite(report / "results.json", lambda results: results["checks"][0].update({key: other}))
    assert ("sums", "results.json: checks") in found(report)


def test_results_without_their_clauses_are_told_and_nothing_breaks(report: Path) -> None:
    rewrite(report / "results.json", lambda results: results.update(clauses=[{}], period="2026"))
    assert {"sums", "life"} <= {check for check, _ in found(report)}


def test_a_finding_that_was_struck_from_the_list_is_found(report: Path) -> None:
    path = report / "findings.csv"
    path.write_bytes(b"\r\n".join(path.read_bytes().split(b"\r\n")[:-2]) + b"\r\n")
    seal_folder(report)
    assert found(report) == {("rows", "findings.csv")}


def test_another_head_of_the_trail_than_the_page_prints_is_found(report: Path) -> None:
    rewrite(report / "life.json", lambda life: life["trail"].update(hash="0" * 64))
    assert found(report) == {("trail", "report.html"), ("trail", "report.en.html")}


def test_what_was_erased_or_expired_is_told_and_no_fault(report: Path) -> None:
    mail = next((report / "notices").glob("*.eml"))
    frames = [one for one in (report / "snapshot").rglob("*") if one.is_file()]
    marks = {
        "erased": {f"notices/{mail.name}": "2026-12-01"},
        "expired": {one.relative_to(report).as_posix(): "2026-12-01" for one in frames},
    }
    path = report / "manifest.json"
    path.write_bytes(canonical({**json.loads(path.read_bytes()), **marks}))
    mail.unlink()
    shutil.rmtree(report / "snapshot")
    proof = prove(report)
    assert proof.faults == []
    assert any(
        line.startswith("files no longer here, for somebody whom they named was erased: 1;")
        for line in proof.not_checked
    )
    assert any(f"time was over: {len(frames)};" in line for line in proof.not_checked)


# The trail


def test_the_head_is_looked_for_in_the_chain_of_the_store(demo_audited: Path, report: Path) -> None:
    with chdir(demo_audited):
        proof = prove_report(load_settings(), Path("out") / RUN)
        assert proof.faults == []
        assert proof.checked["batches of the trail"] == 2
        rewrite(report / "life.json", lambda life: life["trail"].update(batch=7))
        faults = [fault for fault in prove_report(load_settings(), report).faults if "store" in fault.where]
        assert [fault.found for fault in faults] == ["life.json prints batch 7; the chain ends at 2: cut off"]


def test_without_a_store_the_trail_is_not_checked_and_none_is_made(report: Path, tmp_path: Path) -> None:
    with chdir(tmp_path):
        proof = prove_report(Settings(), report)
        assert proof.faults == []
        assert "there is no store here" in proof.not_checked[-1]
        assert [path.name for path in tmp_path.iterdir()] == ["report"]


# The script that stands alone


def alone(script: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the script as an auditor does: another interpreter's ground, no environment, no packages of ours."""
    command = [sys.executable, "-I", "-S", str(script), *words]
    return subprocess.run(
        command,
        cwd=script.parent,
        env={"LC_ALL": "C"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_script_stands_alone(report: Path, tmp_path: Path) -> None:
    script = tmp_path / "auditor" / "verify_report.py"
    script.parent.mkdir()
    script.write_text(script_text(), encoding="utf-8")
    whole = alone(script, str(report))
    assert (whole.returncode, whole.stderr) == (0, "")
    assert "nothing wrong" in whole.stdout
    assert "keyed" in whole.stdout
    (report / "report.pdf").write_bytes(b"%PDF-1.7 another")
    broken = alone(script, str(report), "--json")
    said = json.loads(broken.stdout)
    assert (broken.returncode, said["holds"]) == (1, False)
    assert said["faults"][0] == {
        "check": "manifest", "found": "a file was changed", "where": "report.pdf", "do": said["faults"][0]["do"],
    }  # fmt: skip
    nothing = alone(script, str(tmp_path))
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert "no manifest.json" in nothing.stderr


def test_the_script_is_python_3_9_and_needs_nothing_else() -> None:
    tree = ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 9))
    names = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names - set(sys.stdlib_module_names) == set()


def test_the_command_answers_by_its_exit_and_prints_the_script(
    demo_audited: Path, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["verify", "--script"]) == 0
    assert capsys.readouterr().out == SCRIPT.read_text("utf-8")
    with chdir(demo_audited):
        assert cli.run(["verify", f"out/{RUN}"]) == 0
        (report / "findings.csv").unlink()
        capsys.readouterr()
        assert cli.run(["verify", str(report), "--json"]) == 1
        assert json.loads(capsys.readouterr().out)["faults"][0]["where"] == "findings.csv"
        assert cli.run(["verify", str(report), "--source", "demo"]) == 2
        assert cli.run(["verify", "out"]) == 2
