"""The card language's shapes as rules of their own, beside the shipped readings."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from audits.rules import Rules
from config.rules import HOME
from tests.rules_home import loaded

SHAPES = Path(__file__).parent / "shapes"


@cache
def shape_rules(month: str) -> Rules:
    """The cards of ``tests/shapes``, with the shipped readings."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(SHAPES, home / "standards", ignore=shutil.ignore_patterns("cases.yaml"))
        shutil.copytree(HOME / "readings", home / "readings")
        return loaded(home, month)
