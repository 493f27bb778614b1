"""Mistakes made on purpose in what judges, and how many of them the tests notice.

``python -m benchmarks.mutants audits/checks audits/filters`` runs mutmut (settings in ``pyproject.toml``) on these
modules and prints the score of each: of the mutants that some test reaches, how many one of them killed. The mutated
copy of the project lies in ``mutants/``; what was judged before and has not changed since is not run again.
``docs/mutants.md`` holds what we saw.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HOME: Final = Path(__file__).resolve().parent.parent
MADE: Final = HOME / "mutants"
#: What pytest's end means for a mutant; mutmut writes these numbers. Any other means a test noticed it.
_ENDS: Final = {0: "survived", 5: "no tests", 33: "no tests", 34: "skipped"}


def modules(path: str) -> Iterator[str]:
    """``audits/checks`` as the names of the modules in it, ``audits/filters`` as that module."""
    root = HOME / path
    for file in sorted(root.rglob("*.py")) if root.is_dir() else [root.with_suffix(".py")]:
        yield ".".join(file.relative_to(HOME).with_suffix("").parts)


def score(module: str) -> Counter[str]:
    """How many mutants of a module were killed, survived, are reached by no test, or were not run."""
    file = MADE.joinpath(*module.split(".")).with_suffix(".py.meta")
    if not file.exists():
        return Counter()
    ends = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"].values()
    return Counter("not run" if end is None else _ENDS.get(end, "killed") for end in ends)


def main(paths: list[str]) -> int:
    """Run the mutants of these paths one after the other, and print the score by module."""
    names = [name for path in paths for name in modules(path)]
    patterns = [f"{name}.x*" for name in names]
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1", *patterns]
    subprocess.run(["nice", "-n", "10", *command], cwd=HOME, check=False)
    print(f"{'module':<32} {'killed':>7} {'survived':>9} {'no tests':>9} {'not run':>8}   score")
    for name in names:
        print(line(name, score(name)))
    return 0


def line(name: str, seen: Counter[str]) -> str:
    """One row: what was run, and the share of it that was killed in whole per cent, rounded down."""
    run = seen["killed"] + seen["survived"]
    share = f"{100 * seen['killed'] // run} %" if run else "-"
    figures = (seen[name] for name in ("killed", "survived", "no tests", "not run"))
    widths = (7, 9, 9, 8)
    return (
        f"{name:<32} " + " ".join(f"{n:>{w}}" for n, w in zip(figures, widths, strict=True)) + f"   {share}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["audits"]))
