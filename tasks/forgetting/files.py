"""A person's names in the files we write: mails, rendered reports, logs, our own extracts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.forgetting.manifests import remove
from tasks.forgetting.names import CLOSED, Names
from tasks.forgetting.places import files_below

#: The ledger and what proves it: never removed, looked at all the same.
KEPT: Final = frozenset({"results.json", "life.json", "verdicts.parquet", "manifest.json"})
_SNAPSHOT: Final = "snapshot"
#: Columns by which a file is known as one of our own extracts.
_EXTRACT: Final = {"record", "field", "value", "there"}


@dataclass(frozen=True)
class Held:
    """Files below out/ in which somebody is named.

    Args:
        mails: ``.eml`` files for or about them.
        rendered: other files, made again from ledger and directory.
        kept: files of the ledger, which stay: there an id or code is itself a name.
    """

    mails: list[Path]
    rendered: list[Path]
    kept: list[Path]


def held(out: Path, names: Names, person: str) -> Held:
    """Look through everything below out/; a PDF or picture goes with what lies beside it.

    Args:
        person: id of a member of staff, by which mails to them are called; "" for others.
    """
    found = Held([], [], [])
    closed: list[Path] = []
    for path in files_below(out):
        if path.suffix == ".eml":
            if _is_theirs(path, person) or names.in_file(path.name, path.read_bytes()):
                found.mails.append(path)
        elif path.suffix in CLOSED:
            closed.append(path)
        elif names.in_file(path.name, path.read_bytes()):
            stays = path.name in KEPT or any(part.startswith(_SNAPSHOT) for part in path.parent.parts)
            (found.kept if stays else found.rendered).append(path)
    beside = {path.parent for path in found.rendered}
    found.rendered.extend(path for path in closed if path.parent in beside)
    return found


def _is_theirs(path: Path, person: str) -> bool:
    plain = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in person)
    return bool(person) and f"-{plain}-" in path.name


def erase(found: Held, out: Path, day: str) -> None:
    """Remove mails and rendered files; each is marked as erased in its run's manifest, with its hash."""
    remove([*found.mails, *found.rendered], out, "erased", day)


def in_logs(top: Path, names: Names) -> list[Path]:
    """Logs below a folder in which somebody is named."""
    return [path for path in _logs(top) if names.in_file(path.name, path.read_bytes())]


def _logs(top: Path) -> Iterator[Path]:
    return (path for path in files_below(top) if ".log" in path.suffixes)


def mask(path: Path, names: Names) -> None:
    """Stars over the names in a log, where they stand: whoever writes to it goes on writing."""
    with path.open("r+b") as log:
        content = log.read()
        log.seek(0)
        log.write(names.masked(content))


def in_extracts(top: Path, names: Names) -> list[Path]:
    """Our own extracts (``tasks.crm.own_extracts``) below a folder in which somebody is named."""
    found = (path for path in files_below(top) if path.suffix == ".parquet" and _is_extract(path))
    return [path for path in found if names.in_file(path.name, path.read_bytes())]


def _is_extract(path: Path) -> bool:
    try:
        return set(pq.read_schema(path).names) == _EXTRACT
    except (pa.ArrowException, OSError):
        return False


def rewrite(path: Path, names: Names) -> None:
    """The same extract with the code in the place of the names; it names the file before it as ever."""
    table = pq.read_table(path, partitioning=None)
    at = table.schema.get_field_index("value")
    field, column = table.schema.field(at), table.column("value").combine_chunks()
    distinct = column.unique().drop_null()
    plain = pa.array([names.out_of(text) for text in distinct.to_pylist()], field.type)
    places = pc.index_in(column, distinct)
    made = path.with_name(f".{path.name}.new")
    try:
        pq.write_table(
            table.set_column(at, field, plain.take(places)), made, compression="zstd", version="2.6"
        )
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
