"""Who is told: the order of supervisors, deputies and absences, and what is said of an empty step."""

import pytest

from audits.people import Addressee, Held, Nobody, People, Person, Span

NOON = 12
AWAY = (Span(10, 20),)


def people(**changes: object) -> People:
    """A night team: agent E1047 under E0021, who is under service manager E0008."""
    persons = {
        "E1047": Person("E1047", manager_id="E0021"),
        "E1099": Person("E1099"),
        "E0021": Person("E0021", manager_id="E0008"),
        "E0022": Person("E0022"),
        "E0014": Person("E0014"),
        "E0008": Person("E0008", manager_id="E0001"),
        "E0001": Person("E0001"),
    }
    given: dict[str, object] = {
        "persons": persons,
        "roles": {
            "duty_supervisor": (Held("E0014"),),
            "service_manager": (Held("E0008"),),
            "general_manager": (Held("E0001"),),
        },
        "supervisors": {"N1": (Held("E0022"),)},
    }
    return People(**{**given, **changes})  # type: ignore[arg-type]


def told(found: Addressee | Nobody) -> Addressee:
    assert isinstance(found, Addressee)
    return found


def test_the_supervisor_is_first_the_direct_one_of_the_assignee() -> None:
    found = told(people().supervisor_of("E1047", "N1", NOON))
    assert (found.person_id, found.via, found.empty) == ("E0021", "assignee_supervisor", ())


def test_a_case_nobody_was_given_goes_to_the_supervisor_of_its_team() -> None:
    found = told(people().supervisor_of("", "N1", NOON))
    assert (found.person_id, found.via, found.empty) == ("E0022", "team_supervisor", ())


def test_without_team_and_assignee_the_duty_supervisor_is_told() -> None:
    assert told(people().supervisor_of("", "", NOON)).person_id == "E0014"


def test_the_service_manager_is_the_last_step_and_the_empty_ones_are_said() -> None:
    house = people(roles={"service_manager": (Held("E0008"),)})
    found = told(house.supervisor_of("E1099", "N9", NOON))
    assert (found.person_id, found.via) == ("E0008", "service_manager")
    assert found.empty == ("assignee_supervisor:E1099", "team_supervisor:N9", "duty_supervisor")


def test_nobody_at_all_is_said_and_not_invented() -> None:
    found = people(roles={}, supervisors={}).supervisor_of("", "", NOON)
    assert isinstance(found, Nobody)
    assert found.empty == ("duty_supervisor", "service_manager")


def test_an_absent_supervisor_is_stood_in_for_by_his_deputy() -> None:
    house = people(absences={"E0021": AWAY}, deputies={"E0021": (Held("E0022"),)})
    found = told(house.supervisor_of("E1047", "", NOON))
    assert (found.person_id, found.absent_of, found.as_deputy) == ("E0022", "E0021", True)
    assert found.empty == ()


def test_an_absence_ends_on_its_last_instant() -> None:
    house = people(absences={"E0021": AWAY}, deputies={"E0021": (Held("E0022"),)})
    assert told(house.supervisor_of("E1047", "", 19)).person_id == "E0022"
    assert told(house.supervisor_of("E1047", "", 20)).person_id == "E0021"


def test_without_a_deputy_the_next_manager_present_is_told_and_the_absence_reported() -> None:
    found = told(people(absences={"E0021": AWAY}).supervisor_of("E1047", "N1", NOON))
    assert (found.person_id, found.absent_of, found.as_deputy) == ("E0008", "E0021", False)
    assert found.empty == ("away:E0021",)


def test_a_deputy_who_is_away_himself_does_not_stand_in() -> None:
    away = {"E0021": AWAY, "E0022": AWAY}
    house = people(absences=away, deputies={"E0021": (Held("E0022"), Held("E0014"))})
    assert told(house.supervisor_of("E1047", "", NOON)).person_id == "E0014"


def test_a_deputy_of_last_month_does_not_stand_in_today() -> None:
    house = people(absences={"E0021": AWAY}, deputies={"E0021": (Held("E0022", Span(0, 9)),)})
    assert told(house.supervisor_of("E1047", "", NOON)).person_id == "E0008"


def test_somebody_who_left_the_house_is_away_for_good() -> None:
    house = people()
    house.persons["E0021"] = Person("E0021", manager_id="E0008", active=Span(end=5))
    assert told(house.supervisor_of("E1047", "", NOON)).person_id == "E0008"


def test_nobody_is_told_of_his_own_case() -> None:
    house = people(supervisors={"N1": (Held("E1099"),)})
    found = told(house.supervisor_of("E1099", "N1", NOON))
    assert (found.person_id, found.empty) == ("E0014", ("assignee_supervisor:E1099",))


def test_a_deputy_is_not_told_of_his_own_case() -> None:
    house = people(absences={"E0021": AWAY}, deputies={"E0021": (Held("E1047"),)})
    found = told(house.supervisor_of("E1047", "", NOON))
    assert (found.person_id, found.as_deputy) == ("E0008", False)


def test_whoever_is_on_duty_is_not_told_of_his_own_case() -> None:
    found = told(people().supervisor_of("E0014", "", NOON))
    assert (found.person_id, found.via) == ("E0008", "service_manager")


@pytest.mark.parametrize("back", ["E0021", "E0008"])
def test_a_circle_of_managers_ends(back: str) -> None:
    away = dict.fromkeys(("E0021", "E0008", "E0001"), AWAY)
    house = people(absences=away, roles={}, supervisors={})
    house.persons["E0001"] = Person("E0001", manager_id=back)
    assert isinstance(house.supervisor_of("E1047", "", NOON), Nobody)


def test_a_roster_changes_who_is_on_duty() -> None:
    roster = (Held("E0014", Span(0, 10)), Held("E0022", Span(10, 20)))
    house = people(roles={"duty_supervisor": roster})
    assert told(house.supervisor_of("", "", 9)).person_id == "E0014"
    assert told(house.supervisor_of("", "", 10)).person_id == "E0022"


def test_of_two_on_duty_the_one_who_is_present_is_told() -> None:
    house = people(roles={"duty_supervisor": (Held("E0014"), Held("E0022"))}, absences={"E0014": AWAY})
    assert told(house.supervisor_of("", "", NOON)).person_id == "E0022"


def test_the_mail_can_say_who_reads_it_when_its_reader_is_away() -> None:
    house = people(deputies={"E0021": (Held("E0022"),)})
    assert told(house.supervisor_of("E1047", "", NOON)).deputy_id == "E0022"


def test_an_emergency_without_a_duty_list_reaches_the_duty_supervisor() -> None:
    found = told(people().addressee("duty_list", "", "", NOON))
    assert (found.person_id, found.via, found.empty) == ("E0014", "duty_supervisor", ("duty_list",))


def test_vacant_roles_are_named() -> None:
    assert people().vacancies(NOON) == ("duty_list", "emergency_team", "engineer", "officer")
    away = people(absences={"E0014": AWAY})
    assert "duty_supervisor" in away.vacancies(NOON)


def test_an_unknown_ladder_is_an_error() -> None:
    with pytest.raises(KeyError):
        people().addressee("everybody", "", "", NOON)


def test_language_is_the_persons_else_the_houses() -> None:
    house = people()
    house.persons["E0001"] = Person("E0001", lang="en")
    assert (house.lang_of("E0001"), house.lang_of("E0008"), house.lang_of("stranger")) == ("en", "zh", "zh")
