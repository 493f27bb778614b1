"""Creme's two databases for the tests; a test file names this module in ``pytest_plugins``."""

from collections.abc import Iterator

import pytest

from tests.creme.build import creme_postgres, creme_sqlite
from tests.servers.databases import Database
from tests.servers.postgres import fresh_postgres_database, postgres_reader


@pytest.fixture(scope="session")
def creme_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """SQLAlchemy URL of the seeded Creme in a file."""
    return f"sqlite:///{creme_sqlite(tmp_path_factory.mktemp('creme'))}"


@pytest.fixture(scope="session")
def creme_on_postgres(postgres_server: Database) -> Iterator[str]:
    """SQLAlchemy URL of the seeded Creme in PostgreSQL, for a role that may only read."""
    with fresh_postgres_database(postgres_server) as database:
        creme_postgres(database)
        with postgres_reader(database) as reader:
            yield reader.url


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def creme_url(request: pytest.FixtureRequest) -> str:
    """The same seeded Creme on each database in turn."""
    return str(request.getfixturevalue(f"creme_on_{request.param}"))
