"""The command ``clausewatch``: each verb in a file of its own under ``commands``, errors told in one place."""

import sys
from typing import NoReturn

import typer
from rich.console import Console

from audits.errors import ClausewatchError
from flows.commands import auditing, calendars, looking, registers, settings, telling

app = typer.Typer(
    name="clausewatch",
    help="Audit the service records your CRM holds, clause by clause, against a service standard.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for room in (auditing, looking, telling, registers, calendars, settings):
    room.add_to(app)


def main() -> None:
    """Run the command; every error says what was found, where, and what to do."""
    try:
        app(standalone_mode=False)
    except ClausewatchError as error:
        _say(error)
        sys.exit(error.exit_code)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except typer.Abort:
        _stop("stopped", 2)
    except Exception as error:  # click's usage errors carry their own text and code
        code = getattr(error, "exit_code", None)
        if code is None or not hasattr(error, "show"):
            raise
        error.show()
        sys.exit(code)


def _say(error: ClausewatchError) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[red]✕[/] [bold]{_plain(error.found)}[/]")
    for name, text in (("where", error.where), ("do", error.do)):
        if text:
            console.print(f"  [dim]{name:<7}[/] {_plain(text)}")
    console.print(f"[dim]nothing written · exit {error.exit_code}[/]")


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _stop(text: str, code: int) -> NoReturn:
    Console(stderr=True).print(text)
    sys.exit(code)


if __name__ == "__main__":
    main()
