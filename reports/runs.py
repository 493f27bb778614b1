"""Expected runs that did not come, in a sentence: for the report, the terminal, and Prefect."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from audits.instants import moment_of
from reports.words import words


@dataclass(frozen=True)
class RunsMissing:
    """Runs of one schedule of which the same is said.

    Args:
        schedule, source: their names; the source "" for a flow that serves all.
        kind: late, missed, killed, failed or withheld.
        first, last, n: instants due, microseconds, and how many there are.
        periods: what they were for.
        follows: what comes next: ``audit``, ``report``, ``once`` (made up for so) or ``resumes``, ``over``.
        found: what was found, where that is known.
    """

    schedule: str
    source: str
    kind: str
    first: int
    last: int
    n: int
    periods: tuple[str, ...]
    follows: str
    found: str = ""


def sentence(one: RunsMissing, lang: str, zone: str) -> str:
    """What is missing, and since when it was due.

    Args:
        lang: ``zh`` or ``en``.
        zone: IANA zone the instants are said in.
    """
    first, last = (moment_of(at).astimezone(ZoneInfo(zone)).isoformat() for at in (one.first, one.last))
    return worded({**asdict(one), "first": first, "last": last}, lang)


def worded(row: Mapping[str, Any], lang: str) -> str:
    """The same of an entry of ``missed_runs`` in ``life.json``."""
    w = words(lang)
    due = [str(row[name])[:16].replace("T", " ") for name in ("first", "last")]
    what = w(f"run.missed.{row['kind']}")
    return w(
        "run.missed", schedule=row["schedule"], n=row["n"], what=what, due=" – ".join(dict.fromkeys(due))
    )
