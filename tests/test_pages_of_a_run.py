"""The pages about what an audit leaves (archive, replay, packs), done as they say on the demo after its audit."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flow_house import copy_house
from tests.house import ROOT
from tests.pages import follow


@pytest.mark.parametrize(("page", "commands"), [("archive", 5), ("replay", 2), ("packs", 2)])
def test_the_page_does_what_it_says(
    demo_audited: Path,
    tmp_path: Path,
    page: str,
    commands: int,
    record_property: Callable[[str, object], None],
) -> None:
    house = copy_house(demo_audited, tmp_path)
    env = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    env |= house.env | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"}

    took = follow(ROOT / "docs" / f"{page}.md", house.folder, env, lambda name, text: None)

    for one in took:
        record_property(one.command, round(one.seconds, 1))
    assert len(took) == commands
