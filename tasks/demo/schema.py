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
    _text("goals_no"), _stamp("goals_seen_at"),
)  # fmt: skip
_table(
    "agents",
    _text("employee_no", null=False), _text("full_name", null=False), _text("email", null=False), _text("title"),
    Column("manager_id", Integer), _of("group_id", "support_groups"), Column("hired_on", Date), Column("left_on", Date),
    _text("department"), _text("module"), _text("schooling"),
)  # fmt: skip
_table(
    "accounts",
    _text("account_no", null=False), _text("name", null=False), _text("industry"), _of("manager_id", "agents"),
    _stamp("created_at", null=False),
)  # fmt: skip
_table(
    "contacts",
    _of("account_id", "accounts"), _text("full_name", null=False), _text("job_title"), _text("phone"), _text("email"),
    _flag("is_designated"), _flag("decides"),
)  # fmt: skip
_table(
    "projects",
    _text("project_no", null=False), _of("account_id", "accounts"), _text("name"), _of("owner_id", "agents"),
    _stamp("opened_at", null=False), _text("file_no"), _of("director_id", "agents"), _text("letter_no"), _text("commitment_no"),
    _text("page_no"),
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
    Column("lowest_score", Numeric(4, 2)), Column("highest_score", Numeric(4, 2)), _text("way"),
)  # fmt: skip
_table(
    "ticket_forms",
    _of("ticket_id", "tickets"), _text("ticket_no", null=False), _text("by_no"), _text("request"), _text("business"), _text("item"),
    Column("level", Integer), _text("urgency"), _text("complexity"), Column("major", SmallInteger), _stamp("major_at"),
    Column("after_sales", SmallInteger), _text("when_text"), _text("where_text"), _text("detail", 200), _text("wish", 200),
    _text("form_no"), _stamp("classified_at"), _text("machine_category"), _text("summary_parts"), _stamp("contacted_at"),
    _stamp("analysed_at"), _text("cause", 200), _stamp("plan_at"), Column("plan_options", Integer), _text("plan_text", 200),
    _stamp("plan_ok_at"), _stamp("opinion_at"), _stamp("executed_at"), _text("resolution", 200), _stamp("expected_at"),
    _stamp("told_at"), _stamp("asked_at"), _stamp("confirmed_at"), _text("result"), _stamp("ended_at"), _stamp("archived_at"),
    _text("report_no"), _text("summary_no"),
)  # fmt: skip
_table(
    "ticket_holders",
    _text("holder_no", null=False), _of("ticket_id", "tickets"), _of("agent_id", "agents"), _stamp("from_at", null=False),
    _stamp("until_at"),
)  # fmt: skip
_table(
    "ticket_notices",
    _text("notice_no", null=False), _of("ticket_id", "tickets"), _text("kind"), _text("receiver"), _text("medium"),
    _stamp("sent_at", null=False), Column("with_number", SmallInteger), _text("reason", 200), _stamp("promised_at"),
)  # fmt: skip
_table(
    "promises",
    _text("promise_no", null=False), _of("ticket_id", "tickets"), _of("agent_id", "agents"), _stamp("made_at"),
    _text("what", 200), _stamp("due_at"), _stamp("kept_at"), _stamp("moved_at"),
)  # fmt: skip
_table(
    "hotline_calls",
    _text("call_no", null=False), _of("ticket_id", "tickets"), _of("account_id", "accounts"), _of("agent_id", "agents"),
    Column("rings", Integer), _stamp("arrived_at", null=False), _stamp("picked_up_at"), _flag("by_machine"),
    _flag("hung_up_first"), _stamp("over_at"), _text("tape"),
)  # fmt: skip
_table(
    "message_details",
    _text("message_ref", null=False), _stamp("taken_at"), _text("subject", 200), _text("greeting"),
    Column("closes_well", SmallInteger), Column("signed", SmallInteger), _text("files"), Column("files_said", SmallInteger),
    Column("files_named", SmallInteger), Column("files_bytes", Integer),
)  # fmt: skip
_table(
    "account_profiles",
    _of("account_id", "accounts"), _text("account_no"), Column("is_new", SmallInteger), _text("came_by"), _text("first_need"),
    _text("tier"), _text("tier_basis"), _stamp("tiered_at"), _text("segment"), _text("segment_basis"), _stamp("segmented_at"),
    _text("sources"), _stamp("updated_at"), _stamp("verified_at"), _stamp("consent_at"), Column("worth", Numeric(12, 2)),
    Column("worth_before", Numeric(12, 2)), Column("was_client", SmallInteger), Column("is_client", SmallInteger),
)  # fmt: skip
_table(
    "orders",
    _text("order_no", null=False), _of("account_id", "accounts"), _stamp("ordered_at"), Column("amount", Numeric(12, 2)),
    _text("product"),
)  # fmt: skip
_table(
    "access_rights",
    _text("right_no", null=False), _of("agent_id", "agents"), _text("holder_kind"), _text("thing"), _text("reach"),
    _stamp("given_at"), _stamp("taken_at"), _text("exempted"),
)  # fmt: skip
_table(
    "access_log",
    _text("access_no", null=False), _stamp("at"), _of("agent_id", "agents"), _text("actor_kind"), _text("thing"),
    _text("thing_no"), _of("ticket_id", "tickets"), _text("what"), _text("why"), _text("for_whom"),
)  # fmt: skip
_table(
    "documents",
    _text("doc_no", null=False), _text("kind"), _text("belongs_to"), _text("title", 200), _text("version"), _text("signed_by"),
    _stamp("signed_at"), _text("sections", 200), _stamp("made_at"), _stamp("handed_in_at"), _stamp("filed_at"),
    Column("encrypted", SmallInteger), Column("valid_from", Date), _stamp("reviewed_at"),
)  # fmt: skip
