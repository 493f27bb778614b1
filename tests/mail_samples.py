"""Mails as the drawings have them, for the tests of rendering and for looking at them."""

from dataclasses import replace

from audits.cards import Card, Signature, Standard, Text
from audits.instants import DAY, HOUR, MINUTE, NAT
from audits.people import Addressee
from reports.mail.contexts import (
    Closing,
    Complaint,
    Context,
    CountedDay,
    Daily,
    Digest,
    DueSoon,
    Gap,
    Incident,
    Item,
    Matter,
    Operations,
    Reader,
    RunFailed,
)
from tests.notices import at

ECS = Standard(
    "ECS",
    Text("企业客户服务标准", "Enterprise customer service standard"),
    "2024",
    Text("", ""),
    "",
    "",
    "binding",
)


def _card(clause: str, place: str, zh: str, en: str, key: str = "") -> Card:
    return Card(f"ECS-{clause}", "ECS", place, Text(zh, en), "deadline", "case", obligation_key=key)


RESOLVE_TECH = _card(
    "1.3-RESOLVE-TECH",
    "一(三)·技术支持·解决时限",
    "技术支持4h内解决",
    "Technical support resolved within 4 h",
    "resolution",
)
RESPONSE_TECH = _card(
    "1.3-RESPONSE-TECH",
    "一(三)·技术支持·响应时限",
    "技术支持30分钟内响应",
    "Technical support answered within 30 min",
    "first_response",
)
RESPONSE_CONSULT = _card(
    "1.3-RESPONSE-CONSULT",
    "一(三)·一般咨询·响应时限",
    "一般咨询15分钟内响应",
    "Enquiry answered within 15 min",
    "first_response",
)
RESOLVE_COMPLAINT = _card(
    "1.3-RESOLVE-COMPLAINT",
    "一(三)·投诉处理·解决时限",
    "投诉24h内解决",
    "Complaint resolved within 24 h",
    "resolution",
)
ACCEPT = _card(
    "2.4-ACCEPT-5WD",
    "二(四)·客户验收程序",
    "整个验收流程不超过5个工作日",
    "The whole acceptance takes at most 5 working days",
)
QA_RATE = _card(
    "2.4-QA-RATE-95", "二(四)·交付物标准化", "当月QA合格率不低于95%", "QA pass rate of the month at least 95%"
)

OVERDUE = Item(
    "8c41f0d2ab937e55", "case:7", "T-20261009-0417", "technical_support", "K-0382", RESOLVE_TECH, ECS,
    anchor=at("10-09 16:10"), due=at("10-10 12:25"), late=5 * MINUTE, other_due=at("10-09 20:10"),
    clock="open_hours", limit=4 * HOUR, holder="E1047", team="夜班组",
)  # fmt: skip
LEAD = Reader(Addressee("9", "emergency_team", "emergency_team", deputy_id="12"), deputy="E0012")
CLOCK = Signature("open_hours", "E0003", "2026-09-28", "", "2026-10-01")

ESCALATION = Matter(
    "a1b2c3d4e5f60718", "0f1e2d3c4b5a6978", (OVERDUE,), LEAD, act_by=at("10-10 13:25"), signed=CLOCK,
    uncounted=(("夜间停业", "closed for the night", 900 * MINUTE), ("等待客户", "waiting for the client", 75 * MINUTE)),
)  # fmt: skip
ELAPSED = replace(
    ESCALATION,
    items=(
        replace(OVERDUE, card=RESPONSE_CONSULT, kind="consultation", clock="elapsed", limit=15 * MINUTE,
                anchor=at("10-10 10:00"), due=at("10-10 10:15"), late=135 * MINUTE, other_due=NAT, holder=""),
        replace(OVERDUE, card=replace(RESOLVE_TECH, title=Text("一般咨询2h内解决", "Enquiry resolved within 2 h"))),
    ),
    reader=Reader(Addressee("21", "supervisor", "team_supervisor", absent_of="20", as_deputy=True), absent="E0020"),
    act_by=NAT, signed=None, uncounted=(),
)  # fmt: skip

LATE_ACCEPTANCE = Item(
    "77aa3310c2d4e6f8", "acceptance:A-87", "A-2026-0087", "acceptance", "K-0214", ACCEPT, ECS,
    anchor=at("09-30 15:20"), due=at("10-14 00:00") - 1, late=9 * HOUR, clock="working_days", limit=5,
    holder="E1018", team="华东二组",
)  # fmt: skip
_DAYS = (
    *(CountedDay(f"2026-10-0{n}", 0, "holiday", ("国庆节", "National Day")) for n in range(1, 8)),
    CountedDay("2026-10-08", 1, "working"), CountedDay("2026-10-09", 2, "working"),
    CountedDay("2026-10-10", 3, "make_up", ("国庆节", "National Day")), CountedDay("2026-10-11", 0, "weekend"),
    CountedDay("2026-10-12", 4, "working"), CountedDay("2026-10-13", 5, "working"),
)  # fmt: skip
WORKING_DAYS = Matter(
    "1122334455667788", "8877665544332211", (LATE_ACCEPTANCE,),
    Reader(Addressee("6", "owner_supervisor", "assignee_supervisor")), days=_DAYS,
    steps=(("pre", at("09-30 15:20")), ("formal", at("10-09 11:00")), ("rectify", NAT), ("confirm", NAT)),
)  # fmt: skip
MONTH_RATE = Matter(
    "2222333344445555", "5555444433332222",
    (Item("99bb", "cohort:2026-10", "2026-10", "qa", "", QA_RATE, ECS, anchor=at("10-01 00:00"), due=at("11-01 00:00") - 1),),
    Reader(Addressee("8", "service_manager", "service_manager")), rate=(60, 64, 95),
)  # fmt: skip


