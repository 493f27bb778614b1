"""The mapping's databases one by one: what their roles may do, looked up before an audit trusts them."""

from typing import Final

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from config.mapping import Mapping
from tasks.crm.privileges import write_privileges
from tasks.crm.refusals import CrmError, said_by

#: Drivers of databases that are named without one.
_DRIVERS: Final = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}


def rights_to_write(mapping: Mapping) -> dict[str, list[str]]:
    """Connection -> every way in which its role could write; empty where it cannot.

    Raises:
        CrmError: a database cannot be reached, or its catalogues cannot be read.
    """
    found = {}
    for name, connection in mapping.file.connections.items():
        if connection.url is None:
            continue
        url = make_url(mapping.url(name).get_secret_value())
        engine = create_engine(_with_driver(url), hide_parameters=True)
        try:
            found[name] = write_privileges(engine)
        except DBAPIError as error:
            raise CrmError(
                "down", said_by(error.orig or error, url), mapping.where("connections", name)
            ) from None
        finally:
            engine.dispose()
    return found


def _with_driver(url: URL) -> URL:
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
