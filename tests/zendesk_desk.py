"""A small Zendesk with a known story: what its tickets went through, and what the standard says of each."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from config.mapping import Mapping, load_mapping
from tests.house import ROOT
from tests.servers.zendesk import TOKEN, USER, Desk, zendesk_server

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
#: The server's clock when its records are asked for: midnight of 1 November in Shanghai.
AT: Final = datetime(2026, 11, 1, tzinfo=SHANGHAI)
#: The first second that is asked for, as in the mapping.
SINCE: Final = int(datetime(2026, 1, 1, tzinfo=SHANGHAI).timestamp())
_FIELD: Final = 7001
_AGENT: Final = 501
_OTHER: Final = 502


def second(text: str) -> int:
    """Seconds since 1970 of a moment in Shanghai, such as ``10-12 09:00``."""
    return int(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI).timestamp())


def iso(at: int) -> str:
    """The same as Zendesk writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Story:
    """Tickets told to a desk, act by act."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self._numbers = desk, count(9_000_000)
        desk.put("organizations", {"id": 31, "name": "Hengtai", "created_at": "2025-01-01T00:00:00Z"}, SINCE)
        for kind, rows in _STANDING.items():
            for row in rows:
                desk.put(kind, dict(row), SINCE)

    def received(self, number: int, kind: str | None, at: int, **more: Any) -> None:
        """A ticket that just came in, open and in an agent's hands."""
        ticket = {
            "id": number, "status": "open", "type": "question", "created_at": iso(at), "organization_id": 31,
            "group_id": 61, "assignee_id": _AGENT, "subject": "Private words", "description": "Private words",
            "tags": [], "via": {"channel": "email", "source": {"from": {}, "rel": None}},
            "custom_fields": [{"id": _FIELD, "value": kind}], **more,
        }  # fmt: skip
        self.desk.put("tickets", ticket, at)
        self._metric(number, "activate", at)

    def answered(self, number: int, at: int) -> None:
        """The first public comment of an agent."""
        self._metric(number, "fulfill", at)

    def status(self, number: int, old: str, new: str, at: int, *, as_audit: bool = False) -> None:
        """A change of status: named by its own key, or as audits name it."""
        named = {"field_name": "status", "value": new} if as_audit else {"status": new}
        self._changed(number, at, {**named, "previous_value": old})
        self.edit(number, at, status=new)

    def assigned(self, number: int, old: int | None, new: int | None, at: int) -> None:
        """A change of hands."""
        self._changed(number, at, {"assignee_id": new, "previous_value": old})
        self.edit(number, at, assignee_id=new)

    def merged(self, numbers: list[int], into: int, at: int) -> None:
        """Tickets closed into another, as the other's event tells it."""
        self._event(into, at, [], merged_ticket_ids=numbers)
        for number in numbers:
            self.status(number, "open", "closed", at)
            self.edit(number, at, tags=["closed_by_merge"])

    def rated(self, number: int, ticket: int, score: str, offered: int, given: int) -> None:
        """A rating asked for, and perhaps given."""
        row = {"id": number, "ticket_id": ticket, "score": score}
        self.desk.put(
            "satisfaction_ratings", row | {"created_at": iso(offered), "updated_at": iso(given)}, given
        )

    def edit(self, number: int, at: int, **changed: Any) -> None:
        """A ticket's present state, whatever its history says."""
        ticket = next(one for one in self.desk.held["tickets"] if one["id"] == number)
        self.desk.put("tickets", {**ticket, **changed}, at)

    def _metric(self, number: int, event: str, at: int) -> None:
        row = {"id": next(self._numbers), "ticket_id": number, "metric": "reply_time", "instance_id": 1}
        self.desk.put("ticket_metric_events", row | {"type": event, "time": iso(at)}, at)

    def _changed(self, number: int, at: int, what: dict[str, Any]) -> None:
        self._event(number, at, [{"event_type": "Change", "via": "Web form", **what}])

    def _event(self, number: int, at: int, children: list[dict[str, Any]], **more: Any) -> None:
        told = [{"id": next(self._numbers), **child} for child in children]
        event = {"id": next(self._numbers), "ticket_id": number, "event_type": "Audit", "child_events": told}
        self.desk.put("ticket_events", event | {"created_at": iso(at), "updater_id": _AGENT, **more}, at)


_STANDING: Final[dict[str, list[dict[str, Any]]]] = {
    "users": [
        {"id": _AGENT, "name": "Li Na", "email": "li.na@example.com", "role": "agent", "active": True, "default_group_id": 61},
        {"id": _OTHER, "name": "Wang", "email": "wang@example.com", "role": "admin", "active": True, "default_group_id": 61},
        {"id": 900, "name": "A client", "email": "client@example.com", "role": "end-user", "active": True},
    ],
    "groups": [{"id": 61, "name": "Service", "deleted": False}],
    "ticket_fields": [{"id": _FIELD, "title": "Service type", "type": "tagger"}],
}  # fmt: skip


