"""The last steps of a folder of exports: names become keys once all lists are read, and the extract's instant."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pandas as pd
import pyarrow as pa

from audits.facts import Violation
from audits.model import MODEL
from config.mapping import Mapping as CrmMapping
from tasks.crm.exports.folder import Exports
from tasks.crm.exports.joining import Read
from tasks.crm.exports.lists import People, Unclear, people, resolve
from tasks.crm.exports.sheets import counted

_NAMED: Final = 5


def resolved(
    folders: Mapping[str, Exports], directory: list[pd.DataFrame]
) -> Iterator[tuple[str, dict[str, pa.Array], list[Violation]]]:
    """Every entity of every folder with keys in the place of names, and the names that are unclear, counted.

    Args:
        folders: connection -> its folder, all entities read.
        directory: what was read of customers, staff and teams, from any connection.
    """
    lists = people(directory)
    for folder in folders.values():
        for entity, read in folder.reads.items():
            given, unclear, violations = resolve(entity, read.given, lists)
            folder.remarks += [*_told(read, unclear, lists)]
            yield entity, given, violations


def _told(read: Read, unclear: Sequence[Unclear], lists: Mapping[str, People]) -> Iterator[str]:
    """Where names stand that lead to several or to nobody; the names themselves are not repeated."""
    for name in dict.fromkeys(each.column for each in unclear):
        found = [each for each in unclear if each.column == name]
        listed, field = MODEL[read.entity].fields[name].ref, f"{read.entity}.{name}"
        if not lists[listed].keys:
            rows = counted(sum(len(each.rows) for each in found), "row")
            do = f"export the list of {listed} too, with number and name"
            yield f"{field}: names in {rows}, and there is no list of {listed}; {do}"
            continue
        for each in found[:_NAMED]:
            where, rows = read.place(name, int(each.rows[0])), counted(len(each.rows), "row")
            several = f"is borne by {' and '.join(each.bearers)}; write the number"
            nobody = f"is nobody's in the list of {listed}; correct it or complete the list"
            yield f"{field}: the name in {where} ({rows}) {several if each.bearers else nobody}"
        if len(found) > _NAMED:
            yield f"{field}: and {len(found) - _NAMED:,} more such names"


def instant_of_exports(mapping: CrmMapping, folders: Mapping[str, Exports]) -> int:
    """The instant that the names of the files tell.

    Raises:
        MappingError: no file was found that could tell it.
    """
    found = [moment for folder in folders.values() if (moment := folder.taken_at()) is not None]
    if not found:
        do = "see what lies in the folder, and correct `file` of the entities"
        raise mapping.error("no export was found whose name tells its instant", do, "extracted_at")
    return min(found)
