"""When what runs by itself: ``config/schedules.yaml``, read and checked against our calendar."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter

from audits.calendars import WorkingCalendar
from config.calendars import load_calendar
from config.calendars.reading import Part
from config.cron import parse_cron
from config.due import On, PeriodUnit, Rule
from config.reports import Report, load_reports
from config.rule_reading import RuleFile
from config.settings import Settings

HOME: Final = Path(__file__).resolve().parent
SCHEMA: Final = "schedules.schema.json"
FlowName = Literal["audit", "watch", "mailing", "report", "housekeeping"]
#: Flows that work on one source; the others do what is to do for all.
OF_A_SOURCE: Final = frozenset({"audit", "watch", "report"})
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_PAGE: Final = "docs/schedules.md"


class ScheduleBlock(Part):
    """One schedule as it is written."""

    flow: FlowName = Field(description="what runs")
    cron: str = Field(description="minute hour day month weekday, in the zone")
    zone: str = Field("", description="IANA zone of the cron; default: the calendar's")
    on: On = Field("every day", description="on which of the cron's days, by our calendar")
    source: str = Field("", description="mapping in config/crm/; default: the one in the settings")
    report: str = Field("", description="name of the report to send; for flow report alone")
    period: PeriodUnit | None = Field(None, description="period of an audit; default: month")
    off: bool = Field(False, description="true: it does not run, and nobody misses it")


class SchedulesFile(Part):
    """The file."""

    format: Literal[1] = Field(alias="schema")
    late_after_minutes: int = Field(
        30, ge=1, le=1440, description="a run that has not begun by then is late, and an alarm"
    )
    schedules: dict[str, ScheduleBlock] = Field(description="by name")


@dataclass(frozen=True)
class Schedule:
    """One schedule in force.

    Attributes:
        name: of the schedule, and of its deployment.
        cron: as it is written.
        source: what it works on; "" for a flow that serves all sources.
        report: the report's name; "" for other flows.
        unit: what its periods are; None for flows without one.
    """

    name: str
    flow: FlowName
    cron: str
    source: str
    report: str
    unit: PeriodUnit | None
    rule: Rule

    @property
    def parameters(self) -> dict[str, str]:
        """What its flow is given by the scheduler; period and source of an audit are chosen when it runs."""
        given = {"report": self.report, "source": self.source if self.flow in ("watch", "report") else ""}
        return {name: value for name, value in given.items() if value}

    @property
    def text(self) -> str:
        """All that decides when it is due and what it does; a change makes it another schedule."""
        rule = self.rule
        return f"{self.flow} {self.cron} {rule.zone} {rule.on} {self.source} {self.report} {self.unit or ''}"


@dataclass(frozen=True)
class Schedules:
    """What runs by itself.

    Attributes:
        by_name: schedules in force, in the order of the file.
        late_after: microseconds after which a run that has not begun is late.
    """

    by_name: dict[str, Schedule]
    late_after: int
    calendar: WorkingCalendar

    def of(self, flow: FlowName) -> list[Schedule]:
        """The schedules of one flow."""
        return [one for one in self.by_name.values() if one.flow == flow]


def load_schedules(settings: Settings) -> Schedules:
    """The schedules in force; those that are ``off``, or whose report is, are left out.

    Raises:
        WrongUse: the file or the calendar is wrong; file and line are named.
    """
    file = RuleFile(settings.schedules, SchedulesFile, _PAGE)
    calendar = load_calendar(settings.calendar, settings.company_calendar)
    found = {
        name: _schedule(file, name, block, settings, calendar) for name, block in file.data.schedules.items()
    }
    reports = load_reports(settings.reports).reports
    in_force = {
        name: one
        for name, one in found.items()
        if not file.data.schedules[name].off and (not one.report or reports[one.report].enabled)
    }
    return Schedules(in_force, file.data.late_after_minutes * 60_000_000, calendar)


def _schedule(
    file: RuleFile[SchedulesFile],
    name: str,
    block: ScheduleBlock,
    settings: Settings,
    calendar: WorkingCalendar,
) -> Schedule:
    place = ("schedules", name)
    if not _NAME.fullmatch(name):
        raise file.wrong(place, f"{name!r} is no name", "write small letters, digits and dashes")
    if (block.flow == "report") != bool(block.report):
        found = f"{name}: flow {block.flow} {'has no' if block.flow == 'report' else 'takes no'} report"
        do = "name one of config/reports.yaml" if block.flow == "report" else "leave `report` out"
        raise file.wrong((*place, "report"), found, do)
    if block.period and block.flow != "audit":
        raise file.wrong((*place, "period"), f"{name}: flow {block.flow} takes no period", "leave it out")
    zone = block.zone or calendar.zone_name
    try:
        cron = parse_cron(block.cron)
    except ValueError:
        do = "write minute hour day month weekday, e.g. `0 2 * * *`"
        raise file.wrong((*place, "cron"), f"{name}: {block.cron!r} is no cron", do) from None
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        do = "give an IANA name such as Asia/Shanghai"
        raise file.wrong((*place, "zone"), f"{name}: unknown time zone {zone!r}", do) from None
    rule = Rule(cron, zone, block.on, calendar)
    source = (block.source or settings.source) if block.flow in OF_A_SOURCE else ""
    unit: PeriodUnit | None = (block.period or "month") if block.flow == "audit" else None
    if block.flow == "report":
        report = _report(file, name, block, settings)
        source, unit = report.source or settings.source, report.period.value
    return Schedule(name, block.flow, block.cron, source, block.report, unit, rule)


def _report(file: RuleFile[SchedulesFile], name: str, block: ScheduleBlock, settings: Settings) -> Report:
    """The report that a schedule sends."""
    known = load_reports(settings.reports).reports
    if block.report not in known:
        found = f"{name}: there is no report {block.report!r}"
        raise file.wrong(("schedules", name, "report"), found, f"choose from {', '.join(known)}")
    if block.source:
        do = f"write it under {block.report} in {settings.reports}"
        raise file.wrong(("schedules", name, "source"), f"{name}: flow report takes no source", do)
    return known[block.report]


def schema_text() -> str:
    """The grammar as JSON Schema for editors, as it is committed."""
    found: dict[str, Any] = TypeAdapter(SchedulesFile).json_schema(by_alias=True)
    found |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Clausewatch schedules"}
    return json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
