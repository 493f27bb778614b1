"""What the smaller flows leave in Prefect's UI, and that text of a CRM commands nothing there."""

import json
from datetime import datetime
from typing import Any

import pytest

from audits.words import Reason
from flows.auditing import showing
from flows.serving import up
from reports.artifact import gap_rows, read_rows
from reports.notes import backfill_note, gone_note, pack_note, sent_note, watch_note

EVIL = "a|b <img src=x onerror=alert(1)> [x](http://evil) \u202e`"
#: Reasons of `no_data`.
GAPS = [one for one in Reason if one >= Reason.NULL_FILTER]
LOOK: dict[str, Any] = {
    "source": "demo", "as_of": "2026-11-02T02:00:00+08:00", "looked": True, "rows": 31_234, "mails": 2,
    "opened": 3, "reopened": 0, "cleared": 1, "withdrawn": 0, "changes": 4, "alarms": [EVIL], "steps": [],
    "aside": "",
}  # fmt: skip
PACK: dict[str, Any] = {
    "report": "monthly", "source": "demo", "period": "2026-10", "state": "sent", "as_of": LOOK["as_of"],
    "folder": "out/x", "breached": 7, "population": 90, "readers": [{}, {}], "missed": [["E1", "no address"]],
}  # fmt: skip
PERIODS: list[dict[str, Any]] = [
    {"period": "2026-08", "done": False, "as_of": "", "folder": ""},
    {"period": "2026-09", "done": True, "as_of": "", "folder": "out/y", "population": 80, "breached": 5},
]


def cells(note: str) -> list[list[str]]:
    """A table's rows without the line below its heads; each has as many cells as the heads."""
    lines = [line.replace("\\|", "¦").strip("| \n").split(" | ") for line in note.strip().split("\n")]
    assert len({len(line) for line in lines if line}) <= 2
    return [line for at, line in enumerate(lines) if at != 1]


def test_a_look_says_what_it_read_found_and_told() -> None:
    zh, en = (watch_note(LOOK, lang) for lang in ("zh", "en"))
    for note in (zh, en):
        assert "31,234" in note
        assert "<img" not in note
        assert "\\[x\\](http" in note
        assert "\u202e" not in note
        assert len(cells(note)) == 5
    assert "3 opened, 1 cleared" in en
    assert "2 mails owed" in en
    assert "nothing new" in watch_note(LOOK | {"opened": 0, "cleared": 0}, "en")
    aside = LOOK | {"opened": 0, "cleared": 0, "looked": False, "aside": "for the audit begun at two"}
    assert "nothing was looked at" in watch_note(aside, "en")
    assert ["stepped aside", "for the audit begun at two"] in cells(watch_note(aside, "en"))


def test_a_report_says_how_many_it_reached_and_names_nobody() -> None:
    note = pack_note(PACK, "en")
    assert "7 breached of 90" in note
    assert "E1" not in note
    assert len(cells(note)) == 8
    assert len(cells(pack_note({"report": "daily", "state": "off"}, "zh"))) == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_backfill_housekeeping_and_mails_say_what_was_done(lang: str) -> None:
    assert [row[0] for row in cells(backfill_note(PERIODS, lang))[1:]] == ["2026-08", "2026-09"]
    assert cells(gone_note([("mails", 16, 20_000)], lang))[1] == ["mails", "16", "20,000"]
    assert "|" not in gone_note([], lang)
    assert "demo" in sent_note({"demo": "3 sent"}, lang)
    assert len(cells(sent_note({}, lang))) == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_of_a_gap_is_told_with_what_to_do(lang: str) -> None:
    gaps = [
        {"field": "case.x", "reason": one.name, "records": 2, "duties": 3, "clauses": ["A", "B"]}
        for one in GAPS
    ]
    rows = gap_rows({"gaps": gaps}, lang)
    assert [(row["field"], row["records"], row["duties"], row["clauses"]) for row in rows] == [
        ("case.x", 2, 3, "A, B")
    ] * len(GAPS)
    assert all(row["why"] and row["do"] for row in rows)


def test_a_snapshot_has_rows_and_no_seconds() -> None:
    reads = [{"what": "case", "rows": 5, "milliseconds": None, "newest": ""}]
    assert read_rows({"reads": reads}) == [{"read": "case", "rows": 5, "seconds": "", "newest row": ""}]


@pytest.mark.parametrize(
    ("words", "key"), [(("audit", "demo", "2026-W44"), "audit-demo-2026-w44"), (("审计", "A_b"), "a-b")]
)
def test_a_key_is_ascii_and_dashes_whatever_the_words_are(words: tuple[str, ...], key: str) -> None:
    assert showing.key_of(*words) == key


def test_a_line_of_the_log_holds_no_address_and_one_value_a_key(caplog: pytest.LogCaptureFixture) -> None:
    assert showing._value("550 no such user <a.b@example.com>") == '"550 no such user <(address)>"'
    assert showing._value('x="1"\nstep=evil') == '"x=\\"1\\"\\nstep=evil"'
    assert showing._value(12) == "12"
    showing.say(step="outside of a run there is no log")
    assert caplog.records == []


def test_up_prints_lines_for_people_or_an_object_a_line_for_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = '[green]✓[/] 夜间 "x"'
    up.speaker("text")(line)
    assert capsys.readouterr().out == '✓ 夜间 "x"\n'
    up.speaker("json")(line)
    told = json.loads(capsys.readouterr().out)
    assert (told["message"], told["level"]) == ('✓ 夜间 "x"', "INFO")
    assert datetime.fromisoformat(told["at"]).tzinfo is not None
