"""An archived snapshot judged by today's program, beside what was reported then; nothing is changed by it.

After an upgrade this shows whether old verdicts stand. By the snapshot's own rules a difference is the program's;
by the rules of today it shows what they would have said then.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pandas as pd

from audits.current import with_findings
from audits.errors import ClausewatchError
from audits.judge import Judged, audit, obligations
from audits.marking import MARKS, PLACE, Known, from_bytes
from audits.results import results
from config.rulebook import MAPPING, choices, gather, open_rules, source_title
from config.settings import Settings
from flows.auditing.run import ENGINE
from flows.auditing.steps import VERDICTS, named
from tasks.crm import snapshot

#: Figures of a clause that are compared; the first six are its verdicts.
FIGURES: Final = ("population", *VERDICTS, "numerator", "denominator", *MARKS)
#: What of a card is compared beside its figures.
_CARD: Final = ("limit", "severity", "decides", "trial", "place")
#: What an obligation says.
_SAYS: Final = ("verdict", "reason", "due_at", "done_at", "in_period")


class NotArchived(ClausewatchError):
    """There is no report that belongs to the snapshot."""


def replay(place: Path, settings: Settings, *, current_rules: bool = False) -> dict[str, Any]:
    """Judge an archived snapshot again and say what is other than reported.

    Args:
        place: a run's folder, or the ``snapshot`` in it.
        settings: where the rules of today are.
        current_rules: judge by the rules of today, not by those in the snapshot.

    Returns:
        ``folder``, ``as_of``, ``period``, ``source``, ``rules`` (``archived`` or ``current``), ``same`` (every
        verdict and figure), ``identical`` (all of ``results.json``), ``parts`` (its keys that differ),
        ``versions`` (what was judged with, before and after), ``files`` (rule files that differ), ``cards``,
        ``readings``, ``clauses`` (figures before and after), ``obligations`` (``same`` and ``other``; None
        where ``verdicts.parquet`` is gone) and ``findings``: ``kind`` (``appeared``, ``vanished``, ``changed``;
        ``other`` where neither is a breach), ``finding``, ``clause``, ``label``, and ``before`` and ``after``.

    Raises:
        SnapshotError: the snapshot was changed or is none.
        NotArchived: no report of this snapshot lies beside it.
    """
    taken = snapshot.read(_folder(place))
    report = taken.folder.parent
    archived = _archived(report, named(taken.info)["hash"])
    with _rules(taken, settings, current=current_rules) as (folder, files):
        chosen = choices(taken.rules)
        rules, period = open_rules(folder, chosen["period"], taken.facts.zone)
        judged = audit(taken.facts, rules, taken.info.as_of, period)
        title = source_title(folder)
    acts = taken.judged_with.get(PLACE)
    known = Known() if acts is None else from_bytes(acts, taken.info.as_of)
    fresh = json.loads(json.dumps(results(judged, archived["snapshot"], ENGINE, title, known)))
    clauses, (rows, found) = _clauses(archived, fresh), _obligations(report, judged)
    parts = sorted(key for key in {*archived, *fresh} if archived.get(key) != fresh.get(key))
    return {
        "folder": str(report),
        "source": archived["source"],
        "as_of": archived["as_of"],
        "period": archived["period"]["key"],
        "rules": "current" if current_rules else "archived",
        "same": not clauses and not found,
        "identical": not parts,
        "parts": parts,
        "versions": _versions(archived, fresh),
        "files": files,
        "cards": _cards(archived, fresh),
        "readings": _readings(archived, fresh),
        "clauses": clauses,
        "obligations": rows,
        "findings": found,
    }


def _folder(place: Path) -> Path:
    return place / "snapshot" if (place / "snapshot" / "manifest.json").is_file() else place


def _archived(report: Path, sha: str) -> dict[str, Any]:
    path = report / "results.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        do = "give the folder of a run that reported; `clausewatch audit --snapshot` judges it without comparing"
        raise NotArchived("there is no results.json beside the snapshot", str(path), do) from None
    if found["snapshot"]["hash"] != sha:
        do = "give the snapshot that the report names"
        raise NotArchived("the report beside the snapshot was made from another one", str(path), do)
    return found


@contextmanager
def _rules(
    taken: snapshot.Snapshot, settings: Settings, *, current: bool
) -> Iterator[tuple[Path, dict[str, list[str]]]]:
    """The folder of the rules to judge by, and which of its files differ from the snapshot's."""
    none: dict[str, list[str]] = {"added": [], "removed": [], "changed": []}
    if not current:
        yield taken.rules, none
        return
    chosen = choices(taken.rules)
    mapping = (taken.rules / MAPPING).read_text(encoding="utf-8")
    bundle = gather(settings, mapping, chosen["period"], tuple(chosen.get("standards", "").split()))
    then = {path.removeprefix("rules/"): text for path, text in taken.judged_with.items() if path != PLACE}
    files = {
        "added": sorted(set(bundle) - set(then)),
        "removed": sorted(set(then) - set(bundle)),
        "changed": sorted(path for path in set(then) & set(bundle) if then[path] != bundle[path]),
    }
    with tempfile.TemporaryDirectory(prefix="clausewatch-") as name:
        for place, content in bundle.items():
            path = Path(name) / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield Path(name), files


