"""Judges mutants quickly: the tests are collected once, and every mutant runs in a fork of that process.

``benchmarks.mutants`` starts it inside ``mutants/``, mutmut's copy of the project, in which every function of
``audits/`` stands with all its mutants; the environment variable ``MUTANT_UNDER_TEST`` says which one is called.

A function that is called while tests are collected (the shipped cards are read then) leaves its result in
modules and caches, where a later change would not be seen. Its mutants are judged in a process of their own,
in which the change is there from the start.
"""

import gc
import json
import os
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from time import process_time
from typing import IO, Final

import hypothesis
import pandas as pd
import pytest
from mutmut.mutation import trampoline

#: Which mutant is called; mutmut's name.
WHICH: Final = "MUTANT_UNDER_TEST"
#: Below these seconds of computing, tests come in the order of their files, so that fixtures are shared.
QUICK: Final = (0.05, 0.5)
#: A mutant that runs for ever is stopped after this many times its tests' time, and these seconds.
PATIENCE: Final = (4, 20)
#: Memory a mutant may take beyond what there was, in bytes.
MEMORY: Final = 4 << 30


@dataclass(frozen=True)
class Reach:
    """What the unchanged tests call: functions while tests are collected, tests by function; seconds by test."""

    collected: frozenset[str]
    seconds: dict[str, float]
    callers: dict[str, list[str]]

    @classmethod
    def load(cls, path: Path) -> "Reach":
        """As ``reach`` wrote it, a line for each file of tests."""
        collected, seconds, callers = set[str](), dict[str, float](), defaultdict[str, list[str]](list)
        for line in path.read_text(encoding="utf-8").splitlines():
            file = json.loads(line)
            collected |= set(file["collected"])
            for test, took, called in file["tests"]:
                seconds[test] = took
                for function in called:
                    callers[function].append(test)
        return cls(frozenset(collected), seconds, dict(callers))

    def tests(self, function: str) -> list[str]:
        """The tests to ask, quickest first: those that call it, and all of them if it is called by collecting."""
        direct = self.callers.get(function, [])
        rest = set(self.seconds) - set(direct) if function in self.collected else set[str]()
        return [*self._quickest(direct), *self._quickest(rest)]

    def _quickest(self, tests: Iterable[str]) -> list[str]:
        return sorted(tests, key=self._place)

    def _place(self, test: str) -> tuple[int, str, float]:
        tier = sum(self.seconds[test] > limit for limit in QUICK)
        return tier, test.partition("::")[0] if tier == 0 else "", self.seconds[test]

    def within(self, tests: Sequence[str], budget: float) -> list[str]:
        """As many of the tests, from the first, as fit into the budget; one at least."""
        spent, out = 0.0, list[str]()
        for test in tests:
            spent += self.seconds[test]
            if out and spent > budget:
                continue
            out.append(test)
        return out


@dataclass
class Forks:
    """At most ``most`` children at a time; what each wrote is given to ``done`` with how it ended and what it took."""

    most: int
    done: Callable[[str, int, str, float], None]
    running: dict[int, tuple[str, IO[str]]] = field(default_factory=dict)

    def start(self, name: str, work: Callable[[IO[str]], int]) -> None:
        """Fork; the child does ``work``, which gets a file to write to, and ends with what it returns."""
        if len(self.running) >= self.most:
            self.wait()
        said = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  # closed when the child is over
        pid = os.fork()
        if pid == 0:
            end = 70
            try:
                end = work(said)
                said.flush()
            finally:
                os._exit(end)
        self.running[pid] = name, said

    def wait(self) -> None:
        """Wait for one child."""
        pid, status, used = os.wait4(-1, 0)
        name, said = self.running.pop(pid)
        with said:
            said.seek(0)
            self.done(name, os.waitstatus_to_exitcode(status), said.read(), used.ru_utime + used.ru_stime)

    def finish(self) -> None:
        """Wait for all."""
        while self.running:
            self.wait()


