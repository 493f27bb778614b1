"""Every mail stands in the report with what became of it, and the first report's trend is its own month."""

import json
from pathlib import Path
from typing import Any

import pytest

from reports.view.base import Page
from reports.view.proofs import SHOWN, proofs
from tasks.store import Answer, Store
from tests.life_oracle import Row
from tests.report_sample import sample
from tests.store_fixtures import store, url
from tests.store_world import BEGIN, SOURCE, audit
from tests.test_store_outbox import LATER, TO

__all__ = ["store", "url"]


def test_the_last_answer_of_the_server_is_the_proof(store: Store) -> None:
    audit(store, "r1", 100, [Row(1)])
    assert store.proofs(SOURCE).empty
    (mail,) = store.pending_mails(BEGIN)
    assert store.claim(mail.mail, BEGIN)
    assert store.sending(mail.mail, BEGIN)
    store.settle(mail.mail, "failed", BEGIN, [Answer(TO, "failed", 451, "later")], retry_at=BEGIN)
    assert store.claim(mail.mail, LATER)
    assert store.sending(mail.mail, LATER)
    store.settle(mail.mail, "sent", LATER, [Answer(TO, "sent", 250, "2.0.0 Ok: queued as 4F1")])
    (row,) = store.proofs(SOURCE).to_dict("records")
    said = (row["outcome"], row["code"], row["text"], row["attempt"], row["notices"])
    assert said == ("sent", 250, "2.0.0 Ok: queued as 4F1", 2, 1)


@pytest.fixture(scope="module")
def life(demo_audited: Path) -> dict[str, Any]:
    (path,) = demo_audited.glob("out/demo-2026-10-*/life.json")
    told: dict[str, Any] = json.loads(path.read_bytes())
    told["letters"] = [one.stem.rpartition("-")[2] for one in path.parent.glob("notices/*.eml")]
    told["results"] = json.loads((path.parent / "results.json").read_bytes())
    return told


def test_every_letter_of_the_demo_stands_in_its_report_by_code(life: dict[str, Any]) -> None:
    assert sorted(one["mail"] for one in life["proofs"]) == sorted(life["letters"])
    assert {one["outcome"] for one in life["proofs"]} == {"written"}
    assert all("/" not in one["answer"] and "@" not in one["answer"] for one in life["proofs"])
    told = sum(one["notices"] for one in life["proofs"] if one["kind"] != "operations")
    assert told >= life["notices"]["written"]


def test_the_first_report_s_trend_is_its_own_month(life: dict[str, Any]) -> None:
    trend, results = life["trend"], life["results"]
    assert [period["state"] for period in trend["periods"]] == ["before"] * 11 + ["reported"]
    now = {one["id"]: one["points"][-1] for one in trend["series"]}
    totals = results["totals"]
    assert (now["binding"]["k"], now["binding"]["n"]) == (
        totals["breached"],
        totals["breached"] + totals["met"],
    )
    tiles = {audit["id"]: audit["figures"] for audit in results["audits"]}
    assert now["timing"]["k"] == tiles["timing"]["late"]
    assert (now["qa"]["k"], now["qa"]["n"]) == (tiles["qa"]["passed"], tiles["qa"]["n"])
    cohort = tiles["survey"]["cohort"]
    assert (now["survey"]["k"], now["survey"]["n"]) == (cohort["numerator"], cohort["denominator"])


def test_only_the_latest_mails_stand_on_the_page_and_it_says_so() -> None:
    month = sample()
    one = {
        "mail": "0" * 16, "kind": "escalation", "to": "E0014", "notices": 2, "at": "2026-10-12T10:00:00+08:00",
        "outcome": "refused", "attempt": 2, "answer": "550 nobody",
    }  # fmt: skip
    month.life["proofs"] = [one] * (SHOWN + 1)
    made = proofs(Page(month, "en"))
    assert made is not None
    assert (len(made["rows"]), made["more"]) == (
        SHOWN,
        "The latest 100 of 101 are listed; the rest is in life.json.",
    )
    row = made["rows"][0]
    assert (row["outcome"], row["state"], row["answer"]) == ("bounced", "breached", "550 nobody · attempt 2")
    month.life["proofs"] = []
    assert proofs(Page(month, "en")) is None
