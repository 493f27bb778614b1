"""What the terminal says while a command works: a line a step as each ends, or the table under way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from flows.auditing.run import AuditRun, Done
from reports.words import words
from tasks.crm.reading import Progress


@contextmanager
def each_step(console: Console) -> Iterator[Callable[[AuditRun], None]]:
    """What is told after each step: sign, step, what it said and seconds; below turns a spinner."""
    with console.status(""):
        yield lambda run: _say(console, run)


def _say(console: Console, run: AuditRun) -> None:
    done: Done = run.done[-1]
    name = done.step.replace("_", " ")
    console.print(f"[green]✓[/] {name:<16} {done.said:<52} [dim]{done.seconds:6.1f} s[/]")
    for remark in run.remarks[run.told_remarks :]:
        console.print(f"  [dim]· {escape(remark)}[/]")
    run.told_remarks = len(run.remarks)
    for alarm in run.alarms[run.told_alarms :]:
        console.print(f"  [yellow]? {alarm}[/]")
    run.told_alarms = len(run.alarms)


@contextmanager
def each_table(console: Console, lang: str) -> Iterator[Progress]:
    """What is told after each SELECT or sheet, with its rows; on a terminal the line is wiped at the end."""
    say = words(lang)
    read: list[int] = []
    with console.status(say("crm.reading")) as status:

        def told(name: str, rows: int) -> None:
            read.append(rows)
            status.update(say("crm.read", name=name, tables=len(read), n=sum(read)))

        yield told
