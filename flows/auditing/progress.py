"""One line a step on the terminal, as each ends."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from flows.auditing.run import AuditRun, Done
from reports.words import words


class Progress:
    """A line with sign, step, what it said and seconds; the step under way turns a spinner below."""

    def __init__(self, console: Console, lang: str) -> None:
        self._console, self._words = console, words(lang)
        self._status: Status = console.status("")

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def watch(self, run: AuditRun) -> None:
        """Print the step that has just ended."""
        done: Done = run.done[-1]
        name = done.step.replace("_", " ")
        self._console.print(f"[green]✓[/] {name:<16} {done.said:<52} [dim]{done.seconds:6.1f} s[/]")
        for remark in run.remarks[run.told_remarks :]:
            self._console.print(f"  [dim]· {escape(remark)}[/]")
        run.told_remarks = len(run.remarks)
        for alarm in run.alarms[run.told_alarms :]:
            self._console.print(f"  [yellow]? {alarm}[/]")
        run.told_alarms = len(run.alarms)


class Reading:
    """What is read from a source, while it is read; on a terminal the line under way is wiped at the end."""

    def __init__(self, console: Console, lang: str) -> None:
        self._words = words(lang)
        self._status: Status = console.status(self._words("crm.reading"))
        self._tables = self._rows = 0

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def told(self, name: str, rows: int) -> None:
        """One more SELECT or sheet has been read."""
        self._tables += 1
        self._rows += rows
        self._status.update(self._words("crm.read", name=name, tables=self._tables, n=self._rows))
