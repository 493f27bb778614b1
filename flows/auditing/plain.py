"""The same audit without Prefect: for tests, and wherever a server would be one thing too many."""

from os import environ

from config.settings import Settings
from flows.auditing import steps, telling
from flows.auditing.alarm import minded
from flows.auditing.hand import in_hand
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun


def audit_plainly(request: AuditRequest, settings: Settings) -> AuditRun:
    """Do every step of the nightly audit in this process, in its order; what a step raises comes out."""
    run = AuditRun(request, settings, dict(environ))
    with minded(run), in_hand(run):
        steps.timed(steps.extract, run)
        for step in steps.BEFORE_JUDGING:
            steps.timed(step, run)
        steps.timed_judging(run, lambda: [steps.judge_part(run, number) for number in steps.divide(run)])
        for step in telling.AFTER_JUDGING:
            steps.timed(step, run)
    return run