def _open(n: int, label: str, customer: str, card: Card, kind: str, due: str, holder: str) -> Item:
    return Item(
        f"f{n:015x}",
        f"case:{n}",
        label,
        kind,
        customer,
        card,
        ECS,
        at(due) - DAY,
        at(due),
        holder=holder,
        team="夜班组",
    )


_BY_AGE = (
    _open(1, "T-20260928-0311", "K-0117", RESOLVE_COMPLAINT, "complaint", "09-29 11:00", "E1047"),
    _open(2, "T-20260929-0140", "K-0382", RESOLVE_TECH, "technical_support", "09-29 15:00", "E1051"),
    _open(3, "T-20261008-0102", "K-0382", RESOLVE_TECH, "technical_support", "10-08 12:00", "E1051"),
    _open(4, "T-20261009-0233", "K-0091", RESOLVE_TECH, "technical_support", "10-09 18:00", "E1047"),
    _open(5, "T-20261012-0890", "K-0276", RESPONSE_CONSULT, "consultation", "10-12 17:00", "E1049"),
    _open(6, "T-20261012-0931", "K-0051", RESOLVE_TECH, "technical_support", "10-12 23:00", ""),
)
_PAST = tuple(
    replace(_open(n, f"T-20261013-010{n}", "K-0008", RESPONSE_TECH, "technical_support", "10-13 05:00", "E1049"), is_open=False)
    for n in (7, 8)
)  # fmt: skip
SUPERVISOR = Reader(Addressee("21", "supervisor", "team_supervisor"))
BY_AGE = Digest(
    "d1d2d3d4d5d6d7d8", "2026-10-13", "夜班组", (*_BY_AGE, *_PAST), SUPERVISOR,
    apart=frozenset({_BY_AGE[5].finding}),
    ages=tuple((item.finding, age) for item, age in zip(_BY_AGE, (8, 8, 4, 3, 1, 0), strict=True)),
    before=("case:1", "case:2", "case:3", "case:4", "case:90", "case:91"),
)  # fmt: skip
LONG_DIGEST = replace(
    BY_AGE,
    items=tuple(_open(n, f"T-{n}", f"K-{n}", RESOLVE_TECH, "technical_support", "10-09 18:00", "E1047") for n in range(40)),
    ages=tuple((f"f{n:015x}", 3) for n in range(40)),
    before=None,
)  # fmt: skip
OFFICERS_DAY = Digest(
    "b1b2b3b4b5b6b7b8", "2026-10-13", "", (), Reader(Addressee("3", "officer", "officer")),
    officers={
        "open": {
            "n": 12, "old": 4, "week": 5, "fresh": 3,
            "holders": [
                {"holder": "E1047", "old": 3, "week": 2, "fresh": 1},
                {"holder": "E1051", "old": 1, "week": 3, "fresh": 2},
            ],
        },
        "falling_due": [{"day": f"2026-10-{13 + n}", "n": n} for n in range(4)] + [{"day": "2026-10-19", "n": 6}],
        "calls": [
            {"customer": "K-0117", "days_left": 1, "manager": "E1018"},
            {"customer": "K-0382", "days_left": 4, "manager": ""},
        ],
        "repeat": {
            "teams": [{"team": "N1", "clause": RESOLVE_TECH.id, "periods": 3}],
            "people": [{"person": "E1047", "clause": RESOLVE_TECH.id, "n": 4}],
        },
        "since": {"new": 5, "reopened": 1, "cleared": 3, "withdrawn": 1},
        "restated": [{"period": "2026-09", "was": 516, "now": 518}],
    },
    clauses={RESOLVE_TECH.id: RESOLVE_TECH},
)  # fmt: skip
OFFICERS_MISSED = replace(OFFICERS_DAY, items=(_BY_AGE[1],), ages=((_BY_AGE[1].finding, 8),))
ONLY_OVER = replace(BY_AGE, items=_PAST, before=("case:90",))

STORM = Incident(
    "abcdefabcdefabcd",
    tuple(
        replace(OVERDUE, finding=f"{n:016x}", subject=f"case:{n}", label=f"T-{n:04}", customer=f"K-{n % 31}")
        for n in range(37)
    ),
    LEAD,
    cause=True,
)

