"""The snapshot: all that a run judges with, in one folder that judges the same for ever (law 2).

``frames/<entity>.parquet`` are the canonical frames, ``facts.json`` what the source promises of them,
``rules/`` the rule files, ``manifest.json`` the SHA-256 of each file, the rows of each frame and the
instant. No name, phone, address or free text lies in it: only lengths do (law 21).
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from audits.errors import ClausewatchError
from audits.facts import EntityFacts, Facts, Violation
from audits.model import MODEL

SCHEMA: Final = 1
_ROWS_A_GROUP: Final = 1 << 18


class SnapshotError(ClausewatchError):
    """A snapshot cannot be written, or is not what was written."""


@dataclass(frozen=True)
class SnapshotInfo:
    """What a snapshot is called and holds.

    Args:
        hash: SHA-256 over the manifest's own lines: names and hashes of every file.
        as_of: instant it was judged at first, microseconds.
        engine: version that wrote it.
        frames: entity -> ``rows`` and ``sha256``.
    """

    hash: str
    as_of: int
    engine: str
    frames: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that was read and checked; ``rules`` is the folder of its rule files."""

    facts: Facts
    rules: Path
    info: SnapshotInfo


def write(folder: Path, facts: Facts, judged_with: Mapping[str, bytes], as_of: int) -> SnapshotInfo:
    """Write a snapshot whole or not at all; the same content gives the same bytes.

    Args:
        folder: where it shall stand; one that stands there is replaced.
        facts: what was extracted.
        judged_with: rule files by name.
        as_of: instant of the audit, microseconds.

    Raises:
        SnapshotError: the disk is full or the folder cannot be written.
    """
    half = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        shutil.rmtree(half, ignore_errors=True)
        (half / "frames").mkdir(parents=True)
        for entity in sorted(facts.frames):
            _write_frame(half / "frames" / f"{entity}.parquet", facts.frames[entity])
        _write_text(half / "facts.json", _promises(facts))
        for name, content in sorted(judged_with.items()):
            path = half / "rules" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        manifest = _manifest(half, facts, as_of)
        _write_text(half / "manifest.json", manifest)
        _replace(half, folder)
    except OSError as error:
        raise SnapshotError(
            f"the snapshot cannot be written: {error.strerror}",
            str(folder),
            "make room, or choose another `out`",
        ) from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return _info(manifest)


def _replace(half: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.rename(old)
    half.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _write_frame(path: Path, frame: pd.DataFrame) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, row_group_size=_ROWS_A_GROUP, compression="zstd", write_statistics=False)


def _write_text(path: Path, document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _promises(facts: Facts) -> dict[str, Any]:
    entities = {
        name: {**asdict(one), "provided": sorted(one.provided)}
        for name, one in sorted(facts.entities.items())
    }
    return {
        "schema": SCHEMA,
        "source": facts.source,
        "zone": facts.zone,
        "extracted_at": facts.extracted_at,
        "entities": entities,
        "violations": [{**asdict(one), "examples": list(one.examples)} for one in facts.violations],
    }


def _manifest(folder: Path, facts: Facts, as_of: int) -> dict[str, Any]:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {
        "schema": SCHEMA,
        "engine": version("clausewatch"),
        "as_of": as_of,
        "files": {name: _sha256(folder / name) for name in names},
        "rows": {entity: len(frame) for entity, frame in sorted(facts.frames.items())},
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _info(manifest: dict[str, Any]) -> SnapshotInfo:
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(manifest["files"].items()))
    frames = {
        entity: {"rows": rows, "sha256": manifest["files"][f"frames/{entity}.parquet"]}
        for entity, rows in sorted(manifest["rows"].items())
    }
    return SnapshotInfo(
        hashlib.sha256(lines.encode()).hexdigest(), manifest["as_of"], manifest["engine"], frames
    )


def read(folder: Path) -> Snapshot:
    """Read a snapshot and check that every file is the one that was written.

    Raises:
        SnapshotError: there is none, a file is missing, changed or added, or it was written by another schema.
    """
    manifest = _read_json(folder / "manifest.json")
    if manifest.get("schema") != SCHEMA:
        raise SnapshotError(
            "the snapshot is of another schema", str(folder), "judge it with the engine that wrote it"
        )
    _check(folder, manifest["files"])
    promises = _read_json(folder / "facts.json")
    frames = {
        entity: _read_frame(folder / "frames" / f"{entity}.parquet", entity) for entity in manifest["rows"]
    }
    entities = {
        name: EntityFacts(**{**one, "provided": frozenset(one["provided"])})
        for name, one in promises["entities"].items()
    }
    found = tuple(Violation(**{**one, "examples": tuple(one["examples"])}) for one in promises["violations"])
    facts = Facts(promises["source"], promises["zone"], promises["extracted_at"], frames, entities, found)
    return Snapshot(facts, folder / "rules", _info(manifest))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SnapshotError(
            "there is no snapshot", str(path), "name the folder `snapshot` of a run"
        ) from error
    except ValueError as error:
        raise SnapshotError(
            "the file is not what was written", str(path), "take the snapshot from the archive"
        ) from error
    return found


def _check(folder: Path, files: Mapping[str, str]) -> None:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {
        "manifest.json"
    }
    for name in sorted(there ^ set(files)):
        word = "is missing from" if name in files else "does not belong to"
        raise SnapshotError(f"{name} {word} the snapshot", str(folder), "take the snapshot from the archive")
    for name, digest in files.items():
        if _sha256(folder / name) != digest:
            raise SnapshotError(
                f"{name} was changed after it was written", str(folder), "take the snapshot from the archive"
            )


def _read_frame(path: Path, entity: str) -> pd.DataFrame:
    frame: pd.DataFrame = pq.read_table(path).to_pandas(types_mapper=_TYPES.get)
    for name, field in MODEL[entity].fields.items():
        if field.type == "enum" and name in frame.columns:
            frame[name] = frame[name].astype(pd.CategoricalDtype(list(field.values)))
    return frame


_TYPES: Final[dict[pa.DataType, Any]] = {
    pa.string(): pd.StringDtype(na_value=float("nan")),
    pa.large_string(): pd.StringDtype(na_value=float("nan")),
    pa.bool_(): pd.BooleanDtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
}
