"""The canonical model: what Clausewatch knows of a CRM's records, in one readable place.

Every mapping and register ends here, every card speaks these words, and frames are cast and checked
against it at the boundary.

How a type stands in a canonical frame (pandas):

======== ====================================================================================
id, ref  ``str``; a ref names its entity (``ref case``) and may dangle: that is counted, not dropped
code     ``str``; numbers and codes that may be printed (case number, customer number)
enum     ``category`` with exactly the listed values, in this order
ts       ``datetime64[us, UTC]``
date     ``datetime64[us]`` (a local calendar day)
bool     ``boolean``
int      ``Int64``
decimal  ``Int64``, in billionths (10.004 is 10_004_000_000); exact, compared unrounded
keys     ``str``: a list of keys, sorted, joined by ``|``; "" is the empty list
text     ``Int32``: the length of free text, names, phones or addresses, never the text itself:
         null = null, 0 = empty or white space, -1 = a placeholder such as n/a or 未知
======== ====================================================================================

The tables stand in three rooms: ``model_cases`` (people, customers, cases), ``model_delivery`` (requirement to
acceptance) and ``model_quality`` (surveys, documents, trainings, attestations and the like).

Companions of a field ``f``, present only where they say something:
``f__hole`` ``Int16``: a no-data ``Reason`` where the value is a hole, else null;
``f__from`` ``category``: where a derived stamp came from (column, history, call, message, visit, bound);
``f__typed`` ``datetime64[us, UTC]``: when a back-dated value was entered;
``f__after`` ``datetime64[us, UTC]``: where a stamp is only a bound, the instant after which it happened;
``f__said`` and ``f__other`` ``datetime64[us, UTC]``: what two sources of one instant say that disagree.
"""

from dataclasses import dataclass
from typing import Final

from audits.model_cases import CASES
from audits.model_delivery import DELIVERY
from audits.model_quality import QUALITY

#: A decimal of 1 is this integer in a frame.
DECIMAL_SCALE: Final = 10**9


@dataclass(frozen=True)
class Field:
    """One canonical field: its type, the values or entity that belong to it, and its names.

    Args:
        ref: entity a ``ref`` names.
        each: entity that each key of a ``keys`` names; "" where the keys are words.
    """

    name: str
    type: str
    zh: str
    en: str
    values: tuple[str, ...] = ()
    ref: str = ""
    each: str = ""
    required: bool = False


@dataclass(frozen=True)
class Entity:
    """One kind of record, its fields by name, and its names."""

    name: str
    zh: str
    en: str
    fields: dict[str, Field]


def _entity(name: str, zh: str, en: str, rows: str) -> Entity:
    """Read the table below: one field a line, ``name | type | zh | en``; ``!`` after the type = required."""
    fields = {}
    for line in filter(None, (raw.strip() for raw in rows.splitlines())):
        field, kind, field_zh, field_en = (" ".join(part.split()) for part in line.split("|"))
        required, kind = kind.endswith("!"), kind.rstrip("!").strip()
        head, _, tail = kind.partition(" ")
        fields[field] = Field(
            name=field,
            type=head,
            zh=field_zh,
            en=field_en,
            values=tuple(tail.split()) if head == "enum" else (),
            ref=tail if head == "ref" else "",
            each=tail if head == "keys" else "",
            required=required,
        )
    return Entity(name, zh, en, fields)


#: Every canonical entity by name.
MODEL: Final[dict[str, Entity]] = {table[0]: _entity(*table) for table in (*CASES, *DELIVERY, *QUALITY)}
