"""A look of ``doctor`` at the reports: whether what ``reports.yaml`` says is sent is sent by a schedule."""

from collections.abc import Iterator

from audits.instants import instant_of
from config.clock import now
from config.report_times import unsent
from config.reports import load_reports
from config.schedules import load_schedules
from config.settings import Settings
from flows.serving.found import Finding


def reports_due(settings: Settings) -> Iterator[Finding]:
    """Reports whose schedule does not exist, sends another one, is off or never runs."""
    faults = unsent(settings, instant_of(now()))
    for fault in faults.values():
        yield Finding("reports", "bad", f"{fault.found}, {fault.where}", fault.do)
    if not faults:
        known, sent = load_reports(settings.reports).reports, load_schedules(settings).of("report")
        yield Finding(
            "reports", "ok", f"{len(known)} reports, {len({one.report for one in sent})} sent by schedules"
        )
