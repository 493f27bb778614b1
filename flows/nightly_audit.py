"""The nightly audit: pull, judge, compare, tell, report.

One flow run audits one source over one period. Its steps are tasks; the CRM's is retried, no other: what
was committed is not tried again, and what failed fails the flow and is told to the engineer.
"""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from os import environ
from typing import Any, Final, cast

from prefect import Task, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from audits.judge import Judged
from config.settings import load_settings
from flows.auditing import steps, telling
from flows.auditing.alarm import minded
from flows.auditing.hand import in_hand
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from flows.auditing.showing import introduce, say_step, show_audit
from flows.auditing.summary import summary
from tasks.crm.refusals import CrmError

Watch = Callable[[AuditRun], None]
#: What may pass by itself when the CRM could not be read.
_PASSING: Final = frozenset({"down", "slow", "busy"})
#: Who is told of each step; a flow's parameters are data, so it does not travel with them.
_WATCHING: ContextVar[Watch | None] = ContextVar("watching", default=None)


def _retry(_task: Any, _run: Any, state: Any) -> bool:
    """Try again what may pass by itself: a CRM that is down, slow or locked; never a wrong mapping."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, CrmError) and error.kind in _PASSING


def as_task(step: steps.Step, **options: Any) -> Task[[AuditRun], str]:
    """The step as a Prefect task; rows stay in snapshot and store, so no result is kept."""

    def run_step(run: AuditRun) -> str:
        said = steps.timed(step, run)
        say_step(run)
        return said

    name = step.__name__.replace("_", " ")
    made = task(name=name, task_run_name=name, cache_policy=NO_CACHE, persist_result=False, **options)(
        run_step
    )
    return cast("Task[[AuditRun], str]", made)


_EXTRACT = as_task(steps.extract, retry_condition_fn=_retry)
_TASKS = {step: as_task(step) for step in (*steps.BEFORE_JUDGING, *telling.AFTER_JUDGING)}


@task(name="judge part", task_run_name="judge part {number}", cache_policy=NO_CACHE, persist_result=False)
def _judge_part(run: AuditRun, number: int) -> Any:
    return steps.judge_part(run, number)


def _run_name() -> str:
    asked = flow_run.parameters.get("request") or AuditRequest()
    request = asked if isinstance(asked, AuditRequest) else AuditRequest.model_validate(asked)
    return f"audit {request.source or load_settings().source} {request.period or 'latest'}"


def audit_now(request: AuditRequest, watch: Watch | None = None) -> dict[str, Any]:
    """Run the flow here and now; ``watch`` is told after each step."""
    token = _WATCHING.set(watch)
    try:
        return nightly_audit(request)
    finally:
        _WATCHING.reset(token)


@flow(name="nightly-audit", flow_run_name=_run_name, persist_result=False, log_prints=False)
def nightly_audit(request: AuditRequest | None = None) -> dict[str, Any]:
    """Audit one source over one period and leave report, notices and snapshot under ``out/``.

    Args:
        request: what to audit; the default is what the settings say.
    """
    # Prefect's stamp is a pendulum, which does not divide like a datetime.
    due = datetime.fromisoformat(flow_run.scheduled_start_time.isoformat())
    run = AuditRun(request or AuditRequest(), load_settings(), dict(environ), due)
    run.watch = _WATCHING.get()
    with minded(run), in_hand(run, say_step):
        waits: list[float] = list(run.settings.crm_retries)
        _EXTRACT.with_options(retries=len(waits), retry_delay_seconds=waits)(run)
        for step in steps.BEFORE_JUDGING:
            _TASKS[step](run)
        _introduce(run)
        steps.timed_judging(run, lambda: _in_parts(run))
        say_step(run)
        for step in telling.AFTER_JUDGING:
            _TASKS[step](run)
        show_audit(run)
    return summary(run)


def _in_parts(run: AuditRun) -> list[Judged]:
    """One task a partition; a part that failed raises here, for Prefect forgives what nobody looks at."""
    if run.settings.cluster:
        from flows.auditing.cluster import judge_on_cluster

        return judge_on_cluster(run, steps.parts(run))
    parts = [_judge_part.submit(run, number) for number in steps.divide(run)]
    return [part.result() for part in parts]


def _introduce(run: AuditRun) -> None:
    """Once the extract is read and the rules are open, the run can say whom and what it audits."""
    source, period = run.facts.source if run.facts else "", run.period.key if run.period else ""
    introduce("audit", source=source, standards=run.standards, period=period)
