"""A person's names in the staging database of a landing, its working tables too."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    String,
    TableClause,
    bindparam,
    column,
    create_engine,
    inspect,
    select,
    table,
    update,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from config.mapping import Mapping
from tasks.crm.refusals import CrmError, said_by
from tasks.crm.rest.land import alone_in
from tasks.forgetting.names import Names
from tasks.tls import checked

_DRIVER = "postgresql+psycopg"
#: Rows of a column read at a time.
_AT_ONCE = 5000


def staged(mapping: Mapping, names: Names, *, erase: bool) -> dict[str, int]:
    """Connection -> texts in which somebody is named; with ``erase`` the code stands in their place afterwards.

    A landing under way is waited for.

    Raises:
        MappingError: a name is not set in the environment.
        CrmError: the staging database is down or locked.
    """
    found = {}
    for name, connection in mapping.file.connections.items():
        if connection.landing is not None:
            landing, at = connection.landing, ("connections", name, "landing")
            secret = mapping.filled(landing.into, *at, "into") if landing.into else mapping.url(name)
            url = make_url(secret.get_secret_value())
            with alone_in(Path(landing.folder)), _told(url, mapping.where(*at)):
                found[name] = _in_database(url, landing.schema_, names, erase=erase)
    return found


@contextmanager
def _told(url: URL, where: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise CrmError("down", f"staging: {said_by(error.orig or error, url)}", where) from None


def _in_database(url: URL, schema: str, names: Names, *, erase: bool) -> int:
    if url.get_backend_name() != "sqlite":
        engine = create_engine(checked(url.set(drivername=_DRIVER)), poolclass=NullPool, hide_parameters=True)
        # what lands is first put beside: dlt's own schema of the same name
        return _in_engine(engine, [schema, f"{schema}_staging"], names, erase=erase)
    file = Path(url.database or "")
    files = sorted(file.parent.glob(f"{file.stem}*{file.suffix}")) if file.name else []
    engines = [create_engine(f"sqlite:///{one}", poolclass=NullPool, hide_parameters=True) for one in files]
    return sum(_in_engine(engine, [None], names, erase=erase) for engine in engines)


def _in_engine(engine: Engine, schemas: Sequence[str | None], names: Names, *, erase: bool) -> int:
    lite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        if lite and erase:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        there = set(inspect(connection).get_schema_names())
        found = sum(
            _in_table(connection, name, schema, names, erase=erase)
            for schema in schemas
            if schema is None or schema in there
            for name in inspect(connection).get_table_names(schema)
        )
    if lite and erase:  # pages that earlier landings gave back may still hold letters
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
    engine.dispose()
    return found


def _in_table(connection: Connection, name: str, schema: str | None, names: Names, *, erase: bool) -> int:
    found = 0
    for said in inspect(connection).get_columns(name, schema):
        if isinstance(said["type"], String):
            one = table(name, column(said["name"]), schema=schema)
            cell = one.c[said["name"]]
            for text in _texts(connection, one, names, said["name"]):
                found += 1
                if erase:
                    values = update(one).where(cell == bindparam("was")).values({cell: bindparam("now")})
                    connection.execute(values, {"was": text, "now": names.out_of(text)})
    return found


def _texts(connection: Connection, one: TableClause, names: Names, name: str) -> list[str]:
    """Distinct texts of a column in which somebody is named; databases fold the case of few letters alike."""
    query = select(one.c[name]).where(one.c[name].is_not(None)).execution_options(yield_per=_AT_ONCE)
    return sorted({text for text in connection.execute(query).scalars() if names.in_text(text)})
