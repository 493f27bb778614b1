"""What ``clausewatch up`` says of runs: a line for each that has ended, and in the end how many there were."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from httpx import HTTPError
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun, StateType
from prefect.exceptions import PrefectException
from rich.markup import escape

from config.clock import now
from reports.format import spoken

#: Seconds from one look to the next.
_EVERY_S: Final = 5
#: What ended shortly before the last look may have come to the server's knowledge after it.
_BACK: Final = timedelta(seconds=20)
_MICROSECOND: Final = timedelta(microseconds=1)
#: States that Prefect itself names; of one of ours the message says why nothing was to do.
_PLAIN: Final = frozenset(kind.value.capitalize() for kind in StateType)


class Ended:
    """Runs of one server that end while somebody looks on, each told once.

    Args:
        ui: address of Prefect's UI.
        say: prints a line.
    """

    def __init__(self, ui: str, say: Callable[[str], None]) -> None:
        self._ui, self._say, self._since = ui, say, now()
        self._told: frozenset[UUID] = frozenset()
        self._counts: Counter[bool] = Counter()

    async def tell(self) -> None:
        """Look every few seconds; a server that does not answer is asked again."""
        while True:
            await asyncio.sleep(_EVERY_S)
            await asyncio.to_thread(self.look)

    def look(self) -> None:
        """Tell what has ended since the last look."""
        at = now()
        try:
            found = _ended_since(self._since)
        except (HTTPError, OSError, PrefectException):  # the next look finds what this one did not
            return
        for run in found:
            if run.id not in self._told:
                self._say(line(run, self._ui))
                self._counts[_well(run)] += 1
        self._told = frozenset(run.id for run in found)
        self._since = max(self._since, at - _BACK)

    def closing(self) -> str:
        """How many have ended, and how many of them not well."""
        every = self._counts.total()
        badly = f", {self._counts[False]} not well" if self._counts[False] else ""
        return f"{every} {'run' if every == 1 else 'runs'} ended{badly}"


def line(run: FlowRun, ui: str) -> str:
    """One run that is over: how, which, how long it took, where to look; why, where nothing was to do."""
    took = spoken(run.total_run_time // _MICROSECOND, "en")
    state = run.state.name if run.state and run.state.name else "gone"
    why = f": {run.state.message}" if run.state and run.state.message and state not in _PLAIN else ""
    sign = "[green]✓[/]" if _well(run) else "[red]✕[/]"
    return f"{sign} {escape(run.name)}   {escape(state + why)}, {took}   {ui}/runs/flow-run/{run.id}"


def _well(run: FlowRun) -> bool:
    return run.state_type == StateType.COMPLETED


def _ended_since(since: datetime) -> list[FlowRun]:
    """Runs that are over since, in their order; what was set aside before it began is none."""
    over = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(TERMINAL_STATES))),
        end_time=FlowRunFilterEndTime(after_=since),
    )
    with get_client(sync_client=True) as client:
        found = client.read_flow_runs(flow_run_filter=over)
    begun = [run for run in found if run.start_time or run.state_type != StateType.CANCELLED]
    return sorted(begun, key=lambda run: str(run.end_time))
