"""The alarm: what only Prefect's server can see of a run is mailed to the engineer (``flows/serving/automations.py``)."""

from typing import Final

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings

from config.settings import load_settings
from flows.auditing.alarm import tell_engineer
from flows.auditing.showing import say
from reports.mail.contexts import RunFailed

#: Name of the flow and of its deployment.
ALARM: Final = "alarm"
#: Tag of a run that makes good for what was missed (``flows/served.py``).
_CATCH_UP: Final = "catch-up"
_FOUND: Final = {
    "failed": "A run failed",
    "crashed": "The process of a run is gone, and it left no word",
    "late": "A run should have begun and did not",
    "pending": "A run was taken and never began",
}
_DO: Final = {
    "failed": "open the run in Prefect's UI and read its log",
    "crashed": "look for `killed` in the system's log (memory?), then start the run again",
    "late": "see whether `clausewatch up` or a worker runs, and what it is busy with",
    "pending": "look at the worker's log; cancel the run in the UI, then start it again",
}


@flow(name=ALARM, flow_run_name="alarm {what}", persist_result=False)
def alarm(what: str, run: str) -> str:
    """Mail the engineer about a run, unless the ledger of expected runs tells of it.

    Args:
        what: failed, crashed, late or pending.
        run: Prefect's id of the run, or of its resource.
    """
    key = run.rpartition(".")[2]
    try:
        with get_client(sync_client=True) as client:
            found = client.read_flow_run(key)  # type: ignore[arg-type]  # text does as well
    except ObjectNotFound:
        return _said(key, "nobody, for the run is deleted")
    if found.auto_scheduled or _CATCH_UP in found.tags:
        return _said(key, "nobody here, for the ledger of expected runs tells of it")
    if what in ("late", "pending") and not _waits(found):
        return _said(key, "nobody, for it has begun meanwhile")
    ui = get_current_settings().ui_url or ""
    about = RunFailed(
        source=found.name, step=what, found=f"{_FOUND.get(what, what)}: {found.name}",
        where=f"{ui}/runs/flow-run/{key}", do=_DO.get(what, _DO["failed"]), run=key,
    )  # fmt: skip
    return _said(key, tell_engineer(load_settings(), about))


def _waits(run: FlowRun) -> bool:
    return run.state_type in (StateType.SCHEDULED, StateType.PENDING)


def _said(run: str, told: str) -> str:
    say(step="alarm", run=run, told=told)
    return told
