"""Write the demo: a CRM in a database and three register workbooks, each file whole or not at all."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from audits.errors import ClausewatchError, WrongUse
from config.whole import whole
from tasks.crm.register_sheets import write_register
from tasks.demo.schema import CRM
from tasks.demo.world import SEED, World, world


@dataclass(frozen=True)
class DemoPaths:
    """Where the demo lies: the CRM's SQLAlchemy URL, and the folder of registers."""

    folder: Path
    crm_url: str
    registers: Path


def build_demo(folder: Path, url: str | None = None, seed: int = SEED) -> DemoPaths:
    """Write the demo into a folder; run again it writes the same.

    Args:
        folder: gets ``registers/``, and ``crm.db`` unless ``url`` is given. What else lies there stays.
        url: an empty database of its own (PostgreSQL, MariaDB) to hold the CRM instead; only the demo's own
            tables are replaced in it.
        seed: another one gives other ordinary records around the same planted ones.

    Raises:
        WrongUse: the URL cannot be used.
        ClausewatchError: the database refused, or the disk is full; files are as they were before.
    """
    made = world(seed)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, sheets in made.registers.items():
            write_register(folder / "registers" / name, sheets)
        crm_url = url or _write_sqlite(folder / "crm.db", made)
        if url:
            _fill(url, made)
    except OSError as error:
        raise ClausewatchError(
            f"the demo cannot be written: {error.strerror}", str(folder), "make room or choose another folder"
        ) from error
    return DemoPaths(folder, crm_url, folder / "registers")


def _write_sqlite(path: Path, made: World) -> str:
    with whole(path) as half:
        _fill(f"sqlite:///{half}", made)
    return f"sqlite:///{path}"


def _fill(url: str, made: World) -> None:
    """Make the demo's tables anew and fill them, in one transaction."""
    try:
        engine = create_engine(url)
    except (ArgumentError, NoSuchModuleError) as error:
        raise WrongUse(
            "the demo's database URL cannot be used", do="write e.g. postgresql+psycopg://user@host/db"
        ) from error
    try:
        with engine.begin() as connection:
            _replace_tables(connection, made)
    except DatabaseError as error:
        where = make_url(url).render_as_string(hide_password=True)
        raise ClausewatchError(
            f"the demo's database refused: {error.orig}", where, "check address and login"
        ) from error
    finally:
        engine.dispose()


def _replace_tables(connection: Connection, made: World) -> None:
    CRM.drop_all(connection)
    CRM.create_all(connection)
    for table in CRM.sorted_tables:
        connection.execute(insert(table), made.tables[table.name])
