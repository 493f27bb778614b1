"""A CRM's history in one shape, whatever shape it keeps it in: who changed what, when, from what, to what.

What a history cannot tell stands in it as such: an old value that nobody knows, an instant known only to lie
between two others, a record some of whose entries could not be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audits.facts import Violation
from audits.words import NAT, Reason
from tasks.crm.stamps import Flags, Holes, Ints

#: An old value that nobody knows (a character no CRM writes).
UNKNOWN: Final = "\x1a"
#: The lower bound of what was so already when the history begins.
ALREADY: Final = NAT + 1
TEXTS: Final = ("field", "actor", "who", "old", "new", "key")
_FIELD: Final = "change log"


@dataclass(frozen=True)
class Changes:
    """Changes in the order they happened: by record, then instant, then the log's own order.

    Args:
        row: int64[n], the record's place in its entity's frame.
        when: int64[n], microseconds; for a change seen only afterwards, the instant it was seen.
        after: int64[n], ``NAT`` where it happened at ``when``; else it happened after this and by ``when``
            (``ALREADY``: it was so before anybody looked, so it is no change at all).
        field, actor, old, new: text of each change (null = empty; ``old`` may be ``UNKNOWN``).
        who: kind of the actor (staff, customer, bot), null where the mapping says none.
        key: the log's own key, "" where it has none or the entry is synthetic.
        lost: int16[records], the reason why entries of a record could not be read, 0 where all were.
    """

    row: Ints
    when: Ints
    after: Ints
    field: pa.Array
    actor: pa.Array
    who: pa.Array
    old: pa.Array
    new: pa.Array
    key: pa.Array
    lost: Holes

    def take(self, places: "npt.NDArray[np.intp] | Flags") -> "Changes":
        """Some of the changes, in the order given."""
        places = np.flatnonzero(places) if places.dtype == np.bool_ else places
        texts = {name: getattr(self, name).take(pa.array(places)) for name in TEXTS}
        return replace(self, row=self.row[places], when=self.when[places], after=self.after[places], **texts)

    @property
    def bound(self) -> Flags:
        """Changes known only to lie between two instants."""
        return np.asarray(self.after != NAT)


def in_order(found: Changes, sequence: Ints) -> Changes:
    """Changes by record, instant and the order given."""
    return found.take(np.lexsort((sequence, found.when, found.row)))


def really_changed(found: Changes) -> Changes:
    """Without entries that keep their value."""
    same = pc.fill_null(pc.equal(found.old, found.new), fill_value=False)
    return found.take(~flags(pc.or_(same, pc.and_(found.old.is_null(), found.new.is_null()))))


def labelled(
    entity: str, found: Changes, field: str, labels: Mapping[str, str], keys: pa.Array
) -> tuple[Changes, list[Violation]]:
    """Keys of one field as labels; a key without label stays as it is, and is counted."""
    here = is_in(found.field, [field])
    lost = np.zeros(len(here), dtype=bool)
    texts: dict[str, pa.Array] = {}
    for side in ("old", "new"):
        column = getattr(found, side)
        known = is_in(column, [*labels, *labels.values(), UNKNOWN])
        lost |= here & flags(column.is_valid()) & ~known
        texts[side] = pc.if_else(pa.array(here), renamed(column, labels), column)
    records = keys.take(pa.array(found.row))
    return replace(found, **texts), counted(entity, "value", lost, records)


def told_apart(
    entity: str, found: Changes, kinds: Mapping[str, str], keys: pa.Array
) -> tuple[Changes, list[Violation]]:
    """The changes with the kind of each actor; actors of no kind are counted."""
    coded = found.actor.dictionary_encode()
    who = pa.array([kinds.get(actor) for actor in coded.dictionary.to_pylist()], pa.large_string())
    who = who.take(coded.indices)
    strange = flags(found.actor.is_valid()) & flags(who.is_null())
    return replace(found, who=who), counted(entity, "actor", strange, keys.take(pa.array(found.row)))


def with_first(found: Changes, created: Ints, first: Mapping[str, pa.Array], tolerance: int) -> Changes:
    """What can be said of the values before the first entries of a log that tells only new values.

    An entry so soon after the creation is the creation: before it there was nothing. Else the record's own
    column says the first value, where the CRM has one; else it stays unknown.

    Args:
        found: changes with ``UNKNOWN`` before each first entry.
        created: int64[records], instant of creation (``NAT`` = not known).
        first: field -> each record's first value.
        tolerance: microseconds.
    """
    born = created[found.row]
    open_ = is_in(found.old, [UNKNOWN])
    creation = open_ & (born != NAT) & (found.when <= np.where(born == NAT, NAT, born + tolerance))
    old = pc.if_else(pa.array(creation), pa.scalar(None, pa.large_string()), found.old)
    for name, values in first.items():
        here = values.take(pa.array(found.row))
        use = open_ & ~creation & is_in(found.field, [name]) & flags(here.is_valid())
        old = pc.if_else(pa.array(use), here, old)
    return really_changed(replace(found, old=old))


def first_unknown(entity: str, found: Changes, keys: pa.Array) -> list[Violation]:
    """Records whose first entry does not say from what it changed; what we saw ourselves never does."""
    unknown = is_in(found.old, [UNKNOWN]) & ~found.bound
    return counted(entity, "previous", unknown, keys.take(pa.array(found.row)))


def ends_elsewhere(
    entity: str, found: Changes, field: str, now: pa.Array, keys: pa.Array
) -> tuple[Changes, list[Violation]]:
    """Records whose log ends with another value than today's: entries are missing, so nothing is built on it."""
    here = of_field(found, field)
    last = np.full(len(keys), -1, dtype=np.int64)
    last[here.row] = np.arange(len(here.row))
    rows = last >= 0
    said = here.new.take(pa.array(last, mask=~rows))
    differs = flags(pc.not_equal(said, now)) | (flags(said.is_valid()) != flags(now.is_valid()))
    lost = np.where((found.lost == 0) & rows & differs, np.int16(Reason.ROW_MISSING), found.lost)
    return replace(found, lost=lost), counted(entity, "present", rows & differs, keys)


