"""The command ``clausewatch``: each verb in a file of its own under ``commands``, errors told in one place."""

import os
import sys
import traceback

import typer
from rich.console import Console

from audits.errors import ClausewatchError
from flows.commands import (
    acts,
    archiving,
    auditing,
    backfilling,
    calendars,
    checking,
    connecting,
    erasing,
    looking,
    metrics,
    packs,
    readings,
    registers,
    running,
    sampling,
    schemas,
    settings,
    standards,
    telling,
    watching,
)
from flows.serving.environment import keep_private

app = typer.Typer(
    name="clausewatch",
    help="Audit the service records your CRM holds, clause by clause, against a service standard.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for room in (
    auditing,
    watching,
    backfilling,
    running,
    checking,
    connecting,
    erasing,
    looking,
    readings,
    standards,
    telling,
    archiving,
    packs,
    acts,
    registers,
    sampling,
    calendars,
    settings,
    metrics,
    schemas,
):
    room.add_to(app)

#: The verbs by what one wants, in the order of the help.
PANELS = {
    "Begin": "demo init doctor crm register",
    "Audit": "audit watch backfill explain",
    "Report and tell": "report pack verify live notices",
    "What people do": "ack waive dispute acts sample attest erase",
    "Run it": "up runs metrics housekeeping config schema",
    "What it judges by": "standards readings calendar",
}
_PANEL_OF = {verb: panel for panel, verbs in PANELS.items() for verb in verbs.split()}
_ORDER = list(_PANEL_OF)
for verb in app.registered_commands:
    verb.rich_help_panel = _PANEL_OF[str(verb.name)]
for group in app.registered_groups:
    group.rich_help_panel = _PANEL_OF[str(group.name)]
app.registered_commands.sort(key=lambda verb: _ORDER.index(str(verb.name)))
app.registered_groups.sort(key=lambda group: _ORDER.index(str(group.name)))

#: What a shell reports of a command that Ctrl-C ended.
_STOPPED = 130


def main() -> None:
    """Run the command; every error says what was found, where, and what to do, and has its exit code."""
    keep_private()
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run the command with these words.

    Returns:
        0 done; 1 the answer is no; 2 wrong use; 3 could not judge.
    """
    try:
        said = app(words, standalone_mode=False)
    except ClausewatchError as error:
        return _say(error)
    except (KeyboardInterrupt, typer.Abort):
        return _STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever reads has seen enough
        return 0
    except OSError as error:
        return _say(_unreadable(error))
    except Exception as error:  # noqa: BLE001  # the last word; usage errors bring their own text and code
        code = getattr(error, "exit_code", None)
        if isinstance(code, int) and hasattr(error, "show"):
            error.show()
            return code
        traceback.print_exception(error)
        return _say(_unforeseen(error))
    return said if isinstance(said, int) else 0


def _unreadable(error: OSError) -> ClausewatchError:
    found = f"a file cannot be written or read: {error.strerror or error}"
    return ClausewatchError(
        found, str(error.filename or ""), "look at the path, the rights on it, and the disk"
    )


def _unforeseen(error: Exception) -> ClausewatchError:
    do = "keep the lines above and tell the makers of Clausewatch"
    told = ClausewatchError(f"an error nobody foresaw: {type(error).__name__}: {error}", "", do)
    for note in getattr(error, "__notes__", ()):
        told.add_note(note)
    return told


def _say(error: ClausewatchError) -> int:
    from config.settings import load_settings
    from reports.terminal import failure

    try:
        lang: str = load_settings().lang
    except ClausewatchError:
        lang = "en"
    Console(stderr=True, highlight=False, soft_wrap=True).print(failure(error, lang))
    return error.exit_code


if __name__ == "__main__":
    main()
