"""What stands at the boundary: every form a CRM can give, cast or refused by name; nothing lost in silence."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from audits.model import MODEL
from audits.words import Reason
from tasks.crm.boundary import BoundaryError, How, cast, dangling, newest_stamp

SHANGHAI = How("Asia/Shanghai")
LOCAL = How("Asia/Shanghai", stamps="naive local")


def column(entity: str, name: str, values: list[Any], how: How = SHANGHAI) -> tuple[list[Any], list[Any]]:
    """One column's canonical values and holes, in the order given."""
    keys = [f"{at:04d}" for at in range(len(values))]
    raw = pd.DataFrame({"id": keys, name: pd.Series(values, dtype=object)})
    for known in MODEL[entity].fields.values():
        if known.required and known.name not in raw:
            raw[known.name] = "2026-01-01T00:00:00Z" if known.type == "ts" else "x"
    frame, _, _ = cast(entity, raw, how)
    holes = frame.get(f"{name}__hole", pd.Series([None] * len(frame)))
    return [_plain(value) for value in frame[name]], [_plain(hole) for hole in holes]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.isoformat() if isinstance(value, pd.Timestamp) else value


def stamp(value: Any, how: How = SHANGHAI) -> tuple[Any, Any]:
    values, holes = column("case", "resolved_at", [value], how)
    return values[0], holes[0]


@pytest.mark.parametrize(
    ("value", "utc"),
    [
        ("2026-09-01 08:00:00", "2026-09-01T08:00:00+00:00"),
        ("2026-09-01T08:00", "2026-09-01T08:00:00+00:00"),
        ("2026-09-01 08:00:00.25", "2026-09-01T08:00:00.250000+00:00"),
        ("2026-09-01 08:00:00.123456789", "2026-09-01T08:00:00.123456+00:00"),
        ("2026/9/1 8:00", "2026-09-01T08:00:00+00:00"),
        ("2026-09-01T08:00:00Z", "2026-09-01T08:00:00+00:00"),
        ("2026-09-01 08:00:00+08:00", "2026-09-01T00:00:00+00:00"),
        ("2026-09-01 08:00:00 +0800", "2026-09-01T00:00:00+00:00"),
        ("2026-09-01 08:00:00-03:30", "2026-09-01T11:30:00+00:00"),
        (datetime(2026, 9, 1, 8), "2026-09-01T08:00:00+00:00"),
        (datetime(2026, 9, 1, 8, tzinfo=UTC), "2026-09-01T08:00:00+00:00"),
        (pd.Timestamp("2026-09-01 08:00", tz="Asia/Shanghai"), "2026-09-01T00:00:00+00:00"),
    ],
)
def test_an_instant_in_any_form_is_the_same_instant(value: Any, utc: str) -> None:
    assert stamp(value) == (utc, None)


@pytest.mark.parametrize("value", [None, "", "  ", "0000-00-00 00:00:00", float("nan"), pd.NaT, pd.NA])
def test_nothing_is_null_and_no_hole(value: Any) -> None:
    assert stamp(value) == (None, None)


@pytest.mark.parametrize(
    "value",
    [
        "2026-13-01 08:00",
        "2026-06-31 08:00:00",
        "2026-09-01 25:00",
        "soon",
        "9999-12-31 00:00:00",
        "08:00",
        17,
        True,
    ],
)
def test_what_is_no_instant_is_unreadable(value: Any) -> None:
    assert stamp(value) == (None, Reason.UNREADABLE)


@pytest.mark.parametrize("value", ["2026-09-01", "2026/9/1", date(2026, 9, 1)])
def test_a_bare_day_is_local_midnight_and_too_coarse(value: Any) -> None:
    assert stamp(value) == ("2026-08-31T16:00:00+00:00", Reason.STAMP_TOO_COARSE)


def test_a_stamp_declared_a_date_keeps_its_local_day_only() -> None:
    how = How("Asia/Shanghai", precision={"resolved_at": "date"})
    assert stamp("2026-09-01 17:30:00", how) == ("2026-09-01T16:00:00+00:00", Reason.STAMP_TOO_COARSE)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("epoch s", 1_788_249_600), ("epoch s", "1788249600"), ("epoch s", 1_788_249_600.0),
        ("epoch ms", 1_788_249_600_000), ("epoch ms", Decimal(1788249600000)), ("epoch s", "2026-09-01T08:00:00Z"),
    ],
)  # fmt: skip
def test_seconds_and_milliseconds_since_1970_are_instants(form: str, value: Any) -> None:
    assert stamp(value, How("Asia/Shanghai", stamps=form)) == ("2026-09-01T08:00:00+00:00", None)


