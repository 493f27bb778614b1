"""Which flow each schedule runs: one table from the words of ``config/schedules.yaml`` to flows."""

from typing import Any, Final

from prefect import Flow

from flows.mailing import send_mail
from flows.nightly_audit import nightly_audit

#: Flow as ``schedules.yaml`` names it -> flow as it is served.
FLOWS: Final[dict[str, Flow[..., Any]]] = {"audit": nightly_audit, "mailing": send_mail}
