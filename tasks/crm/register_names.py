"""Who and what a cell of a register means: people write a number or a name, the model wants the key.

A name that two bear is refused by its cell, for anybody can write the number instead. A name of nobody
becomes a hole, counted: the list may be short of one, and keys may stand in results where names may not.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from audits.facts import Violation
from audits.model import MODEL, Field
from audits.words import Reason
from tasks.crm.columns import as_text
from tasks.crm.exports.lists import People, people
from tasks.crm.register_rows import Problem, RegisterError
from tasks.crm.register_words import BY_NAME, NUMBER

#: Raw columns by name, as a reader gives them.
Given = dict[str, pa.Array]
#: The cell of a field of a record: key, field -> ``file.xlsx sheet!D17``.
Where = Callable[[str, str], str]

_NUMBERS: Final = {"case": "case_no"} | NUMBER
_EXAMPLES: Final = 5
#: What stands between a name and a number beside it.
APART: Final = re.compile(r"[()\[\]【】/,;\s]+")
_KEY: Final = re.compile(r"[!-?A-~]*\d[!-?A-~]*")  # a figure, no blank, no @: a number, not a name


def wanted(entity: str, given: Given) -> dict[str, pa.Array]:
    """Entities whose records these rows name by number or name -> what is written, each word once."""
    words: dict[str, set[str]] = {}
    for name, field in MODEL[entity].fields.items():
        listed = field.ref or field.each
        if listed in _NUMBERS and listed != entity and name in given:
            cells = {word for word in _texts(given[name]) if word}
            words.setdefault(listed, set()).update(part for word in cells for part in _parts(word))
    return {listed: pa.array(sorted(found), pa.large_string()) for listed, found in words.items() if found}


def _parts(word: str) -> set[str]:
    """A cell's words as they stand, and those inside them: several in a list, a number beside a name."""
    return {part for whole in (word, *word.split("|")) for part in (whole, *APART.split(whole)) if part}


def columns_of_list(entity: str) -> tuple[str, ...]:
    """Columns of a list that a name or number is looked up in."""
    return ("id", _NUMBERS[entity], *(("name", "email") if entity in BY_NAME else ()))


def people_named(entity: str, given: Given, words: pa.Array) -> People:
    """The records of a list that any of these words can mean: by key, printed number, name or address."""
    columns = [(column, as_text(given[column])) for column in columns_of_list(entity) if column in given]
    sought = _folded(words)
    meant = [pc.is_in(_folded(column), value_set=sought) for _, column in columns]
    rows = pa.array(np.logical_or.reduce([mask.to_numpy(zero_copy_only=False) for mask in meant]))
    named = {_NUMBERS[entity]: "code"}
    frame = pd.DataFrame({named.get(name, name): column.filter(rows).to_pylist() for name, column in columns})
    frame = frame.reindex(columns=["id", "code", "name", "email"]).astype(object)
    return people([frame.where(frame.notna(), None).assign(entity="customer")])["customer"]


def _folded(column: pa.Array) -> pa.Array:
    """Names as they are compared: no case, no space, no full-width signs."""
    return pc.utf8_lower(pc.replace_substring_regex(pc.utf8_normalize(column, "NFKC"), r"\s+", ""))


def with_keys(
    entity: str, given: Given, known: Mapping[str, People], where: Where
) -> tuple[Given, list[Violation]]:
    """References by number or name made into keys.

    Args:
        entity: whose rows these are.
        given: its raw columns.
        known: the lists, by entity; references to others stay as they stand, but for names of people and
            customers that no list explains.
        where: the cell of a field of a record.

    Returns:
        The columns, with holes where a name is nobody's; and those, counted by field.

    Raises:
        RegisterError: names and numbers that lead to several, each by its cell.
    """
    made, problems, violations = dict(given), [], []
    keys = _texts(given["id"])
    for name, field in MODEL[entity].fields.items():
        of = field.ref or field.each
        listed = known.get(of, People() if of in BY_NAME else None)
        if name not in given or listed is None:
            continue
        column, lost, shared = _column(field, _texts(given[name]), listed)
        made[name] = pa.array(column, pa.large_string())
        problems += [_shared(field, where(str(keys[row]), name), bearers) for row, bearers in shared]
        if lost:
            holes = np.zeros(len(column), dtype=np.int16)
            holes[lost] = Reason.REF_MISSING
            made[f"{name}__hole"] = pa.array(holes)
            told = tuple(str(keys[row]) for row in lost[:_EXAMPLES])
            violations.append(Violation(entity, name, "reference", len(lost), told))
    if problems:
        raise RegisterError(problems)
    return made, violations


def _column(
    field: Field, words: Sequence[str | None], listed: People
) -> tuple[list[str | None], list[int], list[tuple[int, list[str]]]]:
    """A column of keys; rows whose name is nobody's; rows whose name several bear, with their keys."""
    made: list[str | None] = []
    lost: list[int] = []
    shared: list[tuple[int, list[str]]] = []
    for row, word in enumerate(words):
        parts = word.split("|") if word and field.type == "keys" else [word] if word else []
        found = [_bearers(part, listed) for part in parts]
        shared += [(row, bearers) for bearers in found if len(bearers) > 1]
        if not all(found):
            lost.append(row)
        made.append("|".join(bearers[0] for bearers in found) if parts and all(found) else None)
    return made, lost, shared


def _bearers(word: str, listed: People) -> list[str]:
    """Keys of whoever is meant; an unknown number stays itself, and the boundary counts it."""
    found = set(listed.bearers(word)) | listed.numbers.get(word, set())
    return sorted(found) if found or not _KEY.fullmatch(word) else [word]


def _shared(field: Field, cell: str, bearers: list[str]) -> Problem:
    of = MODEL[field.ref or field.each]
    listed = ", ".join(bearers[:_EXAMPLES])
    return Problem(
        cell, f"{len(bearers)} {of.zh} / {of.en} go by that ({listed}); write the number that only one has"
    )


def _texts(column: pa.Array) -> list[str | None]:
    texts: list[str | None] = as_text(column).to_pylist()
    return texts
