"""What is wrong with exported files: every place at once, and then nothing is taken."""

from tasks.crm.register_rows import FilesError, Problem

__all__ = ["ExportError", "Problem", "Unreadable"]


class Unreadable(ValueError):
    """A file or sheet that cannot be read at all; the text says why and what to do."""


class ExportError(FilesError):
    """Exports cannot be read; ``problems`` names every place (file, sheet, cell), and nothing was taken."""

    files = "exports"
