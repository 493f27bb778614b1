"""What time another machine's database has: stamps of the CRM are compared with instants of ours."""

from typing import Final

from sqlalchemy import Engine, text

#: Microseconds since the epoch, by dialect; a file has no clock of its own.
_ASKED: Final = {
    "postgresql": "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
    "mysql": "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)",
    "mariadb": "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)",
}


def clock_of(engine: Engine) -> int | None:
    """The database's present instant in microseconds; None where it is ours."""
    asked = _ASKED.get(engine.dialect.name)
    if asked is None:
        return None
    with engine.connect() as connection:
        return int(connection.execute(text(asked)).scalar_one())