def begun(found: Changes, field: str, created: Ints, now: pa.Array) -> Changes:
    """The changes with a first entry for each record: its value at creation, where that is known.

    Args:
        found: changes of all fields.
        field: the field to begin.
        created: int64[records], instant of creation (``NAT`` = no entry).
        now: the present value of each record, for those that never changed.
    """
    here = of_field(found, field)
    first = np.full(len(created), -1, dtype=np.int64)
    first[here.row[::-1]] = np.arange(len(here.row))[::-1]
    changed = first >= 0
    value = pc.if_else(pa.array(changed), here.old.take(pa.array(first, mask=~changed)), now)
    at = np.where(changed, np.minimum(created, here.when[first] if len(here.when) else created), created)
    known = flags(value.is_valid()) & ~is_in(value, [UNKNOWN])
    rows = np.flatnonzero((created != NAT) & known)
    return merged(_entries(rows, at[rows], field, value.take(pa.array(rows)), found.lost), found)


def _entries(row: Ints, when: Ints, field: str, new: pa.Array, lost: Holes) -> Changes:
    """Synthetic entries: nobody's, from nothing, exact."""
    empty = pa.nulls(len(row), pa.large_string())
    names = pa.array([field] * len(row), pa.large_string())
    return Changes(row, when, np.full(len(row), NAT), names, empty, empty, empty, new, empty, lost)


def merged(head: Changes, tail: Changes) -> Changes:
    """Both in one order; of one instant, those of ``head`` come first."""
    texts = {name: pa.concat_arrays([getattr(head, name), getattr(tail, name)]) for name in TEXTS}
    numbers = {n: np.concatenate([getattr(head, n), getattr(tail, n)]) for n in ("row", "when", "after")}
    both = replace(head, **texts, **numbers)
    return in_order(both, np.arange(len(both.row)))


def of_field(found: Changes, name: str) -> Changes:
    """All entries of one field, those among them that only say how it was already."""
    return found.take(is_in(found.field, [name]))


def matching(found: Changes, pattern: Any) -> Changes:
    """The changes a pattern of the mapping means (``change, to, from, by, not_by`` and kinds of actors)."""
    rows = _fitting(found, pattern) & (found.after != ALREADY)
    return found.take(rows & is_in(found.old, pattern.from_)) if pattern.from_ else found.take(rows)


def perhaps_matching(found: Changes, pattern: Any) -> tuple[Ints, Ints]:
    """Records in which the pattern may have fitted unseen.

    Returns:
        The records whose history begins with a state of unknown age, and those with an entry that fits but for
        its unknown old value.
    """
    here = is_in(found.field, [pattern.change])
    already = here & (found.after == ALREADY)
    unknown = _fitting(found, pattern) & is_in(found.old, [UNKNOWN]) & ~already
    return found.row[already], found.row[unknown] if pattern.from_ else found.row[:0]


def _fitting(found: Changes, pattern: Any) -> Flags:
    """Entries that fit a pattern, whatever they changed from."""
    rows = is_in(found.field, [pattern.change])
    for column, words in ((found.new, pattern.to), (found.actor, pattern.by), (found.who, pattern.by_kind)):
        rows &= is_in(column, words) if words else True
    return rows & ~is_in(found.actor, pattern.not_by) & ~is_in(found.who, pattern.not_by_kind)


def renamed(column: pa.Array, names: Mapping[str, str]) -> pa.Array:
    """Each value under its other name; values without one stay."""
    coded = column.dictionary_encode()
    other = [names.get(value, value) for value in coded.dictionary.to_pylist()]
    return pa.array(other, pa.large_string()).take(coded.indices)


def is_in(column: pa.Array, words: list[str]) -> Flags:
    """Rows whose value is one of the words; null is none."""
    if not words:
        return np.zeros(len(column), dtype=bool)
    return flags(pc.is_in(column, value_set=pa.array(words, pa.large_string())))


def counted(entity: str, rule: str, rows: Flags, records: pa.Array) -> list[Violation]:
    """A violation of a change log with its first records, when there is one."""
    if not rows.any():
        return []
    examples = records.take(pa.array(np.flatnonzero(rows)[:5])).to_pylist()
    return [Violation(entity, _FIELD, rule, int(rows.sum()), tuple(e for e in examples if e))]


def flags(column: pa.Array) -> Flags:
    """Arrow truths as numpy's; null is false."""
    return np.array(pc.fill_null(column, fill_value=False).to_numpy(zero_copy_only=False), dtype=bool)
