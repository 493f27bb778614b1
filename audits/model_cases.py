"""The model's tables of people, customers and cases: what a CRM holds of daily service.

Each entry is a record's name, its Chinese and English names, and its fields as ``audits.model`` reads them.
"""

from typing import Final

CASES: Final = (
    ("customer", "客户", "customer", """
        id                     | id!            | 客户键          | customer id
        code                   | code           | 客户编号        | customer number
        name                   | text           | 客户名称        | name
        industry               | text           | 行业            | industry
        account_manager_id     | ref staff      | 客户经理        | account manager
        created_at             | ts             | 建档时刻        | created at
        is_new                 | bool           | 新客户          | new customer
        first_contact_channel  | code           | 首次接触渠道    | first contact by
        initial_need           | text           | 初步需求        | first need
        tier                   | enum strategic core potential general | 客户等级 | tier
        tier_criteria          | keys           | 定级依据        | criteria of the tier
        tier_assessed_at       | ts             | 定级时刻        | tier assessed at
        segment                | code           | 客户分群        | segment
        segment_basis          | keys           | 分群依据        | basis of the segment
        segment_assessed_at    | ts             | 分群时刻        | segment assessed at
        collected_via          | keys           | 资料来源        | collected via
        updated_at             | ts             | 更新时刻        | updated at
        last_verified_at       | ts             | 最近核实时刻    | last verified at
        consent_at             | ts             | 同意时刻        | consent at
        clv                    | decimal        | 客户终身价值    | lifetime value
        clv_baseline           | decimal        | 终身价值基准    | baseline of the lifetime value
        active_at_period_start | bool           | 期初在册        | active at the period's start
        active_at_period_end   | bool           | 期末在册        | active at the period's end
    """),
    ("contact", "联系人", "contact", """
        id                | id!          | 联系人键   | contact id
        customer_id       | ref customer | 客户       | customer
        name              | text         | 姓名       | name
        title             | text         | 职务       | title
        phone             | text         | 电话       | phone
        email             | text         | 邮箱       | e-mail
        is_designated     | bool         | 指定对接人 | designated
        is_decision_maker | bool         | 决策人     | decision maker
    """),
    ("staff", "人员", "staff", """
        id              | id!       | 工号键   | staff id
        staff_no        | code      | 工号     | staff number
        name            | text      | 姓名     | name
        email           | text      | 邮箱     | e-mail
        role            | enum frontline_agent module_specialist tech_support after_sales_engineer \
                          supervisor duty_supervisor service_manager deputy_lead team_lead \
                          department_director general_manager account_manager technical_lead \
                          finance_specialist legal_representative qa_inspector compliance_officer \
                          | 角色 | role
        manager_id      | ref staff | 直接主管 | direct supervisor
        team_id         | ref team  | 班组     | team
        active_from     | date      | 入职日   | active from
        active_to       | date      | 离职日   | active to
        department      | code      | 部门     | department
        module          | code      | 业务模块 | module
        education_level | enum below_college college bachelor above | 学历 | education
    """),
    ("team", "班组", "team", """
        id               | id!                    | 班组键       | team id
        code             | code                   | 班组编号     | team code
        name             | text                   | 班组名       | name
        kind             | enum service emergency | 类别         | kind
        lead_id          | ref staff              | 负责人       | lead
        member_ids       | keys staff             | 成员         | members
        goal_doc_id      | ref document           | 目标文件     | document of goals
        goal_reviewed_at | ts                     | 目标复核时刻 | goals reviewed at
    """),
    ("case", "工单", "case", """
        id                      | id!            | 工单键       | case id
        case_no                 | code           | 工单号       | case number
        customer_id             | ref customer   | 客户         | customer
        team_id                 | ref team       | 班组         | team
        assignee_id             | ref staff      | 经办人       | assignee
        channel                 | enum phone chat email wechat app website outlet face | 渠道 | channel
        service_type            | enum consultation technical_support complaint emergency_fault \
                          | 服务类型 | service type
        service_type_at_receipt | enum consultation technical_support complaint emergency_fault \
                          | 受理时服务类型 | service type at receipt
        received_at             | ts!            | 受理时刻     | received at
        recorded_at             | ts             | 录入时刻     | recorded at
        assigned_at             | ts             | 派单时刻     | assigned at
        first_response_at       | ts             | 首次响应时刻 | first response at
        first_response_evidence | enum message call visit stamp status_change bot \
                          | 响应证据 | evidence of the response
        bot_response_at         | ts             | 自动回复时刻 | bot response at
        resolved_at             | ts             | 解决时刻     | resolved at
        closed_at               | ts             | 关闭时刻     | closed at
        is_closed               | bool           | 已关闭       | closed
        void_reason             | enum merged duplicate test spam | 作废缘由 | void because
        merged_into_id          | ref case       | 并入工单     | merged into
        contact_id              | ref contact    | 联系人       | contact
        service_file_id         | ref service_file | 服务档案   | service file
        standard_codes          | keys           | 适用标准     | standards that bind it
        request_type            | enum consultation complaint after_sales suggestion | 诉求类型 | type of request
        category                | enum routine_enquiry business_handling complaint urgent_support \
                          | 业务类别 | category
        subcategory             | code           | 业务子项     | sub-item
        complaint_level         | int            | 投诉级别     | complaint level
        urgency                 | enum normal urgent critical | 紧急程度 | urgency
        complexity              | enum routine complex | 复杂程度 | complexity
        is_major                | bool           | 重大问题     | major issue
        major_identified_at     | ts             | 认定重大时刻 | found major at
        is_after_sales          | bool           | 售后         | after sales
        issue_when              | text           | 问题时间     | when it happened
        issue_where             | text           | 问题地点     | where it happened
        issue_detail            | text           | 问题详情     | detail of the issue
        customer_expectation    | text           | 客户期望     | customer's expectation
        record_form_id          | ref document   | 登记表       | record form
        classified_at           | ts             | 分类时刻     | classified at
        nlp_category            | code           | 智能分类     | machine's category
        dispatch_summary        | keys           | 派单摘要要素 | parts of the dispatch summary
        first_contact_at        | ts             | 首次联系时刻 | customer reached at
        analysed_at             | ts             | 分析时刻     | analysed at
        root_cause              | text           | 根本原因     | root cause
        plan_proposed_at        | ts             | 提出方案时刻 | plan proposed at
        plan_options_count      | int            | 备选方案数   | options offered
        plan_text               | text           | 方案内容     | plan
        plan_confirmed_at       | ts             | 方案确认时刻 | plan confirmed at
        opinion_given_at        | ts             | 处理意见时刻 | opinion given at
        executed_at             | ts             | 执行时刻     | carried out at
        resolution_text         | text           | 解决结果     | resolution
        expected_due_at         | ts             | 预计完成时刻 | expected by
        result_contact_at       | ts             | 告知结果时刻 | told of the result at
        result_asked_at         | ts             | 请确认时刻   | asked to confirm at
        result_confirmed_at     | ts             | 确认结果时刻 | result confirmed at
        result_status           | enum resolved unresolved | 结果状态 | result
        service_ended_at        | ts             | 服务结束时刻 | service ended at
        archived_at             | ts             | 归档时刻     | archived at
        special_report_id       | ref document   | 专项报告     | special report
        summary_doc_id          | ref document   | 案例总结     | case summary
    """),
    ("case_event", "工单历程", "case event", """
        id       | id!       | 历程键 | event id
        case_id  | ref case! | 工单   | case
        kind     | enum resolved reopened assigned escalated acted received recorded classified responded \
                   contacted analysed plan_proposed plan_confirmed executed progress result_confirmed \
                   archived | 历程类别 | kind
        at       | ts!       | 时刻   | at
        actor_id | ref staff | 操作人 | actor
    """),
    ("assignment", "派单记录", "assignment", """
        id       | id!        | 派单键   | assignment id
        case_id  | ref case!  | 工单     | case
        staff_id | ref staff! | 经办人   | assignee
        began_at | ts!        | 接手时刻 | held from
        ended_at | ts         | 移交时刻 | held until
    """),
    ("pause", "暂停", "pause", """
        id       | id!       | 暂停键   | pause id
        case_id  | ref case! | 工单     | case
        began_at | ts!       | 开始时刻 | began at
        ended_at | ts        | 结束时刻 | ended at
        reason   | enum customer third_party other | 缘由 | reason
    """),
    ("interaction", "联络", "interaction", """
        id                    | id!       | 联络键 | interaction id
        case_id               | ref case  | 工单   | case
        customer_id           | ref customer | 客户 | customer
        staff_id              | ref staff | 人员   | staff
        channel               | enum phone chat email wechat app face | 渠道 | channel
        direction             | enum in out | 方向 | direction
        by_bot                | bool      | 自动   | by a bot
        started_at            | ts!       | 开始时刻 | started at
        ended_at              | ts        | 结束时刻 | ended at
        contact_id            | ref contact | 联系人 | contact
        answered_at           | ts        | 接通时刻 | answered at
        answered_by_bot       | bool      | 自动应答 | answered by a bot
        abandoned             | bool      | 客户放弃 | abandoned
        ring_count            | int       | 振铃次数 | rings
        recording_ref         | text      | 录音     | recording
        subject               | text      | 主题     | subject
        salutation            | text      | 称呼     | salutation
        body_has_list         | bool      | 分条列项 | body has a list
        closing_ok            | bool      | 结束语得当 | closing is fitting
        signature_has_contact | bool      | 落款含联系方式 | signature has contacts
        attachments           | keys      | 附件格式 | formats of attachments
        attachments_mentioned | bool      | 正文提及附件 | body mentions attachments
        attachments_named     | bool      | 附件命名得当 | attachments well named
        attachments_bytes     | int       | 附件字节数 | bytes of attachments
    """),
    ("notification", "通知", "notification", """
        id           | id!      | 通知键       | notification id
        case_id      | ref case | 工单         | case
        kind         | enum accepted progress delay result | 通知类别 | kind
        to           | enum customer handler manager | 通知对象 | to
        channel      | enum sms system phone email chat | 通知方式 | channel
        sent_at      | ts       | 通知时刻     | sent at
        has_case_no  | bool     | 含工单号     | has the case number
        reason       | text     | 说明缘由     | reason given
        promised_eta | ts       | 承诺完成时刻 | promised by
    """),
    ("escalation", "升级", "escalation", """
        id              | id!       | 升级键   | escalation id
        case_id         | ref case  | 工单     | case
        deviation_id    | ref deviation | 偏差 | deviation
        triggered_at    | ts        | 升级时刻 | triggered at
        target_role     | enum supervisor duty_supervisor service_manager emergency_team general_manager \
                          duty_list | 升级对象 | target role
        target_id       | ref staff | 对象人员 | target
        acknowledged_at | ts        | 确认时刻 | acknowledged at
        action_at       | ts        | 行动时刻 | acted at
        origin          | enum crm delivery_ledger | 来源 | origin
        delivered_at    | ts        | 送达时刻 | delivered at
        target_ids      | keys staff | 全部对象人员 | all targets
    """),
    ("commitment", "承诺", "commitment", """
        id              | id!       | 承诺键       | commitment id
        case_id         | ref case  | 工单         | case
        made_at         | ts        | 承诺时刻     | made at
        made_by         | ref staff | 承诺人       | made by
        text            | text      | 承诺内容     | promise
        due_at          | ts        | 应兑现时刻   | due at
        fulfilled_at    | ts        | 兑现时刻     | kept at
        renegotiated_at | ts        | 重新约定时刻 | agreed anew at
    """),
    ("xdept_request", "跨部门协作", "cross-department request", """
        id              | id!      | 协作键       | request id
        case_id         | ref case | 工单         | case
        content         | text     | 协作需求     | need
        department      | code     | 协作部门     | department
        feedback_due_at | ts       | 反馈时限     | feedback due at
        feedback_at     | ts       | 反馈时刻     | feedback at
        created_at      | ts       | 发起时刻     | asked at
    """),
    ("purchase", "购买", "purchase", """
        id          | id!          | 购买键   | purchase id
        customer_id | ref customer | 客户     | customer
        at          | ts           | 购买时刻 | bought at
        amount      | decimal      | 金额     | amount
        product     | code         | 产品     | product
    """),
)  # fmt: skip
