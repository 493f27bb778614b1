"""Build the helpdesk of a real month: an SQLite file with three tables, and the mapping that reads it.

What is known of it before any audit (the counts below) is what the report must come to.
"""

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from tests.real_month.days import ZONE, arrivals, later, stored

#: Cases received in October, and among them ...
RECEIVED: Final = 3_000
BLANK: Final = 88  # ... without a type
UNMAPPED: Final = {"备件": 13, "培训": 9, "报价": 6, "其他": 3}  # ... of types nobody mapped
MERGED: Final = 64  # ... merged into another
REOPENED: Final = 47  # ... open again at the end of the month, their first solution still on record
UNSTAMPED: Final = 26  # ... solved, but nobody entered a first reply
STILL_OPEN: Final = 71  # ... not solved yet
#: Cases of earlier months that nobody ever closed, and those of September that were.
OLD_OPEN: Final = 420
SEPTEMBER: Final = 700
NOVEMBER: Final = 60
EXTRACTED: Final = datetime(2026, 11, 2, 2, tzinfo=ZONE)
PERIOD: Final = "2026-10"
#: Who is who at the helpdesk.
PEOPLE: Final = Path(__file__).with_name("people.yaml")

_TYPES: Final = ("咨询", "技术支持", "投诉", "故障")
_SHARE: Final = (62, 27, 6, 5)
#: Usual minutes until the first reply and until the solution, and how many of a hundred are slow.
_PACE: Final = {"咨询": (6, 60, 4), "技术支持": (11, 120, 6), "投诉": (5, 420, 8), "故障": (2, 30, 8)}
_CHANNELS: Final = ("phone", "email", "web", "chat")
_AGENTS: Final = 18
_CUSTOMERS: Final = 140

_TABLES: Final = """
CREATE TABLE customers (number TEXT PRIMARY KEY, name TEXT);
CREATE TABLE agents (login TEXT PRIMARY KEY, name TEXT);
CREATE TABLE cases (
  number TEXT PRIMARY KEY, customer TEXT, type TEXT, status TEXT, priority TEXT, created TEXT, first_reply TEXT,
  solved TEXT, closed TEXT, agent TEXT, channel TEXT
);
"""


class Row(NamedTuple):
    """One case as the helpdesk keeps it."""

    number: str
    customer: str
    type: str | None
    status: str
    priority: str
    created: str | None
    first_reply: str | None
    solved: str | None
    closed: str | None
    agent: str
    channel: str


