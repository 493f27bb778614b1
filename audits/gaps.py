"""Data gaps: all ``no_data`` of one field and reason in a run, told once, to officer and engineer only."""

from typing import Any

import numpy as np

from audits.judge import Judged, printed_number
from audits.words import Reason, Verdict

#: Most examples a gap names.
EXAMPLES = 5


def gaps(judged: Judged) -> list[dict[str, Any]]:
    """One line a (field, reason): records, duties, clauses and examples by number, in the order of the names."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for clause, made in judged.made.items():
        rows = np.flatnonzero((made.outcome.verdict == Verdict.NO_DATA) & judged.in_period(made))
        for reason in np.unique(made.outcome.reason[rows]):
            for field in np.unique(made.outcome.field[rows][made.outcome.reason[rows] == reason]):
                which = rows[(made.outcome.reason[rows] == reason) & (made.outcome.field[rows] == field)]
                name = made.fields[field] if field >= 0 else made.card.of
                gap = found.setdefault(
                    (name, Reason(int(reason)).name), {"records": {}, "duties": 0, "clauses": []}
                )
                at = made.view.pos[made.rows[which]]
                keys = made.view.base.text("id").iloc[at].reset_index(drop=True)
                said = printed_number(made.view.base.frame, at, keys)
                gap["records"] |= {
                    (made.view.base.name, key): label for key, label in zip(keys, said, strict=True)
                }
                gap["duties"] += len(which)
                gap["clauses"].append(clause)
    return [_line(field, reason, gap) for (field, reason), gap in sorted(found.items())]


def _line(field: str, reason: str, gap: dict[str, Any]) -> dict[str, Any]:
    examples = sorted(gap["records"].values())[:EXAMPLES]
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
