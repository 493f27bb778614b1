"""Erasing a person: their names leave every place we keep them; ledger, hashes and the chain stay as they are.

Files go first and the directory last, for it alone says what is to be looked for: whoever is interrupted runs
the same again. The order is held against audits of the source meanwhile.
"""

from dataclasses import dataclass, field
from os import environ
from pathlib import Path

from audits.errors import ClausewatchError, WrongUse
from config.clock import now
from config.mapping import Mapping, load_mapping
from config.settings import Settings
from config.trail import key_of
from tasks.forgetting import files
from tasks.forgetting.files import Held
from tasks.forgetting.names import Names
from tasks.forgetting.places import files_below
from tasks.forgetting.staging import staged
from tasks.store import Store, open_store
from tasks.store.erasing import Entry, Mails


class MailsWait(ClausewatchError):
    """Mails for others that name the person are still to be sent; nothing was erased."""

    exit_code = 1


@dataclass
class Touched:
    """What names somebody, by place; of an erasure: what was taken away.

    Args:
        mails: in the outbox.
        held: files below out/.
        logs, extracts: files below state/ (and of the mapping's change logs).
        staged: texts in staging databases, by connection.
        unreached: where the name stays, and why, for a person to see to.
    """

    mails: Mails
    held: Held
    logs: list[Path]
    extracts: list[Path]
    staged: dict[str, int]
    unreached: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Place -> how many."""
        return {
            "mails in the outbox, to the person": len(self.mails.theirs),
            "mails in the outbox, to others": len(self.mails.naming),
            ".eml files": len(self.held.mails),
            "rendered files": len(self.held.rendered),
            "own extracts": len(self.extracts),
            "texts in staging": sum(self.staged.values()),
            "logs": len(self.logs),
        }


def opened(settings: Settings) -> Store:
    """The store, with the key of the chain."""
    return open_store(settings.store_url.get_secret_value(), settings.store_wait_s, key_of(settings))


def look(settings: Settings, store: Store, entry: Entry) -> Touched:
    """Where somebody is named; nothing is changed."""
    names, mapping = _names(entry), _mapping(settings, entry.source)
    person = entry.id if entry.entity == "staff" else ""
    return Touched(
        mails=store.mails_about(entry, names),
        held=files.held(settings.out, names, person),
        logs=files.in_logs(settings.state, names),
        extracts=[path for top in _extracts(settings, mapping) for path in files.in_extracts(top, names)],
        staged=staged(mapping, names, erase=False) if mapping else {},
    )


def erase(settings: Settings, store: Store, entry: Entry, by: str, why: str) -> Touched:
    """Take somebody's names away everywhere, and note who ordered it and why; what was touched.

    Args:
        by: staff number of who orders it.
        why: the reason, without the name.

    Raises:
        WrongUse: nobody orders it, for no reason, or the reason names the person.
        MailsWait: mails for others that name the person wait to be sent.
        CrmError: a staging database is down.
    """
    names = _names(entry)
    if not by.strip() or not why.strip():
        raise WrongUse("an erasure needs who orders it and why", "--by, --why", "give both")
    if names.in_text(f"{by} {why}"):
        raise WrongUse(
            "the reason names the person, and would stay", "--by, --why", "write it without the name"
        )
    with store.lease(entry.source, f"erase {entry.entity} {entry.id}", now):
        touched = look(settings, store, entry)
        if waiting := touched.mails.waiting:
            do = "send them (`clausewatch notices --send`), or wait until they are sent; then erase"
            raise MailsWait(
                f"{len(waiting)} mails for others that name the person wait to be sent", "outbox", do
            )
        _clear(settings, touched, names, entry)
        bound = store.bound(names)
        store.forget(entry, names, by, why, now())
        _clear(settings, look_again(settings, entry, names), names, entry)
    touched.unreached = _unreached(settings, touched, names, bound)
    return touched


def look_again(settings: Settings, entry: Entry, names: Names) -> Touched:
    """Files written meanwhile by whoever sends mail, for that needs no lease."""
    person = entry.id if entry.entity == "staff" else ""
    return Touched(Mails([], [], []), files.held(settings.out, names, person), [], [], {})


def _clear(settings: Settings, touched: Touched, names: Names, entry: Entry) -> None:
    files.erase(touched.held, settings.out, now().date().isoformat())
    for path in touched.extracts:
        files.rewrite(path, names)
    for path in touched.logs:
        files.mask(path, names)
    mapping = _mapping(settings, entry.source) if any(touched.staged.values()) else None
    if mapping is not None:
        staged(mapping, names, erase=True)


def _names(entry: Entry) -> Names:
    return Names(entry.texts, entry.code or entry.id)


def _mapping(settings: Settings, source: str) -> Mapping | None:
    """The mapping of a source, as far as it is still there."""
    for name in dict.fromkeys((settings.source, source)):
        try:
            mapping = load_mapping(name, dict(environ))
        except ClausewatchError:
            continue
        if mapping.file.source == source:
            return mapping
    return None


def _extracts(settings: Settings, mapping: Mapping | None) -> list[Path]:
    """Folders in which our own extracts lie, each once."""
    logs = mapping.file.change_logs.values() if mapping else ()
    state = settings.state.resolve()
    others = [Path(log.folder) for log in logs if log.folder]
    return [settings.state, *(one for one in others if state not in one.resolve().parents)]


def _unreached(settings: Settings, touched: Touched, names: Names, bound: int) -> list[str]:
    """Where the name may still stand, or does."""
    said = [
        "the CRM, its registers and exports: erase there too; what they hold comes again, but for the directory"
    ]
    said += ["backups, and mails that have left the house"]
    if bound:
        said.append(f"{bound} lines of the trail whose own words name the person: they are bound, and stay")
    said += [f"{path}: the id or code is the name, and the ledger keeps it" for path in touched.held.kept]
    people = settings.people
    if people.is_file() and names.in_text(people.read_text(encoding="utf-8")):
        said.append(f"{people}: edit it by hand")
    left = (path for path in files_below(settings.state) if names.in_file("a.txt", path.read_bytes()))
    said += [f"{path}: found there, and not ours to change" for path in left]
    return said
