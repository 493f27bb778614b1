"""Who can be named by hand: the staff of a source's newest snapshot, by number, key or name."""

import json
from pathlib import Path

import pandas as pd

from audits.errors import WrongUse
from config.settings import Settings
from config.trail import key_of
from tasks.crm import snapshot
from tasks.store import open_store


def newest_of(out: Path, source: str) -> Path | None:
    """The snapshot of a source's newest run; None where there is none."""
    found = sorted(out.glob("*/snapshot/facts.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found:
        if json.loads(path.read_text(encoding="utf-8")).get("source") == source:
            return path.parent
    return None


def staff_known(settings: Settings, source: str) -> dict[str, frozenset[str]]:
    """Number, key or name -> keys of the staff it means; empty where nobody knows who works here."""
    place = newest_of(settings.out, source)
    frame = snapshot.read(place).facts.frames.get("staff") if place else None
    if frame is None or frame.empty:
        return {}
    with open_store(settings.store_url.get_secret_value(), settings.store_wait_s, key_of(settings)) as store:
        names = store.directory(source)
    return named(frame, names)


def named(staff: pd.DataFrame, names: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Every word that means somebody -> whom."""
    pairs = [(str(key), str(key)) for key in staff["id"]]
    if "staff_no" in staff.columns:
        pairs += [(str(n), str(k)) for k, n in zip(staff["id"], staff["staff_no"], strict=True) if n == n]  # noqa: PLR0124
    kept = names[(names["entity"] == "staff") & (names["name"] != "") & names["id"].isin(staff["id"])]
    pairs += list(zip(kept["name"].astype(str), kept["id"].astype(str), strict=True))
    found: dict[str, frozenset[str]] = {}
    for word, key in pairs:
        found[word] = found.get(word, frozenset()) | {key}
    return found


def one_of(word: str, known: dict[str, frozenset[str]], option: str) -> str:
    """The key of whoever is meant; the word itself where nobody can tell.

    Raises:
        WrongUse: nobody of that number or name works here, or two do.
    """
    meant = known.get(word, frozenset())
    if not known:
        return word
    if not meant:
        raise WrongUse(f"{word!r} is nobody in the list of staff", option, "give a staff number, key or name")
    if len(meant) > 1:
        numbers = ", ".join(sorted(meant))
        raise WrongUse(f"{len(meant)} people are called {word!r} ({numbers})", option, "give the number")
    return next(iter(meant))
