"""What every document is made of: spelled instants and keys, shares of samples, identities, causes of withdrawals."""

import json
import pickle
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pandas as pd
import pytest

from audits.attested import attested, sampled
from audits.cards import Signature
from audits.errors import WrongUse
from audits.identity import finding_ids
from audits.ladder import Level
from audits.notices import digest, envelope_id, notice_id
from audits.periods import parse
from audits.sampling import _keys
from audits.saying import codes_of, iso, local_date, text_at
from audits.withdrawals import what_was_said
from audits.words import NAT
from tests.facts import ZONE, at, facts_of
from tests.test_cases import first_installation


def test_instants_are_spelled_in_the_zone_of_the_business() -> None:
    late = at("2026-10-12T23:30:00.000001+08:00")
    assert iso(late, ZONE) == "2026-10-12T23:30:00.000001+08:00"
    assert iso(late, "UTC") == "2026-10-12T15:30:00.000001+00:00"
    assert (iso(NAT, ZONE), local_date(late, ZONE), local_date(late, "Pacific/Auckland")) == (
        None, "2026-10-12", "2026-10-13",
    )  # fmt: skip


def test_a_record_is_printed_by_its_code_or_else_by_its_key() -> None:
    facts = facts_of({"staff": [{"id": "s1", "staff_no": "E1"}, {"id": "s2"}]})
    assert codes_of(facts, "staff", "staff_no") == {"s1": "E1", "s2": "s2"}
    bare = facts_of({"staff": [{"id": "s1"}]}, without=["staff.staff_no"])
    assert codes_of(bare, "staff", "staff_no") == {"s1": "s1"}
    assert codes_of(bare, "team", "code") == {}
    assert [text_at(pd.Series(["a", None], dtype="str"), n) for n in (0, 1)] == ["a", ""]


@pytest.mark.parametrize(
    ("met", "n", "share", "said"),
    [
        (19, 20, "95.00", "not_shown"),
        (59, 59, "100.00", "met"),
        (2, 3, "66.67", "not_shown"),
        (1, 800, "0.13", "not_met"),
    ],
)
def test_a_scored_sample_says_its_share_half_up_and_what_it_shows(
    met: int, n: int, share: str, said: str
) -> None:
    told: dict[str, Any] = sampled(met, n) or {}
    assert (told["n"], told["met"], told["share"], told["answer"]) == (met and n, met, share, said)
    assert 0 <= told["low"] <= 10_000 * met // n <= told["high"] <= 10_000
    assert told["target"] == 9500


def test_nothing_scored_says_nothing() -> None:
    assert sampled(0, 0) is None


def test_a_notice_and_its_mail_keep_their_identity_over_every_version() -> None:
    assert notice_id("f1", "assignee", Level.NOW, "2") == digest("f1|assignee|3|2")
    assert (
        envelope_id("digest", "E1", ["b", "a"])
        == envelope_id("digest", "E1", ["a", "b"])
        == digest("digest|E1|a|b")
    )


def test_a_bar_inside_a_part_of_an_identity_is_no_border() -> None:
    found = finding_ids("s", "c", ["a|b", "a", "a\\"], ["o", "b|o", "o"])
    spelled = ["s|c|a\\|b|o", "s|c|a|b\\|o", "s|c|a\\\\|o"]
    assert found.tolist() == [sha256(one.encode()).hexdigest()[:16] for one in spelled]


def test_a_clause_that_nobody_attested_says_so_and_names_every_field_of_an_attestation() -> None:
    rules = first_installation("2026-10")
    card = replace(next(iter(rules.cards.values())), auditable="attest", evidence="")
    empty = dict.fromkeys(("verdict", "by", "at", "period", "expires_at", "evidence", "sample"))
    rest = {"rests_on": "attestation", "items": {"met": 0, "breached": 0, "not_observable": 0}}
    for entity, status in (("attestation", "none"), ("scorecard_item", "none"), ("staff", "unconnected")):
        told = attested(facts_of({entity: []}), at("2026-11-01T00:00+08:00"), parse("2026-10", ZONE), card)
        assert told == {"status": status, **empty, **rest}


