"""Zendesk from API to verdicts: the shipped mapping on a server that speaks its export API."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pytest

from audits.instants import instant_of
from tasks.crm import Extract, extract
from tasks.crm.connections import rights_to_write
from tests.house import House
from tests.servers import postgres
from tests.servers.databases import Database
from tests.servers.zendesk import Desk
from tests.zendesk_desk import AT, COMPLETE, environment, mapping_for, second, served, tell

pytestmark = pytest.mark.slow

NOW: Final = AT + timedelta(hours=3)
#: Clause, ticket, verdict, as the standard has it: 15 min and 2 h, 30 min and 4 h, 10 min and 24 h.
VERDICTS: Final = {
    ("ECS-1.3-RESPONSE-CONSULT", "1", "", "met"),
    ("ECS-1.3-RESPONSE-CONSULT", "2", "", "breached"),
    ("ECS-1.3-RESPONSE-CONSULT", "5", "", "met"),
    ("ECS-1.3-RESPONSE-CONSULT", "6", "", "not_applicable"),
    ("ECS-1.3-RESOLVE-CONSULT", "1", "", "met"),
    ("ECS-1.3-RESOLVE-CONSULT", "2", "", "breached"),
    ("ECS-1.3-RESOLVE-CONSULT", "5", "", "breached"),
    ("ECS-1.3-RESOLVE-CONSULT", "6", "", "not_applicable"),
    ("ECS-1.3-RESPONSE-COMPLAINT", "3", "", "breached"),
    ("ECS-1.3-RESOLVE-COMPLAINT", "3", "", "breached"),
    ("ECS-1.3-RESPONSE-TECH", "4", "", "met"),
    ("ECS-1.3-RESOLVE-TECH", "4", "", "met"),
}


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    for desk in served():
        desk.page = 4
        tell(desk)
        yield desk


@pytest.fixture(scope="module")
def read(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Extract:
    """What the mapping reads of the story."""
    return extract(mapping_for(desk, tmp_path_factory.mktemp("zendesk")), now=NOW)


def rows(read: Extract, entity: str) -> list[dict[str, Any]]:
    """A frame's rows, null as None."""
    frame = read.facts.frames[entity].astype(object)
    found = frame.where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in found]


def case(read: Extract, number: int) -> dict[str, Any]:
    """One case."""
    return next(row for row in rows(read, "case") if row["id"] == str(number))


def at(text: str, seconds: int = 0) -> pd.Timestamp:
    """A moment in Shanghai."""
    return pd.Timestamp(second(text) + seconds, unit="s", tz="UTC")


def test_the_first_answer_is_the_instant_at_which_zendesk_ended_the_reply_time(read: Extract) -> None:
    assert case(read, 2)["first_response_at"] == at("10-13 10:15", 1)
    assert case(read, 2)["first_response_at__from"] == "message"
    assert case(read, 3)["first_response_at"] is None


def test_the_extract_is_as_old_as_what_landed(read: Extract) -> None:
    assert read.facts.extracted_at == instant_of(COMPLETE)


def test_history_gives_resolutions_reopenings_hands_and_pauses(read: Extract) -> None:
    assert case(read, 5)["resolved_at"] == at("10-14 16:00")
    assert case(read, 4)["closed_at"] == at("10-17 10:00")
    events = [row for row in rows(read, "case_event") if row["case_id"] == "5" and row["kind"] != "assigned"]
    assert [(row["kind"], row["at"]) for row in sorted(events, key=lambda row: row["at"])] == [
        ("resolved", at("10-13 11:00")),
        ("reopened", at("10-14 10:00")),
        ("resolved", at("10-14 16:00")),
    ]
    hands = [row["at"] for row in rows(read, "case_event") if row["case_id"] == "3" and row["actor_id"]]
    assert sorted(hands) == [at("10-13 10:10"), at("10-13 10:20")]
    assert case(read, 3)["assignee_id"] is None
    pause = rows(read, "pause")[0]
    assert (pause["case_id"], pause["began_at"], pause["ended_at"], pause["reason"]) == (
        *("4", at("10-13 10:30"), at("10-13 11:00")),
        "customer",
    )


def test_merged_deleted_and_unknown_tickets_are_told_apart(read: Extract) -> None:
    assert (case(read, 6)["void_reason"], case(read, 6)["merged_into_id"]) == ("merged", "5")
    assert "7" not in [row["id"] for row in rows(read, "case")]
    assert case(read, 8)["service_type"] is None
    assert read.facts.entities["case"].unmapped == {"service_type": {"spare_parts": 1}}
    told = {(v.rule, v.examples) for v in read.facts.violations}
    assert told == {("deleted", ("7",)), ("value", ("9",))}


def test_ratings_are_surveys_sent_when_offered(read: Extract) -> None:
    found = {row["case_id"]: (row["sent_at"], row["responded_at"]) for row in rows(read, "survey")}
    assert found == {"1": (at("10-13 12:10"), at("10-14 10:00")), "2": (at("10-13 12:10"), None)}


def test_who_works_there_and_for_whom_is_known_without_their_clients(read: Extract) -> None:
    assert [row["id"] for row in rows(read, "staff")] == ["501", "502"]
    assert rows(read, "customer")[0]["name"] == len("Hengtai")
    assert set(read.directory["email"].dropna()) == {"li.na@example.com", "wang@example.com"}


def test_on_postgresql_one_role_lands_and_another_that_cannot_write_reads(
    desk: Desk, read: Extract, postgres_database: Database, tmp_path: Path
) -> None:
    into = ("lag: 60", 'lag: 60\n      schema: zendesk\n      into: "${ZENDESK_INTO}"')
    with postgres.postgres_reader(postgres_database) as reader:
        postgres.run_sql(
            postgres_database,
            "CREATE SCHEMA zendesk",
            f"GRANT USAGE ON SCHEMA zendesk TO {reader.user}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA zendesk GRANT SELECT ON TABLES TO {reader.user}",
        )
        mapping = mapping_for(desk, tmp_path, into, staging=reader.url, ZENDESK_INTO=postgres_database.url)
        found = extract(mapping, now=NOW)
        assert rights_to_write(mapping) == {"crm": []}
        for entity, frame in read.facts.frames.items():
            pd.testing.assert_frame_equal(found.facts.frames[entity], frame)
        assert extract(mapping, now=NOW).facts.extracted_at == instant_of(COMPLETE)
    left = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(postgres_database.password.encode() in content for content in left)


def test_the_command_audits_zendesk_from_its_api_to_the_verdicts(desk: Desk, tmp_path: Path) -> None:
    house = House(tmp_path)
    env = {name: value for name, value in environment(desk, "").items() if value}
    ran = house.run("audit", "--source", "zendesk", "--period", "2026-10", **env)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (folder,) = house.runs
    assert folder.name == "zendesk-2026-10-20261031T155900Z"
    found = pd.read_parquet(folder / "verdicts.parquet")
    limits = found[found["clause"].str.contains("-1.3-RES") & (found["verdict"] != "no_data")]
    columns = (limits[name].astype(str) for name in ("clause", "record", "occurrence", "verdict"))
    assert set(zip(*columns, strict=True)) == VERDICTS
    unknown = found[found["clause"].str.contains("-1.3-RES") & (found["verdict"] == "no_data")]
    assert set(unknown["record"]) == {"8", "9"}
    kept = [path for top in ("out", "state") for path in (tmp_path / top).rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"tok-9f3" in path.read_bytes()]
