"""A store of every earlier version is brought up to date with all it holds: row for row, verdict for verdict."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from tasks.store import StoreNewer, migrate, open_store
from tasks.store.schema import REVISION, REVISION_TABLE
from tests import store_of_old as old
from tests.life_oracle import Row
from tests.store_fixtures import url
from tests.store_world import SOURCE, STANDARDS, audit

__all__ = ["url"]
SCRIPTS = list(ScriptDirectory(str(migrate._SCRIPTS)).walk_revisions())
EARLIER = sorted(script.revision for script in SCRIPTS if script.revision != REVISION)


def test_there_is_one_way_up_and_it_begins_at_the_first_revision() -> None:
    assert EARLIER[0] == "r0001"
    assert [script.down_revision for script in SCRIPTS] == [*reversed(EARLIER), None]


@pytest.mark.parametrize("revision", EARLIER)
def test_nothing_that_an_earlier_version_wrote_changes(url: str, revision: str) -> None:
    old.make(url, revision)
    columns, before = old.columns(url), old.content(url)
    assert [table for table, rows in before.items() if not rows] == ["leases"]
    with open_store(url, key=lambda: old.KEY) as store:
        assert store.trail_faults(SOURCE) == []
        assert store.counts(SOURCE, STANDARDS)["breached"].tolist() == [3, 3]
        assert store.findings(SOURCE, STANDARDS)["reported_verdict"].tolist() == ["breached"] * 2
        assert store.findings(SOURCE, STANDARDS)["open_since"].astype("int64").tolist() == [100, 100]
        assert store.directory(SOURCE)["name"].tolist() == ["李四", ""]
    assert old.content(url, columns) == before


@pytest.mark.parametrize("revision", EARLIER)
def test_the_next_audit_goes_on_from_there(tmp_path: Path, revision: str) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    old.make(url, revision)
    columns, before = old.columns(url), old.content(url)
    with open_store(url, key=lambda: old.KEY) as store:
        head = store.trail_head(SOURCE)
        assert audit(store, "r3", 300, [Row(7)])
        assert store.trail_faults(SOURCE, [("an old report", head)] if head.batch else ()) == []
        assert store.trail_head(SOURCE).batch > head.batch
    after = old.content(url, columns)
    kept = ("events", "runs", "counts", "mails", "notices", "deliveries", "directory", "acts", "batches")
    for table in kept:
        assert set(before.get(table, [])) <= set(after.get(table, [])), table


def test_what_was_changed_before_the_upgrade_is_betrayed_after_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    old.make(url, "r0003")
    with open_store(url, key=lambda: old.KEY) as store, store._engine.begin() as connection:
        connection.execute(text("DROP TRIGGER events_no_update"))
        connection.execute(text("UPDATE events SET state = 'open' WHERE n = 2"))
    with open_store(url, key=lambda: old.KEY) as store:
        assert [fault.what for fault in store.trail_faults(SOURCE)] == ["changed"]


def test_there_is_no_way_down(url: str) -> None:
    """A downgrade would lose what the newer schema knows: an older program refuses, and says what to do."""
    assert not [script.revision for script in SCRIPTS if hasattr(script.module, "downgrade")]
    with open_store(url) as store, store._engine.begin() as connection:
        connection.execute(text(f"UPDATE {REVISION_TABLE} SET version_num = 'r9999'"))
    before = old.content(url)
    with pytest.raises(StoreNewer, match="Run the newer Clausewatch that wrote it"):
        open_store(url)
    assert old.content(url) == before
