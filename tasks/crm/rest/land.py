"""Landing: the streams of an API read to their end, written in packages, before the mapping's SELECTs are asked.

A landing that fails or is killed leaves whole packages behind; the next goes on after the last of them.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from config.mapping import Mapping
from config.mapping.days import as_instant
from config.mapping.landing import Landing, Stream
from tasks.crm.rest.api import Api, LandingError
from tasks.crm.rest.pages import Page, Row, pages
from tasks.crm.rest.staging import Memory, Staging

#: Told what was written, and how many rows.
Progress = Callable[[str, int], None]
_SECOND: Final = 1_000_000


def land_all(mapping: Mapping, now: datetime, progress: Progress | None = None) -> datetime | None:
    """Land every connection that has an API behind it.

    Args:
        mapping: the source's mapping.
        now: the present instant.
        progress: told after each package.

    Returns:
        The instant up to which what landed is complete; None where the mapping has no API.

    Raises:
        MappingError: a name is not set in the environment.
        WrongUse: dlt is not installed, or an address that cannot be used.
        LandingError: the API refuses, or gives no answer within the tries allowed.
        CrmError: the staging database is down or locked.
    """
    names = [name for name, each in mapping.file.connections.items() if each.landing is not None]
    return min((_land(mapping, name, now, progress) for name in names), default=None)


def _land(mapping: Mapping, name: str, now: datetime, progress: Progress | None) -> datetime:
    landing = mapping.file.connections[name].landing
    assert landing is not None  # noqa: S101  # land_all has looked
    at = ("connections", name, "landing")
    where = f"connection `{name}`, {mapping.where(*at)}"
    with alone_in(Path(landing.folder)), closing(_api(mapping, landing, at, where)) as api:
        url = mapping.filled(landing.into, *at, "into") if landing.into else mapping.url(name)
        with closing(Staging(url, landing, mapping.file.source, where)) as staging:
            since = as_instant(landing.since, mapping.file.zone) // _SECOND
            return _Landing(landing, api, staging, since, now, where).run(progress)


def _api(mapping: Mapping, landing: Landing, at: tuple[str, ...], where: str) -> Api:
    user = mapping.filled(landing.user, *at, "user") if landing.user else None
    token = mapping.filled(landing.token, *at, "token")
    root = mapping.filled(landing.api, *at, "api").get_secret_value()
    return Api(root, user, token, landing.attempts, landing.longest_wait, where)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the landing's folder; another landing of the same waits its turn, and then has little to do."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@dataclass
class _Landing:
    """One landing under way."""

    landing: Landing
    api: Api
    staging: Staging
    since: int
    now: datetime
    where: str
    waiting: list[tuple[str, Page]] = field(default_factory=list)
    memory: Memory = field(default_factory=dict)
    complete_to: datetime | None = None

    def run(self, progress: Progress | None) -> datetime:
        """Read all streams; the instant up to which they are complete."""
        self._recall()
        for name, stream in self.landing.streams.items():
            for page in pages(self.api, stream, self._position(name, stream), self.since, self.where):
                self._look_at_clock(page.at)
                self.waiting.append((name, page))
                if len(self.waiting) >= self.landing.pages_at_once:
                    self._put(progress)
        found = self.complete_to or self.now.astimezone(UTC)
        self._put(progress, found)
        return found

    def _recall(self) -> None:
        self.memory = self.staging.memory()
        root = self.memory.setdefault("api", self.api.root)
        if root != self.api.root:
            do = "give each API a staging database of its own"
            raise LandingError(f"the staging database holds the records of {root}", self.where, do)

    def _position(self, name: str, stream: Stream) -> str | None:
        """Where the last landing stopped; a stream that is defined otherwise since then begins again."""
        kept = self.memory.get("streams", {}).get(name, {})
        known = stream.pages is not None and stream.pages.kept and kept.get("sign") == self._sign(stream)
        return kept["at"] if known else None

    def _sign(self, stream: Stream) -> str:
        said = json.dumps([self.since, stream.model_dump(by_alias=True)], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def _look_at_clock(self, told: datetime | None) -> None:
        """The first answer's instant, by the earlier of two clocks, less what the API leaves out."""
        if self.complete_to is None:
            first = min(self.now, told or self.now)
            self.complete_to = first.astimezone(UTC) - timedelta(seconds=self.landing.lag)

    def _put(self, progress: Progress | None, complete_to: datetime | None = None) -> None:
        """Write the pages that wait as one package; the last one makes every table that is still missing."""
        tables: dict[str, list[Row]] = {}
        streams = dict(self.memory.get("streams", {}))
        for name, page in self.waiting:
            for table, rows in page.tables.items():
                tables.setdefault(table, []).extend(rows)
            sign = self._sign(self.landing.streams[name])
            streams[name] = {"sign": sign, "at": page.position}
        if complete_to is not None:
            tables = {t: [] for stream in self.landing.streams.values() for t in stream.tables} | tables
        keys = {
            t: table.key for stream in self.landing.streams.values() for t, table in stream.tables.items()
        }
        tables = {name: _once(rows, keys[name]) for name, rows in tables.items()}
        self.memory = self.memory | {"streams": streams}
        self.staging.put(tables, self.memory, complete_to.isoformat() if complete_to else None)
        self.waiting = []
        for name, rows in tables.items():
            if progress and rows:
                progress(f"landed {name}", len(rows))


def _once(rows: list[Row], key: list[str]) -> list[Row]:
    """Each key once: what came last counts."""
    return list({tuple(row[part] for part in key): row for row in rows}.values())
