"""The vectorised casts against slow, plain ones: any value, any mixture, any zone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.words import NAT, Reason
from tasks.crm.casts import billionths, choices, key_lists, lengths, whole_numbers, words
from tasks.crm.columns import from_values, stacked
from tasks.crm.stamps import CLOCK, instants, local_days

ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 30))
#: Clock changes in New York and in European zones, forward and back.
CHANGES = [
    ("America/New_York", "2026-03-08"), ("America/New_York", "2026-11-01"),
    ("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"),
    ("Europe/London", "2026-03-29"), ("Europe/Lisbon", "2026-10-25"),
]  # fmt: skip
UNTIMED = settings(deadline=None, max_examples=50)  # the first look at a zone compiles it
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    return (moment.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


def instants_of(moment: datetime, zone: str) -> set[int]:
    """Every instant at which the zone's clock shows a wall time: none, one, or two."""
    found = set()
    for fold in (0, 1):
        aware = moment.replace(tzinfo=ZoneInfo(zone), fold=fold)
        if aware.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment:
            found.add(micros(aware))
    return found


@UNTIMED
@given(st.lists(MOMENTS, min_size=1, max_size=20), ZONES, st.booleans())
def test_local_stamps_are_placed_as_the_zone_says_or_refused(
    moments: list[datetime], zone: str, named: bool
) -> None:
    form, house = (f"naive local {zone}", "Asia/Tokyo") if named else ("naive local", zone)
    found = instants(from_values([m.isoformat(" ") for m in moments]), form, house)
    for at, moment in enumerate(moments):
        shown = instants_of(moment, zone)
        assert found.us[at] == (shown.pop() if len(shown) == 1 else NAT)
        why = {0: "gap", 2: "fold"}.get(len(instants_of(moment, zone)), "")
        assert CLOCK[found.zone[at]] == why
        assert found.hole[at] == (Reason.CLOCK_CHANGE if why else 0)


@UNTIMED
@given(st.sampled_from(CHANGES), st.integers(-2 * 3600, 2 * 3600))
def test_every_second_around_a_clock_change_is_placed_or_named(change: tuple[str, str], second: int) -> None:
    zone, day = change
    moment = datetime.fromisoformat(f"{day} 02:00:00") + timedelta(seconds=second)
    found = instants(from_values([moment.isoformat(" ")]), f"naive local {zone}", "Asia/Shanghai")
    shown = instants_of(moment, zone)
    assert CLOCK[found.zone[0]] == {0: "gap", 1: "", 2: "fold"}[len(shown)]
    assert found.us[0] == (shown.pop() if len(shown) == 1 else NAT)


@UNTIMED
@given(
    st.lists(
        st.tuples(MOMENTS, st.integers(-14 * 60, 14 * 60), st.sampled_from("TZ ")), min_size=1, max_size=20
    )
)
def test_an_offset_is_taken_at_its_word_in_any_form(given_: list[tuple[datetime, int, str]]) -> None:
    texts, expected = [], []
    for moment, minutes, style in given_:
        sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
        offset = "Z" if style == "Z" else f"{sign}{hours:02}{':' if style == 'T' else ''}{rest:02}"
        texts.append(moment.isoformat("T" if style == "T" else " ") + offset)
        shift = timedelta() if style == "Z" else timedelta(minutes=minutes)
        expected.append(micros(moment.replace(tzinfo=UTC) - shift))
    assert instants(from_values(texts), "naive local", "Asia/Shanghai").us.tolist() == expected


@UNTIMED
@given(
    st.lists(
        st.one_of(st.none(), MOMENTS, MOMENTS.map(lambda m: m.isoformat()), st.dates().map(str)), max_size=20
    )
)
def test_a_mixture_of_forms_reads_like_each_value_alone(values: list[object]) -> None:
    together = instants(from_values(values), "naive utc", "Asia/Shanghai")
    for at, value in enumerate(values):
        alone = instants(from_values([value]), "naive utc", "Asia/Shanghai")
        assert (together.us[at], together.hole[at]) == (alone.us[0], alone.hole[0])


