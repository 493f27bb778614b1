"""What a card derives for its records, value by value: linked rows, references, several stamps, and their holes."""

from typing import Any, Final

import pytest

from audits.cards import Column, Wanted
from audits.columns import derived
from audits.context import Context
from audits.filters import several
from audits.model import DECIMAL_SCALE
from audits.periods import parse
from audits.views import View
from audits.words import NAT, Reason
from tests.facts import ZONE, at, facts_of
from tests.test_cases import first_installation

AS_OF: Final = "2026-10-20T12:00+08:00"
DAY: Final = {"day": "2026-10-12"}


def made(given: dict[str, Any], column: Column, without: str = "") -> View:
    """The cases with the column ``x``; ``without``: a field that the source does not give."""
    entity, _, field = without.partition(".")
    rows = {name: [{k: v for k, v in row.items() if (name, k) != (entity, field)} for row in some]
            for name, some in given.items()}  # fmt: skip
    facts = facts_of(rows, without=[without])
    context = Context(facts, first_installation("2026-10"), at(AS_OF), parse("2026-10", ZONE))
    return derived(context, context.plain("case"), {"x": column})


def stamps(view: View) -> list[str | None]:
    """What was derived, as it reads in October: ``12T10:00``, ``12`` for a day without a time."""
    out: list[str | None] = []
    for stamp, coarse in zip(view.stamps["x"].tolist(), view.coarses["x"].tolist(), strict=True):
        said = None if stamp == NAT else _said(stamp)
        out.append(said[:2] if said and coarse else said)
    return out


def _said(stamp: int) -> str:
    hours = (stamp - at("2026-10-01T00:00+08:00")) // 3_600_000_000
    return f"{hours // 24 + 1:02}T{hours % 24:02}"


def holes(view: View) -> list[str]:
    return [Reason(code).name if code else "" for code in view.holes["x"].tolist()]


def case(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"c{number}", "received_at": "2026-10-12T10:00+08:00"} | more


def touch(number: int, of: str, begun: Any, **more: Any) -> dict[str, Any]:
    return {"id": f"i{number}", "case_id": of, "started_at": begun} | more


def oct_(day: int, hour: int = 0) -> str:
    return f"2026-10-{day:02}T{hour:02}:00+08:00"


FIRST: Final = Column("first", of="interaction", name="started_at", on=("case_id", "id"))
LAST: Final = Column("last", of="interaction", name="started_at", on=("case_id", "id"))


# ---- stamps of linked rows -------------------------------------------------------------------------------
TOUCHES: Final = [
    touch(1, "c1", oct_(14, 9)), touch(2, "c1", oct_(13, 9)), touch(3, "c1", oct_(15, 9)),
    touch(4, "c2", oct_(20, 12)), touch(5, "c2", oct_(20, 13)),
    touch(6, "c9", oct_(11, 9)), touch(7, "c4", None), touch(8, "c5", DAY), touch(9, "c5", oct_(13)),
]  # fmt: skip


def test_first_and_last_are_those_of_the_rows_that_name_the_record_and_have_happened() -> None:
    given = {"case": [case(n) for n in range(1, 6)], "interaction": TOUCHES}
    first, last = made(given, FIRST), made(given, LAST)
    assert stamps(first) == ["13T09", "20T12", None, None, "12"]
    assert stamps(last) == ["15T09", "20T12", None, None, "13T00"]
    assert holes(first) == holes(last) == [""] * 5
    assert (first.blame["x"], first.kinds["x"]) == ("interaction.started_at", "ts")


