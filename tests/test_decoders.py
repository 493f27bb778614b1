"""A CRM's history in its own shape, read as changes; and the stamps, rows and values found in them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.errors import ClausewatchError
from audits.words import NAT, Reason
from config.mapping import MappingError
from config.mapping.model import Change, ChangeLog, Derive, Interval, ValueAt
from tasks.crm import derive, derive_rows
from tasks.crm.boundary import How, Rows, cast_rows
from tasks.crm.changes import Changes, begun, labelled, matching
from tasks.crm.columns import columns
from tasks.crm.decoders import decode
from tests.test_sql_source import MAPPING, read, sqlite_crm

UNTIMED = settings(deadline=None, max_examples=50)
KEYS = pa.array(["a", "b", "c"], pa.large_string())
T0 = pd.Timestamp("2026-09-01").value // 1000
MINUTE = 60_000_000


def minute(at: int | None) -> str | None:
    return None if at is None else f"2026-09-01 {at // 60:02}:{at % 60:02}:00"


def log_of(decoder: str = "columns", **fields: str) -> ChangeLog:
    return ChangeLog.model_validate(
        {"from": "crm", "select": "x", "decoder": decoder, "fields": fields or {"status": "status"}}
    )


def changes(rows: list[tuple[Any, ...]], log: ChangeLog | None = None) -> Changes:
    """Rows of (record, minute, old, new) of the field status."""
    raw = pd.DataFrame(
        [(record, minute(at), "li", "status", old, new) for record, at, old, new in rows],
        columns=["record", "at", "actor", "field", "old", "new"],
        dtype=object,
    )
    return decode("case", columns(raw), log or log_of(), KEYS, "naive utc", "Asia/Shanghai", "x:1")[0]


def listed(found: Changes) -> list[tuple[Any, ...]]:
    minutes = (found.when - T0) // MINUTE
    return list(
        zip(found.row.tolist(), minutes.tolist(), found.old.to_pylist(), found.new.to_pylist(), strict=True)
    )


def decoded_json(values: Sequence[str | None], **fields: str) -> tuple[list[tuple[Any, ...]], list[Any]]:
    raw = pd.DataFrame({"record": "a", "at": [minute(at) for at in range(len(values))], "value": values})
    found, violations = decode(
        "case", columns(raw), log_of("json_changes", **fields), KEYS, "naive utc", "Asia/Shanghai", "x:1"
    )
    return list(
        zip(found.field.to_pylist(), found.old.to_pylist(), found.new.to_pylist(), strict=True)
    ), violations


def test_changes_come_in_the_order_they_happened() -> None:
    found = changes([("b", 5, "x", "y"), ("a", 9, "y", "z"), ("a", 3, "x", "y")])
    assert listed(found) == [(0, 3, "x", "y"), (0, 9, "y", "z"), (1, 5, "x", "y")]


def test_changes_of_one_instant_keep_the_logs_own_order() -> None:
    raw = pd.DataFrame(
        {
            "id": [10, 9],
            "record": "a",
            "at": minute(1),
            "field": "status",
            "old": ["y", "x"],
            "new": ["z", "y"],
        }
    )
    found, _ = decode("case", columns(raw), log_of(), KEYS, "naive utc", "Asia/Shanghai", "")
    assert found.new.to_pylist() == ["y", "z"]
    assert found.key.to_pylist() == ["9", "10"]


def test_an_entry_that_keeps_its_value_is_no_change() -> None:
    assert listed(changes([("a", 1, "x", "x"), ("a", 2, None, None), ("a", 3, None, "x")])) == [
        (0, 3, None, "x")
    ]


def test_entries_that_cannot_be_placed_are_counted_and_named() -> None:
    raw = pd.DataFrame(
        {
            "record": ["a", None, "zz", "b"],
            "at": [minute(1), minute(2), minute(3), "soon"],
            "field": "status",
            "old": "x",
            "new": "y",
        }
    )
    found, violations = decode("case", columns(raw), log_of(), KEYS, "naive utc", "Asia/Shanghai", "")
    assert listed(found) == [(0, 1, "x", "y")]
    assert [(v.field, v.rule, v.count, v.examples) for v in violations] == [
        ("change log", "type", 1, ("b",)),
        ("change log", "required", 1, ()),
        ("change log", "reference", 1, ("zz",)),
    ]


def test_creme_lists_hold_a_label_and_changes_with_or_without_an_old_value() -> None:
    found, _ = decoded_json(
        ['["T-1"]', '["T-1", ["status_id", 1, 6], ["user_id", 6, 2]]', '["T-1", ["status_id", 4]]', '["T", ["x"]]'],
        status_id="status", user_id="owner",
    )  # fmt: skip
    assert found == [("status", "1", "6"), ("owner", "6", "2"), ("status", None, "4")]


VALUES = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text('a"\\\\[],状', max_size=4))
ENTRIES = st.tuples(
    st.text('T"\\\\[],é', max_size=6), st.lists(st.tuples(st.sampled_from(["status", "x"]), VALUES, VALUES))
)


@UNTIMED
@given(st.lists(ENTRIES, max_size=8), st.booleans())
def test_json_entries_read_like_each_one_alone(entries: Any, ascii_only: bool) -> None:
    def word(value: Any) -> str | None:
        return None if value in (None, "") else value if isinstance(value, str) else json.dumps(value)

    texts = [json.dumps([label, *changes], ensure_ascii=ascii_only) for label, changes in entries]
    expected = [
        (name, word(old), word(new))
        for _, changes in entries
        for name, old, new in changes
        if name == "status" and word(old) != word(new)
    ]
    assert decoded_json(texts)[0] == expected


def test_frappe_objects_hold_a_list_of_changes() -> None:
    found, _ = decoded_json(['{"changed": [["status", "Open", "Closed"], ["other", 1, 2]], "added": []}'])
    assert found == [("status", "Open", "Closed")]


def test_json_values_keep_their_kind_in_words() -> None:
    found, _ = decoded_json(
        ['["T", ["status", false, true]]', '["T", ["status", 1.5, "未解决"]]', '["T", ["status", "", null]]']
    )
    assert found == [("status", "false", "true"), ("status", "1.5", "未解决")]


def test_broken_json_is_counted_and_the_rest_is_read() -> None:
    found, violations = decoded_json(['["T", ["status", 1, 2', '["T", ["status", 2, 3]]', None])
    assert found == [("status", "2", "3")]
    assert [(v.rule, v.count, v.examples) for v in violations] == [("type", 1, ("a",))]


def test_a_log_without_a_needed_column_or_with_one_too_many_is_refused() -> None:
    raw = columns(pd.DataFrame({"record": ["a"], "at": [minute(1)], "field": ["f"], "old": ["x"]}))
    with pytest.raises(ClausewatchError, match="lacks the column `new`"):
        decode("case", raw, log_of(), KEYS, "naive utc", "Asia/Shanghai", "x:1")
    raw = columns(pd.DataFrame({"record": ["a"], "at": [minute(1)], "value": ["[]"], "who": ["x"]}))
    with pytest.raises(ClausewatchError, match="a column `who` too many"):
        decode("case", raw, log_of("json_changes"), KEYS, "naive utc", "Asia/Shanghai", "x:1")


def test_keys_become_labels_and_those_without_one_are_counted() -> None:
    found, violations = labelled("case", changes([("a", 1, "1", "2"), ("b", 1, "2", "9")]), "status",
                                 {"1": "Open", "2": "Closed"}, KEYS)  # fmt: skip
    assert [(row[2], row[3]) for row in listed(found)] == [("Open", "Closed"), ("Closed", "9")]
    assert [(v.rule, v.count, v.examples) for v in violations] == [("value", 1, ("b",))]


def test_a_record_begins_with_its_first_value_or_the_present_one() -> None:
    created = np.array([T0, T0 + MINUTE, NAT])
    now = pa.array(["z", "Open", "Open"], pa.large_string())
    found = begun(changes([("a", 5, "x", "y"), ("a", 9, "y", "z")]), "status", created, now)
    assert listed(found) == [(0, 0, None, "x"), (0, 5, "x", "y"), (0, 9, "y", "z"), (1, 1, None, "Open")]


def test_a_record_never_begins_after_its_first_change() -> None:
    found = begun(
        changes([("a", 5, "x", "y")]),
        "status",
        np.array([T0 + 7 * MINUTE, NAT, NAT]),
        pa.nulls(3, pa.large_string()),
    )
    assert listed(found) == [(0, 5, None, "x"), (0, 5, "x", "y")]


def test_a_pattern_looks_at_value_old_value_and_actor() -> None:
    found = changes([("a", 1, "x", "y"), ("a", 2, "y", "z"), ("a", 3, "z", "y")])
    assert [row[1] for row in listed(matching(found, Change(change="status", to=["y"])))] == [1, 3]
    assert [
        row[1] for row in listed(matching(found, Change.model_validate({"change": "status", "from": ["y"]})))
    ] == [2]
    assert listed(matching(found, Change(change="status", not_by=["li"]))) == []
    assert len(listed(matching(found, Change(change="status", by=["li"])))) == 3
    assert listed(matching(found, Change(change="owner"))) == []


def rows_with(**stamps: list[int | None]) -> Rows:
    """Three cases with extra columns of stamps (minutes; text is a hole)."""
    raw: dict[str, Any] = {"id": ["a", "b", "c"], "received_at": minute(0)}
    raw |= {
        name: [minute(v) if not isinstance(v, str) else v for v in values] for name, values in stamps.items()
    }
    return cast_rows(
        "case", columns(pd.DataFrame(raw)), How("Asia/Shanghai", extra=dict.fromkeys(stamps, "ts"))
    )


def minutes_of(us: Any) -> list[int | None]:
    return [None if value == NAT else int((value - T0) // MINUTE) for value in us]


def derived(each: dict[str, Any], rows: Rows, log: Changes | None = None) -> derive.Found:
    found = derive.stamp(Derive.model_validate(each), rows, log)
    assert found is not None
    return found


def test_the_earliest_evidence_counts_and_says_what_it_was() -> None:
    each = {"first_of": [{"column": "call", "says": "call"}, {"column": "mail", "says": "message"}]}
    rows = rows_with(call=[5, 9, None], mail=[7, 3, None])
    found = derived(each, rows)
    assert minutes_of(found.us) == [5, 3, None]
    frame = derive.put_stamp(rows, "case", "first_response_at", found).frame
    assert frame["first_response_at__from"].astype(object).tolist()[:2] == ["call", "message"]
    assert frame["first_response_evidence"].astype(object).tolist()[:2] == ["call", "message"]
    assert pd.isna(frame["first_response_evidence"][2])
    assert (
        list(frame.columns).index("first_response_evidence")
        == list(frame.columns).index("first_response_at__from") + 1
    )


def test_what_each_kind_of_evidence_proves() -> None:
    says = {"column": "stamp", "history": "status_change", "visit": "visit", "call": "call"}
    for word, proof in says.items():
        rows = rows_with(x=[1, None, None])
        found = derived({"first_of": [{"column": "x", "says": word}]}, rows)
        assert (
            derive.put_stamp(rows, "case", "first_response_at", found).frame["first_response_evidence"][0]
            == proof
        )


def test_evidence_that_cannot_be_read_might_have_been_earlier() -> None:
    each = {"first_of": [{"column": "call", "says": "call"}, {"column": "mail", "says": "message"}]}
    found = derived(each, rows_with(call=["soon", None, None], mail=[7, 3, None]))  # type: ignore[list-item]
    assert minutes_of(found.us) == [None, 3, None]
    assert found.hole.tolist() == [Reason.UNREADABLE, 0, 0]


def test_evidence_may_be_a_change_too() -> None:
    each = {
        "first_of": [
            {"column": "call", "says": "call"},
            {"change": "status", "to": ["Open"], "says": "history"},
        ]
    }
    log = changes([("a", 2, "New", "Open"), ("a", 4, "Open", "New"), ("a", 6, "New", "Open")])
    found = derived(each, rows_with(call=[5, 1, None]), log)
    assert minutes_of(found.us) == [2, 1, None]
    assert found.says.tolist() == [1, 0, -1]


def test_a_bots_answer_is_kept_and_hides_no_answer_of_people() -> None:
    each = Derive.model_validate(
        {"first_of": [{"column": "robot", "says": "bot"}, {"column": "mail", "says": "message"}]}
    )
    rows = rows_with(robot=[1, 2, None], mail=[7, None, 3])
    answer, robots = derive.stamp(each, rows, None), derive.by_bots(each, rows, None)
    assert answer is not None
    assert robots is not None
    assert minutes_of(answer.us) == [7, None, 3]
    assert minutes_of(robots.us) == [1, 2, None]


def test_evidence_lost_in_a_clock_change_might_have_been_earlier() -> None:
    raw = pd.DataFrame(
        {"id": ["a", "b"], "received_at": "2026-10-24 10:00:00", "mail": "2026-10-26 10:00:00",
         "call": ["2026-10-25 02:30:00", None]}
    )  # fmt: skip
    how = How("Europe/Berlin", stamps="naive local", extra={"mail": "ts", "call": "ts"})
    each = {"first_of": [{"column": "call", "says": "call"}, {"column": "mail", "says": "message"}]}
    found = derived(each, cast_rows("case", columns(raw), how))
    assert found.hole.tolist() == [Reason.CLOCK_CHANGE, 0]
    assert (found.us == NAT).tolist() == [True, False]


def test_a_record_with_an_unreadable_entry_is_not_judged_by_the_rest() -> None:
    raw = pd.DataFrame(
        {"record": ["a", "a", "b"], "at": [minute(1), "2026-10-25 02:30:00", minute(2)],
         "field": "status", "old": ["New", "Closed", "New"], "new": ["Closed", "New", "Closed"]}
    )  # fmt: skip
    log, violations = decode(
        "case", columns(raw), log_of(), KEYS, "naive local Europe/Berlin", "Asia/Shanghai", "x:1"
    )
    assert [(v.rule, v.count, v.examples) for v in violations] == [("fold", 1, ("a",))]
    for each in (
        {"since_last_reopening": {"change": "status", "to": ["Closed"]}},
        {"first_change": {"change": "status"}},
        {"first_of": [{"change": "status", "says": "history"}]},
    ):
        found = derived(each, rows_with(), log)
        assert found.hole.tolist() == [Reason.CLOCK_CHANGE, 0, 0]
        assert (found.us == NAT).tolist() == [True, False, True]


def test_a_log_written_a_moment_after_the_record_tells_its_first_value() -> None:
    raw = pd.DataFrame({"id": list("abc"), "received_at": minute(3), "now": "z"})
    case = cast_rows("case", columns(raw), How("Asia/Shanghai", extra={"now": "code"}))
    log = changes([("a", 3, "x", "y"), ("b", 3, "x", "y"), ("c", 4, "x", "y")])
    log.when[:] += np.array([900_000, 1_100_000, 0])
    each = ValueAt(change="status", at="received_at", now="now")
    assert derive.value_at(each, case, log, None, {})[0].to_pylist() == ["y", "x", "x"]
    wide = ValueAt(change="status", at="received_at", now="now", tolerance="2 s")
    assert derive.value_at(wide, case, log, None, {})[0].to_pylist() == ["y", "y", "x"]


def test_first_and_last_change() -> None:
    log = changes([("a", 2, "New", "Open"), ("a", 4, "Open", "New"), ("a", 6, "New", "Open")])
    assert minutes_of(
        derived({"first_change": {"change": "status", "to": ["Open"]}}, rows_with(), log).us
    ) == [2, None, None]
    assert minutes_of(
        derived({"last_change": {"change": "status", "to": ["Open"]}}, rows_with(), log).us
    ) == [6, None, None]


def test_resolved_is_the_first_entry_since_the_last_reopening() -> None:
    log = changes(
        [("a", 2, "Open", "Resolved"), ("a", 3, "Resolved", "Closed"), ("a", 5, "Closed", "Open"),
         ("a", 7, "Open", "Closed"), ("a", 9, "Closed", "Resolved"), ("b", 1, "Open", "Closed"), ("b", 2, "Closed", "Open")]
    )  # fmt: skip
    each = {"since_last_reopening": {"change": "status", "to": ["Resolved", "Closed"]}}
    assert minutes_of(derived(each, rows_with(), log).us) == [7, None, None]


def test_a_history_that_begins_inside_does_not_say_since_when() -> None:
    log = changes(
        [("a", 2, "Resolved", "Closed"), ("b", 1, "Resolved", "Open"), ("b", 3, "Open", "Resolved")]
    )
    found = derived(
        {"since_last_reopening": {"change": "status", "to": ["Resolved", "Closed"]}}, rows_with(), log
    )
    assert minutes_of(found.us) == [None, 3, None]
    assert found.hole.tolist() == [Reason.BEFORE_SINCE, 0, 0]


STATES = st.sampled_from(["New", "Open", "Resolved", "Closed"])


@UNTIMED
@given(st.lists(st.lists(STATES, max_size=8), min_size=3, max_size=3))
def test_since_last_reopening_equals_a_walk_through_the_states(states: list[list[str]]) -> None:
    rows, expected = [], []
    for key, path in zip("abc", states, strict=True):
        state, since = "New", None
        for at, new in enumerate(path):
            inside, was = new in ("Resolved", "Closed"), state in ("Resolved", "Closed")
            rows.append((key, at, state, new))
            since = (at if not was else since) if inside else None
            state = new
        expected.append(since)
    each = {"since_last_reopening": {"change": "status", "to": ["Resolved", "Closed"]}}
    assert minutes_of(derived(each, rows_with(), changes(rows)).us) == expected


@UNTIMED
@given(st.lists(st.lists(STATES, max_size=8), min_size=3, max_size=3), st.integers(0, 9))
def test_the_value_at_an_instant_equals_a_walk_through_the_states(states: list[list[str]], look: int) -> None:
    rows, expected, now = [], [], []
    for key, path in zip("abc", states, strict=True):
        state, seen = "New", "New"
        for at, new in enumerate(path):
            rows.append((key, at, state, new))
            seen = new if at <= look else seen
            state = new
        expected.append(seen)
        now.append(state)
    raw = pd.DataFrame({"id": list("abc"), "received_at": minute(look), "now": now})
    case = cast_rows("case", columns(raw), How("Asia/Shanghai", extra={"now": "code"}))
    each = ValueAt(change="status", at="received_at", now="now")
    text, young = derive.value_at(each, case, changes(rows), None, {})
    assert text.to_pylist() == expected
    assert not young.any()


def test_a_value_from_before_the_log_is_a_hole() -> None:
    raw = pd.DataFrame(
        {"id": list("abc"), "received_at": [minute(1), minute(5), None], "now": ["consultation"] * 3}
    )
    case = cast_rows("case", columns(raw), How("Asia/Shanghai", extra={"now": "code"}))
    each = ValueAt(change="status", at="received_at", now="now")
    text, young = derive.value_at(each, case, changes([]), T0 + 3 * MINUTE, {})
    made = derive.put_value(case, "case", "service_type_at_receipt", text, young, None)
    assert made.frame["service_type_at_receipt"].astype(object).where(young == 0, None).tolist()[:2] == [
        None,
        "consultation",
    ]
    assert made.frame["service_type_at_receipt__hole"].tolist() == [Reason.BEFORE_SINCE, pd.NA, pd.NA]
    assert "service_type_at_receipt" in made.facts.provided


@UNTIMED
@given(st.lists(st.lists(STATES, max_size=8), min_size=3, max_size=3))
def test_pauses_cover_exactly_the_time_spent_in_their_states(states: list[list[str]]) -> None:
    rows, expected = [], []
    for key, path in zip("abc", states, strict=True):
        state = "New"
        for at, new in enumerate(path):
            rows.append((key, at, state, new))
            state = new
        steps = [(at, new) for at, new in enumerate(path) if new != ([*["New"], *path][at])]
        for place, (at, new) in enumerate(steps):
            if new in ("Open", "Closed"):
                expected.append((key, at, steps[place + 1][0] if place + 1 < len(steps) else None))
    each = Interval.model_validate({"change": "status", "while": {"Open": "customer", "Closed": "other"}})
    frame = derive_rows.intervals("case", each, changes(rows), KEYS)
    micros = {
        name: frame[name].to_numpy(dtype="datetime64[us]").view(np.int64) for name in ("began_at", "ended_at")
    }
    found = zip(frame["case_id"], minutes_of(micros["began_at"]), minutes_of(micros["ended_at"]), strict=True)
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert frame["id"].is_unique


def test_rows_of_changes_keep_their_keys_when_a_date_is_corrected() -> None:
    each = Derive.model_validate(
        {"from_changes": {"case": {"reopened": {"change": "status", "to": ["Open"]}}}}
    )
    assert each.from_changes is not None
    frames = [
        derive_rows.rows_from_changes("case_event", "case", each.from_changes["case"], changes(rows), KEYS)
        for rows in (
            [("a", 1, "x", "Open"), ("a", 5, "y", "Open")],
            [("a", 2, "x", "Open"), ("a", 7, "y", "Open")],
        )
    ]
    assert frames[0]["id"].tolist() == frames[1]["id"].tolist() == ["reopened:a:1", "reopened:a:2"]
    assert frames[0]["actor_id"].tolist() == ["li", "li"]


def test_an_escalation_can_be_a_change_that_names_its_target() -> None:
    each = Derive.model_validate(
        {
            "from_changes": {
                "case": {"supervisor": {"change": "status", "to": ["boss"], "becomes": "target_id"}}
            }
        }
    )
    assert each.from_changes is not None
    frame = derive_rows.rows_from_changes(
        "escalation", "case", each.from_changes["case"], changes([("b", 3, "li", "boss")]), KEYS
    )
    row: Any = frame.iloc[0]
    assert (row.case_id, row.target_role, row.target_id, row.origin) == ("b", "supervisor", "boss", "crm")


def test_selected_and_derived_rows_join_and_what_one_lacks_is_a_hole() -> None:
    raw = pd.DataFrame(
        {"id": ["e1"], "case_id": ["a"], "triggered_at": [minute(1)], "acknowledged_at": [None]}
    )
    selected = cast_rows("escalation", columns(raw), How("Asia/Shanghai", complete_since=5))
    each = Derive.model_validate({"from_changes": {"case": {"supervisor": {"change": "status"}}}})
    assert each.from_changes is not None
    part = derive_rows.rows_from_changes(
        "escalation", "case", each.from_changes["case"], changes([("b", 3, "x", "y")]), KEYS
    )
    both = derive_rows.joined("escalation", selected, [part], None)
    assert both.frame["id"].tolist() == ["e1", "supervisor:b:1"]
    assert both.frame["acknowledged_at__hole"].tolist() == [pd.NA, Reason.FIELD_NOT_PROVIDED]
    assert both.frame["target_role__hole"].tolist() == [Reason.FIELD_NOT_PROVIDED, pd.NA]
    assert both.facts.complete_since == 5
    assert str(both.frame["triggered_at"].dtype) == "datetime64[us, UTC]"


def test_when_a_value_was_typed_in_stands_beside_it() -> None:
    log = changes([("a", 4, "2026-08-01", "2026-08-02"), ("a", 9, "2026-08-02", "2026-08-03")])
    made = derive.typed(rows_with(), "case", "received_at", Change(change="status"), log)
    assert made.frame["received_at__typed"][0] == pd.Timestamp(str(minute(9)), tz="UTC")
    assert list(made.frame.columns) == ["id", "received_at", "received_at__typed"]


def test_a_value_the_crm_does_not_have_is_refused_before_it_never_matches(tmp_path: Path) -> None:
    text = MAPPING.replace("to: [Resolved, Closed]}}", "to: [Resloved, Closed]}}", 1)
    with pytest.raises(MappingError, match="the CRM has no status `Resloved`") as error:
        read(sqlite_crm(tmp_path), tmp_path, text)
    assert "Resolved" in error.value.do
    assert re_line(error.value.where) == next(
        at for at, line in enumerate(text.splitlines(), 1) if "Resloved" in line
    )


def re_line(where: str) -> int:
    return int(where.rpartition(":")[2])


def test_a_field_both_selected_and_derived_is_refused(tmp_path: Path) -> None:
    text = MAPPING.replace("t.typed AS recorded_at", "t.typed AS resolved_at")
    with pytest.raises(MappingError, match="both selected and derived"):
        read(sqlite_crm(tmp_path), tmp_path, text)


def test_a_parameter_without_value_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=":kept_from without value"):
        read(sqlite_crm(tmp_path), tmp_path, MAPPING.replace("kept_from:", "kept_form:"))


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        ("newest", "2026-09-04 04:00"),
        ("2026-09-30T18:00:00+08:00", "2026-09-30 10:00"),
        ("now", "2026-10-01 12:00"),
    ],
)
def test_the_extracts_own_instant_is_what_the_mapping_says(tmp_path: Path, said: str, instant: str) -> None:
    text = MAPPING.replace("stamps: naive utc", f"stamps: naive utc\nextracted_at: {said}", 1)
    found = read(sqlite_crm(tmp_path), tmp_path, text)
    assert found.facts.extracted_at == pd.Timestamp(instant).value // 1000


def test_an_extract_from_the_future_is_refused(tmp_path: Path) -> None:
    text = MAPPING.replace(
        "stamps: naive utc", "stamps: naive utc\nextracted_at: 2027-01-01T00:00:00+08:00", 1
    )
    with pytest.raises(MappingError, match="lies in the future"):
        read(sqlite_crm(tmp_path), tmp_path, text)
