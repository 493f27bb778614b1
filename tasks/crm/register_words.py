"""The words of a register: which sheets belong to which kind, labels of list values, guide and examples.

A register is filled by people, so every list value has a Chinese and an English label; reading accepts
both, and the canonical word as well.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

import yaml

from audits.model import MODEL, Field

#: What ``register new KIND`` makes: kind -> the entities that get a sheet each.
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "acceptance": ("acceptance", "acceptance_item"),
    "deliverable": ("deliverable", "qa_check"),
    "follow_up": ("follow_up",),
    "escalation": ("escalation",),
    "execution": ("task", "checkpoint", "deviation"),
}

#: Entities a register can hold.
ENTITIES: Final[tuple[str, ...]] = tuple(entity for sheets in KINDS.values() for entity in sheets)

#: Columns nobody fills by hand: a printed number is the key, and our own deliveries are not typed.
LEFT_OUT: Final[dict[str, frozenset[str]]] = {
    "acceptance": frozenset({"id"}),
    "deliverable": frozenset({"id"}),
    "escalation": frozenset({"origin", "delivered_at"}),
}

#: entity.field -> canonical value -> (zh, en).
LABELS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "acceptance_item.tested_by": {"client": ("客户", "client"), "staff": ("我方人员", "our staff")},
    "deliverable.kind": {
        "document": ("文档", "document"),
        "system": ("系统", "system"),
        "data": ("数据", "data"),
    },
    "qa_check.result": {"pass": ("合格", "pass"), "fail": ("不合格", "fail")},
    "follow_up.kind": {
        "special_return_visit": ("专项回访", "special return visit"),
        "after_resolution": ("解决后回访", "after resolution"),
        "after_sales": ("售后回访", "after sales"),
        "key_account": ("大客户回访", "key account"),
    },
    "escalation.target_role": {
        "supervisor": ("主管", "supervisor"),
        "duty_supervisor": ("值班主管", "duty supervisor"),
        "service_manager": ("客服经理", "service manager"),
        "emergency_team": ("应急小组", "emergency team"),
        "general_manager": ("总经理", "general manager"),
        "duty_list": ("全员值班表", "duty list"),
    },
    "escalation.origin": {"crm": ("CRM", "CRM"), "delivery_ledger": ("送达台账", "delivery ledger")},
    "checkpoint.kind": {
        "start": ("启动", "start"),
        "progress": ("进度", "progress"),
        "quality": ("质量", "quality"),
        "risk": ("风险", "risk"),
    },
}

#: Words for yes and no, any of which may stand in a cell; the first of each language is written.
YES: Final = ("是", "yes", "true", "y", "1", "√", "✓", "对", "有")
NO: Final = ("否", "no", "false", "n", "0", "×", "✗", "x", "无")

#: Titles of the sheet that explains; never read as data.
GUIDE: Final = {"zh": "填写说明", "en": "Guide"}


def columns(entity: str) -> tuple[Field, ...]:
    """The fields that get a column in a register sheet, in the model's order; a key is called a number."""
    hidden = LEFT_OUT.get(entity, frozenset())
    return tuple(_for_people(f) for name, f in MODEL[entity].fields.items() if name not in hidden)


def _for_people(field: Field) -> Field:
    if field.name != "id":
        return field
    return replace(field, zh=field.zh.replace("键", "编号"), en=field.en.replace(" id", " number"))


def must_be_filled(entity: str, name: str) -> bool:
    """Whether a row without this value says nothing: the model's required fields, or the number as key."""
    hidden = LEFT_OUT.get(entity, frozenset())
    return MODEL[entity].fields[name].required or (name == "code" and "id" in hidden)


def label(entity: str, name: str, value: str, lang: str) -> str:
    """How a list value is written in ``zh`` or ``en``; the canonical word where no label is known."""
    zh, en = LABELS.get(f"{entity}.{name}", {}).get(value, (value, value))
    return en if lang == "en" else zh


def values_by_label(entity: str, field: Field) -> dict[str, str]:
    """Every accepted spelling of a list value (zh, en, canonical; lower case) -> the canonical value."""
    spelled = {value.lower(): value for value in field.values}
    for value, words in LABELS.get(f"{entity}.{field.name}", {}).items():
        spelled |= {word.lower(): value for word in words}
    return spelled


#: How a type is written in a cell, for the guide: (zh, en).
HOW: Final[dict[str, tuple[str, str]]] = {
    "id": ("唯一编号，不可重复", "unique number, never twice"),
    "code": ("唯一编号，不可重复", "unique number, never twice"),
    "ref": ("填对方编号，例如客户编号、工号", "the other record's number, e.g. customer or staff number"),
    "enum": ("从下拉列表中选", "choose from the list"),
    "ts": ("年-月-日 时:分（本地时间），如 2026-09-01 09:05", "date and time, local: 2026-09-01 09:05"),
    "date": ("年-月-日，如 2026-09-01", "date: 2026-09-01"),
    "bool": ("是或否", "yes or no"),
    "int": ("整数", "whole number"),
    "decimal": ("数字；百分数填 85.5，不填 0.855", "number; per cent as 85.5, not 0.855"),
    "text": ("文字", "text"),
    "keys": ("以 | 分隔的词", "words separated by |"),
}

#: Lines at the head of the guide: (zh, en).
ADVICE: Final = (
    (
        "每行一条记录，首行表头不要改动；可排序、筛选、增删行。",
        "One record a row. Leave the header row; sort, filter, add and delete rows.",
    ),
    (
        "还没有发生的事留空：空白表示尚未发生，不要填“无”或“待定”。",
        "Leave blank what has not happened: a blank says so, “none” or “tbd” does not.",
    ),
    (
        "时刻按本地时间填写；只填日期时，按工作日计的条款可判，按小时计的不可判。",
        "Stamps are local. A date alone serves limits in working days, never limits in hours.",
    ),
    (
        "带 * 的列必须填写。编号一经使用不要改，改了就成另一条记录。",
        "Columns with * must be filled. Keep a number once used: another number is another record.",
    ),
    (
        "自己的备注列，请以“备注”或 note 开头命名，读取时略过。",
        "Columns of your own begin with “备注” or “note”; they are left out when reading.",
    ),
)

#: Two example rows an entity, as a person would type them.
EXAMPLES: Final[dict[str, list[dict[str, object]]]] = yaml.safe_load(
    (Path(__file__).parent / "register_examples.yaml").read_text(encoding="utf-8")
)
