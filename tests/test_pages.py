"""The follower of pages is itself strict: a page that lies about a command is caught."""

import os
from pathlib import Path

import pytest

from tests.pages import blocks, commands, follow

PAGE = """\
# A page
<!-- file: notes/names.txt -->
```text
one
two
```
<!-- edit: notes/names.txt -->
```diff
-two
+three
+four
```
```console
$ cat notes/names.txt
one
… fo…
$ cat nothing
exit 1
```
<!-- sql: owner -->
```sql
SELECT 1;
```
"""


def page(folder: Path, text: str = PAGE) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_files_are_written_edits_made_commands_run_and_sql_handed_on(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []
    ran = follow(page(tmp_path), tmp_path, os.environ, lambda name, text: asked.append((name, text)))

    assert [one.command for one in ran] == ["cat notes/names.txt", "cat nothing"]
    assert (tmp_path / "notes/names.txt").read_text() == "one\nthree\nfour\n"
    assert asked == [("owner", "SELECT 1;\n")]


@pytest.mark.parametrize(
    ("true", "lie"),
    [("exit 1", "exit 0"), ("… fo…", "five"), ("-two", "-five"), ("one\n… fo…", "four\none")],
)
def test_a_page_that_says_what_is_not_so_fails(tmp_path: Path, true: str, lie: str) -> None:
    assert true in PAGE

    with pytest.raises(AssertionError, match=r"page\.md:"):
        follow(page(tmp_path, PAGE.replace(true, lie)), tmp_path, os.environ, lambda *_: None)


def test_a_command_may_run_over_lines(tmp_path: Path) -> None:
    text = "```console\n$ echo a \\\n    b\na b\n```\n"

    (block,) = blocks(page(tmp_path, text))

    assert [(c.text.split(), c.prints) for c in commands(block)] == [(["echo", "a", "b"], ("a b",))]


SERVED = """\
<!-- goes on: up -->
```console
$ sh -c 'trap "echo stopped; exit 0" INT; echo begun; sleep 1; echo done > mark; while :; do sleep 0.1; done'
begun
```
<!-- within: 20 -->
```console
$ cat mark
done
```
<!-- ctrl-c: up -->
```text
stopped
```
"""


def test_what_goes_on_is_waited_for_and_stopped_as_by_ctrl_c(tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()

    assert len(follow(page(tmp_path, SERVED), house, os.environ, lambda *_: None)) == 2


@pytest.mark.parametrize(
    ("true", "lie"), [("begun\n```", "broken\n```"), ("stopped\n```", "ended\n```"), ("exit 0", "exit 3")]
)
def test_what_goes_on_otherwise_than_a_page_says_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, true: str, lie: str
) -> None:
    monkeypatch.setattr("tests.pages.PATIENCE_S", 5)
    house = tmp_path / "house"
    house.mkdir()

    with pytest.raises(AssertionError, match=r"page\.md:"):
        follow(page(tmp_path, SERVED.replace(true, lie)), house, os.environ, lambda *_: None)


@pytest.mark.parametrize("line", ["$ cat notes/names.txt", "two", "exit 1"])
def test_what_another_page_does_must_stand_there_as_here(tmp_path: Path, line: str) -> None:
    there = "```console\n$ cat notes/names.txt\none\ntwo\n$ cat nothing\nexit 1\n```\n"
    here = "<!-- see: other.md -->\n```console\n$ cat notes/names.txt\ntwo\n$ cat nothing\nexit 1\n```\n"
    (tmp_path / "other.md").write_text(there, encoding="utf-8")
    assert follow(page(tmp_path, here), tmp_path, os.environ, lambda *_: None) == []

    (tmp_path / "other.md").write_text(there.replace(line, "$ date"), encoding="utf-8")
    with pytest.raises(AssertionError, match=r"on other\.md|other\.md has no"):
        follow(page(tmp_path, here), tmp_path, os.environ, lambda *_: None)