def test_a_kind_of_row_that_is_not_connected_leaves_a_hole_in_every_record() -> None:
    cases = {"case": [case(1), case(2)]}
    for column in (FIRST, LAST):
        view = made(cases, column)
        assert (stamps(view), holes(view)) == ([None, None], ["FIELD_NOT_PROVIDED"] * 2)
    count = made(cases, Column("count", of="interaction", on=("case_id", "id")))
    assert (count.numbers["x"].tolist(), count.numbers["x?"].tolist()) == ([0, 0], [0, 0])
    assert holes(count) == ["FIELD_NOT_PROVIDED"] * 2
    values = made(cases, Column("values", of="interaction", name="channel", on=("case_id", "id")))
    assert (values.enums["x"], values.numbers["x"].tolist()) == ((), [0, 0])
    assert holes(values) == ["FIELD_NOT_PROVIDED"] * 2
    unlinked = made(cases | {"interaction": TOUCHES}, FIRST, "interaction.case_id")
    assert holes(unlinked) == ["FIELD_NOT_PROVIDED"] * 2


def test_a_row_that_may_not_be_meant_never_decides_and_leaves_a_hole_only_where_no_other_is() -> None:
    calls = [
        touch(1, "c1", oct_(13, 9), channel=None), touch(2, "c1", oct_(14, 9), channel="phone"),
        touch(3, "c2", oct_(13, 9), channel=None), touch(4, "c3", oct_(13, 9), channel="email"),
    ]  # fmt: skip
    given = {"case": [case(1), case(2), case(3)], "interaction": calls}
    where: dict[str, Wanted] = {"channel": several("phone")}
    view = made(
        given, Column("first", of="interaction", name="started_at", on=("case_id", "id"), where=where)
    )
    assert (stamps(view), holes(view)) == (["14T09", None, None], ["", "NULL_FILTER", ""])
    count = made(given, Column("count", of="interaction", at="started_at", on=("case_id", "id"), where=where))
    assert (count.numbers["x"].tolist(), count.numbers["x?"].tolist()) == ([1, 0, 0], [1, 1, 0])
    assert (holes(count), count.kinds["x"], count.blame["x"]) == (
        ["", "NULL_FILTER", ""], "count", "interaction.started_at",
    )  # fmt: skip


def test_an_unread_stamp_leaves_a_hole_where_no_other_row_is_there() -> None:
    lost = {"hole": "UNREADABLE"}
    calls = [touch(1, "c1", lost), touch(2, "c2", lost), touch(3, "c2", oct_(13, 9))]
    view = made({"case": [case(1), case(2)], "interaction": calls}, FIRST)
    assert (stamps(view), holes(view)) == ([None, "13T09"], ["NULL_FILTER", ""])


# ---- the window ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("begun", "counts"),
    [
        (oct_(12, 9), 0), (oct_(12, 10), 1), (oct_(13, 10), 1), (oct_(13, 11), 0),
        (DAY, 1), ({"day": "2026-10-11"}, 0), ({"day": "2026-10-13"}, 1), ({"day": "2026-10-14"}, 0), (None, 0),
    ],
)  # fmt: skip
def test_a_row_counts_from_the_one_stamp_to_the_other_both_included_a_day_anywhere_in_it(
    begun: Any, counts: int
) -> None:
    column = Column(
        "count",
        of="interaction",
        at="started_at",
        on=("case_id", "id"),
        after="received_at",
        before="resolved_at",
    )
    given = {"case": [case(1, resolved_at=oct_(13, 10))], "interaction": [touch(1, "c1", begun)]}
    view = made(given, column)
    assert (view.numbers["x"].tolist(), view.numbers["x?"].tolist(), holes(view)) == ([counts], [0], [""])


def test_a_window_that_never_ended_holds_no_row_and_one_that_cannot_be_read_may_hold_any() -> None:
    column = Column("count", of="interaction", at="started_at", on=("case_id", "id"), before="resolved_at")
    cases = [
        case(1, resolved_at=None),
        case(2, resolved_at={"hole": "UNREADABLE"}),
        case(3, resolved_at=DAY),
    ]
    calls = [touch(n, f"c{n}", oct_(12, 23)) for n in (1, 2, 3)]
    view = made({"case": cases, "interaction": calls}, column)
    assert view.numbers["x"].tolist() == [0, 0, 1]
    assert view.numbers["x?"].tolist() == [0, 1, 0]
    assert holes(view) == ["", "NULL_FILTER", ""]
    unread = made({"case": cases[2:], "interaction": [touch(1, "c3", {"hole": "UNREADABLE"})]}, column)
    assert (unread.numbers["x"].tolist(), unread.numbers["x?"].tolist()) == ([0], [1])


