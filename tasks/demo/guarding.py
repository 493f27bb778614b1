"""Who may see records, who did and why, where they lie; and what the house knows of its clients' worth."""

from datetime import datetime, timedelta
from decimal import Decimal

from tasks.demo.care import MODULES, solved_at
from tasks.demo.customers import accounts, contacts
from tasks.demo.people import AGENTS
from tasks.demo.story import AGENT_ID, Row, Story

_FOUNDED = datetime(2024, 3, 1, 9, 0)  # noqa: DTZ001 - local
_CHECKED = datetime(2026, 9, 15, 10, 0)  # noqa: DTZ001 - local


def profiles() -> list[Row]:
    """What account managers keep on each client: tier, group, sources, worth."""
    rows: list[Row] = []
    for account in accounts():
        tier = ("战略", "核心", "潜力", "一般")[(account.id - 1) % 4]
        rows.append(
            {"id": account.id, "account_id": account.id, "account_no": account.no, "is_new": 1 if account.id % 10 == 0 else 0,
             "came_by": "展会", "first_need": "系统升级", "tier": tier, "tier_basis": "size,position,purchasing_power,potential",
             "tiered_at": _FOUNDED + timedelta(hours=5), "segment": account.industry, "segment_basis": "industry,value,frequency",
             "segmented_at": _FOUNDED + timedelta(hours=5), "sources": ("website,visits", "calls,visits", "market_study")[account.id % 3],
             "updated_at": _CHECKED, "verified_at": _CHECKED, "consent_at": _FOUNDED + timedelta(hours=1),
             "worth": Decimal(1_300 + account.id * 10), "worth_before": Decimal(1_000), "was_client": 1, "is_client": 1}
        )  # fmt: skip
    return rows


def orders() -> list[Row]:
    """Two orders a client in 2026."""
    return [
        {"id": account.id * 2 - at, "order_no": f"DD-{account.id * 2 - at:04d}", "account_id": account.id,
         "ordered_at": datetime(2026, 4 + at * 3, 1 + account.id % 27, 11, 0),  # noqa: DTZ001 - local
         "amount": Decimal(50_000 + 1_000 * account.id), "product": "maintenance"}
        for account in accounts()
        for at in (1, 0)
    ]  # fmt: skip


def designated() -> dict[int, Row]:
    """Which contacts a client named, and who decides there."""
    return {c.id: {"is_designated": int(c.id % 5 == 1), "decides": int(c.id % 5 == 4)} for c in contacts()}


def rights() -> list[Row]:
    """Everybody's right to see tickets, from the first day to the last."""
    leaving = {a.no: datetime.fromisoformat(f"{a.left_on} 18:00") for a in AGENTS if a.left_on}
    exempt = {"E1026", "E1027", "E1028", "E1022", "E1023", "E1021"}
    return [
        {"right_no": f"SQ-{agent.no}", "agent_id": AGENT_ID[agent.no], "holder_kind": "员工", "thing": "case", "reach": "own",
         "given_at": _FOUNDED, "taken_at": leaving.get(agent.no), "exempted": "合规专员签批" if agent.no in exempt else None}
        for agent in AGENTS
    ]  # fmt: skip


def accesses(stories: list[Story], ids: dict[str, int]) -> list[Row]:
    """Each tenth ticket was opened by its agent while it was solved."""
    rows: list[Row] = []
    for at, story in enumerate(s for s in stories if s.agent and solved_at(s)):
        if at % 10 == 0:
            rows.append(
                {"access_no": f"FW-{story.no}", "at": solved_at(story), "agent_id": AGENT_ID[story.agent or ""], "actor_kind": "员工",
                 "thing": "case",
                 "thing_no": str(ids[story.no]), "ticket_id": ids[story.no], "what": "查看", "why": "处理工单", "for_whom": "内部"}
            )  # fmt: skip
    return rows


def stores() -> list[Row]:
    """Where records lie."""
    checked = datetime(2026, 10, 12, 10, 0)  # noqa: DTZ001 - local
    return [
        {
            "id": "CC-01",
            "name": "客户服务系统数据库",
            "entities": "case|customer|interaction",
            "encrypted": True,
            "checked_at": checked,
        },
        {
            "id": "CC-02",
            "name": "项目共享盘",
            "entities": "document|service_file",
            "encrypted": True,
            "checked_at": checked,
        },
    ]


def staff_details() -> dict[str, Row]:
    """Department, part of the product and schooling by employee number."""
    return {
        agent.no: {
            "department": "service",
            "module": MODULES.get(agent.no),
            "schooling": "本科" if int(agent.no[1:]) % 3 else "大专",
        }
        for agent in AGENTS
    }
