"""What every case of tests/cases comes out as beyond what it says: reason, instants, the field that a gap blames.

``cases_told.json`` holds it as it was seen; a case that is not in it is held to its own words alone. Where a change
of the rules is meant to change it, ``python -m tests.cases_told`` writes it again, and the difference is read.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd

FILE: Final = Path(__file__).with_suffix(".json")
_INSTANTS: Final = ("anchor_at", "due_at", "done_at", "other_due_at")


def rest(row: Any) -> str:
    """One obligation in a line: reason, instants in local time, field, the other clock, flags."""
    instants = [getattr(row, name) for name in _INSTANTS]
    said = [
        "" if pd.isna(one) else one.tz_convert("Asia/Shanghai").strftime("%m-%dT%H:%M:%S.%f")
        for one in instants
    ]
    other = "" if pd.isna(row.other_verdict) else str(row.other_verdict)
    field = "" if pd.isna(row.field) else str(row.field)
    flags = ("over" * bool(row.over), "edge" * bool(row.edge), "trial" * bool(getattr(row, "trial", False)))
    return " ".join(
        (str(row.reason), *(one.replace(":00.000000", "") for one in said), field, other, *flags)
    ).rstrip()


def told_of(frame: pd.DataFrame) -> dict[str, str]:
    """Every obligation by clause, record and occurrence."""
    return {f"{row.clause} {row.record} {row.occurrence}".strip(): rest(row) for row in frame.itertuples()}


@cache
def seen() -> dict[str, dict[str, str]]:
    """What is held, by file and name of the case."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def main() -> None:
    """Write down what every case comes out as."""
    from tests.test_cases import ALL, judged

    told = {f"{case.file}: {case.data['name']}": told_of(judged(case)) for case in ALL}
    FILE.write_text(json.dumps(told, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
