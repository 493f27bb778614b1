"""The officer's day in the daily mail: what is open by holder and age, falling due, whom to call, who repeats."""

from collections.abc import Mapping
from typing import Any

from reports.mail.blocks import Block, Cell, Facts, Note, Rich, Row, Table
from reports.mail.phrases import SHOWN
from reports.mail.saying import Voice

_AGES = ("old", "week", "fresh")


def state(day: Mapping[str, Any], voice: Voice) -> str:
    """How much is open, and how much of it is old."""
    return voice.say("mail.officer.state", n=day["open"]["n"], old=day["open"]["old"])


def subject(day: Mapping[str, Any], date: str, voice: Voice) -> str:
    """The same in the subject."""
    return voice.say("mail.officer.subject", day=date, n=day["open"]["n"], old=day["open"]["old"])


def blocks(day: Mapping[str, Any], voice: Voice, titles: Mapping[str, str]) -> list[Block]:
    """The officer's day, without what it holds nothing of.

    Args:
        day: as ``audits.officer.officers_day`` makes it.
        titles: clause id -> its title in the voice's language.
    """
    out: list[Block] = []
    if day["open"]["holders"]:
        out.append(_holders(day["open"]["holders"], voice))
    if any(one["n"] for one in day["falling_due"]):
        rows = tuple((one["day"][5:], f"{one['n']:,}") for one in day["falling_due"])
        out.append(Facts(voice.say("mail.officer.falling"), rows))
    if said := _since(day, voice):
        out.append(Note(voice.say("mail.officer.since"), Rich(said)))
    if day["calls"]:
        out.append(_calls(day["calls"], voice))
    if said := _repeats(day["repeat"], voice, titles):
        out.append(Note(voice.say("mail.officer.repeat"), Rich(said)))
    return out


def _holders(rows: list[Mapping[str, Any]], voice: Voice) -> Table:
    heads = tuple(voice.say(f"mail.officer.head.{name}") for name in ("holder", *_AGES))
    shown = rows if len(rows) <= SHOWN else rows[: SHOWN - 1]
    lines = [
        Row((Cell(row["holder"] or "–", bold=True), *(Cell(f"{row[age]:,}") for age in _AGES)))
        for row in shown
    ]
    if len(shown) < len(rows):
        lines.append(Row((Cell(voice.say("mail.officer.more", n=len(rows) - len(shown))),), wide=True))
    return Table(voice.say("mail.officer.open"), "", heads, tuple(lines), right=frozenset({1, 2, 3}))


def _calls(rows: list[Mapping[str, Any]], voice: Voice) -> Table:
    heads = tuple(voice.say(f"mail.officer.head.{name}") for name in ("customer", "left", "manager"))
    shown = rows if len(rows) <= SHOWN else rows[: SHOWN - 1]
    lines = [
        Row(
            (
                Cell(row["customer"], bold=True),
                Cell(voice.say("mail.officer.left", n=row["days_left"])),
                Cell(row["manager"] or "–"),
            )
        )
        for row in shown
    ]
    if len(shown) < len(rows):
        lines.append(Row((Cell(voice.say("mail.officer.more", n=len(rows) - len(shown))),), wide=True))
    return Table(voice.say("mail.officer.calls"), "", heads, tuple(lines), right=frozenset({1, 2}))


def _since(day: Mapping[str, Any], voice: Voice) -> str:
    """New, gone and restated since the last report."""
    since, parts = day.get("since") or {}, []
    if since:
        gone = since["cleared"] + since["withdrawn"]
        parts = [voice.say("mail.officer.moved", new=since["new"] + since["reopened"], gone=gone)]
    parts += [
        voice.say("mail.officer.restated", period=row["period"], was=row["was"], now=row["now"])
        for row in day.get("restated", ())
    ]
    return ("；" if voice.lang == "zh" else "; ").join(parts)


def _repeats(repeat: Mapping[str, Any], voice: Voice, titles: Mapping[str, str]) -> str:
    parts = [
        voice.say(
            f"mail.officer.{who}",
            **{who: row[who]},
            title=titles.get(row["clause"], row["clause"]),
            n=row[count],
        )
        for who, rows, count in (("team", "teams", "periods"), ("person", "people", "n"))
        for row in repeat[rows]
    ]
    return ("；" if voice.lang == "zh" else "; ").join(parts)
