"""What is wrong with exported files: every place at once, and then nothing is taken."""

from audits.errors import ClausewatchError
from tasks.crm.register_rows import Problem

__all__ = ["ExportError", "Problem", "Unreadable"]


class Unreadable(ValueError):
    """A file or sheet that cannot be read at all; the text says why and what to do."""


class ExportError(ClausewatchError):
    """Exports cannot be read; ``problems`` names every place (file, sheet, cell), and nothing was taken."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        count = "one place" if len(problems) == 1 else f"{len(problems)} places"
        listed = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(
            f"the exports cannot be read at {count}",
            problems[0].where,
            f"correct these and run again; nothing was taken from the exports:{listed}",
        )
