"""A mapping for a folder of exports: which file holds what, by its name and headers, and what waits for a meaning.

Headers that everybody prints need no line in a mapping. What is proposed are the files, columns under headers
that only this house prints, and the meaning of its words.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audits.errors import WrongUse
from audits.model import MODEL
from config.mapping import Mapping as CrmMapping
from config.mapping import load_mapping
from config.mapping.exports import squeezed, stamp_in
from tasks.crm.columns import as_text
from tasks.crm.exports.errors import Problem, Unreadable
from tasks.crm.exports.layout import best_header, choose, missing
from tasks.crm.exports.picking import known_headers
from tasks.crm.exports.sheets import Sheet
from tasks.crm.exports.texts import read_text
from tasks.crm.exports.wanted import Wanted, wanted
from tasks.crm.exports.workbooks import read_workbook
from tasks.crm.proposing.codes import Codes, counted
from tasks.crm.proposing.proposal import Proposal
from tasks.crm.proposing.vocabulary import called, fits, vocabulary
from tasks.crm.proposing.writing import HEAD, PROMISE, quoted, shown, top, values

_KINDS: Final = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet", ".pq")
_NAMED, _HEADER, _LACKS, _ENOUGH, _CLEAR = 60, 20, 30, 60, 40
#: How export instants stand in names, the exact ones first.
_STAMPS: Final = (
    "_%Y%m%d_%H%M%S",
    "_%Y%m%d_%H%M",
    "-%Y%m%d-%H%M",
    "_%Y%m%d%H%M%S",
    "_%Y%m%d%H%M",
    "%Y-%m-%d",
    "%Y%m%d",
)


@dataclass(frozen=True)
class Place:
    """One sheet taken for an entity.

    Args:
        entity: what it is taken for.
        sheet: the sheet.
        only: whether it is the only sheet of its file.
        row: place of the header row, from 0.
        columns: field -> place of its column, by headers that everybody prints.
        house: field -> header, where only our vocabulary knows it.
        score: 60 for a fitting name, 20 for each header; 30 less counts for each thing it lacks.
        lacking: what it needs and lacks, in words.
    """

    entity: str
    sheet: Sheet
    only: bool
    row: int
    columns: dict[str, int]
    house: dict[str, str]
    score: int
    lacking: tuple[str, ...]

    @property
    def headers(self) -> list[str]:
        """The header row as it is printed."""
        return [" ".join((cell or "").split()) for cell in self.sheet.rows[self.row]]

    def values(self, name: str) -> Iterator[str | None]:
        """The cells under a field's header."""
        at = self.columns[name] if name in self.columns else self.headers.index(self.house[name])
        key = self.columns.get("id", at)
        for row in self.sheet.rows[self.row + 1 :]:
            if key < len(row) and row[key]:
                yield row[at] if at < len(row) else None


@dataclass
class Looked:
    """What was found in a folder."""

    places: dict[str, list[Place]] = field(default_factory=dict)
    unplaced: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def propose_folder(folder: Path, name: str) -> Proposal:
    """Read the headers of a folder of exports and propose a mapping for it.

    Args:
        folder: CSV, XLSX and Parquet files.
        name: what the source is to be called.

    Raises:
        WrongUse: no file of it could hold cases.
    """
    base = load_mapping("exports", {})
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in _KINDS and p.name[0] not in "~.")
    looked = _looked(files, base)
    if not any(not place.lacking for place in looked.places.get("case", ())):
        told = [*looked.unreadable, *(w for p in looked.places.get("case", ()) for w in p.lacking)]
        found = f"no file looks like one of cases{': ' if told else ''}{'; '.join(told[:3])}"
        do = "export cases with a number and an instant of receipt, or copy config/crm/exports.yaml and name the header under `columns`"
        raise WrongUse(found, str(folder), do)
    lines = [*_head(folder, name, files), "entities:"]
    waiting = 0
    for entity in base.file.entities:
        if entity in looked.places:
            block, open_values = _entity(entity, looked.places[entity], base)
            lines += [*block, ""]
            waiting += open_values
    lines += [f"  # Not taken for anything: {shown(each)}" for each in looked.unplaced]
    lines += [f"  # Cannot be read: {shown(each)}" for each in looked.unreadable]
    tables = {e: ", ".join(p.sheet.name for p in ps) for e, ps in looked.places.items() if not _all_lack(ps)}
    return Proposal("\n".join(lines).rstrip() + "\n", "", tables, waiting, "")


