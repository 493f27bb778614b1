"""Pages of documentation, done as they say: every command run, every file written, every edit made.

What a page must mark so that it can be followed:

- a block of ``console``: lines that begin with ``$`` are run in a shell; the lines below a command are what it
  prints, each found in its output in this order (``…`` stands for anything); a last line ``exit 1`` says
  which exit code is due when it is not 0;
- ``<!-- file: PATH -->`` before a block: the file holds the block;
- ``<!-- edit: PATH -->`` before a block of ``diff``: in the file, lines with ``-`` give way to those with ``+``;
- ``<!-- sql: NAME -->`` before a block of ``sql``: handed to whoever runs the page;
- ``<!-- goes on: NAME -->`` before a block of ``console``: its one command is started, and once it has printed
  what it should the page goes on; ``<!-- ctrl-c: NAME -->`` before a block stops it, which must end well and
  print the block;
- ``<!-- within: SECONDS -->`` before a block of ``console``: each command is run again until it says so;
- ``<!-- see: PAGE -->`` before a block of ``console``: the same commands with the same lines stand on that page,
  whose test runs them.

Everything else is read by people only.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

#: Seconds that one command may take.
PATIENCE_S = 300

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_EXIT = re.compile(r"exit (\d+)")


@dataclass(frozen=True)
class Block:
    """One fenced block: its kind, the mark above it as word and argument, its text, and its line."""

    kind: str
    does: str
    what: str
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """One command of a page, the lines it must print, and its exit code."""

    text: str
    prints: tuple[str, ...]
    exit: int


def blocks(page: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        does, _, what = (match["mark"] or "").partition(": ")
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(match["kind"], does, what.strip(), match["text"], line))
    return found


def commands(block: Block) -> list[Command]:
    """The commands of a block of ``console``; a backslash at a line's end joins it with the next."""
    out: list[tuple[str, list[str]]] = []
    for line in block.text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            out.append((line[2:], []))
        elif line.strip() and out:
            out[-1][1].append(line.strip())
    return [_command(text, printed) for text, printed in out]


def _command(text: str, printed: list[str]) -> Command:
    ends = _EXIT.fullmatch(printed[-1]) if printed else None
    lines = printed[:-1] if ends else printed
    return Command(text, tuple(lines), int(ends[1]) if ends else 0)


@dataclass(frozen=True)
class Took:
    """One command that was run, and the seconds it took by the clock on the wall."""

    command: str
    seconds: float


def follow(page: Path, folder: Path, env: Mapping[str, str], sql: Callable[[str, str], None]) -> list[Took]:
    """Do what a page says, in ``folder``.

    Args:
        page: the Markdown file.
        folder: the installation it is done in.
        env: environment of every command.
        sql: runs a marked block of SQL: (name in its mark, text).

    Returns:
        The commands that ran, in order; they are printed too.

    Raises:
        AssertionError: a command ended otherwise, or did not print, as the page says; page and line are named.
    """
    reader = _Reader(page, folder, env)
    with reader.leaving_nothing():
        for block in blocks(page):
            if block.does == "sql":
                sql(block.what, block.text)
            else:
                reader.do(block)
    for one in reader.took:
        print(f"{one.seconds:7.1f} s  {page.name}: {one.command}")  # noqa: T201  # the test says it
    return reader.took