def test_keys_that_part_are_named_up_to_five() -> None:
    assert [_keys([]), _keys(["a"]), _keys(list("abcdefg"))] == ["none", "a", "a, b, c, d, e and 2 more"]


def test_a_withdrawal_names_the_first_cause_that_fits_and_both_sides() -> None:
    changes: dict[str, dict[str, Any]] = {
        "left": {"reported_verdict": "not_applicable", "anchor_at": 9},
        "began": {"anchor_at": 9, "done_at": 9},
        "done": {"done_at": 9, "due_at": 9},
        "due": {"due_at": 9},
        "rules": {},
    }
    row = {"reported_verdict": "met", "reason": "LATE", "anchor_at": 1, "due_at": 5, "done_at": 7}
    before, after = frame_of([row] * 5), frame_of([row | change for change in changes.values()])
    told = [json.loads(one) for one in what_was_said(before, after)]
    assert [one["cause"] for one in told] == list(changes)
    assert told[0]["now"] == {"verdict": "not_applicable", "reason": "LATE", "anchor": 9, "due": 5, "done": 7}
    assert told[4]["then"] == {"verdict": "breached", "reason": "LATE", "anchor": 1, "due": 5, "done": 7}
    open_ = what_was_said(frame_of([row | {"done_at": None}]), frame_of([row]))
    assert json.loads(open_.iloc[0])["then"]["done"] is None


def test_an_error_arrives_whole_in_another_process() -> None:
    told = pickle.loads(pickle.dumps(WrongUse("no such day", "people.yaml:3", "write 2026-10-01")))
    assert (type(told), told.found, told.where, told.do, told.exit_code) == (
        WrongUse, "no such day", "people.yaml:3", "write 2026-10-01", 2,
    )  # fmt: skip
    assert str(told) == "no such day | people.yaml:3 | write 2026-10-01"


def test_facts_without_rows_keep_what_was_promised() -> None:
    facts = facts_of({"case": [{"id": "C"}], "staff": []}, complete={"case": "2026-01-01T00:00+08:00"})
    bare = facts.without_rows()
    assert {name: len(frame) for name, frame in bare.frames.items()} == {"case": 0, "staff": 0}
    assert list(bare.frames["case"].columns) == list(facts.frames["case"].columns)
    assert (bare.entities, bare.source, bare.extracted_at) == (
        facts.entities,
        facts.source,
        facts.extracted_at,
    )


@pytest.mark.parametrize(("clause", "until"), [("one", "2026-04-12"), ("other", "2027-01-12")])
def test_an_attestation_holds_as_long_as_the_reading_says_of_its_own_clause(clause: str, until: str) -> None:
    readings = first_installation("2026-10").readings
    quarter = Signature("quarter", "E1", "2026-01-01", "because", "2026-01-01", ("one",))
    signed = replace(readings.by_id["attestation_validity"], signatures=(quarter,))
    card = replace(next(iter(first_installation("2026-10").cards.values())), id=clause, auditable="attest")
    facts = facts_of(
        {"attestation": [{"id": "A", "clause_id": clause, "attested_at": "2026-01-12T10:00+08:00"}]}
    )
    said = attested(
        facts, at("2026-11-01T00:00+08:00"), parse("2026-10", ZONE), card,
        replace(readings, by_id={**readings.by_id, "attestation_validity": signed}),
    )  # fmt: skip
    assert said is not None
    assert said["expires_at"] == f"{until}T10:00:00+08:00"


def frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    made = pd.DataFrame(rows).astype({"reported_verdict": "str", "reason": "str"})
    for name in ("anchor_at", "due_at", "done_at"):
        made[name] = pd.to_datetime(made[name].astype("Int64"), unit="us", utc=True)
    return made
