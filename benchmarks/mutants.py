"""Mistakes made on purpose in what judges, and how many of them the tests notice.

``python -m benchmarks.mutants --sample 800 --seed 1`` draws mutants from all of ``audits/`` in proportion to its
modules, as the product draws its own samples, and answers with an exact interval. With paths
(``audits/checks audits/filters``) all mutants of these are judged. mutmut makes the mutants, in ``mutants/``;
``benchmarks.mutants_judge`` asks the tests. What was judged stays judged until the function changes, and what
survived until the tests change too, so a run that was stopped goes on where it was.
``docs/mutants.md`` holds what we saw.
"""

import argparse
import ast
import builtins
import json
import os
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

import pandas as pd

from audits import errors
from audits.samples import answer, draw, interval

HOME: Final = Path(__file__).resolve().parent.parent
MADE: Final = HOME / "mutants"
REACH: Final = MADE / "reach.jsonl"
ENDS: Final = MADE / "ends.jsonl"
#: What tests of ``audits`` depend on beside themselves.
CODE: Final = ("audits", "config")
#: Mutants that people found to change nothing: name, start of the hash of its text, reason.
SAME: Final = HOME / "benchmarks" / "mutants_same.tsv"
#: What must be shown of those that can be killed, and the risk on each side of a 95 % interval.
BAR: Final = Fraction(85, 100)
RISK: Final = Fraction(1, 40)
#: So many of each module are looked at, whatever its share; those beyond its share stay out of the score.
FEW: Final = 3
#: How a mutant can end, in the order of the table.
WORDS: Final = ("killed", "survived", "no tests", "same", "text", "not run")


# ---- what there is --------------------------------------------------------------------------------------
def make() -> None:
    """Copy the project to ``mutants/`` and write every mutant of every function of ``audits/`` there."""
    from mutmut.__main__ import create_mutants
    from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir

    os.chdir(HOME)
    MADE.mkdir(exist_ok=True)
    copy_src_dir()
    copy_also_copy_files()
    create_mutants(os.cpu_count() or 1)


def frame(paths: Sequence[str]) -> pd.DataFrame:
    """Every mutant of these modules: columns ``key`` (its name) and ``stratum`` (its module)."""
    rows = [
        (key, ".".join(file.relative_to(HOME).with_suffix("").parts))
        for path in paths
        for file in files_of(path)
        for key in json.loads(_beside(file, ".meta").read_text(encoding="utf-8"))["exit_code_by_key"]
    ]
    return pd.DataFrame(rows, columns=["key", "stratum"])


def files_of(path: str) -> list[Path]:
    """``audits/checks`` as the files in it, ``audits/filters`` as that file."""
    root = HOME / path
    return sorted(root.rglob("*.py")) if root.is_dir() else [root.with_suffix(".py")]


def _beside(file: Path, suffix: str) -> Path:
    made = MADE / file.relative_to(HOME)
    return made.with_name(made.name + suffix)


def drawn(whole: pd.DataFrame, size: int, seed: str) -> pd.DataFrame:
    """A sample in proportion to the modules (``counted``), and of small modules a few beyond their share."""
    counted = draw(whole, size, seed).assign(counted=True)
    few = [draw(part, FEW, seed) for _, part in whole.groupby("stratum")]
    beyond = pd.concat(few).loc[lambda rows: ~rows["key"].isin(counted["key"])].assign(counted=False)
    return pd.concat([counted, beyond], ignore_index=True)


def texts(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The source of each mutant and of the function it was made from."""
    by_file: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_file[name.rpartition(".")[0]].append(name)
    out = {}
    for module, some in by_file.items():
        file = HOME.joinpath(*module.split(".")).with_suffix(".py")
        lines = (MADE / file.relative_to(HOME)).read_text(encoding="utf-8").splitlines()
        spans = json.loads(_beside(file, ".spans").read_text(encoding="utf-8"))["spans"]
        for name in some:
            short = name.rpartition(".")[2]
            both = (short, f"{short.partition('__mutmut_')[0]}__mutmut_orig")
            mutant, origin = ("\n".join(lines[spans[one][0] - 1 : spans[one][1]]) for one in both)
            out[name] = dedent(mutant).replace(short, both[1]), dedent(origin)
    return out


class _NoTexts(ast.NodeTransformer):
    """Leaves out what an error says."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and _is_error(node.func.id):
            return node.func
        return self.generic_visit(node)


def _is_error(name: str) -> bool:
    found = getattr(errors, name, None) or getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def only_text(mutant: str, origin: str) -> bool:
    """Whether a mutant changes nothing but what an error says to people."""
    left, right = (ast.dump(_NoTexts().visit(ast.parse(text))) for text in (mutant, origin))
    return left == right


def changed(mutant: str, origin: str) -> Iterator[str]:
    """The lines that differ."""
    lines = unified_diff(origin.splitlines(), mutant.splitlines(), lineterm="", n=0)
    yield from (line for line in lines if line[:2] not in {"--", "++", "@@"})


# ---- what was judged ------------------------------------------------------------------------------------
def state_of(folders: Sequence[str], *files: str) -> str:
    """A hash over what lies in these folders, and over these files."""
    seen = sha256()
    inside = [file for folder in folders for file in sorted((HOME / folder).rglob("*"))]
    for file in [*inside, *(HOME / file for file in files)]:
        if file.suffix in {".py", ".yaml"}:
            seen.update(str(file.relative_to(HOME)).encode() + b"\0" + file.read_bytes())
    return seen.hexdigest()[:16]


def ends(marks: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """How each of these mutants ended, where that still holds."""
    out: dict[str, str] = {}
    for line in ENDS.read_text(encoding="utf-8").splitlines() if ENDS.exists() else []:
        seen = json.loads(line)
        mark = marks.get(seen["name"], {})
        if seen["text"] != mark.get("text") or seen["end"] == "fault":
            continue
        killed = seen["end"] in {"killed", "stopped"}
        if killed or seen["tests"] == mark["tests"]:
            out[seen["name"]] = "killed" if killed else "survived" if seen["of"] else "no tests"
    return out


def same() -> dict[tuple[str, str], str]:
    """Mutants found to change nothing, with the reason."""
    rows = SAME.read_text(encoding="utf-8").splitlines() if SAME.exists() else []
    return {(name, text): why for name, text, why in (row.split("\t") for row in rows if row)}


def judge(marks: Mapping[str, Mapping[str, str]], options: argparse.Namespace) -> None:
    """Note what the tests call, where that is not known yet, and ask the tests of these mutants."""
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))
    files: list[str] = project["tool"]["mutmut"]["pytest_add_cli_args_test_selection"]
    order = {"reach": str(REACH), "files": files, "most": options.children, "out": str(ENDS)}
    kept, missing = reached({file: state_of(CODE, file.partition("::")[0]) for file in files})
    REACH.write_text("".join(kept), encoding="utf-8")
    if missing:
        _start({**order, "do": "reach", "marks": missing}, "stats")
    _start({**order, "do": "judge", "budget": options.budget, "marks": dict(marks)}, "")


