"""Housekeeping as a flow: what the settings keep no longer is let go, and the run says what went."""

from prefect import flow

from config.settings import load_settings
from flows.acts.retention import let_go
from flows.auditing.showing import introduce, say, show
from reports.notes import gone_note


@flow(name="housekeeping", flow_run_name="housekeeping", persist_result=False)
def housekeeping() -> dict[str, int]:
    """Let snapshots, mails, logs and staging go that are older than the settings keep them; how many of each."""
    settings = load_settings()
    introduce("housekeeping")
    gone = let_go(settings)
    for one in gone:
        say(step="let go", what=one.what, count=one.count, bytes=one.size)
    show(
        "housekeeping",
        gone_note([(one.what, one.count, one.size) for one in gone], settings.lang),
        "what went",
    )
    return {one.what: one.count for one in gone}
