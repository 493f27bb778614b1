"""Data gaps: all ``no_data`` of one field and reason in a run, told once, to officer and engineer only."""

from typing import Any

import numpy as np

from audits.judge import Judged
from audits.words import Reason, Verdict

#: Most examples a gap names.
EXAMPLES = 5


def gaps(judged: Judged) -> list[dict[str, Any]]:
    """One line a (field, reason): records, duties, clauses and example ids, in the order of the names."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for clause, made in judged.made.items():
        rows = np.flatnonzero((made.outcome.verdict == Verdict.NO_DATA) & judged.in_period(made))
        for reason in np.unique(made.outcome.reason[rows]):
            for field in np.unique(made.outcome.field[rows][made.outcome.reason[rows] == reason]):
                which = rows[(made.outcome.reason[rows] == reason) & (made.outcome.field[rows] == field)]
                name = made.fields[field] if field >= 0 else made.card.of
                gap = found.setdefault(
                    (name, Reason(int(reason)).name), {"records": set(), "duties": 0, "clauses": []}
                )
                keys = made.view.base.text("id").iloc[made.view.pos[made.rows[which]]]
                gap["records"].update(f"{made.view.base.name}:{key}" for key in keys)
                gap["duties"] += len(which)
                gap["clauses"].append(clause)
    return [_line(field, reason, gap) for (field, reason), gap in sorted(found.items())]


def _line(field: str, reason: str, gap: dict[str, Any]) -> dict[str, Any]:
    examples = sorted(record.partition(":")[2] for record in gap["records"])[:EXAMPLES]
    return {
        "field": field,
        "reason": reason,
        "records": len(gap["records"]),
        "duties": gap["duties"],
        "clauses": gap["clauses"],
        "examples": examples,
    }


def unmapped(judged: Judged) -> list[dict[str, Any]]:
    """Values of the CRM that the mapping does not know, with their counts."""
    return [
        {"field": f"{entity}.{field}", "value": value, "count": count}
        for entity, facts in sorted(judged.facts.entities.items())
        for field, values in sorted(facts.unmapped.items())
        for value, count in sorted(values.items())
    ]


def violations(judged: Judged) -> list[dict[str, Any]]:
    """What the boundary found, by entity and field."""
    found = sorted(judged.facts.violations, key=lambda v: (v.entity, v.field, v.rule))
    return [
        {"entity": v.entity, "field": v.field, "rule": v.rule, "count": v.count, "examples": list(v.examples)}
        for v in found
    ]
