"""What we are made of: an SBOM with licences, a check of these licences, and an audit against known faults.

python -m benchmarks.supply licences          # exit 1 where one does not fit
uv export ... | python -m benchmarks.supply sbom > dist/sbom.cdx.json
python -m benchmarks.supply audit UV          # exit 1 on findings; 0, said aloud, where nobody can be asked
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

#: What runs with an installation: the project with all its extras.
_ROOT: Final = "clausewatch[rest,cluster]"
#: Words of licences under which a program may be used inside ours. LGPL: as a library, unchanged.
_FITS: Final = (
    "mit", "bsd", "0bsd", "apache", "isc", "psf", "python software foundation", "mpl", "mozilla", "lgpl",
    "gnu lesser", "zlib", "cc0", "unlicense", "hpnd", "cnri", "artistic", "ofl",
)  # fmt: skip
_NEVER: Final = re.compile(
    r"\bAGPL|Affero|\bGPL|GNU General Public|SSPL|Business Source|Commons Clause", re.IGNORECASE
)
#: What uv says of a database that does not answer, at once or after trying again.
_UNREACHED: Final = re.compile(r"error sending request|Request failed after")
#: What a package's metadata leaves open or mistells, looked up by a person in the package itself.
LOOKED_UP: Final[dict[str, str]] = {
    "clausewatch": "LicenseRef-Proprietary",
    "dkimpy": "Zlib",  # its LICENSE: for any purpose, to be marked where altered
    "encutils": "LGPL-3.0-only",  # its LICENSE
    "text-unidecode": "Artistic-1.0-Perl",  # its LICENSE offers the Artistic License or GPLv2+
}


def closure(root: str = _ROOT) -> dict[str, Distribution]:
    """Every installed package that a requirement brings along, itself included, by its name."""
    found: dict[str, Distribution] = {}
    seen: set[str] = set()
    waiting = [Requirement(root)]
    while waiting:
        wanted = waiting.pop()
        if (said := str(wanted)) in seen:
            continue
        seen.add(said)
        try:
            dist = distribution(wanted.name)
        except PackageNotFoundError:  # of another platform
            continue
        found[canonicalize_name(wanted.name)] = dist
        waiting += _required(dist, wanted.extras)
    return found


def _required(dist: Distribution, extras: Iterable[str]) -> Iterator[Requirement]:
    for text in dist.requires or ():
        one = Requirement(text)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield one


def licence(name: str, dist: Distribution) -> str:
    """A package's licence, by its metadata or by whoever looked it up; "" where nobody knows."""
    said: Any = dist.metadata  # a message, whatever its type says
    classified = [
        text.rpartition("::")[2].strip() for text in said.get_all("Classifier") or () if "License ::" in text
    ]
    found = (
        said.get("License-Expression")
        or "; ".join(classified)
        or str(said.get("License") or "").split("\n")[0]
    )
    return LOOKED_UP.get(name) or found


def misfits(licences: dict[str, str]) -> dict[str, str]:
    """Packages whose licence does not fit a proprietary program, or is not known: name -> why."""
    return {name: why for name, said in licences.items() if (why := _wrong(name, said))}


def _wrong(name: str, said: str) -> str:
    if name == "clausewatch":
        return ""
    if not said.strip():
        return "no licence is named"
    choices = re.split(r"\bOR\b", said)
    if all(
        _NEVER.search(choice.replace("LGPL", "").replace("Lesser General", "Lesser")) for choice in choices
    ):
        return f"{said}: must not run inside our process"
    return "" if any(word in said.lower() for word in _FITS) else f"{said}: unknown, look it up"


def sbom(exported: str, licences: dict[str, str]) -> str:
    """uv's CycloneDX without what differs from run to run, and with licences: the same lock, the same bytes."""
    said: dict[str, Any] = json.loads(exported)
    said.pop("serialNumber", None)
    said["metadata"].pop("timestamp", None)
    for one in said["components"]:
        if text := licences.get(canonicalize_name(one["name"])):
            one["licenses"] = [{"license": {"name": text}}]
    said["components"].sort(key=lambda one: (one["name"], one.get("version", "")))
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def audit(uv: str) -> int:
    """Ask the database of known faults about the lock.

    Exit code 1 on findings. Where it cannot be reached that is said, and is no failure, unless
    ``CLAUSEWATCH_AUDIT=required``: nobody should take silence for a clean bill. ``CLAUSEWATCH_OSV`` names a
    mirror of the database.
    """
    mirror = ["--service-url", os.environ["CLAUSEWATCH_OSV"]] if os.environ.get("CLAUSEWATCH_OSV") else []
    command = [uv, "audit", "--frozen", "--preview-features", "audit-command", *mirror]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, end="")
    if done.returncode == 2 and _UNREACHED.search(done.stderr):
        print(
            "NOT AUDITED: no database of known faults can be reached from here (api.osv.dev, or CLAUSEWATCH_OSV)"
        )
        return int(os.environ.get("CLAUSEWATCH_AUDIT") == "required")
    print(done.stderr, end="", file=sys.stderr)
    return done.returncode


def _licences() -> dict[str, str]:
    return {name: licence(name, dist) for name, dist in closure().items()}


def main(words: list[str]) -> int:
    """Do what the first word says."""
    match words:
        case ["licences"]:
            licences = _licences()
            wrong = misfits(licences)
            for name, why in sorted(wrong.items()):
                print(f"{name}: {why}")
            print(f"{len(licences)} packages run with an installation; {len(wrong)} licences do not fit")
            return 1 if wrong else 0
        case ["sbom"]:
            sys.stdout.write(sbom(sys.stdin.read(), _licences()))
            return 0
        case ["audit", uv]:
            return audit(uv)
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
