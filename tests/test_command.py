"""The command: help with an example for every verb, JSON that parses, exit codes, and what each verb does."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer

from flows import cli
from tests.flow_house import RUN, copy_house, own_config, store_of
from tests.house import House


def verbs() -> Iterator[tuple[str, Any]]:
    """Every verb by its words, with what click knows of it."""
    group: Any = typer.main.get_command(cli.app)
    for name, command in group.commands.items():
        below = getattr(command, "commands", None)
        if below is None:
            yield name, command
        for second, deeper in (below or {}).items():
            yield f"{name} {second}", deeper


VERBS = dict(verbs())


def example(verb: str) -> list[str]:
    """Words of the example in a verb's help."""
    line = next(line for line in VERBS[verb].help.splitlines() if line.strip().startswith("Example: "))
    return shlex.split(line.strip().removeprefix("Example: "))


@pytest.fixture
def new_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A new machine: nothing built, nothing audited."""
    house = House(tmp_path)
    house.enter(monkeypatch)
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")  # `up` sets it; it is put back
    return house


@pytest.fixture
def house(demo_audited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The demo after its first audit."""
    house = copy_house(demo_audited, tmp_path)
    house.enter(monkeypatch)
    return house


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """What the command prints, on either stream, when it ends with this code."""
    capsys.readouterr()
    found = cli.run(list(words))
    out, err = capsys.readouterr()
    assert found == code, out + err
    return out + err


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """What the command prints for programs: on its output there is nothing but JSON."""
    capsys.readouterr()
    assert cli.run([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_a_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(said(capsys, *verb.split(), "--help").split())
    assert "Example: clausewatch" in text
    assert " ".join(example(verb)[:2]) in text


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_example_is_of_its_verb_and_takes_its_options(verb: str) -> None:
    words = list(takewhile(lambda word: word not in {">", "|"}, example(verb)))
    assert words[: len(verb.split()) + 1] == ["clausewatch", *verb.split()]
    VERBS[verb].make_context(verb, words[len(verb.split()) + 1 :])  # raises on an option it does not know


@pytest.mark.parametrize("group", ["", "register", "calendar", "config"])
def test_the_command_and_its_groups_list_their_verbs(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, *group.split(), "--help")
    here = {
        verb.split()[-1] for verb in VERBS if verb.startswith(f"{group} ") or (not group and " " not in verb)
    }
    assert here
    assert all(name in text for name in here)


def test_help_waits_for_neither_prefect_nor_a_file() -> None:
    program = (
        "import sys\nfrom flows import cli\ncode = cli.run(['audit', '--help'])\n"
        "heavy = {'prefect', 'pandas', 'sqlalchemy', 'openpyxl'} & set(sys.modules)\n"
        "sys.exit(code or ', '.join(sorted(heavy)) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd="/", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nix"], "No such command"),
        (["audit", "--nix"], "No such option"),
        (["audit", "--as-of", "yesterday"], "yesterday"),
        (["audit", "--as-of", "2026-11-02T02:00"], "has no zone"),
        (["audit", "--lang", "fr"], "--lang"),
        (["audit", "--fail-on", "nix"], "breached or no_data"),
        (["audit", "--source", "nix"], "no mapping is called `nix`"),
        (["audit", "--standard", "XX"], "choose from ECS"),
        (["demo", "--lang", "fr"], "--lang"),
        (["live", "demo"], "--from"),
        (["live", "nix", "--from", "2026-10-01"], "no mapping is called `nix`"),
        (["register", "new", "nix"], "nix"),
        (["calendar", "show", "October"], "October"),
        (["explain", "T2610-0025"], "run `clausewatch audit` first"),
    ],
)
def test_wrong_use_is_exit_2_and_says_what_to_write(
    new_house: House, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert says in " ".join(said(capsys, *words, code=2).split())
    assert not (new_house.folder / "out").exists()


def test_a_wrong_setting_is_named_with_its_file_and_variable(
    new_house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_SMTP_PORT", "mail")
    text = said(capsys, "config", "show", code=2)
    assert "smtp_port" in text
    assert "CLAUSEWATCH_SMTP_PORT" in text


def test_an_error_nobody_foresaw_is_no_answer_to_a_question(
    new_house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.serving.doctor.examine", lambda *_, **__: dict[str, str]()["nix"])
    assert "KeyError" in said(capsys, "doctor", code=3)


def test_what_reads_only_the_beginning_ends_it_without_a_word(demo_audited: Path) -> None:
    command = f"{Path(sys.executable).with_name('clausewatch')} notices | head -1"
    done = subprocess.run(
        command, shell=True, cwd=demo_audited, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stderr == ""


def test_config_show_says_where_each_value_came_from_and_masks_secrets(
    new_house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSEWATCH_STORE_URL", "postgresql://audit:geheim@db.example/audit")
    monkeypatch.setenv("CLAUSEWATCH_SMTP_PASSWORD", "geheim")
    assert "geheim" not in said(capsys, "config", "show")
    rows = {row["name"]: row for row in told(capsys, "config", "show")}
    assert rows["store_url"]["from"] == "CLAUSEWATCH_STORE_URL"
    lines = (new_house.folder / "clausewatch.yaml").read_text("utf-8").splitlines()
    place = next(n for n, line in enumerate(lines, 1) if line.startswith("lang:"))
    assert rows["lang"] == {"name": "lang", "value": "zh", "from": f"clausewatch.yaml:{place}"}
    assert rows["smtp_ca_file"]["from"] == "default"
    assert "geheim" not in json.dumps(rows)


def test_calendar_show_counts_october_of_2026(new_house: House, capsys: pytest.CaptureFixture[str]) -> None:
    months = told(capsys, "calendar", "show", "2026-10")
    # Seven days off at the head, the Saturday of the 10th made up for it.
    assert [day["date"] for day in months["days"] if day["working"]][:3] == [
        "2026-10-08",
        "2026-10-09",
        "2026-10-10",
    ]
    assert months["sums"]["working"] == 18
    assert "18 working days" in said(capsys, "calendar", "show", "2026-10")


def test_calendar_import_takes_next_year_into_a_calendar_of_ones_own(
    new_house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    own_config(new_house)
    rows = new_house.folder / "2027.csv"
    off = [f"2027-01-0{n},元旦,off" for n in (1, 2, 3)] + [f"2027-10-0{n},国庆节,off" for n in range(1, 8)]
    off += [f"2027-02-{n:02},春节,off" for n in range(5, 13)] + [
        f"2027-05-0{n},劳动节,off" for n in range(1, 6)
    ]
    rows.write_text("\n".join(["date,name,off|work", *off, "2027-01-31,春节,work"]), encoding="utf-8")
    before = told(capsys, "calendar", "show", "2027-01")["sums"]
    assert before["unknown"] == 31
    text = said(capsys, "calendar", "import", "2027.csv", "--year", "2027")
    assert text.strip() == "✓ 2027: 23 days off, 1 made up for; known through 2027-12-31"
    after = told(capsys, "calendar", "show", "2027-01")
    assert after["sums"]["unknown"] == 0
    assert {day["date"]: day["working"] for day in after["days"]}["2027-01-31"]  # a Sunday
    said(
        capsys, "calendar", "import", "2027.csv", "--year", "2027", code=2
    )  # known now: --replace is asked for


def test_register_new_writes_what_register_check_reads(
    new_house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "register", "new", "acceptance", "acceptance_item", "--to", "ours.xlsx")
    text = said(capsys, "register", "check", "ours.xlsx")
    assert "acceptance" in text
    assert "0 rows" in text
    assert "nowhere.xlsx" in said(capsys, "register", "check", "nowhere.xlsx", code=3)


def test_a_source_goes_from_preview_to_a_pilot_to_live_and_back(
    new_house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    def mode() -> tuple[str, bool]:
        with store_of(new_house) as store:
            state = store.source_state("demo")
        return state.mode, state.live_from is not None

    assert mode() == ("preview", False)
    said(capsys, "live", "demo", "--pilot", "--from", "2026-10-01")
    assert mode() == ("pilot", True)
    forced = ("--force", "--why", "never audited, a trial")
    said(capsys, "live", "demo", "--from", "2026-10-01T00:00+08:00", *forced)
    assert mode() == ("live", True)
    assert "preview" in said(capsys, "live", "demo", "--preview")
    assert mode() == ("preview", False)


def test_notices_say_what_became_of_each_mail(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    rows = told(capsys, "notices")
    assert {row["mail_state"] for row in rows} == {"written"}
    assert {row["person_id"] for row in rows} >= {"E1007", "E1028", "engineer"}
    assert len({row["notice"] for row in rows}) == len(rows)
    assert "written" in said(capsys, "notices")
    assert told(capsys, "notices", "--source", "elsewhere") == []


def test_an_audit_answers_with_1_when_there_are_findings_and_that_was_asked(
    house: House, capsys: pytest.CaptureFixture[str], prefect_api: str
) -> None:
    assert RUN in said(capsys, "audit", "--period", "2026-10", "--fail-on", "breached", code=1)
    summary = told(capsys, "audit", "--snapshot", f"out/{RUN}/snapshot")
    assert summary["totals"]["breached"] > 0
    assert summary["checks"]["held"] == summary["checks"]["all"]
    assert Path(summary["files"]["report.html"]).is_file()
    # The printed way to judge again names no period: it lies in the snapshot.
    assert summary["again"] == f"clausewatch audit --snapshot out/{RUN}/snapshot"
    assert summary["period"]["key"] == "2026-10"
    told(capsys, "audit", "--snapshot", f"out/{RUN}/snapshot", "--fail-on", "no_data", code=1)
