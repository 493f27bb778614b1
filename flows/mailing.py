"""Mails that could not go when they were made: they waited for opening hours, or for a server in trouble."""

from prefect import flow

from config.settings import load_settings
from flows.mails import said
from flows.posting import post_all


@flow(name="send-mail", persist_result=False)
def send_mail() -> dict[str, str]:
    """Send what waits and may go now; what one source owes is sent once, whoever sends it."""
    return {source: said(posted) for source, posted in post_all(load_settings()).items()}
