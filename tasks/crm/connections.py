"""The mapping's databases one by one: what their roles may do, looked up before an audit trusts them."""

from sqlalchemy.exc import DBAPIError

from config.mapping import Mapping
from tasks.crm.privileges import write_privileges
from tasks.crm.refusals import CrmError, said_by
from tasks.crm.sources import open_engine, url_of
from tasks.tls import weakness


def rights_to_write(mapping: Mapping) -> dict[str, list[str]]:
    """Connection -> every way in which its role could write; empty where it cannot.

    Raises:
        CrmError: a database cannot be reached, or its catalogues cannot be read.
    """
    found = {}
    for name, connection in mapping.file.connections.items():
        if connection.url is None:
            continue
        engine = open_engine(mapping, name)
        try:
            found[name] = write_privileges(engine)
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
