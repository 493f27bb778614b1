"""What a card reads, where it does not list it: every field its words name, so that a missing one is told."""

from collections.abc import Iterator
from typing import Final

from audits.cards import Column
from audits.context import columns_of
from audits.model import MODEL
from config.rule_columns import LISTS, NAMES, Derived, base_of, rows_of, word_of
from config.rule_files import CardBlock

#: What a function reads beside the words of its card.
READS: Final = {
    "picked_up": "interaction.channel interaction.direction interaction.answered_by_bot interaction.abandoned "
    "interaction.ended_at",
    "on_the_spot": "interaction.case_id interaction.started_at interaction.ended_at",
    "result_asked": "case.result_asked_at case.result_status case.closed_at",
    "delay_told": "case.complexity case.expected_due_at case.resolved_at notification.case_id notification.kind "
    "notification.to notification.sent_at notification.reason notification.promised_eta",
    "told_every": "case.resolved_at notification.case_id notification.kind notification.to notification.sent_at",
    "urgent_first": "case.urgency case.assignee_id case.received_at case.first_contact_at",
    "routed": "case.complaint_level case.assignee_id staff.role",
    "parity": "interaction.channel interaction.answered_by_bot interaction.abandoned interaction.ended_at",
    "no_duplicates": "customer.code customer.name",
    "purpose_bound": "access_event.purpose access_event.case_id case.received_at case.closed_at",
    "access_rights": "access_grant.holder_id access_grant.holder_kind access_grant.granted_at "
    "access_grant.revoked_at access_grant.exemption access_grant.scope case.assignee_id staff.manager_id",
    "growth": "customer.clv customer.clv_baseline customer.active_at_period_start customer.active_at_period_end",
}


def needs_of(card: CardBlock, derived: Derived) -> tuple[str, ...]:
    """``entity.field`` names a card reads: those it lists, else those its words name."""
    if card.needs or card.auditable != "auto":
        return tuple(card.needs)
    entity = base_of(card.of)
    own = {name: f"{entity}.{name}" for name in MODEL[entity].fields} if columns_of(card.of) else {}
    found = [own[name] for name in _named(card) if name in own]
    found += READS.get(card.function or "", "").split()
    for column in derived.columns.values():
        found += _of_column(entity, column)
    for word in ("rows", "when"):
        for block in rows_of(
            Derived(dict(derived.columns), dict(derived.types)), card, word, word_of(card, word) or []
        ):
            found += [
                f"{block.of}.{name}"
                for name in (block.at, block.on[0], *block.where)
                if _is_field(block.of, name)
            ]
    return tuple(dict.fromkeys(found))


def _is_field(entity: str, name: str) -> bool:
    return name in MODEL[entity].fields


def _named(card: CardBlock) -> Iterator[str]:
    """Every column name of a card's words and filters."""
    for word in (*NAMES, *LISTS):
        value = word_of(card, word)
        for whole in [value] if isinstance(value, str) else value or []:
            yield from whole.partition("=")[0].split("|")
    for word in ("where", "unless", "must", "allowed", "forbidden"):
        yield from word_of(card, word) or {}
    for one in card.either:
        yield from one
    if card.map is not None:
        yield card.map.by


def _of_column(entity: str, column: Column) -> list[str]:
    """Fields that a derived column reads."""
    if column.take == "path":
        found = []
        for hop in column.names[:-1]:
            found.append(f"{entity}.{hop}")
            entity = MODEL[entity].fields[hop].ref
        return [*found, f"{entity}.{column.names[-1]}"]
    if not column.of:
        return [f"{entity}.{name}" for name in column.names if name in MODEL[entity].fields]
    theirs = (column.on[0], column.name, column.at, *column.where)
    ours = [f"{entity}.{name}" for name in (column.after, column.before) if name in MODEL[entity].fields]
    return [f"{column.of}.{name}" for name in theirs if name in MODEL[column.of].fields] + ours
