"""The mail about one matter: what is late, since when, what to do by when, and why this reader gets it."""

from datetime import date

from audits.instants import HOUR, MINUTE, NAT
from reports.format import limit, local, need, rate, weekday_name
from reports.mail.blocks import (
    Ack,
    Bar,
    Block,
    DayCell,
    Days,
    Facts,
    Foot,
    Page,
    Rich,
    Sentence,
    State,
    Todo,
)
from reports.mail.contexts import CountedDay, Item, Matter
from reports.mail.phrases import capital, length, matter_name, why_you
from reports.mail.saying import Voice, short_weekday

#: Room that a bar leaves beyond what was counted, in per cent of it.
_ROOM = 7
#: Up to so much is said in minutes, like the limits of minutes it is compared with.
_GRASPED = 24 * HOUR


def page(matter: Matter, voice: Voice) -> Page:
    """The mail about one record."""
    lead = matter.items[0]
    blocks: list[Block | None] = [
        State(_state(lead, voice), mark=True),
        Sentence(_sentence(matter, voice)),
        _bar(lead, voice),
        _days(matter, voice),
        _todo(matter, voice),
        Ack(voice.say("mail.ack.title"), voice.say(_ack(lead))),
        Facts(voice.say("mail.facts.title"), tuple(_facts(matter, voice))),
        why_you(voice, matter.reader, lead),
        _foot(matter, voice),
    ]
    preview = (
        "" if lead.due == NAT else voice.say("mail.preview.due", due=voice.inside(voice.moment(lead.due)))
    )
    subject = _again(matter, voice) + _subject(lead, matter, voice)
    return Page(voice.lang, subject, preview, tuple(filter(None, blocks)))


def _again(matter: Matter, voice: Voice) -> str:
    """What stands before the subject of a repeat, or of a mail one level further up."""
    if matter.reader.above:
        return voice.say("mail.subject.above") + " "
    if not matter.again:
        return ""
    return voice.say("mail.subject.again", n=matter.again, of=matter.again + matter.repeats) + " "


def _subject(lead: Item, matter: Matter, voice: Voice) -> str:
    name = matter_name(voice, lead)
    if lead.clock == "working_days":
        return voice.say("mail.subject.days", matter=name, n=lead.limit)
    if lead.late == NAT:
        return voice.say("mail.subject.breach", matter=name, title=lead.card.title.in_(voice.lang))
    ask = voice.say(f"mail.ask.{matter.reader.addressee.role}")
    return voice.say("mail.subject.overdue", late=voice.length(lead.late), matter=name, ask=ask)


def _state(lead: Item, voice: Voice) -> str:
    if lead.clock == "working_days":
        return voice.say("mail.state.days", n=lead.limit, when=_ended(lead.due, voice))
    if lead.late == NAT:
        return voice.say("mail.state.breach", title=lead.card.title.in_(voice.lang))
    return voice.say("mail.state.overdue", late=length(voice, lead.late))


def _ended(due: int, voice: Voice) -> str:
    """When the last day ended: yesterday by name, else its date."""
    days = (local(voice.as_of, voice.zone).date() - local(due, voice.zone).date()).days
    name = {0: "today", 1: "yesterday"}.get(days, "other")
    return voice.say(f"mail.state.ended.{name}", **({"day": voice.date(due)} if name == "other" else {}))


def _sentence(matter: Matter, voice: Voice) -> Rich:
    lead = matter.items[0]
    whose = voice.say("mail.whose", customer=voice.b(lead.customer)) if lead.customer else ""
    values = {
        "whose": whose,
        "Kind": capital(voice.say(f"mail.kind.{lead.kind}")),
        "label": voice.b(lead.label),
        "title": lead.card.title.in_(voice.lang),
        "due": voice.inside(voice.moment(lead.due)) if lead.due != NAT else "",
        "step": _step(matter, voice),
    }
    if matter.attested is not None:
        by, doc = matter.attested
        return Rich(voice.say("mail.say.attested", **values, by=by, doc=doc, on=voice.date(lead.anchor)))
    by_title = "mail.say.plain" if NAT in (lead.due, lead.late) else "mail.say.due"
    return Rich(
        voice.first(f"mail.say.{lead.card.id}", f"mail.say.{lead.card.obligation_key}", by_title)(**values)
    )


def _step(matter: Matter, voice: Voice) -> str:
    """Where the acceptance stands: the first step without a stamp."""
    open_step = next((step for step, at in matter.steps if at == NAT), "")
    if not open_step:
        return voice.say("mail.step.open")
    return voice.say("mail.step.at", step=voice.say(f"mail.step.{open_step}"))


