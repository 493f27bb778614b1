"""Expected runs that did not come, in a sentence: for the report, the terminal, and Prefect."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from audits.instants import moment_of
from reports.words import words


@dataclass(frozen=True)
class RunsMissing:
    """Runs of one schedule of which the same is said.

    Args:
        schedule, source: their names; the source "" for a flow that serves all.
        kind: late, missed, killed or failed.
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
    w = words(lang)
    due = [f"{moment_of(at).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" for at in (one.first, one.last)]
    what = w(f"run.missed.{one.kind}")
    said = " – ".join(dict.fromkeys(due))
    return w("run.missed", schedule=one.schedule, n=one.n, what=what, due=said)
