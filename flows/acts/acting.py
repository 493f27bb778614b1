"""Orders of people: each is checked here, written once by the store, and counts from the instant it names.

Nothing is changed in place. What was ordered by mistake is ended by a further order, and both stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from os import environ
from typing import Final, Self
from zoneinfo import ZoneInfo

from audits.acts import ACKNOWLEDGED, DISPUTED, ENDED, WAIVED, Act
from audits.errors import WrongUse
from audits.instants import instant_of, moment_of
from audits.people import People
from audits.words import DAY, NAT
from config.clock import now
from config.mapping import load_mapping
from config.settings import Settings
from config.trail import key_of
from flows.auditing.posting import people_known
from tasks.store import ActRow, Store, open_store

#: Fewest characters of an id that name a finding.
_SHORTEST: Final = 6
_OPEN: Final = frozenset({"open", "acknowledged"})
_ENDABLE: Final = (WAIVED, DISPUTED)


@dataclass(frozen=True)
class Scope:
    """What a waiver without a finding covers: a clause, and at least one of these."""

    clause: str = ""
    customer: str = ""
    team: str = ""
    record: str = ""


class Desk:
    """Where orders about one source are taken.

    Args:
        settings: of this installation.
        source: name of the mapping; "" is the settings'.
        at: the instant from which the order counts; None is now. It may be entered later than it was given,
            but counts for no audit that was made before.

    Raises:
        WrongUse: ``at`` lies ahead, or before the last audit.
    """

    def __init__(self, settings: Settings, source: str = "", at: datetime | None = None) -> None:
        mapping = load_mapping(source or settings.source, dict(environ))
        self.settings, self.source = settings, mapping.file.source
        self.zone = ZoneInfo(mapping.file.zone)
        self.store: Store = open_store(
            settings.store_url.get_secret_value(), settings.store_wait_s, key_of(settings)
        )
        self.entered = now()
        self.at = instant_of(self.local(at) if at else self.entered)
        self._refuse_instant(given=at is not None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def local(self, moment: datetime) -> datetime:
        """A moment as the business writes it: without a zone it is the business's own."""
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)

    def end_of(self, moment: datetime) -> int:
        """The instant until which something holds: a day alone is meant to its end."""
        local = self.local(moment)
        whole_day = (local.hour, local.minute) == (0, 0)
        return instant_of(local + timedelta(days=1) if whole_day else local)

    def _refuse_instant(self, *, given: bool) -> None:
        if not given:
            return
        if self.at > instant_of(self.entered):
            raise WrongUse("the instant of the act lies ahead", "--at", "choose one that has passed, or none")
        last = self._last_audit()
        if last is not None and self.at < last:
            said = moment_of(last).astimezone(self.zone).isoformat()
            raise WrongUse(
                f"the source was audited as of {said}; an act entered later changes no audit before it",
                "--at",
                "choose that instant or a later one",
            )

    def _last_audit(self) -> int | None:
        runs = self.store.runs(self.source)
        done = runs.loc[runs["committed_at"].notna(), "as_of"]
        return instant_of(done.max().to_pydatetime()) if len(done) else None

    def finding(self, name: str) -> tuple[str, frozenset[str]]:
        """The one finding that is called so: its id, and its state in each standard set.

        Raises:
            WrongUse: none, or several.
        """
        found = self.store.find(self.source, name) if len(name) >= _SHORTEST or "-" in name else []
        if len({one[0] for one in found}) == 1:
            return found[0][0], frozenset(one[3] for one in found)
        if not found:
            do = "copy its id from the report, six characters at least"
            raise WrongUse("there is no such finding", f"{name!r} of {self.source}", do)
        some = ", ".join(f"{one[:8]} {clause}" for one, clause, *_ in found[:5])
        raise WrongUse(f"{len(found)} findings are called so: {some}", repr(name), "name one by its id")

    def acknowledge(self, name: str, by: str, note: str, until: datetime | None) -> ActRow:
        """An acknowledgement: whose the matter is, and the instant by which it is promised to be over."""
        finding, states = self.finding(name)
        if not states & _OPEN:
            raise WrongUse(f"the finding is {min(states)}", finding, "only what is open can be acknowledged")
        promised = self.end_of(until) if until else NAT
        if promised != NAT and promised <= self.at:
            raise WrongUse("the promised day is over already", "--until", "promise one ahead, or none")
        return ActRow(self._act(ACKNOWLEDGED, by, finding=finding, until=promised), note)

    def dispute(self, name: str, by: str, why: str) -> ActRow:
        """A dispute: somebody says that the finding is wrong, and why."""
        self._need(why, "--why", "a dispute")
        return ActRow(self._act(DISPUTED, by, finding=self.finding(name)[0]), why)

    def waive(
        self,
        name: str,
        scope: Scope,
        *,
        by: str,
        approved_by: str,
        why: str,
        evidence: str,
        begins: datetime | None,
        until: datetime,
    ) -> ActRow:
        """A waiver of one finding, or of a scope.

        Raises:
            WrongUse: requester and approver are one person, it has no reason or evidence, it ends before it
                begins, it holds longer than the settings allow, or its scope is a whole clause.
        """
        for said, option in ((why, "--why"), (evidence, "--evidence"), (approved_by, "--approved-by")):
            self._need(said, option, "a waiver")
        act = self._act(WAIVED, by, approver=self._person(approved_by), **self._reach(name, scope))
        if act.person.casefold() == act.approver.casefold():
            raise WrongUse(
                "the requester approves his own waiver", "--approved-by", "have somebody else approve it"
            )
        start = instant_of(self.local(begins)) if begins else self.at
        act = replace(act, begins=start, until=self.end_of(until))
        self._refuse_length(act)
        return ActRow(act, why, evidence)

    def _refuse_length(self, act: Act) -> None:
        if act.until <= max(act.begins, self.at):
            raise WrongUse("the waiver is over before it begins", "--until", "choose an end that lies ahead")
        most = self.settings.waiver_max_days
        if act.until - act.begins > most * DAY:
            do = "choose an earlier end and renew it in time, or raise waiver_max_days in the settings"
            raise WrongUse(f"the waiver would hold longer than {most} days", "--until", do)

    def _reach(self, name: str, scope: Scope) -> dict[str, str]:
        if name:
            if scope != Scope():
                raise WrongUse("a finding and a scope were named", name, "name one of the two")
            return {"finding": self.finding(name)[0]}
        if not scope.clause or scope == Scope(clause=scope.clause):
            do = (
                "name --clause and one of --customer, --team, --record; what binds all is changed in its card"
            )
            raise WrongUse("a waiver needs a finding, or a clause and whom it is for", "waive", do)
        return {
            "clause": self._clause(scope.clause),
            "customer_id": self._key("customer", scope.customer),
            "team_id": self._key("team", scope.team),
            "record": scope.record,
        }

    def _clause(self, clause: str) -> str:
        counted = self.store.runs(self.source)["standards"].unique().tolist()
        known = {one for standards in counted for one in self.store.counts(self.source, standards)["clause"]}
        if known and clause not in known:
            raise WrongUse(
                f"no audit of {self.source} has judged {clause!r}", "--clause", "copy it from the report"
            )
        return clause

    def _key(self, entity: str, code: str) -> str:
        """The CRM's key of a customer or team that people call by its code."""
        if not code:
            return ""
        known = self.store.directory(self.source)
        rows = known[(known["entity"] == entity) & ((known["code"] == code) | (known["id"] == code))]
        if rows.empty:
            raise WrongUse(f"no {entity} is called {code!r}", f"--{entity}", "copy the code from the report")
        return str(rows["id"].iloc[0])

    def end(self, name: str, by: str, why: str) -> ActRow:
        """The end of a waiver or dispute, before its time."""
        self._need(why, "--why", "an end")
        acts = self.store.acts(self.source)
        rows = acts[acts["act"].str.startswith(name) & acts["kind"].isin(_ENDABLE)] if name else acts[:0]
        if len(rows) != 1:
            found = "there is no such waiver or dispute" if rows.empty else f"{len(rows)} acts begin so"
            raise WrongUse(found, repr(name), "copy its number from `clausewatch acts`")
        ended = str(rows["act"].iloc[0])
        if (acts["ends"] == ended).any():
            raise WrongUse("it was ended already", ended, "see `clausewatch acts`")
        return ActRow(self._act(ENDED, by, ends=ended, finding=str(rows["finding"].iloc[0])), why)

    def write(self, rows: Sequence[ActRow]) -> list[str]:
        """Write orders, all of them or none; their ids."""
        return self.store.note_acts(self.source, rows, self.entered)

    def _act(self, kind: str, by: str, **more: object) -> Act:
        self._need(by, "--by", "an act")
        return Act("", kind, self.at, self._person(by), **more)  # type: ignore[arg-type]

    def _person(self, name: str) -> str:
        """A person by staff number where the house knows one, else as written."""
        return printed_person(people_known(self.settings, self.store, self.source), name.strip())

    def _need(self, said: str, option: str, what: str) -> None:
        if not said.strip():
            raise WrongUse(f"{what} needs {option}", option, "say it; it stays on record")


def printed_person(people: People, name: str) -> str:
    """The staff number of whoever is called so by number or CRM id; the name itself where nobody is."""
    for person in people.persons.values():
        if name.casefold() in (person.id.casefold(), person.code.casefold()):
            return person.printed
    return name
