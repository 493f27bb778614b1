"""The watcher: the ledger looked through each minute, and what is owed begun once.

It is part of ``clausewatch up``; where workers of a work pool take the runs, ``clausewatch runs --mind`` is it.

The scheduler inserts runs ahead and, after an outage, would begin every one of them; the ledger knows better
which are still to be done, so those that wait from before are set aside, and one run a schedule makes good.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from httpx import HTTPError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    DeploymentFilterName,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, State, StateType
from prefect.settings import PREFECT_API_URL
from prefect.states import Cancelled, Scheduled

from audits.errors import ClausewatchError, WrongUse
from audits.instants import moment_of
from config.clock import now
from config.schedules import Schedules, load_schedules
from config.settings import Settings
from config.trail import key_of
from flows.served import ARTIFACT, CATCH_UP, listed
from flows.serving.expected import in_sentences, look_round
from flows.serving.expecting import RESUMED
from tasks.store import Store, open_store
from tasks.store.expected import OWED, ExpectedRow
from tasks.store.expected import State as RowState

#: Seconds from one look to the next.
EVERY_S: Final = 60
#: Every deployment of ours.
_TAG: Final = "clausewatch"


def mind_deployed(settings: Settings, say: Callable[[str], None]) -> "Minder":
    """A watcher over what workers take from a work pool, after its first look.

    Raises:
        WrongUse: no Prefect server is named or none answers, or a schedule has no deployment there.
    """
    api = PREFECT_API_URL.value()
    if not api:
        raise WrongUse("no Prefect server is named", "PREFECT_API_URL", "set it to http://HOST:4200/api")
    try:
        minder = Minder(settings, _deployed(load_schedules(settings)), say)
        minder.begin()
    except HTTPError as error:
        do = "start the server, or mend PREFECT_API_URL"
        raise WrongUse(f"Prefect's server does not answer: {error}", str(api), do) from error
    return minder


def _deployed(schedules: Schedules) -> dict[str, UUID]:
    """The deployment of each schedule, as the server knows them."""
    ours = DeploymentFilter(
        name=DeploymentFilterName(any_=list(schedules.by_name)), tags=DeploymentFilterTags(all_=[_TAG])
    )
    with get_client(sync_client=True) as client:
        found = {one.name: one.id for one in client.read_deployments(deployment_filter=ours)}
    if missing := schedules.by_name.keys() - found.keys():
        do = (
            "make prefect.yaml anew (`clausewatch config prefect`) and run `prefect --no-prompt deploy --all`"
        )
        raise WrongUse(f"not deployed: {', '.join(sorted(missing))}", "work pool", do)
    return found


class Minder:
    """Looks through the ledger until it is stopped.

    Args:
        served: deployment by name of its schedule.
        say: is told what was noticed, a line each.
    """

    def __init__(self, settings: Settings, served: Mapping[str, UUID], say: Callable[[str], None]) -> None:
        self._settings, self._served, self._say = settings, served, say

    def begin(self) -> None:
        """The first look: what fell due while nobody served is noticed, and made good for by one run a schedule."""
        at = now()
        with self._store() as store, get_client(sync_client=True) as client:
            self._look(client, store, at)
            self._set_aside(client, at)
            self._make_good(client, store, at, OWED)

    async def mind(self) -> None:
        """Look again each minute; what goes wrong is said, and tried again."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await asyncio.to_thread(self._again)
            except (ClausewatchError, HTTPError, OSError) as error:
                self._say(f"expected runs could not be looked through: {error}")

    def _again(self) -> None:
        at = now()
        with self._store() as store, get_client(sync_client=True) as client:
            self._look(client, store, at)
            self._make_good(client, store, at, ("late",))

    def _store(self) -> Store:
        url = self._settings.store_url.get_secret_value()
        return open_store(url, self._settings.store_wait_s, key_of(self._settings))

    def _look(self, client: SyncPrefectClient, store: Store, at: datetime) -> None:
        schedules = load_schedules(self._settings)
        changes = look_round(store, schedules, self._settings, at, _ended(client, store))
        for one in in_sentences(changes, "en", schedules):
            self._say(one)
        if told := in_sentences(changes, self._settings.lang, schedules):
            client.create_artifact(ArtifactCreate(key=ARTIFACT, type="markdown", data=listed(told)))

    def _set_aside(self, client: SyncPrefectClient, at: datetime) -> None:
        """Runs that wait from before: the ledger knows what of them is owed."""
        waiting = FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=at),
        )
        ours = DeploymentFilter(id=DeploymentFilterId(any_=list(self._served.values())))
        told: State[None] = Cancelled(message="set aside: one run makes good for all that were missed")
        while runs := [  # the server answers with so many at most
            run
            for run in client.read_flow_runs(flow_run_filter=waiting, deployment_filter=ours)
            if run.auto_scheduled
        ]:
            for run in runs:
                client.set_flow_run_state(run.id, told, force=True)

    def _make_good(
        self, client: SyncPrefectClient, store: Store, at: datetime, states: tuple[RowState, ...]
    ) -> None:
        """Begin one run for each schedule that owes some, as of the oldest; asking again begins no other.

        One that ended and took nothing has died before it could; it is begun once more, not for ever.
        """
        every = {name: store.expected.rows(states, schedule=name, until=at) for name in self._served}
        owed = {name: rows[0] for name, rows in every.items() if rows and rows[0].flow not in RESUMED}
        for name, begins in in_order(owed).items():
            key = f"{name} {owed[name].key.due} {owed[name].attempts}"
            for tried in (key, f"{key} again"):
                run = client.create_flow_run_from_deployment(
                    self._served[name],
                    state=Scheduled(scheduled_time=moment_of(begins)),
                    tags=[CATCH_UP],
                    idempotency_key=tried,
                )
                if run.state is None or not run.state.is_final():
                    break


def in_order(owed: Mapping[str, ExpectedRow]) -> dict[str, int]:
    """Schedule -> the instant as of which it is made good for: audits before what is judged from their data.

    Args:
        owed: schedule -> the oldest row that it owes.
    """
    reports = [row.key.due for row in owed.values() if row.flow == "report"]
    before = min(reports, default=0) - 1
    return {
        name: min(row.key.due, before) if reports and row.flow == "audit" else row.key.due
        for name, row in owed.items()
    }


def _ended(client: SyncPrefectClient, store: Store) -> frozenset[str]:
    """Prefect's ids of runs that it knows to be over, though no process of theirs has settled its rows.

    Read after the rows: a run settles them before it ends, so who is here has died, wherever it ran.
    """
    begun = []
    for row in store.expected.rows(["started"]):
        with suppress(ValueError):  # begun by hand, away from Prefect
            begun.append(UUID(row.run))
    if not begun:
        return frozenset()
    over = FlowRunFilter(
        id=FlowRunFilterId(any_=begun),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(TERMINAL_STATES))),
    )
    return frozenset(str(run.id) for run in client.read_flow_runs(flow_run_filter=over))
