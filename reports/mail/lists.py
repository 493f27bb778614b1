"""Mails that list: many matters of one cause, everything by age, the general manager's table."""

from collections.abc import Iterable

from audits.instants import MINUTE, NAT
from reports.format import duration, period_short
from reports.mail import officer
from reports.mail.blocks import (
    Ack,
    Block,
    Cell,
    Foot,
    Note,
    Page,
    Rich,
    Row,
    Sentence,
    State,
    Sums,
    Table,
    Todo,
    whole,
)
from reports.mail.contexts import Complaint, Daily, Digest, Incident, Item
from reports.mail.phrases import matter_annex, matter_table, too_many, why_you
from reports.mail.saying import Voice

#: Matters that were over when found: so many are named in the line, the others counted.
_NAMED = 6
_WEEK = 5


def incident(found: Incident, voice: Voice) -> Page:
    """Many matters at once: what they share, the oldest, and all of them in the annex."""
    items = sorted(found.items, key=lambda item: (item.due, item.label))
    lead, n, role = items[0], len({item.subject for item in items}), found.reader.addressee.role
    same = found.cause and len({item.kind for item in items}) == 1
    kinds = voice.say(f"mail.kinds.{lead.kind if same else 'other'}")
    customers = voice.say("mail.incident.customers", n=len({item.customer for item in items} - {""}))
    due = voice.inside(voice.moment(lead.due)) if lead.due != NAT else "–"
    key = "mail.incident.sentence" if found.cause else "mail.incident.mixed"
    stem = voice.say(f"mail.do.{role}.1")
    blocks: list[Block] = [
        State(voice.say("mail.incident.state", n=n, kinds=kinds), mark=True),
        Sentence(Rich(voice.say(key, customers=customers, due=voice.b(due)))),
        Todo(voice.say("mail.do.title"), (Rich(stem), Rich(voice.say("mail.incident.do")))),
        Ack(voice.say("mail.ack.title"), voice.say(_ack(lead))),
        matter_table(voice, [("", items)]),
        why_you(voice, found.reader, lead),
        Foot((voice.say("mail.foot.mail", mail=found.mail, as_of=voice.as_of_said()),)),
    ]
    subject = voice.say("mail.incident.subject", n=n, kinds=kinds, ask=voice.say(f"mail.ask.{role}"))
    annexes = (matter_annex(voice, found.mail, items),) if too_many([items]) else ()
    return Page(voice.lang, subject, voice.say("mail.incident.preview", due=due), tuple(blocks), annexes)


def _ack(item: Item) -> str:
    return "mail.ack.case" if item.subject.startswith("case:") else "mail.ack.register"


def digest(found: Digest, voice: Voice) -> Page:
    """Everything open by age, what is new and what went, and in one line what was over when found."""
    items = _one_a_record(found.items)
    still = sorted((item for item in items if item.is_open), key=lambda item: (item.due, item.label))
    over = [item for item in items if not item.is_open]
    groups = _by_age(found, still, voice)
    who = found.who or voice.say(f"mail.role.{found.reader.addressee.role}")
    blocks: list[Block] = [State(_digest_state(who, still, over, voice))]
    if found.officers is not None:
        blocks = [State(officer.state(found.officers, voice))]
        blocks += officer.blocks(found.officers, voice, found.titles(voice.lang))
        if still:
            blocks.append(Note(voice.say("mail.officer.missed"), Rich("")))
    elif found.before is not None:
        blocks.append(_sums(set(found.before), still, over, voice))
    if still:
        blocks.append(matter_table(voice, groups, found.apart))
    if over:
        blocks.append(_over(over, voice))
    blocks.append(Foot((voice.say("mail.digest.foot"), _numbers(found.mail, voice))))
    fresh = [item for item in still if found.before is None or item.subject not in found.before]
    preview = voice.say("mail.digest.preview", n=len(fresh) + len(over), over=len(over))
    cut = too_many(part for _, part in groups) or len(over) > _NAMED
    annexes = (matter_annex(voice, found.day, [*still, *over]),) if cut else ()
    subject = _digest_subject(found, who, still, over, voice)
    if found.officers is not None:
        subject = officer.subject(found.officers, found.day[5:], voice)
    return Page(voice.lang, subject, preview, tuple(blocks), annexes)


