"""The deadline watch: a look every few minutes between two audits, so that what falls due is told in time."""

from pathlib import Path
from typing import Any, Final

from prefect import flow
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Completed

from config.settings import load_settings
from flows.auditing.showing import introduce, key_of, say_steps, show
from flows.auditing.watch import watch_once
from reports.notes import watch_note

#: How Prefect names the end of a look that left the source to another run.
ASIDE: Final = "SteppedAside"


def _name() -> str:
    return f"watch {Path(flow_run.parameters.get('source') or load_settings().source).stem}"


def look(source: str = "") -> dict[str, Any]:
    """Look once, and show in the run under way what was seen; see ``watch_once``."""
    settings = load_settings()
    told = watch_once(settings, source)
    introduce("watch", source=told["source"])
    for alarm in told["alarms"]:
        get_run_logger().warning(alarm)
    say_steps(told)
    show(key_of("watch", told["source"]), watch_note(told, settings.lang), "what the last look read and told")
    return told


@flow(name="deadline-watch", flow_run_name=_name, persist_result=False)
def deadline_watch(source: str = "") -> Any:
    """Judge what is open or new in one source, store only that, and send what is owed now.

    While another run works on the source it ends at once, Completed as ``SteppedAside``.

    Args:
        source: mapping in config/crm/ or its path; empty: the one in the settings.
    """
    told = look(source)
    return Completed(name=ASIDE, message=told["aside"]) if told["aside"] else told
