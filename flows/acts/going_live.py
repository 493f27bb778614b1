"""Before a source goes live: what it would send, to whom and how many a day, and whether that is too much."""

from dataclasses import dataclass
from datetime import datetime
from os import environ
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from audits.errors import ClausewatchError, WrongUse
from audits.forecast import DAYS, House, first_audit, ordinary_days
from audits.instants import instant_of, moment_of
from audits.ladder import Policy
from audits.people import People
from audits.rules import Rules
from config.clock import now
from config.mapping import load_mapping
from config.people import load_people
from config.rulebook import choices, open_rules
from config.settings import Settings
from config.trail import key_of
from flows.auditing.telling import unanswered
from tasks.crm import snapshot
from tasks.store import Store, open_store
from tasks.store.rows import Mode


class TooMuchMail(WrongUse):
    """Going live would send somebody more than the settings allow."""

    exit_code = 1


@dataclass(frozen=True)
class Outlook:
    """What going live would send.

    Args:
        run: the audit it is told from.
        as_of: that audit's instant.
        first, days: frames of ``audits.forecast``: the first audit, and each of the last days as if live.
        people: who is who.
    """

    run: str
    as_of: datetime
    first: pd.DataFrame
    days: pd.DataFrame
    people: People

    @property
    def most(self) -> int:
        """Most mails that one person would get on one day."""
        return max((int(frame["mails"].max()) for frame in (self.first, self.days) if len(frame)), default=0)

    def rows(self) -> list[dict[str, Any]]:
        """A row a person: mails and matters of the first audit, the busiest day, and the mails of all days."""
        out = []
        for person in sorted({*self.first["person_id"], *self.days["person_id"]}):
            first = self.first[self.first["person_id"] == person]
            days = self.days[self.days["person_id"] == person]
            out.append({
                "person": self.people.person(person).printed,
                "first_mails": int(first["mails"].sum()), "first_matters": int(first["matters"].sum()),
                "busiest_day": int(days["mails"].max()) if len(days) else 0,
                "mails": int(days["mails"].sum()), "days": DAYS,
            })  # fmt: skip
        return sorted(out, key=lambda row: (-row["first_mails"], -row["mails"], row["person"]))


@dataclass(frozen=True)
class Wish:
    """What was asked: a mode, the day it mails from, and who forces it for what reason."""

    mode: Mode
    begins: datetime | None = None
    by: str = ""
    why: str = ""
    force: bool = False


def go(settings: Settings, source: str, wish: Wish) -> tuple[str, Outlook | None]:
    """Let a source go as far as was asked: its name, and what that would send (None before any audit).

    Raises:
        WrongUse: no such mapping, no day to mail from, force without a reason.
        TooMuchMail: somebody would get more mails on a day than ``live_mails_a_day``, or nobody knows, and
            it was not forced.
    """
    mapping = load_mapping(source, dict(environ))
    name, zone = mapping.file.source, ZoneInfo(mapping.file.zone)
    begins = wish.begins and (wish.begins if wish.begins.tzinfo else wish.begins.replace(tzinfo=zone))
    if wish.mode != "preview" and begins is None:
        found, do = "going live needs the day from which it mails", "write --from 2026-11-01, or --preview"
        raise WrongUse(found, "--from", do)
    if wish.force and not wish.why.strip():
        raise WrongUse("forcing needs a reason", "--why", "say it; it stays on record")
    url = settings.store_url.get_secret_value()
    with open_store(url, settings.store_wait_s, key_of(settings)) as store:
        outlook = outlook_of(settings, store, name, begins)
        if wish.mode == "live" and not wish.force:
            _refuse(settings, name, outlook)
        store.go(
            name, wish.mode, now(), None if wish.mode == "preview" else begins, person=wish.by, why=wish.why
        )
    return name, outlook


def _refuse(settings: Settings, source: str, outlook: Outlook | None) -> None:
    if outlook is None:
        do = f"run `clausewatch audit --source {source}` first, or add --force --why"
        raise TooMuchMail("nobody knows what it would send: it was never audited", source, do)
    limit = settings.live_mails_a_day
    if outlook.most > limit:
        rows = [row for row in outlook.rows() if max(row["first_mails"], row["busiest_day"]) > limit]
        some = ", ".join(f"{row['person']} {max(row['first_mails'], row['busiest_day'])}" for row in rows[:5])
        raise TooMuchMail(
            f"going live would send {len(rows)} people more than {limit} mails on a day: {some}",
            f"live_mails_a_day, source {source}",
            "choose a later --from, look at readings and people, or add --force --why",
        )


def outlook_of(settings: Settings, store: Store, source: str, begins: datetime | None) -> Outlook | None:
    """What the findings of the last audit would send from ``begins`` on (None: from its period's start).

    None where the source was never audited.

    Raises:
        ClausewatchError: the snapshot of the last audit is gone.
    """
    runs = store.runs(source)
    audited = runs["committed_at"].notna() & (runs["period"] != "") & (runs["state"] != "reconstructed")
    runs = runs[audited].sort_values(["as_of", "committed_at"])
    if runs.empty:
        return None
    last = runs.iloc[-1]
    folder = settings.out / str(last["run"]).rpartition("@")[0] / "snapshot"
    taken, rules, start = _judged_by(folder)
    as_of = instant_of(last["as_of"].to_pydatetime())
    frames = taken.facts.frames
    directory = store.directory(source)
    people = load_people(settings.people, frames.get("staff"), frames.get("team"), directory)
    policy = Policy(
        source=source, mode="live", live_from=instant_of(begins) if begins else start, zone=taken.facts.zone,
        binding=frozenset(s.code for s in rules.standards.values() if s.mode == "binding"),
        unanswered=unanswered(rules),
    )  # fmt: skip
    findings = store.findings(source, str(last["standards"]))
    house = House(rules.cards, people, rules.hours)
    known = store.notices(source)
    return Outlook(
        folder.parent.name, moment_of(as_of),
        first_audit(findings, house, as_of, policy, known), ordinary_days(findings, house, as_of, policy), people,
    )  # fmt: skip


def _judged_by(folder: Path) -> tuple[snapshot.Snapshot, Rules, int]:
    if not (folder / "manifest.json").exists():
        raise ClausewatchError(
            "the snapshot of the last audit is gone", str(folder), "audit again, then let the source go live"
        )
    taken = snapshot.read(folder)
    rules, period = open_rules(taken.rules, choices(taken.rules)["period"], taken.facts.zone)
    return taken, rules, period.start
