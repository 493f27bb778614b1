"""Read the seeded Creme and its registers as the product does, and know its records by the scenario's keys."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

import pandas as pd
import sqlalchemy as sa

from config.mapping import Mapping as CrmMapping
from config.mapping import load_mapping
from tests.creme.scenario import at

MAPPING: Final = Path(__file__).resolve().parents[2] / "config" / "crm" / "creme.yaml"
#: The extract is taken an hour after the audit's instant, when some of what it holds has not happened yet.
TAKEN: Final = at("2026-11-02 03:00")


def mapping_for(url: str, registers: Path, folder: Path) -> CrmMapping:
    """The shipped mapping, with its registers in another folder."""
    text = MAPPING.read_text(encoding="utf-8")
    assert "folder: state/creme/registers" in text
    moved = folder / "creme.yaml"
    moved.write_text(text.replace("folder: state/creme/registers", f"folder: {registers}"), encoding="utf-8")
    return load_mapping(moved, {"CLAUSEWATCH_CREME_URL": url})


def rows_of(url: str, select: str) -> list[Mapping[str, object]]:
    """Rows of a SELECT, as the database gives them."""
    engine = sa.create_engine(url)
    try:
        with closing(engine.connect()) as connection:
            return [dict(row) for row in connection.execute(sa.text(select)).mappings()]
    finally:
        engine.dispose()


def keys_of(url: str) -> dict[str, str]:
    """Creme's key of a ticket or survey -> the scenario's (a ticket's title begins with it)."""
    tickets = rows_of(url, "SELECT cremeentity_ptr_id AS id, title AS name FROM tickets_ticket")
    surveys = rows_of(url, "SELECT cremeentity_ptr_id AS id, name FROM polls_pollreply")
    return {str(row["id"]): str(row["name"]).split(" ")[0] for row in [*tickets, *surveys]}


def stamp(value: pd.Timestamp | None) -> datetime | None:
    """A frame's instant as a datetime, null as None."""
    return None if value is None or pd.isna(value) else value.to_pydatetime()
