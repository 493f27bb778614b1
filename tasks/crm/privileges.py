"""Proof from the CRM's own catalogues that our role cannot write; nothing is ever tried by writing.

A read-only session can be left by the session itself; a privilege that is not there cannot be used. What is
granted to every role (PUBLIC), through other roles, and by ownership counts too.
"""

from typing import Final

from sqlalchemy import Connection, Engine

#: Roles that our own could act as, itself among them (NOINHERIT does not hide them); the CRM's own schemas.
_PG_WITH = """
    WITH mine AS (SELECT * FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')),
         schema AS (SELECT * FROM pg_namespace
                    WHERE left(nspname, 3) <> 'pg_' AND nspname <> 'information_schema')"""
_PG_POWERS = """
    SELECT 'role ' || mine.rolname || ': ' || p.power FROM mine
    CROSS JOIN LATERAL (VALUES
        ('SUPERUSER', mine.rolsuper), ('CREATEROLE', mine.rolcreaterole),
        ('CREATEDB', mine.rolcreatedb), ('REPLICATION', mine.rolreplication),
        ('writes by its nature', mine.rolname IN ('pg_write_all_data', 'pg_write_server_files',
                                                  'pg_execute_server_program', 'pg_maintain'))
    ) AS p(power, held)
    WHERE p.held ORDER BY 1"""
_PG_SCHEMAS = """
    SELECT 'CREATE in schema ' || quote_ident(schema.nspname) FROM schema, mine
    WHERE has_schema_privilege(mine.oid, schema.oid, 'CREATE')
    UNION
    SELECT 'CREATE in database ' || quote_ident(current_database()) FROM mine
    WHERE has_database_privilege(mine.oid, current_database(), 'CREATE') ORDER BY 1"""
_PG_TABLES = """
    SELECT DISTINCT p.power || ' on ' || quote_ident(schema.nspname) || '.' || quote_ident(c.relname)
    FROM pg_class c JOIN schema ON schema.oid = c.relnamespace CROSS JOIN mine
    CROSS JOIN LATERAL (VALUES
        ('INSERT', has_any_column_privilege(mine.oid, c.oid, 'INSERT')),
        ('UPDATE', has_any_column_privilege(mine.oid, c.oid, 'UPDATE')),
        ('DELETE', has_table_privilege(mine.oid, c.oid, 'DELETE')),
        ('TRUNCATE', has_table_privilege(mine.oid, c.oid, 'TRUNCATE')),
        ('TRIGGER', has_table_privilege(mine.oid, c.oid, 'TRIGGER')),
        ('OWNER', c.relowner = mine.oid)) AS p(power, held)
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND p.held ORDER BY 1"""
_PG_SEQUENCES = """
    SELECT DISTINCT 'UPDATE on sequence ' || quote_ident(schema.nspname) || '.' || quote_ident(c.relname)
    FROM pg_class c JOIN schema ON schema.oid = c.relnamespace CROSS JOIN mine
    WHERE c.relkind = 'S' AND has_sequence_privilege(mine.oid, c.oid, 'UPDATE, USAGE') ORDER BY 1"""

#: MariaDB and MySQL: what a guest may hold; whatever else is granted counts as writing.
_READS: Final = frozenset(
    {
        *("USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "SHOW CREATE ROUTINE", "EXECUTE", "PROCESS"),
        *("REPLICATION CLIENT", "BINLOG MONITOR", "SLAVE MONITOR", "REPLICA MONITOR"),
    }
)


def write_privileges(engine: Engine) -> list[str]:
    """Every way in which the engine's role could write, one line each; empty means it cannot.

    SQLite has no roles: the list is empty, and ``has_roles`` says that this proves nothing there (the file is
    opened ``mode=ro``).

    Raises:
        sqlalchemy.exc.DBAPIError: the catalogues cannot be read.
    """
    if not has_roles(engine):
        return []
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            return _postgres(connection)
        return _maria(connection)


def has_roles(engine: Engine) -> bool:
    """Whether the database knows roles and privileges at all (SQLite does not)."""
    return engine.dialect.name != "sqlite"


def _postgres(connection: Connection) -> list[str]:
    found: list[str] = []
    for query in (_PG_POWERS, _PG_SCHEMAS, _PG_TABLES, _PG_SEQUENCES):
        found += [line for (line,) in connection.exec_driver_sql(_PG_WITH + query)]
        if any(line.endswith("SUPERUSER") for line in found):
            break  # it may do everything: a list of all tables would tell nothing more
    return found


def _maria(connection: Connection) -> list[str]:
    """Our own grants, and those that each role we could put on would add."""
    own = _writing(connection, "SHOW GRANTS")
    found = set(own)
    for role in _maria_roles(connection):
        quoted = "'" + role.replace("\\", "\\\\").replace("'", "''") + "'"
        query = f"SHOW GRANTS FOR CURRENT_USER() USING {quoted}"
        if getattr(connection.dialect, "is_mariadb", False):
            connection.exec_driver_sql(f"SET ROLE {quoted}")
            query = "SHOW GRANTS"
        found |= {f"{line} (through role {role})" for line in _writing(connection, query) - own}
    return sorted(found)


def _maria_roles(connection: Connection) -> list[str]:
    """Roles granted to us; the roles inside them come with them, and cannot be put on by themselves."""
    query = "SELECT role_name, grantee FROM information_schema.applicable_roles"
    pairs = connection.exec_driver_sql(query).all()
    roles = {role for role, _ in pairs}
    return sorted({role for role, grantee in pairs if grantee not in roles})


def _writing(connection: Connection, query: str) -> set[str]:
    """What a list of grants allows beyond reading."""
    lines = [line for (line,) in connection.exec_driver_sql(query)]
    return {f"{power} on {place}" for line in lines for power, place in _parsed(line) if power not in _READS}


def _parsed(line: str) -> list[tuple[str, str]]:
    """``GRANT SELECT, INSERT (`a`) ON `db`.* TO x`` as (privilege, place) pairs; role grants give none."""
    head, found, tail = line.removeprefix("GRANT ").partition(" ON ")
    if not found:
        return []
    place = tail.partition(" TO ")[0].replace("`", "")
    return [(power.partition("(")[0].strip().upper(), place) for power in _split(head)]


def _split(powers: str) -> list[str]:
    """Split at commas outside brackets (a column list has commas of its own)."""
    parts, depth = [""], 0
    for sign in powers:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts
