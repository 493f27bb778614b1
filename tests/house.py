"""A private installation for a test: its own settings, store, demo and out folder, the project's own config."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.prefect_server import furnish

ROOT = Path(__file__).resolve().parent.parent


class House:
    """A folder in which the command runs as on a new machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keeps_server = False
        (folder / "config").symlink_to(ROOT / "config")
        (folder / "clausewatch.yaml").write_text(
            (ROOT / "clausewatch.yaml").read_text(encoding="utf-8"), encoding="utf-8"
        )
        self.env = {
            "CLAUSEWATCH_STORE_URL": f"sqlite:///{folder / 'state' / 'clausewatch.db'}",
            "PREFECT_HOME": str(folder / "prefect"),
            "COLUMNS": "100",
        }

    def run(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run ``clausewatch`` with these words, to its end."""
        command = self._command(words)
        whole = {**os.environ, **self.env, **env}
        if not self.keeps_server:  # an embedded server of its own, whatever the tests' environment says
            whole.pop("PREFECT_API_URL", None)
        return subprocess.run(
            command, cwd=self.folder, env=whole, capture_output=True, text=True, check=False, timeout=300
        )

    def start(self, *words: str, **env: str) -> "subprocess.Popen[bytes]":
        """Start ``clausewatch`` with these words and go on; what it says lies in ``said.log``."""
        command = self._command(words)
        whole = {**os.environ, **self.env, **env}
        for name in ("PREFECT_API_URL", "PREFECT_PROFILES_PATH"):
            whole.pop(name, None)
        with (self.folder / "said.log").open("wb") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=whole, stdout=log, stderr=log, start_new_session=True
            )

    def _command(self, words: tuple[str, ...]) -> list[str]:
        """The command itself, in a house whose Prefect has been started before."""
        home = Path(self.env["PREFECT_HOME"])
        if not home.exists():
            furnish(home)
        return [str(Path(sys.executable).with_name("clausewatch")), *words]

    @property
    def runs(self) -> list[Path]:
        """Folders of the runs, by name."""
        return sorted(path for path in (self.folder / "out").glob("*") if (path / "manifest.json").exists())

    def enter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Work in this house from the test's own process."""
        monkeypatch.chdir(self.folder)
        for name, value in self.env.items():
            monkeypatch.setenv(name, value)
