"""What Prometheus may ask: how fresh the data are, what the last audit found, what waits, how long things take.

Figures come from the store, the newest reports, the schedules and the calendar, at the moment they are asked
for; a report is read once for as long as its files stay the same. They hold codes of standards, names of
sources and schedules, never a record or a person. Times are seconds, as Prometheus has them; nothing is judged
by these figures.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Thread
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from audits.errors import ClausewatchError, WrongUse
from audits.instants import instant_of
from config.calendars import load_calendar
from config.clock import now
from config.schedules import load_schedules
from config.settings import Settings
from flows.auditing.run import ENGINE
from flows.auditing.steps import VERDICTS
from flows.past.archive import MANIFEST, Kept, kept
from flows.serving.standing import standing
from tasks.store import Store, open_store

_SECOND: Final = 1_000_000
#: What becomes of a mail; each is counted also where there is none, so that an alarm can be written for it.
_MAILS: Final = ("pending", "claimed", "sent", "written", "refused", "failed", "unknown")
#: So many of the newest reports are looked at for one of each source.
_REPORTS: Final = 50
#: Also what reading raises where another version wrote.
_UNREADABLE: Final = (LookupError, OSError, TypeError, ValueError)

Rows = Iterable[tuple[tuple[str, ...], float]]


class _Figures(Collector):
    """Everything, looked up anew each time it is asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        """Every figure; what cannot be read is left out, and its part is not ``up``."""
        at = now()
        up: list[tuple[tuple[str, ...], float]] = []
        for part, look in _PARTS.items():
            try:
                yield from list(look(self._settings, at))
                up.append(((part,), 1))
            except (*_UNREADABLE, ClausewatchError):
                up.append(((part,), 0))
        yield _gauge("up", "1 where this part could be read", ("part",), up)
        yield _gauge("build_info", "which engine judges", ("version",), [((ENGINE,), 1)])


def exposition(settings: Settings) -> str:
    """Every figure in Prometheus' text format."""
    return generate_latest(registry(settings)).decode()


@contextmanager
def serving(settings: Settings, port: int) -> Iterator[Thread]:
    """The figures at ``http://127.0.0.1:PORT/metrics`` while the block runs; whoever asks has them fresh.

    Raises:
        WrongUse: somebody listens on this port already.
    """
    try:
        server, thread = start_http_server(port, "127.0.0.1", registry(settings))
    except OSError as error:
        do = "choose another `metrics_port`, or 0 for none"
        raise WrongUse(f"the figures cannot be served: {error}", f"127.0.0.1:{port}", do) from None
    try:
        yield thread
    finally:
        server.shutdown()
        server.server_close()


def registry(settings: Settings) -> CollectorRegistry:
    """What ``prometheus_client`` serves: our figures alone, none of the process that serves them."""
    made = CollectorRegistry(auto_describe=False)
    made.register(_Figures(settings))
    return made


def _gauge(name: str, says: str, labels: tuple[str, ...], rows: Rows) -> GaugeMetricFamily:
    made = GaugeMetricFamily(f"clausewatch_{name}", says, labels=labels)
    for values, figure in rows:
        made.add_metric(values, float(figure))
    return made


def _calendar(settings: Settings, at: datetime) -> Iterator[Metric]:
    known = load_calendar(settings.calendar, settings.company_calendar)
    days = (known.known_through - at.date()).days
    yield _gauge(
        "calendar_horizon_days", "days ahead whose kind is known", ("calendar",), [((known.id,), days)]
    )


def _schedules(settings: Settings, at: datetime) -> Iterator[Metric]:
    with _store(settings) as store:
        lines = standing(store, load_schedules(settings), at)
    labels = ("schedule", "flow")
    named = [((one.schedule.name, one.schedule.flow), one) for one in lines]
    good = "1 where nothing is late and the last run neither failed nor was missed"
    yield _gauge("schedule_good", good, labels, [(name, one.good) for name, one in named])
    owed = "runs that should have begun or ended by now"
    yield _gauge("schedule_owed_runs", owed, labels, [(name, len(one.owed)) for name, one in named])


