"""Fixtures for real, private servers, and the two rules of the suite: no hidden skips, no slow quick run."""

import gc
import os
import signal
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from xdist.scheduler import LoadScopeScheduling

from tests.servers import chromium, mariadb, postgres, smtp
from tests.servers import prefect_server as private_prefect
from tests.servers.certificates import Certificates, ServerCertificate, make_certificates
from tests.servers.databases import Database

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: Set by `.ci/run`: there everything is installed, so a skipped test is a hole.
NO_SKIPS = os.environ.get("CLAUSEWATCH_NO_SKIPS") == "1"
#: Tests that use one of these start a server and are slow by that alone.
SLOW_FIXTURES = {
    "postgres_server",
    "mariadb_server",
    "browser",
    "prefect_server",
    "start_smtp",
    "demo_audited",
}
#: Files that write whole reports or demos, open and fill stores, or start processes, test by test.
SLOW_FILES = {
    *("test_documents", "test_pages", "test_registers", "test_sampling", "test_security"),
    *("test_ladders", "test_life", "test_store_upgrade", "test_watch"),
    *("test_bad_input", "test_crm_schemas", "test_demo_five", "test_demo_verdicts", "test_owed_once"),
    *(
        "test_deploy",
        "test_expected_runs",
        "test_packs_flow",
        "test_packs_store",
        "test_mail_day",
        "test_registers_kinds",
        "test_servers",
        "test_sql_source_access",
    ),
    *("test_sampling_attest", "test_sampling_auditor", "test_sampling_report", "test_sampling_scores"),
    *("test_report_agree", "test_report_files", "test_report_hostile", "test_report_pack"),
    *("test_store", "test_store_opening", "test_store_outbox", "test_proofs", "test_report_charts"),
    *(
        "test_trail",
        "test_acts_end_to_end",
        "test_exports_audit",
        "test_exports_page",
        "test_page_own_standard",
    ),
    *(
        "test_snapshot",
        "test_demo",
        "test_command",
        "test_command_doctor",
        "test_explain",
        "test_report_view",
        "test_real_month",
    ),
}

#: The files that share the real CRM, which is built but once (`test_creme_*`), and those that share Prefect's
#: server, which is dear to start and to keep: each lot stays in one process.
CREME, PREFECT = "creme", "prefect"
ON_PREFECT = {
    *("test_automations", "test_bad_input", "test_cluster", "test_command", "test_flow", "test_security"),
    *("test_schedules_are_inserted", "test_watch_deployed"),
}
#: What takes longest from its beginning to its end, whatever it waits for, and so begins first.
FIRST: Final = (CREME, "test_page_running", PREFECT, "test_up")

# The same examples in every run, however slow the machine: a red suite is red for everybody.
# HYPOTHESIS_PROFILE=explore looks further.
settings.register_profile(
    "house", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))

# A test knows nothing of whose machine it runs on: of an installation there, or of the terminal.
for _name in os.environ.keys() - {"CLAUSEWATCH_NO_SKIPS", "CLAUSEWATCH_SCREENSHOTS"}:
    if _name.startswith(("CLAUSEWATCH_", "PREFECT_")) or _name in {"COLUMNS", "FORCE_COLOR", "NO_COLOR"}:
        del os.environ[_name]

# Columns come and go by reference; looking for cycles after every 700 objects is a fifth of the work.
gc.set_threshold(50_000, 20, 100)

# A shell that runs the suite in the background has it ignore Ctrl-C, and whatever the tests start with it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Before anybody imports Prefect: the home of whoever runs the tests is not touched, and nothing calls out.
_PREFECT_HOME = tempfile.TemporaryDirectory(prefix="clausewatch-prefect-home-")
os.environ.update(private_prefect.SETTINGS, PREFECT_HOME=_PREFECT_HOME.name)


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end: nobody need look through it again.

    Examples are drawn also from the numbers and texts of the modules loaded: of those that are loaded now, and
    not of what earlier tests of this process happened to load.
    """
    constants = providers._get_local_constants()
    providers._get_local_constants = lambda: constants
    gc.freeze()


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    _PREFECT_HOME.cleanup()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what starts a server, or tries many examples, whoever wrote it.

    Where several processes share the suite, a file stays in one of them, and so do all files that share what is
    dear to start; what takes longest starts first, so that no process is left waiting.
    """
    long: set[str] = set()
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "prefect_server" in fixtures and item.path.stem not in ON_PREFECT:
            raise pytest.UsageError(
                f"{item.path.name} uses Prefect's server: name it in ON_PREFECT of conftest.py"
            )
        if SLOW_FIXTURES & fixtures or _is_long(item):
            item.add_marker(pytest.mark.slow)
            long.add(_group(item))
    items.sort(key=lambda item: _turn(_group(item), long))


