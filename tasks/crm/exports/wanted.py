"""Which headers an entity's columns may stand under: the house's own first, then those that everybody prints."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from audits.model import MODEL
from config.mapping import Mapping as CrmMapping
from config.mapping.exports import NUMBERS, aliases, squeezed
from tasks.crm.meaning import how


@dataclass(frozen=True)
class Wanted:
    """The columns of one entity.

    Args:
        entity: canonical name.
        headers: column -> squeezed headers that mean it, the first there is counting.
        fixed: columns whose header must be there, as the mapping writes it.
        kinds: column -> type of the model (``ts``, ``code``, ``text`` ...).
        needed: columns without which no row says anything.
        words: squeezed headers that any column knows.
    """

    entity: str
    headers: Mapping[str, tuple[str, ...]]
    fixed: Mapping[str, str]
    kinds: Mapping[str, str]
    needed: tuple[str, ...]
    words: frozenset[str] = field(repr=False)

    def known(self, headers: Collection[str]) -> int:
        """How many of some squeezed headers mean a column."""
        return len(self.words.intersection(headers))


def wanted(mapping: CrmMapping, entity: str) -> Wanted:
    """What an entity's mapping looks for in its exported files."""
    house, meant = mapping.file.entities[entity].columns, how(mapping, entity)
    claimed = {squeezed(word) for words in house.values() for word in _listed(words)}
    headers: dict[str, tuple[str, ...]] = {}
    for name, words in aliases()[entity].items():
        if name not in house:
            headers[name] = tuple(word for word in words if word not in claimed)
    for name, said in house.items():
        usual = aliases()[entity].get(name, ()) if isinstance(said, list) else ()
        own = tuple(squeezed(word) for word in _listed(said))
        headers[name] = own + tuple(word for word in usual if word not in claimed)
    fields = MODEL[entity].fields
    kinds = {name: fields[name].type if name in fields else _kind(name, meant.extra) for name in headers}
    fixed = {name: word for name, word in house.items() if isinstance(word, str)}
    needed = tuple(n for n, f in fields.items() if f.required and n not in meant.derived)
    return Wanted(entity, headers, fixed, kinds, needed, frozenset(w for ws in headers.values() for w in ws))


def _listed(said: str | list[str] | None) -> list[str]:
    return [said] if isinstance(said, str) else said or []


def _kind(name: str, extra: Mapping[str, str]) -> str:
    if name.endswith("__typed") or extra.get(name) == "ts":
        return "ts"
    return "text" if name in ("name", "email", "phone") else "code"


def number_of(entity: str) -> str:
    """The printed number that serves as key where an export has no other; "" where there is none."""
    return NUMBERS.get(entity, "")