def _versions(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, str]]:
    """Engine, standards and calendar that are other than they were."""

    def said(found: dict[str, Any]) -> dict[str, str]:
        editions = {f"standard {one['code']}": one["edition"] for one in found["standards"]}
        calendar = found["calendar"]
        return {"engine": found["engine"], f"calendar {calendar['id']}": calendar["version"], **editions}

    then, now = said(before), said(after)
    return [
        {"what": what, "before": then.get(what, ""), "after": now.get(what, "")}
        for what in sorted({*then, *now})
        if then.get(what) != now.get(what)
    ]


def _by_id(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {clause["id"]: clause for clause in found["clauses"]}


def _clauses(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """Clauses whose state or figures differ: each with both."""

    def figures(clause: dict[str, Any] | None) -> dict[str, Any] | None:
        if clause is None:
            return None
        counts = {name: clause["counts"].get(name, clause.get(name)) for name in FIGURES}
        return {"state": clause["state"], **counts}

    then, now = _by_id(before), _by_id(after)
    pairs = [(key, figures(then.get(key)), figures(now.get(key))) for key in dict.fromkeys([*then, *now])]
    return [{"clause": key, "before": was, "after": is_} for key, was, is_ in pairs if was != is_]


def _cards(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    then, now = _by_id(before), _by_id(after)
    return [
        {"clause": key, "field": name, "before": then[key].get(name), "after": now[key].get(name)}
        for key in then
        if key in now
        for name in _CARD
        if then[key].get(name) != now[key].get(name)
    ]


def _readings(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, str]]:
    """Points that are read otherwise than they were, clause by clause."""

    def in_use(found: dict[str, Any]) -> dict[tuple[str, str], str]:
        return {
            (reading["id"], clause): option["key"]
            for reading in found["readings"]
            for option in reading["options"]
            for clause in option["in_use_for"]
        }

    then, now = in_use(before), in_use(after)
    return [
        {"reading": key[0], "clause": key[1], "before": then.get(key, ""), "after": now.get(key, "")}
        for key in sorted({*then, *now})
        if then.get(key) != now.get(key)
    ]


def _obligations(report: Path, judged: Judged) -> tuple[dict[str, int] | None, list[dict[str, Any]]]:
    """Obligations that say otherwise than they did, breaches of the period first."""
    path = report / "verdicts.parquet"
    if not path.is_file():
        return None, []
    zone = judged.facts.zone
    then = _spoken(pd.read_parquet(path), zone)
    now = _spoken(with_findings(judged, obligations(judged)), zone)
    both = then.merge(now, on="finding", how="outer", suffixes=("", "_now"), indicator=True)
    differs = both["_merge"] != "both"
    for name in _SAYS:
        differs |= both[name] != both[f"{name}_now"]
    rows = [_told(row) for row in both[differs].to_dict("records")]
    order = {"appeared": 0, "vanished": 1, "changed": 2, "other": 3}
    rows.sort(key=lambda row: (order[row["kind"]], row["clause"], row["label"], row["finding"]))
    return {"same": len(both) - len(rows), "other": len(rows)}, rows


def _spoken(frame: pd.DataFrame, zone: str) -> pd.DataFrame:
    """What each obligation says, in text: an instant in the business's zone, nothing as ""."""
    stamps = {}
    for name in ("due_at", "done_at"):
        local = frame[name].dt.tz_convert(zone)
        stamps[name] = local.astype("str").str.replace(".000000", "").where(frame[name].notna(), "")
    texts = {name: frame[name].astype("str").fillna("") for name in ("finding", "clause", "label", "verdict")}
    kept = pd.DataFrame({**texts, "reason": frame["reason"].astype("str").fillna(""), **stamps})
    return kept.assign(in_period=frame["in_period"].map({True: "yes", False: "no"}).astype("str"))


def _told(row: dict[Any, Any]) -> dict[str, Any]:
    before = None if row["_merge"] == "right_only" else {name: row[name] for name in _SAYS}
    after = None if row["_merge"] == "left_only" else {name: row[f"{name}_now"] for name in _SAYS}
    kinds = {(True, True): "changed", (True, False): "vanished", (False, True): "appeared"}
    named_by = "_now" if before is None else ""
    return {
        "kind": kinds.get((_listed(before), _listed(after)), "other"),
        "finding": row["finding"],
        "clause": row[f"clause{named_by}"],
        "label": row[f"label{named_by}"],
        "before": before,
        "after": after,
    }


def _listed(said: dict[str, Any] | None) -> bool:
    """Whether a report lists it: a breach of the period."""
    return said is not None and (said["verdict"], said["in_period"]) == ("breached", "yes")
