"""The words of a register: which sheets belong to which kind, labels of list values, guide and examples.

A register is filled by people, so every list value has a Chinese and an English label; reading accepts
both, and the canonical word as well.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml

from audits.model import MODEL, Field


def _table(name: str) -> Any:
    """One of the YAML files beside this one."""
    return yaml.safe_load((Path(__file__).parent / f"register_{name}.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Kind:
    """What ``register new KIND`` makes: a sheet for each of these entities, and what they are for."""

    name: str
    sheets: tuple[str, ...]
    zh: str
    en: str


#: Every kind of register by name, in the order in which people are told of them.
KINDS: Final[dict[str, Kind]] = {
    name: Kind(name, tuple(each["sheets"]), each["zh"], each["en"]) for name, each in _table("kinds").items()
}

#: Entities a register can hold.
ENTITIES: Final[tuple[str, ...]] = tuple(entity for kind in KINDS.values() for entity in kind.sheets)

#: Entities whose printed number is their key: the field of that number.
NUMBER: Final[dict[str, str]] = {
    "acceptance": "code",
    "deliverable": "code",
    "proposal": "code",
    "service_file": "file_no",
    "customer": "code",
    "staff": "staff_no",
    "team": "code",
}

#: Columns that no register has, for nobody types them: where mails went is known from our own deliveries.
NEVER_TYPED: Final[dict[str, frozenset[str]]] = {"escalation": frozenset({"origin", "delivered_at"})}

#: entity.field -> canonical value -> (zh, en); of a list of keys: those that clauses ask for, others may stand.
LABELS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    path: {value: (zh, en) for value, (zh, en) in words.items()} for path, words in _table("labels").items()
}

#: Words for yes and no, any of which may stand in a cell; the first of each language is written.
YES: Final = ("是", "yes", "true", "y", "1", "√", "✓", "对", "有")
NO: Final = ("否", "no", "false", "n", "0", "×", "✗", "x", "无")

#: Titles of the sheet that explains; never read as data.
GUIDE: Final = {"zh": "填写说明", "en": "Guide"}
#: Title of the hidden sheet that holds long drop-down lists; a sheet whose name begins with # is never read.
LISTS: Final = "#lists"

#: A row whose number begins so is an example: it is shown, and left out when reading.
EXAMPLE: Final = {"zh": "示例", "en": "EXAMPLE"}


def key_of(entity: str) -> str:
    """The field by which people know a record of this entity: its printed number, or its key."""
    return NUMBER.get(entity, "id")


def hidden(entity: str) -> frozenset[str]:
    """Fields of an entity that a register has no column for."""
    return NEVER_TYPED.get(entity, frozenset()) | (frozenset({"id"}) if entity in NUMBER else frozenset())


def columns(entity: str) -> tuple[Field, ...]:
    """The fields that get a column in a register sheet, its number first; a key is called a number."""
    fields = [f for name, f in MODEL[entity].fields.items() if name not in hidden(entity)]
    return tuple(_for_people(f) for f in sorted(fields, key=lambda f: f.name != key_of(entity)))


def _for_people(field: Field) -> Field:
    if field.name != "id":
        return field
    return replace(field, zh=field.zh.replace("键", "编号"), en=field.en.replace(" id", " number"))


def must_be_filled(entity: str, name: str) -> bool:
    """Whether a row without this value says nothing: the model's required fields, and the number as key."""
    return MODEL[entity].fields[name].required or name == key_of(entity)


def label(entity: str, name: str, value: str, lang: str) -> str:
    """How a list value is written in ``zh`` or ``en``; the canonical word where no label is known."""
    zh, en = LABELS.get(f"{entity}.{name}", {}).get(value, (value, value))
    return en if lang == "en" else zh


