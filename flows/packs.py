"""Reports by schedule: judged from the newest snapshot and mailed, or withheld and officer and engineer told why."""

from datetime import datetime
from os import environ
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from config.reports import load_reports, report_named
from config.settings import load_settings
from flows.auditing.alarm import tell
from flows.auditing.request import AuditRequest
from flows.auditing.run import AuditRun
from flows.auditing.showing import introduce, key_of, say, show
from flows.reporting.pack_sending import send_report
from flows.reporting.packing import Held
from reports.notes import pack_note


def _name() -> str:
    asked = flow_run.parameters
    return f"report {asked.get('report', '')} {asked.get('period') or 'latest'}"


@flow(name="send-report", flow_run_name=_name, persist_result=False)
def send_pack(report: str, source: str = "", period: str = "") -> dict[str, Any]:
    """Send one report of config/reports.yaml; a report that is off there is passed over.

    Args:
        report: its name.
        source: mapping in config/crm/ or its path; empty: the report's, else the settings'.
        period: 2026-10, 2026-Q4, FROM..TO; empty: the last one of its kind that is over.
    """
    settings = load_settings()
    introduce("report", report=report, period=period)
    due = datetime.fromisoformat(flow_run.scheduled_start_time.isoformat())
    try:
        if not report_named(load_reports(settings.reports), report).enabled:
            return {"report": report, "state": "off"}
        told = send_report(settings, report, source=source, period=period, due=due)
    except Held:
        raise  # officer and engineer were told; the run fails, so that it is seen here too
    except Exception as error:
        run = AuditRun(AuditRequest(source=source), settings, dict(environ))
        error.add_note(f"told: {tell(run, error)}")
        raise
    introduce("report", report=report, source=told["source"], period=told["period"])
    readers, missed = len(told["readers"]), len(told["missed"])
    say(
        step="send",
        report=report,
        source=told["source"],
        period=told["period"],
        readers=readers,
        missed=missed,
    )
    show(key_of("report", report), pack_note(told, settings.lang), "the last one of this report")
    return told
