"""What a flow run shows of itself in Prefect: its name and tags, a line a step, and artifacts.

All of it is for the eye: nothing is read back, and a server that refuses it fails no audit. It holds counts,
codes and ids, never a name, an address or a secret (law 21).
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from httpx import HTTPError
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.exceptions import MissingContextError, PrefectException
from prefect.logging import get_run_logger

from config.reports import load_reports
from flows.auditing.run import AuditRun
from flows.auditing.summary import clause_rows, summary
from reports.artifact import gap_rows, read_rows, run_artifact

#: Every deployment and run of ours.
TAG: Final = "clausewatch"
_INDEX: Final = "index.html"
_ADDRESS: Final = re.compile(r"[^\s<>@:,;]+@[^\s<>@:,;]+")


@contextmanager
def _for_the_eye() -> Iterator[None]:
    try:
        yield
    except (HTTPError, PrefectException) as error:
        say(shown="no", error=type(error).__name__)


def introduce(kind: str, **facts: str) -> None:
    """Name the flow run under way and tag it: ``audit demo ECS 2026-10``, ``source:demo`` and so on.

    A run that does several periods gathers them. Outside of a flow run nothing happens.

    Args:
        kind: first word of the name.
        facts: what it is about, in the order of the name; empty ones are left out.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    run = context.flow_run
    tags = list(dict.fromkeys([*run.tags, TAG, *(f"{key}:{said}" for key, said in facts.items() if said)]))
    parts = [", ".join(one.partition(":")[2] for one in tags if one.startswith(f"{key}:")) for key in facts]
    name = " ".join(filter(None, [kind, *parts]))
    with _for_the_eye(), get_client(sync_client=True) as client:
        client.update_flow_run(run.id, name=name, tags=tags)
        run.tags[:] = tags


def say(**fields: object) -> None:
    """One line in the log of the run, ``key=value`` with JSON's quotes where a value needs them."""
    try:
        log = get_run_logger()
    except MissingContextError:
        return
    log.info(" ".join(f"{key}={_value(one)}" for key, one in fields.items() if one not in ("", None)))


def _value(said: object) -> str:
    text = _ADDRESS.sub("(address)", str(said))
    return text if re.fullmatch(r"[^\s\"=]+", text) else json.dumps(text, ensure_ascii=False)


def say_step(run: AuditRun) -> None:
    """The step that has just ended: which, of what, how many rows, how long, and what it said."""
    done = run.done[-1]
    say(
        step=done.step,
        source=run.facts.source if run.facts else "",
        period=run.period.key if run.period and not run.looks else "",
        rows=_rows(run, done.step),
        seconds=f"{done.seconds:.3f}",
        said=done.said,
    )


def say_steps(told: Mapping[str, Any]) -> None:
    """The steps of a look, from what it told."""
    for one in told["steps"]:
        seconds = f"{one['milliseconds'] / 1000:.3f}"
        say(step=one["step"], source=told["source"], seconds=seconds, said=one["said"])


def _rows(run: AuditRun, step: str) -> int | None:
    """How much a step had in hand: rows read, cards opened, duties judged, changes, notices, files."""
    if step == "extract":
        return sum(one.rows for one in run.reads)
    if step == "open_rulebook" and run.rules:
        return len(run.rules.cards)
    if step == "judge":
        return int(run.results["totals"]["population"])
    if step == "compare" and run.changes:
        return len(run.changes.events)
    if step == "send":
        return int(run.outcomes.get("owed", 0))
    return len(run.files) if step == "render" else None


def key_of(*words: str) -> str:
    """Key of an artifact: lower-case ASCII and dashes, whatever the words are."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")


def show_audit(run: AuditRun) -> None:
    """Summary, clauses, what was read, data gaps and the way to the report.

    One key a source and period, so that the UI shows their history.
    """
    told = summary(run)
    key = key_of("audit", told["source"], told["period"]["key"])
    with _for_the_eye():
        create_markdown_artifact(run_artifact(told, run.lang), key=key, description="what the audit found")
        for name, rows, says in (
            ("clauses", clause_rows(told, run.lang), "each clause and its verdicts"),
            ("extract", read_rows(told), "what was read: rows, seconds, newest row"),
            ("gaps", gap_rows(told, run.lang), "data gaps: what could not be judged, and what to do"),
        ):
            create_table_artifact(rows, key=f"{key}-{name}", description=says)
        for name, link in _links(run).items():
            create_link_artifact(
                link, name, key=key_of("audit", told["source"], told["period"]["key"], name.split(".")[0])
            )


def _links(run: AuditRun) -> dict[str, str]:
    """Where readers find the report and the index over all: by the address of ``reports.yaml``, else as files."""
    report = run.files["report.html"].resolve()
    place = load_reports(run.settings.reports).place.rstrip("/")
    if place.startswith(("http://", "https://")):
        return {"report.html": f"{place}/{report.parent.name}/{report.name}", _INDEX: f"{place}/{_INDEX}"}
    return {"report.html": report.as_uri(), _INDEX: (run.settings.out / _INDEX).resolve().as_uri()}


def show(key: str, markdown: str, says: str) -> None:
    """A note of a smaller run; outside of a flow run there is nowhere to show it."""
    if FlowRunContext.get() is None:
        return
    with _for_the_eye():
        create_markdown_artifact(markdown, key=key, description=says)
