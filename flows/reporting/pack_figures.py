"""The figures of a report: what makes it another one, and what moved between two."""

import json
from typing import Final

from audits.notices import digest
from flows.auditing import steps
from reports.result_set import ResultSet

#: Where a clause's figures hold its breaches: after the population.
_BREACHED: Final = 1 + steps.VERDICTS.index("breached")


def figures(result: ResultSet) -> str:
    """What makes a report another one, as canonical JSON: the counts of every clause, and which breaches they are."""
    counted = {
        one["id"]: [
            one["population"],
            *(one["counts"][name] for name in steps.VERDICTS),
            one["numerator"],
            one["denominator"],
        ]
        for one in result.results["clauses"]
        if one["state"] == "judged"
    }
    listed = digest("\n".join(sorted(result.findings["finding"].astype(str))))
    return json.dumps({"clauses": counted, "findings": listed}, sort_keys=True, separators=(",", ":"))


def totals(counted: str) -> dict[str, int]:
    """How many duties these figures judge, ``population``, and how many they find ``breached``."""
    clauses = json.loads(counted)["clauses"].values()
    return {"population": sum(one[0] for one in clauses), "breached": sum(one[_BREACHED] for one in clauses)}


def changes(before: str, after: str) -> tuple[tuple[str, int, int], ...]:
    """Clauses whose breaches are other than reported: id, then, now; those that moved most first."""
    was, now_ = json.loads(before)["clauses"], json.loads(after)["clauses"]
    rows = [
        (key, was.get(key, [0] * 8)[_BREACHED], now_.get(key, [0] * 8)[_BREACHED]) for key in {*was, *now_}
    ]
    return tuple(
        sorted((row for row in rows if row[1] != row[2]), key=lambda row: (-abs(row[1] - row[2]), row[0]))
    )