def _runs(settings: Settings, at: datetime) -> Iterator[Metric]:
    fresh: list[tuple[tuple[str, ...], float]] = []
    took: list[tuple[tuple[str, ...], float]] = []
    with _store(settings) as store:
        for source in store.known_sources():
            for standards, runs in store.runs(source).groupby("standards"):
                name = (source, str(standards))
                if (committed := store.last_committed(*name)) is not None:
                    fresh.append((name, (instant_of(at) - committed) // _SECOND))
                ended = runs[runs["finished_at"].notna()]
                if len(ended):
                    last = ended.iloc[-1]
                    took.append((name, (last["finished_at"] - last["started_at"]).total_seconds()))
    labels = ("source", "standards")
    yield _gauge(
        "extract_age_seconds", "age of the newest data that findings were compared by", labels, fresh
    )
    yield _gauge("run_duration_seconds", "how long the last run took that ended", labels, took)


def _waiting(settings: Settings, _at: datetime) -> Iterator[Metric]:
    with _store(settings) as store:
        findings, mails = store.finding_states(), store.mail_states()
    labels = ("source", "standards", "state")
    yield _gauge("findings", "findings by state", labels, [(row[:3], row[3]) for row in findings])
    counted = {(source, state): n for source, state, n in mails}
    every = {source: None for source, _, _ in mails}
    rows: Rows = [((source, state), counted.get((source, state), 0)) for source in every for state in _MAILS]
    yield _gauge("mails", "mails by what became of them", ("source", "state"), rows)


def _reports(settings: Settings, _at: datetime) -> Iterator[Metric]:
    verdicts, gaps, delays, closed = [], [], [], []
    for source, (folder, report) in _newest(settings).items():
        total = report.totals
        verdicts += [((source, word), total[word]) for word in VERDICTS]
        gaps.append(((source,), total["no_data"] / max(total["population"], 1)))
        closed.append(((source,), report.closed))
        said = _detection(folder, *_mark(folder / "life.json"))
        if said["n"]:
            named = {"0.5": "median_us", "0.95": "p95_us", "1": "max_us"}
            delays += [((source, share), said[name] / _SECOND) for share, name in named.items()]
    yield _gauge("verdicts", "verdicts of the newest report", ("source", "verdict"), verdicts)
    yield _gauge("data_gap_ratio", "share of them that are no_data", ("source",), gaps)
    yield _gauge("books_closed", "1 where every sum of the newest report holds", ("source",), closed)
    yield _gauge(
        "detection_delay_seconds", "from due to noticed: median, 95th percentile, longest",
        ("source", "quantile"), delays,
    )  # fmt: skip


def _newest(settings: Settings) -> dict[str, tuple[Path, "_Results"]]:
    """The report of each source that was written last, and its folder."""
    folders = [one.folder.resolve() for one in kept(settings.out)]
    by_age = sorted(folders, key=lambda folder: (folder / MANIFEST).stat().st_mtime, reverse=True)
    found: dict[str, tuple[Path, _Results]] = {}
    for folder in by_age[:_REPORTS]:
        report = _results(folder, *_mark(folder / "results.json"))
        found.setdefault(report.source, (folder, report))
    return dict(sorted(found.items()))


class _Results(NamedTuple):
    """What is told of one ``results.json``."""

    source: str
    totals: dict[str, int]
    closed: bool


def _mark(path: Path) -> tuple[int, int]:
    """What is another once a file was written again."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=2 * _REPORTS)
def _results(folder: Path, _written: int, _size: int) -> _Results:
    """Read once, for as long as the file is the same."""
    said = Kept(folder).results
    closed = all(check["holds"] for check in said["checks"])
    return _Results(str(said["source"]), {**said["totals"]}, closed)


@lru_cache(maxsize=2 * _REPORTS)
def _detection(folder: Path, _written: int, _size: int) -> dict[str, int]:
    """The same of ``life.json``."""
    said: dict[str, int] = Kept(folder).life["detection"]
    return said


def _store(settings: Settings) -> Store:
    return open_store(settings.store_url.get_secret_value(), settings.store_wait_s)


_PARTS: Final[dict[str, Callable[[Settings, datetime], Iterator[Metric]]]] = {
    "calendar": _calendar, "runs": _runs, "waiting": _waiting, "schedules": _schedules, "reports": _reports,
}  # fmt: skip