def test_a_row_by_the_same_person_does_not_count_and_by_an_unnamed_one_it_may() -> None:
    column = Column(
        "count", of="interaction", at="started_at", on=("case_id", "id"), differs={"staff_id": "assignee_id"}
    )
    cases = [case(1, assignee_id="s1"), case(2, assignee_id=None)]
    calls = [
        touch(1, "c1", oct_(13), staff_id="s1"), touch(2, "c1", oct_(13), staff_id="s2"),
        touch(3, "c1", oct_(13), staff_id=None), touch(4, "c2", oct_(13), staff_id="s1"),
    ]  # fmt: skip
    view = made({"case": cases, "interaction": calls}, column)
    assert (view.numbers["x"].tolist(), view.numbers["x?"].tolist()) == ([1, 0], [1, 1])


def test_listed_values_of_linked_rows_are_gathered_and_an_unknown_one_is_a_hole() -> None:
    column = Column("values", of="interaction", name="channel", on=("case_id", "id"))
    calls = [
        touch(1, "c1", oct_(13), channel="phone"), touch(2, "c1", oct_(13), channel="email"),
        touch(3, "c2", oct_(13), channel={"hole": "UNMAPPED_VALUE"}), touch(4, "c2", oct_(13), channel="phone"),
        touch(5, "c3", oct_(13), channel=None),
    ]  # fmt: skip
    view = made({"case": [case(1), case(2), case(3), case(4)], "interaction": calls}, column)
    shown = [
        {name for place, name in enumerate(view.enums["x"]) if mask >> place & 1}
        for mask in view.numbers["x"].tolist()
    ]
    assert shown == [{"phone", "email"}, {"phone"}, set(), set()]
    assert holes(view) == ["", "NULL_FILTER", "", ""]
    assert (view.blame["x"], view.kinds["x"]) == ("interaction.channel", "values")


# ---- along references ------------------------------------------------------------------------------------
def test_a_path_leads_to_the_field_of_the_record_that_is_named() -> None:
    customers = [
        {"id": "k1", "account_manager_id": "s1", "created_at": oct_(1), "is_new": True, "tier": "core"},
        {"id": "k2", "account_manager_id": None, "created_at": None, "is_new": None, "tier": None},
        {"id": "k3", "account_manager_id": "s9", "created_at": oct_(21), "is_new": False, "tier": {"hole": "UNMAPPED_VALUE"}},
    ]  # fmt: skip
    cases = [case(n, customer_id=key) for n, key in enumerate(["k1", "k2", "k3", "k9", None])]
    given = {"case": cases, "customer": customers, "staff": [{"id": "s1", "team_id": "t1"}]}
    when = made(given, Column("path", names=("customer_id", "created_at")))
    assert stamps(when) == ["01T00", None, None, None, None]
    assert holes(when) == ["", "", "", "REF_MISSING", ""]
    assert (when.blame["x"], when.kinds["x"]) == ("customer.created_at", "ts")
    new = made(given, Column("path", names=("customer_id", "is_new")))
    assert new.codes["x"].tolist() == [1, -1, 0, -1, -1]
    tier = made(given, Column("path", names=("customer_id", "tier")))
    assert tier.codes["x"].tolist() == [tier.enums["x"].index("core"), -1, -1, -1, -1]
    assert holes(tier) == ["", "", "UNMAPPED_VALUE", "REF_MISSING", ""]
    team = made(given, Column("path", names=("customer_id", "account_manager_id", "team_id")))
    assert team.texts["x"].fillna("-").tolist() == ["t1", "-", "-", "-", "-"]
    assert holes(team) == ["", "", "REF_MISSING", "REF_MISSING", ""]