def _one_a_record(items: Iterable[Item]) -> list[Item]:
    """One line a record: its leading clause, an open one before one that is over."""
    kept: dict[str, Item] = {}
    for item in sorted(items, key=lambda item: not item.is_open):
        kept.setdefault(item.subject, item)
    return list(kept.values())


def _digest_subject(found: Digest, who: str, still: list[Item], over: list[Item], voice: Voice) -> str:
    day = found.day[5:]
    if not still:
        return voice.say("mail.digest.subject.over", day=day, who=who, n=len(over))
    oldest = voice.short(_oldest(still))
    return voice.say("mail.digest.subject.open", day=day, who=who, n=len(still), oldest=oldest)


def _digest_state(who: str, still: list[Item], over: list[Item], voice: Voice) -> str:
    if not still:
        return voice.say("mail.digest.state.over", who=who, n=len(over))
    return voice.say(
        "mail.digest.state.open", who=who, n=len(still), oldest=voice.inside(voice.date(_oldest(still)))
    )


def _oldest(still: list[Item]) -> int:
    return min((item.due for item in still if item.due != NAT), default=still[0].anchor)


def _sums(before: set[str], still: list[Item], over: list[Item], voice: Voice) -> Sums:
    """Open last time + new - gone = open now, by records; it always adds up."""
    now, ended = {item.subject for item in still}, {item.subject for item in over}
    new, gone = (now | ended) - before, (before | ended) - now
    figures = (
        ("", len(before), "before"),
        ("+", len(new), "new"),
        ("−", len(gone), "gone"),
        ("=", len(now), "now"),
    )
    return Sums(
        tuple((sign, str(n), voice.say(f"mail.digest.{word}"), word == "new") for sign, n, word in figures)
    )


def _by_age(found: Digest, still: list[Item], voice: Voice) -> list[tuple[str, list[Item]]]:
    """Oldest first; what the calendar cannot place counts as fresh."""
    ages = dict(found.ages)
    groups: dict[str, list[Item]] = {"old": [], "week": [], "fresh": []}
    for item in still:
        age = ages.get(item.finding, 0)
        groups["old" if age > _WEEK else "week" if age >= 1 else "fresh"].append(item)
    return [(voice.say(f"mail.digest.{name}"), items) for name, items in groups.items() if items]


def _over(over: list[Item], voice: Voice) -> Note:
    named = [
        voice.say("mail.digest.over.one", label=whole(item.label), title=item.card.title.in_(voice.lang))
        for item in over[:_NAMED]
    ]
    if over[_NAMED:]:
        named.append(voice.say("mail.digest.over.more", n=len(over) - _NAMED))
    return Note(voice.say("mail.digest.over"), Rich(("；" if voice.lang == "zh" else "; ").join(named)))


def _numbers(mail: str, voice: Voice) -> str:
    return voice.say("mail.foot.mail", mail=mail, as_of=voice.as_of_said())


def daily(found: Daily, voice: Voice) -> Page:
    """Complaints: those that need the general manager, the others, and the day's figures."""
    needs = [one for one in found.complaints if one.needs]
    rest = [one for one in found.complaints if not one.needs]
    late = [one for one in rest if not _solved_late(one)]
    blocks: list[Block] = [State(_daily_state(needs, rest, late, voice))]
    if needs:
        note = voice.say("mail.daily.needs.note")
        blocks.append(_complaints(voice.say("mail.daily.needs"), note, needs, voice))
        blocks.append(Ack(voice.say("mail.ack.title"), voice.say("mail.ack.case")))
    if rest:
        note = voice.say("mail.daily.rest.note")
        blocks.append(_complaints(voice.say("mail.daily.rest"), note, rest, voice))
    if found.counted_on:
        blocks.append(Note("", Rich(_day_figures(found, voice))))
    blocks.append(Foot((voice.say("mail.daily.foot"), _numbers(found.mail, voice))))
    preview = voice.say("mail.daily.preview.needs" if needs else "mail.daily.preview.none", n=len(needs))
    subject = voice.say("mail.daily.subject", day=found.day[5:], parts=_daily_parts(needs, rest, late, voice))
    return Page(voice.lang, subject, preview, tuple(blocks))