def reached(files: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """What is known of these files and still holds, as lines; and the files that are to be run again."""
    lines = REACH.read_text(encoding="utf-8").splitlines(keepends=True) if REACH.exists() else []
    known = {seen["file"]: (seen["mark"], line) for line in lines for seen in [json.loads(line)]}
    kept = {file: known[file][1] for file, mark in files.items() if known.get(file, ("",))[0] == mark}
    return list(kept.values()), {file: mark for file, mark in files.items() if file not in kept}


def _start(order: Mapping[str, Any], which: str) -> None:
    path = MADE / "order.json"
    path.write_text(json.dumps(order), encoding="utf-8")
    command = ["nice", "-n", "15", sys.executable, "-m", "benchmarks.mutants_judge", str(path)]
    environment = {**os.environ, "MUTANT_UNDER_TEST": which, "PYTHONPATH": str(MADE)}
    if subprocess.run(command, cwd=MADE, env=environment, check=False).returncode:
        raise SystemExit(1)  # what is wrong was said


# ---- what is said ---------------------------------------------------------------------------------------
def table(rows: pd.DataFrame) -> Iterator[str]:
    """By module, and in all: how the mutants ended. Columns ``stratum``, ``end``, ``counted``."""
    yield f"{'module':<32}" + "".join(f"{word:>10}" for word in WORDS)
    for module, part in rows.groupby("stratum"):
        yield _line(str(module), Counter(part["end"]))
    yield _line("all", Counter(rows["end"]))


def _line(name: str, seen: Counter[str]) -> str:
    return f"{name:<32}" + "".join(f"{seen[word]:>10}" for word in WORDS)


def score(seen: Counter[str]) -> str:
    """The share killed of what can be killed, with its exact interval and what that shows of the bar."""
    killed = seen["killed"]
    n = killed + seen["survived"] + seen["no tests"]
    if not n:
        return "nothing was run"
    low, high = interval(killed, n, RISK)
    said = answer(killed, n, BAR, RISK).value.replace("_", " ")
    return (
        f"{killed} of {n} killed: {1000 * killed // n / 10} %, "
        f"95 % interval {low / 100:.2f} to {high / 100:.2f} %; {100 * BAR} %: {said}"
    )


def main(arguments: Sequence[str]) -> int:
    """Draw or take all, judge what is not judged yet, and print the table, the survivors and the score."""
    options = _options(arguments)
    make()
    whole = frame(options.paths or ["audits"])
    rows = drawn(whole, options.sample, options.seed) if options.sample else whole.assign(counted=True)
    found = texts(list(rows["key"]))
    now = state_of((*CODE, "tests"))
    marks = {key: {"text": _short(found[key][0]), "tests": now} for key in rows["key"]}
    known = same()
    aside = {key: "text" for key in marks if only_text(*found[key])}
    aside |= {key: "same" for key in marks if (key, marks[key]["text"]) in known}
    ready = ends(marks)
    left = [key for key in marks if key not in aside and key not in ready]
    left.sort(key=lambda key: sha256(f"{options.seed}\t{key}".encode()).digest())
    if left and not options.show:
        judge({key: marks[key] for key in left}, options)
    ended = {**ends(marks), **aside}
    rows = rows.assign(end=[ended.get(key, "not run") for key in rows["key"]])
    for key, end in zip(rows["key"], rows["end"], strict=True):
        if end in {"survived", "no tests"}:
            print(f"{end}\t{key}\t{marks[key]['text']}", *changed(*found[key]), sep="\n")
    print("\n".join(table(rows)))
    print(
        f"{len(whole)} mutants, {len(rows)} taken, {int((~rows['counted']).sum())} of them beyond the share"
    )
    print(score(Counter(rows.loc[rows["counted"], "end"])))
    return 0


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "paths", nargs="*", help="audits/checks or audits/filters; without any, all of audits/"
    )
    parser.add_argument("--sample", type=int, default=0, help="draw so many, in proportion to the modules")
    parser.add_argument("--seed", default="1", help="any text: the same draws the same")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="mutants at a time")
    parser.add_argument("--budget", type=float, default=10, help="seconds of computing for a mutant's tests")
    parser.add_argument("--show", action="store_true", help="judge nothing, print what is known")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
