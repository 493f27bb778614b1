"""``verify``: the chain of every source against the store, and against the heads that reports print."""

import json
from pathlib import Path
from typing import Any

from audits.errors import WrongUse
from config.settings import Settings
from config.trail import key_of
from tasks.store import Head, open_store


def prove_trails(settings: Settings, source: str = "", given: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What is wrong with each chain: ``source``, ``batches``, ``head``, ``printed`` and ``faults``.

    Args:
        source: one source; "" is every one the store knows.
        given: heads as reports print them, ``BATCH:HASH``; the hash may be cut short.

    Raises:
        WrongUse: a head that is none, or heads for no single source.
    """
    by_hand = [(f"--head {one}", _head(one)) for one in given]
    printed = _printed(settings.out)
    with open_store(settings.store_url.get_secret_value(), settings.store_wait_s, key_of(settings)) as store:
        sources = [source] if source else store.known_sources()
        if by_hand and len(sources) != 1:
            raise WrongUse("a head belongs to one source", "--head", "name its --source")
        out = []
        for one in sources:
            head, heads = store.trail_head(one), [*printed.get(one, []), *by_hand]
            faults = store.trail_faults(one, heads)
            said = [{"batch": f.batch, "what": f.what, "said": f.said} for f in faults]
            row = {
                "source": one,
                "batches": head.batch,
                "head": head.hash,
                "printed": len(heads),
                "faults": said,
            }
            out.append(row)
    return out


def _head(text: str) -> Head:
    batch, _, sha = text.partition(":")
    if not batch.isdigit() or len(sha) < 4:
        raise WrongUse(f"{text!r} is no head", "--head", "write it as a report prints it: 12:9c41…")
    return Head(int(batch), sha.replace(" ", "").rstrip("…").lower())


def _printed(out: Path) -> dict[str, list[tuple[str, Head]]]:
    """Source -> heads in the reports of this installation; a report that cannot be read says nothing."""
    found: dict[str, list[tuple[str, Head]]] = {}
    for path in sorted(out.glob("*/life.json")):
        try:
            source = json.loads((path.with_name("results.json")).read_text(encoding="utf-8"))["source"]
            head = json.loads(path.read_text(encoding="utf-8"))["trail"]
        except (OSError, ValueError, KeyError):
            continue
        found.setdefault(source, []).append(
            (f"{path.parent.name}/life.json", Head(head["batch"], head["hash"]))
        )
    return found
