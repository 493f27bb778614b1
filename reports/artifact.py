"""The artifact of a run in Prefect: Markdown, tables only, what needs somebody first."""

from typing import Any

from reports import format as fmt
from reports.brief import Brief, Told, step_name, sums
from reports.harmless import harmless
from reports.markdown import Code, cell, table


def run_artifact(told: Told, lang: str) -> str:
    """The Markdown of one audit.

    Args:
        told: what the run found and did, as ``flows.auditing.summary`` gives it.
        lang: ``zh`` or ``en``.
    """
    brief = Brief(harmless(told), lang)
    parts = [_head(brief), _needs(brief), _audits(brief), _steps(brief), _verdicts(brief), _again(brief)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(brief: Brief) -> str:
    told, w = brief.told, brief.w
    needs, key = len(brief.needs()), told["period"]["key"]
    title = w("artifact.title_needs", period=key, n=needs) if needs else w("artifact.title_fine", period=key)
    totals, checks = told["totals"], told["checks"]
    counts = w(
        "artifact.counts",
        due=totals["population"],
        breached=totals["breached"],
        no_data=totals["no_data"],
        gaps=len(told["gaps"]),
        held=checks["held"],
        all=checks["all"],
    )
    mode = w(f"life.{told['life']['mode']}") if told["life"] else ""
    facts = [f"`as_of` {told['as_of']}", f"`{told['source']}`", *([mode] if mode else [])]
    return f"# {title}\n\n{counts}\n\n{' · '.join(facts)}"


def _needs(brief: Brief) -> str:
    w, needs = brief.w, brief.needs()
    if not needs:
        return ""
    heads = ["", w("artifact.what"), w("run.where"), w("run.do")]
    rows = [[str(i), need.found, Code(need.where), need.do] for i, need in enumerate(needs, 1)]
    return f"## {w('artifact.needs')}\n\n{table(heads, rows, '----')}"


def _audits(brief: Brief) -> str:
    w = brief.w
    heads = [w(f"artifact.{key}") for key in ("audit", "clauses", "judged")]
    heads += [w("verdict.breached"), w("artifact.state")]
    rows = [
        [
            line.name,
            str(line.clauses),
            fmt.count(line.judged),
            fmt.count(line.breached),
            f"{w(f'audit_word.{line.word}')}: {' '.join(filter(None, (_of(line.k, line.n), line.said)))}",
        ]
        for line in brief.audits()
    ]
    return f"## {w('artifact.four')}\n\n{table(heads, rows, '-rrr-')}"


def _of(k: str, n: str) -> str:
    return f"{k} / {n}" if n else ""


def _steps(brief: Brief) -> str:
    w = brief.w
    heads = [w("artifact.step"), w("artifact.said"), w("artifact.seconds")]
    rows = [
        [step_name(w, step["step"]), step["said"], _seconds(step["milliseconds"])]
        for step in brief.told["steps"]
    ]
    return f"## {w('artifact.steps')}\n\n{table(heads, rows, '--r')}" if rows else ""


def _seconds(milliseconds: int) -> str:
    tenths = (milliseconds + 50) // 100
    return f"{tenths // 10}.{tenths % 10}"


def _verdicts(brief: Brief) -> str:
    w, told, verdicts = brief.w, brief.told, brief.verdicts()
    heads = [w("artifact.standard"), w("artifact.mode"), w("page.due")]
    heads += [w(f"verdict.short.{verdict}") for verdict in verdicts]
    rows = []
    for standard in told["standards"]:
        counted = sums(c for c in told["clauses"] if c["standard"] == standard["code"])
        figures = [fmt.count(counted[key]) for key in ("due", *verdicts)]
        rows.append([standard["code"], w(f"mode.{standard['mode']}"), *figures])
    if len(rows) > 1:
        counted = sums(told["clauses"])
        rows.append([w("page.all"), "", *(fmt.count(counted[key]) for key in ("due", *verdicts))])
    return f"## {w('artifact.verdicts')}\n\n{table(heads, rows, '--' + 'r' * (len(verdicts) + 1))}"


def _again(brief: Brief) -> str:
    w = brief.w
    return f"## {w('artifact.again')}\n\n{cell(Code(brief.told['again']))} {w('artifact.same')}"


def read_rows(told: Told) -> list[dict[str, Any]]:
    """What was read as the rows of a table; a snapshot is read without stamps."""
    return [
        {
            "read": one["what"],
            "rows": one["rows"],
            "seconds": "" if one["milliseconds"] is None else f"{one['milliseconds'] / 1000:.3f}",
            "newest row": one["newest"],
        }
        for one in told["reads"]
    ]


def gap_rows(told: Told, lang: str) -> list[dict[str, Any]]:
    """The data gaps of a summary as the rows of a table: what, why, how much, and what to do."""
    w = Brief(told, lang).w
    gaps: list[dict[str, Any]] = harmless(told)["gaps"]
    return [
        {
            "field": gap["field"],
            "why": w.or_else(f"reason.{gap['reason']}", gap["reason"]),
            "records": gap["records"],
            "duties": gap["duties"],
            "do": w(f"gap_do.{gap['reason']}", n=gap["records"]),
            "clauses": ", ".join(gap["clauses"]),
        }
        for gap in gaps
    ]
