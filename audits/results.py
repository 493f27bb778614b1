"""``results.json``: everything one audit found, as plain data; a function of snapshot and ``as_of`` alone."""

from datetime import date, timedelta
from typing import Any, Final

from audits.bridges import bridge, chain, due_days, falling_due, open_earlier, teams
from audits.counting import VERDICTS, ClauseCounts, count_clauses
from audits.coverage import next_steps
from audits.effects import effects
from audits.gaps import gaps, unmapped, violations
from audits.judge import Judged
from audits.marking import MARKS, Known, mark_counts, no_marks
from audits.missions import four_audits
from audits.saying import iso
from audits.side_by_side import side_by_side
from audits.team_mix import team_mix
from audits.times import times
from audits.words import Words

SCHEMA: Final = 1


def results(
    judged: Judged, snapshot: dict[str, Any], engine: str, source_title: Words, known: Known | None = None
) -> dict[str, Any]:
    """Build the result set of one audit.

    Args:
        judged: what was found.
        snapshot: ``hash`` of what the folder holds (frames and rules, not when it was filled) and ``frames``
            (rows and sha256 of each).
        engine: version of this program.
        source_title: name of the source in both languages.
        known: acts and mailing as the snapshot holds them: they mark breaches, and change no verdict.

    Returns:
        Plain data without floats; lists are sorted by what names their rows.
    """
    lines = count_clauses(judged)
    marked = mark_counts(judged, known or Known())
    clauses = [_clause(line, marked) for line in lines]
    happened, not_accepted = chain(judged)
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "engine": engine,
        "source_title": _pair(source_title),
        "snapshot": snapshot,
        **_asked(judged),
        **_listed(judged),
        "audits": four_audits(judged, lines),
        "clauses": clauses,
        "chain": happened,
        "delivered_without_acceptance": not_accepted,
        "next": next_steps(judged, clauses),
        "not_applicable": _not_applicable(lines),
        "totals": _totals(lines),
        "marks": {name: sum(clause["counts"][name] for clause in clauses) for name in MARKS},
    }
    return found | {"checks": closing_sums(found)}


def _asked(judged: Judged) -> dict[str, Any]:
    """What was judged, at which instant, by what."""
    return {
        "source": judged.facts.source,
        "as_of": iso(judged.as_of, judged.facts.zone),
        "zone": judged.facts.zone,
        "period": _period(judged),
        "standards": _standards(judged),
        "calendar": _calendar(judged),
    }


def _listed(judged: Judged) -> dict[str, Any]:
    """What stands beside the clauses, each a list or table of its own."""
    return {
        "gaps": gaps(judged),
        "unmapped": unmapped(judged),
        "violations": violations(judged),
        "readings": effects(judged),
        "bridge": bridge(judged),
        "open_earlier": open_earlier(judged),
        "teams": teams(judged),
        "team_mix": team_mix(judged),
        "times": times(judged),
        "due_days": due_days(judged),
        "falling_due": falling_due(judged),
        "side_by_side": side_by_side(judged),
    }


