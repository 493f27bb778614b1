"""The word that a report is withheld, to officer and engineer, once for a reason (law 20)."""

from pathlib import Path
from typing import Final

from audits.instants import instant_of, moment_of
from audits.notices import digest
from config.clock import now
from config.settings import Settings
from flows.auditing import mails
from flows.auditing.posting import people_known, post, sender_of
from flows.reporting.pack_entries import held_since
from flows.reporting.pack_readers import Reader, readers_of
from flows.reporting.packing import Held, Wanted
from reports.mail.withheld import Withheld, withheld_mail
from tasks.mail.message import compose
from tasks.store import Store
from tasks.store.packs import PackRow
from tasks.store.rows import MailRow

#: Where ``.eml`` files of reports go, under ``out``.
EML: Final = Path("packs") / "notices"


def withhold(settings: Settings, store: Store, wanted: Wanted, held: Held) -> str:
    """Tell officer and engineer, once for a reason; what sending said."""
    people = people_known(settings, store, wanted.source)
    at = instant_of(now())
    readers = readers_of(wanted.report, people, at, found=False, pilot=False).reached
    row = _row_of(store, wanted, held)
    owed = [_word(settings, wanted, held, row, reader, at) for reader in readers]
    store.owe_pack(row, owed, now())
    if not readers:
        return f"nobody: {settings.people} names neither officer nor engineer with an address"
    said = mails.said(post(settings, store, wanted.source, settings.out / EML))
    return f"{', '.join(reader.person.email for reader in readers)}: {said}"


def _row_of(store: Store, wanted: Wanted, held: Held) -> PackRow:
    """The entry of this reason: the one that is there since the last report went, else a new one.

    A preview has one for each report that it wrote.
    """
    known = store.known_packs(wanted.source)
    rows = known[(known["report"] == wanted.name) & (known["period"] == wanted.period.key)]
    if held.still_owed:
        same = held_since(rows)
        same = same[same["note"] == held.why]
    else:
        same = rows[(rows["note"] == held.why) & (rows["as_of"] == held.as_of)]
    n = int(same["n"].iloc[0]) if len(same) else len(rows)
    folder = "" if held.still_owed else held.where
    return PackRow(
        wanted.source, wanted.name, wanted.period.key, n, "withheld", held.as_of, folder=folder, note=held.why
    )


def _word(settings: Settings, wanted: Wanted, held: Held, row: PackRow, reader: Reader, at: int) -> MailRow:
    """The mail to one of them; what a preview withholds is told once a month of periods."""
    named = f"{row.period}|{row.n}" if held.still_owed else f"{wanted.period.first_day:%Y-%m}"
    envelope = digest(f"withheld|{row.source}|{row.report}|{named}|{held.why}|{reader.person.id}")
    own = held.why in ("books", "failed")
    found = Withheld(
        wanted.title, row.period, row.source, envelope, held.why, held.values,
        held.found if own else "", held.where if own else "", held.todo, row.folder,
        tuple(one.named for one in wanted.report.recipients),
    )  # fmt: skip
    body = withheld_mail(found, reader.lang, zone=wanted.zone, as_of=held.as_of or at)
    made = compose(
        envelope, sender_of(settings), reader.person.email, body.subject, body.text, body.html, moment_of(at)
    )
    return MailRow(
        envelope, reader.person.id, "withheld", made.sender, made.recipients, made.message_id, made.content
    )
