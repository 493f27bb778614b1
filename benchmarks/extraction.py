"""Reading a CRM out of PostgreSQL: our source against ``psql \\copy ... csv``. As a module: one side, one process."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

BEGAN = time.perf_counter()

import psycopg

from audits.instants import SECOND
from benchmarks.load import AS_OF
from benchmarks.measuring import Run, fresh, in_turn, say, timed

ROWS: Final = 1_000_000
#: At most so many times as long as psql, for reading alone.
TARGET: Final = 1.3
SIDES: Final = ("psql", "read", "extract")
_SELECT: Final = """
SELECT id, case_no, customer_id, team_id, assignee_id, channel, service_type, received_at, first_response_at,
       resolved_at, closed_at, is_closed
FROM tickets
"""
_TABLE: Final = """
CREATE UNLOGGED TABLE tickets AS
SELECT n AS id, 'WO-' || lpad(n::text, 8, '0') AS case_no, 1 + n * 7919 % 20000 AS customer_id, n % 40 AS team_id,
       n * 31 % 900 AS assignee_id, (ARRAY['phone', 'chat', 'email', 'app'])[1 + n % 4] AS channel,
       (ARRAY['consultation', 'technical_support', 'complaint', 'emergency_fault'])[1 + n % 4] AS service_type,
       received AS received_at, CASE WHEN n % 7 > 0 THEN received + n % 3600 * interval '1 s' END AS first_response_at,
       CASE WHEN n % 50 > 0 THEN received + n % 90000 * interval '1 s' END AS resolved_at,
       CASE WHEN n % 50 > 5 THEN received + n % 99000 * interval '1 s' END AS closed_at, n % 50 > 5 AS is_closed
FROM (SELECT n, timestamptz '2026-07-01' + n * interval '10.368 s' AS received FROM generate_series(1::bigint, {rows}) AS n)
"""
_MAPPING: Final = """
schema: 1
source: bench
title: {{zh: 测速, en: benchmark}}
zone: Asia/Shanghai
stamps: utc
connections:
  crm: {{url: "${{BENCH_CRM_URL}}"}}
entities:
  case:
    from: crm
    select: |
{select}
"""


def measure(rows: int, rounds: int, folder: Path, told: Callable[[str], None]) -> dict[str, list[Run]]:
    """Start a private PostgreSQL, fill one table, read it in turn by every side."""
    from tests.servers.postgres import postgres_server, run_sql

    with postgres_server() as server:
        run_sql(server, _TABLE.format(rows=rows), "VACUUM (ANALYZE) tickets", "CHECKPOINT")
        select = "\n".join(f"      {line}" for line in _SELECT.strip().splitlines())
        (folder / "bench.yaml").write_text(_MAPPING.format(select=select), encoding="utf-8")
        os.environ["BENCH_CRM_URL"] = server.dsn
        sides: dict[str, Callable[[], Run]] = {
            "psql": lambda: _copied(server.dsn, folder / "tickets.csv"),
            "read": lambda: fresh("benchmarks.extraction", "read", str(folder / "bench.yaml")),
            "extract": lambda: fresh("benchmarks.extraction", "extract", str(folder / "bench.yaml")),
        }
        postmaster = _postmaster(server.dsn)
        runs = in_turn({name: _with_server(side, postmaster) for name, side in sides.items()}, rounds, told)
    if any(run.said != {"rows": rows} for each in runs.values() for run in each):
        raise SystemExit(f"not every side read {rows} rows: {runs}")
    return runs


def _copied(dsn: str, target: Path) -> Run:
    """What a person would do: ``\\copy`` to a CSV file."""
    copy = f"\\copy ({' '.join(_SELECT.split())}) TO '{target}' WITH (FORMAT csv)"
    wall, first = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([_psql(), dsn, "-q", "-c", copy], check=True, capture_output=True, text=True)
    last, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    cpu = last.ru_utime + last.ru_stime - first.ru_utime - first.ru_stime
    with target.open("rb") as lines:
        rows = sum(1 for _ in lines)
    if done.stderr:
        raise SystemExit(f"psql said: {done.stderr}")
    return Run(ended - wall, cpu, 0.0, 0.0, {"rows": rows})


def _psql() -> str:
    from tests.servers.postgres import _packaged

    found = [*_packaged(), *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return str(found[0] / "psql")


def _with_server(side: Callable[[], Run], postmaster: int) -> Callable[[], Run]:
    """Add what the server's ended sessions spent meanwhile to a side's processor time."""

    def run() -> Run:
        before = _spent(postmaster)
        done = side()
        time.sleep(0.2)  # until the session's process has been reaped
        return replace(done, cpu=done.cpu + _spent(postmaster) - before)

    return run


def _postmaster(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        backend = int(connection.execute("SELECT pg_backend_pid()").fetchall()[0][0])
        return int(_stat(backend)[1])


def _spent(postmaster: int) -> float:
    user, system = _stat(postmaster)[13:15]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on (what stands before may hold blanks)."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()


def main(side: str, mapping_file: str) -> None:
    """Measure one side in this process: the bare read, or everything up to canonical frames."""
    from config.mapping import load_mapping
    from tasks.crm.extraction import extract
    from tasks.crm.sources import open_source

    mapping = load_mapping(Path(mapping_file), os.environ)

    def read() -> dict[str, int]:
        source = open_source(mapping, "crm")
        try:
            return {"rows": source.read(_SELECT, {}).num_rows}
        finally:
            source.close()

    def cast() -> dict[str, int]:
        made = extract(mapping, now=datetime.fromtimestamp(AS_OF // SECOND + 86_400, UTC))
        return {"rows": len(made.facts.frames["case"])}

    say(timed(BEGAN, read if side == "read" else cast))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