def _turn(group: str, long: set[str]) -> tuple[int, int]:
    return (0, FIRST.index(group)) if group in FIRST else (1 if group in long else 2, 0)


def _group(item: pytest.Item) -> str:
    return _group_of(item.path.stem)


def _group_of(file: str) -> str:
    if file.startswith("test_creme_"):
        return CREME
    return PREFECT if file in ON_PREFECT else file


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands out tests to the processes file by file."""

    def _split_scope(self, nodeid: str) -> str:
        return _group_of(Path(nodeid.partition("::")[0]).stem)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """However the suite is shared, it is by file."""
    return _ByFile(config, log)


def _is_long(item: pytest.Item) -> bool:
    return item.path.stem in SLOW_FILES or _names_a_server(item) or _is_property(item)


def _names_a_server(item: pytest.Item) -> bool:
    """Tests that ask for the database their parameter names."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    return any(str(value).startswith(("postgres", "mariadb")) for value in params.values())


def _is_property(item: pytest.Item) -> bool:
    return bool(getattr(getattr(item, "obj", None), "is_hypothesis_test", False))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where no skip is allowed, a skipped test is a failed one; an expected failure is not a skip."""
    report = yield
    if not hasattr(report, "wasxfail"):
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that skips itself."""
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if NO_SKIPS and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"Skipped, where nothing may be skipped: {report.longrepr}"


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """PEM files of an authority and of servers on loopback: trusted, self-signed, with a wrong name."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def start_smtp(certificates: Certificates) -> Iterator[smtp.StartSmtp]:
    """Start SMTP servers on loopback as needed; all stop with the test."""
    with ExitStack() as servers:

        def start(
            security: smtp.Security = "none",
            certificate: ServerCertificate | None = None,
            login: tuple[str, str] | None = None,
        ) -> smtp.SmtpServer:
            context = None if security == "none" else (certificate or certificates.trusted).context()
            return servers.enter_context(smtp.smtp_server(security, context, login))

        yield start


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Database]:
    """The private PostgreSQL, seen by its superuser; most tests want `postgres_database`."""
    with postgres.postgres_server() as server:
        yield server


@pytest.fixture
def postgres_database(postgres_server: Database) -> Iterator[Database]:
    """A fresh, empty PostgreSQL database for this test."""
    with postgres.fresh_postgres_database(postgres_server) as database:
        yield database


@pytest.fixture
def postgres_reader(postgres_database: Database) -> Iterator[Database]:
    """`postgres_database` seen by a role that may only read, tables made later included."""
    with postgres.postgres_reader(postgres_database) as database:
        yield database


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Database]:
    """The private MariaDB; most tests want `mariadb_database`."""
    if mariadb.mariadb_program() is None:
        pytest.skip(mariadb.NOT_INSTALLED)
    with mariadb.mariadb_server() as server:
        yield server


@pytest.fixture
def mariadb_database(mariadb_server: Database) -> Iterator[Database]:
    """A fresh, empty MariaDB database for this test."""
    with mariadb.fresh_mariadb_database(mariadb_server) as database:
        yield database


@pytest.fixture
def mariadb_reader(mariadb_database: Database) -> Iterator[Database]:
    """`mariadb_database` seen by a user who may only read."""
    with mariadb.mariadb_reader(mariadb_database) as database:
        yield database


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Headless Chromium for the tests of one file.

    While it is open an event loop runs in the main thread, so it is not kept for the whole session, and a
    file that uses it runs no Prefect flow and no `asyncio.run`.
    """
    if chromium.chromium_program() is None:
        pytest.skip(chromium.NOT_INSTALLED)
    with chromium.open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API address of a private Prefect server, for processes that the test starts itself."""
    with private_prefect.prefect_server(tmp_path_factory.mktemp("prefect")) as api:
        yield api


@pytest.fixture
def prefect_api(prefect_server: str) -> Iterator[str]:
    """The same, with this process pointed at it: flows called and clients opened in the test use it."""
    with private_prefect.pointed_at(prefect_server):
        yield prefect_server


@pytest.fixture(scope="session")
def demo_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the demo built and live, never audited; to be copied (`tests.flow_house`)."""
    from tests.flow_house import build_house

    return build_house(tmp_path_factory.mktemp("demo_built"))


@pytest.fixture(scope="session")
def demo_audited(demo_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after its first audit; to be copied, or only looked at."""
    from tests.flow_house import audit_house

    return audit_house(demo_built, tmp_path_factory.mktemp("demo_audited"))