def tell(desk: Desk) -> Story:
    """The story: each ticket's number says what it is there for in ``VERDICTS`` of the tests."""
    story, at = Story(desk), second("10-13 10:00")
    minute = 60
    story.received(1, "consultation", at)  # exactly 15 minutes, and exactly 2 hours: kept
    story.answered(1, at + 15 * minute)
    story.status(1, "open", "solved", at + 120 * minute)
    story.received(2, "consultation", at)  # one second late each time
    story.answered(2, at + 15 * minute + 1)
    story.status(2, "open", "solved", at + 120 * minute + 1)
    story.received(3, "complaint", at)  # never answered, never solved
    story.received(4, None, at, type="incident")  # Zendesk's own type: technical support
    story.answered(4, at + 29 * minute)
    story.status(4, "open", "pending", at + 30 * minute)
    story.status(4, "pending", "open", at + 60 * minute, as_audit=True)
    story.status(4, "open", "solved", at + 90 * minute)
    story.status(4, "solved", "closed", at + 4 * 1440 * minute)
    story.received(5, "consultation", at)  # reopened the next day: the same matter, solved too late
    story.answered(5, at + minute)
    story.status(5, "open", "solved", at + 60 * minute)
    story.status(5, "solved", "open", at + 24 * 60 * minute)
    story.status(5, "open", "solved", at + 30 * 60 * minute)
    story.received(6, "consultation", at)  # a double of 5
    story.merged([6], 5, at + 5 * minute)
    story.received(7, "consultation", at)  # thrown away
    story.status(7, "open", "deleted", at + 5 * minute)
    story.received(8, None, at, type="task")  # a kind of which the mapping says nothing
    story.received(9, "spare_parts", at)  # a kind that it does not know
    story.assigned(3, _AGENT, _OTHER, at + 10 * minute)
    story.assigned(3, _OTHER, None, at + 20 * minute)
    story.rated(1, 1, "good", at + 130 * minute, at + 1440 * minute)
    story.rated(2, 2, "offered", at + 130 * minute, at + 130 * minute)
    story.rated(3, 4, "unoffered", at + 130 * minute, at + 130 * minute)
    return story


def many(desk: Desk, tickets: int) -> Story:
    """Ordinary tickets, one a minute, answered after five and solved after ten."""
    story, at = Story(desk), second("10-01 00:00")
    for number in range(1, tickets + 1):
        story.received(number, "consultation", at + number * 60)
        story.answered(number, at + number * 60 + 300)
        story.status(number, "open", "solved", at + number * 60 + 600)
    return story


def environment(desk: Desk, staging: str) -> dict[str, str]:
    """What the shipped mapping takes from the environment."""
    return {
        "CLAUSEWATCH_ZENDESK_URL": desk.url,
        "CLAUSEWATCH_ZENDESK_USER": USER.removesuffix("/token"),
        "CLAUSEWATCH_ZENDESK_TOKEN": TOKEN,
        "CLAUSEWATCH_ZENDESK_STAGING": staging,
    }


def mapping_for(
    desk: Desk,
    folder: Path,
    *changes: tuple[str, str],
    staging: str = "",
    streams: tuple[str, ...] = (),
    **env: str,
) -> Mapping:
    """The shipped mapping with its folders under this one, with changes, perhaps with some streams alone."""
    text = (ROOT / "config" / "crm" / "zendesk.yaml").read_text(encoding="utf-8")
    text = _with_streams(text, streams) if streams else text
    for old, new in (("state/zendesk", str(folder / "zendesk")), *changes):
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "zendesk.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path, environment(desk, staging) | env)


def _with_streams(text: str, wanted: tuple[str, ...]) -> str:
    """The mapping with these streams alone; each begins eight blanks in."""
    head, _, rest = text.partition("      streams:\n")
    body, _, tail = rest.partition("\n  # registers:")
    parts = re.split(r"(?m)^(?=        [a-z])", body)
    kept = "".join(part for part in parts if part.strip().partition(":")[0] in wanted)
    return f"{head}      streams:\n{kept}\n  # registers:{tail}"


def served() -> Iterator[Desk]:
    """A desk on loopback, for a fixture."""
    with zendesk_server(Desk(int(AT.timestamp()))) as desk:
        yield desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk of this test alone."""
    yield from served()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have waited; it does not wait here."""
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waited.append))
    return waited


#: The instant up to which the server's answers are complete.
COMPLETE: Final = AT - timedelta(seconds=60)


def staged(folder: Path, table: str = "tickets") -> list[tuple[Any, ...]]:
    """A staging table's own columns, in the order of their rows."""
    path = folder / "zendesk" / "staging.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        mine = ", ".join(f'"{name}"' for name in names if not name.startswith("_dlt"))
        return list(connection.execute(f"SELECT {mine} FROM {table} ORDER BY 1, 2"))


def all_staged(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table that the mapping names."""
    with closing(
        sqlite3.connect(f"file:{folder / 'zendesk' / 'staging.db'}?mode=ro", uri=True)
    ) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    mine = [name for name in names if not name.startswith("_dlt") and name != "landing"]
    return {name: staged(folder, name) for name in sorted(mine)}


def small(desk: Desk, folder: Path, *changes: tuple[str, str]) -> Mapping:
    """A mapping with a cursor, a time and a list to go by, and no more."""
    return mapping_for(desk, folder, *changes, streams=("tickets", "ticket_events", "groups"))
