"""Proves the folder of one report: no byte changed, nothing missing or added, sums that close, one seal.

Stands alone, for an auditor without our installation: Python 3.9 or newer and nothing else.

    python3 -I verify_report.py FOLDER [--json]

Exit code 0: everything that can be checked holds; 1: something does not; 2: this is no folder of a report.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any, Iterable, Iterator, NamedTuple  # noqa: UP035 - Python 3.9 is enough here

VERDICTS = ("met", "breached", "pending", "not_applicable", "no_data")
AT_MOST = ("waived_le_breached", "notices_sum")
NEEDED = ("verdicts_sum", "clauses_sum", "teams_sum", "breached_sum")
_SEAL_IN_PAGE = re.compile(r"<dt>results\.json</dt><dd><code>([0-9a-f ]+)</code>")
_SEAL_IN_PDF = re.compile(rb"results\.json ([0-9a-f]{64})")
_HEAD_IN_PAGE = re.compile(r"<dd><code>[^<]* (\d+):([0-9a-f]{16})</code>")
#: What reading raises where somebody else wrote.
_NOT_OURS = (
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    csv.Error,
)
_RESTORE = "restore it from a copy; if there is none, the report proves nothing any more"
_RESEAL = "ask for the report as it was delivered, and compare this line"


class Fault(NamedTuple):
    """One thing that does not hold: which check, what was found, where, what to do."""

    check: str
    found: str
    where: str
    do: str


class Proof(NamedTuple):
    """What a folder proves: how much was checked, what does not hold, what nobody can check here."""

    checked: dict[str, int]
    faults: list[Fault]
    not_checked: list[str]


class Folder:
    """The files of a report, read once each; what is not there is empty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str) -> bytes:
        """The bytes of a file; b"" where it is missing."""
        place = self.path / name
        return place.read_bytes() if place.is_file() else b""

    def json(self, name: str) -> dict[str, Any]:
        """The object in a JSON file; empty where it is missing or none."""
        try:
            said = json.loads(self.read(name))
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


def sha(content: bytes) -> str:
    """sha256 in hex."""
    return hashlib.sha256(content).hexdigest()


def sha_of(path: Path) -> str:
    """sha256 of a file of any size, in hex."""
    made = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            made.update(block)
    return made.hexdigest()


def prove(path: Path) -> Proof:
    """Everything that a report's folder proves by itself."""
    folder = Folder(path)
    seen: list[str] = []
    checks = (_manifest, _spelling, _sums, _seals, _rows, _life, _snapshot)
    faults: list[Fault] = []
    for check in checks:
        try:
            faults += check(folder, seen)
        except _NOT_OURS as error:
            found = f"what it reads is not as we write it: {type(error).__name__} {error}"
            faults.append(
                Fault(check.__name__.strip("_"), found, "results.json, life.json or snapshot/", _RESTORE)
            )
    checked = {one: seen.count(one) for one in dict.fromkeys(seen)}
    return Proof(checked, faults, list(_not_checked(folder)))


def _manifest(folder: Folder, seen: list[str]) -> Iterator[Fault]:
    """Each file as it was sealed, none missing, none too many."""
    said = folder.json("manifest.json").get("files")
    if not isinstance(said, dict):
        yield Fault("manifest", "the list of files is not one", "manifest.json", _RESTORE)
        return
    there = {one.relative_to(folder.path).as_posix(): one for one in _files(folder.path)} if said else {}
    there.pop("manifest.json", None)
    gone = _gone(folder)
    for name in sorted(set(said) | set(there)):
        seen.append("files")
        if name not in said:
            yield Fault(
                "manifest",
                "a file that the report did not leave",
                name,
                "take it away, and ask who put it here",
            )
        elif name not in there:
            if name not in gone:
                yield Fault("manifest", "a file is missing", name, _RESTORE)
        elif there[name].is_symlink():
            yield Fault("manifest", "a link stands where a file should", name, _RESTORE)
        elif sha_of(there[name]) != said[name]:
            yield Fault("manifest", "a file was changed", name, _RESTORE)


def _files(path: Path) -> Iterable[Path]:
    return (one for one in sorted(path.rglob("*")) if one.is_file() or one.is_symlink())


def _gone(folder: Folder) -> dict[str, str]:
    """File -> why it is no longer here, as the manifest says: its time was over, or somebody was erased."""
    said = folder.json("manifest.json")
    marks = ((name, why) for why in ("expired", "erased") for name in (said.get(why) or {}))
    return {name: why for name, why in marks if not (folder.path / name).exists()}


def _spelling(folder: Folder, seen: list[str]) -> Iterator[Fault]:
    """The JSON files have one spelling: sorted, UTF-8, LF, no floats. Another one was written by somebody else."""
    for name in ("manifest.json", "results.json", "life.json"):
        raw = folder.read(name)
        if not raw:
            yield Fault("spelling", "a file is missing", name, _RESTORE)
            continue
        seen.append("spellings")
        try:
            said = json.loads(raw, parse_float=_no_float)
        except ValueError as error:
            yield Fault("spelling", f"this is not our JSON: {error}", name, _RESTORE)
            continue
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
        if text.encode() != raw:
            yield Fault("spelling", "the file was written again by something else", name, _RESTORE)
        elif said.get("schema") != 1:
            yield Fault(
                "spelling", f"schema {said.get('schema')!r} is not known here", name, "take the newer script"
            )


