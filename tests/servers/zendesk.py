"""A private server that speaks Zendesk's export API: pages, cursors, limits, and the faults of a long line.

What its makers document, as far as a landing meets it: cursor-based exports of tickets; time-based ones of
events, metric events and organisations, whose pages overlap by the second they end in; lists with cursors; what
changed in the last minute is left out; 401 without the right login; 429 with Retry-After.
"""

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from tests.servers.processes import LOOPBACK

#: An administrator's login and the token that goes with it; both are only known here.
USER: Final = "admin@example.com/token"
TOKEN: Final = "tok-9f3-loopback-only"  # a secret of this server alone
_LAG: Final = 60
_LISTS: Final = ("users", "groups", "ticket_fields", "satisfaction_ratings")
_BY_TIME: Final = ("ticket_events", "ticket_metric_events", "organizations")

Json = dict[str, Any]


@dataclass
class Desk:
    """What the server holds, and how it behaves; a test changes both between two requests.

    Args:
        at: the server's own clock, seconds since 1970.
        held: list -> records; in those exported by time, ``_at`` is the second of their last change.
        page: records on a page.
        faults: part of a path -> what to do instead of answering, one for each request: a status with
            the seconds of its Retry-After (``"429 7"``), ``drop``, ``cut``, ``garbage``, ``redirect``.
        before: called with each path before it is answered.
        unsigned: kinds exported by time whose answers do not say when they end, as some do not.
    """

    at: int
    held: dict[str, list[Json]] = field(default_factory=dict)
    page: int = 100
    faults: dict[str, list[str]] = field(default_factory=dict)
    before: Callable[[str], None] = lambda _path: None
    unsigned: tuple[str, ...] = ()
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    logins: set[str] = field(default_factory=set)
    url: str = ""

    def put(self, kind: str, record: Json, at: int) -> None:
        """Add a record, or change the one with the same id."""
        held = self.held.setdefault(kind, [])
        held[:] = [one for one in held if one["id"] != record["id"]]
        held.append({**record, "_at": at})

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [path for path, _ in self.asked]

    def fault(self, path: str) -> str | None:
        """What to do instead of answering; None: answer."""
        for part, actions in self.faults.items():
            if part in path and actions:
                return actions.pop(0)
        return None

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Json]:
        """Status and body of a request."""
        name = path.removesuffix(".json").removeprefix("/api/v2/")
        if name == "incremental/tickets/cursor":
            return self._by_cursor("tickets", query)
        if name.removeprefix("incremental/") in _BY_TIME and name.startswith("incremental/"):
            return self._by_time(name.removeprefix("incremental/"), query)
        if name in _LISTS:
            return self._listed(name, query)
        return 404, {"error": "InvalidEndpoint"}

    def _exported(self, kind: str) -> list[Json]:
        rows = [row for row in self.held.get(kind, []) if row["_at"] <= self.at - _LAG]
        return sorted(rows, key=lambda row: (row["_at"], row["id"]))

    def _by_cursor(self, kind: str, query: dict[str, str]) -> tuple[int, Json]:
        if "cursor" in query:
            after = tuple(json.loads(base64.b64decode(query["cursor"])))
        else:
            after = (int(query["start_time"]), -1)
        rows = [row for row in self._exported(kind) if (row["_at"], row["id"]) > after]
        page = rows[: self.page]
        last = (page[-1]["_at"], page[-1]["id"]) if page else after
        cursor = base64.b64encode(json.dumps(last).encode()).decode()
        ended = len(rows) <= self.page
        return 200, {kind: _bare(page), "after_cursor": cursor, "end_of_stream": ended, "before_cursor": None}

    def _by_time(self, kind: str, query: dict[str, str]) -> tuple[int, Json]:
        start = int(query["start_time"])
        if start > self.at - _LAG:
            return 400, {"error": "StartTimeTooRecent"}
        rows = [row for row in self._exported(kind) if row["_at"] >= start]
        page = rows[: self.page]
        while len(page) < len(rows) and (
            rows[len(page)]["_at"] == page[-1]["_at"] or page[-1]["_at"] == start
        ):
            page.append(rows[len(page)])
        end = page[-1]["_at"] if page else None
        more = f"{self.url}/api/v2/incremental/{kind}.json?start_time={end}" if page else None
        body: Json = {kind: _bare(page), "count": len(page), "next_page": more, "end_time": end}
        return 200, body if kind in self.unsigned else body | {"end_of_stream": len(page) == len(rows)}

    def _listed(self, kind: str, query: dict[str, str]) -> tuple[int, Json]:
        rows = sorted(self.held.get(kind, []), key=lambda row: row["id"])
        if kind == "users":
            rows = [row for row in rows if row["role"] in query.get("role[]", "")]
        rows = [row for row in rows if row["id"] > int(query.get("page[after]", -1))]
        page = rows[: self.page]
        more = len(rows) > self.page
        meta = {"has_more": more, "after_cursor": str(page[-1]["id"]) if page else None}
        return 200, {kind: _bare(page), "meta": meta}


def _query(text: str) -> dict[str, str]:
    """The parameters; what is said several times is joined by a comma."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(text):
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _bare(rows: list[Json]) -> list[Json]:
    return [{key: value for key, value in row.items() if key != "_at"} for row in rows]


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer waits 40 ms for the next packet
    desk: Desk

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.desk.before(parts.path)
        self.desk.asked.append((parts.path, _query(parts.query)))
        fault = self.desk.fault(parts.path)
        if fault is not None:
            self._misbehave(fault)
        elif not self._known():
            self._say(401, {"error": "Couldn't authenticate you"})
        else:
            self._say(*self.desk.answer(parts.path, _query(parts.query)))

    def _known(self) -> bool:
        wanted = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        said = self.headers.get("Authorization", "")
        self.desk.logins.add(said.partition(" ")[0])
        return said in (f"Basic {wanted}", f"Bearer {TOKEN}")

    def _say(self, status: int, body: Json, **headers: str) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def _misbehave(self, fault: str) -> None:
        status, _, wait = fault.partition(" ")
        match status:
            case "drop":
                self.close_connection = True
            case "cut":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'{"tickets": [')
                self.close_connection = True
            case "garbage":
                self._say(200, {}, X_Note="x")
            case "redirect":
                self._say(302, {}, Location=f"{self.desk.url}/elsewhere")
            case _:
                self._say(int(status), {"error": "x"}, **({"Retry_After": wait} if wait else {}))

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(self.desk.at if timestamp is None else timestamp, usegmt=True)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that was killed is no news."""


@contextmanager
def zendesk_server(desk: Desk, context: ssl.SSLContext | None = None) -> Iterator[Desk]:
    """Serve a desk on loopback; with a context, over TLS. Its address is ``desk.url``."""
    server = _Server((LOOPBACK, 0), type("Conversation", (_Conversation,), {"desk": desk}))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    desk.url = f"{'http' if context is None else 'https'}://{LOOPBACK}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield desk
    finally:
        server.shutdown()
        with suppress(OSError):
            server.server_close()
        thread.join(timeout=10)
