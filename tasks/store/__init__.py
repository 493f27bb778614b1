"""The audit store: what is known of findings, who was told, and what still waits to be sent."""

from tasks.store.acts import ActRow
from tasks.store.engine import is_there
from tasks.store.errors import (
    LeaseHeld,
    LeaseLost,
    StaleChanges,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreNewer,
    StoreUnreachable,
    StoreUnreadable,
)
from tasks.store.rows import Answer, CountRow, MailRow, OutboxMail, RunRow, SourceState
from tasks.store.store import Store, open_store
from tasks.store.trail import Fault, Head

__all__ = [
    "ActRow",
    "Answer",
    "CountRow",
    "Fault",
    "Head",
    "LeaseHeld",
    "LeaseLost",
    "MailRow",
    "OutboxMail",
    "RunRow",
    "SourceState",
    "StaleChanges",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreFull",
    "StoreNewer",
    "StoreUnreachable",
    "StoreUnreadable",
    "is_there",
    "open_store",
]