def _head(folder: Path, name: str, files: list[Path]) -> list[str]:
    """Down to the connection; the extract's instant is in the names where all of them tell it."""
    stamp = next((s for s in _STAMPS if files and all(stamp_in(p.name, s, "UTC") for p in files)), "")
    taken = f", taken_at: {json.dumps(stamp)}" if stamp else ""
    instant = "file name" if stamp else "newest   # or an instant such as 2026-09-30T18:00+08:00"
    head = [line.replace("tables and columns", "files and headers") for line in HEAD]
    place = quoted(folder.as_posix())
    return [
        *(line.replace("the schema, counts of rows", "names of files and headers") for line in head),
        *top(name, "naive local   # what people see in an export is local time", instant),
        "connections:",
        f"  files: {{exports: {place}{taken}}}",
        f"  # registers: {{folder: state/{name}/registers}}   # clausewatch register new acceptance qa_check ...",
        "",
    ]


# ---- looking ------------------------------------------------------------------------------------------
def _looked(files: list[Path], base: CrmMapping) -> Looked:
    looked = Looked()
    looking = {entity: wanted(base, entity) for entity, each in base.file.entities.items() if each.files}
    for path in files:
        try:
            sheets = list(_sheets(path, looking))
        except (Unreadable, OSError) as error:
            looked.unreadable.append(f"{path.name}: {error}")
            continue
        for sheet in sheets:
            places = [_place(sheet, len(sheets) == 1, each, base) for each in looking.values()]
            best = max(places, key=lambda place: place.score - _LACKS * len(place.lacking))
            if best.score < _ENOUGH:
                looked.unplaced.append(sheet.name)
            else:
                looked.places.setdefault(best.entity, []).append(best)
    return looked


def _sheets(path: Path, looking: Mapping[str, Wanted]) -> Iterator[Sheet]:
    content = path.read_bytes()
    if not content.strip():
        raise Unreadable("the file is empty")
    if content.startswith(b"PAR1"):
        yield _parquet(path)
    elif content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        problems: list[Problem] = []
        yield from read_workbook(path.name, content, problems)
    else:
        yield read_text(
            path.name, content, lambda rows: max(known_headers(rows, w) for w in looking.values())
        )


def _parquet(path: Path) -> Sheet:
    import pyarrow as pa  # noqa: PLC0415 - only a folder that holds Parquet needs it
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(f"no whole Parquet file ({type(error).__name__})") from error
    columns = [as_text(column.combine_chunks()).to_pylist() for column in table.columns]
    return Sheet(
        path.name,
        "",
        [list(table.column_names), *(list(row) for row in zip(*columns, strict=True))],
        "Parquet",
    )


def _place(sheet: Sheet, only: bool, looked_for: Wanted, base: CrmMapping) -> Place:
    """The sheet as if it held this entity."""
    entity = looked_for.entity
    row, _ = best_header(sheet.rows, looked_for)
    headers = sheet.rows[row] if sheet.rows else []
    columns = choose(headers, looked_for)
    house = _house(entity, headers, columns)
    lacking = [w for w in missing(columns, looked_for) if not any(f"/ {name}" in w for name in house)]
    score = _HEADER * len(columns) + _NAMED * _is_named(sheet, base.file.entities[entity].files, entity)
    return Place(entity, sheet, only, row, columns, house, score, tuple(lacking))


