"""What runs inside our process: known licences that fit, and a list of it that is the same for the same lock."""

import json
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest

from benchmarks.supply import audit, closure, licence, misfits, sbom
from tests.house import ROOT
from tests.servers.osv import Fault, Osv, osv_server


def test_every_package_that_runs_with_us_has_a_licence_that_fits() -> None:
    found = {name: licence(name, dist) for name, dist in closure().items()}
    assert misfits(found) == {}
    assert {"prefect", "sqlalchemy", "pandas", "emails", "dlt", "distributed", "encutils"} <= set(found)
    assert {"codespell", "pytest", "hypothesis"} & set(found) == set()


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ("MIT", True), ("LGPL-3.0-only", True), ("Apache-2.0 OR BSD-2-Clause", True), ("GNU Lesser General Public License", True),
        ("GPL-2.0-or-later OR MIT", True), ("AGPL-3.0-only", False), ("GNU Affero General Public License v3", False),
        ("GPL-3.0-only", False), ("GNU General Public License v2 (GPLv2)", False), ("SSPL-1.0", False), ("", False),
        ("Some License of My Own", False),
    ],
)  # fmt: skip
def test_a_licence_that_would_bind_our_own_code_is_found(said: str, fits: bool) -> None:
    assert (misfits({"it": said}) == {}) == fits


def test_what_runs_is_what_the_lock_names() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    locked = {(one["name"], one.get("version")) for one in lock["package"]}  # some in several versions
    assert {(name, dist.version) for name, dist in closure().items()} <= locked


def test_the_same_lock_gives_the_same_bytes() -> None:
    def exported(serial: str, at: str, *names: str) -> str:
        components = [{"name": name, "version": "1"} for name in names]
        said = {"serialNumber": serial, "metadata": {"timestamp": at, "tools": []}, "components": components}
        return json.dumps(said)

    first = sbom(exported("urn:1", "2026-11-22", "Jinja2", "pandas"), {"jinja2": "BSD"})
    assert first == sbom(exported("urn:2", "2027-01-01", "pandas", "Jinja2"), {"jinja2": "BSD"})
    assert json.loads(first)["components"][0] == {
        "name": "Jinja2",
        "version": "1",
        "licenses": [{"license": {"name": "BSD"}}],
    }
    assert "serialNumber" not in first


@pytest.fixture
def osv(monkeypatch: pytest.MonkeyPatch) -> Iterator[Osv]:
    """A database of known faults that is asked instead of the public one."""
    with osv_server() as server:
        monkeypatch.setenv("CLAUSEWATCH_OSV", server.url)
        yield server


def locked(folder: Path, **versions: str) -> None:
    """A project whose lock names these packages."""
    needs = ", ".join(f'{{ name = "{name}" }}' for name in versions)
    lock = ['version = 1\nrequires-python = ">=3.11"\n']
    lock += [
        f'[[package]]\nname = "house"\nversion = "0"\nsource = {{ virtual = "." }}\ndependencies = [{needs}]\n'
    ]
    at = 'source = { registry = "https://pypi.org/simple" }'
    lock += [f'[[package]]\nname = "{name}"\nversion = "{v}"\n{at}\n' for name, v in versions.items()]
    (folder / "uv.lock").write_text("\n".join(lock), encoding="utf-8")
    named = ", ".join(f'"{name}"' for name in versions)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "house"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = [{named}]\n',
        encoding="utf-8",
    )


def make_audit() -> tuple[int, str]:
    """`make audit` as anybody runs it: its exit code, and all it says."""
    done = subprocess.run(["make", "audit"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


UV = str(ROOT / ".cache/uv-boot/bin/uv")  # where make puts it


@pytest.mark.slow
def test_a_fault_that_is_known_of_our_lock_fails_the_audit(osv: Osv) -> None:
    code, said = make_audit()
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    ours = {(one["name"], one["version"]) for one in lock["package"] if "registry" in one["source"]}
    assert (code, osv.asked) == (0, ours)
    assert "no known vulnerabilities" in said
    osv.knows.append(Fault("PYSEC-2099-1", "prefect", (("0", "99"),), "made up"))
    code, said = make_audit()
    assert code != 0
    assert "PYSEC-2099-1" in said
    assert f"prefect {distribution('prefect').version} has 1 known vulnerability" in said
    assert "Fixed in: 99" in said


@pytest.mark.slow
def test_known_faults_of_the_past_are_found_in_the_versions_that_had_them(
    osv: Osv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    make_audit()
    monkeypatch.chdir(tmp_path)
    locked(tmp_path, jinja2="2.10", urllib3="2.0.5")
    assert audit(UV) == 1
    said = capfd.readouterr().out
    assert "PYSEC-2019-217" in said
    assert "PYSEC-2023-192" in said
    locked(tmp_path, jinja2="2.10.1", urllib3="2.0.6")
    assert audit(UV) == 0
    assert "NOT AUDITED" not in capfd.readouterr().out


@pytest.mark.slow
def test_silence_and_nonsense_are_no_clean_bill(
    osv: Osv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    make_audit()
    monkeypatch.chdir(tmp_path)
    locked(tmp_path, jinja2="2.10")
    osv.says_nonsense = True
    assert audit(UV) == 2
    (tmp_path / "uv.lock").write_text("not a lock", encoding="utf-8")
    assert audit(UV) == 2
    locked(tmp_path, jinja2="2.10")
    monkeypatch.setenv("CLAUSEWATCH_OSV", "http://127.0.0.1:1")  # nobody listens there
    for tries in ("0", "1"):
        monkeypatch.setenv("UV_HTTP_RETRIES", tries)
        capfd.readouterr()
        assert audit(UV) == 0
        assert "NOT AUDITED" in capfd.readouterr().out
    monkeypatch.setenv("CLAUSEWATCH_AUDIT", "required")
    assert audit(UV) == 1