def test_fractions_of_epoch_seconds_are_exact_to_the_microsecond() -> None:
    how = How("Asia/Shanghai", stamps="epoch s")
    assert stamp("1788249600.000001", how)[0] == "2026-09-01T08:00:00.000001+00:00"
    assert stamp(Decimal("1788249600.999999"), how)[0] == "2026-09-01T08:00:00.999999+00:00"


def test_a_local_stamp_is_placed_in_the_business_zone() -> None:
    assert stamp("2026-09-01 08:00:00", LOCAL) == ("2026-09-01T00:00:00+00:00", None)
    assert stamp(datetime(2026, 9, 1, 8), LOCAL) == ("2026-09-01T00:00:00+00:00", None)


@pytest.mark.parametrize(
    ("zone", "value", "rule"),
    [
        ("Europe/Berlin", "2026-03-29 02:30:00", "gap"),
        ("Europe/Berlin", "2026-10-25 02:30:00", "fold"),
        ("America/New_York", "2026-03-08 02:30:00", "gap"),
        ("America/New_York", "2026-11-01 01:30:00", "fold"),
    ],
)
def test_an_hour_that_never_was_or_came_twice_is_a_named_hole(zone: str, value: str, rule: str) -> None:
    for how in (How(zone, stamps="naive local"), How("Asia/Shanghai", stamps=f"naive local {zone}")):
        assert stamp(value, how) == (None, Reason.CLOCK_CHANGE)
        raw = pd.DataFrame({"id": ["1", "2"], "received_at": [value, "2026-06-01 12:00:00"]})
        frame, _, violations = cast("case", raw, how)
        assert [(v.field, v.rule, v.count, v.examples) for v in violations] == [
            ("received_at", rule, 1, ("1",))
        ]
        expected = pd.Timestamp("2026-06-01 12:00", tz=zone).tz_convert("UTC")
        assert frame["received_at"][1] == expected


def test_a_field_may_be_stored_in_a_zone_of_its_own() -> None:
    how = How("Asia/Shanghai", stamps="naive utc", by_field={"resolved_at": "naive local America/New_York"})
    raw = pd.DataFrame(
        {"id": ["1"], "received_at": "2026-06-01 12:00:00", "resolved_at": "2026-06-01 12:00:00"}
    )
    frame, _, _ = cast("case", raw, how)
    assert frame["received_at"][0] == pd.Timestamp("2026-06-01 12:00", tz="UTC")
    assert frame["resolved_at"][0] == pd.Timestamp("2026-06-01 16:00", tz="UTC")
    assert stamp("2026-06-01", How("Asia/Shanghai", stamps="naive local America/New_York")) == (
        "2026-06-01T04:00:00+00:00",
        Reason.STAMP_TOO_COARSE,
    )


def test_a_day_whose_midnight_is_skipped_begins_at_its_first_instant() -> None:
    how = How("America/Santiago", stamps="naive local")  # the clock went forward at midnight of 2026-09-06
    assert stamp("2026-09-06", how) == ("2026-09-06T04:00:00+00:00", Reason.STAMP_TOO_COARSE)


def test_where_offsets_are_promised_a_naive_stamp_is_a_violation() -> None:
    raw = pd.DataFrame({"id": ["1", "2"], "received_at": ["2026-09-01 08:00:00", "2026-09-01 08:00:00+00"]})
    frame, _, violations = cast("case", raw, How("Asia/Shanghai", stamps="utc"))
    assert [(v.rule, v.examples) for v in violations] == [("zone", ("1",))]
    assert frame["received_at__hole"].tolist() == [Reason.UNREADABLE, pd.NA]


def test_dates_are_local_calendar_days() -> None:
    values, _ = column(
        "staff", "active_to",
        ["2026-09-01", date(2026, 9, 1), "2026-09-01 23:00:00", "2026-09-01T17:00:00Z", "9999-12-31", None, "x"],
    )  # fmt: skip
    assert values[:4] == [*["2026-09-01T00:00:00"] * 3, "2026-09-02T00:00:00"]
    assert values[4:] == ["9999-12-31T00:00:00", None, None]


