"""The demo's staff: plain data, also for whoever writes ``config/people.yaml``.

Four groups, and above them the people the standard names: supervisors, the emergency team's lead, the
general manager, the duty list, the service manager, the compliance officer. All addresses are
``example.com``; all names are invented.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Group:
    """A group of agents: its number, name, kind and the employee number of its leader."""

    code: str
    name: str
    kind: str  # service | emergency
    leader: str


@dataclass(frozen=True)
class Agent:
    """One of the staff: number, name, login (before ``@example.com``), title, group, manager."""

    no: str
    name: str
    login: str
    title: str
    group: str | None
    manager: str | None
    left_on: str | None = None


GROUPS: Final = (
    Group("G-01", "客户服务组", "service", "E1004"),
    Group("G-02", "技术支持组", "service", "E1005"),
    Group("G-03", "项目交付组", "service", "E1006"),
    Group("G-04", "应急小组", "emergency", "E1007"),
)

AGENTS: Final = (
    Agent("E1001", "周远山", "zhou.yuanshan", "总经理", None, None),
    Agent("E1002", "沈若兰", "shen.ruolan", "部门总监", None, "E1001"),
    Agent("E1003", "高启文", "gao.qiwen", "客服经理", None, "E1002"),
    Agent("E1004", "陆思齐", "lu.siqi", "主管", "G-01", "E1003"),
    Agent("E1005", "贺知行", "he.zhixing", "主管", "G-02", "E1003"),
    Agent("E1006", "方晓棠", "fang.xiaotang", "主管", "G-03", "E1002"),
    Agent("E1007", "雷正阳", "lei.zhengyang", "应急组长", "G-04", "E1002"),
    Agent("E1008", "秦牧之", "qin.muzhi", "值班主管", None, "E1003"),
    Agent("E1009", "乔安然", "qiao.anran", "客服专员", "G-01", "E1004"),
    Agent("E1010", "林子墨", "lin.zimo", "客服专员", "G-01", "E1004"),
    Agent("E1011", "许嘉禾", "xu.jiahe", "客服专员", "G-01", "E1004"),
    Agent("E1012", "谢雨晴", "xie.yuqing", "客服专员", "G-01", "E1004"),
    Agent("E1013", "苏芷若", "su.zhiruo", "客服专员", "G-01", "E1004", left_on="2026-10-16"),
    Agent("E1014", "邓一凡", "deng.yifan", "技术支持", "G-02", "E1005"),
    Agent("E1015", "韩书屿", "han.shuyu", "技术支持", "G-02", "E1005"),
    Agent("E1016", "曹景行", "cao.jingxing", "技术支持", "G-02", "E1005"),
    Agent("E1017", "彭乐言", "peng.leyan", "模块专家", "G-02", "E1005"),
    Agent("E1018", "潘映川", "pan.yingchuan", "售后工程师", "G-03", "E1006"),
    Agent("E1019", "田若谷", "tian.ruogu", "售后工程师", "G-03", "E1006"),
    Agent("E1020", "夏明澈", "xia.mingche", "技术负责人", "G-03", "E1006"),
    Agent("E1021", "江予安", "jiang.yuan", "售后工程师", "G-03", "E1006"),
    Agent("E1022", "白景初", "bai.jingchu", "质检员", "G-03", "E1006"),
    Agent("E1023", "石砚秋", "shi.yanqiu", "质检员", "G-03", "E1006"),
    Agent("E1024", "段云舟", "duan.yunzhou", "技术支持", "G-04", "E1007"),
    Agent("E1025", "孟祈年", "meng.qinian", "技术支持", "G-04", "E1007"),
    Agent("E1026", "温语禾", "wen.yuhe", "客户经理", None, "E1003"),
    Agent("E1027", "袁朗清", "yuan.langqing", "客户经理", None, "E1003"),
    Agent("E1028", "顾南溪", "gu.nanxi", "合规专员", None, "E1001"),
)

#: Who owns projects, and who checks deliverables.
OWNERS: Final = ("E1018", "E1019", "E1020", "E1021")
INSPECTORS: Final = ("E1022", "E1023")
ACCOUNT_MANAGERS: Final = ("E1026", "E1027")

#: Who works on what: category -> (group, agents).
DESKS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "一般咨询": ("G-01", ("E1009", "E1010", "E1011", "E1012")),
    "技术支持": ("G-02", ("E1014", "E1015", "E1016", "E1017")),
    "投诉": ("G-01", ("E1009", "E1012")),
    "紧急故障": ("G-04", ("E1024", "E1025")),
}


def address(no: str) -> str:
    """E-mail address of an employee number."""
    return next(f"{agent.login}@example.com" for agent in AGENTS if agent.no == no)
