"""The key of the trail: from the environment, or from a file that is made once and read by its owner alone."""

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from audits.errors import WrongUse
from config.settings import Settings

#: The file in the folder ``state``.
FILE: Final = "trail.key"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def key_of(settings: Settings) -> Callable[[], bytes]:
    """Gives the key when it is asked for; the file is made by whoever asks first.

    Raises:
        WrongUse: the file is empty, cannot be read, or may be read by others.
    """
    return lambda: _key(settings)


def _key(settings: Settings) -> bytes:
    if given := settings.trail_key.get_secret_value():
        return given.encode()
    path = settings.state / FILE
    if not path.exists():
        _make(path)
    return _read(path)


def _make(path: Path) -> None:
    """Whole or not at all, and never in the place of another's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{FILE}-{os.getpid()}-{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
        with suppress(FileExistsError):  # somebody else was first
            os.link(aside, path)
    finally:
        aside.unlink()


def _read(path: Path) -> bytes:
    if path.stat().st_mode & _OTHERS:
        raise WrongUse("the key of the trail may be read by others", str(path), f"chmod 600 {path}")
    key = path.read_text(encoding="utf-8").strip()
    if not key:
        raise WrongUse(
            "the key of the trail is empty",
            str(path),
            "put it back from a copy, or set CLAUSEWATCH_TRAIL_KEY",
        )
    return key.encode()