def test_keys_and_codes_are_text_whatever_they_were() -> None:
    assert column("case", "customer_id", [12, "12", 12.0, " 12 ", "", None, "007"])[0] == [
        "12", "12", "12", "12", None, None, "007",
    ]  # fmt: skip


def test_list_values_are_mapped_and_strange_ones_counted_by_value() -> None:
    how = How("Asia/Shanghai", values={"channel": {"电话": "phone", "T": "phone", "-": None}})
    raw = pd.DataFrame(
        {
            "id": list("abcdefg"),
            "received_at": "2026-09-01T00:00:00Z",
            "channel": ["电话", "T", "-", "fax", "fax", "", None],
        }
    )
    frame, facts, violations = cast("case", raw, how)
    assert frame["channel"].astype(object).tolist()[:2] == ["phone", "phone"]
    assert frame["channel"].isna().tolist() == [False, False, True, True, True, True, True]
    assert frame["channel__hole"].tolist() == [pd.NA] * 3 + [Reason.UNMAPPED_VALUE] * 2 + [pd.NA] * 2
    assert facts.unmapped == {"channel": {"fax": 2}}
    assert [(v.rule, v.count, v.examples) for v in violations] == [("value", 2, ("d", "e"))]
    assert tuple(frame["channel"].cat.categories) == MODEL["case"].fields["channel"].values


def test_without_a_map_the_canonical_words_stand_for_themselves() -> None:
    assert column("case", "channel", ["phone", "Phone", 1]) == (
        ["phone", None, None], [None, Reason.UNMAPPED_VALUE, Reason.UNMAPPED_VALUE],
    )  # fmt: skip


def test_a_strange_value_that_looks_personal_is_not_shown() -> None:
    raw = pd.DataFrame(
        {
            "id": ["1", "2"],
            "received_at": "2026-09-01T00:00:00Z",
            "channel": ["li.na@example.com", "021 55551234"],
        }
    )
    _, facts, violations = cast("case", raw, SHANGHAI)
    assert facts.unmapped == {"channel": {"(17 characters)": 1, "(12 characters)": 1}}
    assert "@" not in repr(violations)


@pytest.mark.parametrize("value", [True, 1, "1", "t", "TRUE", "Yes", "是", 1.0])
def test_what_is_true_is_true(value: Any) -> None:
    assert column("case", "is_closed", [value]) == ([True], [None])


@pytest.mark.parametrize("value", [False, 0, "f", "no", "否", 0.0])
def test_what_is_false_is_false(value: Any) -> None:
    assert column("case", "is_closed", [value]) == ([False], [None])


def test_a_truth_that_is_neither_is_unreadable_or_unmapped() -> None:
    assert column("case", "is_closed", [2, None]) == ([None, None], [Reason.UNREADABLE, None])
    how = How("Asia/Shanghai", values={"is_closed": {"done": "true", "new": "false"}})
    assert column("case", "is_closed", ["done", "new", "gone"], how) == (
        [True, False, None], [None, None, Reason.UNMAPPED_VALUE],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "billionths"),
    [
        ("10.004", 10_004_000_000), (Decimal("10.0040"), 10_004_000_000), (94.96, 94_960_000_000), (0.1, 100_000_000),
        (7, 7 * 10**9), ("-0.000000001", -1), ("1E+2", 100 * 10**9), ("9.500000000000", 9_500_000_000), ("+3.", 3 * 10**9),
        (".5", 500_000_000),
    ],
)  # fmt: skip
def test_a_decimal_is_exact(value: Any, billionths: int) -> None:
    assert column("task", "planned_pct", [value]) == ([billionths], [None])


@pytest.mark.parametrize("value", ["0.0000000001", Decimal("1.23456789012"), 1 / 3])
def test_more_than_nine_places_are_too_precise(value: Any) -> None:
    assert column("task", "planned_pct", [value]) == ([None], [Reason.TOO_PRECISE])


@pytest.mark.parametrize("value", ["abc", "1,5", "12%", "1e999", "99999999999", float("inf")])
def test_what_is_no_number_is_unreadable(value: Any) -> None:
    assert column("task", "planned_pct", [value]) == ([None], [Reason.UNREADABLE])


