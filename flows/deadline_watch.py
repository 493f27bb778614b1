"""The deadline watch: a look every few minutes between two audits, so that what falls due is told in time."""

from typing import Any

from prefect import flow
from prefect.logging import get_run_logger

from config.settings import load_settings
from flows.watch import watch_once


@flow(name="deadline-watch", flow_run_name="watch {source}", persist_result=False)
def deadline_watch(source: str = "") -> dict[str, Any]:
    """Judge what is open or new in one source, store only that, and send what is owed now.

    Args:
        source: mapping in config/crm/ or its path; empty: the one in the settings.
    """
    told = watch_once(load_settings(), source)
    log = get_run_logger()
    for alarm in told["alarms"]:
        log.warning(alarm)
    log.info("; ".join(f"{one['step']}: {one['said']}" for one in told["steps"]))
    return told
