"""Runs and the lease that lets one of them at a time change the life of a source's findings."""

from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from audits.instants import moment_of
from tasks.store.dialects import insert
from tasks.store.errors import LeaseLost, StoreError
from tasks.store.processes import is_dead
from tasks.store.rows import RunRow, RunState, micros
from tasks.store.schema import batches, leases, runs

_SECOND: Final = 1_000_000


def start(connection: Connection, run: RunRow) -> None:
    """Note that a run began; noting it twice is noting it once."""
    row = {
        "run": run.run,
        "source": run.source,
        "standards": run.standards,
        "as_of": run.as_of,
        "period": run.period,
        "state": "started",
        "started_at": micros(run.started_at),
        "snapshot": run.snapshot,
        "engine": run.engine,
        "note": "",
    }
    connection.execute(insert(connection, runs).values(row).on_conflict_do_nothing())


def finish(connection: Connection, run: str, state: RunState, at: int, note: str) -> None:
    """Note how a run ended."""
    found = connection.execute(
        update(runs).where(runs.c.run == run).values(state=state, finished_at=at, note=note)
    )
    if not found.rowcount:
        raise unknown_run(run)


def unknown_run(run: str) -> StoreError:
    """The error that no such run was started."""
    return StoreError("There is no such run in the store", run, "Start the run before anything else is kept")


def last_committed(connection: Connection, source: str, standards: str) -> int | None:
    """``as_of`` of the newest run whose life stands, a quiet look among them; None when there is none."""
    lived = runs.c.committed_at.is_not(None) & (runs.c.state != "reconstructed")
    return _newest(connection, source, standards, or_(lived, runs.c.state == "looked"))


def last_report(connection: Connection, source: str, standards: str) -> int | None:
    """``as_of`` of the newest committed run that reported a period; None when there is none."""
    told = runs.c.committed_at.is_not(None) & (runs.c.period != "") & (runs.c.state != "reconstructed")
    return _newest(connection, source, standards, told)


def _newest(connection: Connection, source: str, standards: str, which: ColumnElement[bool]) -> int | None:
    of_life = (runs.c.source == source) & (runs.c.standards == standards)
    return connection.execute(select(func.max(runs.c.as_of)).where(of_life & which)).scalar()


def looked(connection: Connection, run: str, at: int) -> None:
    """Note that a look found nothing to change: it takes the place of the quiet one before."""
    row = connection.execute(select(runs).where(runs.c.run == run)).one_or_none()
    if row is None:
        raise unknown_run(run)
    of_life = (runs.c.source == row.source) & (runs.c.standards == row.standards)
    connection.execute(delete(runs).where(of_life & (runs.c.state == "looked") & (runs.c.run != run)))
    connection.execute(update(runs).where(runs.c.run == run).values(state="looked", finished_at=at))


def known_sources(connection: Connection) -> list[str]:
    """Sources that have a run or a batch of their chain, by name."""
    query = select(runs.c.source).union(select(batches.c.source))
    return sorted(connection.execute(query).scalars())


def take(connection: Connection, source: str, owner: str, process: str, now: int, ttl_s: int) -> str:
    """Try to take the lease of a source: ``owner``, or else who holds it until when."""
    holder = connection.execute(select(leases).where(leases.c.source == source)).one_or_none()
    dead = holder.process if holder and is_dead(holder.process) else None
    row = {"owner": owner, "process": process, "until": now + ttl_s * _SECOND}
    free = or_(leases.c.until < now, leases.c.owner == owner, leases.c.process == dead)
    statement = insert(connection, leases).values(source=source, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=row, where=free))
    holder = connection.execute(select(leases).where(leases.c.source == source)).one()
    ours = holder.owner == owner
    old, new = ("waiting", "started") if ours else ("started", "waiting")
    connection.execute(update(runs).where(runs.c.run == owner, runs.c.state == old).values(state=new))
    return owner if ours else f"{holder.owner} until {moment_of(holder.until).isoformat()}"


def give_back(connection: Connection, source: str, owner: str) -> None:
    """Give the lease back; one that somebody else holds by now is left alone."""
    connection.execute(delete(leases).where((leases.c.source == source) & (leases.c.owner == owner)))


def hold(connection: Connection, source: str, owner: str) -> None:
    """Make sure that the lease is ours, and stays ours until this transaction ends.

    Raises:
        LeaseLost: nobody holds it, or another run does.
    """
    ours = (leases.c.source == source) & (leases.c.owner == owner)
    # An update that changes nothing: on PostgreSQL it locks the row, SQLite's transaction is locked anyway.
    if not connection.execute(update(leases).where(ours).values(owner=owner)).rowcount:
        raise LeaseLost(
            f"Run {owner} does not hold the lease of {source}",
            "committing",
            "Take the lease, compare with what is known then, and commit while holding it",
        )
