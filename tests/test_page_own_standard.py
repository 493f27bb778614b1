"""The page "write your own standard", done as it says in a copy of the checkout: from an empty folder to a judged clause."""

import os
import shutil
import sys
from pathlib import Path

from tests.house import ROOT
from tests.pages import follow
from tests.servers.prefect_server import furnish

PAGE = ROOT / "docs" / "own-standard.md"
#: What a checkout has and the page needs.
PARTS = ("audits", "config", "flows", "reports", "tasks", "tests")


def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    for name in PARTS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("clausewatch.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    env = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    env |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}",
        "PREFECT_HOME": str(furnish(tmp_path / "prefect")),
        "COLUMNS": "120",
    }

    assert len(follow(PAGE, tmp_path, env, lambda name, text: None)) == 9
