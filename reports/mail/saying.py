"""How mails speak of instants and lengths of time: today and yesterday by name, the zone said once at the end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from audits.instants import DAY, HOUR, MINUTE, NAT
from reports.format import instant, limit, local, month_name, offset, spoken, weekday, weekday_name
from reports.mail.blocks import Rich, bold
from reports.words import Catalogue, words

_LAST: timedelta = timedelta(microseconds=1)


@dataclass(frozen=True)
class Voice:
    """The words of one mail: its language, zone and the instant it speaks from (microseconds)."""

    lang: str
    zone: str
    as_of: int

    @property
    def say(self) -> Catalogue:
        """The catalogue: ``say(key, **values)``."""
        return words(self.lang)

    def first(self, *keys: str) -> Callable[..., str]:
        """The catalogue's text for the first key it knows."""
        key = next(one for one in keys if self.say.has(one))
        return lambda **values: self.say(key, **values)

    def rich(self, text: str) -> Rich:
        """A text in which ``bold`` marks what stands out."""
        return Rich(text)

    def moment(self, at: int) -> str:
        """``今天 12:25``, ``12:25 today``; further off with its date. The end of a day is 24:00."""
        stamp, clock = self._local(at)
        today = local(self.as_of, self.zone).date()
        apart = (stamp.date() - today).days
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(apart)
        if near:
            return self.say(f"mail.when.{near}", clock=clock)
        return self.say("mail.when.other", day=self._day(stamp), clock=clock)

    def inside(self, text: str) -> str:
        """The text inside a sentence: Chinese sets a space between a sign and a figure."""
        return f" {text}" if self.lang == "zh" and text[:1].isascii() and text[:1].isdigit() else text

    def full(self, at: int) -> str:
        """``10 月 9 日（周五）16:10``, ``Friday 9 October, 16:10``."""
        stamp, clock = self._local(at)
        day, name = self._day(stamp), weekday_name(stamp, self.lang)
        return self.say("mail.when.full", day=day, weekday=name, clock=clock)

    def date(self, at: int) -> str:
        """``10 月 9 日（周五）``, ``Friday 9 October``."""
        stamp, _ = self._local(at)
        name = weekday_name(stamp, self.lang)
        return self.say("mail.when.date", day=self._day(stamp), weekday=name)

    def short(self, at: int) -> str:
        """``10-13``, for subjects and tables."""
        return self._local(at)[0].strftime("%m-%d")

    def clock(self, at: int) -> str:
        """``12:25``; the end of a day is 24:00."""
        return self._local(at)[1]

    def stamp(self, at: int) -> str:
        """``10-28 11:20``."""
        return f"{self.short(at)} {self.clock(at)}" if at != NAT else "–"

    def as_of_said(self) -> str:
        """``2026-10-13 08:30 (UTC+8)``."""
        here = local(self.as_of, self.zone)
        return f"{instant(self.as_of, self.zone)} ({offset(here.isoformat())})"

    def length(self, us: int) -> str:
        """A length of time in a sentence; from a day on nobody asks for the minutes."""
        if HOUR <= us < DAY and us % HOUR < MINUTE:
            return limit(us - us % HOUR, "us", self.lang)
        if us < DAY:
            return spoken(us, self.lang)
        return self.say("mail.days_hours", d=us // DAY, h=us % DAY // HOUR)

    def b(self, text: str) -> str:
        """The text marked to stand out."""
        return bold(text)

    def _local(self, at: int) -> tuple[datetime, str]:
        stamp = local(at, self.zone)
        if (stamp + _LAST).date() != stamp.date():
            return stamp, "24:00"
        return stamp, stamp.strftime("%H:%M")

    def _day(self, stamp: datetime) -> str:
        month = month_name(stamp.month, self.lang)
        day = self.say("mail.when.day", d=str(stamp.day), month=month)
        same = stamp.year == local(self.as_of, self.zone).year
        return day if same else self.say("mail.when.year", day=day, year=str(stamp.year))


def short_weekday(stamp: datetime, lang: str) -> str:
    """``周五``, ``Fri``."""
    name = weekday(stamp.date(), lang)
    return f"周{name}" if lang == "zh" else name
