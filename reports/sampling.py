"""``sample`` and ``attest`` on the terminal."""

from datetime import datetime, timedelta
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reports import format as fmt
from reports.harmless import printable
from reports.words import Catalogue, words

_STRATA_SHOWN: Final = 12
_CELLS_SHOWN: Final = 6
_COLOURS: Final = {"met": "green", "not_met": "red", "not_shown": "yellow"}


def drawn_page(told: dict[str, Any], lang: str) -> RenderableType:
    """A sample that was drawn: how many of what, by stratum, and what comes next."""
    w, plan = words(lang), told["plan"]
    frame = plan["frame"]["records"]
    parts: list[RenderableType] = [
        Text(f"{plan['id']}  {plan['period']}", style="bold"),
        Text(w("sample.drawn", n=len(plan["drawn"]), frame=frame, seed=plan["seed"])),
    ]
    table = Table(box=None, pad_edge=False)
    table.add_column(w("sample.stratum"))
    table.add_column(w("sample.frame"), justify="right")
    table.add_column(w("sample.taken"), justify="right")
    shown = sorted(plan["sizes"], key=lambda one: -one["drawn"])[:_STRATA_SHOWN]
    for one in shown:
        name = one["stratum"] or w("sample.all")
        table.add_row(Text(printable(name)), fmt.count(one["frame"]), fmt.count(one["drawn"]))
    if len(plan["sizes"]) > len(shown):
        table.add_row(f"… +{len(plan['sizes']) - len(shown)}", "", "")
    parts.append(table)
    parts += [Text(f"! {printable(remark)}", style="yellow") for remark in told["remarks"]]
    key = "sample.to_score" if plan["kind"] == "scorecard" else "sample.to_check"
    parts.append(Text(w(key, path=told["scorecard"], plan=told["plan_file"])))
    return Group(*parts)


def redrawn_page(told: dict[str, Any], lang: str) -> RenderableType:
    """Whether a plan drawn again is the same, and where it is not."""
    w = words(lang)
    if told["same"]:
        return Text(w("sample.same", id=told["plan"]), style="green")
    table = Table(box=None, pad_edge=False)
    for key in ("what", "written", "again"):
        table.add_column(w(f"sample.{key}"), overflow="fold")
    for what, written, again in told["differences"]:
        table.add_row(*(Text(printable(text)) for text in (what, written, again)))
    return Group(Text(w("sample.differs", id=told["plan"]), style="red"), table)


def read_page(told: dict[str, Any], lang: str) -> RenderableType:
    """A scorecard that was read: what is missing, or what it answers and where it was filed."""
    w = words(lang)
    table = Table(box=None, pad_edge=False)
    table.add_column(w("attested.clause"))
    for key in ("met", "breached", "not_observable"):
        table.add_column(w(f"sample.{key}"), justify="right")
    for key in ("sample", "answer"):
        table.add_column(w(f"attested.{key}"))
    for one in told["clauses"]:
        counts = [fmt.count(one[key]) for key in ("met", "breached", "not_observable")]
        table.add_row(Text(one["clause"]), *counts, *_answered(w, one["sample"]))
    parts: list[RenderableType] = [table]
    if not told["whole"]:
        blank = sum(one["blank"] for one in told["clauses"])
        said = w("sample.incomplete", id=told["plan"], blank=blank, unsigned=told["unsigned"])
        cells = printable(", ".join(told["blanks"][:_CELLS_SHOWN]))
        return Group(*parts, Text(said, style="yellow"), Text(w("sample.first", cells=cells)))
    if told["all_drawn"]:
        parts.append(Text(w("sample.all_drawn")))
    if told["filed"]:
        parts.append(Text(w("sample.filed", path=told["filed"]), style="green"))
    return Group(*parts)


def _answered(w: Catalogue, sample: dict[str, Any] | None) -> tuple[Text, Text]:
    if sample is None:
        return Text(fmt.NONE), Text(fmt.NONE)
    said = f"{w('attested.n', met=sample['met'], n=sample['n'])}  {spread(w, sample)}"
    return Text(said), Text(answered(w, sample), style=_COLOURS[sample["answer"]])


def spread(w: Catalogue, sample: dict[str, Any]) -> str:
    """What the whole may be: ``95.04 %–100 %``."""
    return w("attested.interval", low=percent(sample["low"]), high=percent(sample["high"]))


def answered(w: Catalogue, sample: dict[str, Any]) -> str:
    """What a sample says of its target."""
    return w(f"attested.answer.{sample['answer']}", target=percent(sample["target"]))


def percent(ten_thousandths: int) -> str:
    """Per cent of a share in ten-thousandths, without needless zeros."""
    whole, rest = divmod(ten_thousandths, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def attested_page(told: dict[str, Any], lang: str) -> RenderableType:
    """What was recorded of a clause."""
    w = words(lang)
    verdict = w(f"attested.verdict.{told['verdict']}")
    done = w(
        "attest.done",
        clause=told["clause"],
        verdict=verdict,
        by=told["by"],
        until=_last_day(told["until"]),
        path=told["file"],
    )
    lines = [Text(done, style="green")]
    if not told["checked"]:
        lines.append(Text(w("attest.unchecked"), style="yellow"))
    return Group(*lines)


def _last_day(until: str) -> str:
    """The last day before something ends."""
    return (datetime.fromisoformat(until) - timedelta(seconds=1)).date().isoformat()