def _pair(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _period(judged: Judged) -> dict[str, Any]:
    period, zone = judged.period, judged.facts.zone
    closed = judged.as_of >= period.end
    return {
        "key": period.key,
        "start": iso(period.start, zone),
        "end": iso(period.end, zone),
        "closed": closed,
    }


def _standards(judged: Judged) -> list[dict[str, Any]]:
    return [
        {
            "code": s.code,
            "title": _pair(s.title),
            "edition": s.edition,
            "mode": s.mode,
            "adopted_by": _pair(s.adopted_by),
            "adopted_on": s.adopted_on,
            "in_force_from": s.in_force_from,
        }
        for s in judged.rules.standards.values()
    ]


def _calendar(judged: Judged) -> dict[str, Any]:
    calendar, day = judged.rules.calendar, judged.period.first_day
    days = []
    while day <= judged.period.last_day:
        days.append(_day(judged, day))
        day += timedelta(days=1)
    return {
        "id": calendar.id,
        "version": calendar.version,
        "known_through": calendar.known_through.isoformat(),
        "source": _pair(calendar.source or Words("", "")),
        "days": days,
    }


def _day(judged: Judged, day: date) -> dict[str, Any]:
    calendar = judged.rules.calendar
    kind, name = calendar.kind(day).value, calendar.name(day)
    working = kind in {"working", "make_up", "company_working"}
    why = "" if kind == "working" else kind
    return {
        "date": day.isoformat(),
        "working": working,
        "why": why,
        "name": None if name is None else _pair(name),
    }


def _clause(line: ClauseCounts, marked: dict[str, dict[str, int]]) -> dict[str, Any]:
    card = line.card
    return {
        "id": card.id,
        "standard": card.standard,
        "place": card.place,
        "title": _pair(card.title),
        "kind": card.check,
        "audit": card.audit,
        "decides": card.decides,
        "state": line.state,
        "severity": card.severity,
        "population": line.population,
        "counts": {**line.counts, **marked.get(line.card.id, no_marks())},
        "reasons": line.reasons,
        "other_clock": line.other_clock,
        "edge": line.edge,
        "open_earlier": line.open_earlier,
        "due_later": line.due_later,
        "limit": {"amount": line.limit.amount, "unit": line.limit.unit} if line.limit else None,
        "readings": list(card.readings),
        "missing": list(line.missing),
        "trial": card.trial,
        "basis": card.basis,
        "obligation_key": card.obligation_key,
        "house": [one.plain() for one in card.house],
        "why_not": _pair(card.why_not) if card.why_not else None,
        "attested": line.attested,
        "statistic": line.statistic,
        **_rate_part(line),
    }


def _rate_part(line: ClauseCounts) -> dict[str, Any]:
    blank: dict[str, Any] = {
        "numerator": None,
        "denominator": None,
        "rate": None,
        "band": None,
        "shortfall": None,
        "cohorts": [],
    }
    return blank | line.rate


def _not_applicable(lines: list[ClauseCounts]) -> list[dict[str, Any]]:
    names = {"MERGED", "DUPLICATE", "TEST", "SPAM", "NO_CONDITION", "NONE_DUE"}
    sums: dict[str, int] = {}
    for line in lines:
        for reason, n in line.reasons.items():
            if reason in names:
                sums[reason] = sums.get(reason, 0) + n
    return [{"reason": reason, "n": n} for reason, n in sorted(sums.items())]


def _totals(lines: list[ClauseCounts]) -> dict[str, int]:
    totals = {name: sum(line.counts[name] for line in lines) for name in VERDICTS}
    return {"population": sum(line.population for line in lines), **totals}


def closing_sums(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The sums that must hold before anything is delivered (law 19)."""
    total, clauses = found["totals"], found["clauses"]
    five = [total[name] for name in VERDICTS]
    by_standard = [
        sum(c["population"] for c in clauses if c["standard"] == s["code"]) for s in found["standards"]
    ]
    broken = [c["counts"]["breached"] for c in clauses if c["counts"]["breached"]]
    timing = next(audit["figures"] for audit in found["audits"] if audit["id"] == "timing") or {"rows": []}
    limits = [c for c in clauses if c["audit"] == "timing" and c["kind"] == "deadline"]
    sums = [
        _sum("verdicts_sum", five, total["population"]),
        _sum("clauses_sum", [c["population"] for c in clauses if c["population"]], total["population"]),
        _sum("standards_sum", by_standard, total["population"]),
        _sum("teams_sum", [team["population"] for team in found["teams"]], total["population"]),
        _sum("due_days_sum", [day["population"] for day in found["due_days"]], total["population"]),
        _sum("breached_sum", broken, total["breached"]),
        _sum("gaps_equal_no_data", [gap["duties"] for gap in found["gaps"]], total["no_data"]),
        _sum("not_applicable_sum", [one["n"] for one in found["not_applicable"]], total["not_applicable"]),
        _sum(
            "front_equals_clauses",
            [row["late"] for row in timing["rows"]],
            sum(c["counts"]["breached"] for c in limits),
        ),
    ]
    sums += _limits_closed(found)
    sums.append(_sum("waived_le_breached", [found["marks"]["waived"]], total["breached"], at_most=True))
    if found["bridge"]:
        first, *rest = found["bridge"]
        sums.append(_sum("bridge_sum", [line["n"] for line in rest], first["n"]))
    if found["period"]["closed"]:
        sums.append(_sum("closed_no_pending", [total["pending"]], 0))
    return sums


def _limits_closed(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Distributions and teams hold every duty that was judged by both clocks, each once; none where none was."""
    if not found["times"]:
        return []
    timed = {row["clause"] for row in found["times"]}
    mine = [c["counts"] for c in found["clauses"] if c["id"] in timed]
    judged = sum(counts["breached"] + counts["met"] for counts in mine)
    deciding = [one for row in found["times"] for one in row["clocks"] if one["deciding"]]
    return [
        _sum("times_sum", [sum(one["bins"]) + one["no_length"] for one in deciding], judged),
        _sum("team_mix_sum", [team["n"] for team in found["team_mix"]["teams"]], judged),
    ]


def _sum(name: str, left: list[int], right: int, *, at_most: bool = False) -> dict[str, Any]:
    total = sum(left)
    return {"id": name, "left": left, "right": right, "holds": total <= right if at_most else total == right}
