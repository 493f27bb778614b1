"""Backfill as a flow: a task a period, in their order; started again, it goes on where it stopped."""

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from config.settings import load_settings
from flows.auditing.showing import introduce, key_of, say, show
from flows.past.backfilling import Backfill
from reports.notes import backfill_note


@task(name="read once", cache_policy=NO_CACHE, persist_result=False)
def _prepare(work: Backfill) -> list[str]:
    keys = work.prepare()
    say(
        step="extract",
        source=work.facts.source,
        rows=sum(map(len, work.facts.frames.values())),
        said=work.said,
    )
    return keys


@task(name="judge period", task_run_name="judge {key}", cache_policy=NO_CACHE, persist_result=False)
def _judge(work: Backfill, key: str) -> dict[str, Any]:
    told = work.judge(key)
    said = "judged" if told["done"] else "had its result"
    say(step="judge", source=work.facts.source, period=key, rows=told.get("population"), said=said)
    return told


def _name() -> str:
    asked = flow_run.parameters
    source = Path(asked.get("source") or load_settings().source).stem
    return f"backfill {source} {asked['first']}..{asked['last']}"


@flow(name="backfill", flow_run_name=_name, persist_result=False)
def backfill(first: str, last: str, source: str = "") -> list[dict[str, Any]]:
    """Judge past periods from today's data, one after the other, and keep their counts for the trend.

    Args:
        first: the earliest period, e.g. 2026-01.
        last: the latest, e.g. 2026-09; it must be over.
        source: mapping in config/crm/ or its path; empty: the one in the settings.
    """
    settings = load_settings()
    work = Backfill(settings, first, last, source)
    keys = _prepare(work)
    introduce("backfill", source=work.facts.source, period=f"{first}..{last}")
    told = [_judge(work, key) for key in keys]
    work.end()
    show(
        key_of("backfill", work.facts.source, first, last),
        backfill_note(told, settings.lang),
        "periods judged",
    )
    return told
