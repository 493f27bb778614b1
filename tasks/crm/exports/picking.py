"""Which sheets of a workbook hold an entity: by name, by what the mapping says, or the one that fits."""

import fnmatch

from audits.model import MODEL
from config.mapping.exports import squeezed
from tasks.crm.exports.errors import Unreadable
from tasks.crm.exports.layout import best_header, choose, missing
from tasks.crm.exports.sheets import Row, Sheet
from tasks.crm.exports.wanted import Wanted


def known_headers(rows: list[Row], looked_for: Wanted) -> int:
    """How many known headers the best row has."""
    return best_header(rows, looked_for)[1]


def picked(sheets: list[Sheet], looked_for: Wanted, asked: str | None) -> list[Sheet]:
    """The sheets of one workbook that hold the entity.

    Args:
        sheets: those that hold anything.
        looked_for: the entity's columns.
        asked: name of the sheet in the mapping, ``*`` standing for anything.

    Raises:
        Unreadable: there is no such sheet, or several could be it.
    """
    titles = ", ".join(sheet.title for sheet in sheets) or "none"
    if asked is not None:
        found = [each for each in sheets if fnmatch.fnmatchcase(each.title.casefold(), asked.casefold())]
        if not found:
            raise Unreadable(f"no sheet is named {asked}; it has: {titles}; correct `sheet`")
        return found
    if len(sheets) < 2:
        return sheets
    model = MODEL[looked_for.entity]
    names = {squeezed(word) for word in (model.name, model.zh, model.en)}
    found = [sheet for sheet in sheets if squeezed(sheet.title) in names]
    found = found or [sheet for sheet in sheets if _fits(sheet, looked_for)]
    if len(found) != 1:
        what = "several sheets" if found else "none of the sheets"
        raise Unreadable(f"{what} could hold {model.name} ({titles}); name it by `sheet` in the mapping")
    return found


def _fits(sheet: Sheet, looked_for: Wanted) -> bool:
    top, known = best_header(sheet.rows, looked_for)
    return known > 1 and not missing(choose(sheet.rows[top], looked_for), looked_for)
