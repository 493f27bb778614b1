"""What runs inside our process: known licences that fit, and a list of it that is the same for the same lock."""

import json
import tomllib
from pathlib import Path

import pytest

from benchmarks.supply import audit, closure, licence, misfits, sbom
from tests.house import ROOT


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


def auditor(folder: Path, code: int, said: str) -> str:
    """A program that answers every question so."""
    uv = folder / "uv"
    uv.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit {code}\n", encoding="utf-8")
    uv.chmod(0o700)
    return str(uv)


def test_silence_is_no_clean_bill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(auditor(tmp_path, 2, "error: Request failed after 3 retries")) == 0
    assert "NOT AUDITED" in capsys.readouterr().out
    assert audit(auditor(tmp_path, 1, "jinja2 3.1.4 has 1 known fault")) == 1
    assert audit(auditor(tmp_path, 2, "error: the lock cannot be read")) == 2
    monkeypatch.setenv("CLAUSEWATCH_AUDIT", "required")
    assert audit(auditor(tmp_path, 2, "error: Request failed after 3 retries")) == 1
