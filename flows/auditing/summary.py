"""What a run says at its end, as plain data: for the terminal, the artifact, Prefect and ``--json``."""

from typing import Any

from flows.auditing.run import AuditRun
from flows.auditing.steps import VERDICTS
from reports.view.closing import all_checks


def summary(run: AuditRun) -> dict[str, Any]:
    """Counts, the four audits, alarms, files and how to run it again."""
    results = run.results
    sums = all_checks(run.result) if run.result else results.get("checks", [])
    return {
        "run": run.folder.name,
        "folder": str(run.folder),
        "source": results.get("source", ""),
        "period": results.get("period", {}),
        "as_of": results.get("as_of", ""),
        "standards": results.get("standards", []),
        "calendar": {key: value for key, value in results.get("calendar", {}).items() if key != "days"},
        "audits": results.get("audits", []),
        "clauses": results.get("clauses", []),
        "totals": results.get("totals", {}),
        "gaps": results.get("gaps", []),
        "readings": {
            "all": len(results.get("readings", [])),
            "unsigned": sum(not r["signatures"] for r in results.get("readings", [])),
            "unsigned_with_effect": sum(
                r["effect"] and not r["signatures"] for r in results.get("readings", [])
            ),
        },
        "checks": {
            "held": sum(check["holds"] for check in sums),
            "all": len(sums),
        },
        "life": run.life,
        "committed": run.committed,
        "notices": dict(run.outcomes),
        "alarms": list(run.alarms),
        "remarks": list(run.remarks),
        "steps": [
            {"step": one.step, "said": one.said, "milliseconds": int(one.seconds * 1000)} for one in run.done
        ],
        "reads": [
            {"what": one.what, "rows": one.rows, "milliseconds": one.milliseconds, "newest": one.newest}
            for one in run.reads
        ],
        "files": {name: str(path) for name, path in sorted(run.files.items())},
        "again": f"clausewatch audit --snapshot {run.snapshot_folder}",
    }


def clause_rows(told: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    """The clauses of a summary as the rows of a table, unconnected ones too."""
    return [
        {
            "clause": clause["id"],
            "title": clause["title"]["en" if lang == "en" else "zh"],
            "state": clause["state"],
            "population": clause["population"],
            **{name: clause["counts"][name] for name in VERDICTS},
            "rate": clause["rate"] or "",
        }
        for clause in told["clauses"]
    ]
