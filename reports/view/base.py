"""What every part of a report asks for: words, instants and names in one language."""

from functools import cached_property
from typing import Any, Final

from audits.model import MODEL
from reports import format as fmt
from reports.result_set import ResultSet, Say
from reports.words import Run, words

#: Verdicts in the order of every line: the breach first, so that bars compare from below.
VERDICTS: Final = ("breached", "no_data", "not_applicable", "met")
VERDICTS_RUNNING: Final = ("breached", "no_data", "pending", "not_applicable", "met")

View = dict[str, Any]


class Page:
    """A result set seen in one language; the parts of the view are made with it."""

    def __init__(self, result: ResultSet, lang: str) -> None:
        self.result = result
        self.results = result.results
        self.life = result.life
        self.w = words(lang)
        self.lang = self.w.lang
        self.zone: str = self.results["zone"]
        self.near = fmt.Near(self.results["period"]["start"], self.results["as_of"])

    @cached_property
    def clauses(self) -> dict[str, View]:
        """Clause id -> its entry in the results."""
        return {clause["id"]: clause for clause in self.results["clauses"]}

    @cached_property
    def binding(self) -> frozenset[str]:
        """Codes of the standards whose findings escalate."""
        return frozenset(s["code"] for s in self.results["standards"] if s["mode"] == "binding")

    @cached_property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts that a line shows: in a closed period nothing is pending."""
        pending = self.results["totals"]["pending"] or not self.results["period"]["closed"]
        return VERDICTS_RUNNING if pending else VERDICTS

    @cached_property
    def period(self) -> str:
        """The period's full name."""
        return fmt.period(self.results["period"]["key"], self.lang)

    @cached_property
    def period_short(self) -> str:
        """The period's name without its year."""
        return self.month(self.results["period"]["key"])

    def month(self, key: str) -> str:
        """Short name of a period or cohort of this year, full name of another's."""
        same = key[:4] == self.results["period"]["key"][:4]
        return (fmt.period_short if same else fmt.period)(key, self.lang)

    def say(self, text: Say | None) -> str:
        """Words that stand in both languages, or a code."""
        return text[self.lang] if isinstance(text, dict) else text or ""

    def title(self, clause: str) -> str:
        """A clause's title; its id where the results do not know it."""
        return self.say(self.clauses[clause]["title"]) if clause in self.clauses else clause

    def at(self, instant: str | int | None, seconds: bool = False) -> str:
        """An instant in the business's zone; a dash for none."""
        return fmt.instant(instant, self.zone, self.near, seconds) if instant else fmt.NONE

    def day(self, instant: str | None) -> str:
        """The local day of an instant or date; a dash for none."""
        return fmt.day(instant, self.zone, self.near) if instant else fmt.NONE

    def span(self, us: int | None, open_hours: bool = False) -> str:
        """A length of time; a dash for none."""
        return fmt.NONE if us is None else fmt.duration(us, self.lang, open_hours)

    def limit(self, limit: View | None) -> str:
        """A limit as the standard says it; "" for none."""
        return fmt.limit(limit["amount"], limit["unit"], self.lang) if limit else ""

    def entity(self, name: str) -> str:
        """What a source's records are called."""
        if name in MODEL:
            return MODEL[name].zh if self.lang == "zh" else MODEL[name].en
        return self.w.or_else(f"entity.{name}", name)

    def section(self, standard: str, place: str) -> str:
        """Title of the document's section that holds this place; "" where we have none."""
        return self.w.or_else(f"section.{standard}.{place.split('·', maxsplit=1)[0]}", "")

    def verdict(self, verdict: str) -> View:
        """A verdict as state and word."""
        return {"state": verdict, "text": self.w(f"verdict.{verdict}")}

    def listed(self, parts: list[str]) -> str:
        """A list inside a sentence."""
        return fmt.joined(parts, self.lang)

    def stop(self) -> str:
        """What ends a sentence, with the gap before the next one."""
        return "。" if self.lang == "zh" else ". "


def plain(runs: list[Run]) -> str:
    """The text of runs without their styles."""
    return "".join(run.text for run in runs)


def styled(text: str, style: str = "") -> list[Run]:
    """One run, or none for an empty text."""
    return [Run(text, style)] if text else []
