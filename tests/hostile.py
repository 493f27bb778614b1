"""Names as nobody should have typed them into a CRM, and a month in which everything is called so."""

from dataclasses import replace
from typing import Any, Final

from reports.result_set import ResultSet

#: Each is met as customer, team, member of staff, record number, value and piece of evidence.
NAMES: Final = (
    "=cmd|' /C calc'!A0",
    '+HYPERLINK("http://evil.example","x")',
    "-2+3",
    "@SUM(1+1)",
    "＝1＋1",
    "'quoted",
    "\ttab",
    "\"double\"; 'single', `back`",
    "a;b,c|d",
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<!--",
    "{{ 7 * 7 }}{% raw %}",
    '#panic("typst") $x^2$ \\ `raw` *bold* _it_ @ref <label> //',
    "[link](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "[bold]rich[/] [/] [red",
    "line\nbreak\r\nBcc: victim@evil.example\r\n\r\nbody",
    "\x1b[31mred\x1b]0;owned\x07\x00\x9b2J",
    "\u202eesrever\u202c \u2066isolate",
    "שלום \u200fעולם\u200f",
    "zero\u200bwidth\ufeff",
    "👩\u200d👩\u200d👧 🇨🇳 é",
    "\ue000marks\ue003 of mails",
    "_x0041_ &amp; &#60;",
    "长" * 10_000,
    "W" * 10_000,
)
#: What no text that people look at may hold: it would be obeyed, or would turn the line around.
OBEYED: Final = "\x1b\x07\x00\x9b\u202e\u202c\u2066\u200b\u200f\ufeff\ue000\ue003"


def hostile(month: ResultSet) -> ResultSet:
    """The month with the same figures, in which every name, number and value is one of ``NAMES``."""
    n = len(month.findings)
    labels = [NAMES[i % len(NAMES)] for i in range(n)]
    names = {key: NAMES[i % len(NAMES)] for i, key in enumerate(sorted(month.names))}
    stories: Any = {
        key: {
            **told,
            "evidence": [{**fact, "value": NAMES[i % len(NAMES)]} for i, fact in enumerate([*told["evidence"]] * 9)],
        }
        for key, told in month.stories.items()
    }  # fmt: skip
    gaps = [{**gap, "examples": list(NAMES)} for gap in month.results["gaps"]]
    unmapped = [{"field": "case.channel", "value": name, "count": 1} for name in NAMES]
    matters = [
        {**row, "label": name, "customer": name, "holder": name}
        for row, name in zip(month.life["escalated_open"] * 5, NAMES, strict=False)
    ]
    return replace(
        month,
        results={**month.results, "gaps": gaps, "unmapped": unmapped, "teams": _teams(month),
                 "delivered_without_acceptance": list(NAMES)},
        life={**month.life, "escalated_open": matters},
        findings=month.findings.assign(label=labels, notified=labels),
        stories=stories,
        names=names,
    )  # fmt: skip


def _teams(month: ResultSet) -> list[dict[str, object]]:
    return [{**team, "code": NAMES[(i * 5) % len(NAMES)]} for i, team in enumerate(month.results["teams"])]
