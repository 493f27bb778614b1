"""A report by mail: its first page inline, in the look of our mails, and what came with it or was left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from audits.words import Words
from reports import format as fmt
from reports.harmless import harmless
from reports.mail.blocks import (
    Block,
    Cell,
    Facts,
    Foot,
    Note,
    Page,
    Passage,
    Rich,
    Row,
    Sentence,
    State,
    Sums,
    Table,
    bold,
)  # fmt: skip
from reports.mail.pack_tiles import tile
from reports.mail.render import MailBody, write
from reports.result_set import ResultSet
from reports.view import Page as Seen
from reports.view import View, first_page, frame
from reports.words import Catalogue

#: Rows of a table in the mail; the files hold the rest.
SHOWN: Final = 10
_MB: Final = 1_000_000


@dataclass(frozen=True)
class File:
    """A file as its reader knows it: name and bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class Restated:
    """What a restatement replaces: its number from 1, the earlier instant (ISO), clauses with breaches then and now."""

    n: int
    before: str
    changes: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Late:
    """That a report was withheld at first: the code of the reason (``reports.mail.withheld``), since when (ISO)."""

    why: str
    since: str


@dataclass(frozen=True)
class Pack:
    """One report on its way to one reader.

    Args:
        result: what the report says.
        title: what it is called.
        mail: id of the envelope.
        reader: the role by which the reader gets it, or his number.
        attached, left_out: files, and those that were too big together.
        limit: bytes of files that one mail may carry.
        place: where the folder of the files is.
        running: the period is not over.
        restated: it replaces an earlier one.
        without: whom it does not reach: (role or number, why); said to officer and engineer.
        late: it goes after it was withheld.
    """

    result: ResultSet
    title: Words
    mail: str
    reader: str
    attached: tuple[File, ...] = ()
    left_out: tuple[File, ...] = ()
    limit: int = 0
    place: str = ""
    running: bool = False
    restated: Restated | None = None
    without: tuple[tuple[str, str], ...] = ()
    late: Late | None = None


def pack_mail(found: Pack, lang: str) -> MailBody:
    """The mail of a report in ``zh`` or ``en``; files are added by whoever sends it."""
    return write(page(found, Seen(found.result, lang)))


def page(found: Pack, seen: Seen) -> Page:
    """The blocks of the mail: what the first page of the report says, in its order."""
    view, w = harmless(first_page(seen)), seen.w
    opening = _opening(seen, view)
    parts: list[list[Block]] = [
        [State(w("pack.head", title=_title(found, seen), period=seen.period)), Sentence(opening)],
        _notes(found, seen),
        [tile(seen, one) for one in view["tiles"]],
        _escalated(view["escalated"], w),
        _falling(view["falling"], w),
        _since(seen, w),
        [Note("", Rich(view["coverage_line"]))],
        _files(found, w),
        [Passage(w("pack.why.title"), w("pack.why", who=role_said(found.reader, w)))],
        [_foot(found, seen)],
    ]
    blocks = tuple(block for part in parts for block in part)
    said = _first_sentence(opening, seen.lang)
    return Page(seen.lang, _subject(found, seen, said), opening.plain, blocks)


