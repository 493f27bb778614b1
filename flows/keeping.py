"""Where a run's snapshot lies: beside the report it belongs to, and never in the place of another report's."""

import shutil
from contextlib import suppress

from audits.facts import Facts
from flows.run import AuditRun
from reports import seal_folder
from tasks.crm import snapshot

_PLACE = "snapshot"


def keep(run: AuditRun, facts: Facts, judged_with: dict[str, bytes]) -> snapshot.SnapshotInfo:
    """Write the run's snapshot and say on the run where it lies.

    The folder of a run that was made before (same source, period and instant) holds a snapshot already. The
    same one is used again; another one waits beside it, under its own hash, until its report is written.
    """
    place = run.folder / _PLACE
    fresh = run.folder / f".{_PLACE}-{run.started_at:%H%M%S%f}" if place.exists() else place
    info = snapshot.write(fresh, facts, judged_with, run.as_of)
    run.snapshot_folder = fresh
    if fresh != place:
        same = snapshot.read(place).info.hash == info.hash
        aside = place if same else run.folder / f"{_PLACE}-{info.hash[:12]}"
        if aside.exists():
            shutil.rmtree(fresh)
        else:
            fresh.replace(aside)
        run.snapshot_folder = aside
    return info


def settle(run: AuditRun) -> None:
    """The report is written: its snapshot takes the place of an earlier one, which stays under its hash."""
    place, mine = run.folder / _PLACE, run.snapshot_folder
    if run.request.snapshot is not None or mine == place:
        return
    place.replace(run.folder / f"{_PLACE}-{snapshot.read(place).info.hash[:12]}")
    run.snapshot_folder = mine.replace(place)
    run.files["manifest.json"] = seal_folder(run.folder)


def tidy(run: AuditRun) -> None:
    """A run that failed leaves no empty folder."""
    with suppress(OSError):  # not made, or it holds something
        run.folder.rmdir()
