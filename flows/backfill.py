"""Backfill as a flow: a task a period, in their order; started again, it goes on where it stopped."""

from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from config.settings import load_settings
from flows.backfilling import Backfill


@task(name="read once", cache_policy=NO_CACHE, persist_result=False)
def _prepare(work: Backfill) -> list[str]:
    return work.prepare()


@task(name="judge period", task_run_name="judge {key}", cache_policy=NO_CACHE, persist_result=False)
def _judge(work: Backfill, key: str) -> dict[str, Any]:
    return work.judge(key)


@flow(name="backfill", flow_run_name="backfill {source} {first} to {last}", persist_result=False)
def backfill(first: str, last: str, source: str = "") -> list[dict[str, Any]]:
    """Judge past periods from today's data, one after the other, and keep their counts for the trend.

    Args:
        first: the earliest period, e.g. 2026-01.
        last: the latest, e.g. 2026-09; it must be over.
        source: mapping in config/crm/ or its path; empty: the one in the settings.
    """
    work = Backfill(load_settings(), first, last, source)
    told = [_judge(work, key) for key in _prepare(work)]
    work.end()
    return told