def _no_float(text: str) -> None:
    raise ValueError(f"a float, {text}")


def _sums(folder: Folder, seen: list[str]) -> Iterator[Fault]:
    """The closing sums that are printed, and the same reckoned again from the clauses."""
    results = folder.json("results.json")
    checks = {str(one.get("id")): one for one in results.get("checks", [])}
    for name in NEEDED:
        if name not in checks:
            yield Fault("sums", f"the closing sum {name} is missing", "results.json: checks", _RESTORE)
    for name, one in checks.items():
        seen.append("sums")
        left, right = sum(_listed(one.get("left"))), one.get("right")
        closes = isinstance(right, int) and (left <= right if name in AT_MOST else left == right)
        if not closes or one.get("holds") is not True:
            yield Fault("sums", f"{name}: {left} against {right}", "results.json: checks", _RESTORE)
    yield from _reckoned(results, seen)


def _listed(value: Any) -> list[int]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, int)]


def _reckoned(results: dict[str, Any], seen: list[str]) -> Iterator[Fault]:
    clauses, totals = results.get("clauses", []), results.get("totals", {})
    for clause in clauses:
        seen.append("sums")
        if sum(clause["counts"][name] for name in VERDICTS) != clause["population"]:
            found = f"the verdicts of {clause['id']} are not its population of {clause['population']}"
            yield Fault("sums", found, "results.json: clauses", _RESTORE)
    for name in (*VERDICTS, "population"):
        seen.append("sums")
        for rows, what in ((clauses, "clauses"), (results.get("teams", []), "teams")):
            total = sum(one["population"] if name == "population" else one["counts"][name] for one in rows)
            if total != totals.get(name):
                found = f"{name}: the {what} add up to {total}, the total says {totals.get(name)}"
                yield Fault("sums", found, f"results.json: {what}", _RESTORE)


def _seals(folder: Folder, seen: list[str]) -> Iterator[Fault]:
    """The seal that page, print and sheet carry is the sha256 of ``results.json``."""
    seal = sha(folder.read("results.json"))
    for place in sorted(folder.path.glob("report*.html")):
        found = _SEAL_IN_PAGE.search(place.read_text("utf-8", "replace"))
        yield from _sealed(place.name, found.group(1).replace(" ", "") if found else "", seal, seen)
    if printed := _SEAL_IN_PDF.search(folder.read("report.pdf")):
        yield from _sealed("report.pdf", printed.group(1).decode(), seal, seen)
    if raw := folder.read("findings.xlsx"):
        yield from _sealed("findings.xlsx", seal if _in_workbook(raw, seal) else "", seal, seen)


def _sealed(name: str, printed: str, seal: str, seen: list[str]) -> Iterator[Fault]:
    seen.append("seals")
    if printed != seal:
        said = f"the seal is {printed[:16]}…" if printed else "it does not carry the seal of these results"
        yield Fault("seal", f"{said}; results.json gives {seal[:16]}…", name, _RESEAL)


def _in_workbook(raw: bytes, seal: str) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            return any(seal.encode() in book.read(name) for name in book.namelist() if name.endswith(".xml"))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError, NotImplementedError, zlib.error):
        return False


def _rows(folder: Folder, seen: list[str]) -> Iterator[Fault]:
    """Listed rows are counted rows, each once."""
    raw = folder.read("findings.csv")
    if not raw:
        return
    seen.append("lists")
    keys = [row[0] for row in csv.reader(io.StringIO(raw.decode("utf-8-sig", "replace"), newline="")) if row][
        1:
    ]
    counted = folder.json("results.json").get("totals", {}).get("breached")
    if len(keys) != counted or len(set(keys)) != len(keys):
        found = f"{len(set(keys))} findings in {len(keys)} rows; results.json counts {counted}"
        yield Fault("rows", found, "findings.csv", _RESTORE)


def _life(folder: Folder, seen: list[str]) -> Iterator[Fault]:
    """``life.json`` belongs to these results, its movements close, and the page prints its head of the trail."""
    results, life = folder.json("results.json"), folder.json("life.json")
    seen.append("life")
    for name, other in (("as_of", results.get("as_of")), ("period", results.get("period", {}).get("key"))):
        if life.get(name) != other:
            found = f"its {name} is {life.get(name)}, that of the results {other}"
            yield Fault("life", found, "life.json", _RESTORE)
    since = life.get("since", {})
    moved = sum(since.get(name, 0) for name in ("open_before", "new", "reopened"))
    if not life.get("first_report") and moved - since.get("withdrawn", 0) - since.get(
        "cleared", 0
    ) != since.get("open_now"):
        yield Fault(
            "life", "open before, come and gone do not make what is open now", "life.json: since", _RESTORE
        )
    yield from _head(folder, life.get("trail") or {})


