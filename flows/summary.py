"""What a run says at its end, as plain data: for the terminal, the artifact, Prefect and ``--json``."""

from typing import Any

from flows.run import AuditRun


def summary(run: AuditRun) -> dict[str, Any]:
    """Counts, the four audits, alarms, files and how to run it again."""
    results = run.results
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
            "held": sum(check["holds"] for check in results.get("checks", [])),
            "all": len(results.get("checks", [])),
        },
        "life": run.life,
        "committed": run.committed,
        "notices": dict(run.outcomes),
        "alarms": list(run.alarms),
        "steps": [
            {"step": one.step, "said": one.said, "milliseconds": int(one.seconds * 1000)} for one in run.done
        ],
        "files": {name: str(path) for name, path in sorted(run.files.items())},
        "again": f"clausewatch audit --snapshot {run.folder / 'snapshot'}",
    }
