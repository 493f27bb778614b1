"""The demo's clients, their contacts and projects: invented, and marked as such."""

from dataclasses import dataclass
from typing import Final

from tasks.demo.people import ACCOUNT_MANAGERS, OWNERS

_WORDS: Final = (
    "云杉", "青禾", "海棠", "松石", "星野", "白桦", "澄江", "长风", "银杏", "远帆",
    "朝露", "南枝", "玉衡", "丹枫", "北辰", "晴川", "芦荻", "飞鸿", "碧落", "木棉",
    "听雨", "石榴", "望舒", "金穗", "雪松", "春申", "紫荆", "溪山", "鹿鸣", "扶桑",
    "沧浪", "梧桐", "拾光", "明河", "知秋", "乘风", "若水", "怀瑾", "修竹", "归帆",
)  # fmt: skip
_BRANCHES: Final = (
    ("制造", "机械"), ("零售", "商贸"), ("物流", "物流"), ("医疗", "医疗"),
    ("教育", "教育"), ("能源", "能源"), ("金融", "科技"), ("食品", "食品"),
)  # fmt: skip
_FAMILY: Final = "王李张刘陈杨赵黄吴徐孙胡朱郭何罗"
_TITLES: Final = ("信息部经理", "运维主管", "采购经理", "项目经理", "客服主任")
PROJECTS: Final = 26
CONTACTS_EACH: Final = 5


@dataclass(frozen=True)
class Account:
    """One client: row id, number, name, branch, account manager."""

    id: int
    no: str
    name: str
    industry: str
    manager: str


@dataclass(frozen=True)
class Contact:
    """A person at a client; the address lies in the client's own example domain."""

    id: int
    account: int
    name: str
    title: str
    phone: str
    email: str


@dataclass(frozen=True)
class Project:
    """A service file: row id, number, client, name, owner."""

    id: int
    no: str
    account: int
    name: str
    owner: str


def accounts() -> list[Account]:
    """Forty clients, ids 1 to 40, numbers ``K-10001`` to ``K-10040``."""
    made = []
    for at, word in enumerate(_WORDS):
        industry, business = _BRANCHES[at % len(_BRANCHES)]
        name = f"{word}{business}（演示）有限公司"
        made.append(Account(at + 1, f"K-{10001 + at}", name, industry, ACCOUNT_MANAGERS[at % 2]))
    return made


def contacts() -> list[Contact]:
    """Five contacts a client; ids of client n are 5n-4 to 5n."""
    made = []
    for account in accounts():
        for at in range(CONTACTS_EACH):
            number = (account.id - 1) * CONTACTS_EACH + at + 1
            name = f"{_FAMILY[number * 7 % len(_FAMILY)]}{_TITLES[at][-2:]}"
            mail = f"contact{at + 1}@{account.no.lower()}.example.com"
            made.append(Contact(number, account.id, name, _TITLES[at], f"021-5550-{1000 + number}", mail))
    return made


def projects() -> list[Project]:
    """Service files ``P-2026-001`` and on; client and owner by turns."""
    kinds = ("系统升级", "数据迁移", "运维外包", "报表平台", "客服中心建设")
    return [
        Project(at, f"P-2026-{at:03d}", (at * 3) % 40 + 1, kinds[at % len(kinds)], OWNERS[at % len(OWNERS)])
        for at in range(1, PROJECTS + 1)
    ]
