"""Automations in Prefect's server: what our own ledger cannot tell is told by the server, and nothing twice.

The ledger of expected runs (``flows/serving/expected.py``) writes to engineer and officer about every scheduled run
that is late, missed, killed or failed, and a failed audit, look or report writes a letter of its own. What is
left is what nobody expected and what died without a word: a run started by hand that was killed, one that
never begins, one that somebody's process holds in Pending; the small flows that write no letter; and workers
that are all gone, so that nothing of ours runs which could notice.

With ``alarm_webhook`` the server itself calls that address, about everything: it is another channel, and it
works when no worker does. Without it the server starts our flow ``alarm``, which mails the engineer, unless
the ledger tells it anyway; about workers it can do nothing, for they would have to run it.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.actions import CallWebhook, RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import ObjectNotFound
from pydantic import SecretStr

from audits.errors import WrongUse
from config.settings import Settings
from flows.auditing.showing import TAG
from flows.run_alarm import ALARM

#: Every automation of ours begins so; others are left alone.
PREFIX: Final = "clausewatch: "
_BLOCK: Final = "clausewatch-alarm"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
#: What ends waiting: a run that begins, or that is over one way or another.
_BEGUN: Final = frozenset(
    f"prefect.flow-run.{state}" for state in ("Running", "Completed", "Failed", "Crashed", "Cancelled")
)
#: Beyond this, a run that its process should begin does not come.
_PENDING_FOR: Final = timedelta(minutes=10)
#: Flows of which a failure is told by nobody else when a person started them.
_SILENT: Final = ["housekeeping", "send-mail"]


class Watched(NamedTuple):
    """One thing to be told: its word, when it is so, and what to say of it."""

    word: str
    trigger: EventTrigger
    says: str


def watched(late_after: timedelta, *, by_webhook: bool) -> Iterator[Watched]:
    """What the server watches.

    Args:
        late_after: how long a run may wait, as in the schedules file.
        by_webhook: told by the server itself, about everything; else by a run of ours.
    """
    ours: dict[str, Any] = {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"}
    flows: dict[str, Any] = {"prefect.resource.role": "flow", "prefect.resource.name": _SILENT}
    failed: list[Any] = [ours] if by_webhook else [ours, flows]
    yield Watched("failed", _comes("prefect.flow-run.Failed", failed), "a run failed")
    yield Watched("crashed", _comes("prefect.flow-run.Crashed", [ours]), "the process of a run is gone")
    waits = "a run should have begun and did not"
    yield Watched("late", _does_not_follow("prefect.flow-run.Late", late_after, [ours]), waits)
    stuck = "a run was taken and never began"
    yield Watched("pending", _does_not_follow("prefect.flow-run.Pending", _PENDING_FOR, [ours]), stuck)
    if by_webhook:
        gone = EventTrigger(
            expect={"prefect.work-pool.not-ready"},
            match=ResourceSpecification.model_validate({"prefect.resource.id": "prefect.work-pool.*"}),
            for_each={"prefect.resource.id"},
            posture=Posture.Reactive,
            threshold=1,
        )
        yield Watched("workers", gone, "no worker polls the work pool")


def _comes(event: str, related: list[Any]) -> EventTrigger:
    return EventTrigger(
        expect={event}, match_related=related, match=_runs(), for_each={"prefect.resource.id"},
        posture=Posture.Reactive, threshold=1,
    )  # fmt: skip


def _does_not_follow(event: str, within: timedelta, related: list[Any]) -> EventTrigger:
    return EventTrigger(
        after={event}, expect=set(_BEGUN), match=_runs(), match_related=related,
        for_each={"prefect.resource.id"}, posture=Posture.Proactive, threshold=1, within=within,
    )  # fmt: skip


def _runs() -> ResourceSpecification:
    return ResourceSpecification.model_validate({"prefect.resource.id": "prefect.flow-run.*"})


def apply(settings: Settings, late_after: timedelta) -> list[str]:
    """Make the server's automations what they should be; those there are kept, with whoever paused them.

    Returns:
        What was done, a line each: ``made``, ``changed``, ``same`` or ``taken away``, and its name.

    Raises:
        WrongUse: the webhook's address is neither https nor on this machine.
    """
    hook = settings.alarm_webhook.get_secret_value()
    _refuse_clear(hook)
    with get_client(sync_client=True) as client:
        block = _webhook(hook) if hook else None
        deployment = None if hook else _alarm(client)
        if block is None and deployment is None:
            return ["nothing: there is no alarm_webhook, and no deployment of the flow alarm"]
        wanted = [
            _automation(one, block, deployment) for one in watched(late_after, by_webhook=block is not None)
        ]
        told = [f"{_put(client, one)} {one.name}" for one in wanted]
        names = {automation.name for automation in wanted}
        for old in client.read_automations():
            if old.name.startswith(PREFIX) and old.name not in names:
                client.delete_automation(old.id)
                told.append(f"taken away {old.name}")
    return told


def _automation(one: Watched, block: UUID | None, deployment: UUID | None) -> AutomationCore:
    action: CallWebhook | RunDeployment
    if block is not None:
        action = CallWebhook(block_document_id=block, payload=_payload(one))
    else:
        action = RunDeployment(
            source="selected", deployment_id=deployment, parameters={"what": one.word, "run": _RUN}
        )
    return AutomationCore(
        name=f"{PREFIX}{one.word}", description=one.says, enabled=True, trigger=one.trigger, actions=[action]
    )


#: The run, whether something came or something did not; in the form in which the server keeps a template.
_RUN: Final = {
    "__prefect_kind": "json",
    "value": {"__prefect_kind": "jinja", "template": "{{ labels.prefect.resource.id | string | tojson }}"},
}


def _payload(one: Watched) -> str:
    """JSON; whatever a name holds stays within its quotes."""
    return (
        '{"product": "clausewatch", "what": "' + one.word + '", "text": "' + one.says + '", '
        '"resource": {{ labels.prefect.resource.id | string | tojson }}, '
        '"name": {{ (event.resource.get("prefect.resource.name") if event else "") | tojson }}}'
    )


def _put(client: SyncPrefectClient, wanted: AutomationCore) -> str:
    there = client.read_automations_by_name(wanted.name)
    if not there:
        client.create_automation(wanted)
        return "made"
    for double in there[1:]:
        client.delete_automation(double.id)
    kept = AutomationCore.model_validate(there[0].model_dump(exclude={"id"}))
    again = wanted.model_copy(update={"enabled": kept.enabled})
    if _plain(kept) == _plain(again):
        return "same"
    client.update_automation(there[0].id, again)
    return "changed"


def _plain(automation: AutomationCore) -> dict[str, Any]:
    """What we say of one; the server gives ids and defaults of its own."""
    said = automation.model_dump(mode="json", include={"description", "trigger", "actions"})
    said["trigger"] = {key: _sorted(one) for key, one in said["trigger"].items() if key != "id"}
    return said


def _sorted(one: Any) -> Any:
    return sorted(one) if isinstance(one, list) and all(isinstance(part, str) for part in one) else one


def _refuse_clear(hook: str) -> None:
    """What is told, and the address itself, may not travel in the clear; the address is named in no error."""
    parts = urlsplit(hook)
    if hook and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        do = "give an address that begins with https://"
        raise WrongUse("the alarms would travel in the clear", "alarm_webhook", do)


def _webhook(url: str) -> UUID:
    """The block that holds the address; the server keeps it encrypted."""
    Webhook.register_type_and_schema()
    block = Webhook(method="POST", url=SecretStr(url), headers={"Content-Type": "application/json"})
    made = block.save(_BLOCK, overwrite=True)
    return UUID(str(made))


def _alarm(client: SyncPrefectClient) -> UUID | None:
    try:
        return client.read_deployment_by_name(f"{ALARM}/{ALARM}").id
    except ObjectNotFound:
        return None
