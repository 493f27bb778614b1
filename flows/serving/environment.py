"""What must stand in the environment before Prefect is imported: quiet, private, and enough time to start."""

import os
from pathlib import Path
from typing import Final

#: Nothing calls out, and the first start of a server may take its time.
_DEFAULTS: Final = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    # What a run says of its steps reaches the UI; the rest of Prefect stays quiet.
    "PREFECT_LOGGING_LOGGERS_PREFECT_FLOW_RUNS_LEVEL": "INFO",
    "PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL": "INFO",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
}


def keep_private() -> None:
    """Whatever this process and its children write is for their user alone: out/ and state/ hold names."""
    os.umask(0o077)


def prepare(state: Path) -> None:
    """Set what nobody has set; Prefect's own files go into ``state`` unless a home is named."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    home = Path(os.environ.setdefault("PREFECT_HOME", str((state / "prefect").resolve())))
    home.mkdir(
        parents=True, exist_ok=True
    )  # Prefect makes the last folder alone, and else its server never starts


def quiet() -> None:
    """Leave the terminal to us: a failure is said once, in words; Prefect's server still gets every line."""
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")


def log_as(log_format: str) -> None:
    """How Prefect prints what runs say under ``up``: as lines, or as an object a line for a log collector."""
    if log_format == "json":
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER", "json")