def test_whole_numbers_are_whole() -> None:
    assert column("qa_check", "items_total", [3, "3", 3.0, "3.0", "3.5", 2.5, "x", 2**70, None]) == (
        [3, 3, 3, 3, None, None, None, None, None], [*[None] * 4, *[Reason.UNREADABLE] * 4, None],
    )  # fmt: skip


def test_text_is_only_a_length() -> None:
    texts = [
        "王芳",
        " Li ",
        "",
        "  ",
        None,
        "N/A",
        "none",
        "Unknown",
        "无",
        "未知",
        "不详",
        "/",
        "-",
        "000",
        "0",
        "n0",
    ]
    assert column("customer", "name", texts)[0] == [2, 2, 0, 0, None, *[-1] * 10, 2]


def test_lists_of_keys_are_sorted_each_once() -> None:
    lists = ["b,a,b", '["y", "x"]', "", None, "[]", "a、b；c", "a;b|c"]
    assert column("survey", "dimensions", lists)[0] == ["a|b", "x|y", "", None, "", "a|b|c", "a|b|c"]
    assert cast("survey", pa.table({"id": ["1"], "dimensions": pa.array([["q", "p"]])}), SHANGHAI)[0][
        "dimensions"
    ].tolist() == ["p|q"]


def test_keys_go_through_their_map_and_a_list_with_a_strange_one_is_a_hole() -> None:
    how = How("Asia/Shanghai", values={"dimensions": {"及时": "timeliness", "效果": "effect", "其他": None}})
    raw = pd.DataFrame({"id": list("abcd"), "dimensions": ["效果、及时", "其他,及时", "及时,价格", ""]})
    frame, facts, violations = cast("survey", raw, how)
    assert frame["dimensions"].fillna("-").tolist() == ["effect|timeliness", "timeliness", "-", ""]
    assert frame["dimensions__hole"].tolist() == [pd.NA, pd.NA, Reason.UNMAPPED_VALUE, pd.NA]
    assert facts.unmapped == {"dimensions": {"价格": 1}}
    assert [(v.rule, v.examples) for v in violations] == [("value", ("c",))]


def test_a_kind_that_is_nothing_of_ours_is_text_and_no_failure() -> None:
    spans = pa.array([pa.MonthDayNano([1, 2, 3]), None])
    raw = pa.table(
        {"id": ["a", "b"], "received_at": spans, "case_no": spans, "channel": pa.array([{"x": 1}, None])}
    )
    frame, _, violations = cast("case", raw, SHANGHAI)
    assert frame["received_at__hole"].tolist() == [Reason.UNREADABLE, pd.NA]
    assert frame["case_no"].isna().tolist() == [False, True]
    assert {v.rule for v in violations} == {"type", "value", "required"}


def test_rows_without_key_and_second_rows_of_a_key_are_left_out_counted_and_named() -> None:
    raw = pd.DataFrame(
        {
            "id": ["b", None, "a", "b", " ", "b"],
            "received_at": "2026-09-01T00:00:00Z",
            "case_no": list("123456"),
        }
    )
    frame, _, violations = cast("case", raw, SHANGHAI)
    assert frame[["id", "case_no"]].to_numpy().tolist() == [["a", "3"], ["b", "1"]]
    assert [(v.field, v.rule, v.count, v.examples) for v in violations] == [
        ("id", "required", 2, ()), ("id", "duplicate", 2, ("b",)),
    ]  # fmt: skip


def test_a_required_field_that_is_blank_stays_and_is_counted() -> None:
    raw = pd.DataFrame({"id": ["1", "2"], "received_at": [None, "2026-09-01T00:00:00Z"]})
    frame, _, violations = cast("case", raw, SHANGHAI)
    assert len(frame) == 2
    assert [(v.field, v.rule, v.count, v.examples) for v in violations] == [
        ("received_at", "required", 1, ("1",))
    ]


def test_an_unknown_column_is_refused_with_a_guess() -> None:
    raw = pd.DataFrame({"id": ["1"], "received_at": ["2026-09-01"], "resolvd_at": [None]})
    with pytest.raises(BoundaryError, match="resolvd_at") as error:
        cast("case", raw, How("Asia/Shanghai", where="config/crm/x.yaml:9"))
    assert (error.value.where, error.value.do) == ("config/crm/x.yaml:9", "did you mean `resolved_at`?")


