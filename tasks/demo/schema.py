"""The demo CRM's own schema: what a service CRM of the market might have, not the canonical model.

Stamps are naive UTC, as most CRMs store them. Flags are small integers, and categories are what somebody
once typed into the administration, in Chinese and English; the mapping gives them meaning.
"""

from typing import Any, Final

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
)
from sqlalchemy.dialects import mysql

#: The demo CRM: its tables by name, in ``CRM.tables``.
CRM: Final = MetaData()


def _key() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=False)


def _text(name: str, length: int = 80, *, null: bool = True) -> Column[str]:
    return Column(name, String(length), nullable=null)


def _stamp(name: str, *, null: bool = True) -> Column[Any]:
    """Naive UTC with microseconds on every database; MariaDB keeps none unless asked."""
    return Column(name, DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"), nullable=null)


def _of(name: str, table: str) -> Column[int]:
    return Column(name, Integer, ForeignKey(f"{table}.id"))


def _flag(name: str) -> Column[int]:
    return Column(name, SmallInteger, nullable=False)


def _table(name: str, *columns: Column[Any]) -> Table:
    return Table(name, CRM, _key(), *columns, mysql_charset="utf8mb4", mariadb_charset="utf8mb4")


_table(
    "support_groups",
    _text("code", null=False), _text("name", null=False), _text("kind", null=False), Column("leader_id", Integer),
)  # fmt: skip
_table(
    "agents",
    _text("employee_no", null=False), _text("full_name", null=False), _text("email", null=False), _text("title"),
    Column("manager_id", Integer), _of("group_id", "support_groups"), Column("hired_on", Date), Column("left_on", Date),
)  # fmt: skip
_table(
    "accounts",
    _text("account_no", null=False), _text("name", null=False), _text("industry"), _of("manager_id", "agents"),
    _stamp("created_at", null=False),
)  # fmt: skip
_table(
    "contacts",
    _of("account_id", "accounts"), _text("full_name", null=False), _text("job_title"), _text("phone"), _text("email"),
)  # fmt: skip
_table(
    "projects",
    _text("project_no", null=False), _of("account_id", "accounts"), _text("name"), _of("owner_id", "agents"),
    _stamp("opened_at", null=False),
)  # fmt: skip
_table(
    "tickets",
    _text("ticket_no", null=False), _of("account_id", "accounts"), _of("contact_id", "contacts"),
    _of("group_id", "support_groups"), _of("agent_id", "agents"), _text("origin"), _text("category"),
    _text("priority"), _text("status", null=False), _text("subject", 200),
    _stamp("reported_at", null=False), _stamp("created_at", null=False), _stamp("closed_at"),
    _text("closing_reason"), Column("merged_into_id", Integer),
)  # fmt: skip
_table(
    "ticket_changes",
    _of("ticket_id", "tickets"), _stamp("changed_at", null=False), _text("changed_by"),
    _text("field", null=False), _text("old_value"), _text("new_value"),
)  # fmt: skip
_table(
    "calls",
    _text("call_ref", null=False), _of("ticket_id", "tickets"), _of("account_id", "accounts"), _of("agent_id", "agents"),
    _text("direction", null=False), _flag("connected"), _stamp("started_at", null=False), _stamp("ended_at"),
    _stamp("logged_at", null=False),
)  # fmt: skip
_table(
    "messages",
    _text("message_ref", null=False), _of("ticket_id", "tickets"), _of("account_id", "accounts"),
    _of("agent_id", "agents"), _text("medium", null=False), _text("direction", null=False), _flag("automatic"),
    _stamp("sent_at", null=False),
)  # fmt: skip
_table(
    "ticket_escalations",
    _of("ticket_id", "tickets"), _stamp("raised_at", null=False), _of("raised_by_id", "agents"),
    _text("to_role", null=False), _of("to_agent_id", "agents"), _stamp("seen_at"), _stamp("acted_at"),
)  # fmt: skip
_table(
    "surveys",
    _text("survey_no", null=False), _text("kind", null=False), _of("account_id", "accounts"),
    _of("contact_id", "contacts"), _of("ticket_id", "tickets"), _text("acceptance_no"), _stamp("sent_at"),
    _text("question_keys", 200), _stamp("returned_at"), Column("overall_score", Numeric(4, 2)), _stamp("bounced_at"),
)  # fmt: skip