HOLDER = Reader(Addressee("18", "holder", "assignee"))
SOON = DueSoon(
    "5050505050505050",
    (
        replace(LATE_ACCEPTANCE, late=NAT),
        replace(OVERDUE, card=RESOLVE_COMPLAINT, kind="complaint", label="T-20261012-0066", customer="K-0117", subject="case:9",
                finding="f9", anchor=at("10-13 10:42"), due=at("10-14 10:42"), late=NAT, other_due=NAT, clock="elapsed", limit=24 * HOUR),
    ),
    HOLDER,
    days=_DAYS,
)  # fmt: skip
SOON_LATER = replace(SOON, items=(SOON.items[1],), days=())
OVER_ONE = Closing(
    "6161616161616161", (replace(OVERDUE, done=at("10-10 15:05"), is_open=False),), LEAD,
)  # fmt: skip
OVER_MANY = Closing(
    "7272727272727272",
    (
        replace(OVERDUE, done=at("10-10 15:05"), is_open=False),
        replace(OVERDUE, finding="w1", subject="case:8", label="T-20261009-0512", customer="K-0276", is_open=False),
        *(
            replace(OVERDUE, finding=f"o{n}", subject=f"case:8{n}", label=f"T-20261009-06{n:02}", done=at("10-10 16:00"),
                    is_open=False)
            for n in range(12)
        ),
    ),
    LEAD,
    withdrawn=frozenset({"w1"}),
)  # fmt: skip
REMINDER = replace(ESCALATION, mail="8383838383838383", again=2, repeats=1)
PASSED_UP = replace(
    ESCALATION, mail="9494949494949494", act_by=NAT, reader=Reader(Addressee("8", "service_manager", "service_manager"), above=True)
)  # fmt: skip
FIRST_OF_THREE = replace(ESCALATION, repeats=3)


def _complaint(label: str, customer: str, received: str, answered: int, **more: object) -> Complaint:
    begun = at(received)
    first = NAT if answered < 0 else begun + answered * MINUTE
    given = {"solved": NAT, "needs": False, "is_open": True, **more}
    return Complaint(label, customer, begun, first, begun + 10 * MINUTE, begun + DAY, **given)  # type: ignore[arg-type]


COMPLAINTS = Daily(
    "9a9b9c9d9e9fa0a1", "2026-10-29",
    (
        _complaint("T-20261028-0311", "K-0117", "10-28 11:20", 8, needs=True),
        _complaint("T-20261029-0066", "K-0214", "10-29 09:12", 14),
        _complaint("T-20261029-0140", "K-0382", "10-29 11:03", 31),
        _complaint("T-20261029-0171", "K-0051", "10-29 14:26", 12, solved=at("10-29 16:02"), is_open=False),
    ),
    Reader(Addressee("1", "general_manager", "general_manager")), "2026-10-29", (11, 3), (297, 26),
)  # fmt: skip
UPKEEP = Operations(
    "0000111122223333", "2026-10-13",
    (Gap("case.service_type", "NULL_FILTER", 5, 60), Gap("survey.sent_at", "FIELD_NOT_PROVIDED", 1204, 2408)),
    (("vacant", "emergency_team"), ("empty_step", "assignee_supervisor:E1049"), ("empty_step", "away:E0014"), ("no_address", "E0021")),
    Reader(Addressee("3", "officer", "officer")),
)  # fmt: skip
FAILED = RunFailed(
    "demo", "extract", "the CRM did not answer within 30 s", "config/crm/demo.yaml:6 (connection crm)",
    "start the CRM's database or correct CLAUSEWATCH_CRM_URL, then run clausewatch audit again", "2026-10-13T02:00",
)  # fmt: skip

#: Name -> what it is about and the instant it speaks from.
SAMPLES: dict[str, tuple[Context, int]] = {
    "escalation": (ESCALATION, at("10-10 12:30")),
    "escalation-repeats": (FIRST_OF_THREE, at("10-10 12:30")),
    "reminder": (REMINDER, at("10-12 12:30")),
    "passed-up": (PASSED_UP, at("10-14 12:30")),
    "warning": (SOON, at("10-13 09:00")),
    "warning-one": (SOON_LATER, at("10-14 09:00")),
    "closing": (OVER_ONE, at("10-10 15:10")),
    "closing-many": (OVER_MANY, at("10-10 17:10")),
    "escalation-elapsed": (ELAPSED, at("10-10 12:30")),
    "working-days": (WORKING_DAYS, at("10-14 09:00")),
    "month-rate": (MONTH_RATE, at("11-02 09:00")),
    "digest": (BY_AGE, at("10-13 08:30")),
    "digest-long": (LONG_DIGEST, at("10-13 08:30")),
    "officer": (OFFICERS_DAY, at("10-13 08:30")),
    "officer-missed": (OFFICERS_MISSED, at("10-13 08:30")),
    "digest-over": (ONLY_OVER, at("10-13 08:30")),
    "incident": (STORM, at("10-10 12:30")),
    "daily": (COMPLAINTS, at("10-29 18:00")),
    "operations": (UPKEEP, at("10-13 08:30")),
    "failed": (FAILED, at("10-13 02:05")),
}
