"""What a test needs to know to reach one database: the same words for every server."""

from dataclasses import dataclass
from urllib.parse import quote

#: SQLAlchemy's name of dialect and driver.
_DIALECT = {"postgresql": "postgresql+psycopg", "mariadb": "mariadb+pymysql"}


@dataclass(frozen=True)
class Database:
    """One database on a private server, seen by one user."""

    kind: str
    host: str
    port: int
    name: str
    user: str
    password: str

    @property
    def url(self) -> str:
        """For SQLAlchemy, password included."""
        return f"{_DIALECT[self.kind]}://{self._rest}"

    @property
    def dsn(self) -> str:
        """For libpq, ADBC and psql (`postgresql://...`), password included."""
        return f"{self.kind}://{self._rest}"

    @property
    def _rest(self) -> str:
        return f"{self.user}:{quote(self.password, safe='')}@{self.host}:{self.port}/{self.name}"
