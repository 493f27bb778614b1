"""What the store knows of a report's earlier packs: which one this is again, what it replaces, whether it is late."""

from collections.abc import Hashable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import pandas as pd

from audits.errors import ClausewatchError
from audits.instants import moment_of
from flows.auditing.run import ENGINE, AuditRun
from flows.past.archive import Kept
from flows.reporting.pack_figures import changes
from reports.mail.pack import Late, Restated
from tasks.store.packs import PackRow

#: States of packs that went to their readers.
WENT: Final = ("sent", "running")
#: Note on a pack that went after it had been withheld.
LATE: Final = "late"
#: Why a report was kept back though nobody waited for it.
_NOT_OWED: Final = "preview"


def row_of(row: Mapping[Hashable, Any]) -> PackRow:
    """A row of ``Store.known_packs`` as an entry."""
    return PackRow(**{one.name: row[one.name] for one in fields(PackRow)})


def taken(known: pd.DataFrame, name: str) -> set[str]:
    """Folders that hold what was sent, or are another report's: this one is not written into them."""
    rows = known[(known["folder"] != "") & (known["state"].isin(WENT) | (known["report"] != name))]
    return {Path(folder).name for folder in rows["folder"]}


def previous(mine: pd.DataFrame, as_of: int) -> int | None:
    """Instant of the last report of this name before ``as_of``, of whatever period."""
    before = mine[mine["state"].isin(WENT) & (mine["as_of"] < as_of)]
    return int(before["as_of"].max()) if len(before) else None


def judged_from(run: AuditRun) -> str:
    """How an entry names its snapshot: by content and instant."""
    return f"{run.snapshot['hash']}@{run.as_of}"


def went_before(run: AuditRun, rows: pd.DataFrame, out: Path) -> PackRow | None:
    """The entry under which this very snapshot went already, judged as it would be now; None where there is none.

    Args:
        rows: entries of this report and period.
        out: folder of runs.
    """
    same = rows[rows["state"].isin(WENT) & (rows["snapshot"] == judged_from(run))]
    if same.empty:
        return None
    row = row_of(same.sort_values("n").iloc[-1].to_dict())
    return row if _judged_alike(out / row.folder, run) else None


def _judged_alike(folder: Path, run: AuditRun) -> bool:
    """Whether engine and standards are those of then; where the folder is gone nobody can say otherwise."""
    try:
        results = Kept(folder).results
    except ClausewatchError:
        return True
    standards = {one["code"] for one in results["standards"]}
    return bool(results["engine"] == ENGINE and standards == set(run.rules.standards if run.rules else ()))


def replaced(row: PackRow, rows: pd.DataFrame) -> tuple[PackRow, Restated] | None:
    """The entry that this one restates, and how; only reports of a period that is over are restated."""
    sent = rows[(rows["state"] == "sent") & (rows["n"] < row.n)].sort_values("n")
    if row.state != "sent" or sent.empty:
        return None
    last = row_of(sent.iloc[-1].to_dict())
    moved = changes(last.figures, row.figures)
    return last, Restated(len(sent), moment_of(last.as_of).isoformat(), moved)


def held_since(rows: pd.DataFrame, n: int | None = None) -> pd.DataFrame:
    """Entries that kept a report back since the last one went, before entry ``n``; previews are none."""
    rows = rows if n is None else rows[rows["n"] < n]
    last = max((int(one) for one in rows[rows["state"].isin(WENT)]["n"]), default=-1)
    held = rows[(rows["state"] == "withheld") & (rows["note"] != _NOT_OWED) & (rows["n"] > last)]
    return held.sort_values("n")


def withheld_before(rows: pd.DataFrame, n: int) -> Late | None:
    """Why a report went late: what it was first withheld for; None where it went in time."""
    for row in held_since(rows, n).head(1).to_dict("records"):
        return Late(str(row["note"]), moment_of(int(row["made_at"])).isoformat())
    return None
