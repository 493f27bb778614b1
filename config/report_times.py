"""Whether the schedules send what ``reports.yaml`` says they send; what they never would is said with its cure."""

from typing import Final

from audits.errors import WrongUse
from audits.instants import DAY
from config.due import due_between
from config.reports import Report, ReportsFile
from config.rule_reading import RuleFile
from config.schedules import Schedule, SchedulesFile, load_schedules
from config.settings import Settings

#: A quarter's first working day comes round in less.
_FAR: Final = 400 * DAY


def unsent(settings: Settings, at: int) -> dict[str, WrongUse]:
    """Reports by name whose ``when`` is no schedule that sends them; never raised, but told.

    A report without ``when`` is sent by hand, one that is off by nobody: of these only a wrong name is told.

    Args:
        at: instant from which on a schedule should run, microseconds.

    Raises:
        WrongUse: one of the two files is wrong.
    """
    in_force = load_schedules(settings).by_name
    schedules = RuleFile(settings.schedules, SchedulesFile)
    reports = RuleFile(settings.reports, ReportsFile)
    out = {}
    for name, report in reports.data.reports.items():
        if report.when and (said := _fault(name, report, schedules, in_force, at)):
            out[name] = reports.wrong(("reports", name, "when"), *said)
    return out


def _fault(
    name: str, report: Report, file: RuleFile[SchedulesFile], in_force: dict[str, Schedule], at: int
) -> tuple[str, str] | None:
    """What is wrong with a report's ``when``, and what to do; None where it runs."""
    written, where = file.data.schedules.get(report.when), file.where(("schedules", report.when))
    if written is None:
        mine = [one for one, block in file.data.schedules.items() if block.report == name]
        do = f"write `when: {mine[0]}`" if mine else f"add {report.when} to {file.path}, or leave `when` out"
        return f"report {name}: {file.path} has no schedule {report.when!r}", do
    if written.report != name:
        sends = f"report {written.report}" if written.report else f"flow {written.flow}"
        do = f"name a schedule of this report, or write `report: {name}` at {where}"
        return f"report {name}: the schedule {report.when} runs {sends}", do
    if not report.enabled:
        return None
    if report.when not in in_force:
        do = f"take `off: true` away at {where}, or write `enabled: false` here"
        return f"report {name}: the schedule {report.when} is off", do
    if _never(in_force[report.when], at):
        do = f"mend `cron` or `on` at {where}"
        return f"report {name}: the schedule {report.when} never runs: no day is both its cron's and due", do
    return None


def _never(schedule: Schedule, at: int) -> bool:
    """Whether it falls due on no day of a year back and one ahead, as far as the calendar knows days."""
    ahead, back = due_between(schedule.rule, at, at + _FAR), due_between(schedule.rule, at - _FAR, at)
    return not ahead.instants and not back.instants and None in (ahead.unknown, back.unknown)
