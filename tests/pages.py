"""Pages of documentation, done as they say: every command run, every file written, every edit made.

What a page must mark so that it can be followed:

- a block of ``console``: lines that begin with ``$`` are run in a shell; the lines below a command are what it
  prints, each found in its output in this order (``…`` stands for anything); a last line ``exit 1`` says
  which exit code is due when it is not 0;
- ``<!-- file: PATH -->`` before a block: the file holds the block;
- ``<!-- edit: PATH -->`` before a block of ``diff``: in the file, lines with ``-`` give way to those with ``+``;
- ``<!-- sql: NAME -->`` before a block of ``sql``: handed to whoever runs the page.

Everything else is read by people only.
"""

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


def follow(page: Path, folder: Path, env: Mapping[str, str], sql: Callable[[str, str], None]) -> int:
    """Do what a page says, in ``folder``; gives the number of commands that ran.

    Args:
        page: the Markdown file.
        folder: the installation it is done in.
        env: environment of every command.
        sql: runs a marked block of SQL: (name in its mark, text).

    Raises:
        AssertionError: a command ended otherwise, or did not print, as the page says; page and line are named.
    """
    ran = 0
    for block in blocks(page):
        place = f"{page.name}:{block.line}"
        if block.does == "file":
            written = folder / block.what
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(block.text, encoding="utf-8")
        elif block.does == "edit":
            _edit(folder / block.what, block.text, place)
        elif block.does == "sql":
            sql(block.what, block.text)
        elif block.kind == "console":
            for command in commands(block):
                _run(command, folder, env, place)
                ran += 1
    return ran


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


def _run(command: Command, folder: Path, env: Mapping[str, str], place: str) -> None:
    done = subprocess.run(
        ["sh", "-c", command.text], cwd=folder, env=dict(env), text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    said = f"{place}: `{command.text}` ended with {done.returncode}:\n{done.stdout}"
    assert done.returncode == command.exit, said
    rest = done.stdout
    for line in command.prints:
        for part in filter(None, (piece.strip() for piece in line.split("…"))):
            before, found, rest = rest.partition(part)
            assert found, f"{said}\n-- does not print {part!r} after {before[-200:]!r}"
