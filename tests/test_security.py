"""What docs/security.md says of our own code: escaped templates, safe readers, private files, secrets nowhere."""

import ast
import io
import re
import stat
import zipfile
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment

from audits.errors import WrongUse
from config.mapping import MappingError, load_mapping
from config.mapping.model import MappingFile
from config.settings import Settings
from flows import cli
from flows.serving import up
from reports.mail.render import _templates
from reports.templates import environment
from tasks.crm.exports.errors import Unreadable
from tasks.crm.exports.workbooks import read_workbook
from tasks.crm.register_rows import RegisterError
from tasks.crm.registers import read_registers
from tasks.store.act_list import read_list
from tasks.unpacking import too_large
from tests.house import ROOT, House

ROOMS = ("audits", "config", "flows", "reports", "tasks")
SOURCES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
EVIL = '<script>alert("1")</script>'
#: One word in every secret that an installation has.
CANARY = "kanarienvogel-7f3a"


@cache
def calls(path: Path) -> list[tuple[str, ast.Call]]:
    """Every call in a module, by what is called."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [(ast.unparse(node.func), node) for node in nodes if isinstance(node, ast.Call)]


def test_every_template_environment_escapes() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): {word.arg: ast.unparse(word.value) for word in call.keywords}
        for path in SOURCES
        for name, call in calls(path)
        if name.rpartition(".")[2] in {"Environment", "Template", "SandboxedEnvironment"}
    }
    assert set(found) == {"reports/templates.py", "reports/mail/render.py"}
    assert {file for file, said in found.items() if said.get("autoescape", "False") == "False"} == set()


@pytest.mark.parametrize(
    ("templates", "name"),
    [
        (_templates(), "mail.html.j2"),
        (environment("reports.html"), "page.html.j2"),
        (environment("reports.archive"), "archive.html.j2"),
    ],
)
def test_a_name_that_is_a_script_is_text(templates: Environment, name: str) -> None:
    assert name in templates.list_templates()
    escapes = templates.autoescape
    assert escapes(name) if callable(escapes) else escapes
    shown = templates.overlay(autoescape=True).from_string("{{ name }}").render(name=EVIL)
    assert "<script>" not in shown


def test_what_templates_leave_unescaped_is_our_own() -> None:
    """Style, symbols and the embedded data, each made by us and proved by the report's own tests."""
    found = {
        (path.name, word)
        for room in ("reports",)
        for path in sorted((ROOT / room).rglob("*.j2"))
        for word in re.findall(r"([\w.]+)\s*\|\s*safe", path.read_text(encoding="utf-8"))
    }
    ours = {"light", "dark", "css", "js", "symbols", "data", "script"}
    assert {word for _, word in found} <= ours


def test_nothing_reads_what_could_command_us() -> None:
    banned = {
        "yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all", "pickle.loads", "pickle.load", "marshal.loads",
        "eval", "exec", "os.system", "os.popen", "tempfile.mktemp", "ssl._create_unverified_context",
    }  # fmt: skip
    assert [(str(path), name) for path in SOURCES for name, _ in calls(path) if name in banned] == []


def test_every_yaml_is_read_by_a_safe_loader() -> None:
    for path in SOURCES:
        for name, call in calls(path):
            if name in {"yaml.load", "yaml.load_all"}:
                said = {word.arg: ast.unparse(word.value) for word in call.keywords}
                loader = said.get("Loader", "").rpartition(".")[2]
                text = path.read_text(encoding="utf-8")
                assert loader.endswith("SafeLoader") or f"class {loader}(yaml.SafeLoader)" in text or (
                    f"class {loader}(yaml.CSafeLoader)" in text
                ), path  # fmt: skip


def test_no_process_is_started_by_a_shell_and_no_certificate_is_passed_by() -> None:
    for path in SOURCES:
        for _, call in calls(path):
            said = {word.arg: ast.unparse(word.value) for word in call.keywords}
            assert said.get("shell", "False") == "False", path
            assert said.get("verify", "True") != "False", path


@pytest.mark.parametrize("name", ["../evil", "a/b", "/etc/passwd", "..", "", "A", "a\n", "a" * 41])
def test_a_source_that_could_name_a_path_is_refused(name: str) -> None:
    field = MappingFile.model_fields["source"]
    pattern = next(str(one.pattern) for one in field.metadata if hasattr(one, "pattern"))
    assert re.fullmatch(pattern.removesuffix("$").removeprefix("^"), name) is None
    with pytest.raises((MappingError, OSError, WrongUse)):
        load_mapping(name, {})


