"""One line a step on the terminal, as each ends."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status

from flows.run import AuditRun, Done
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
        for alarm in run.alarms[run.told_alarms :]:
            self._console.print(f"  [yellow]? {alarm}[/]")
        run.told_alarms = len(run.alarms)