@dataclass
class _Reader:
    """Whoever does what a page says: where he is, what he has run, and what still goes on."""

    page: Path
    folder: Path
    env: Mapping[str, str]
    took: list[Took] = field(default_factory=list)
    going: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def do(self, block: Block) -> None:
        place = f"{self.page.name}:{block.line}"
        if block.does == "file":
            written = self.folder / block.what
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(block.text, encoding="utf-8")
        elif block.does == "edit":
            _edit(self.folder / block.what, block.text, place)
        elif block.does == "ctrl-c":
            self._stop(block.what, block.text, place)
        elif block.does == "see":
            _compare(block, self.page.parent / block.what, place)
        elif block.does == "goes on":
            self._start(block.what, *commands(block), place=place)
        elif block.kind == "console":
            for command in commands(block):
                self._run(command, place, int(block.what) if block.does == "within" else 0)

    def _run(self, command: Command, place: str, within: int) -> None:
        begun = time.monotonic()
        while True:
            done = subprocess.run(
                ["sh", "-c", command.text], cwd=self.folder, env=dict(self.env), text=True, encoding="utf-8",
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_S, check=False,
            )  # fmt: skip
            amiss = "" if done.returncode == command.exit else f"ended with {done.returncode}"
            amiss = amiss or _missing(command.prints, done.stdout)
            if not amiss or time.monotonic() - begun > within:
                break
            time.sleep(1)
        assert not amiss, f"{place}: `{command.text}` {amiss}:\n{done.stdout}"
        self.took.append(Took(command.text, time.monotonic() - begun))

    def _start(self, name: str, command: Command, *, place: str) -> None:
        begun, said = time.monotonic(), self._said(name)
        with said.open("wb") as log:
            process = self.going[name] = subprocess.Popen(
                ["sh", "-c", f"exec {command.text}"], cwd=self.folder, env=dict(self.env),
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        while amiss := _missing(command.prints, said.read_text(encoding="utf-8")):
            text = f"{place}: `{command.text}` {amiss}:\n{said.read_text(encoding='utf-8')}"
            assert process.poll() is None, text
            assert time.monotonic() - begun < PATIENCE_S, text
            time.sleep(0.5)
        self.took.append(Took(command.text, time.monotonic() - begun))

    def _stop(self, name: str, prints: str, place: str) -> None:
        process, said = self.going.pop(name), self._said(name)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        ended = process.wait(PATIENCE_S)
        text = said.read_text(encoding="utf-8")
        assert ended == 0, f"{place}: {name} ended with {ended}:\n{text}"
        assert not (amiss := _missing(tuple(prints.splitlines()), text)), f"{place}: {name} {amiss}:\n{text}"

    def _said(self, name: str) -> Path:
        return self.folder.with_name(f"{self.folder.name}-{name}.log")

    @contextmanager
    def leaving_nothing(self) -> Iterator[None]:
        """Stop what still goes on, however the page ended."""
        try:
            yield
        finally:
            for process in self.going.values():
                for number, seconds in ((signal.SIGINT, 60), (signal.SIGKILL, 10)):
                    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                        os.killpg(process.pid, number)
                        process.wait(seconds)


def _missing(prints: tuple[str, ...], said: str) -> str:
    """What is not found in an output, line by line in order; "" when all is there."""
    rest = said
    for line in prints:
        for part in filter(None, (piece.strip() for piece in line.split("…"))):
            before, found, rest = rest.partition(part)
            if not found:
                return f"does not print {part!r} after {before[-200:]!r}"
    return ""


def _compare(block: Block, other: Path, place: str) -> None:
    """Hold a block against another page: commands in its order, and of what each prints no more than there."""
    there = iter([one for made in blocks(other) if made.kind == "console" for one in commands(made)])
    for command in commands(block):
        same = next((one for one in there if one.text.split() == command.text.split()), None)
        assert same is not None, f"{place}: {other.name} has no `{command.text}` here"
        assert same.exit == command.exit, f"{place}: on {other.name} `{command.text}` ends with {same.exit}"
        amiss = _missing(command.prints, "\n".join(same.prints))
        assert not amiss, f"{place}: on {other.name} `{command.text}` {amiss}"


def _edit(path: Path, diff: str, place: str) -> None:
    text = path.read_text(encoding="utf-8")
    old: list[str] = []
    new: list[str] = []
    for line in [*diff.splitlines(), ""]:
        if line.startswith("-") and not new:
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
        elif old or new:
            before = "\n".join(old) + "\n"
            assert before in text, f"{place}: {path} does not hold {before!r}:\n{text}"
            text = text.replace(before, "".join(f"{part}\n" for part in new), 1)
            old, new = ([line[1:]] if line.startswith("-") else []), []
    path.write_text(text, encoding="utf-8")
