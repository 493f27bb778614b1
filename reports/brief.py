"""A run in a few lines, for terminal and artifact: the four audits, sections, what needs somebody."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from reports import format as fmt
from reports.view.clauses import section_key
from reports.words import Catalogue, words

Told = dict[str, Any]


class AuditLine(NamedTuple):
    """One of the four: its word, ``k`` of ``n``, and the rest in words."""

    word: str
    name: str
    k: str
    n: str
    said: str
    clauses: int
    judged: int
    breached: int


class Need(NamedTuple):
    """What somebody must look at: found, where, what to do."""

    found: str
    where: str
    do: str


class Brief:
    """What a run told (``flows.auditing.summary``), in one language."""

    def __init__(self, told: Told, lang: str) -> None:
        self.told, self.w = told, words(lang)
        self.lang = self.w.lang

    def period(self) -> str:
        """The period's full name."""
        return fmt.period(self.told["period"]["key"], self.lang)

    def audits(self) -> list[AuditLine]:
        """The four, in the mission's order."""
        return [self._audit(audit) for audit in self.told["audits"]]

    def _audit(self, audit: Told) -> AuditLine:
        say = {"timing": _timing, "acceptance": _acceptance, "survey": _survey, "qa": _qa}[audit["id"]]
        if audit["word"] == "unconnected" or audit["figures"] is None:
            k, n, said = "", "", self.w("run.unconnected", sources=", ".join(audit["needs"]))
        elif audit["word"] == "none_due":
            k, n, said = "", "", self.w("run.none_due")
        else:
            k, n, said = say(self, {**audit["figures"], "word": audit["word"]})
        name = self.w(f"run.audit.{audit['id']}")
        clauses = len(audit["connected"])
        return AuditLine(audit["word"], name, k, n, said, clauses, audit["n"], audit["breached"])

    def sections(self) -> list[tuple[str, list[tuple[str, Told]]]]:
        """Standard -> sections with the sums of their judged clauses: ``due`` and each verdict."""
        out = []
        for standard in self.told["standards"]:
            code = standard["code"]
            mine = [c for c in self.told["clauses"] if c["standard"] == code and c["state"] == "judged"]
            places = dict.fromkeys(c["place"].split("·")[0] for c in sorted(mine, key=section_key))
            rows = []
            for place in places:
                here = [c for c in mine if c["place"].split("·")[0] == place]
                rows.append((self.w.or_else(f"section.{code}.{place}", place), sums(here)))
            out.append((code, rows))
        return out

    def verdicts(self) -> tuple[str, ...]:
        """Verdicts that a line shows: pending only while the period runs."""
        running = self.told["totals"]["pending"] or not self.told["period"]["closed"]
        return ("breached", "no_data", *(("pending",) if running else ()), "not_applicable", "met")

    def needs(self) -> list[Need]:
        """Alarms, mails without a good end, and data gaps that a connection would close."""
        told, w = self.told, self.w
        needs = [Need(alarm, told["source"], "clausewatch doctor") for alarm in told["alarms"]]
        fates = {fate: told["notices"].get(fate, 0) for fate in ("unknown", "refused", "failed")}
        needs += [
            Need(w(f"artifact.{fate}_mail", n=n), told["source"], "clausewatch notices")
            for fate, n in fates.items()
            if n
        ]
        for gap in told["gaps"]:
            if gap["reason"] in ("FIELD_NOT_PROVIDED", "UNMAPPED_VALUE", "BEYOND_CALENDAR"):
                found = w("artifact.gap", n=gap["records"], cause=w(f"reason.{gap['reason']}"))
                needs.append(Need(found, gap["field"], w(f"gap_do.{gap['reason']}", n=gap["records"])))
        return needs

    def coverage(self) -> str:
        """How much of the binding standards is judged."""
        binding = {s["code"] for s in self.told["standards"] if s["mode"] == "binding"}
        states = [c["state"] for c in self.told["clauses"] if c["standard"] in binding]
        judged = states.count("judged")
        return self.w("run.coverage_said", n=judged, m=judged + states.count("unconnected"))

    def day(self, instant: str) -> str:
        """The local day of an instant in the results."""
        return instant[5:10]


def sums(clauses: Iterable[Told]) -> Told:
    """Counts of clauses together, and ``due``."""
    mine = list(clauses)
    names = ("breached", "no_data", "pending", "not_applicable", "met")
    counted: Told = {name: sum(c["counts"][name] for c in mine) for name in names}
    return {"due": sum(c["population"] for c in mine), **counted}


def _timing(brief: Brief, figures: Told) -> tuple[str, str, str]:
    clocks = {"elapsed": figures["late_elapsed"], "hours": figures["late_open_hours"]}
    return fmt.count(figures["late"]), fmt.count(figures["n"]), brief.w("run.timing", **clocks)


def _acceptance(brief: Brief, figures: Told) -> tuple[str, str, str]:
    said = brief.w("run.acceptance_none")
    if running := figures["running"]:
        said = brief.w("run.acceptance_running", n=len(running))
        if dues := [row["due"] for row in running if row["due"]]:
            said += brief.w("run.acceptance_next", day=brief.day(min(dues)))
    return fmt.count(figures["late"]), fmt.count(figures["n"]), said


def _survey(brief: Brief, figures: Told) -> tuple[str, str, str]:
    cohort, running, sent = figures["cohort"], figures["running"], figures["sent_in_time"]
    k, n, said = "", "", brief.w("run.survey_none")
    if cohort:
        k, n = fmt.count(cohort["numerator"]), fmt.count(cohort["denominator"])
        said = brief.w("run.survey_need", need=cohort["need_80"])
        if figures["word"] == "breached" != cohort["verdict"] and sent:  # beside the word: what broke it
            said = brief.w("run.survey_sent", k=k, m=n)
            k, n = fmt.count(sent["met"]), fmt.count(sent["n"])
    if running:
        values = {"k": running["numerator"], "m": running["denominator"], "n": running["shortfall"]}
        key = "run.survey_running" if running["shortfall"] else "run.survey_reached"
        said += brief.w(key, cohort=fmt.period_short(running["key"], brief.lang), **values)
    return k, n, said


def _qa(brief: Brief, figures: Told) -> tuple[str, str, str]:
    key = "run.qa_short" if figures["shortfall"] else "run.qa_enough"
    said = brief.w(key, need=figures["need"], n=figures["shortfall"])
    return fmt.count(figures["passed"]), fmt.count(figures["n"]), said


def step_name(w: Catalogue, step: str) -> str:
    """What a step is called."""
    return w.or_else(f"step.name.{step}", step.replace("_", " "))
