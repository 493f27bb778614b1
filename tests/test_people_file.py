"""``people.yaml`` over the CRM's staff: the file wins, people are named as they are known, errors by line."""

from pathlib import Path

import pandas as pd
import pytest

from audits.people import Addressee, Held, People
from config.people import FILE, PeopleError, load_people
from tests.notices import at

STAFF = pd.DataFrame(
    {
        "id": ["7", "8", "9", "10"],
        "staff_no": ["E0008", "E0021", "E0009", "E1047"],
        "role": ["service_manager", "supervisor", "team_lead", "frontline_agent"],
        "manager_id": [None, "7", "7", None],
        "team_id": [None, "1", "2", "1"],
        "active_to": [pd.NaT, pd.NaT, pd.Timestamp("2026-10-12"), pd.NaT],
    }
)
TEAMS = pd.DataFrame(
    {"id": ["1", "2"], "code": ["N1", "EM"], "kind": ["service", "emergency"], "lead_id": ["8", "9"]}
)
DIRECTORY = pd.DataFrame(
    {
        "entity": ["staff", "staff", "customer"],
        "id": ["7", "8", "8"],
        "code": ["E0008", "E0021", "K-1"],
        "name": ["A", "B", "C"],
        "email": ["e0008@crm.example", None, "client@crm.example"],
        "phone": [None, None, None],
    }
)
EMPTY = "schema: 1\n"


def loaded(folder: Path, text: str, *, crm: bool = True) -> People:
    path = folder / "people.yaml"
    path.write_text(text, encoding="utf-8")
    return load_people(path, STAFF, TEAMS, DIRECTORY) if crm else load_people(path)


def problems(folder: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(PeopleError) as error:
        loaded(folder, text)
    return [(found, where.rpartition(":")[2]) for found, where, _ in error.value.problems]


def test_an_empty_file_leaves_what_the_crm_knows(tmp_path: Path) -> None:
    house = loaded(tmp_path, EMPTY)
    assert house.roles == {"service_manager": (Held("7"),), "emergency_team": (Held("9"),)}
    assert house.supervisors == {"1": (Held("8"),), "2": (Held("9"),)}
    assert house.person("7").email == "e0008@crm.example"
    assert house.person("8").email == ""  # the address of customer 8 is nobody's here


def test_who_left_is_no_addressee_from_the_day_after(tmp_path: Path) -> None:
    house = loaded(tmp_path, EMPTY)
    assert not house.away("9", at("10-12 23:59"))
    assert house.away("9", at("10-13 00:00"))


def test_the_file_wins_over_the_crm(tmp_path: Path) -> None:
    house = loaded(
        tmp_path,
        EMPTY + "people: {E0008: {email: sm@house.example, lang: en}, E1047: {supervisor: E0021}}\n"
        "roles: {service_manager: E0021}\nteams: {N1: E0008}\n",
    )
    assert (house.person("7").email, house.lang_of("7")) == ("sm@house.example", "en")
    assert house.person("10").manager_id == "8"
    assert house.roles["service_manager"] == (Held("8"),)
    assert house.supervisors["1"] == (Held("7"),)


def test_a_house_without_staff_in_its_crm_names_everybody_in_the_file(tmp_path: Path) -> None:
    text = EMPTY + (
        "people:\n  E1: {email: a@house.example, supervisor: E2}\n  E2: {email: b@house.example}\n"
        "roles: {officer: E2}\nqueues: {hotline: E2}\n"
    )
    house = loaded(tmp_path, text, crm=False)
    found = house.supervisor_of("E1", "", 0)
    assert isinstance(found, Addressee)
    assert (found.person_id, house.person("E2").printed) == ("E2", "E2")
    assert house.supervisors["hotline"] == (Held("E2"),)


def test_days_count_from_local_midnight_to_the_end_of_the_last_one(tmp_path: Path) -> None:
    text = EMPTY + (
        "absences: [{person: E0021, from: 2026-10-01, to: 2026-10-07}]\n"
        "deputies: [{of: E0021, deputy: E0008, from: 2026-10-01, to: 2026-10-03}]\n"
        "roles: {duty_supervisor: [{person: E0021, to: 2026-10-10}, E0008]}\n"
    )
    house = loaded(tmp_path, text)
    assert not house.away("8", at("10-01 00:00") - 1)
    assert house.away("8", at("10-01 00:00"))
    assert house.away("8", at("10-07 23:59"))
    assert not house.away("8", at("10-08 00:00"))
    assert house.deputies["8"][0].when.end == at("10-04 00:00")
    assert house.roles["duty_supervisor"][0].when.end == at("10-11 00:00")


def test_mailboxes_hold_the_roles_of_duty_list_and_engineer(tmp_path: Path) -> None:
    text = EMPTY + "addresses: {duty_list: duty@house.example, engineer: it@house.example}\n"
    house = loaded(tmp_path, text)
    assert house.roles["duty_list"] == (Held("duty_list"),)
    assert house.person("engineer").email == "it@house.example"


def test_a_pilots_list_takes_staff_numbers_and_addresses(tmp_path: Path) -> None:
    house = loaded(tmp_path, EMPTY + "allow: [E0008, Boss@House.Example]\n")
    assert house.allow == {"e0008@crm.example", "boss@house.example"}


def test_everything_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = EMPTY + (
        "roles:\n  officer: E4711\n"
        "absences:\n  - {person: E0021, from: 2026-10-07, to: 2026-10-01}\n"
        "deputies:\n  - {of: E9999, deputy: E0008}\n"
    )
    assert problems(tmp_path, text) == [
        ("nobody is known as 'E4711'", "3"),
        ("nobody is known as 'E9999'", "7"),
        ("ends on 2026-10-01, before it begins on 2026-10-07", "5"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("schema: 1\nrolls: {}\n", "2", "rolls"),
        ("schema: 1\nroles:\n  king: E0008\n", "3", "king"),
        ("schema: 1\nlang: fr\n", "2", "lang"),
        ("schema: 1\nabsences: [{person: E0008, from: yesterday}]\n", "2", "absences"),
        ("schema: 1\nlang: zh\nlang: en\n", "3", "twice"),
        ("schema: [\n", "2", ""),
        ("lang: zh\n", "1", "schema"),
    ],
)
def test_a_file_that_says_something_else_is_refused_at_its_line(
    tmp_path: Path, text: str, line: str, word: str
) -> None:
    ((found, where),) = problems(tmp_path, text)
    assert where == line
    assert word in found


def test_a_missing_file_is_a_plain_error(tmp_path: Path) -> None:
    with pytest.raises(PeopleError, match="cannot be read"):
        load_people(tmp_path / "nobody.yaml")


def test_the_file_of_this_house_can_be_read() -> None:
    assert load_people(FILE).lang == "zh"