def _house(entity: str, headers: list[str | None], columns: Mapping[str, int]) -> dict[str, str]:
    """Fields whose header only this house prints, where a name speaks clearly."""
    known = vocabulary().entities.get(entity)
    free = [h for at, h in enumerate(headers) if h and h.strip() and at not in columns.values()]
    found: dict[str, str] = {}
    for name, words in (known.fields if known else {}).items():
        ranked = sorted(free, key=lambda header: -fits(header, words.words, words.avoid))
        if name not in columns and ranked and fits(ranked[0], words.words, words.avoid) >= _CLEAR:
            found[name] = " ".join(ranked[0].split())
            free.remove(ranked[0])
    return found


def _is_named(sheet: Sheet, patterns: list[str], entity: str) -> bool:
    model = MODEL[entity]
    plain = sheet.file.casefold()
    by_file = any(plain.startswith(each.rstrip("*").casefold()) for each in patterns)
    return (
        by_file or called(sheet.title, (model.name, model.en)) or squeezed(sheet.title) == squeezed(model.zh)
    )


# ---- writing ------------------------------------------------------------------------------------------
def _all_lack(places: list[Place]) -> bool:
    return all(place.lacking for place in places)


def _entity(entity: str, places: list[Place], base: CrmMapping) -> tuple[list[str], int]:
    first = places[0]
    lines = [f"  {entity}:"]
    for place in places:
        found = ", ".join(f"{name} <- {place.headers[at]}" for name, at in place.columns.items())
        lines += _wrapped(f"{place.sheet.name}, header in row {place.row + 1}: {found}.")
        used = {*place.columns.values(), *(place.headers.index(h) for h in place.house.values())}
        rest = [header for at, header in enumerate(place.headers) if header and at not in used]
        lines += _wrapped(f"Headers nobody takes: {', '.join(rest)}.") if rest else []
        lines += [f"    # LACKING: {shown(what)}; name its header under `columns`." for what in place.lacking]
    lines += ["    from: files", f"    file: [{', '.join(map(quoted, _patterns(places)))}]"]
    if not first.only:
        lines.append(f"    sheet: {quoted(first.sheet.title)}")
    taken = base.file.entities[entity].columns
    house = {name: quoted(header) for name, header in first.house.items()}
    house |= {name: json.dumps(said, ensure_ascii=False) for name, said in taken.items() if name not in house}
    if house:
        lines += ["    columns:", *(f"      {name}: {header}" for name, header in house.items())]
    lines.append(f"    # complete_since: 2026-01-01   # {PROMISE}")
    blocks = [
        values(entity, name, told, origin, known)
        for name, told, origin, known in _codes(entity, places, base)
    ]
    if blocks:
        lines += ["    values:", *(line for block, _ in blocks for line in block)]
    waiting = sum(count for _, count in blocks)
    return ([f"  # {line[2:]}" for line in lines], 0) if _all_lack(places) else (lines, waiting)


def _wrapped(text: str) -> list[str]:
    return [
        f"    # {line}"
        for line in textwrap.wrap(shown(text), 100, break_long_words=False, break_on_hyphens=False)
    ]


def _patterns(places: list[Place]) -> list[str]:
    """Names of the files without what changes from export to export."""
    stems = [re.split(r"[_\-. (]*\d", Path(place.sheet.file).stem, maxsplit=1)[0] for place in places]
    found = [f"{stem}*" if stem else place.sheet.file for stem, place in zip(stems, places, strict=True)]
    return list(dict.fromkeys(found))


def _codes(
    entity: str, places: list[Place], base: CrmMapping
) -> Iterator[tuple[str, Codes, str, Mapping[str, str | None]]]:
    """Values of each column that holds codes, over all files of the entity, and what is known of them."""
    for name, known in MODEL[entity].fields.items():
        having = [place for place in places if name in place.columns or name in place.house]
        if known.type == "enum" or (name == "is_closed" and having):
            if not having:
                continue
            told = counted(value for place in having for value in place.values(name))
            at = having[0]
            header = at.headers[at.columns[name]] if name in at.columns else at.house[name]
            meanings = base.file.entities[entity].values.get(name, {})
            yield name, told, f"{at.sheet.name}.{header}", meanings
