"""Mails that could not go when they were made: they waited for opening hours, or for a server in trouble."""

from contextlib import suppress

from prefect import flow

from config.settings import load_settings
from flows.auditing.mails import said
from flows.auditing.posting import post_all
from flows.auditing.showing import introduce, say, show
from flows.past.archive_index import refresh
from reports.notes import sent_note


@flow(name="send-mail", flow_run_name="send mail", persist_result=False)
def send_mail() -> dict[str, str]:
    """Send what waits and may go now; what one source owes is sent once, whoever sends it."""
    settings = load_settings()
    introduce("send mail")
    told = {source: said(posted) for source, posted in post_all(settings).items()}
    if told:  # reports may be among what went
        with suppress(OSError):
            refresh(settings)
    for source, line in told.items():
        say(step="send", source=source, said=line)
    show("mails-that-waited", sent_note(told, settings.lang), "what became of them")
    return told