class Plugin:
    """Takes the place of pytest's loop over the collected tests."""

    def __init__(self, work: Callable[[pytest.Session], None]) -> None:
        self.work = work

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do the work instead; errors of collecting end pytest before."""
        if session.testsfailed:
            raise session.Interrupted(f"{session.testsfailed} errors while collecting")
        gc.collect()
        gc.freeze()  # what the forks share stays shared
        self.work(session)
        return True


def collect(work: Callable[[pytest.Session], None], files: Sequence[str]) -> int:
    """Collect the tests of these files and do the work with them; pytest's exit."""
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        deadline=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    )
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    options = ["--rootdir=.", "-q", "--tb=no", "-p", "no:cacheprovider"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # what is imported before the forks
    return int(pytest.main([*options, *files], plugins=[Plugin(work)]))


def run(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Run these tests one after the other; each is handed on when it is over."""
    for item, after in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        yield item


# ---- what the tests reach -------------------------------------------------------------------------------
_CALLED: Final = set[str]()


def _called(name: str, caller: str | None = None) -> None:  # noqa: ARG001  # mutmut's arguments
    _CALLED.add(name)


def reach(out: Path, files: Mapping[str, str], most: int) -> int:
    """Run every test once without a change, file by file, and note which functions it calls and how long it takes.

    Args:
        out: a line of JSON is appended for each file.
        files: test file -> what is noted with it.
        most: files at a time.
    """
    red: list[str] = []
    collected: list[str] = []

    def done(name: str, end: int, said: str, _: float) -> None:
        if end:
            red.append(name)
            return
        tests = [json.loads(line) for line in said.splitlines()]
        line = {"file": name, "mark": files[name], "collected": collected, "tests": tests}
        with out.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(line) + "\n")

    def all_files(session: pytest.Session) -> None:
        collected.extend(sorted(_CALLED))
        forks = Forks(most, done)
        for name in files:
            items = [item for item in session.items if f"{item.nodeid}::".startswith(f"{name}::")]
            forks.start(name, partial(_noted, session, items))
        forks.finish()

    # mutmut's own way of noting looks at the stack, which takes its time.
    trampoline.record_trampoline_hit = _called  # type: ignore[attr-defined]
    end = collect(all_files, list(files))
    if end not in (0, 5) or red:
        print(f"tests that fail without any change: {', '.join(red) or 'in collecting'}", file=sys.stderr)
        return 1
    return 0


def _noted(session: pytest.Session, items: Sequence[pytest.Item], said: IO[str]) -> int:
    _CALLED.clear()
    before = process_time()
    for item in run(items):
        said.write(json.dumps([item.nodeid, round(process_time() - before, 4), sorted(_CALLED)]) + "\n")
        _CALLED.clear()
        before = process_time()
    return 1 if session.testsfailed else 0


# ---- mutants --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Judge:
    """Asks the tests of each mutant, and appends a line of JSON for each to ``out``.

    Args:
        reach: what the tests call.
        files: the test files.
        out: where the lines go.
        most: how many mutants run at a time.
        budget: seconds of computing that a mutant's tests may take.
        marks: the mutants' names, with what is to be written down of each.
    """

    reach: Reach
    files: Sequence[str]
    out: Path
    most: int
    budget: float
    marks: Mapping[str, Mapping[str, str]]

    def judge(self) -> None:
        """All of these mutants: first those that share one collection, then those that need their own."""
        names = list(self.marks)
        own = [name for name in names if function_of(name) in self.reach.collected]
        shared = [name for name in names if name not in set(own)]
        if shared:
            forks = Forks(1, lambda *_: None)
            forks.start(
                "shared", lambda _: collect(lambda session: self._shared(session, shared), self.files)
            )
            forks.finish()
        forks = Forks(self.most, self._note)
        for name in own:
            forks.start(name, partial(self._alone, name))
        forks.finish()

    def _shared(self, session: pytest.Session, names: Sequence[str]) -> None:
        items = {item.nodeid: item for item in session.items}
        forks = Forks(self.most, self._note)
        for name in names:
            forks.start(name, partial(self._ask, session, items, name))
        forks.finish()

    def _alone(self, name: str, said: IO[str]) -> int:
        os.environ[WHICH] = name
        _be_quiet()
        _limit(self.budget)
        ends: list[int] = []
        items: dict[str, pytest.Item] = {}

        def work(session: pytest.Session) -> None:
            items.update({item.nodeid: item for item in session.items})
            ends.append(self._ask(session, items, name, said))

        end = collect(work, self.files)
        if ends:
            return ends[0]
        said.write(f"collecting ends with {end}")
        return 1

    def _ask(self, session: pytest.Session, items: dict[str, pytest.Item], name: str, said: IO[str]) -> int:
        os.environ[WHICH] = name
        _be_quiet()
        chosen = self.chosen(name)
        _limit(sum(self.reach.seconds[test] for test in chosen))
        if not chosen:
            return 0
        present = [items[test] for test in chosen if test in items]
        for item in run(present):
            if session.testsfailed:
                said.write(item.nodeid)
                return 1
        return 0 if len(present) == len(chosen) else 1

    def chosen(self, name: str) -> list[str]:
        """The tests that are asked."""
        return self.reach.within(self.reach.tests(function_of(name)), self.budget)

    def _note(self, name: str, end: int, said: str, seconds: float) -> None:
        of = len(self.reach.tests(function_of(name)))
        line = {"name": name, "end": ending(end), "by": said, "asked": len(self.chosen(name)), "of": of}
        line |= {"seconds": round(seconds, 2), **self.marks[name]}
        with self.out.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
        print(f"{line['end']:<9}{name}  {said[:60]}", flush=True)


def ending(end: int) -> str:
    """A child's exit as a word. A fault is this program's own, and says nothing of the mutant."""
    if end < 0:
        return "stopped"
    return {0: "survived", 1: "killed"}.get(end, "fault")


def function_of(name: str) -> str:
    """The function whose mutant this is, as mutmut writes it."""
    return name.partition("__mutmut_")[0]


def _be_quiet() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nothing, number)


def _limit(seconds: float) -> None:
    """Stop this process when it takes too long, or too much."""
    times, more = PATIENCE
    _lower(resource.RLIMIT_CPU, int(process_time() + times * seconds + more))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(20 * (times * seconds + more)))
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + MEMORY)


def _lower(what: int, limit: int) -> None:
    resource.setrlimit(what, (limit, resource.getrlimit(what)[1]))


def main(order: Path) -> int:
    """Do what the order (JSON) says: note what tests reach, or judge mutants."""
    given = json.loads(order.read_text(encoding="utf-8"))
    assert Path(pd.__file__).exists()  # heavy parts are imported before the forks
    if given["do"] == "reach":
        return reach(Path(given["reach"]), given["marks"], given["most"])
    known = Reach.load(Path(given["reach"]))
    Judge(known, given["files"], Path(given["out"]), given["most"], given["budget"], given["marks"]).judge()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
