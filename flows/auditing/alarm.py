"""A run that fails: the store knows it, nothing empty stays behind, and the engineer hears of it by mail.

The mail goes out beside the outbox, for the store may be what failed.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from audits.errors import ClausewatchError, WrongUse
from audits.instants import instant_of
from audits.notices import digest
from audits.people import Nobody, Person
from config.clock import now
from config.people import engineer_of
from config.settings import Settings
from flows.auditing.keeping import tidy
from flows.auditing.posting import open_transport, people_known, sender_of
from flows.auditing.run import AuditRun
from flows.auditing.steps import EmptyExtract
from flows.past.archive_index import note_failure
from reports.mail import render
from reports.mail.contexts import RunFailed
from tasks.mail.message import compose
from tasks.store import Store, StoreError
from tasks.store.rows import OutboxMail


@contextmanager
def minded(run: AuditRun) -> Iterator[None]:
    """Open a run, look after it to its end, and close it.

    What it raises carries notes for whoever sees it: ``kept`` (what stays on disk) and ``told`` (whom).
    A person who watches a run and asked for something wrong is told there, not by mail.
    """
    try:
        run.open()
        yield
    except Exception as error:
        tidy(run)
        close_in_store(run, error, run.step)
        if run.snapshot_folder.name and run.request.snapshot is None:
            error.add_note(f"kept: {run.snapshot_folder}")
        if not (run.watch and isinstance(error, WrongUse)):
            error.add_note(f"told: {tell(run, error)}")
            note_failure(run, error)
        raise
    finally:
        run.close()


def close_in_store(run: AuditRun, error: Exception, doing: str) -> None:
    """Note that a run failed, and while doing what."""
    if run.started:
        with suppress(StoreError):  # what failed first matters more
            run.store.finish_run(run.run_id, "failed", now(), f"{doing}: {error}"[:500])


def tell(run: AuditRun, error: Exception) -> str:
    """Send a letter about a failed run; says whom it reached, or why it reached nobody.

    The engineer hears of every one, the officer of an extract that holds nothing (law 20).
    """
    try:
        engineer = engineer_of(run.settings.people)
        readers = [engineer, *(_officer(run) if isinstance(error, EmptyExtract) else ())]
        if not engineer.email:
            return f"nobody: {run.settings.people} names no engineer under `addresses`"
        return "; ".join(_tell(run, error, reader) for reader in readers)
    except (ClausewatchError, OSError) as second:
        return f"nobody, for the engineer could not be told: {second}"


def _officer(run: AuditRun) -> list[Person]:
    source = run.facts.source if run.facts else run.settings.source
    return officers(run.settings, run.store, source)


def officers(settings: Settings, store: Store, source: str) -> list[Person]:
    """The compliance officer, by the addresses that the last audit read; nobody where there is no address."""
    people = people_known(settings, store, source)
    found = people.addressee("officer", "", "", instant_of(now()))
    person = None if isinstance(found, Nobody) else people.person(found.person_id)
    return [person] if person and person.email else []


def _tell(run: AuditRun, error: Exception, reader: Person) -> str:
    told = _told(error)
    source = run.mapping.file.source if run.mapping else run.request.source or run.settings.source
    about = RunFailed(source, run.step, told["found"], told["where"], told["do"], run.folder.name)
    key = f"failed|{run.started_at.isoformat()}|{reader.id}|{told['found']}"
    return _send(run.settings, about, reader, key, run.started_at, run.facts.zone if run.facts else "UTC")


def tell_engineer(settings: Settings, about: RunFailed) -> str:
    """Send a letter about a run that could not tell of itself; says whom it reached, or why nobody.

    Args:
        about: ``run`` and ``step`` name it: told twice, it is one letter.
    """
    engineer = engineer_of(settings.people)
    if not engineer.email:
        return f"nobody: {settings.people} names no engineer under `addresses`"
    try:
        return _send(settings, about, engineer, f"alarm|{about.step}|{about.run}", now(), "UTC")
    except (ClausewatchError, OSError) as error:
        return f"nobody, for the engineer could not be told: {error}"


def _send(settings: Settings, about: RunFailed, reader: Person, key: str, at: datetime, zone: str) -> str:
    body = render(about, reader.lang or "zh", zone=zone, as_of=instant_of(at))
    envelope = digest(key)
    mail = compose(
        envelope, sender_of(settings), reader.email, body.subject, body.text, body.html, at
    )  # fmt: skip
    letter = OutboxMail(
        envelope, about.source, reader.id, "operations", mail.sender, mail.recipients, mail.message_id,
        mail.content, 1,
    )  # fmt: skip
    transport = open_transport(settings, settings.out / "failed" / "notices")
    try:
        answer = transport.deliver(letter, lambda: None).answers[0]
    finally:
        transport.close()
    return " ".join(filter(None, (reader.email, answer.outcome, answer.text)))


def _told(error: Exception) -> dict[str, str]:
    if isinstance(error, ClausewatchError):
        return {"found": error.found, "where": error.where, "do": error.do}
    return {"found": f"{type(error).__name__}: {error}", "where": "", "do": "see the flow run's log"}
