"""The model's tables of quality: what customers say, what is taught, met about, improved, and attested.

Each entry is a record's name, its Chinese and English names, and its fields as ``audits.model`` reads them.
"""

from typing import Final

QUALITY: Final = (
    ("survey", "调查", "survey", """
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
        channel       | enum system email phone chat online_form | 调查方式 | channel
        scores        | keys            | 各项评分 | scores by dimension
        lowest_score  | decimal         | 最低评分 | lowest score
        highest_score | decimal         | 最高评分 | highest score
        comment       | text            | 评语     | comment
    """),
    ("follow_up", "回访", "follow-up", """
        id          | id!          | 回访键   | follow-up id
        kind        | enum special_return_visit after_resolution after_sales key_account | 回访类别 | kind
        scope       | code         | 范围     | scope
        customer_id | ref customer | 客户     | customer
        opened_at   | ts           | 启动时刻 | opened at
        owner_id    | ref staff    | 负责人   | owner
        done_at     | ts           | 完成时刻 | done at
        case_id     | ref case     | 工单     | case
        outcome     | text         | 回访结果 | outcome
    """),
    ("document", "文件", "document", """
        id             | id!       | 文件键   | document id
        kind           | enum requirement_letter commitment_letter authorisation_page proposal \
                         receipt_scan monitoring_form impact_report special_report acceptance_confirmation \
                         case_summary record_form policy privacy_policy reward_rules conduct_rules \
                         account_strategy risk_warning operation_manual service_standard flow_chart \
                         minutes analysis_report other | 文件类别 | kind
        owner_entity   | code      | 所属记录类别 | belongs to
        owner_id       | code      | 所属记录编号 | number it belongs to
        title          | text      | 文件名   | title
        sections       | keys      | 已有章节 | sections
        version        | code      | 版本号   | version
        signed_at      | ts        | 签署时刻 | signed at
        signed_by      | text      | 签署人   | signed by
        created_at     | ts        | 编制时刻 | drawn up at
        submitted_at   | ts        | 提交时刻 | submitted at
        stored_at      | ts        | 归档时刻 | filed at
        encrypted      | bool      | 已加密   | encrypted
        level          | enum company department post | 适用层级 | level
        effective_from | date      | 生效日   | in force from
        reviewed_at    | ts        | 复审时刻 | reviewed at
    """),
    ("meeting", "会议", "meeting", """
        id              | id!          | 会议键   | meeting id
        kind            | enum proposal_presentation service_review team key_account_symposium \
                          team_activity | 会议类别 | kind
        held_at         | ts           | 召开时刻 | held at
        customer_id     | ref customer | 客户     | customer
        team_id         | ref team     | 班组     | team
        participants    | keys staff   | 参加者   | people present
        minutes_doc_id  | ref document | 会议纪要 | minutes
        improvement_ids | keys improvement | 改进事项 | improvements decided
    """),
    ("training", "培训", "training", """
        id              | id!       | 培训键   | training id
        topic           | enum process service_skill product culture emotion privacy legal | 培训主题 | topic
        held_at         | ts        | 培训时刻 | held at
        staff_id        | ref staff | 学员     | trainee
        assessed_at     | ts        | 考核时刻 | assessed at
        assessment_kind | enum simulation real_case exam | 考核方式 | assessed by
        pass_mark       | decimal   | 合格线   | pass mark
        score           | decimal   | 得分     | score
        passed          | bool      | 通过     | passed
    """),
    ("improvement", "改进", "improvement", """
        id            | id!       | 改进键   | improvement id
        source        | enum survey complaint metric meeting benchmark audit | 改进来源 | source
        opened_at     | ts        | 立项时刻 | opened at
        finding       | text      | 问题     | finding
        measure       | text      | 措施     | measure
        owner_id      | ref staff | 负责人   | owner
        due_at        | ts        | 应完成时刻 | due at
        done_at       | ts        | 完成时刻 | done at
        evaluated_at  | ts        | 评价时刻 | evaluated at
        effect        | text      | 成效     | effect
        effect_before | decimal   | 改进前数值 | figure before
        effect_after  | decimal   | 改进后数值 | figure after
    """),
    ("metric_snapshot", "指标", "metric", """
        id              | id!          | 指标键   | metric id
        metric          | enum response_time resolution_rate complaint_rate complaint_handling_rate \
                          satisfaction timeliness retention service_score | 指标名 | metric
        level           | enum company department post | 统计层级 | level
        period          | code         | 统计期   | period
        computed_at     | ts           | 计算时刻 | computed at
        value           | decimal      | 指标值   | value
        n               | int          | 样本数   | records behind it
        analysed_doc_id | ref document | 分析报告 | analysis
    """),
    ("scorecard", "评分表", "scorecard", """
        id             | id!             | 评分表键 | scorecard id
        interaction_id | ref interaction | 联络     | interaction
        case_id        | ref case        | 工单     | case
        sampled_at     | ts              | 抽样时刻 | sampled at
        assessor_id    | ref staff       | 评分人   | assessor
        staff_id       | ref staff       | 被评人   | staff
    """),
    ("scorecard_item", "评分项", "scorecard item", """
        id           | id!            | 评分项键 | item id
        scorecard_id | ref scorecard! | 评分表   | scorecard
        clause_id    | code!          | 条款     | clause
        verdict      | enum met breached not_observable | 评分 | verdict
    """),
    ("attestation", "声明", "attestation", """
        id              | id!          | 声明键   | attestation id
        clause_id       | code!        | 条款     | clause
        period          | code         | 声明期   | period
        attested_by     | ref staff    | 声明人   | attested by
        attested_at     | ts           | 声明时刻 | attested at
        verdict         | enum met breached not_applicable | 声明结论 | verdict
        evidence_doc_id | ref document | 佐证文件 | evidence
        expires_at      | ts           | 失效时刻 | expires at
    """),
    ("access_event", "访问记录", "access event", """
        id         | id!       | 访问键       | access id
        at         | ts        | 访问时刻     | at
        actor_id   | ref staff | 访问人       | actor
        actor_kind | enum staff service_account | 访问者类别 | kind of actor
        entity     | code      | 被访记录类别 | kind of record
        entity_id  | code      | 被访记录编号 | record
        case_id    | ref case  | 工单         | case
        action     | enum view edit export share print delete | 动作 | action
        purpose    | enum current_case supervision audit analysis marketing other | 目的 | purpose
        recipient  | enum internal customer third_party | 接收方 | recipient
    """),
    ("access_grant", "访问授权", "access grant", """
        id          | id!       | 授权键       | grant id
        holder_id   | ref staff | 被授权人     | holder
        holder_kind | enum staff service_account | 被授权者类别 | kind of holder
        entity      | code      | 授权记录类别 | kind of record
        scope       | code      | 授权范围     | scope
        granted_at  | ts        | 授权时刻     | granted at
        revoked_at  | ts        | 撤销时刻     | revoked at
        exemption   | text      | 例外签批     | signed exemption
    """),
    ("record_store", "记录存储", "record store", """
        id              | id!          | 存储键   | store id
        name            | text         | 存储名称 | name
        entities        | keys         | 存放记录 | records kept
        encrypted       | bool         | 已加密   | encrypted
        checked_at      | ts           | 核查时刻 | checked at
        evidence_doc_id | ref document | 佐证文件 | evidence
    """),
    ("calendar", "日历", "calendar", """
        id             | id!   | 日历键 | calendar day id
        timezone       | code  | 时区   | time zone
        date           | date! | 日期   | date
        is_working_day | bool  | 工作日 | working day
    """),
)  # fmt: skip