def build(folder: Path) -> Path:
    """Write ``helpdesk.db`` and ``helpdesk.yaml`` into a folder; gives the mapping's path."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "helpdesk.db"
    place.unlink(missing_ok=True)
    chance = Random(20261001)  # the same month in every run is the point
    with sqlite3.connect(place) as made:
        made.executescript(_TABLES)
        made.executemany(
            "INSERT INTO customers VALUES (?, ?)",
            [(f"K-{n:04d}", f"客户{n:04d}有限公司") for n in range(1, _CUSTOMERS + 1)],
        )
        made.executemany(
            "INSERT INTO agents VALUES (?, ?)",
            [(f"agent{n:02d}", f"坐席{n:02d}") for n in range(1, _AGENTS + 1)],
        )
        made.executemany(f"INSERT INTO cases VALUES ({', '.join('?' * len(Row._fields))})", rows(chance))
    made.close()
    mapping = folder / "helpdesk.yaml"
    text = Path(__file__).with_name("helpdesk.yaml").read_text(encoding="utf-8")
    mapping.write_text(text.replace("helpdesk.db", str(place)), encoding="utf-8")
    return mapping


def rows(chance: Random) -> list[Row]:
    """Every case of the helpdesk, oldest first."""
    return [
        *_old(chance),
        *_ordinary(chance, "0", arrivals(chance, date(2026, 9, 1), date(2026, 9, 30), SEPTEMBER)),
        *_month(chance),
        *_ordinary(chance, "2", arrivals(chance, date(2026, 11, 1), date(2026, 11, 1), NOVEMBER)),
    ]


def _old(chance: Random) -> Iterator[Row]:
    """Cases that nobody ever closed: most of them answered once, some never."""
    for n, at in enumerate(arrivals(chance, date(2025, 6, 2), date(2026, 8, 31), OLD_OPEN)):
        kind = chance.choices(_TYPES, _SHARE)[0]
        reply = None if chance.randrange(10) == 0 else later(chance, at, _PACE[kind][0], 10, 12)
        yield _row(chance, f"H-{at:%y%m}-8{n:04d}", at, kind, "处理中", reply, None, None)


def _ordinary(chance: Random, mark: str, instants: list[datetime]) -> Iterator[Row]:
    for n, at in enumerate(instants):
        kind = chance.choices(_TYPES, _SHARE)[0]
        yield _row(chance, f"H-{at:%y%m}-{mark}{n:04d}", at, kind, "已关闭", *_course(chance, at, kind))


def _month(chance: Random) -> Iterator[Row]:
    """October: 3,000 cases, each with at most one of the oddities."""
    instants = arrivals(chance, date(2026, 10, 1), date(2026, 10, 31), RECEIVED)
    odd = [
        *["blank"] * BLANK,
        *(kind for kind, n in UNMAPPED.items() for _ in range(n)),
        *["merged"] * MERGED,
        *["reopened"] * REOPENED,
        *["unstamped"] * UNSTAMPED,
    ]
    fates = odd + [""] * (RECEIVED - len(odd))
    chance.shuffle(fates)
    plain = [n for n, fate in enumerate(fates) if not fate]
    waiting = set(chance.sample(plain[-600:], STILL_OPEN))
    for n, (at, fate) in enumerate(zip(instants, fates, strict=True)):
        yield _october(chance, f"H-2610-1{n:04d}", at, "open" if n in waiting else fate)


def _october(chance: Random, number: str, at: datetime, fate: str) -> Row:
    usual = chance.choices(_TYPES, _SHARE)[0]
    reply, solved, closed = _course(chance, at, usual)
    kind: str | None = {"blank": None}.get(fate, fate if fate in UNMAPPED else usual)
    if fate == "merged":
        return _row(chance, number, at, kind, "已合并", None, None, at + timedelta(minutes=20))
    if fate == "open":
        return _row(chance, number, at, kind, "处理中", reply, None, None)
    if fate == "reopened":  # the helpdesk keeps the first solution on the case
        return _row(chance, number, at, kind, "已重开", reply, solved, None)
    if fate == "unstamped":
        return _row(chance, number, at, kind, "已关闭", None, solved, closed)
    return _row(chance, number, at, kind, "已关闭", reply, solved, closed)


def _course(chance: Random, at: datetime, kind: str) -> tuple[datetime, datetime, datetime]:
    """First reply, solution and closing of an ordinary case."""
    first, whole, slow = _PACE[kind]
    awake = 80 if kind == "故障" else 65
    reply = later(chance, at, first, slow, awake)
    solved = later(chance, reply, whole, slow, awake)
    return reply, solved, solved + timedelta(hours=chance.randrange(1, 30))


def _row(
    chance: Random,
    number: str,
    at: datetime,
    kind: str | None,
    status: str,
    reply: datetime | None,
    solved: datetime | None,
    closed: datetime | None,
) -> Row:
    """What lies ahead of the extract has not happened yet, and the status knows it."""
    customer = f"K-{min(_CUSTOMERS, 1 + int(chance.expovariate(1 / 40))):04d}"
    reply, solved, closed = (None if at and at > EXTRACTED else at for at in (reply, solved, closed))
    if status == "已关闭" and closed is None:
        status = "处理中" if solved is None else "已解决"
    return Row(
        number, customer, kind, status, chance.choice(("低", "中", "中", "高")), stored(at), stored(reply),
        stored(solved), stored(closed), f"agent{chance.randrange(1, _AGENTS + 1):02d}",
        chance.choice(_CHANNELS),
    )  # fmt: skip
