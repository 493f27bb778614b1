"""A snapshot: a folder with all that a run judged with, hashed, so that anybody can judge it again.

The same facts and files always make the same bytes (law 2), and none of them is a name, a phone number, an
address or free text (law 21). A folder appears whole or not at all; reading it names the byte that changed.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pyarrow as pa

from audits.errors import ClausewatchError
from audits.facts import EntityFacts, Facts, Violation
from audits.model import MODEL
from tasks.crm.frames import read_frame, write_frame

_SCHEMA: Final = 1
_OURS: Final = ("facts.json", "manifest.json")


@dataclass(frozen=True)
class SnapshotInfo:
    """What a snapshot is known by.

    Args:
        hash: sha256 of its manifest, which holds the sha256 of every other file.
        rows: entity -> rows.
        hashes: path of every other file -> its sha256.
        as_of: instant in microseconds it was judged at.
        engine: version of Clausewatch that wrote it.
    """

    hash: str
    rows: dict[str, int]
    hashes: dict[str, str]
    as_of: int
    engine: str


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that was read and found whole: facts, the files judged with (by path), info, and where it lies."""

    facts: Facts
    judged_with: dict[str, bytes]
    info: SnapshotInfo
    folder: Path

    @property
    def rules(self) -> Path:
        """The folder of the rule files judged with."""
        return self.folder / "rules"


class SnapshotError(ClausewatchError):
    """A snapshot cannot be written, or is not what was written."""


def write(folder: Path, facts: Facts, judged_with: Mapping[str, bytes | str], as_of: int) -> SnapshotInfo:
    """Write a snapshot; the folder is there afterwards, whole, or it is not there.

    Args:
        folder: the folder to make; writing the very same snapshot again is allowed.
        facts: canonical frames and promises.
        judged_with: path inside the folder -> content, e.g. ``rules/standards/ecs/1.3.yaml``,
            ``deliveries.json``; text is written as UTF-8.
        as_of: instant in microseconds.

    Raises:
        SnapshotError: another snapshot lies there, a path leaves the folder, the disk is full.
    """
    for path in judged_with:
        _check_path(path, folder)
    with _aside(folder) as made:
        _fill(made, facts, judged_with)
        manifest = _text(
            {
                "schema": _SCHEMA,
                "as_of": as_of,
                "engine": version("clausewatch"),
                "files": {path: _hash((made / path).read_bytes()) for path in _files(made)},
                "rows": {entity: len(frame) for entity, frame in facts.frames.items()},
            }
        )
        (made / "manifest.json").write_bytes(manifest)
        _settle(made, folder, manifest)
    return _info(manifest)


def read(folder: Path, expected: str = "") -> Snapshot:
    """Read a snapshot back and prove that no byte of it changed.

    Args:
        folder: the snapshot.
        expected: the hash it should have, when it is known.

    Raises:
        SnapshotError: a file is missing, changed or too many; another hash; no snapshot at all.
    """
    manifest = _read_bytes(folder / "manifest.json", "there is no snapshot here, or it lost its manifest")
    if expected and _hash(manifest) != expected:
        raise SnapshotError(
            f"the snapshot is another one: {_hash(manifest)[:16]}, not {expected[:16]}",
            str(folder),
            "look for the right one",
        )
    said = _parsed(manifest, folder / "manifest.json")
    _verify(folder, said["files"])
    facts = _facts(folder, _parsed((folder / "facts.json").read_bytes(), folder / "facts.json"))
    others = [path for path in said["files"] if path not in _OURS and not path.startswith("frames/")]
    judged_with = {path: (folder / path).read_bytes() for path in sorted(others)}
    return Snapshot(facts, judged_with, _info(manifest), folder)


