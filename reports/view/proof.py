"""The proof behind the front: readings with their effect, the bridge to the CRM's count, the chain, the gaps."""

from reports import format as fmt
from reports.harmless import NAME_LENGTH, names, printable
from reports.view.base import Page, View
from reports.view.front import next_sources
from reports.view.tile_rates import REGISTERS, return_limits


def readings(page: Page) -> View:
    """Readings that change a figure, every option with its effect; the rest by number."""
    every = page.results["readings"]
    shown = [reading for reading in every if reading["effect"]]
    rest = page.w("readings.rest", period=page.period_short, n=len(every) - len(shown))
    return {
        "rows": [_reading(page, reading) for reading in shown],
        "note": rest if shown else page.w("readings.none"),
        "signed": sum(bool(reading["signatures"]) for reading in shown),
    }


def _reading(page: Page, reading: View) -> View:
    widest = max((option["breached"] for option in reading["options"]), default=0)
    in_use = sum(bool(option["in_use_for"]) for option in reading["options"])
    return {
        "question": page.say(reading["question"]),
        "id": reading["id"],
        "options": [_option(page, reading, option, widest, in_use) for option in reading["options"]],
        "signature": _signature(page, reading),
    }


def _option(page: Page, reading: View, option: View, widest: int, in_use: int) -> View:
    text = page.say(option["text"])
    if option["key"] == reading["default"]:
        text = page.w("readings.default", option=text)
    used = len(option["in_use_for"])
    rates = [
        f"{fmt.count(rate['numerator'])} / {fmt.count(rate['denominator'])}"
        for rate in option["rates"]
        if rate["denominator"]
    ]
    counted = bool(widest) or not option["rates"]
    return {
        "text": text,
        "in_use": used > 0,
        "used_for": page.w("readings.for", n=used) if used and in_use > 1 else "",
        "bar": f"{100 * option['breached'] / widest:.1f}" if option["breached"] else "",
        "n": fmt.count(option["breached"]) if counted else _rate_word(page, option["rates"][0]),
        "rates": ("；" if page.lang == "zh" else "; ").join(rates),
    }


def _rate_word(page: Page, rate: View) -> str:
    return page.w(f"verdict.{rate['verdict']}") if rate["verdict"] else page.w("reason.NONE_DUE")


def _signature(page: Page, reading: View) -> View:
    signatures = reading["signatures"]
    if not signatures:
        notes = [page.w("readings.by_default")]
        return {"state": "no_data", "text": page.w("readings.unsigned"), "notes": notes}
    covered = {clause for signature in signatures for clause in signature["clauses"] or reading["clauses"]}
    whole = covered >= set(reading["clauses"])
    notes = []
    for signature in signatures:
        who = f"{signature['by']} · {signature['on']}"
        if signature["clauses"] and not whole:
            who += " · " + page.w("readings.for", n=len(signature["clauses"]))
        notes += [who, *([page.say(signature["why"])] if signature["why"] else [])]
    word = "readings.signed" if whole else "readings.partly"
    return {"state": "met" if whole else "no_data", "text": page.w(word), "notes": notes}


def bridge(page: Page) -> View:
    """The CRM's own count = what fell due and what did not, term by term, so that the printed sum ties out;
    below it what is still open from earlier, which counts in no period again.
    """
    terms: list[View] = []
    for line in page.results["bridge"]:
        if not line["n"] and line["key"] not in ("received", "type_known_due"):
            continue
        key = "due_before" if line["key"] == "received_earlier" and line["n"] > 0 else line["key"]
        sign = ("", "=")[len(terms)] if len(terms) < 2 else (fmt.MINUS if line["n"] < 0 else "+")
        label = page.w(f"bridge.{key}", period=page.period_short)
        terms.append({"sign": sign, "n": fmt.count(abs(line["n"])), "label": label})
    earlier = page.results.get("open_earlier") if terms else None
    return {"terms": terms, "note": page.w("bridge.open_earlier", n=earlier) if earlier else ""}


def chain(page: Page) -> View:
    """What no single clause sees: from delivery to the answered survey."""
    lost = page.results["delivered_without_acceptance"]
    return {
        "links": [
            {"n": fmt.count(link["n"]), "label": page.w.or_else(f"chain.{link['key']}", link["key"])}
            for link in page.results["chain"]
        ],
        "note": page.w("chain.without", n=len(lost)) if lost else page.w("chain.complete"),
        "without": lost,
    }