def size_said(size: int) -> str:
    """``1.2 MB``, ``36 KB``; rounded up, so that nothing has no size."""
    if size >= _MB:
        tenths = -(-size * 10 // _MB)
        return f"{tenths // 10}{f'.{tenths % 10}' if tenths % 10 else ''} MB"
    return f"{-(-size // 1000)} KB"


def role_said(who: str, w: Catalogue) -> str:
    """A role in words, a person by the number."""
    return w.or_else(f"pack.role.{who}", w.or_else(f"mail.role.{who}", who))


def _title(found: Pack, seen: Seen) -> str:
    return found.title.zh if seen.lang == "zh" else found.title.en


def _subject(found: Pack, seen: Seen, said: str) -> str:
    kind = "restated" if found.restated else "running" if found.running else ""
    key = f"pack.subject.{kind}" if kind else "pack.subject"
    return seen.w(key, title=_title(found, seen), period=seen.results["period"]["key"], said=said)


def _opening(seen: Seen, view: View) -> Rich:
    """The one sentence; where nothing is breached, what was judged."""
    totals = seen.results["totals"]
    said = Rich("".join(bold(run.text) if run.style else run.text for run in view["head"]["sentence"]))
    if totals["breached"]:
        return said
    stop = "。" if seen.lang == "zh" else ". "
    return Rich(bold(seen.w("pack.nothing", n=totals["population"])) + stop + said)


def _first_sentence(text: Rich, lang: str) -> str:
    return text.plain.split("。" if lang == "zh" else ". ")[0].rstrip(".")


def _notes(found: Pack, seen: Seen) -> list[Block]:
    """What kind of report this is: without findings, late, running, restated, or not for everybody."""
    w, out = seen.w, list[Block]()
    if not seen.results["totals"]["breached"]:
        out.append(Note("", Rich(w("pack.nothing.only"))))
    if found.late:
        why, at = w(f"withheld.why.{found.late.why}"), fmt.instant(found.late.since, seen.zone)
        out.append(Note(w("pack.late.title"), Rich(w("pack.late", at=at, why=why))))
    if found.running:
        out.append(Note(w("pack.running.title"), Rich(w("pack.running"))))
    if found.restated:
        before = fmt.instant(found.restated.before, seen.zone)
        out.append(Note(w("pack.restated.title"), Rich(w("pack.restated", n=found.restated.n, at=before))))
        out += _changes(found.restated, seen)
    if found.without:
        said = [w(f"pack.without.{why}", who=role_said(who, w)) for who, why in found.without]
        out.append(Note(w("pack.without"), Rich(seen.listed(said))))
    return out


def _changes(restated: Restated, seen: Seen) -> list[Block]:
    if not restated.changes:
        return []
    w = seen.w
    rows = [
        Row((Cell(seen.title(clause), below=clause), Cell(fmt.count(was)), Cell(fmt.count(now))))
        for clause, was, now in restated.changes[:SHOWN]
    ]
    if more := len(restated.changes) - len(rows):
        rows.append(Row((Cell(w("pack.restated.more", n=more)),), wide=True))
    heads = tuple(w(f"pack.restated.{name}") for name in ("clause", "was", "now"))
    return [Table("", "", heads, tuple(rows), right=frozenset({1, 2}))]


def _escalated(view: View, w: Catalogue) -> list[Block]:
    heads = tuple(w(key) for key in ("escalated.matter", "col.clause", "col.due", "col.late", "col.holder"))
    if not view["rows"]:
        return [Passage(view["title"], view["none"])]
    rows = [
        Row(
            (
                Cell(row["label"], below=row["customer"], bold=True), Cell(row["clause"]), Cell(row["due"]),
                Cell(row["late"], red=True), Cell(row["holder"]),
            )
        )
        for row in view["rows"]
    ]  # fmt: skip
    if view["more"]:
        rows.append(Row((Cell(view["more"]),), wide=True))
    return [
        Table(
            view["title"],
            view["count"],
            heads,
            tuple(rows),
            right=frozenset({2, 3, 4}),
            whole=frozenset({2, 3}),
        )
    ]


def _falling(view: View, w: Catalogue) -> list[Block]:
    if not view["rows"]:
        return [Passage(view["title"], view["none"])]
    rows = [
        Row((Cell(row["kind"]), *(Cell(n) for n in row["counts"]), Cell(row["total"])))
        for row in view["rows"]
    ]
    heads = ("", *view["days"], w("falling.all"))
    return [Table(view["title"], "", heads, tuple(rows), right=frozenset(range(1, len(heads))))]


def _since(seen: Seen, w: Catalogue) -> list[Block]:
    """Open then + new - over = open now, since the last report of this name."""
    since: Mapping[str, Any] = seen.life["since"]
    if seen.life["first_report"]:
        return []
    new, gone = since["new"] + since["reopened"], since["cleared"] + since["withdrawn"]
    terms = (
        ("", fmt.count(since["open_before"]), w("pack.since.before"), False),
        ("+", fmt.count(new), w("pack.since.new"), bool(new)),
        (fmt.MINUS, fmt.count(gone), w("pack.since.gone"), False),
        ("=", fmt.count(since["open_now"]), w("pack.since.now"), False),
    )
    at = fmt.instant(since["previous_as_of"], seen.zone)
    return [Note("", Rich(bold(w("pack.since", at=at)))), Sums(terms)]


def _files(found: Pack, w: Catalogue) -> list[Block]:
    out: list[Block] = []
    if found.attached:
        out.append(Facts(w("pack.files"), tuple((size_said(one.size), one.name) for one in found.attached)))
    if found.left_out:
        rows = [(size_said(one.size), one.name) for one in found.left_out]
        where = (w("pack.where"), w("pack.where.folder", place=found.place))
        title = f"{w('pack.left_out')} · {w('pack.left_out.why', limit=size_said(found.limit))}"
        out.append(Facts(title, (*rows, where)))
    return out


def _foot(found: Pack, seen: Seen) -> Foot:
    made, w = frame(seen), seen.w
    as_of = seen.results["as_of"]
    stamp = f"{fmt.instant(as_of, seen.zone)} ({fmt.offset(as_of)})"
    return Foot(
        (
            w("pack.foot"),
            w("pack.foot.seal", seal=made["seal"], books=made["books"]),
            w("mail.foot.mail", mail=found.mail, as_of=stamp),
        )
    )
