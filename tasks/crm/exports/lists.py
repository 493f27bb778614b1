"""Who and what a name in an export means: its key, where exactly one member of staff, client or group has it.

Keys may stand in results and ledgers, names may not. So a name that two bear, or nobody, becomes a hole, told
by the keys of those who bear it and by the place where it stands, never by the name.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from audits.facts import Violation
from audits.model import MODEL
from audits.words import Reason
from tasks.crm.columns import as_text

_LISTED: Final = ("customer", "staff", "team")
_KEY: Final = re.compile(r"[!-?A-~]*\d[!-?A-~]*")  # a figure, no blank, no @: a number, not a name
_APART: Final = re.compile(r"[()（）\[\]【】/|,，;；\s]+")
_COLUMNS: Final = ("entity", "id", "code", "name", "email")
_EXAMPLES: Final = 5


@dataclass
class People:
    """The rows of one list: by key, by printed number, by name or address."""

    keys: set[str] = field(default_factory=set)
    numbers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def bearers(self, word: str) -> list[str]:
        """Keys of whoever is meant: one, several who share the name, or none."""
        if word in self.keys:
            return [word]
        found = self.numbers.get(word) or self.names.get(_folded(word)) or set()
        if not found:
            parts = [part for part in _APART.split(word) if part and part != word]
            found = {key for part in parts for key in self._by_number(part)}
        return sorted(found)

    def _by_number(self, word: str) -> set[str]:
        return {word} if word in self.keys else self.numbers.get(word, set())


@dataclass(frozen=True)
class Unclear:
    """A name that leads to nobody, or to several: the column, the rows, the keys."""

    column: str
    rows: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    bearers: tuple[str, ...]


def people(directory: list[pd.DataFrame]) -> dict[str, People]:
    """The lists by entity, from what was read for the directory (entity, id, code, name, email)."""
    found = {entity: People() for entity in _LISTED}
    for part in directory:
        for entity, key, number, *names in zip(*(part[column] for column in _COLUMNS), strict=True):
            each = found[entity]
            each.keys.add(key)
            if isinstance(number, str):
                each.numbers[number].add(key)
            for name in names:
                if isinstance(name, str) and _folded(name):
                    each.names[_folded(name)].add(key)
    return found


def resolve(
    entity: str, given: dict[str, pa.Array], lists: Mapping[str, People]
) -> tuple[dict[str, pa.Array], list[Unclear], list[Violation]]:
    """References by name made into keys; what is unclear becomes a hole, counted."""
    made, unclear = dict(given), []
    for name, known in MODEL[entity].fields.items():
        if name in given and known.ref in lists:
            made[name], holes, found = _resolved(name, given[name], lists[known.ref])
            unclear += found
            if holes.any():
                earlier = given.get(f"{name}__hole", pa.nulls(len(holes), pa.int16()))
                made[f"{name}__hole"] = pc.if_else(pa.array(holes > 0), pa.array(holes), earlier)
    return made, unclear, _violations(entity, as_text(given["id"]), unclear)


def _resolved(name: str, column: pa.Array, listed: People) -> tuple[pa.Array, Any, list[Unclear]]:
    coded = as_text(column).dictionary_encode()
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    words = coded.dictionary.to_pylist()
    bearers = [listed.bearers(word) for word in words]
    keys: list[str | None] = []
    reasons, unclear = [], []
    for at, (word, found) in enumerate(zip(words, bearers, strict=True)):
        if len(found) == 1 or (not found and _KEY.fullmatch(word)):
            keys.append(found[0] if found else word)  # an unknown key stays; the boundary counts it
            reasons.append(0)
            continue
        keys.append(None)
        reasons.append(int(Reason.NO_LINK if found else Reason.REF_MISSING))
        unclear.append(Unclear(name, np.flatnonzero(codes == at), tuple(found)))
    holes = np.array([*reasons, 0], dtype=np.int16)[codes]
    return pa.array(keys, pa.large_string()).take(coded.indices), holes, unclear


def _violations(entity: str, keys: pa.Array, unclear: list[Unclear]) -> list[Violation]:
    """By field: names of several, with the keys of those who bear them; names of nobody, with the records."""
    found = []
    for name in dict.fromkeys(each.column for each in unclear):
        shared = [each for each in unclear if each.column == name and each.bearers]
        if shared:
            pairs = tuple(" / ".join(each.bearers) for each in shared[:_EXAMPLES])
            found.append(Violation(entity, name, "ambiguous", sum(len(e.rows) for e in shared), pairs))
        lost = [each.rows for each in unclear if each.column == name and not each.bearers]
        if lost:
            rows = np.sort(np.concatenate(lost))
            examples = [key for key in keys.take(pa.array(rows[:_EXAMPLES])).to_pylist() if key]
            found.append(Violation(entity, name, "reference", len(rows), tuple(examples)))
    return found


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