def test_a_required_column_that_is_missing_is_named() -> None:
    with pytest.raises(BoundaryError, match="lacks the column `received_at`"):
        cast("case", pd.DataFrame({"id": ["1"]}), SHANGHAI)
    assert (
        len(
            cast(
                "case", pd.DataFrame({"id": ["1"]}), How("Asia/Shanghai", derived=frozenset({"received_at"}))
            )[0]
        )
        == 1
    )


def test_a_column_selected_twice_is_refused() -> None:
    raw = pa.Table.from_arrays([pa.array(["1"])] * 2, names=["id", "id"])
    with pytest.raises(Exception, match="`id` is selected twice"):
        cast("team", raw, SHANGHAI)


def test_what_is_not_given_is_not_promised_and_what_is_null_is() -> None:
    raw = pd.DataFrame({"id": ["1"], "received_at": ["2026-09-01T00:00:00Z"], "closed_at": [None]})
    frame, facts, _ = cast("case", raw, How("Asia/Shanghai", complete_since=5, since={"closed_at": 7}))
    assert facts.provided == {"id", "received_at", "closed_at"}
    assert (facts.complete_since, facts.since) == (5, {"closed_at": 7})
    assert str(frame["closed_at"].dtype) == "datetime64[us, UTC]"


def test_holes_that_a_register_knows_of_are_kept() -> None:
    raw = pd.DataFrame(
        {"id": ["1", "2"], "title": ["a", None], "title__hole": [None, int(Reason.FIELD_NOT_PROVIDED)]}
    )
    frame, _, _ = cast("task", raw, LOCAL)
    assert frame["title__hole"].tolist() == [pd.NA, Reason.FIELD_NOT_PROVIDED]


def test_every_type_of_the_model_stands_as_the_model_says() -> None:
    dtypes = {
        "id": "str", "ref": "str", "code": "str", "keys": "str", "ts": "datetime64[us, UTC]", "date": "datetime64[us]",
        "bool": "boolean", "int": "Int64", "decimal": "Int64", "text": "Int32", "enum": "category",
    }  # fmt: skip
    for entity in MODEL.values():
        empty = pd.DataFrame({name: pd.Series(dtype=object) for name in entity.fields})
        nulls = pd.DataFrame({name: ["1"] if name == "id" else [None] for name in entity.fields})
        for raw in (empty, nulls):
            frame, _, _ = cast(entity.name, raw, SHANGHAI)
            assert {name: str(frame[name].dtype) for name in frame} == {
                name: dtypes[known.type] for name, known in entity.fields.items()
            }
            assert [str(d) for d in frame.dtypes] == [dtypes[known.type] for known in entity.fields.values()]


def test_references_to_nothing_are_counted_by_field() -> None:
    case, _, _ = cast(
        "case",
        pd.DataFrame(
            {"id": ["1", "2", "3"], "received_at": "2026-09-01T00:00:00Z", "customer_id": ["a", "z", None]}
        ),
        SHANGHAI,
    )
    customer, _, _ = cast("customer", pd.DataFrame({"id": ["a"]}), SHANGHAI)
    found = dangling({"case": case, "customer": customer})
    assert [(v.entity, v.field, v.rule, v.count, v.examples) for v in found] == [
        ("case", "customer_id", "reference", 1, ("2",))
    ]
    assert dangling({"case": case}) == (), "an entity nobody connected cannot be missed"


def test_the_newest_stamp_looks_neither_at_plans_nor_past_the_extract() -> None:
    raw = pd.DataFrame(
        {"id": ["1"], "planned_end": ["2026-09-20T00:00:00Z"], "finished_at": ["2026-09-01T00:00:00Z"],
         "started_at": ["2030-01-01T00:00:00Z"]}
    )  # fmt: skip
    frame, _, _ = cast("task", raw, SHANGHAI)
    now = pd.Timestamp("2026-10-01", tz="UTC").value // 1000
    assert newest_stamp(frame, now) == pd.Timestamp("2026-09-01", tz="UTC").value // 1000
    assert newest_stamp(frame[["id"]], now) is None
