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

Companions of a field ``f``, present only where they say something:
``f__hole`` ``Int16``: a no-data ``Reason`` where the value is a hole, else null;
``f__from`` ``category``: where a derived stamp came from (column, history, call, message, visit, bound);
``f__typed`` ``datetime64[us, UTC]``: when a back-dated value was entered.
"""

from dataclasses import dataclass
from typing import Final

#: A decimal of 1 is this integer in a frame.
DECIMAL_SCALE: Final = 10**9


@dataclass(frozen=True)
class Field:
    """One canonical field: its type, the values or entity that belong to it, and its names."""

    name: str
    type: str
    zh: str
    en: str
    values: tuple[str, ...] = ()
    ref: str = ""
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
        field, kind, field_zh, field_en = (part.strip() for part in line.split("|"))
        required, kind = kind.endswith("!"), kind.rstrip("!").strip()
        head, _, tail = kind.partition(" ")
        values = tuple(tail.split()) if head == "enum" else ()
        fields[field] = Field(
            field, head, field_zh, field_en, values, tail if head == "ref" else "", required
        )
    return Entity(name, zh, en, fields)


_ENTITIES = (
    _entity("customer", "客户", "customer", """
        id                 | id!            | 客户键          | customer id
        code               | code           | 客户编号        | customer number
        name               | text           | 客户名称        | name
        industry           | text           | 行业            | industry
        account_manager_id | ref staff      | 客户经理        | account manager
        created_at         | ts             | 建档时刻        | created at
    """),
    _entity("staff", "人员", "staff", """
        id          | id!       | 工号键   | staff id
        staff_no    | code      | 工号     | staff number
        name        | text      | 姓名     | name
        email       | text      | 邮箱     | e-mail
        role        | enum frontline_agent module_specialist tech_support after_sales_engineer supervisor duty_supervisor service_manager deputy_lead team_lead department_director general_manager account_manager technical_lead finance_specialist legal_representative qa_inspector compliance_officer | 角色 | role
        manager_id  | ref staff | 直接主管 | direct supervisor
        team_id     | ref team  | 班组     | team
        active_from | date      | 入职日   | active from
        active_to   | date      | 离职日   | active to
    """),
    _entity("team", "班组", "team", """
        id      | id!                     | 班组键 | team id
        code    | code                    | 班组编号 | team code
        name    | text                    | 班组名 | name
        kind    | enum service emergency  | 类别   | kind
        lead_id | ref staff               | 负责人 | lead
    """),
    _entity("case", "工单", "case", """
        id                      | id!            | 工单键       | case id
        case_no                 | code           | 工单号       | case number
        customer_id             | ref customer   | 客户         | customer
        team_id                 | ref team       | 班组         | team
        assignee_id             | ref staff      | 经办人       | assignee
        channel                 | enum phone chat email wechat app website outlet face | 渠道 | channel
        service_type            | enum consultation technical_support complaint emergency_fault | 服务类型 | service type
        service_type_at_receipt | enum consultation technical_support complaint emergency_fault | 受理时服务类型 | service type at receipt
        received_at             | ts!            | 受理时刻     | received at
        recorded_at             | ts             | 录入时刻     | recorded at
        assigned_at             | ts             | 派单时刻     | assigned at
        first_response_at       | ts             | 首次响应时刻 | first response at
        first_response_evidence | enum message call visit stamp status_change bot | 响应证据 | evidence of the response
        bot_response_at         | ts             | 自动回复时刻 | bot response at
        resolved_at             | ts             | 解决时刻     | resolved at
        closed_at               | ts             | 关闭时刻     | closed at
        is_closed               | bool           | 已关闭       | closed
        void_reason             | enum merged duplicate test spam | 作废缘由 | void because
        merged_into_id          | ref case       | 并入工单     | merged into
    """),
    _entity("case_event", "工单历程", "case event", """
        id       | id!       | 历程键 | event id
        case_id  | ref case! | 工单   | case
        kind     | enum resolved reopened assigned escalated acted | 历程类别 | kind
        at       | ts!       | 时刻   | at
        actor_id | ref staff | 操作人 | actor
    """),
    _entity("pause", "暂停", "pause", """
        id       | id!       | 暂停键   | pause id
        case_id  | ref case! | 工单     | case
        began_at | ts!       | 开始时刻 | began at
        ended_at | ts        | 结束时刻 | ended at
        reason   | enum customer third_party other | 缘由 | reason
    """),
    _entity("interaction", "联络", "interaction", """
        id            | id!       | 联络键 | interaction id
        case_id       | ref case  | 工单   | case
        customer_id   | ref customer | 客户 | customer
        staff_id      | ref staff | 人员   | staff
        channel       | enum phone chat email wechat app face | 渠道 | channel
        direction     | enum in out | 方向 | direction
        by_bot        | bool      | 自动   | by a bot
        started_at    | ts!       | 开始时刻 | started at
        ended_at      | ts        | 结束时刻 | ended at
    """),
    _entity("escalation", "升级", "escalation", """
        id              | id!       | 升级键   | escalation id
        case_id         | ref case  | 工单     | case
        deviation_id    | ref deviation | 偏差 | deviation
        triggered_at    | ts        | 升级时刻 | triggered at
        target_role     | enum supervisor duty_supervisor service_manager emergency_team general_manager duty_list | 升级对象 | target role
        target_id       | ref staff | 对象人员 | target
        acknowledged_at | ts        | 确认时刻 | acknowledged at
        action_at       | ts        | 行动时刻 | acted at
        origin          | enum crm delivery_ledger | 来源 | origin
        delivered_at    | ts        | 送达时刻 | delivered at
    """),
    _entity("service_file", "服务档案", "service file", """
        id          | id!          | 档案键   | service file id
        file_no     | code         | 档案编号 | file number
        customer_id | ref customer | 客户     | customer
        owner_id    | ref staff    | 项目负责人 | owner
        opened_at   | ts           | 建档时刻 | opened at
    """),
    _entity("task", "任务", "task", """
        id              | id!              | 任务键   | task id
        service_file_id | ref service_file | 服务档案 | service file
        title           | text             | 任务名   | title
        owner_id        | ref staff        | 执行人   | executor
        planned_start   | ts               | 计划开始 | planned start
        planned_end     | ts               | 计划完成 | planned end
        started_at      | ts               | 实际开始 | started at
        finished_at     | ts               | 实际完成 | finished at
        planned_pct     | decimal          | 计划进度% | planned %
        actual_pct      | decimal          | 实际进度% | actual %
    """),
    _entity("checkpoint", "控制点", "checkpoint", """
        id              | id!              | 控制点键 | checkpoint id
        service_file_id | ref service_file | 服务档案 | service file
        task_id         | ref task         | 任务     | task
        kind            | enum start progress quality risk | 节点类别 | kind
        planned_at      | ts               | 计划时刻 | planned at
        performed_at    | ts               | 执行时刻 | performed at
        performed_by    | ref staff        | 执行人   | performed by
        completion_rate | decimal          | 完成率%  | completion %
    """),
    _entity("deviation", "偏差", "deviation", """
        id                    | id!              | 偏差键     | deviation id
        service_file_id       | ref service_file | 服务档案   | service file
        task_id               | ref task         | 任务       | task
        customer_id           | ref customer     | 客户       | customer
        team_id               | ref team         | 班组       | team
        owner_id              | ref staff        | 执行人     | executor
        detected_at           | ts!              | 发现时刻   | detected at
        crossed_at            | ts               | 越级时刻   | crossed into its level at
        grows_from_id         | ref deviation    | 由何偏差发展 | grew from
        planned_pct           | decimal          | 计划进度%  | planned %
        actual_pct            | decimal          | 实际进度%  | actual %
        recorded_level        | int              | 登记级别   | recorded level
        self_adjusted_at      | ts               | 自行调整时刻 | self-adjusted at
        reported_at           | ts               | 报备时刻   | reported at
        supervisor_id         | ref staff        | 介入主管   | supervisor
        supervisor_engaged_at | ts               | 主管介入时刻 | supervisor engaged at
        remedy_plan_at        | ts               | 补救方案时刻 | remedy plan at
        customer_feedback_at  | ts               | 反馈客户时刻 | customer told at
        emergency_team_at     | ts               | 应急小组启动时刻 | emergency team started at
        impact_report_sent_at | ts               | 影响报告提交时刻 | impact report sent at
        closed_at             | ts               | 关闭时刻   | closed at
    """),
    _entity("deliverable", "交付物", "deliverable", """
        id              | id!              | 交付物键 | deliverable id
        code            | code             | 交付物编号 | deliverable number
        service_file_id | ref service_file | 服务档案 | service file
        customer_id     | ref customer     | 客户     | customer
        team_id         | ref team         | 班组     | team
        owner_id        | ref staff        | 负责人   | owner
        kind            | enum document system data | 类别 | kind
        delivered_at    | ts               | 交付时刻 | delivered at
    """),
    _entity("qa_check", "QA检查", "QA check", """
        id             | id!             | 检查键   | check id
        deliverable_id | ref deliverable! | 交付物  | deliverable
        inspector_id   | ref staff       | 检查人   | inspector
        round          | int             | 轮次     | round
        checked_at     | ts              | 检查时刻 | checked at
        items_total    | int             | 检查项数 | items checked
        items_passed   | int             | 合格项数 | items passed
        result         | enum pass fail  | 结论     | result
    """),
    _entity("acceptance", "验收", "acceptance", """
        id                    | id!              | 验收键       | acceptance id
        code                  | code             | 验收编号     | acceptance number
        service_file_id       | ref service_file | 服务档案     | service file
        deliverable_id        | ref deliverable  | 交付物       | deliverable
        customer_id           | ref customer     | 客户         | customer
        team_id               | ref team         | 班组         | team
        owner_id              | ref staff        | 项目负责人   | project owner
        self_checked_at       | ts               | 自检完成时刻 | self-check done at
        applied_at            | ts               | 提交申请时刻 | applied at
        formal_started_at     | ts               | 正验收开始   | formal test began at
        formal_finished_at    | ts               | 正验收结束   | formal test ended at
        has_checklist         | bool             | 有验收清单   | has a list
        rectification_plan_at | ts               | 整改计划时刻 | rectification plan at
        rectified_at          | ts               | 整改完成时刻 | rectified at
        confirmed_at          | ts               | 签署确认时刻 | signed at
        confirmation_signed   | bool             | 确认书已签   | confirmation signed
        signed_by             | text             | 签署人       | signed by
    """),
    _entity("acceptance_item", "验收项", "acceptance item", """
        id             | id!             | 验收项键 | item id
        acceptance_id  | ref acceptance! | 验收     | acceptance
        title          | text            | 验收项   | title
        tested_at      | ts              | 测试时刻 | tested at
        tested_by      | enum client staff | 测试方 | tested by
        passed         | bool            | 合格     | passed
        plan_text      | text            | 整改计划 | rectification plan
        retested_at    | ts              | 复测时刻 | retested at
        retest_passed  | bool            | 复测合格 | retest passed
    """),
    _entity("survey", "调查", "survey", """
        id            | id!             | 调查键   | survey id
        kind          | enum acceptance case periodic symposium | 调查类别 | kind
        customer_id   | ref customer    | 客户     | customer
        acceptance_id | ref acceptance  | 验收     | acceptance
        case_id       | ref case        | 工单     | case
        sent_at       | ts              | 寄出时刻 | sent at
        dimensions    | keys            | 调查维度 | dimensions asked
        responded_at  | ts              | 回收时刻 | answered at
        overall       | decimal         | 总体评分 | overall score
        bounced       | bool            | 退信     | bounced
    """),
    _entity("follow_up", "回访", "follow-up", """
        id          | id!          | 回访键   | follow-up id
        kind        | enum special_return_visit after_resolution after_sales key_account | 回访类别 | kind
        scope       | code         | 范围     | scope
        customer_id | ref customer | 客户     | customer
        opened_at   | ts           | 启动时刻 | opened at
        owner_id    | ref staff    | 负责人   | owner
        done_at     | ts           | 完成时刻 | done at
    """),
)  # fmt: skip

#: Every canonical entity by name.
MODEL: Final[dict[str, Entity]] = {entity.name: entity for entity in _ENTITIES}
