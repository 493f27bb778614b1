"""The engineer hears of a failed run by mail, from outside the outbox: the store may be what failed."""

from pathlib import Path

from audits.errors import ClausewatchError
from audits.instants import instant_of
from audits.notices import digest
from audits.people import Nobody
from config.clock import now
from config.people import load_people
from flows.posting import open_transport, sender_of
from flows.run import AuditRun
from reports.mail import render
from reports.mail.contexts import RunFailed
from tasks.mail.message import compose
from tasks.store.rows import OutboxMail


def tell_engineer(run: AuditRun, error: Exception) -> None:
    """Send one mail about a failed run; a failure to do so is noted on the run, never hidden."""
    try:
        _tell(run, error)
    except ClausewatchError as second:
        run.alarms.append(f"the engineer could not be told: {second}")


def _tell(run: AuditRun, error: Exception) -> None:
    people = load_people(run.settings.people, directory=run.directory if len(run.directory) else None)
    found = people.addressee("engineer", "", "", instant_of(now()))
    if isinstance(found, Nobody):
        run.alarms.append("nobody is named as engineer (config/people.yaml, addresses.engineer)")
        return
    person = people.person(found.person_id)
    told = _told(error)
    about = RunFailed(
        run.request.source or run.settings.source,
        run.step,
        told["found"],
        told["where"],
        told["do"],
        run.folder.name,
    )
    at = instant_of(run.started_at)
    body = render(about, people.lang_of(person.id), zone=run.facts.zone if run.facts else "UTC", as_of=at)
    envelope = digest(f"failed|{run.started_at.isoformat()}|{told['found']}")
    sender = sender_of(run.settings)
    mail = compose(envelope, sender, person.email, body.subject, body.text, body.html, run.started_at)
    folder = run.folder if run.folder != Path() else run.settings.out / "failed"
    transport = open_transport(run.settings, folder / "notices")
    try:
        outbox = OutboxMail(
            envelope,
            "",
            person.id,
            "operations",
            mail.sender,
            mail.recipients,
            mail.message_id,
            mail.content,
            1,
        )
        transport.deliver(outbox, lambda: None)
    finally:
        transport.close()


def _told(error: Exception) -> dict[str, str]:
    if isinstance(error, ClausewatchError):
        return {"found": error.found, "where": error.where, "do": error.do}
    return {"found": f"{type(error).__name__}: {error}", "where": "", "do": "see the flow run's log"}
