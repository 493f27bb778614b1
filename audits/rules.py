"""All that a run judges by: standards, cards, readings, calendar and opening hours, loaded once."""

from dataclasses import dataclass

from audits.calendars import WorkingCalendar
from audits.cards import Card, Readings, Standard
from audits.clocks import OpeningHours


@dataclass(frozen=True)
class Rules:
    """Everything that is not a record.

    Args:
        standards: code -> standard.
        cards: clause id -> card, in the order of the texts.
        readings: readings in force for the period.
        calendar: the state's working days with the house's overrides.
        hours: the house's opening hours (the other clock of every limit).
    """

    standards: dict[str, Standard]
    cards: dict[str, Card]
    readings: Readings
    calendar: WorkingCalendar
    hours: OpeningHours
