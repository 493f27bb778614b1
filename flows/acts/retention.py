"""What may be let go by the settings, and letting it go: bytes expire, their hashes and every result stay."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.clock import now
from config.settings import Settings
from config.trail import key_of
from flows.auditing.keeping import alone_in
from tasks.forgetting import ages
from tasks.forgetting.ages import Old
from tasks.forgetting.places import files_below
from tasks.store import open_store


@dataclass(frozen=True)
class Gone:
    """What went (or would go) of one kind: how many, their bytes, and where they lay."""

    what: str
    count: int
    size: int
    where: tuple[str, ...] = ()


def let_go(settings: Settings, *, dry: bool = False, at: datetime | None = None) -> list[Gone]:
    """Let everything go that is older than the settings keep it; kinds without anything are left out.

    Who is killed in the middle leaves it half done, and the next one ends it.

    Args:
        dry: only say what would go.
        at: the present instant; None: by the clock.

    Raises:
        StoreError: the store cannot be opened.
        ClausewatchError: a manifest cannot be read; what it covers stays.
    """
    present = at or now()
    olds = [old for old in _files(settings, present) if old.files]
    told = [Gone(old.what, len(old.files), old.size, _places(old)) for old in olds]
    if not dry:
        for old in olds:
            _remove(old, present.date().isoformat())
    told += _leftovers(settings, present, dry=dry)
    if settings.keep_mail_days and (count := _outbox(settings, present, dry=dry)):
        told.append(Gone("bytes of mails in the outbox", count, 0))
    return told


def _files(settings: Settings, at: datetime) -> list[Old]:
    out, state = settings.out, settings.state
    found = []
    if before := _before(at, settings.keep_snapshots_days):
        folders = ages.snapshots(out, before, ages.needed_by_younger(out, before))
        found.append(Old("snapshots", [path for folder in folders for path in files_below(folder)], out))
    if before := _before(at, settings.keep_mail_days):
        found.append(Old("mails", ages.mails(out, before), out))
    if before := _before(at, settings.keep_logs_days):
        found.append(Old("logs", ages.logs(state, before), state))
    if before := _before(at, settings.keep_staging_days):
        found.append(Old("staging", ages.staging(state, before), state))
    return found


def _before(at: datetime, days: int) -> float:
    """The instant before which something is old, seconds since the epoch; 0: never."""
    return (at - timedelta(days=days)).timestamp() if days else 0.0


def _places(old: Old) -> tuple[str, ...]:
    """Folders right below the top, each once."""
    return tuple(dict.fromkeys(path.relative_to(old.top).parts[0] for path in old.files))


def _remove(old: Old, day: str) -> None:
    """Hold each run's folder against an audit that would write into it."""
    with ExitStack() as held:
        for name in _places(old):
            if (old.top / name).is_dir():
                held.enter_context(alone_in(old.top / name))
        ages.let_go(old, day, marked=old.what in {"snapshots", "mails"})


def _leftovers(settings: Settings, at: datetime, *, dry: bool) -> list[Gone]:
    before = _before(at, 1)
    found = [(path, settings.out) for path in ages.leftovers(settings.out, before)]
    found += [(path, settings.state) for path in ages.leftovers(settings.state, before, backfills=True)]
    names = tuple(str(path.relative_to(top)) for path, top in found)
    if not dry:
        for path, top in found:
            ages.drop(path, top)
    return [Gone("leftovers of processes that died", len(found), 0, names)] if found else []


def _outbox(settings: Settings, at: datetime, *, dry: bool) -> int:
    url = settings.store_url.get_secret_value()
    with open_store(url, settings.store_wait_s, key_of(settings)) as store:
        return store.expire_mails(at - timedelta(days=settings.keep_mail_days), at, dry=dry)
