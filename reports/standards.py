"""Standards on the terminal: the list, one card, and which clauses have a card."""

from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

_WORDS: Final = {
    "zh": {
        "binding": "约束", "reference": "参考", "off": "未启用", "cards": "卡片", "on": "启用", "edition": "版本",
        "checked": "可查", "judged": "可判", "unconnected": "未接入", "attested": "人工声明",
        "not_auditable": "公开不判", "missing": "缺卡片", "trial": "试行", "from": "起",
        "sum": "{n} 条，缺卡片 {k} 条", "extra": "目录之外的卡片：{names}", "differs": "审计方式与目录不同：{names}",
        "place": "出处", "kind": "类型", "strength": "强度", "auditable": "审计方式", "reason": "缘由",
        "house": "本单位规定", "needs": "读取", "readings": "读法", "tells": "通知", "where": "对象", "words": "参数",
    },
    "en": {
        "binding": "binding", "reference": "reference", "off": "off", "cards": "cards", "on": "on",
        "edition": "edition", "checked": "checked", "judged": "judged", "unconnected": "unconnected",
        "attested": "attested", "not_auditable": "not auditable", "missing": "no card", "trial": "trial",
        "from": "from", "sum": "{n} clauses, {k} without a card", "extra": "cards the list does not know: {names}",
        "differs": "audited otherwise than listed: {names}", "place": "place", "kind": "kind",
        "strength": "strength", "auditable": "audited", "reason": "reason", "needs": "reads",
        "house": "house number", "readings": "readings", "tells": "tells", "where": "of", "words": "words",
    },
}  # fmt: skip
_STYLES: Final = {"missing": "bold red", "unconnected": "bright_black", "not_auditable": "bright_black"}


def _said(lang: str) -> dict[str, str]:
    return _WORDS["en" if lang == "en" else "zh"]


def standards_table(rows: list[dict[str, Any]], lang: str) -> RenderableType:
    """The standards, one a line."""
    words = _said(lang)
    table = Table(box=None, pad_edge=False)
    for head in ("", "", words["edition"], "", words["cards"], words["on"]):
        table.add_column(head, overflow="fold")
    for row in rows:
        since = f" {words['from']} {row['binds_from']}" if row["binds_from"] else ""
        title = row["title"]["en" if lang == "en" else "zh"]
        mode = words[row["mode"]] + since
        table.add_row(row["code"], title, row["edition"], mode, str(row["cards"]), str(row["on"]))
    return table


def card_page(card: dict[str, Any], lang: str) -> RenderableType:
    """One card as it stands, in the order of its file."""
    words, key = _said(lang), "en" if lang == "en" else "zh"
    parts: list[RenderableType] = [Text(f"{card['id']}  {card['title'][key]}", style="bold")]
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bright_black")
    table.add_column(overflow="fold")
    reason = card["reason"][key] if card["reason"] else ""
    lines = {
        "place": f"{card['standard']} {card['edition']} · {card['place']}",
        "kind": " · ".join(filter(None, (card["kind"], card["function"]))),
        "auditable": card["auditable"],
        "reason": reason,
        "strength": card["strength"] + (f" · {words['trial']}" if card["trial"] else ""),
        "where": " ".join(filter(None, (card["of"], _words(card["where"])))),
        "words": _words(card["words"]),
        "needs": ", ".join(card["needs"]),
        "readings": ", ".join(card["readings"]),
        "tells": card["tells"],
        "house": "; ".join(_house(one) for one in card.get("house", ())),
    }
    for name, text in lines.items():
        if text:
            table.add_row(words[name], text)
    return Group(*parts, table)


def _house(number: dict[str, Any]) -> str:
    """A number this house set: word, values by day, by whom and why."""
    values = ", ".join(f"{value} ({day})" for day, value in number["values"].items())
    return f"{number['parameter']} {values} · {number['by']} {number['on']}: {number['why']}"


def _words(given: dict[str, Any]) -> str:
    return "; ".join(f"{name}: {_value(value)}" for name, value in given.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        if set(value) == {"amount", "unit"}:
            return f"{value['amount']} {value['unit']}"
        return ", ".join(f"{key} {_value(one)}" for key, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def coverage_page(told: dict[str, Any], lang: str) -> RenderableType:
    """Every clause by standard and section, with its state; what is missing stands last."""
    words, key = _said(lang), "en" if lang == "en" else "zh"
    parts: list[RenderableType] = []
    for one in told["standards"]:
        width = max(len(line["id"]) for section in one["sections"] for line in section["clauses"])
        counts = " · ".join(f"{words[state]} {n}" for state, n in one["counts"].items())
        parts.append(Text(f"{one['code']}  {counts}", style="bold"))
        for section in one["sections"]:
            parts.append(Text(f"  {section['section']}", style="bright_black"))
            parts.append(_clauses(section["clauses"], width, words, key))
    n = sum(n for one in told["standards"] for n in one["counts"].values())
    parts.append(Text(words["sum"].format(n=n, k=len(told["missing"])), style="bold"))
    parts.extend(
        Text(words[name].format(names=", ".join(told[name])), style="yellow")
        for name in ("extra", "differs")
        if told[name]
    )
    return Group(*parts)


def _clauses(lines: list[dict[str, Any]], width: int, words: dict[str, str], key: str) -> Table:
    """A line a clause; a long title goes on below itself."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=3)
    table.add_column(no_wrap=True, width=width)
    table.add_column(width=20)
    table.add_column(ratio=1)
    for line in lines:
        style = _STYLES.get(line["state"], "")
        lacking = f" ({', '.join(line['missing'])})" if line["missing"] else ""
        trial = f" · {words['trial']}" if line["trial"] else ""
        title = line["title"][key] if line["title"] else ""
        state = f"{words[line['state']]}{lacking}{trial}"
        table.add_row("", *(Text(part, style) for part in (line["id"], state, title)))
    return table
