"""What people attest: written down once, read by the next audit, expired by the reading, never a breach."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from audits.attested import attested
from audits.cards import Readings, Signature
from audits.errors import WrongUse
from audits.periods import parse
from config.rules import load_readings
from flows.acts.attesting import Said, attest
from flows.auditing.people_known import named, one_of
from tasks.crm.registers import read_register
from tests.facts import at, facts_of
from tests.sampling_house import COUNTED, HANDBOOK, TONE, ZONE, SampleHouse

NOW = datetime.fromisoformat("2026-10-04T15:30:00+08:00")
WORD = Said(HANDBOOK, "E1", "met", "2026-Q3", "D-17")


@pytest.fixture
def house(tmp_path: Path) -> SampleHouse:
    """A house with a snapshot."""
    made = SampleHouse(tmp_path / "house", contacts=8)
    made.extract()
    return made


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> SampleHouse:
    """A house in which nothing is ever attested."""
    made = SampleHouse(tmp_path_factory.mktemp("quiet"), contacts=8)
    made.extract()
    return made


def test_an_attestation_is_counted_by_the_next_audit_with_author_period_evidence_and_expiry(
    house: SampleHouse,
) -> None:
    told = attest(house.settings, WORD, NOW)
    assert (told["checked"], told["until"]) == (True, "2027-10-04T15:30:00+08:00")
    said = house.clause(house.extract("after"), HANDBOOK)
    assert said == {
        "status": "valid", "verdict": "met", "by": "E1", "at": "2026-10-04T15:30:00+08:00", "period": "2026-Q3",
        "expires_at": "2027-10-04T15:30:00+08:00", "evidence": "D-17", "rests_on": "attestation",
        "items": {"met": 0, "breached": 0, "not_observable": 0}, "sample": None,
    }  # fmt: skip


def test_the_last_word_counts_and_the_first_stays_written(house: SampleHouse) -> None:
    one = attest(house.settings, replace(WORD, on=date(2026, 9, 30)), NOW)
    before = Path(one["file"]).read_bytes()
    two = attest(house.settings, replace(WORD, verdict="breached", by="吴二"), NOW)
    assert one["id"] != two["id"]
    assert Path(one["file"]).read_bytes() == before
    assert len(read_register(house.registers, ZONE)["attestation"]) == 2
    said = house.clause(house.extract("after"), HANDBOOK)
    assert (said["verdict"], said["by"]) == ("breached", "E2")


def test_the_same_words_again_are_the_same_attestation(house: SampleHouse) -> None:
    assert attest(house.settings, WORD, NOW) == attest(house.settings, WORD, NOW)
    assert len(list(house.registers.glob("attestation-*.xlsx"))) == 1


def test_it_holds_through_the_day_that_is_named(house: SampleHouse) -> None:
    told = attest(house.settings, replace(WORD, until=date(2026, 12, 31)), NOW)
    assert told["until"] == "2027-01-01T00:00:00+08:00"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"clause": "LAB-NONE"}, "there is no card LAB-NONE"),
        ({"clause": COUNTED}, "is judged from the records, so nobody attests it"),
        ({"by": "E9"}, "'E9' is nobody in the list of staff"),
        ({"by": "周一"}, "2 people are called '周一'"),
        ({"verdict": "fine"}, "no verdict 'fine'"),
        ({"evidence": " "}, "rests on a document"),
        ({"period": "2027"}, "has not begun"),
        ({"until": date(2026, 10, 3)}, "before it was said"),
        ({"on": date(2026, 10, 5)}, "lies ahead"),
    ],
)
def test_what_cannot_be_attested_is_refused_with_its_cure_and_leaves_nothing(
    quiet: SampleHouse, change: dict[str, object], found: str
) -> None:
    with pytest.raises(WrongUse, match=found) as refused:
        attest(quiet.settings, replace(WORD, **change), NOW)  # type: ignore[arg-type]
    assert refused.value.do
    assert not list(quiet.registers.glob("attestation-*"))


def test_a_clause_scored_by_sample_may_be_attested_as_well(house: SampleHouse) -> None:
    assert attest(house.settings, replace(WORD, clause=TONE), NOW)["clause"] == TONE


def test_where_no_register_takes_it_the_line_to_add_is_told(tmp_path: Path) -> None:
    house = SampleHouse(tmp_path, contacts=1, takes_scores=False)
    with pytest.raises(WrongUse, match="takes no attestation from registers") as refused:
        attest(house.settings, WORD, NOW)
    assert "attestation: {from: registers}" in refused.value.do


def test_before_the_first_extract_nobody_can_be_looked_up_and_that_is_said(tmp_path: Path) -> None:
    house = SampleHouse(tmp_path, contacts=1)
    assert attest(house.settings, replace(WORD, by="E9"), NOW)["checked"] is False


def test_names_come_from_the_directory_and_numbers_go_before_them() -> None:
    staff = pd.DataFrame({"id": ["7", "8"], "staff_no": ["E7", None]})
    names = pd.DataFrame(
        {"entity": ["staff", "staff", "customer"], "id": ["7", "9", "8"], "name": ["a", "b", "c"]}
    )
    known = named(staff, names)
    assert {word: one_of(word, known, "--by") for word in known} == {"7": "7", "8": "8", "E7": "7", "a": "7"}
    assert one_of("anybody", {}, "--by") == "anybody"


def _held(option: str, since: str) -> Readings:
    every = load_readings(Path("config/readings"))
    signed = Signature(option, "E1028", since, "a round a quarter", since)
    return Readings(
        {**every, "attestation_validity": replace(every["attestation_validity"], signatures=(signed,))},
        "2026-10-01",
    )


def test_an_attestation_without_an_end_holds_as_long_as_the_reading_says(quiet: SampleHouse) -> None:
    row = {
        "id": "1",
        "clause_id": HANDBOOK,
        "attested_by": "E1",
        "attested_at": "2026-05-31T10:00+08:00",
        "verdict": "met",
    }
    card = quiet.judged(quiet.settings.out / "lab-2026-Q3" / "snapshot").rules.cards[HANDBOOK]
    as_of, period = at("2026-09-01T00:00+08:00"), parse("2026-08", ZONE)

    def status(readings: Readings | None) -> tuple[str, str]:
        told = attested(facts_of({"attestation": [row]}), as_of, period, card, readings)
        assert told is not None
        return told["status"], told["expires_at"]

    assert status(None) == ("valid", "2027-05-31T10:00:00+08:00")
    assert status(_held("quarter", "2026-10-01")) == ("expired", "2026-08-31T10:00:00+08:00")
    assert status(_held("quarter", "2026-11-01")) == ("valid", "2027-05-31T10:00:00+08:00")
