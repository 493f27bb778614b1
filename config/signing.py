"""The officer's decisions on readings, written down one below the other; nothing is ever taken out."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from audits.errors import WrongUse
from config.rules import load_readings, load_standards
from config.whole import whole

_HEAD = "# yaml-language-server: $schema=schema.json\nschema: 1\n"


@dataclass(frozen=True)
class Decision:
    """Who chose which option of which reading, when and why, from which day, for which clauses (none: all)."""

    reading: str
    option: str
    by: str
    why: str
    on: date
    from_: date
    clauses: tuple[str, ...] = ()


def sign(home: Path, decision: Decision, restates: bool = False) -> Path:
    """Append a decision to ``readings/signatures.yaml``; whole or not at all.

    Args:
        home: folder that holds ``standards/`` and ``readings/``.
        decision: what was decided. It counts for periods that begin on or after ``from_``.
        restates: allow a day before the month of signing, which changes figures already reported.

    Returns:
        The file.

    Raises:
        WrongUse: reading, option or clause is unknown, something is blank, or a closed period would change.
    """
    _refuse(decision, restates)
    path = home / "readings" / "signatures.yaml"
    before = path.read_text(encoding="utf-8") if path.exists() else f"{_HEAD}signatures: []\n"
    after = before.rstrip().removesuffix("[]").rstrip() + "\n" + _entry(decision)
    _try(home, after)
    with whole(path) as half:
        half.write_text(after, encoding="utf-8")
    return path


def _try(home: Path, signatures: str) -> None:
    """Load everything as it would stand, beside what stands now."""
    with TemporaryDirectory() as aside:
        for name in ("standards", "readings"):
            shutil.copytree(home / name, Path(aside) / name)
        (Path(aside) / "readings" / "signatures.yaml").write_text(signatures, encoding="utf-8")
        try:
            load_standards(Path(aside) / "standards", load_readings(Path(aside) / "readings"))
        except WrongUse as error:
            raise WrongUse(error.found, "readings sign", error.do) from error


def _refuse(decision: Decision, restates: bool) -> None:
    for name in ("by", "why"):
        if not getattr(decision, name).strip():
            raise WrongUse(f"--{name} is blank", "readings sign", "say who decided, and why")
    if decision.from_ < decision.on.replace(day=1) and not restates:
        do = "sign from this month on, or give --restates: what was reported already then stands as restated"
        raise WrongUse(f"{decision.from_} lies in a closed period", "--from", do)


def _entry(decision: Decision) -> str:
    """One line of YAML, read back the same whatever stands in it."""
    entry = {
        "reading": decision.reading,
        "option": decision.option,
        **({"clauses": list(decision.clauses)} if decision.clauses else {}),
        "by": decision.by,
        "on": decision.on.isoformat(),
        "from": decision.from_.isoformat(),
        "why": decision.why,
    }
    line = yaml.safe_dump(
        entry, allow_unicode=True, sort_keys=False, default_flow_style=True, width=10_000
    ).strip()
    return f"  - {line}\n"
