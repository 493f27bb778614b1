"""Bringing a store to the schema this code knows, under a lock: two processes may open it at once."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, inspect, text

from tasks.store.errors import StoreNewer
from tasks.store.schema import REVISION, REVISION_TABLE

_SCRIPTS: Final = Path(__file__).parent / "migrations"
# Any number, as long as every Clausewatch takes the same one.
_POSTGRES_LOCK: Final = 0x436C617573657761


def bring_up_to_date(engine: Engine, where: str) -> None:
    """Run the migrations that are missing, all in one transaction; does nothing when none is.

    Args:
        where: address of the store for messages, without its password.

    Raises:
        StoreNewer: a revision that this code does not know stands in the store.
    """
    with engine.connect() as connection:
        if revision_of(connection) == REVISION:
            return
    with engine.execution_options(immediate=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK})
        found = revision_of(connection)  # again: somebody else may have been first
        if found != REVISION:
            upgrade(connection, found, where)


def revision_of(connection: Connection) -> str | None:
    """Revision of the schema that stands in the store; None in an empty one."""
    if not inspect(connection).has_table(REVISION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {REVISION_TABLE}")).scalar()  # noqa: S608 - our own name


def upgrade(connection: Connection, found: str | None, where: str, to: str = REVISION) -> None:
    """Run the migrations from ``found`` (None: an empty store) up to ``to``.

    Raises:
        StoreNewer: ``found`` is not known here.
    """
    # Alembic takes a third of a second to import; a store that is up to date does without.
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory(str(_SCRIPTS))
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        raise StoreNewer(
            f"The store's schema is {found}, this Clausewatch knows it up to {REVISION}",
            where,
            "Run the newer Clausewatch that wrote it, or point store_url at another store",
        )

    def steps(revision: Any, _context: Any) -> Any:
        return scripts._upgrade_revs(to, revision)  # noqa: SLF001 - what alembic's own command calls

    options = {"fn": steps, "version_table": REVISION_TABLE}
    context = MigrationContext.configure(connection, opts=options)
    with Operations.context(context):
        context.run_migrations()