def test_a_path_to_a_day_is_a_stamp_without_a_time() -> None:
    given = {
        "case": [case(1, assignee_id="s1"), case(2, assignee_id="s2"), case(3, assignee_id=None)],
        "staff": [{"id": "s1", "active_from": "2026-10-02"}, {"id": "s2", "active_from": "2026-10-21"}],
    }
    view = made(given, Column("path", names=("assignee_id", "active_from")))
    assert (stamps(view), view.coarses["x"].tolist()) == (["02", None, None], [True, True, False])


def test_rows_linked_by_a_field_that_cannot_be_read_are_a_hole_of_that_field() -> None:
    cases = [
        case(1, customer_id="k1"),
        case(2, customer_id={"hole": "UNMAPPED_VALUE"}),
        case(3, customer_id=None),
    ]
    calls = [{"id": "i1", "customer_id": "k1", "started_at": oct_(13, 9)}]
    column = Column("first", of="interaction", name="started_at", on=("customer_id", "customer_id"))
    view = made({"case": cases, "interaction": calls}, column)
    assert (stamps(view), holes(view)) == (["13T09", None, None], ["", "UNMAPPED_VALUE", ""])


def test_a_figure_of_a_record_that_nobody_gives_is_null() -> None:
    given = {"case": [case(1, customer_id="k1")], "customer": [{"id": "k1", "clv": 7}]}
    path = Column("path", names=("customer_id", "clv"))
    assert made(given, path).numbers["x"].tolist() == [7 * DECIMAL_SCALE]
    assert made({"case": given["case"]}, path).numbers["x"].tolist() == [NAT]


def test_a_path_over_what_is_not_connected_is_a_hole() -> None:
    cases = {"case": [case(1, customer_id="k1"), case(2, customer_id=None)]}
    for field in ("created_at", "is_new", "tier", "account_manager_id"):
        assert holes(made(cases, Column("path", names=("customer_id", field)))) == ["FIELD_NOT_PROVIDED"] * 2
    given = cases | {"customer": [{"id": "k1", "created_at": oct_(1)}]}
    without = made(given, Column("path", names=("customer_id", "created_at")), "customer.created_at")
    assert (stamps(without), holes(without)) == ([None, None], ["FIELD_NOT_PROVIDED"] * 2)
    empty = made(cases | {"customer": []}, Column("path", names=("customer_id", "created_at")))
    assert stamps(empty) == [None, None]


# ---- of several stamps -----------------------------------------------------------------------------------
LOST: Final = {"hole": "UNREADABLE"}
SEVERAL: Final = [
    # first_response_at, resolved_at, closed_at -> else, earliest, latest, and the holes of else and the others
    (oct_(14), oct_(13), oct_(15), "14T00", "13T00", "15T00", "", ""),
    (None, oct_(13), oct_(15), "13T00", "13T00", "15T00", "", ""),
    (None, None, None, None, None, None, "", ""),
    (DAY, oct_(13), None, "12", "12", "13T00", "", ""),
    (oct_(13), DAY, None, "13T00", "12", "13T00", "", ""),
    (oct_(13), {"day": "2026-10-14"}, None, "13T00", "13T00", "14", "", ""),
    (LOST, oct_(13), None, "13T00", "13T00", "13T00", "UNREADABLE", ""),
    (oct_(13), LOST, None, "13T00", "13T00", "13T00", "", ""),
    (LOST, None, None, None, None, None, "UNREADABLE", "UNREADABLE"),
    (None, LOST, None, None, None, None, "UNREADABLE", "UNREADABLE"),
    (None, None, {"day": "2026-10-25"}, None, None, None, "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("take", "place"), [("else", 3), ("earliest", 4), ("latest", 5)])
def test_of_several_stamps_the_first_the_earliest_or_the_latest_is_taken(take: str, place: int) -> None:
    names = ("first_response_at", "resolved_at", "closed_at")
    cases = [case(n, **dict(zip(names, row[:3], strict=True))) for n, row in enumerate(SEVERAL)]
    view = made({"case": cases}, Column(take, names=names))
    assert stamps(view) == [row[place] for row in SEVERAL]
    assert holes(view) == [row[6 if take == "else" else 7] for row in SEVERAL]
    assert (view.blame["x"], view.kinds["x"]) == ("case.first_response_at", "ts")
