"""The demo: a CRM and registers on this machine, live from the first day of its month."""

from datetime import datetime
from os import environ
from typing import Final, Literal, cast
from zoneinfo import ZoneInfo

from config.clock import now
from config.mapping import load_mapping
from config.settings import Settings
from config.trail import key_of
from flows.auditing.request import AuditRequest
from tasks.demo.build import build_demo
from tasks.store import open_store

SOURCE: Final = "demo"
PERIOD: Final = "2026-10"
#: The demo mails about what falls due from here on; earlier breaches are baseline.
_LIVE_FROM: Final = datetime(2026, 10, 1, tzinfo=ZoneInfo("Asia/Shanghai"))


def prepare(settings: Settings, lang: str = "") -> AuditRequest:
    """Write the demo's CRM and registers, let its source go live, and say what to audit."""
    build_demo(settings.state / "demo")
    with open_store(settings.store_url.get_secret_value(), key=key_of(settings)) as store:
        if store.source_state(SOURCE).mode == "preview":
            store.go_live(SOURCE, _LIVE_FROM, now())
    return AuditRequest(source=SOURCE, period=PERIOD, lang=cast(Literal["", "zh", "en"], lang))


def zone_of(settings: Settings) -> str:
    """The business's zone of the source in the settings."""
    return load_mapping(settings.source, dict(environ)).file.zone