def gaps(page: Page) -> View:
    """Data gaps by field and reason, and below them one line a missing source."""
    found = page.results["gaps"]
    mapped = {tuple(row["field"].split(".")) for row in page.results["unmapped"]}  # told value by value
    duties = page.results["totals"]["no_data"]
    return {
        "lead": page.w("gaps.lead", n=len(found), duties=duties) if found else page.w("gaps.none"),
        "rows": [_gap(page, gap) for gap in found],
        "total": fmt.count(duties),
        "sources": _sources(page),
        "unmapped": [
            {
                "field": row["field"],
                "value": printable(row["value"], NAME_LENGTH),
                "count": fmt.count(row["count"]),
            }
            for row in page.results["unmapped"]
        ],
        "violations": [
            {
                "field": f"{row['entity']}.{row['field']}",
                "rule": page.w.or_else(f"violation.{row['rule']}", row["rule"]),
                "count": fmt.count(row["count"]),
                "examples": ", ".join(names(row["examples"])),
            }
            for row in page.results["violations"]
            if row["rule"] != "value" or (row["entity"], row["field"]) not in mapped
        ],
    }


def _gap(page: Page, gap: View) -> View:
    reason, n = gap["reason"], gap["records"]
    examples = ", ".join(names(gap["examples"]))
    return {
        "field": gap["field"] or fmt.NONE,
        "reason": reason,
        "cause": page.w(f"reason.{reason}"),
        "records": fmt.count(n),
        "clauses": fmt.count(len(gap["clauses"])),
        "duties": fmt.count(gap["duties"]),
        "do": page.w(f"gap_do.{reason}", n=n) if page.w.has(f"gap_do.{reason}") else fmt.NONE,
        "examples": page.w("gaps.examples", examples=examples) if examples else "",
        "clause_list": gap["clauses"],
    }


def _sources(page: Page) -> View:
    rows = next_sources(page)
    clauses = {clause for row in rows for clause in row["clauses"]}
    return {
        "title": page.w("sources.title", n=len(clauses)),
        "rows": [_source(page, row, first=i == 0) for i, row in enumerate(rows)],
    }


def _source(page: Page, row: View, *, first: bool) -> View:
    entity, gain, waiting = row["entity"], row["gain"], len(row["clauses"])
    return {
        "source": page.entity(entity),
        "cheapest": page.w("sources.cheapest") if first and gain else "",
        "gain": f"+ {gain}" if gain else fmt.NONE,
        "with_others": page.w("sources.with_others", n=waiting) if waiting > gain else "",
        "how": how(page, entity),
    }


def how(page: Page, entity: str) -> str:
    """How a source is connected: the command of its register, or the place in the mapping."""
    if entity in REGISTERS:
        return page.w("connect.register", kind=REGISTERS[entity])
    return page.w("connect.mapping", source=page.results["source"], entity=entity)


def rates(page: Page) -> list[View]:
    """Every rate clause by cohort: integers, limits, shortfall; no interval for a whole population."""
    rows = []
    for clause in page.results["clauses"]:
        if clause["kind"] == "rate" and clause["state"] == "judged":
            limits = _rate_limits(page, clause)
            rows += [_rate(page, clause, cohort, limits) for cohort in clause["cohorts"]]
    return rows


def _rate_limits(page: Page, clause: View) -> tuple[int, ...]:
    """The figures a rate is held against, for the audits that have a bar."""
    if not clause["limit"] or clause["audit"] not in ("qa", "survey"):
        return ()
    target = int(clause["limit"]["amount"])
    return return_limits(page, target) if clause["audit"] == "survey" else (target,)


def _rate(page: Page, clause: View, cohort: View, limits: tuple[int, ...]) -> View:
    k, n = cohort["numerator"], cohort["denominator"]
    title = page.w("rates.cohort", title=page.say(clause["title"]), cohort=page.month(cohort["key"]))
    notes = []
    if limits and n:
        need = fmt.need(n, limits[-1])
        notes.append(page.w("rates.need", need=need))
        if cohort["verdict"] == "pending" and k < need:
            notes.append(page.w("rates.to_go", n=need - k))
        elif k < need:
            notes.append(page.w("rates.short", n=need - k))
        else:
            notes.append(page.w("rates.exact") if k == need else page.w("rates.more", n=k - need))
    notes += [page.w(f"rates.{key}", n=cohort[key]) for key in ("no_data", "excluded") if cohort[key]]
    return {
        "title": title,
        "id": clause["id"],
        "fill": f"{10_000 * k // n / 100 if n else 0:.2f}",
        "ticks": list(limits),
        "rate": fmt.rate(k, n, limits),
        "counts": f"{fmt.count(k)} / {fmt.count(n)}",
        "verdict": page.verdict(cohort["verdict"]),
        "note": ("，" if page.lang == "zh" else ", ").join(notes),
    }


def teams(page: Page) -> View:
    """Duties and verdicts by team, in the order of the organisation; they add up to all duties."""
    rows = [
        {
            "team": team["code"] or page.result.name("team", team["team_id"]) or page.w("teams.none"),
            "counts": [fmt.count(team["counts"][verdict]) for verdict in page.verdicts],
            "due": fmt.count(team["population"]),
        }
        for team in sorted(page.results["teams"], key=lambda team: (not team["team_id"], team["team_id"]))
    ]
    totals = page.results["totals"]
    return {
        "rows": rows,
        "total": [fmt.count(totals[verdict]) for verdict in page.verdicts],
        "due": fmt.count(totals["population"]),
    }
