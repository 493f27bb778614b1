"""A small house for samples: everything in registers, two clauses that people score, one that they attest."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from audits.judge import Judged, audit
from audits.marking import PLACE, Known, to_bytes
from audits.results import results
from audits.words import Words
from config.mapping import load_mapping
from config.rulebook import gather, open_rules
from config.settings import Settings
from config.trail import key_of
from tasks.crm import extract, snapshot
from tasks.crm.register_sheets import write_register
from tasks.store import open_store
from tests.rules_home import copied

ZONE = "Asia/Shanghai"
TONE, OPENING, HANDBOOK, COUNTED = "LAB-TONE", "LAB-OPENING", "LAB-HANDBOOK", "LAB-COUNTED"
_CARDS = """schema: 1
standard: LAB
cards:
  - id: LAB-TONE
    place: 样例·用语
    title: {zh: 用语专业有礼, en: Staff speak politely}
    check: behaviour
    auditable: attest
    rests_on: scorecard
    readings: [sample_size]
    drawn_from: {of: interaction, where: {by_bot: false}, strata: [channel]}

  - id: LAB-OPENING
    place: 样例·首句
    title: {zh: 首句报公司名, en: The first sentence names the company}
    check: behaviour
    auditable: attest
    rests_on: scorecard
    readings: [sample_size]
    drawn_from: {of: interaction, where: {channel: phone}}

  - id: LAB-HANDBOOK
    place: 样例·手册
    title: {zh: 有服务手册, en: There is a handbook}
    check: behaviour
    auditable: attest
    rests_on: attestation
    readings: [attestation_validity]

  - id: LAB-COUNTED
    place: 样例·接通
    title: {zh: 接通有记录, en: A call says when it was answered}
    check: completeness
    of: interaction
    where: {channel: phone}
    from: started_at
    fields: [answered_at]
"""
_STANDARD = """schema: 1
code: LAB
title: {zh: 样例, en: A sample standard}
edition: "1"
adopted_by: {zh: 试验, en: a test}
adopted_on: 2024-01-01
in_force_from: 2024-01-01
"""
_MAPPING = """schema: 1
source: lab
title: {zh: 样例, en: Lab}
zone: Asia/Shanghai
stamps: naive local
extracted_at: 2026-10-05T02:00:00+08:00
connections:
  registers: {folder: REGISTERS}
entities:
  staff: {from: registers}
  interaction: {from: registers}
"""
_SCORES = """  scorecard: {from: registers}
  scorecard_item: {from: registers}
  attestation: {from: registers}
"""
_CHANNELS = ("phone", "phone", "phone", "chat", "email", "phone", "chat", "wechat")


class SampleHouse:
    """A folder with settings, rules, registers and runs; nothing of it is anybody else's."""

    def __init__(self, folder: Path, contacts: int = 120, *, takes_scores: bool = True) -> None:
        self.folder, self.registers = folder, folder / "registers"
        home = copied(folder / "rules", "readings")
        lab = home / "standards" / "lab"
        lab.mkdir(parents=True)
        (lab / "cards.yaml").write_text(_CARDS, encoding="utf-8")
        (lab / "standard.yaml").write_text(_STANDARD, encoding="utf-8")
        bound = "schema: 1\nstandards:\n  LAB: {mode: binding, profile: all}\n"
        (home / "standards" / "bindings.yaml").write_text(bound, encoding="utf-8")
        self.mapping = folder / "lab.yaml"
        text = _MAPPING + (_SCORES if takes_scores else "")
        self.mapping.write_text(text.replace("REGISTERS", str(self.registers)), encoding="utf-8")
        store = f"sqlite:///{folder / 'store.db'}"
        self.settings = Settings(
            source=str(self.mapping), rules=home, out=folder / "out", state=folder / "state", store_url=store
        )
        self._fill(contacts)

    def _fill(self, contacts: int) -> None:
        first = datetime(2026, 7, 1, 9, 0)
        calls = [
            {
                "id": f"C{n:04d}", "staff_id": ("E1", "E2")[n % 2], "channel": _CHANNELS[n % 8], "direction": "in",
                "by_bot": n % 40 == 7, "started_at": first + timedelta(hours=17 * n),
                "answered_at": first + timedelta(hours=17 * n, seconds=9) if n % 5 else None,
            }
            for n in range(contacts)
        ]  # fmt: skip
        write_register(self.registers / "log.xlsx", {"interaction": calls})
        people = [{"staff_no": f"E{n}", "name": name} for n, name in enumerate(("周一", "吴二", "周一"), 1)]
        write_register(self.registers / "staff.xlsx", {"staff": people})

    def extract(self, run: str = "lab-2026-Q3") -> Path:
        """Take a snapshot as a run does; its folder."""
        mapping = load_mapping(self.mapping, os.environ)
        taken = extract(mapping, now=datetime.fromisoformat("2026-10-06T00:00+08:00"))
        files = gather(self.settings, mapping.text, "2026-Q3")
        judged_with = {f"rules/{name}": content for name, content in files.items()}
        judged_with[PLACE] = to_bytes(Known())
        url, key = self.settings.store_url.get_secret_value(), key_of(self.settings)
        with open_store(url, self.settings.store_wait_s, key) as store:
            store.put_directory(taken.facts.source, taken.directory, taken.facts.extracted_at)
        place = self.settings.out / run / "snapshot"
        snapshot.write(place, taken.facts, judged_with, taken.facts.extracted_at)
        return place

    def judged(self, place: Path, period: str = "2026-Q3") -> Judged:
        """What an audit of a snapshot finds."""
        taken = snapshot.read(place)
        rules, named = open_rules(taken.rules, period, ZONE)
        return audit(taken.facts, rules, taken.info.as_of, named)

    def clause(self, place: Path, clause: str, period: str = "2026-Q3") -> dict[str, Any]:
        """What the results of an audit say of an attested clause."""
        found = results(self.judged(place, period), {"hash": "", "frames": {}}, "test", Words("", ""))
        said: dict[str, Any] = next(c for c in found["clauses"] if c["id"] == clause)["attested"]
        return said


def column_of(sheet: Any, name: str) -> int:
    """Number of the column whose header names it."""
    row = next(r for r in range(1, 11) if sheet.cell(r, 1).value and "\n" in str(sheet.cell(r, 1).value))
    for at in range(1, sheet.max_column + 1):
        if name in str(sheet.cell(row, at).value).replace(" *", "").split("\n"):
            return at
    raise KeyError(name)


def fill(path: Path, verdicts: list[str], *, who: str = "E1", clause: str = "") -> Path:
    """Fill a scorecard as a person does: verdicts from the list, one after the other, and who scored."""
    book = load_workbook(path)
    items, cards = book["评分项"], book["评分表"]
    verdict, of = column_of(items, "评分"), column_of(items, "条款")
    rows = [r for r in range(4, items.max_row + 1) if not clause or items.cell(r, of).value == clause]
    for row, said in zip(rows, verdicts, strict=False):
        items.cell(row, verdict).value = said or None
    assessor, on = column_of(cards, "评分人"), column_of(cards, "评分日期")
    for row in range(4, cards.max_row + 1):
        cards.cell(row, assessor).value = who or None
        cards.cell(row, on).value = datetime(2026, 10, 5)
    book.save(path)
    return path
