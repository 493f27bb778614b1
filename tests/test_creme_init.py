"""`clausewatch init` on the real Creme: recognised by its tables; and, taken for a stranger, still made usable."""

from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy.engine import make_url

from config.mapping import load_mapping
from tasks.crm import extract
from tasks.crm.proposing import propose
from tests.creme.reading import TAKEN, keys_of
from tests.creme.tickets import TICKETS

pytest_plugins = ["tests.creme.fixtures"]
pytestmark = pytest.mark.slow


def test_creme_is_recognised_and_its_shipped_mapping_offered_with_the_values_it_holds(
    creme_url: str, tmp_path: Path
) -> None:
    found = propose(make_url(creme_url), "mine")
    (tmp_path / "mine.yaml").write_text(found.text, encoding="utf-8")
    file = load_mapping(tmp_path / "mine.yaml", {"CLAUSEWATCH_MINE_URL": creme_url}).file
    assert (found.product, file.source, file.connections["registers"].folder) == (
        "creme",
        "mine",
        "state/mine/registers",
    )
    assert '#   "Spare parts": ?   1 rows' in found.text.splitlines()
    assert found.open_values == 1


def test_taken_for_a_stranger_its_cases_still_have_receipt_closing_type_status_and_assignee(
    creme_url: str, tmp_path: Path
) -> None:
    found = propose(make_url(creme_url), "mine", from_scratch=True)
    text = found.text.replace('# "Closed": ?', '"Closed": "true"').replace('# "Open": ?', '"Open": "false"')
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    mapping = load_mapping(tmp_path / "mine.yaml", {"CLAUSEWATCH_MINE_URL": creme_url})
    case = extract(mapping, now=TAKEN).facts.frames["case"].set_index("id")
    keys = keys_of(creme_url)
    assert found.tables == {"case": "tickets_ticket", "staff": "creme_core_cremeuser"}
    assert {keys[str(id_)] for id_ in case.index} == {ticket.key for ticket in TICKETS if ticket.says}
    starts = {ticket.key: ticket.start for ticket in TICKETS}
    assert all(starts[keys[str(id_)]] == when for id_, when in case["received_at"].items())
    assert {"service_type", "is_closed", "closed_at", "assignee_id"} <= set(case.columns)
    assert set(case["is_closed"].dropna()) == {True, False}
    assert pd.notna(case["closed_at"]).any()
