"""A folder of exports as a source: CSV, XLSX and Parquet files that a system wrote for people."""

from tasks.crm.exports.errors import ExportError
from tasks.crm.exports.folder import Exports, folder_of
from tasks.crm.exports.joining import Read

__all__ = ["ExportError", "Exports", "Read", "folder_of"]