def _check_path(path: str, folder: Path) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path in _OURS or parts[0] in ("/", "frames") or ".." in parts or "\\" in path:
        raise SnapshotError(
            f"`{path}` is no place for a file", str(folder), "give a path such as rules/readings.yaml"
        )


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A folder beside the one to be made; gone again whatever happens."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _failed(error, folder) from error
    try:
        yield made
    except (OSError, pa.ArrowException) as error:
        raise _failed(error, folder) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _failed(error: Exception, folder: Path) -> SnapshotError:
    said = getattr(error, "strerror", None) or str(error)
    do = "make room or choose another folder; nothing was left behind"
    return SnapshotError(f"the snapshot cannot be written: {said}", str(folder), do)


def _fill(made: Path, facts: Facts, judged_with: Mapping[str, bytes | str]) -> None:
    (made / "frames").mkdir()
    for entity, frame in facts.frames.items():
        write_frame(frame, made / "frames" / f"{entity}.parquet")
    (made / "facts.json").write_bytes(_text(_promises(facts)))
    for path, content in judged_with.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_bytes(content.encode() if isinstance(content, str) else content)


def _settle(made: Path, folder: Path, manifest: bytes) -> None:
    """Put the folder in its place; one that is there already must be the same."""
    there = folder / "manifest.json"
    if there.is_file() and there.read_bytes() == manifest:
        return
    if folder.exists() and any(folder.iterdir()):
        raise SnapshotError("another snapshot lies here already", str(folder), "choose another folder")
    made.rename(folder)


def _promises(facts: Facts) -> dict[str, Any]:
    """Everything of the facts but the frames."""
    return {
        "schema": _SCHEMA,
        "source": facts.source,
        "zone": facts.zone,
        "extracted_at": facts.extracted_at,
        "entities": {
            entity: asdict(promised) | {"provided": sorted(promised.provided)}
            for entity, promised in facts.entities.items()
        },
        "violations": [asdict(violation) for violation in facts.violations],
    }


def _facts(folder: Path, said: Mapping[str, Any]) -> Facts:
    entities = {
        entity: EntityFacts(**{**promised, "provided": frozenset(promised["provided"])})
        for entity, promised in said["entities"].items()
    }
    violations = [Violation(**{**each, "examples": tuple(each["examples"])}) for each in said["violations"]]
    frames = {entity: _frame(folder, entity) for entity in entities}
    return Facts(said["source"], said["zone"], said["extracted_at"], frames, entities, tuple(violations))


def _frame(folder: Path, entity: str) -> Any:  # a DataFrame
    path = folder / "frames" / f"{entity}.parquet"
    try:
        return read_frame(entity, path)
    except (KeyError, pa.ArrowException) as error:
        do = f"judge it with the version that wrote it; this one knows {len(MODEL)} entities"
        raise SnapshotError(
            f"the frame of `{entity}` is not one this version knows", str(path), do
        ) from error


def _verify(folder: Path, files: Mapping[str, str]) -> None:
    """Every file as it was written, none missing, none too many."""
    there = set(_files(folder)) - {"manifest.json"}
    for path in sorted(set(files) | there):
        if path not in files:
            raise SnapshotError(
                "a file is here that the snapshot does not have", str(folder / path), "take it away"
            )
        content = _read_bytes(folder / path, "a file of the snapshot is missing")
        if _hash(content) != files[path]:
            raise SnapshotError(
                "a file of the snapshot was changed", str(folder / path), "restore it from a copy"
            )


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _read_bytes(path: Path, found: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SnapshotError(found, str(path), "restore it from a copy") from error


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    try:
        said = json.loads(content)
    except ValueError as error:
        raise SnapshotError(
            "a file of the snapshot was changed", str(path), "restore it from a copy"
        ) from error
    if not isinstance(said, dict) or said.get("schema") != _SCHEMA:
        raise SnapshotError(
            "the snapshot is of another kind", str(path), "judge it with the version that wrote it"
        )
    return said


def _text(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _info(manifest: bytes) -> SnapshotInfo:
    said = json.loads(manifest)
    return SnapshotInfo(
        _hash(manifest), dict(said["rows"]), dict(said["files"]), said["as_of"], said["engine"]
    )
