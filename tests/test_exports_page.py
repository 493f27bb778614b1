"""The page about exports, done as it says."""

import os
import shutil
import sys
from pathlib import Path

from tests.house import ROOT
from tests.pages import follow

PAGE = ROOT / "docs" / "exports.md"


def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "clausewatch.yaml", tmp_path)
    env = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    env |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}",
        "COLUMNS": "120",
    }
    for name in ("PREFECT_HOME", "CLAUSEWATCH_EXPORTS"):  # as on a new machine
        env.pop(name, None)

    def sql(name: str, text: str) -> None:
        raise AssertionError(f"the page has no SQL: {name} {text}")

    assert len(follow(PAGE, tmp_path, env, sql)) == 3
