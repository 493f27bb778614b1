"""The mapping's databases one by one: what their roles may do, looked up before an audit trusts them."""

from collections.abc import Callable, Collection
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from config.mapping import Mapping
from tasks.clocks import clock_of
from tasks.crm.privileges import write_privileges
from tasks.crm.refusals import CrmError, said_by
from tasks.crm.sources import open_engine, url_of
from tasks.tls import is_here, weakness

T = TypeVar("T")


def rights_to_write(mapping: Mapping, passing: Collection[str] = ()) -> dict[str, list[str]]:
    """Connection -> every way in which its role could write; empty where it cannot.

    Args:
        passing: connections that are not looked at.

    Raises:
        CrmError: a database cannot be reached, or its catalogues cannot be read.
    """
    return _asked(mapping, write_privileges, passing)


def clocks(mapping: Mapping, passing: Collection[str] = ()) -> dict[str, int | None]:
    """Connection -> its database's present instant in microseconds; None where it is ours.

    Raises:
        CrmError: a database cannot be reached.
    """
    return _asked(mapping, clock_of, passing)


def far(mapping: Mapping) -> frozenset[str]:
    """Connections to other machines."""
    return frozenset(
        name
        for name, one in mapping.file.connections.items()
        if one.url and not is_here(url_of(mapping, name))
    )


def _asked(mapping: Mapping, ask: Callable[[Engine], T], passing: Collection[str]) -> dict[str, T]:
    """What each database answers."""
    found = {}
    for name, connection in mapping.file.connections.items():
        if connection.url is None or name in passing:
            continue
        engine = open_engine(mapping, name)
        try:
            found[name] = ask(engine)
        except DBAPIError as error:
            said = said_by(error.orig or error, engine.url)
            raise CrmError("down", said, mapping.where("connections", name)) from None
        finally:
            engine.dispose()
    return found


def ways_open(mapping: Mapping) -> dict[str, str]:
    """Connection -> what somebody on the way to its database could do (``tasks.tls.weakness``); "" where nothing.

    Raises:
        MappingError: the environment lacks a name, or the URL is none we can read.
    """
    urls = {name: url_of(mapping, name) for name, one in mapping.file.connections.items() if one.url}
    return {name: weakness(url) for name, url in urls.items()}