@UNTIMED
@given(st.lists(st.integers(0, 4_102_444_799_999_999), max_size=20))
def test_epoch_numbers_keep_every_microsecond_however_they_are_written(stamps: list[int]) -> None:
    seconds = [f"{us // 10**6}.{us % 10**6:06}" for us in stamps]
    assert instants(from_values(seconds), "epoch s", "UTC").us.tolist() == stamps
    decimals = [Decimal(us).scaleb(-3) for us in stamps]
    assert instants(from_values(decimals), "epoch ms", "UTC").us.tolist() == stamps


@UNTIMED
@given(MOMENTS, ZONES)
def test_the_day_of_an_instant_is_the_local_one(moment: datetime, zone: str) -> None:
    aware = moment.replace(tzinfo=UTC)
    found = local_days(from_values([aware.isoformat()]), "utc", zone)
    day = pd.Timestamp(int(found.us[0]), unit="us")
    assert day.date() == aware.astimezone(ZoneInfo(zone)).date()
    assert day == day.normalize()


@UNTIMED
@given(st.text(max_size=40))
def test_no_text_whatever_breaks_a_cast(text: str) -> None:
    column = from_values([text, None])
    for form in ("utc", "naive utc", "naive local", "epoch s", "epoch ms"):
        found = instants(column, form, "Asia/Shanghai")
        assert found.us[0] == NAT or found.hole[0] in (0, Reason.STAMP_TOO_COARSE)
    for made in (
        billionths(column),
        whole_numbers(column),
        lengths(column),
        words(column),
        key_lists(column),
    ):
        assert made.values.isna()[1]
    assert choices(column, ("a",), None).hole[0] in (0, Reason.UNMAPPED_VALUE)


@pytest.mark.parametrize("said", ["Re:", "RE: ", "fwd:", "回复：", "转发: Re:", "n/a", "000", "未知"])
def test_a_placeholder_or_a_mere_prefix_is_no_text(said: str) -> None:
    assert lengths(from_values([said])).values.tolist() == [-1]


@pytest.mark.parametrize("said", ["Re: 报价", "回复", "reply", "rex:", "100"])
def test_text_that_only_begins_like_one_counts(said: str) -> None:
    assert lengths(from_values([said])).values.tolist() == [len(said)]


@UNTIMED
@given(st.lists(st.decimals(-(10**10), 10**10, allow_nan=False, places=None), max_size=20))
def test_a_decimal_is_exact_or_a_hole(values: list[Decimal]) -> None:
    found = billionths(from_values([str(value) for value in values]))
    for at, value in enumerate(values):
        scaled = value.scaleb(9)
        if abs(scaled) >= 2**63:
            assert found.hole[at] == Reason.UNREADABLE
        elif scaled != scaled.to_integral_value():
            assert found.hole[at] == Reason.TOO_PRECISE
        else:
            assert (found.values[at], found.hole[at]) == (int(scaled), 0)


@UNTIMED
@given(st.lists(st.floats(-1e9, 1e9), max_size=20))
def test_a_float_is_the_shortest_decimal_that_means_it(values: list[float]) -> None:
    found = billionths(from_values(values))
    for at, value in enumerate(values):
        scaled = Decimal(repr(value)).scaleb(9)
        exact = scaled == scaled.to_integral_value()
        assert found.hole[at] == (0 if exact else Reason.TOO_PRECISE)
        assert not exact or found.values[at] == int(scaled)


@UNTIMED
@given(
    st.lists(
        st.one_of(st.none(), st.integers(), st.text(max_size=5), st.floats(allow_nan=False)), max_size=30
    )
)
def test_batches_of_any_mixture_read_like_one_batch(values: list[object]) -> None:
    parts = stacked([from_values(values[at : at + 3]) for at in range(0, len(values), 3)])
    split = words(parts.combine_chunks() if hasattr(parts, "combine_chunks") else parts).values
    whole = words(from_values(values)).values
    assert split.isna().tolist() == whole.isna().tolist()
    kept = [at for at, value in enumerate(values) if not isinstance(value, float)]
    assert split[kept].tolist() == whole[kept].tolist() or split[kept].isna().any()
