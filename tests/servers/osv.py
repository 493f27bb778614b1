"""A database of known faults on loopback, which answers as OSV does: by name and version, then by id.

It knows two faults of the past, by their real ids and ranges, and whatever a test adds.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

from packaging.version import Version

_WRITTEN: Final = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Fault:
    """What is known: its id, the package, and the versions it has, each range from one up to its cure."""

    id: str
    package: str
    ranges: tuple[tuple[str, str], ...]
    summary: str

    def has(self, package: str, version: str) -> bool:
        """Whether this version of this package has it."""
        at = Version(version)
        return package == self.package and any(Version(a) <= at < Version(z) for a, z in self.ranges)

    def record(self) -> dict[str, Any]:
        """The whole record, by OSV's schema."""
        events = [{"introduced": a, "fixed": z} for a, z in self.ranges]
        ranges = [{"type": "ECOSYSTEM", "events": [{name: at} for name, at in one.items()]} for one in events]
        affected = {"package": {"name": self.package, "ecosystem": "PyPI"}, "ranges": ranges}
        return {"id": self.id, "summary": self.summary, "modified": _WRITTEN, "affected": [affected]}


#: Jinja2's sandbox could be left by str.format_map; urllib3 sent cookies on to another host.
KNOWN: Final = (
    Fault("PYSEC-2019-217", "jinja2", (("0", "2.10.1"),), "Sandbox escape (CVE-2019-10906)"),
    Fault(
        "PYSEC-2023-192", "urllib3", (("0", "1.26.17"), ("2.0.0", "2.0.6")), "Cookie leak (CVE-2023-43804)"
    ),
)


@dataclass
class Osv:
    """The running database: its address, what it knows, and what it was asked about."""

    url: str = ""
    knows: list[Fault] = field(default_factory=lambda: list(KNOWN))
    asked: set[tuple[str, str]] = field(default_factory=set)
    says_nonsense: bool = False


@contextmanager
def osv_server() -> Iterator[Osv]:
    """Serve until the block ends."""
    osv = Osv()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
            pairs = [(one["package"]["name"], one["version"]) for one in asked]
            osv.asked.update(pairs)
            found = [[fault for fault in osv.knows if fault.has(*pair)] for pair in pairs]
            self._say(
                {"results": [{"vulns": [{"id": f.id, "modified": _WRITTEN} for f in one]} for one in found]}
            )

        def do_GET(self) -> None:
            wanted = self.path.rpartition("/")[2]
            self._say(next(fault for fault in osv.knows if fault.id == wanted).record())

        def _say(self, answer: dict[str, Any]) -> None:
            data = b"<html>busy</html>" if osv.says_nonsense else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    osv.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield osv
    finally:
        server.shutdown()
        server.server_close()
