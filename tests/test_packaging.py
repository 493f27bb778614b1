"""Five plain top-level names are ours alone, and the versions found the hard way are the ones installed."""

import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
ROOMS = ("flows", "tasks", "audits", "reports", "config")
PINS = ("prefect>=3.8.8,<3.9", "fastapi>=0.139,<0.151", "sqlalchemy>=2.0.58,<2.1", "emails==1.1.3")


def foreign_claims(claims: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Our names that other installed distributions bring along too."""
    found = {room: sorted(set(claims.get(room, ())) - {"clausewatch"}) for room in ROOMS}
    return {room: others for room, others in found.items() if others}


def shadows(modules: Sequence[str], claims: Mapping[str, Sequence[str]]) -> list[str]:
    """Modules of flows/ that would hide another top-level module once flows/ is first on sys.path."""
    taken = set(sys.stdlib_module_names) | set(claims) | set(ROOMS) | {"tests", "benchmarks"}
    return sorted(set(modules) & taken)


def test_no_other_distribution_claims_one_of_our_names() -> None:
    assert foreign_claims(packages_distributions()) == {}


def test_a_distribution_that_claims_one_of_our_names_is_found() -> None:
    claims = {"config": ["clausewatch", "config"], "flows": ["clausewatch"], "pandas": ["pandas"]}
    assert foreign_claims(claims) == {"config": ["config"]}


@pytest.mark.parametrize("room", ROOMS)
def test_each_name_leads_to_this_checkout(room: str) -> None:
    # A bare interpreter in another folder: what counts is the installation, not where the tests started.
    ask = f"import importlib.util as u; print(u.find_spec({room!r}).origin)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", ask], cwd="/", capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == ROOT / room / "__init__.py"


def test_no_module_in_flows_hides_another_module() -> None:
    modules = [path.stem for path in (ROOT / "flows").iterdir() if path.suffix == ".py" or path.is_dir()]
    assert shadows(modules, packages_distributions()) == []


def test_a_module_that_would_hide_another_is_found() -> None:
    assert shadows(["calendar", "cli", "rich", "tasks"], {"rich": ["rich"]}) == ["calendar", "rich", "tasks"]


@pytest.mark.parametrize("pin", PINS)
def test_the_pins_hold_in_the_installed_environment(pin: str) -> None:
    requirement = Requirement(pin)
    assert requirement.specifier.contains(version(requirement.name))


@pytest.mark.parametrize("pin", PINS)
def test_the_pins_travel_with_the_project(pin: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {Requirement(text).name: Requirement(text).specifier for text in project["dependencies"]}
    assert declared[Requirement(pin).name] == Requirement(pin).specifier


def test_mail_has_its_html_and_template_support() -> None:
    import lxml.etree
    import premailer

    assert premailer.transform("<style>p{color:red}</style><p>a</p>").count('style="color:red"') == 1
    assert lxml.etree.LXML_VERSION > (5,)


def test_the_project_cannot_be_published_by_mistake() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "Private :: Do Not Upload" in project["classifiers"]
    assert list(project["scripts"]) == ["clausewatch"]
