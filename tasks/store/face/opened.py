"""The store opened: one transaction a method, whole or nothing, and errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from sqlalchemy import Connection, Engine

from tasks.store import trail
from tasks.store.engine import shown
from tasks.store.errors import explained
from tasks.store.processes import own_name


class Opened:
    """What every part of the store has: its engine, the key of the trail, and the name of this process.

    Args:
        engine: of this process alone.
        key: gives the key that binds batches into the chain.
    """

    def __init__(self, engine: Engine, key: trail.Key = trail.no_key) -> None:
        self._engine = engine
        self._key = key
        self._where = shown(engine.url)
        #: Who claims mails and leases: told apart from every other store and process.
        self.process = own_name()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with explained(self._where), self._engine.execution_options(immediate=True).begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with explained(self._where), self._engine.begin() as connection:
            yield connection
