"""Who gets a report and what comes with it: recipients of ``reports.yaml`` as people with addresses, files by name."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audits.people import People, Person
from config.reports import FileName, Recipient, Report
from reports.mail.pack import File
from reports.words import words
from tasks.mail.message import Attachment, is_plain

#: Who hears of a report without findings, and of one that is withheld.
HOUSE: Final = ("officer", "engineer")
_MB: Final = 1_000_000
_MIME: Final = {
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
}
#: What no file name may hold on some machine or other.
_NO_NAME: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')


@dataclass(frozen=True)
class Reader:
    """One person who gets a report: by which role (or number), in which language, with which files."""

    person: Person
    named: str
    lang: str
    files: tuple[FileName, ...]


@dataclass(frozen=True)
class Readers:
    """Everybody who gets a report, and whom it does not reach: (role or number, why)."""

    reached: tuple[Reader, ...]
    missed: tuple[tuple[str, str], ...]


def readers_of(report: Report, people: People, at: int, *, found: bool, pilot: bool) -> Readers:
    """The people behind a report's recipients, each once, the first of his roles counting.

    Who is away gets his report all the same: it waits for him, and is no escalation.

    Args:
        at: instant at which roles are looked up, microseconds.
        found: whether anything is breached; without, officer and engineer alone hear of it.
        pilot: only the pilot's allow-list is reached.
    """
    wanted = list(report.recipients)
    if not found:
        wanted = [next((one for one in wanted if one.named == role), Recipient(role=role)) for role in HOUSE]
    reached: dict[str, Reader] = {}
    missed: dict[tuple[str, str], None] = {}
    for one in wanted:
        persons = list(_persons(one, people, at))
        if not persons:
            missed[one.named, "nobody"] = None
        for person in persons:
            if why := _unreachable(person, people, pilot=pilot):
                missed[one.named, why] = None
            elif person.id not in reached:
                lang = one.lang or people.lang_of(person.id)
                reached[person.id] = Reader(person, one.named, lang, report.files_for(one))
    return Readers(tuple(reached.values()), tuple(missed))


def _persons(one: Recipient, people: People, at: int) -> Iterator[Person]:
    if one.person:
        yield from (p for p in people.persons.values() if one.person in (p.code, p.id))
    elif one.role == "department_heads":
        for held in people.supervisors.values():
            yield from (people.person(h.person_id) for h in held[:1] if h.when.holds(at))
    else:
        held = people.roles.get(one.role, ())
        ids = [h.person_id for h in held if h.when.holds(at) and people.person(h.person_id).active.holds(at)]
        yield from (people.person(key) for key in ids[:1])


def _unreachable(person: Person, people: People, *, pilot: bool) -> str:
    if not is_plain(person.email):
        return "address"
    return "pilot" if pilot and person.email.lower() not in people.allow else ""


def file_name(name: str, title: str, period: str, lang: str, restated: int = 0) -> str:
    """What a file is called at its reader's: title, period, what it is; nothing in it that a system refuses."""
    w, path = words(lang), Path(name)
    stem = path.stem.partition(".")[0]
    parts = [title, period, w("pack.file.restated", n=restated) if restated else ""]
    parts.append("" if stem == "report" else w(f"pack.file.{stem}"))
    text = "-".join(part for part in parts if part)
    plain = "".join(sign for sign in _NO_NAME.sub("_", text) if unicodedata.category(sign)[0] != "C")
    return plain.strip(" .")[:120] + path.suffix


@dataclass(frozen=True)
class Load:
    """The files of one mail, and those left out because it would be too big."""

    attached: tuple[Attachment, ...]
    left_out: tuple[File, ...]

    @property
    def files(self) -> tuple[File, ...]:
        """What is attached, by name and size."""
        return tuple(File(one.name, len(one.content)) for one in self.attached)


def load(reader: Reader, report: Report, folder: Path, period: str, restated: int = 0) -> Load:
    """A reader's files in their order, as long as they fit the report's limit together."""
    attached: list[Attachment] = []
    left_out: list[File] = []
    room = report.limit_mb * _MB
    for wanted in reader.files:
        path = _in_language(folder, wanted, reader.lang)
        name = file_name(wanted, report.title.in_(reader.lang), period, reader.lang, restated)
        size = path.stat().st_size
        if size > room:
            left_out.append(File(name, size))
            continue
        room -= size
        attached.append(Attachment(name, path.read_bytes(), _MIME[path.suffix]))
    return Load(tuple(attached), tuple(left_out))


def _in_language(folder: Path, name: str, lang: str) -> Path:
    """The page in the reader's language where there is one beside it."""
    other = folder / f"report.{lang}.html"
    return other if name == "report.html" and other.exists() else folder / name