def _bar(lead: Item, voice: Voice) -> Bar | None:
    """Counted time against the limit, true to scale."""
    if lead.clock not in ("elapsed", "open_hours") or lead.late == NAT or not lead.limit:
        return None
    used = lead.limit + lead.late
    whole = used + used * _ROOM // 100
    allowed = limit_said(lead.limit, voice) if used >= _GRASPED else _minutes(lead.limit, voice)
    return Bar(
        inside=lead.limit * 1000 // whole,
        beyond=max(lead.late * 1000 // whole, 8),
        used=voice.say(f"mail.bar.{lead.clock}", used=_minutes(used, voice)),
        limit=voice.say("mail.bar.limit", limit=allowed, at=_at(lead.due, voice)),
    )


def limit_said(amount: int, voice: Voice) -> str:
    """A limit of hours or minutes as the standard says it."""
    return limit(amount, "us", voice.lang) if amount % HOUR == 0 else length(voice, amount)


def _minutes(us: int, voice: Voice) -> str:
    """Minutes while they can be grasped, then hours."""
    if us < _GRASPED:
        return f"{us // MINUTE:,} {'分' if voice.lang == 'zh' else 'min'}"
    return voice.length(us)


def _at(due: int, voice: Voice) -> str:
    today = local(due, voice.zone).date() == local(voice.as_of, voice.zone).date()
    return voice.clock(due) if today else voice.stamp(due)


def _days(matter: Matter, voice: Voice) -> Days | None:
    """Working days counted aloud, the present day behind them, and what was skipped."""
    return strip(matter.days, matter.items[0].anchor, voice)


def strip(days: tuple[CountedDay, ...], anchor: int, voice: Voice) -> Days | None:
    """Working days from the day after ``anchor`` on; None without any."""
    if not days:
        return None
    cells = [_day_cell(day, voice) for day in days if day.number]
    today = local(voice.as_of, voice.zone)
    if today.date().isoformat() > days[-1].date:
        note = voice.say("mail.days.late", weekday=short_weekday(today, voice.lang))
        cells.append(DayCell(today.strftime("%m-%d"), "✕", note, "late"))
    start = voice.say("mail.days.start", day=voice.inside(voice.date(anchor)))
    skipped = _skipped([day for day in days if not day.number], voice)
    end = voice.say("mail.days.skipped", days=skipped) if skipped else voice.say("mail.days.none_skipped")
    join = "" if not skipped else "；" if voice.lang == "zh" else "; "
    return Days(tuple(cells), f"{start}{join}{end}")


def _day_cell(day: CountedDay, voice: Voice) -> DayCell:
    stamp = date.fromisoformat(day.date)
    name = short_weekday(local(f"{day.date}T12:00:00+00:00", "UTC"), voice.lang)
    made_up = day.kind in ("make_up", "company_working")
    note = voice.say("mail.days.make_up", weekday=name) if made_up else name
    return DayCell(stamp.strftime("%m-%d"), f"({day.number})", note, "make_up" if made_up else "")


def _skipped(days: list[CountedDay], voice: Voice) -> str:
    """Skipped days, those of one kind that follow each other in one phrase."""
    runs: list[list[CountedDay]] = []
    for day in days:
        if runs and _follows(runs[-1][-1], day):
            runs[-1].append(day)
        else:
            runs.append([day])
    return ("，" if voice.lang == "zh" else ", ").join(_run(run, voice) for run in runs)


def _follows(one: CountedDay, other: CountedDay) -> bool:
    """Whether the other is the next day and skipped for the same reason."""
    apart = date.fromisoformat(other.date) - date.fromisoformat(one.date)
    return apart.days == 1 and (one.kind, one.name) == (other.kind, other.name)


def _run(run: list[CountedDay], voice: Voice) -> str:
    first, last = run[0], run[-1]
    if first.kind == "weekend":
        names = [weekday_name(date.fromisoformat(day.date), voice.lang) for day in run]
        return "、".join(f"{day.date[5:]} {name}" for day, name in zip(run, names, strict=True))
    key = "holiday" if first.kind == "holiday" else "company_off"
    name = first.name[0] if voice.lang == "zh" else first.name[1]
    why = voice.say(f"mail.days.{key}", name=name)
    if first is last:
        return voice.say("mail.days.one", day=first.date[5:], why=why)
    return voice.say("mail.days.run", first=first.date[5:], last=last.date[5:], why=why)


def _todo(matter: Matter, voice: Voice) -> Todo:
    """What is asked: of this clause, else of this role; for cases with the hour."""
    lead, role = matter.items[0], matter.reader.addressee.role
    stem = f"mail.do.{lead.card.id}" if voice.say.has(f"mail.do.{lead.card.id}.1") else f"mail.do.{role}"
    keys = [key for n in (1, 2, 3) if voice.say.has(key := f"{stem}.{n}")]
    items = [Rich(voice.say(key)) for key in keys]
    if lead.subject.startswith("case:"):
        by = matter.act_by > voice.as_of
        text = (
            voice.say("mail.do.case.by", by=voice.b(voice.inside(voice.moment(matter.act_by)))) if by else ""
        )
        items.append(Rich(text or voice.say("mail.do.case.now")))
    return Todo(voice.say("mail.do.title"), tuple(items))


def _ack(lead: Item) -> str:
    entity = lead.subject.partition(":")[0]
    if entity == "case":
        return "mail.ack.case"
    return "mail.ack.officer" if entity == "cohort" else "mail.ack.register"


def _foot(matter: Matter, voice: Voice) -> Foot:
    lead, role = matter.items[0], matter.reader.addressee.role
    once = voice.say("mail.foot.duty_list" if role == "duty_list" else "mail.foot.once")
    if matter.repeats:
        once = voice.say("mail.foot.repeats", n=matter.repeats)
    elif matter.again and not matter.reader.above:
        once = voice.say("mail.foot.last")
    numbers = voice.say(
        "mail.foot.numbers", notice=matter.notice, finding=lead.finding, as_of=voice.as_of_said()
    )
    return Foot((once, numbers))


def _facts(matter: Matter, voice: Voice) -> list[tuple[str, str]]:
    """What a reader needs in order to agree or to object."""
    lead, say = matter.items[0], voice.say
    rows = [(say("mail.fact.clause"), clause_said(lead, voice))]
    if matter.items[1:]:
        also = "；" if voice.lang == "zh" else "; "
        titles = dict.fromkeys(item.card.title.in_(voice.lang) for item in matter.items[1:])
        rows.append((say("mail.fact.also"), also.join(titles)))
    entity = lead.subject.partition(":")[0]
    if lead.anchor != NAT and entity != "cohort":
        keys = (
            f"mail.fact.{entity}.sent",
            f"mail.fact.{lead.kind}",
            f"mail.fact.{entity}",
            "mail.fact.began",
        )
        rows.append((voice.first(*keys)(), voice.full(lead.anchor)))
    if matter.rate:
        rows.append((say("mail.fact.rate"), _rate(*matter.rate, voice)))
    if matter.steps:
        rows.append((say("mail.fact.steps"), _steps(matter, voice)))
    rows += _clock_rows(matter, voice)
    if entity != "cohort":
        owner = "holder" if entity == "case" else "owner"
        held = filter(None, (lead.holder or say("mail.fact.nobody"), lead.team))
        rows.append((say(f"mail.fact.{owner}"), ("，" if voice.lang == "zh" else ", ").join(held)))
    return rows


def clause_said(item: Item, voice: Voice) -> str:
    """Document, the document's own place, and the duty with its limit."""
    standard = item.standard.title.zh if voice.lang == "zh" else item.standard.code
    place = voice.say("mail.fact.clause.text", standard=standard, place=item.card.place)
    if voice.lang == "en":
        return f"{place}: {item.card.title.en}"
    if item.limit:
        days = item.clock == "working_days"
        said = limit(item.limit, "working_days", voice.lang) if days else limit_said(item.limit, voice)
        return voice.say("mail.fact.within", text=place, limit=said)
    return f"{place}：{item.card.title.zh}"


def _rate(part: int, whole: int, percent: int, voice: Voice) -> str:
    """k / n before the percentage, and what is missing."""
    said = voice.say("mail.fact.rate.text", part=part, whole=whole, rate=rate(part, whole, (percent,)))
    short = need(whole, percent) - part
    return said + (voice.say("mail.fact.rate.short", n=short, percent=str(percent)) if short > 0 else "")


def _steps(matter: Matter, voice: Voice) -> str:
    gone = (
        f"{voice.say(f'mail.step.{step}')} {voice.short(at) + ' ✓' if at != NAT else '–'}"
        for step, at in matter.steps
    )
    return "　".join(gone) if voice.lang == "zh" else ", ".join(gone)


def _clock_rows(matter: Matter, voice: Voice) -> list[tuple[str, str]]:
    """How the limit is counted, who decided that, and what the other clock says."""
    lead, say, signed = matter.items[0], voice.say, matter.signed
    if lead.clock == "working_days":
        text = (
            say("mail.day_zero.signed", by=signed.by, on=signed.on)
            if signed is not None
            else say("mail.day_zero")
        )
        return [(say("mail.fact.reading"), text)]
    if not lead.clock:
        return []
    clock = say(f"mail.clock.{lead.clock}")
    who = (
        say("mail.clock.signed", clock=clock, by=signed.by, on=signed.on)
        if signed is not None
        else say("mail.clock.default", clock=clock)
    )
    rows = [(say("mail.fact.clock"), _with_other(who, lead, voice))]
    if matter.uncounted:
        rows.append((say("mail.fact.uncounted"), _uncounted(matter, voice)))
    return rows


def _with_other(who: str, lead: Item, voice: Voice) -> str:
    """The deciding clock, and when the limit falls due by the other one."""
    if lead.other_due == NAT:
        return who
    other = voice.say(f"mail.clock.{'open_hours' if lead.clock == 'elapsed' else 'elapsed'}")
    tense = "was" if lead.other_due <= voice.as_of else "will"
    said = voice.say(f"mail.clock.{tense}", other=other, when=voice.inside(voice.moment(lead.other_due)))
    return f"{who}。{said}" if voice.lang == "zh" else f"{who}; {said}"


def _uncounted(matter: Matter, voice: Voice) -> str:
    parts = [
        voice.say("mail.uncounted.one", why=zh if voice.lang == "zh" else en, length=_minutes(us, voice))
        for zh, en, us in matter.uncounted
    ]
    return ("；" if voice.lang == "zh" else "; ").join(parts)
