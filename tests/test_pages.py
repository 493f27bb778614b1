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

    assert ran == 2
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
