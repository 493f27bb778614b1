"""Looks of ``doctor`` at what must be reached: databases and their clocks, the mail server, Prefect's server."""

import json
import urllib.request
from collections.abc import Iterator
from importlib.metadata import version
from os import environ
from typing import Final

from audits.instants import instant_of
from config.clock import now
from config.mapping import load_mapping
from config.settings import Settings
from flows.auditing.posting import reach
from flows.serving.found import Finding
from tasks.crm.connections import clocks, far, rights_to_write, ways_open
from tasks.store.engine import clock, is_near

_SECOND: Final = 1_000_000
#: Clocks that differ by more: verdicts about minutes begin to lie, then to be worthless.
_WARN: Final = 2 * _SECOND
_BAD: Final = 60 * _SECOND
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def crm(settings: Settings, *, offline: bool) -> Iterator[Finding]:
    """The CRM's databases: reachable, and the role cannot write; the way to them is closed."""
    mapping = load_mapping(settings.source, dict(environ))
    yield Finding("mapping", "ok", f"{mapping.path}: {len(mapping.file.entities)} entities")
    for name, weak in ways_open(mapping).items():
        if weak:
            do = "write ?sslmode=verify-full&sslrootcert=CA.pem (PostgreSQL) or ?ssl_ca=CA.pem (MariaDB) in its URL"
            yield Finding("tls", "bad", f"connection {name}: {weak}", do)
    passing = far(mapping) if offline else frozenset()
    for name, rights in rights_to_write(mapping, passing).items():
        if rights:
            do = f"take them from the role: {'; '.join(rights[:3])}"
            yield Finding("crm", "bad", f"the role of connection {name} may write", do)
        else:
            yield Finding("crm", "ok", f"connection {name} reads and cannot write")


def time_of(settings: Settings, *, offline: bool) -> Iterator[Finding]:
    """Clocks of other machines against this one's."""
    mapping = load_mapping(settings.source, dict(environ))
    passing = far(mapping) if offline else frozenset()
    names = mapping.file.connections.keys()
    for connection in sorted(names - passing):
        before = instant_of(now())
        for found in clocks(mapping, names - {connection}).values():
            yield from _skew(f"connection {connection}", before, found)
    url = settings.store_url.get_secret_value()
    if is_near(url) or not offline:
        before = instant_of(now())
        yield from _skew("the store", before, clock(url))


def _skew(whose: str, before: int, theirs: int | None) -> Iterator[Finding]:
    """The distance of their instant from the span in which they were asked."""
    if theirs is None:
        return
    ahead, behind = theirs - instant_of(now()), before - theirs
    apart = max(ahead, behind, 0)
    state = "bad" if apart > _BAD else "warn" if apart > _WARN else "ok"
    if state == "ok":
        yield Finding("clock", "ok", f"{whose} has our time")
        return
    way = "ahead" if ahead > 0 else "behind"
    do = "let both machines take their time from the same servers (chrony, systemd-timesyncd)"
    yield Finding("clock", state, f"{whose} is {apart // _SECOND:,} s {way}", do)


def mail(settings: Settings, *, offline: bool) -> Iterator[Finding]:
    """Where mails go; a server is talked to, and nothing is sent."""
    where = f"{settings.smtp_host}:{settings.smtp_port} {settings.smtp_security}"
    near = settings.smtp_host in _LOOPBACK
    if settings.mail == "eml":
        found = "mails are written as .eml files, nobody is told"
        yield Finding("mail", "warn", found, "set mail: smtp to send them")
    elif settings.smtp_security == "none" and not near:
        yield Finding("mail", "bad", "SMTP without TLS to another host", "set smtp_security: starttls or tls")
    elif offline and not near:
        yield Finding("mail", "ok", f"{where}, not tried")
    elif trouble := reach(settings):
        do = "look at host, port, certificate and login in the settings"
        yield Finding("mail", "bad", f"{where}: {trouble}", do)
    else:
        login = " and lets us in" if settings.smtp_user else ""
        yield Finding("mail", "ok", f"{where} answers{login}")


def prefect(_settings: Settings, *, offline: bool) -> Iterator[Finding]:
    """The server that PREFECT_API_URL names, if any."""
    api = environ.get("PREFECT_API_URL", "")
    if not api or offline:
        return
    do = "start `clausewatch up` or the server, or take PREFECT_API_URL out of the environment"
    if not api.startswith(("http://", "https://")):
        yield Finding("prefect", "bad", "PREFECT_API_URL is no address", do)
        return
    try:
        with urllib.request.urlopen(f"{api.rstrip('/')}/admin/version", timeout=5) as answer:  # noqa: S310
            theirs, ours = str(json.load(answer)), version("prefect")
    except (OSError, ValueError) as error:
        said = str(getattr(error, "reason", "") or type(error).__name__)
        yield Finding("prefect", "bad", f"the server at PREFECT_API_URL does not answer: {said}", do)
        return
    if theirs != ours:
        found = f"the server has version {theirs}, we have {ours}"
        yield Finding("prefect", "warn", found, "run the same version on both")
    else:
        yield Finding("prefect", "ok", f"the server answers, version {theirs}")
