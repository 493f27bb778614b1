"""A mapping says exactly what the grammar knows, and every slip is told with its line."""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from config.mapping import Mapping, MappingError, load_mapping
from config.mapping.days import as_instant
from config.mapping.lines import YamlProblem, read_lined
from config.mapping.load import FOLDER
from config.mapping.schema import FILE, keys_at, schema, schema_text

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "mappings.md"
WHOLE = re.search(
    r"## A whole small mapping\n\n```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL
)
assert WHOLE is not None
EXAMPLE = WHOLE[1]


def load(folder: Path, text: str, env: dict[str, str] | None = None) -> Mapping:
    path = folder / "acme.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path, env or {})


def line_of(text: str, part: str) -> int:
    return next(at for at, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_documented_mapping_loads(tmp_path: Path) -> None:
    mapping = load(tmp_path, EXAMPLE)
    assert mapping.file.source == "acme"
    assert mapping.file.entities["case"].values["service_type"]["咨询"] == "consultation"
    assert mapping.where("entities", "case", "select").endswith(f"acme.yaml:{line_of(EXAMPLE, 'select: |')}")


WHOLE_EXAMPLES = re.findall(r"```yaml\n(schema: 1\n.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", WHOLE_EXAMPLES, ids=[read_lined(t).data["source"] for t in WHOLE_EXAMPLES])  # type: ignore[index]
def test_every_whole_example_of_the_page_loads(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text).file.schema_ == 1
    assert problems_of(text) == []


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_every_committed_mapping_loads_by_name_without_any_environment(name: str) -> None:
    assert load_mapping(name, {}).file.source == name


SLIPS = [
    ("complete_since: 2026-01-01\n    since", "complet_since: 2026-01-01\n    since", "complet_since", "`complete_since`"),
    ("zone: Asia/Shanghai", "zone: Asia/Shangha", "`Asia/Shangha` is no time zone", "IANA"),
    ("投诉: complaint", "投诉: complain", "`complain` is no value of case.service_type", "`complaint`"),
    ("since: {first_response_at", "since: {first_respons_at", "`first_respons_at` is no field", "`first_response_at`"),
    ("precision: {received_at: second}", "precision: {received_at: secund}", "precision.received_at", "docs/mappings.md"),
    ("precision: {received_at", "precision: {case_no", "`case_no` is no field of case", "known are"),
    ("  case:\n    from: crm\n    select: |", "  kase:\n    from: crm\n    select: |", "`kase` is no canonical entity", "`case`"),
    ("    decoder: columns\n", "", "the key `decoder` is missing", "add it"),
    ("decoder: columns", "decoder: magic", "decoder", "docs/mappings.md"),
    ("acceptance: {from: registers", "acceptance: {from: register", "`register` is no connection", "`registers`"),
    ("acceptance: {from: registers", "acceptance: {from: crm", "the `select` is missing", "give one SELECT"),
    ("{change: status, to: [Closed]}", "{change: stat, to: [Closed]}", "`stat` is no field of the change log", "`status`"),
    ("says: call", "says: cal", "says", "docs/mappings.md"),
    ("        assigned: {change: owner}", "        asigned: {change: owner}", "`asigned` is no value", "`assigned`"),
    ("customer, With supplier", "customers, With supplier", "`customers` is no reason of a pause", "`customer`"),
    ("case.closed_at:", "case.closedat:", "`closedat` is no field of case", "`closed_at`"),
    ("case.closed_at:", "case.case_no:", "case.case_no is no instant", "value_at"),
    ("case.closed_at:", "deviation.closed_at:", "`deviation` has no SELECT", "add it"),
    ("complete_since: 2026-01-01\n    since", "complete_since: last year\n    since", "`last year` is no day", "2026-01-01"),
    ("extracted_at: now", "extracted_at: 2026-10-31T18:00:00", "is no day", "offset"),
    ("${ACME_CRM_URL}", "postgresql://r:secret@h/d", "a password is written into the mapping", "${NAME}"),
    ('default: "sqlite:///state/acme.db"', 'default: "${X}"', "only in `url`", "plain value"),
    ("folder: state/acme/registers", 'folder: x, url: "sqlite:///y"', "either `url`", "docs/mappings.md"),
    ("source: acme ", "source: Acme GmbH ", "source", "docs/mappings.md"),
    ("schema: 1", "schema: 2", "schema", "docs/mappings.md"),
    ("schema: 1", "schema: 1\nschema: 1", "the key `schema` stands twice", "correct the YAML"),
    ("title: {zh", "title: {zh: [", "", "correct the YAML"),
    ("to: [Resolved, Closed]}}\n", "to: []}}\n", "it takes `change` and `to`", "name the values"),
    ("{last_change: {change: status, to: [Closed]}}", "{last_change: {change: status}, first_change: {change: status}}",
     "exactly one", "docs/mappings.md"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("was", "becomes", "found", "do"), SLIPS, ids=[slip[2][:40] or slip[1][:20] for slip in SLIPS]
)
def test_a_slip_is_told_with_its_line_and_what_to_do(
    tmp_path: Path, was: str, becomes: str, found: str, do: str
) -> None:
    assert was in EXAMPLE
    text = EXAMPLE.replace(was, becomes, 1)
    with pytest.raises(MappingError) as error:
        load(tmp_path, text)
    told = [p for p in error.value.problems if found in p[0] and do in p[2]]
    assert told, error.value.problems
    line = int(told[0][1].rpartition(":")[2])
    changed = [
        at
        for at, pair in enumerate(zip(text.splitlines(), EXAMPLE.splitlines(), strict=False), 1)
        if pair[0] != pair[1]
    ]
    assert line <= changed[0] + becomes.count("\n") + 1
    assert line >= changed[0] - 6, "a missing key is told at its block"
    assert error.value.exit_code == 2


NEW_ONLY = """\
    from: crm
    select: SELECT id, ticket_id AS record, at, who AS actor, field, value AS new FROM notes
    decoder: new_value_only
    order: id
    fields: {status: status}
    actors: {staff: SELECT login FROM users, bot: [workflow]}
    creation: {at: received_at, now: {status: status_now}, first: {status: status_first}, tolerance: 2 s}
    complete_since: {status: 2026-02-01}
"""
OWN_EXTRACTS = """\
    decoder: snapshots
    folder: state/acme/seen
    fields: {status_now: status, owner_now: owner}
    creation: {at: received_at}
"""
CASE = """\
    deleted: is_deleted
    cursor: {kind: timestamp, column: changed, overlap: 2 h}
    stamps: {received_at: naive local America/New_York}
    agrees_with: {received_at: {column: first_mail_in, tolerance: 5 min}}
    void: {merged: {column: merged_into_id}, test: {column: number, is: [T-0, 17]}}
"""


def acme(log: str = NEW_ONLY, case: str = CASE, answer: str = "by_kind: [staff]") -> str:
    return f"""\
schema: 1
source: acme
title: {{zh: 甲, en: Acme}}
zone: Asia/Shanghai
connections: {{crm: {{url: "sqlite:///x.db"}}}}
entities:
  case:
    from: crm
    select: SELECT 1
{case}change_logs:
  case:
{log}derive:
  case.first_response_at: {{first_of: [{{change: status, {answer}, says: history}}]}}
"""


def test_the_whole_grammar_of_logs_and_policies_loads(tmp_path: Path) -> None:
    case = load(tmp_path, acme()).file.entities["case"]
    assert case.void["test"].is_ == ["T-0", "17"]
    assert case.agrees_with["received_at"].column == "first_mail_in"
    log = load(tmp_path, acme()).file.change_logs["case"]
    assert (log.since("status"), log.since("owner")) == ("2026-02-01", None)
    own = load(tmp_path, acme(OWN_EXTRACTS, answer="to: [Open]")).file.change_logs["case"]
    assert own.fields == {"status_now": "status", "owner_now": "owner"}


MORE_SLIPS = [
    ("    order: id\n", "", "`order` (id or at) belongs to"),
    ("decoder: new_value_only\n    order: id\n", "decoder: columns\n", "`creation.first` belongs to"),
    ("decoder: new_value_only\n    order: id\n", "decoder: columns\n    order: id\n", "`order` (id or at) belongs to"),
    ("decoder: new_value_only\n    order: id\n", "decoder: snapshots\n", "takes `folder`"),
    ("naive local America/New_York", "naive local America/New_Yrk", "`America/New_Yrk` is no time zone"),
    ("naive local America/New_York", "local", "give one of utc"),
    ("stamps: {received_at", "stamps: {recieved_at", "`recieved_at` is no field"),
    ("agrees_with: {received_at", "agrees_with: {case_no", "`case_no` is no field"),
    ("tolerance: 5 min", "tolerance: 5 minutes", "tolerance"),
    ("void: {merged", "void: {mergd", "void.mergd"),
    ("{kind: timestamp, column: changed, overlap: 2 h}", "{kind: timestamp}", "`column` belongs to"),
    ("{kind: timestamp, column: changed, overlap: 2 h}", "{kind: id, column: id, overlap: 2 h}", "`overlap` belongs"),
    ("complete_since: {status:", "complete_since: {stat:", "`stat` is no field"),
    ("first: {status:", "first: {stats:", "`stats` is no field"),
    ("by_kind: [staff]", "by_kind: [customer]", "does not say who is customer"),
    ("by_kind: [staff]", "by_kind: [robot]", "by_kind"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "becomes", "found"), MORE_SLIPS, ids=[slip[1][:40] for slip in MORE_SLIPS])
def test_a_slip_in_logs_and_policies_is_told_with_its_line(
    tmp_path: Path, was: str, becomes: str, found: str
) -> None:
    assert was in acme()
    text = acme().replace(was, becomes, 1)
    with pytest.raises(MappingError) as error:
        load(tmp_path, text)
    told = [p for p in error.value.problems if found in p[0]]
    assert told, error.value.problems
    line = int(told[0][1].rpartition(":")[2])
    assert abs(line - line_of(text, becomes.splitlines()[0] if becomes else "decoder:")) <= 6


def test_our_own_extracts_need_an_instant_of_their_own(tmp_path: Path) -> None:
    text = acme(OWN_EXTRACTS, answer="to: [Open]").replace(
        "source: acme", "source: acme\nextracted_at: newest"
    )
    with pytest.raises(MappingError, match="the newest stamp is not the instant"):
        load(tmp_path, text)


def test_only_a_case_can_be_void_and_a_register_has_no_columns_of_its_own(tmp_path: Path) -> None:
    text = acme(case="").replace(
        "change_logs:", "  customer: {from: crm, select: SELECT 1, void: {test: {column: x}}}\nchange_logs:"
    )
    with pytest.raises(MappingError, match="only a case can be void"):
        load(tmp_path, text)
    text = EXAMPLE.replace("acceptance: {from: registers,", "acceptance: {from: registers, deleted: gone,")
    with pytest.raises(MappingError, match="has no columns of its own"):
        load(tmp_path, text)


def test_all_slips_are_told_at_once(tmp_path: Path) -> None:
    text = EXAMPLE.replace("投诉: complaint", "投诉: complain").replace("case.closed_at:", "case.closedat:")
    with pytest.raises(MappingError) as error:
        load(tmp_path, text)
    assert len(error.value.problems) == 2
    assert "and also:" in str(error.value)


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n"])
def test_an_empty_file_is_no_mapping(tmp_path: Path, text: str) -> None:
    with pytest.raises(MappingError, match="empty or no mapping"):
        load(tmp_path, text)


def test_a_file_that_is_not_there_or_not_utf8_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path / "none.yaml", {})
    (tmp_path / "gbk.yaml").write_bytes("标题: 中文".encode("gbk"))
    with pytest.raises(MappingError, match="not UTF-8"):
        load_mapping(tmp_path / "gbk.yaml", {})


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(MappingError, match="no mapping is called `nowhere`") as error:
        load_mapping("nowhere", {})
    assert "demo" in error.value.do


def test_words_stay_words(tmp_path: Path) -> None:
    text = EXAMPLE.replace(
        "{咨询: consultation", "{No: consultation, 1: complaint, true: complaint, 2026-01-01: ~"
    )
    values = load(tmp_path, text).file.entities["case"].values["service_type"]
    assert list(values)[:4] == ["No", "1", "true", "2026-01-01"]
    assert values["2026-01-01"] is None


def test_a_key_said_twice_is_a_problem_and_not_the_last_one_wins() -> None:
    with pytest.raises(YamlProblem, match="stands twice") as error:
        read_lined("a: 1\nb:\n  c: 1\n  c: 2\n")
    assert error.value.line == 4


def test_the_environment_comes_before_the_default(tmp_path: Path) -> None:
    assert load(tmp_path, EXAMPLE).url("crm").get_secret_value() == "sqlite:///state/acme.db"
    env = {"ACME_CRM_URL": "postgresql://reader:p%40ss@db/crm"}
    assert load(tmp_path, EXAMPLE, env).url("crm").get_secret_value() == env["ACME_CRM_URL"]


def test_a_password_inside_a_url_is_quoted(tmp_path: Path) -> None:
    text = EXAMPLE.replace("${ACME_CRM_URL}", "postgresql://reader:${ACME_PASSWORD}@db/crm")
    mapping = load(tmp_path, text, {"ACME_PASSWORD": "p@ss:w/rd"})
    assert mapping.url("crm").get_secret_value() == "postgresql://reader:p%40ss%3Aw%2Frd@db/crm"


def test_a_name_that_is_not_set_is_told_only_when_it_is_needed(tmp_path: Path) -> None:
    mapping = load(tmp_path, EXAMPLE.replace(', default: "sqlite:///state/acme.db"', ""))
    with pytest.raises(MappingError, match="ACME_CRM_URL is not set") as error:
        mapping.url("crm")
    assert error.value.where.endswith(f":{line_of(EXAMPLE, '${ACME_CRM_URL}')}")


def test_no_secret_shows_in_any_representation(tmp_path: Path) -> None:
    secret = "hunter-2-only"
    mapping = load(tmp_path, EXAMPLE, {"ACME_CRM_URL": f"postgresql://reader:{secret}@db/crm"})
    assert (
        secret
        not in f"{mapping!r}{mapping}{mapping.url('crm')!r}{mapping.url('crm')}{mapping.file!r}{mapping.text}"
    )
    with pytest.raises(MappingError) as error:
        load(tmp_path, EXAMPLE.replace("${ACME_CRM_URL}", f"postgresql://r:{secret}@h/d"))
    assert secret not in f"{error.value}{error.value!r}{error.value.problems}{error.value.__cause__!r}"


def test_the_committed_schema_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), "run: config.mapping.schema.write_schema()"