def bomb(size: int = 3 * 2**30) -> bytes:
    """A workbook of some kilobytes whose table of contents promises gigabytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b"0" * 1000)
    content = bytearray(made.getvalue())
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = (size & 0xFFFFFFFF).to_bytes(4, "little")
    return bytes(content)


def test_a_workbook_that_would_fill_the_memory_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "acceptance.xlsx"
    path.write_bytes(bomb())
    assert "3,072 MB" in too_large(path)
    with pytest.raises(Unreadable, match="unpack to 3,072 MB"):
        list(read_workbook("a.xlsx", bomb(), []))
    with pytest.raises(WrongUse, match="unpack to 3,072 MB"):
        read_list(path)
    assert too_large(b"no zip") == ""
    assert too_large(bomb(10)) == ""
    with pytest.raises(RegisterError, match="unpack to 3,072 MB"):
        read_registers(path, "Asia/Shanghai")


def test_prefects_server_listens_on_this_machine_alone() -> None:
    source = Path(str(up.__file__)).read_text(encoding="utf-8")
    assert up.api_of(1).startswith("http://127.0.0.1:")
    assert '"--host", "127.0.0.1"' in source
    assert '"PREFECT_SERVER_API_HOST": "127.0.0.1"' in source
    assert "0.0.0.0" not in source


def readable(house: House) -> list[str]:
    """What others than the owner may look at, below out/ and state/."""
    below = [
        path for top in ("out", "state") for path in ((house.folder / top), *(house.folder / top).rglob("*"))
    ]
    plain = [path for path in below if not path.is_symlink()]
    return [str(path) for path in plain if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_a_run_that_fails_tells_no_secret_and_writes_for_its_owner_alone(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    prefect_server: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    house = House(tmp_path)
    house.keeps_server = True
    mapping = (ROOT / "config" / "crm" / "demo.yaml").read_text(encoding="utf-8")
    mine = re.sub(r'url: "[^"]*"', 'url: "${FAR_URL}"', mapping, count=1)
    (tmp_path / "mine.yaml").write_text(re.sub(r"\n\s+default: [^\n]*", "", mine, count=1), encoding="utf-8")
    secrets = {
        "FAR_URL": f"postgresql://reader:{CANARY}@127.0.0.1:1/crm?sslkey={CANARY}",
        "CLAUSEWATCH_SMTP_PASSWORD": CANARY,
        "CLAUSEWATCH_TRAIL_KEY": CANARY,
        "CLAUSEWATCH_ALARM_WEBHOOK": f"https://hooks.example.com/{CANARY}",
        "CLAUSEWATCH_CRM_RETRIES": "[]",
        "CLAUSEWATCH_SOURCE": "mine.yaml",
    }
    done = house.run("audit", "--period", "2026-10", **secrets, PREFECT_API_URL=prefect_server)
    assert done.returncode == 3, done.stderr
    assert "cannot be reached" in done.stderr
    assert readable(house) == []
    house.enter(monkeypatch)
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    assert cli.run(["config", "show", "--json"]) == 0
    assert cli.run(["doctor"]) == 1
    shown = capsys.readouterr()
    assert CANARY not in done.stdout + done.stderr + shown.out + shown.err
    folders = [house.folder, *tmp_path_factory.getbasetemp().glob("prefect*")]
    written = [path for top in folders for path in top.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.suffix == ".eml" for path in written)
    assert any(path.name.startswith("prefect.db") for path in written)
    assert [path for path in written if CANARY.encode() in path.read_bytes()] == []


def test_the_page_about_security_speaks_of_what_is_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    verbs = {command.name or "" for command in cli.app.registered_commands}
    verbs |= {group.name or "" for group in cli.app.registered_groups}
    assert set(re.findall(r"clausewatch ([a-z]+)", page)) - verbs == set()
    named = set(re.findall(r"`(keep_\w+)`", page))
    assert named == {name for name in Settings.model_fields if name.startswith("keep_")}
    assert all((ROOT / name).exists() for name in re.findall(r"`(deploy/\w+\.sql)`", page))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{target}:" in makefile for target in re.findall(r"`make (\w+)`", page))
