"""``verify``: a report's folder, and the chain of every source against the store and the heads that reports print."""

import json
from pathlib import Path
from typing import Any

from audits.errors import WrongUse
from config.settings import Settings
from config.trail import key_of
from reports.archive.verify_report import KEYED, Fault, Proof, prove
from tasks.store import Head, StoreError, is_there, open_store


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


def prove_report(settings: Settings, folder: Path) -> Proof:
    """What the folder of one report proves by itself, and what this installation's store knows of its trail.

    Raises:
        WrongUse: no report lies there.
    """
    if not (folder / "manifest.json").is_file():
        raise WrongUse("there is no report here", str(folder), "name the folder that holds its manifest.json")
    proof = prove(folder)
    try:
        source = str(json.loads((folder / "results.json").read_bytes())["source"])
        trail = json.loads((folder / "life.json").read_bytes())["trail"]
        printed = Head(int(trail["batch"]), str(trail["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        proof.not_checked.append("the trail: this folder does not say its head")
        return proof
    if why := _unknown(settings, source, printed, proof):
        proof.not_checked.append(f"{KEYED} ({why})")
    return proof


def _unknown(settings: Settings, source: str, printed: Head, proof: Proof) -> str:
    """Hold a report's head against the store's chain; why that cannot be done, "" where it was."""
    url = settings.store_url.get_secret_value()
    if not is_there(url):
        return "there is no store here"
    try:
        with open_store(url, settings.store_wait_s, key_of(settings)) as store:
            if source not in store.known_sources():
                return f"this store knows no source {source}"
            faults = store.trail_faults(source, [("life.json", printed)] if printed.batch else [])
    except StoreError as error:
        return error.found
    proof.checked["batches of the trail"] = printed.batch
    do = "clausewatch verify tells what is wrong with the whole chain; ask who wrote to the store"
    proof.faults.extend(
        Fault("trail", fault.said, f"store, source {source}", do)
        for fault in faults
        if fault.batch <= printed.batch
    )
    return ""


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
