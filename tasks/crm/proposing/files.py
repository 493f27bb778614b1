"""Writing a proposed mapping: only whole, only when the loader takes it, never over a file that is there."""

import re
from collections.abc import Mapping as Env
from pathlib import Path
from typing import Final

from audits.errors import WrongUse
from config.mapping import load_mapping

_FOLDER: Final = Path("config/crm")


def name_for(given: str) -> str:
    """A source's name from a database's, a file's or a folder's."""
    plain = re.sub(r"[^a-z0-9_-]+", "_", given.lower()).strip("_-")
    return (plain if plain[:1].isalpha() else f"crm_{plain}")[:40].rstrip("_-")


def path_for(name: str) -> Path:
    """Where a mapping of that name goes: beside the shipped ones where they lie here, else into this folder."""
    return (_FOLDER if _FOLDER.is_dir() else Path()) / f"{name}.yaml"


def refuse_to_overwrite(path: Path, *, force: bool) -> None:
    """Say so before anything is read.

    Raises:
        WrongUse: the file is there, or is no YAML file.
    """
    if path.suffix not in (".yaml", ".yml"):
        raise WrongUse(f"`{path.name}` is no YAML file", str(path), "give --out a name that ends in .yaml")
    if path.exists() and not force:
        raise WrongUse(
            "the file exists already", str(path), "choose another --name or --out, or give --force"
        )


def write(text: str, path: Path, env: Env[str, str]) -> None:
    """Write a mapping once the loader has taken it.

    Raises:
        MappingError: the loader refuses it; the file is not written.
        OSError: the folder cannot be made or written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.stem}.unfinished.yaml")
    try:
        unfinished.write_text(text, encoding="utf-8")
        load_mapping(unfinished, env)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
