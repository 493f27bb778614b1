"""The staging schema: dlt writes rows and the positions they reach as one package, merged by key.

The positions that count are those in the staging database itself, of packages that came to their end. What a
killed landing left on the disk is thrown away: its pages are asked for again, and merging makes that harmless.
"""

import shutil
import sqlite3
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from audits.errors import WrongUse
from config.mapping.landing import Landing, Table
from tasks import tls
from tasks.crm.refusals import CrmError, Kind, said_by
from tasks.crm.rest.api import LandingError, dlt_named
from tasks.crm.rest.pages import Row

#: What a landing remembers: stream -> {"sign": of its definition, "at": position}; and the API's root.
Memory = dict[str, Any]
_TYPES: Final = {"int": "bigint", "text": "text", "names": "text", "truth": "bool"}
_DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
#: The table that tells how far the records go.
_OWN: Final = Table(key=["id"], columns={"id": "int", "complete_to": "text"})


class Staging:
    """A staging database being written.

    Args:
        url: of the database, with the right to write.
        landing: the streams and their tables.
        name: of the source.
        where: file and line, for errors.

    Raises:
        WrongUse: dlt is not installed, or the database is of a kind that cannot be written.
        CrmError: it is down, or locked.
        LandingError: it holds something that the streams do not fit.
    """

    def __init__(self, url: SecretStr, landing: Landing, name: str, where: str) -> None:
        self._where, self._url = where, _writable(url, where)
        self._dlt = dlt_named(where)
        self._tables = {n: t for stream in landing.streams.values() for n, t in stream.tables.items()}
        self._folder = Path(landing.folder) / "work"
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(self._url, poolclass=NullPool)
        with self._told():
            self._pipeline = self._dlt.pipeline(
                f"clausewatch_{name.replace('-', '_')}",
                destination=self._dlt.destinations.sqlalchemy(credentials=self._engine),
                dataset_name="main" if self._file else landing.schema_,
                pipelines_dir=str(self._folder.resolve()),
            )
            self._pipeline.sync_destination()

    @property
    def _file(self) -> Path | None:
        """The SQLite file; None for a server."""
        return Path(self._url.database or "") if self._url.get_backend_name() == "sqlite" else None

    def memory(self) -> Memory:
        """What the last package that came to its end remembered; empty before the first."""
        found = self._pipeline.state.get("sources", {}).get("landing", {}).get("memory", {})
        return dict(found)

    def put(self, tables: Mapping[str, list[Row]], memory: Memory, complete_to: str | None) -> None:
        """Write rows and memory; tables not named are made where they are missing.

        Args:
            tables: name -> rows, each key once.
            memory: what the next landing shall find, once all rows are there.
            complete_to: instant up to which all streams are complete, once they are.

        Raises:
            CrmError: the database is down, or locked.
            LandingError: it refuses the rows.
        """

        def remember() -> Iterator[list[Row]]:
            self._dlt.current.source_state()["memory"] = memory
            yield [{"id": 1, "complete_to": complete_to}] if complete_to else []

        def package() -> list[Any]:
            own = self._resource("landing", _OWN, remember)
            return [own, *(self._table(name, rows) for name, rows in tables.items())]

        with self._told():
            self._pipeline.run(self._dlt.source(package, name="landing", max_table_nesting=0)())

    def _table(self, name: str, rows: list[Row]) -> Any:
        return self._resource(name, self._tables[name], lambda: iter([rows]))

    def _resource(self, name: str, table: Table, rows: Callable[[], Iterator[list[Row]]]) -> Any:
        """dlt's own word for a table to be merged: every column declared, so that it exists even when empty."""

        def rows_with_columns() -> Iterator[Any]:
            yield self._dlt.mark.materialize_table_schema()
            yield from filter(None, rows())

        columns = {
            column: {"data_type": _TYPES[said.kind], "nullable": column not in table.key}
            for column, said in table.read().items()
        }
        merge = {"disposition": "merge", "strategy": "delete-insert", "deduplicated": True}
        return self._dlt.resource(
            rows_with_columns, name=name, primary_key=table.key, columns=columns, write_disposition=merge
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what dlt or the database says into our own words; rows are never shown."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # dlt's own affair with SQLAlchemy
                yield
        except Exception as error:  # noqa: BLE001  # dlt wraps what a driver says in kinds of its own
            first = _first_cause(error)
            said = said_by(first, self._url)
            if _of_database(first):
                kind: Kind = "busy" if "locked" in said else "down"
                raise CrmError(kind, f"staging: {said}", self._where) from None
            found, do = (
                f"what landed cannot be written: {said}",
                "see docs/rest.md, or land into an empty one",
            )
            raise LandingError(found, self._where, do) from None

    def close(self) -> None:
        """Let the database go, and leave nothing behind but its rows."""
        with suppress(Exception):
            self._pipeline.deactivate()
        self._engine.dispose()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._file is not None:
            _in_one_file(self._file)


def _writable(url: SecretStr, where: str) -> URL:
    do = "write postgresql://... or sqlite:///path"
    try:
        found = make_url(url.get_secret_value())
    except (ArgumentError, ValueError):
        raise WrongUse("the URL of the staging database cannot be read", where, do) from None
    driver = _DRIVERS.get(found.get_backend_name())
    if driver is None or (driver == "sqlite" and not found.database):
        raise WrongUse(f"records cannot land in `{found.get_backend_name()}` here", where, do)
    return tls.checked(found.set(drivername=driver))


def _in_one_file(path: Path) -> None:
    """Bring what SQLite still holds beside the file into it; a reader that has it open is left in peace."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=0)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _first_cause(error: BaseException) -> BaseException:
    seen = error
    while (earlier := seen.__cause__ or seen.__context__) is not None and earlier is not error:
        seen = earlier
    return seen


def _of_database(error: BaseException) -> bool:
    """Whether a driver said it."""
    return any(kind.__name__ in {"OperationalError", "InterfaceError"} for kind in type(error).__mro__)
