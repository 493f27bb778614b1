"""One run at a time has a source in hand: an audit waits for its turn, a look between two audits steps aside.

Without this a look could read the CRM after a long audit had, commit before it, and leave the audit an instant
that has passed: it would report and change nothing (law 15). A source's past is another thing: it changes no
finding, so backfills wait for each other alone.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Literal

from audits.errors import ClausewatchError
from audits.instants import instant_of
from audits.saying import iso
from config.clock import now
from config.mapping import Mapping
from flows.auditing.run import AuditRun, Done

#: Seconds from one question whether it is our turn to the next.
_FIRST_S: Final = 0.1
_LONGEST_S: Final = 2.0


def _quiet(_run: AuditRun) -> None:
    """Nobody is told that a run waits."""


@contextmanager
def in_hand(
    run: AuditRun, told: Callable[[AuditRun], None] = _quiet, *, what: Literal["audit", "backfill"] = "audit"
) -> Iterator[None]:
    """Wait until nobody else works on the run's source, and have it in hand while the block runs.

    A snapshot is judged whenever one likes: its instant is what it is.

    Args:
        told: is called when the run has to wait; its last step says for whom.
        what: is done; a backfill waits for backfills only.
    """
    if run.mapping is None:
        yield
        return
    seconds, begun = _FIRST_S, time.monotonic()
    waits: Done | None = None
    while True:
        with _asked(run, run.mapping, what) as other:
            if not other:
                yield
                return
        if waits is None:
            waits = Done("wait", f"for {other}", 0.0)
            run.note(waits)
            told(run)
        time.sleep(seconds)
        waits.seconds = time.monotonic() - begun
        seconds = min(2 * seconds, _LONGEST_S)


@contextmanager
def unless_in_hand(run: AuditRun) -> Iterator[bool]:
    """Whether nobody else works on the run's source, which is in hand then; else ``run.aside`` says who does."""
    if run.mapping is None:
        raise ClausewatchError("there is no mapping", "watch", "name a source")
    with _asked(run, run.mapping, "look") as other:
        run.aside = other and f"stepped aside for {other}"
        yield not other


def _asked(run: AuditRun, mapping: Mapping, what: str) -> AbstractContextManager[str]:
    begun, source = iso(instant_of(now()), mapping.file.zone), mapping.file.source
    of = f"{source}: past" if what == "backfill" else source
    return run.store.hands.asked(of, f"the {what} begun {begun}", now)
