"""The head of the front page: what the report is of, its one sentence, and the banner of a trial."""

import re
from collections import Counter

from reports import format as fmt
from reports.runs import worded
from reports.view.base import Page, View, styled
from reports.view.tile_rates import sent_late
from reports.words import Run

#: The words of the sentence's first part, in the order they are said.
_WORDS = ("met", "breached", "undecided", "pending", "none_due", "unconnected")
_KINDS = {
    r"\d{4}-\d\d-\d\d": "day",
    r"\d{4}-W\d\d": "week",
    r"\d{4}-\d\d": "month",
    r"\d{4}-Q\d": "quarter",
    r"\d{4}": "year",
}


def head(page: Page) -> View:
    """Title, the line above it, the sentence and the banner."""
    return {
        "title": page.w(f"report.{_kind(page.results['period']['key'])}"),
        "eyebrow": _eyebrow(page),
        "sentence": sentence(page),
        "banner": _banner(page),
    }


def _kind(key: str) -> str:
    return next((kind for form, kind in _KINDS.items() if re.fullmatch(form, key)), "other")


def _eyebrow(page: Page) -> list[str]:
    parts = [page.period]
    for standard in page.results["standards"]:
        if standard["mode"] == "binding":
            title = page.say(standard["title"])
            mode = page.w("mode.binding")
            edition = standard["edition"]
            parts.append(
                page.w("front.standard", title=title, code=standard["code"], edition=edition, mode=mode)
            )
    if not page.results["period"]["closed"]:
        parts.append(page.w("front.running", at=page.at(page.results["as_of"])))
    if page.life["reconstructed"]:
        parts.append(page.w("front.reconstructed", date=page.day(page.life["extracted_at"])))
    elif page.life["first_report"]:
        parts.append(page.w("front.first"))
    return parts


def sentence(page: Page) -> list[Run]:
    """The one sentence: how many of the four audits are met, breached, and so on; then by how much."""
    audits = page.results["audits"]
    if all(audit["word"] == "met" and not audit["missing"] for audit in audits):
        return page.w.runs("sentence.all_met", period=page.period_short, n=sum(a["n"] for a in audits))
    stop = "。" if page.lang == "zh" else ". "
    runs = page.w.runs("sentence.opening", period=page.period_short) + _tally(page) + styled(stop)
    losses = [_part(page, audit) for audit in audits if audit["word"] not in ("met", "unconnected")]
    losses += _without_source(page, [audit["id"] for audit in audits if audit["word"] == "unconnected"])
    gains = [_part(page, audit) for audit in audits if audit["word"] == "met"]
    comma, semicolon, full = ("，", "；", "。") if page.lang == "zh" else (", ", "; ", ".")
    text = semicolon.join(comma.join(part) for part in (losses, gains) if part)
    if page.lang == "en":
        text = text[:1].upper() + text[1:]
    return runs + styled(text + full)


def _without_source(page: Page, ids: list[str]) -> list[str]:
    """Audits that nothing is connected for, said at once."""
    names = page.listed([page.w(f"audit.short.{key}") for key in ids])
    many = "unconnected" if len(ids) == 1 or page.lang == "zh" else "unconnected_many"
    return [page.w(f"sentence.plain.{many}", audit=names)] if ids else []


def _tally(page: Page) -> list[Run]:
    words = Counter(_word(audit) for audit in page.results["audits"])
    said = [
        page.w.runs(f"sentence.word.{word}", n=words[word]) for word in (*_WORDS, "met_partly") if words[word]
    ]
    runs: list[Run] = []
    for i, part in enumerate(said):
        if page.lang == "zh":
            runs += styled("、" if i else "")
            runs += part if not i else [Run(part[0].text.lstrip(), part[0].style), *part[1:]]
        else:
            runs += styled("" if not i else " and " if i == len(said) - 1 else ", ") + part
    return [run for run in runs if run.text]


def _word(audit: View) -> str:
    return "met_partly" if audit["word"] == "met" and audit["missing"] else str(audit["word"])


def _part(page: Page, audit: View) -> str:
    """What one audit adds to the sentence."""
    key, word, figures = audit["id"], audit["word"], audit["figures"]
    if word == "met":
        return page.w(f"sentence.met.{key}")
    if word == "breached":
        said = {"timing": _timing, "acceptance": _acceptance, "survey": _survey, "qa": _qa}[key](
            page, figures
        )
        if said:
            return said
    return page.w(f"sentence.plain.{word}", audit=page.w(f"audit.short.{key}"))


def _timing(page: Page, figures: View) -> str:
    late = figures["late"]
    if figures["signed"]:
        return page.w("sentence.timing.breached", n=late)
    clock, other = page.w("clock.mid.open_hours"), figures["late_open_hours"]
    return page.w("sentence.timing.both", n=late, m=other, clock=clock)


def _acceptance(page: Page, figures: View) -> str:
    return page.w("sentence.acceptance.breached", n=figures["late"]) if figures["late"] else ""