def _head(folder: Folder, trail: dict[str, Any]) -> Iterator[Fault]:
    for place in sorted(folder.path.glob("report*.html")):
        printed = _HEAD_IN_PAGE.search(place.read_text("utf-8", "replace"))
        if printed and (
            int(printed.group(1)) != trail.get("batch")
            or not str(trail.get("hash", "")).startswith(printed.group(2))
        ):
            found = f"it prints the head {printed.group(1)}:{printed.group(2)}, life.json another"
            yield Fault("trail", found, place.name, _RESEAL)


def _snapshot(folder: Folder, seen: list[str]) -> Iterator[Fault]:
    """The snapshot is whole, and the one that the results name."""
    going = any(name.startswith("snapshot/") for name in _gone(folder))  # by somebody who was killed at it
    if going or not (folder.path / "snapshot").is_dir():
        return
    said, here = folder.json("snapshot/manifest.json"), "snapshot/manifest.json"
    files = said.get("files")
    if not isinstance(files, dict):
        yield Fault("snapshot", "the list of files is not one", here, _RESTORE)
        return
    for name, sum_ in sorted(files.items()):
        seen.append("snapshot files")
        place = folder.path / "snapshot" / name
        if ".." in Path(name).parts or not place.is_file() or sha_of(place) != sum_:
            yield Fault("snapshot", "a file was changed or is missing", f"snapshot/{name}", _RESTORE)
    named = folder.json("results.json").get("snapshot", {})
    if content_hash(files) != named.get("hash"):
        yield Fault(
            "snapshot", "the results were judged from another snapshot", here, "look for the one they name"
        )
    rows = said.get("rows", {})
    for entity, frame in sorted(named.get("frames", {}).items()):
        if (files.get(f"frames/{entity}.parquet"), rows.get(entity)) != (frame["sha256"], frame["rows"]):
            yield Fault(
                "snapshot", f"the frame of {entity} is not the one judged", here, "look for the one they name"
            )


def content_hash(files: dict[str, str]) -> str:
    """What results name a snapshot by: its frames, rules and acts, whenever they were read.

    Args:
        files: path in the snapshot -> sha256.
    """
    kept = {
        path: sum_ for path, sum_ in files.items() if path.startswith(("frames/", "rules/", "acts/acts.json"))
    }
    return sha("".join(f"{sum_}  {path}\n" for path, sum_ in sorted(kept.items())).encode())


def _not_checked(folder: Folder) -> Iterator[str]:
    """What this folder alone cannot prove."""
    gone = list(_gone(folder).values())
    for why, said in (("expired", "their time was over"), ("erased", "somebody whom they named was erased")):
        if n := gone.count(why):
            yield f"files no longer here, for {said}: {n}; their sums and the day stay in manifest.json"
    if not (folder.path / "snapshot").is_dir():
        yield "the snapshot, which is not in this folder: results.json names it by its hash"
    if (folder.path / "report.pdf").exists() and not _SEAL_IN_PDF.search(folder.read("report.pdf")):
        yield "report.pdf does not name its seal among its keywords: compare the one on its last page by eye"
    yield "verdicts.parquet and the frames are compared by their sums; their rows are not read"
    yield "whether the CRM held what the snapshot holds, and whether the rules are the standard's"
    yield "who writes every file anew, manifest and seals too: compare the seal with one that was sent or printed then"


def words(path: Path, proof: Proof) -> Iterator[str]:
    """The proof in lines for people."""
    for fault in proof.faults:
        yield f"✗ {fault.check}: {fault.found}"
        yield f"  where: {fault.where}"
        yield f"  do:    {fault.do}"
    counted = ", ".join(f"{n} {what}" for what, n in proof.checked.items())
    yield f"{'✗' if proof.faults else '✓'} {path}: {counted}; {len(proof.faults) or 'nothing'} wrong"
    yield "not checked:"
    yield from (f"  - {one}" for one in proof.not_checked)


def as_json(path: Path, proof: Proof) -> str:
    """The proof for programs."""
    said = {
        "folder": str(path),
        "holds": not proof.faults,
        "checked": proof.checked,
        "faults": [fault._asdict() for fault in proof.faults],
        "not_checked": proof.not_checked,
    }
    return json.dumps(said, ensure_ascii=False, indent=1)


KEYED = "the trail: its chain of batches is keyed, so `clausewatch verify` on the machine that holds the key proves it"


def main(given: list[str]) -> int:
    """The command of this script."""
    parser = argparse.ArgumentParser(description="Check the folder of a Clausewatch report.")
    parser.add_argument("folder", type=Path, help="the folder that holds manifest.json")
    parser.add_argument("--json", action="store_true", help="for programs")
    asked = parser.parse_args(given)
    if not (asked.folder / "manifest.json").is_file():
        sys.stderr.write(f"{asked.folder} holds no manifest.json: name the folder of one report\n")
        return 2
    proof = prove(asked.folder)
    proof.not_checked.append(KEYED)
    text = as_json(asked.folder, proof) if asked.json else "\n".join(words(asked.folder, proof))
    sys.stdout.buffer.write((text + "\n").encode())
    return 1 if proof.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