def problems_of(text: str) -> list[str]:
    """What an editor would underline."""
    return [error.json_path for error in Draft202012Validator(schema()).iter_errors(read_lined(text).data)]


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_editors_find_nothing_wrong_with_a_committed_mapping(name: str) -> None:
    assert problems_of((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("stamps: {received_at: naive local America/New_York}", "stamps: {received_at: local}"),
        ("agrees_with: {received_at", "agrees_with: {case_no"),
        ("case.first_response_at", "case.first_respons_at"),
        ("void: {merged", "void: {gone"),
        ("order: id", "order: up"),
    ],
)
def test_editors_underline_what_the_loader_refuses(was: str, becomes: str) -> None:
    assert problems_of(acme()) == []
    assert was in acme()
    assert problems_of(acme().replace(was, becomes, 1)) != []


def test_the_schema_knows_the_keys_of_every_block() -> None:
    assert "complete_since" in keys_at(["entities", "case"])
    assert keys_at(["derive", "case.x", "first_of", 0]) == [
        "by",
        "by_kind",
        "change",
        "column",
        "from",
        "not_by",
        "not_by_kind",
        "says",
        "to",
    ]
    assert keys_at(["connections", "crm"]) == [
        "connect_timeout",
        "default",
        "exports",
        "folder",
        "landing",
        "statement_timeout",
        "taken_at",
        "url",
    ]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-01", 1_767_196_800_000_000),
        ("2026-01-01T00:00+08:00", 1_767_196_800_000_000),
        ("2026-01-01T00:00:00.000001Z", 1_767_225_600_000_001),
    ],
)
def test_a_day_is_local_and_an_instant_has_its_offset(text: str, instant: int) -> None:
    assert as_instant(text, "Asia/Shanghai") == instant


@pytest.mark.parametrize("text", ["2026-01-01T00:00", "2026-02-30", "yesterday", ""])
def test_what_is_no_day_and_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        as_instant(text, "Asia/Shanghai")


def test_a_name_is_looked_up_in_the_working_folder_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "config" / "crm" / "demo.yaml"
    own.parent.mkdir(parents=True)
    shipped = (FOLDER / "demo.yaml").read_text(encoding="utf-8")
    own.write_text(shipped.replace("source: demo", "source: mine", 1), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert load_mapping("demo", {}).file.source == "mine"
    assert load_mapping("creme", {}).file.source == "creme"