def _survey(page: Page, figures: View) -> str:
    parts = []
    cohort, sent = figures["cohort"], figures["sent_in_time"]
    if cohort and cohort["verdict"] == "breached":
        floor = cohort.get("floor", 60) if cohort["band"] == "below" else None
        percent = floor or cohort.get("target", 80)
        short = cohort["need_60" if floor else "need_80"] - cohort["numerator"]
        parts.append(page.w("sentence.survey.short", n=short, percent=percent))
    late = sent_late(page)
    if sent and late:
        parts.append(page.w("sentence.survey.late", n=late))
    return ("，" if page.lang == "zh" else ", ").join(parts)


def _qa(page: Page, figures: View) -> str:
    return page.w("sentence.qa.breached", n=figures["shortfall"]) if figures["shortfall"] else ""


def _banner(page: Page) -> list[View] | None:
    """Lines of expected runs that did not come, and of a source that does not mail everybody yet; None else."""
    missed = [worded(one, page.lang) for one in page.life.get("missed_runs", ())]
    said = [{"runs": styled(one), "code": "", "icon": ""} for one in missed]
    return said + (_trial(page) or []) or None


def _trial(page: Page) -> list[View] | None:
    """Lines of a source that does not mail everybody yet; None when it is live."""
    mode, notices = page.life["mode"], page.life["notices"]
    if mode == "live":
        return None
    runs = page.w.runs(f"banner.{mode}")
    if mode == "preview":
        live_from = page.life["live_from"]
        values = {"n": would_go(notices), "people": notices.get("people", 0)}
        gap = styled("" if page.lang == "zh" else " ")
        said = (
            page.w.runs("banner.would", date=page.day(live_from), **values)
            if live_from
            else page.w.runs("banner.would_now", **values)
        )
        runs = runs + gap + said
    lines = [{"runs": runs, "code": "", "icon": ""}]
    if page.life["live_from"]:
        baseline = page.life["finding_marks"]["baseline"]
        still_open = page.life["since"]["baseline"]
        later = len(page.result.findings) - _baseline_here(page)
        day = page.day(page.life["live_from"])
        values = {"n": baseline, "open": still_open, "m": later, "date": day}
        source = page.results["source"]
        step = f"clausewatch live {source} --from {page.life['live_from'][:10]}"
        step += " --pilot" if mode == "preview" else ""
        lines.append({"runs": page.w.runs("banner.baseline", **values), "code": step, "icon": "baseline"})
    return lines


def would_go(notices: View) -> int:
    """Mails that a preview holds back; one mail may tell of many matters."""
    mails: int = notices["mails"] if "mails" in notices else notices.get("preview", 0)
    return mails


def _baseline_here(page: Page) -> int:
    """Baseline findings among those listed: the period's own."""
    return sum("baseline" in marks.split("|") for marks in page.result.findings["marks"])


def coverage_line(page: Page) -> str:
    """How much of the binding standards is judged, the cheapest next source, the gaps, and ``as_of``."""
    mine = [c for c in page.results["clauses"] if c["standard"] in page.binding]
    judged = sum(c["state"] == "judged" for c in mine)
    unconnected = sum(c["state"] == "unconnected" for c in mine)
    text = page.w("coverage.line", n=judged, m=judged + unconnected, k=unconnected)
    if not unconnected:
        text = page.w("coverage.whole", n=judged)
    if beside := sum(
        c["state"] == "judged" and c["standard"] not in page.binding for c in page.results["clauses"]
    ):
        text += page.w("coverage.reference", n=beside)
    if best := next(iter(next_sources(page)), None):
        text += page.w("coverage.next", source=page.entity(best["entity"]), gain=best["gain"])
    gaps, duties = len(page.results["gaps"]), page.results["totals"]["no_data"]
    said = page.w("coverage.gaps", n=gaps, duties=duties) if gaps else page.w("coverage.no_gaps")
    as_of = page.results["as_of"]
    stamp = fmt.instant(as_of, page.zone)
    last = page.w("coverage.as_of", at=stamp, offset=fmt.offset(as_of))
    return text + page.stop() + (said + last if page.lang == "zh" else f"{said} {last}")


def next_sources(page: Page) -> list[View]:
    """Sources that are missing, the one that connects most clauses for the fewest fields first.

    Each: ``entity``, ``gain`` (clauses it connects alone), ``clauses`` (all that wait for it).
    """
    waiting: dict[str, list[str]] = {}
    alone: Counter[str] = Counter()
    for clause in page.results["clauses"]:
        if clause["state"] != "unconnected":
            continue
        entities = sorted({name.split(".")[0] for name in clause["missing"]})
        for entity in entities:
            waiting.setdefault(entity, []).append(clause["id"])
        if len(entities) == 1:
            alone[entities[0]] += 1
    rows = [{"entity": e, "gain": alone[e], "clauses": ids} for e, ids in waiting.items()]
    alone_first = [step["connect"][0] for step in page.results.get("next", ()) if len(step["connect"]) == 1]
    cheap = {name.split(".")[0]: place for place, name in reversed(list(enumerate(alone_first)))}
    last = len(cheap)
    return sorted(
        rows,
        key=lambda row: (cheap.get(row["entity"], last), -row["gain"], -len(row["clauses"]), row["entity"]),
    )
