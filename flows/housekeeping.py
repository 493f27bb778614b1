"""Housekeeping as a flow: what the settings keep no longer is let go, and the run says what went."""

from prefect import flow
from prefect.logging import get_run_logger

from config.settings import load_settings
from flows.retention import let_go


@flow(name="housekeeping", persist_result=False)
def housekeeping() -> dict[str, int]:
    """Let snapshots, mails, logs and staging go that are older than the settings keep them; how many of each."""
    gone = let_go(load_settings())
    for one in gone:
        get_run_logger().info("let go: %s %s, %s bytes", one.count, one.what, one.size)
    return {one.what: one.count for one in gone}
