"""What is served: each flow of ``config/schedules.yaml`` in its turn, by the ledger of expected runs.

A run that the schedule started asks our calendar whether its day is due, does what is owed, and settles it;
one that somebody started by hand simply runs.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from prefect import Flow, flow
from prefect.artifacts import create_markdown_artifact
from prefect.context import FlowRunContext
from prefect.logging import get_run_logger
from prefect.runtime import deployment
from prefect.states import Completed

from config.clock import now
from config.schedules import Schedule
from config.settings import load_settings
from config.trail import key_of
from flows.auditing.request import AuditRequest
from flows.deadline_watch import ASIDE, deadline_watch, look
from flows.housekeeping import housekeeping as keep_house
from flows.mailing import send_mail
from flows.nightly_audit import nightly_audit
from flows.packs import send_pack
from flows.reporting.packing import Held
from flows.serving.expected import Idle, Work, take_turn
from flows.serving.expecting import Job
from tasks.store import open_store

#: Tag of a run that makes good for what was missed.
CATCH_UP: Final = "catch-up"
#: Key of the artifacts about runs that did not come.
ARTIFACT: Final = "expected-runs"


@flow(name="nightly-audit", flow_run_name=nightly_audit.flow_run_name, persist_result=False)
def audit(request: AuditRequest | None = None) -> Any:
    """Audit one source over one period and leave report, notices and snapshot under ``out/``.

    Args:
        request: what to audit; the default is what the schedule says.
    """

    def work(schedule: Schedule, job: Job) -> Any:
        asked = (request or AuditRequest()).model_dump()
        return nightly_audit.fn(AuditRequest(**{**asked, "source": schedule.source, "period": job.period}))

    return _as_owed(work, lambda: nightly_audit.fn(request))


@flow(name="deadline-watch", flow_run_name=deadline_watch.flow_run_name, persist_result=False)
def watch(source: str = "") -> Any:
    """Judge what is open or new in one source, store only that, and send what is owed now.

    Args:
        source: mapping in config/crm/ or its path; empty: what the schedule or the settings say.
    """

    def work(schedule: Schedule, _job: Job) -> Any:
        told = look(schedule.source)
        return Idle(ASIDE, told["aside"]) if told["aside"] else told

    return _as_owed(work, lambda: deadline_watch.fn(source))


@flow(name="send-report", flow_run_name=send_pack.flow_run_name, persist_result=False)
def report(report: str, source: str = "", period: str = "") -> Any:
    """Send one report of config/reports.yaml; a report that is off there is passed over.

    Args:
        report: its name.
        source: mapping in config/crm/ or its path; empty: the report's, else the settings'.
        period: 2026-10, 2026-Q4, FROM..TO; empty: the last one of its kind that is over.
    """
    return _as_owed(
        lambda schedule, job: _sent(schedule.report, schedule.source, job.period),
        lambda: send_pack.fn(report, source, period),
    )


def _sent(report: str, source: str, period: str) -> Any:
    try:
        return send_pack.fn(report, source, period)
    except Held as error:
        error.add_note("told: officer and engineer, why it is withheld")
        raise


@flow(name="housekeeping", flow_run_name="housekeeping", persist_result=False)
def housekeeping() -> Any:
    """Let go what is older than the settings keep it; how many of each."""
    return _as_owed(lambda _schedule, _job: keep_house.fn(), keep_house.fn)


@flow(name="send-mail", flow_run_name="send mail", persist_result=False)
def mailing() -> Any:
    """Send what waits and may go now; what one source owes is sent once, whoever sends it."""
    return _as_owed(lambda _schedule, _job: send_mail.fn(), send_mail.fn)


#: Flow as ``schedules.yaml`` names it -> flow as it is served.
FLOWS: Final[dict[str, Flow[..., Any]]] = {
    "audit": audit,
    "watch": watch,
    "report": report,
    "mailing": mailing,
    "housekeeping": housekeeping,
}


def _as_owed(work: Work, by_hand: Callable[[], Any]) -> Any:
    """Do what is owed by now, or say in the run's last state why there is nothing to do."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or not (run.auto_scheduled or CATCH_UP in run.tags):
        return by_hand()
    due = datetime.fromisoformat((run.expected_start_time or now()).isoformat())
    settings = load_settings()
    url = settings.store_url.get_secret_value()
    with open_store(url, settings.store_wait_s, key_of(settings)) as store:
        told = take_turn(store, settings, str(deployment.name), due, work, run=str(run.id), say=_say)
    return Completed(message=told.why, name=told.state) if isinstance(told, Idle) else told


def _say(told: list[str]) -> None:
    """Say in Prefect what the ledger noticed: in the log of this run, and as an artifact with its history."""
    for one in told:
        get_run_logger().warning(one)
    create_markdown_artifact(listed(told), key=ARTIFACT, description="expected runs that did not come")


def listed(told: list[str]) -> str:
    """Sentences as a list in Markdown."""
    return "\n".join(f"- {one}" for one in told)
