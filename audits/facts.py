"""What a run judges with: canonical frames, and what their source promises about them."""

from dataclasses import dataclass, field, replace

import pandas as pd


@dataclass(frozen=True)
class EntityFacts:
    """What the mapping says of one entity: which fields it gives, since when, and how exactly.

    Args:
        provided: canonical fields the mapping gives (a null in one of them is a fact).
        complete_since: microseconds since which a missing row proves absence; None promises nothing.
        since: field -> microseconds since which the CRM keeps it.
        precision: field -> ``us``, ``second``, ``minute`` or ``date``; not listed means ``us``.
        unmapped: field -> {value as the CRM has it: count}.
    """

    provided: frozenset[str]
    complete_since: int | None = None
    since: dict[str, int] = field(default_factory=dict)
    precision: dict[str, str] = field(default_factory=dict)
    unmapped: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Violation:
    """Rows that broke the canonical model at the boundary; counted and named, never dropped unsaid.

    ``rule`` is one of ``type``, ``zone``, ``gap`` and ``fold`` (local times that never came or came twice),
    ``required``, ``duplicate``, ``reference``, ``ambiguous`` (a name that several bear), ``value``,
    ``disagree`` (two sources of one instant); of a
    change log also ``previous`` (an unknown first value), ``order`` (it runs backwards), ``present`` (its last
    value is not today's), ``actor`` (of no known kind); and ``deleted`` (left out: in the CRM's bin),
    ``cursor`` (rows that the declared cursor would have missed); of an entity ``not_there`` (mapped to a folder of
    registers, the example, that has no such sheet: unconnected).
    """

    entity: str
    field: str
    rule: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Canonical frames by entity (columns as ``audits.model`` says) and the promises that go with them.

    Args:
        source: name of the source (one mapping).
        zone: IANA name of the business's zone.
        extracted_at: the extract's own instant in microseconds; no audit may look later (law 1).
        frames: entity -> frame; an entity the mapping does not provide has no key.
        entities: entity -> what is promised of it; the same keys as ``frames``.
        violations: what the boundary found.
    """

    source: str
    zone: str
    extracted_at: int
    frames: dict[str, pd.DataFrame]
    entities: dict[str, EntityFacts]
    violations: tuple[Violation, ...] = ()

    def without_rows(self) -> "Facts":
        """The same promises without a row: what travels with verdicts that were judged elsewhere."""
        return replace(self, frames={name: frame.iloc[:0] for name, frame in self.frames.items()})

    def provides(self, entity: str, name: str = "id") -> bool:
        """Whether the source gives this field of this entity."""
        return entity in self.entities and name in self.entities[entity].provided
