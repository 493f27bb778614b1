"""What exports do to values, undone column by column: signs of full width, figures as text, marks for blanks.

Only the spelling changes; what a value means is the boundary's business, with the same value maps, zones and
checks as for a database.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audits.model import MODEL
from tasks.crm.columns import as_text
from tasks.crm.exports.dates import usual
from tasks.crm.exports.errors import Problem
from tasks.crm.exports.layout import Table
from tasks.crm.exports.sheets import place
from tasks.crm.register_words import NO, YES, values_by_label

_BROKEN: Final = r"(?i)^(#(n/a|ref!|value!|div/0!|name\?|null!|num!|spill!|calc!)|#{2,})$"
_NOTHING: Final = r"(?i)^([-—–－]+|[/\\]|null|none|nan|nat|nil|n/a|\(null\)|[(（]空[)）]|空|无|暂无)$"
_SHORTENED: Final = r"^\d([.]\d+)?[eE][+]?\d{1,3}$"
_KEYS: Final = ("id", "ref", "code")
_INVISIBLE: Final = "[\u200b\u200c\u200d\u2060\ufeff]"
_MIDNIGHT: Final = r"^\d{4}-\d\d-\d\d[ T]00:00(:00([.]0+)?)?$"
#: So many stamps are never all at midnight by chance.
_ENOUGH: Final = 20
_EXAMPLES: Final = 5


class Cells:
    """Reads the columns of tables; what cannot be taken is added to ``problems``.

    Args:
        entity: canonical name.
        kinds: column -> type.
        forms: column -> how its instants are stored.
        values: field -> value map of the mapping.
        problems: grows.

    Attributes:
        blanks: column -> marks for nothing that became blank.
        days: column -> stamps at midnight that became days.
    """

    def __init__(
        self,
        entity: str,
        kinds: Mapping[str, str],
        forms: Mapping[str, str],
        values: Mapping[str, Mapping[str, str | None]],
        problems: list[Problem],
    ) -> None:
        self._entity, self._kinds, self._forms = entity, kinds, forms
        self._values, self._problems = values, problems
        self.blanks: dict[str, int] = {}
        self.days: dict[str, int] = {}

    def read(self, table: Table) -> dict[str, pa.Array]:
        """Every column, spelled as the boundary reads it."""
        return {name: self._column(table, name, column) for name, column in table.columns.items()}

    def _column(self, table: Table, name: str, column: pa.Array) -> pa.Array:
        kind = self._kinds[name]
        form = self._forms.get(name, "")
        if not self._is_text(column, kind, form):
            return column
        text = _shown(as_text(column))
        self._refuse(table, name, text, _BROKEN, "an error of the spreadsheet; mend it and export again")
        if kind in ("text", "keys"):
            return as_text(text)
        if kind in ("enum", "bool"):
            return self._choices(name, kind, text)
        text = self._blanked(name, as_text(pc.utf8_normalize(text, form="NFKC")))
        if kind in _KEYS:
            what = "Excel has shortened this number; format the column as text and export again"
            self._refuse(table, name, text, _SHORTENED, what)
            return pc.replace_substring_regex(text, r"^(\d+)[.]0+$", r"\1")
        if kind in ("ts", "date"):
            return self._days(name, usual(text, serials=not form.startswith("epoch")))
        return self._figures(name, text)

    def _is_text(self, column: pa.Array, kind: str, form: str) -> bool:
        """Typed columns of Parquet are taken as they are, but for days that stand as numbers."""
        if pa.types.is_large_string(column.type):
            return True
        number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        return number and kind in ("ts", "date", *_KEYS) and not form.startswith("epoch")

    def _refuse(self, table: Table, name: str, text: pa.Array, pattern: str, what: str) -> None:
        rows = _flags(pc.match_substring_regex(text, pattern))
        for row in np.flatnonzero(rows)[:_EXAMPLES]:
            where = place(table.file, table.title, int(table.numbers[row]), table.at[name])
            self._problems.append(Problem(where, f"{text[int(row)].as_py()}: {what}"))
        if rows.sum() > _EXAMPLES:
            more = f"and {int(rows.sum()) - _EXAMPLES:,} more cells of {table.headers[name]}: {what}"
            self._problems.append(Problem(table.name, more))

    def _blanked(self, name: str, text: pa.Array) -> pa.Array:
        """Marks that exports print for nothing become blank, and are counted."""
        rows = _flags(pc.match_substring_regex(text, _NOTHING))
        if not rows.any():
            return text
        self.blanks[name] = self.blanks.get(name, 0) + int(rows.sum())
        return pc.if_else(pa.array(rows), pa.scalar(None, pa.large_string()), text)

    def _choices(self, name: str, kind: str, text: pa.Array) -> pa.Array:
        """List values and truths, spelled as the value map (or the model) spells them."""
        coded = as_text(text).dictionary_encode()
        spelled = self._spellings(name, kind)
        values = coded.dictionary.to_pylist()
        told = [
            value if value in spelled.values() else spelled.get(_folded(value), value) for value in values
        ]
        text = pa.array(told, pa.large_string()).take(coded.indices)
        known = pa.array(sorted(set(spelled.values())), pa.large_string())
        foreign = pc.if_else(pc.is_in(text, value_set=known), pa.scalar(None, pa.large_string()), text)
        before = self.blanks.get(name, 0)
        self._blanked(name, foreign)
        if self.blanks.get(name, 0) == before:
            return text
        nothing = pa.array(_flags(pc.match_substring_regex(foreign, _NOTHING)))
        return pc.if_else(nothing, pa.scalar(None, pa.large_string()), text)

    def _spellings(self, name: str, kind: str) -> dict[str, str]:
        """Folded spelling -> what the boundary reads."""
        mapped = self._values.get(name)
        if mapped is not None:
            return {_folded(word): word for word in mapped}
        if kind == "bool":
            return {_folded(w): said for words, said in ((YES, "true"), (NO, "false")) for w in words}
        field = MODEL[self._entity].fields[name]
        return {_folded(word): value for word, value in values_by_label(self._entity, field).items()}

    def _days(self, name: str, text: pa.Array) -> pa.Array:
        """Stamps that stand at midnight without exception are days: a system that keeps no hours prints 00:00."""
        known = len(text) - text.null_count
        at_midnight = _flags(pc.match_substring_regex(text, _MIDNIGHT))
        if known < _ENOUGH or at_midnight.sum() < known:
            return text
        self.days[name] = self.days.get(name, 0) + known
        return pc.utf8_slice_codeunits(text, 0, 10)

    def _figures(self, name: str, text: pa.Array) -> pa.Array:
        """1,234 is 1234; where the field is a percentage, 60% is 60."""
        field = MODEL[self._entity].fields.get(name)
        if field is not None and "%" in field.zh:
            text = pc.replace_substring_regex(text, r"^([+-]?[\d.,]+)\s*%$", r"\1")
        grouped = r"^([+-]?\d{1,3}(?:,\d{3})+)([.]\d+)?$"
        rows = _flags(pc.match_substring_regex(text, grouped))
        return pc.if_else(pa.array(rows), pc.replace_substring(text, ",", ""), text)


def _shown(text: pa.Array) -> pa.Array:
    """Text without what guards it from the spreadsheet (``'007``, ``="007"``) and without signs nobody sees."""
    text = pc.replace_substring_regex(text, r'^="(.*)"$', r"\1")
    text = pc.replace_substring_regex(text, _INVISIBLE, "")
    return as_text(pc.replace_substring_regex(text, r"^'", ""))


def _folded(word: str) -> str:
    return "".join(unicodedata.normalize("NFKC", word).casefold().split())


def _flags(found: pa.Array) -> Any:  # of numpy
    return np.array(pc.fill_null(found, fill_value=False).to_numpy(zero_copy_only=False), dtype=bool)
