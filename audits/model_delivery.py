"""The model's tables of delivery: from the requirement to the signed acceptance.

Each entry is a record's name, its Chinese and English names, and its fields as ``audits.model`` reads them.
"""

from typing import Final

DELIVERY: Final = (
    ("service_file", "服务档案", "service file", """
        id                    | id!          | 档案键   | service file id
        file_no               | code         | 档案编号 | file number
        customer_id           | ref customer | 客户     | customer
        owner_id              | ref staff    | 项目负责人 | owner
        opened_at             | ts           | 建档时刻 | opened at
        requirement_letter_id | ref document | 需求确认函 | requirement letter
        commitment_letter_id  | ref document | 服务承诺书 | commitment letter
        authorisation_page_id | ref document | 授权签字页 | authorisation page
        standard_codes        | keys         | 适用标准   | standards that bind it
        director_id           | ref staff    | 总监       | director
    """),
    ("requirement", "需求", "requirement", """
        id                    | id!              | 需求键       | requirement id
        service_file_id       | ref service_file | 服务档案     | service file
        case_id               | ref case         | 工单         | case
        customer_id           | ref customer     | 客户         | customer
        owner_id              | ref staff        | 记录人       | recorded by
        what                  | text             | 何事         | what
        why                   | text             | 何故         | why
        who                   | text             | 何人         | who
        when_due              | text             | 何时         | when
        where_site            | text             | 何地         | where
        how                   | text             | 如何         | how
        recorded_at           | ts               | 记录时刻     | recorded at
        sent_via              | enum email other | 发送方式     | sent by
        sent_at               | ts               | 发送时刻     | sent at
        sent_to               | ref contact      | 收件联系人   | sent to
        confirmed_at          | ts               | 客户确认时刻 | confirmed at
        confirmed_by          | ref contact      | 确认人       | confirmed by
        reference_proposal_id | ref proposal     | 参考方案     | proposal consulted
        is_key_account        | bool             | 大客户需求   | of a key account
        priority              | code             | 优先级       | priority
        feasible              | bool             | 可行         | feasible
    """),
    ("proposal", "方案", "proposal", """
        id                        | id!              | 方案键       | proposal id
        code                      | code             | 方案编号     | proposal number
        service_file_id           | ref service_file | 服务档案     | service file
        customer_id               | ref customer     | 客户         | customer
        owner_id                  | ref staff        | 方案负责人   | owner
        service_class             | enum basic custom long_term | 服务类别 | class of service
        template_code             | enum A B C       | 方案模板     | template
        sections                  | keys             | 已填章节     | sections filled
        created_at                | ts               | 编制时刻     | drawn up at
        submitted_at              | ts               | 提交客户时刻 | submitted at
        has_eseal                 | bool             | 已盖电子章   | sealed
        presentation_scheduled_at | ts               | 预定讲解时刻 | presentation set for
        presentation_meeting_id   | ref meeting      | 讲解会议     | presentation
        slides_template           | code             | 演示模板     | slide template
        receipt_signed_at         | ts               | 回执签署时刻 | receipt signed at
        receipt_stamped           | bool             | 回执已盖章   | receipt stamped
        receipt_scan_id           | ref document     | 回执扫描件   | scan of the receipt
        execution_started_at      | ts               | 开始执行时刻 | execution began at
        confirmed_at              | ts               | 方案确认时刻 | confirmed at
    """),
    ("review", "评审", "review", """
        id                 | id!                   | 评审键       | review id
        proposal_id        | ref proposal          | 方案         | proposal
        held_at            | ts                    | 评审时刻     | held at
        outcome            | enum pass fail rework | 评审结论     | outcome
        participants       | keys                  | 参加职能     | functions present
        participant_ids    | keys staff            | 参加人       | people present
        opinions           | keys                  | 已出意见职能 | functions with an opinion
        director_id        | ref staff             | 总监         | director
        director_signed_at | ts                    | 总监签字时刻 | director signed at
    """),
    ("task", "任务", "task", """
        id                 | id!              | 任务键   | task id
        service_file_id    | ref service_file | 服务档案 | service file
        title              | text             | 任务名   | title
        owner_id           | ref staff        | 执行人   | executor
        planned_start      | ts               | 计划开始 | planned start
        planned_end        | ts               | 计划完成 | planned end
        started_at         | ts               | 实际开始 | started at
        finished_at        | ts               | 实际完成 | finished at
        planned_pct        | decimal          | 计划进度% | planned %
        actual_pct         | decimal          | 实际进度% | actual %
        proposal_id        | ref proposal     | 方案     | proposal
        responsible_ids    | keys staff       | 负责R    | responsible (R)
        accountable_ids    | keys staff       | 问责A    | accountable (A)
        consulted_ids      | keys staff       | 咨询C    | consulted (C)
        informed_ids       | keys staff       | 知会I    | informed (I)
        published_at       | ts               | 发布时刻 | published at
        published_platform | code             | 发布平台 | published on
        board_state        | code             | 看板状态 | state on the board
    """),
    ("checkpoint", "控制点", "checkpoint", """
        id                      | id!              | 控制点键 | checkpoint id
        service_file_id         | ref service_file | 服务档案 | service file
        task_id                 | ref task         | 任务     | task
        kind                    | enum start progress quality risk | 节点类别 | kind
        planned_at              | ts               | 计划时刻 | planned at
        performed_at            | ts               | 执行时刻 | performed at
        performed_by            | ref staff        | 执行人   | performed by
        completion_rate         | decimal          | 完成率%  | completion %
        resources_confirmed     | bool             | 资源到位 | resources confirmed
        deliverable_checked     | bool             | 成果已检 | deliverable checked
        contingency_assessed    | bool             | 预案已评 | contingency assessed
        form_doc_id             | ref document     | 监控表   | monitoring form
        form_actual_progress    | text             | 实际进展 | progress as found
        form_deviation_analysis | text             | 偏差分析 | analysis of the deviation
    """),
    ("deviation", "偏差", "deviation", """
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
        checkpoint_id         | ref checkpoint   | 控制点     | checkpoint
        deviation_pct         | decimal          | 登记偏差%  | recorded deviation %
        reported_to           | ref staff        | 报备对象   | reported to
        emergency_team_id     | ref team         | 应急小组   | emergency team
        impact_report_id      | ref document     | 影响分析报告 | impact report
    """),
    ("deliverable", "交付物", "deliverable", """
        id                 | id!              | 交付物键 | deliverable id
        code               | code             | 交付物编号 | deliverable number
        service_file_id    | ref service_file | 服务档案 | service file
        customer_id        | ref customer     | 客户     | customer
        team_id            | ref team         | 班组     | team
        owner_id           | ref staff        | 负责人   | owner
        kind               | enum document system data | 类别 | kind
        delivered_at       | ts               | 交付时刻 | delivered at
        template_code      | code             | 模板编号 | template
        version            | code             | 版本号   | version
        revision_log       | keys             | 修订记录 | revisions logged
        approved_by        | ref staff        | 批准人   | approved by
        approved_at        | ts               | 批准时刻 | approved at
        test_demo_at       | ts               | 测试演示时刻 | test and demo at
        manual_doc_id      | ref document     | 操作手册 | manual
        training_video_id  | ref document     | 培训视频 | training video
        data_dictionary_id | ref document     | 数据字典 | data dictionary
        quality_report_id  | ref document     | 质量报告 | quality report
        handbook_checked   | bool             | 已对照手册 | checked against the handbook
    """),
    ("qa_check", "QA检查", "QA check", """
        id             | id!             | 检查键   | check id
        deliverable_id | ref deliverable! | 交付物  | deliverable
        inspector_id   | ref staff       | 检查人   | inspector
        round          | int             | 轮次     | round
        checked_at     | ts              | 检查时刻 | checked at
        items_total    | int             | 检查项数 | items checked
        items_passed   | int             | 合格项数 | items passed
        result         | enum pass fail  | 结论     | result
        case_id        | ref case        | 工单     | case
    """),
    ("acceptance", "验收", "acceptance", """
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
        checklist_doc_id      | ref document     | 验收清单     | list
        confirmation_doc_id   | ref document     | 验收确认书   | confirmation
    """),
    ("acceptance_item", "验收项", "acceptance item", """
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
)  # fmt: skip
