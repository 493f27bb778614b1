"""The demo: a plausible service CRM around National Day 2026, with planted records and an answer key.

The CRM keeps tickets, its own change log, calls, mails, escalations and surveys in a schema of its own;
acceptances, deliverables and deviations stand in three workbooks, as they do in most houses.
"""

from typing import Final

from tasks.demo.build import DemoPaths, build_demo
from tasks.demo.world import SEED

__all__ = ["AS_OF", "PERIOD", "SEED", "DemoPaths", "build_demo"]

#: The instant the demo is judged at, which is also when it was extracted.
AS_OF: Final = "2026-11-02T02:00:00+08:00"
#: The period the demo's report is about.
PERIOD: Final = "2026-10"
