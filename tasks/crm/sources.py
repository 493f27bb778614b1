"""Where a mapping's rows come from: one database behind one URL, opened as a read-only guest."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Protocol

import pyarrow as pa
from pydantic import SecretStr
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from config.mapping import MappingError
from config.mapping.load import Mapping as CrmMapping
from config.mapping.model import Connection
from tasks.crm.mariadb import MariaSource, maria_engine
from tasks.crm.postgres import PostgresSource, postgres_engine
from tasks.crm.refusals import CrmError, Refusal
from tasks.crm.sqlite import SqliteSource, sqlite_engine

_KINDS: Final[dict[str, Callable[[URL, Connection], "Source"]]] = {
    "sqlite": SqliteSource,
    "postgresql": PostgresSource,
    "mysql": MariaSource,
    "mariadb": MariaSource,
}


_ENGINES: Final = {
    "sqlite": sqlite_engine,
    "postgresql": postgres_engine,
    "mysql": maria_engine,
    "mariadb": maria_engine,
}


class Source(Protocol):
    """A database that answers guarded SELECTs, all from one state of it."""

    def read(self, sql: str, parameters: Mapping[str, str | int]) -> pa.Table:
        """The rows of one SELECT that ``single_select`` let pass."""

    def close(self) -> None:
        """Let the database go."""


def open_source(mapping: CrmMapping, name: str) -> Source:
    """Open a mapping's connection, read-only.

    Raises:
        MappingError: the environment lacks a name, or the URL is none we can read.
        CrmError: down, or login refused.
    """
    where = mapping.where("connections", name)
    return source_at(url_of(mapping, name), mapping.file.connections[name], f"connection `{name}`", where)


def source_at(url: URL, settings: Connection, what: str, where: str = "") -> Source:
    """Open a database by its address, read-only, for whoever has no mapping yet.

    Args:
        url: one that ``readable`` let pass.
        settings: timeouts.
        what, where: the connection's name, file and line, for errors.

    Raises:
        CrmError: down, or login refused.
    """
    try:
        return _KINDS[url.get_backend_name()](url, settings)
    except Refusal as refusal:
        place = ", ".join(filter(None, (f"{what} ({shown(url)})", where)))
        raise CrmError(refusal.kind, refusal.said, place) from None


def engine_at(url: URL, settings: Connection) -> Engine:
    """An SQLAlchemy engine on a database by its address; its sessions are read-only too."""
    return _ENGINES[url.get_backend_name()](url, settings)


def readable(url: URL) -> bool:
    """Whether we can read this kind of database."""
    return url.get_backend_name() in _KINDS


def open_engine(mapping: CrmMapping, name: str) -> Engine:
    """An SQLAlchemy engine on the same database, for ``write_privileges``; its sessions are read-only too."""
    return engine_at(url_of(mapping, name), mapping.file.connections[name])


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn a driver's refusal into an error that names the place in the mapping."""
    try:
        yield
    except Refusal as refusal:
        raise CrmError(refusal.kind, refusal.said, where) from None


def url_of(mapping: CrmMapping, name: str) -> URL:
    """The address of a mapping's database, with its password.

    Raises:
        MappingError: the environment lacks a name, or the URL is none we can read.
    """
    secret: SecretStr = mapping.url(name)
    do = "write postgresql://, mysql://, mariadb:// or sqlite:///path"
    try:
        url = make_url(secret.get_secret_value())
    except (ArgumentError, ValueError):
        raise _bad(mapping, name, "the URL cannot be read", do) from None
    if not readable(url):
        raise _bad(mapping, name, f"`{url.get_backend_name()}` is no database we can read", do)
    landing = mapping.file.connections[name].landing
    if landing is not None and url.get_backend_name() == "postgresql":  # what lands has a schema of its own
        options = f"{url.query.get('options', '')} -c search_path={landing.schema_}".strip()
        return url.update_query_dict({"options": options})
    return url


def _bad(mapping: CrmMapping, name: str, found: str, do: str) -> MappingError:
    return mapping.error(found, do, "connections", name, "url")


def shown(url: URL) -> str:
    """Where it is, without user or secrets."""
    return (
        f"{url.get_backend_name()} {url.host or ''}{f':{url.port}' if url.port else ''}/{url.database or ''}"
    )