def _solved_late(one: Complaint) -> bool:
    """Answered in time, and only its solution was late."""
    return not one.is_open and not _answered_late(one)


def _answered_late(one: Complaint) -> bool:
    return one.answer_due != NAT and (one.answered == NAT or one.answered > one.answer_due)


def _daily_parts(needs: list[Complaint], rest: list[Complaint], late: list[Complaint], voice: Voice) -> str:
    parts = []
    if len(needs) == 1 and needs[0].customer:
        parts.append(voice.say("mail.daily.unsolved.one", customer=needs[0].customer))
    elif needs:
        parts.append(voice.say("mail.daily.unsolved", n=len(needs)))
    if late:
        parts.append(voice.say("mail.daily.late", n=len(late)))
    if len(rest) > len(late):
        parts.append(voice.say("mail.daily.over", n=len(rest) - len(late)))
    return voice.say("mail.daily.join").join(parts)


def _daily_state(needs: list[Complaint], rest: list[Complaint], late: list[Complaint], voice: Voice) -> str:
    counts = (("unsolved", len(needs)), ("late", len(late)), ("over", len(rest) - len(late)))
    parts = [voice.say(f"mail.daily.state.{word}", n=n) for word, n in counts if n]
    return voice.say("mail.daily.join").join(parts) + voice.say("mail.daily.state.end")


def _complaints(title: str, note: str, found: list[Complaint], voice: Voice) -> Table:
    heads = tuple(
        voice.say(f"mail.daily.head.{name}") for name in ("case", "received", "answered", "end", "now")
    )
    rows = tuple(_complaint(one, voice) for one in found)
    return Table(title, note, heads, rows, right=frozenset({1, 2, 3}))


def _complaint(one: Complaint, voice: Voice) -> Row:
    answered, answered_late = _answered(one, voice)
    now, unsolved = _now(one, voice)
    return Row(
        (
            Cell(one.customer or one.label, one.label if one.customer else "", bold=True),
            Cell(voice.stamp(one.received)),
            Cell(answered, red=answered_late),
            Cell(voice.stamp(one.end)),
            Cell(now, red=unsolved),
        )
    )


def _answered(one: Complaint, voice: Voice) -> tuple[str, bool]:
    if one.answered == NAT:
        return (voice.say("mail.daily.unanswered") if one.is_open else "–"), one.is_open
    taken = duration(one.answered - one.received, voice.lang)
    if not _answered_late(one):
        return taken, False
    over = one.answered - one.answer_due
    said = str(over // MINUTE) if over < 60 * MINUTE and voice.lang == "en" else duration(over, voice.lang)
    return voice.say("mail.daily.by_over", length=taken, over=said), True


def _now(one: Complaint, voice: Voice) -> tuple[str, bool]:
    """What became of it, and whether that is what the reader must see."""
    if one.solved != NAT:
        return voice.say("mail.daily.now.solved", when=voice.stamp(one.solved)), False
    if not one.is_open and one.answered == NAT:
        return voice.say("mail.daily.now.gone"), False
    for end, word in ((one.end, "unsolved"), (one.answer_due if one.answered == NAT else NAT, "unanswered")):
        if end != NAT and voice.as_of > end:
            over = duration(voice.as_of - end, voice.lang)
            return voice.say(f"mail.daily.now.{word}", over=over), True
    return voice.say("mail.daily.now.work"), False


def _day_figures(found: Daily, voice: Voice) -> str:
    n, late = found.day_counts
    month, month_late = found.month_counts
    first = voice.say("mail.daily.day", day=found.counted_on[5:], n=n, met=n - late, late=late) if n else ""
    name = period_short(found.counted_on[:7], voice.lang)
    second = voice.say("mail.daily.month", month=name, n=month, late=month_late)
    return " ".join(filter(None, (first, second))) if voice.lang == "en" else first + second