def values_by_label(entity: str, field: Field) -> dict[str, str]:
    """Every accepted spelling of a list value (zh, en, canonical; lower case) -> the canonical value."""
    spelled = {value.lower(): value for value in field.values}
    for value, words in LABELS.get(f"{entity}.{field.name}", {}).items():
        spelled |= {word.lower(): value for word in (value, *words)}
    return spelled


#: How a type is written in a cell, for the guide: (zh, en).
HOW: Final[dict[str, tuple[str, str]]] = {
    "id": ("唯一编号，不可重复", "unique number, never twice"),
    "code": ("编号或短语", "a number or a short word"),
    "ref": ("填对方编号", "the other record's number"),
    "person": ("填编号或姓名（名称）；重名时填编号", "number or name; where two share a name, the number"),
    "enum": ("从下拉列表中选", "choose from the list"),
    "ts": ("年-月-日 时:分（本地时间），如 2026-09-01 09:05", "date and time, local: 2026-09-01 09:05"),
    "date": ("年-月-日，如 2026-09-01", "date: 2026-09-01"),
    "bool": ("是或否", "yes or no"),
    "int": ("整数", "whole number"),
    "decimal": ("数字", "number"),
    "per cent": ("百分数填 85.5，不填 0.855", "per cent as 85.5, not 0.855"),
    "text": ("文字", "text"),
    "keys": ("多项以顿号或 | 分隔", "several, separated by ; or |"),
}
#: Entities whose records may be named by name.
BY_NAME: Final = ("customer", "staff", "team")


def how(entity: str, field: Field, lang: str) -> str:
    """What a cell of this column wants, in ``zh`` or ``en``, with the words it knows."""
    at = lang == "en"
    kind = field.type
    if field.name == key_of(entity):
        kind = "id"
    elif field.ref in BY_NAME:
        kind = "person"
    elif field.type == "decimal" and "%" in field.zh:
        kind = "per cent"
    said = HOW[kind][at]
    if field.each in BY_NAME:
        said += f"；{HOW['person'][0]}" if lang == "zh" else f"; each a {HOW['person'][1]}"
    values = field.values or tuple(LABELS.get(f"{entity}.{field.name}", ()))
    words = [label(entity, field.name, value, lang) for value in values]
    if not words:
        return said
    return f"{said}：{'、'.join(words)}" if lang == "zh" else f"{said}: {', '.join(words)}"


def shown(entity: str, field: Field, value: object, lang: str) -> str:
    """A value as a person writes it in ``zh`` or ``en``: labels of words, yes and no, else as it is."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return (YES if value else NO)[lang == "en"]
    if field.type == "enum":
        return label(entity, field.name, str(value), lang)
    if field.type != "keys":
        return str(value)
    spelled = values_by_label(entity, field)
    words = [spelled.get(word.lower(), word) for word in re.split(r"[|、]", str(value))]
    return ("; " if lang == "en" else "、").join(label(entity, field.name, word, lang) for word in words)


#: Lines at the head of the guide: (zh, en).
ADVICE: Final = (
    (
        "每行一条记录。首行表头已锁定，其余各格均可填写、排序、筛选、增删行。",
        "One record a row. The header row is locked; sort, filter, add and delete rows below it as you like.",
    ),
    (
        "编号以“示例”开头的行只供参考，读取时略过，可随时删除。",
        "Rows whose number begins with EXAMPLE only show how; they are left out when reading. Delete them at will.",
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
        "没有记录的事项：撤销工作表保护（无密码）并删除该列；留着空列等于说全都没有发生。",
        "What nobody keeps: unprotect the sheet (no password) and delete the column; an empty one says that nothing happened.",
    ),
    (
        "自己的列可加在右侧；名称与本表某列相近时，请以“备注”或 note 开头。",
        "Add columns of your own on the right; begin their names with “备注” or “note” where they resemble one of ours.",
    ),
)

#: Two example rows an entity, as a person would type them.
EXAMPLES: Final[dict[str, list[dict[str, object]]]] = _table("examples")
