"""Where a run's snapshot lies: beside the report it belongs to, and never in the place of another report's."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from audits.facts import Facts
from flows.auditing.run import AuditRun
from reports import seal_folder
from tasks.crm import snapshot

_PLACE = "snapshot"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold a run's folder against another process that runs the same audit at the same time.

    Where the file system knows no locks, two such runs are left to luck.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def keep(run: AuditRun, facts: Facts, judged_with: dict[str, bytes]) -> snapshot.SnapshotInfo:
    """Write the run's snapshot and say on the run where it lies.

    The folder of a run that was made before (same source, period and instant) holds a snapshot already. The
    same one is used again; another one waits beside it, under its own hash, until its report is written.

    Raises:
        SnapshotError: the disk is full, or the earlier snapshot was changed by somebody.
    """
    place = run.folder / _PLACE
    with alone_in(run.folder):
        if not place.exists():
            info = snapshot.write(place, facts, judged_with, run.as_of)
            run.snapshot_folder = place
            return info
        known = snapshot.read(place).info.hash
        fresh = run.folder / f".{_PLACE}-{os.getpid()}"
        try:
            info = snapshot.write(fresh, facts, judged_with, run.as_of)
            run.snapshot_folder = place if info.hash == known else _beside(place, info.hash)
            if not run.snapshot_folder.exists():
                fresh.replace(run.snapshot_folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return info


def settle(run: AuditRun) -> None:
    """The report is written: its snapshot takes the place of an earlier one, which stays under its hash."""
    place, mine = run.folder / _PLACE, run.snapshot_folder
    if run.request.snapshot is not None or mine == place:
        return
    place.replace(_beside(place, snapshot.read(place).info.hash))
    run.snapshot_folder = mine.replace(place)
    run.files["manifest.json"] = seal_folder(run.folder)


def _beside(place: Path, sha: str) -> Path:
    return place.with_name(f"{place.name}-{sha[:12]}")


def tidy(run: AuditRun) -> None:
    """A run that failed leaves no empty folder."""
    with suppress(OSError):  # not made, or it holds something
        run.folder.rmdir()
