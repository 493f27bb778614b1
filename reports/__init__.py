"""Rendering only: one result set in, the files of a report and the bodies of mails out."""

from reports.files import ALL, seal_folder, write
from reports.result_set import BooksDoNotClose, ResultSet, Story

__all__ = ["ALL", "BooksDoNotClose", "ResultSet", "Story", "seal_folder", "write"]
