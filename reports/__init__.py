"""Rendering only: one result set in, the files of a report and the bodies of mails out.

What is named here is imported when it is first asked for: a command that only speaks needs no pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.files import ALL, seal_folder, write
    from reports.result_set import BooksDoNotClose, ResultSet, Story

__all__ = ["ALL", "BooksDoNotClose", "ResultSet", "Story", "seal_folder", "write"]
_ROOMS = dict.fromkeys(("ALL", "seal_folder", "write"), "reports.files")
_ROOMS |= dict.fromkeys(("BooksDoNotClose", "ResultSet", "Story"), "reports.result_set")


def __getattr__(name: str) -> Any:
    """The public names, from the module that holds them."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'reports' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)
