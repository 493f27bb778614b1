"""A snapshot is whole or absent, the same every time, gives back what it took, and holds nobody's name."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from audits.facts import Facts
from audits.model import MODEL
from tasks.crm import snapshot
from tasks.crm.boundary import How, cast
from tasks.crm.snapshot import SnapshotError
from tests.test_sql_source import read as read_small
from tests.test_sql_source import sqlite_crm

AS_OF = 1_790_000_000_000_000
RULES: dict[str, bytes | str] = {
    "rules/standards/ecs.yaml": "id: ECS-1.3\n标题: 响应\n",
    "rules/readings.yaml": b"pauses: no\n",
    "deliveries.json": "[]",
}


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    return read_small(sqlite_crm(tmp_path), tmp_path).facts


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_what_is_read_is_what_was_written(tmp_path: Path, facts: Facts) -> None:
    info = snapshot.write(tmp_path / "s", facts, RULES, AS_OF)
    found = snapshot.read(tmp_path / "s", info.hash)
    assert found.info == info
    assert info.rows == {entity: len(frame) for entity, frame in facts.frames.items()}
    assert info.as_of == AS_OF
    for entity, frame in facts.frames.items():
        assert_frame_equal(found.facts.frames[entity], frame)
    assert found.facts.entities == facts.entities
    assert found.facts.violations == facts.violations
    assert replace(found.facts, frames={}) == replace(facts, frames={})
    assert found.judged_with["rules/standards/ecs.yaml"].decode() == RULES["rules/standards/ecs.yaml"]
    assert set(found.judged_with) == set(RULES)


def test_every_type_of_the_model_comes_back_even_from_nothing(tmp_path: Path) -> None:
    how = How("Asia/Shanghai")
    for rows in (0, 1):
        raws = {
            e.name: pd.DataFrame({n: pd.Series(["1"] * rows, dtype=object) for n in e.fields})
            for e in MODEL.values()
        }
        frames = {name: cast(name, raw, how)[0] for name, raw in raws.items()}
        promised = {name: cast(name, raw, how)[1] for name, raw in raws.items()}
        facts = Facts("x", "Asia/Shanghai", AS_OF, frames, promised)
        snapshot.write(tmp_path / str(rows), facts, {}, AS_OF)
        for name, frame in snapshot.read(tmp_path / str(rows)).facts.frames.items():
            assert_frame_equal(frame, frames[name])


def test_the_same_facts_make_the_same_bytes(tmp_path: Path, facts: Facts) -> None:
    first = snapshot.write(tmp_path / "a", facts, RULES, AS_OF)
    again = {entity: facts.frames[entity].copy() for entity in reversed(facts.frames)}
    turned = dict(reversed(list(RULES.items())))
    second = snapshot.write(tmp_path / "b", replace(facts, frames=again), turned, AS_OF)
    assert first == second
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def elsewhere(program: str, folder: Path) -> str:
    """What another process prints that reads the snapshot ``a`` and writes ``b``."""
    argv = [sys.executable, "-c", program, str(folder / "a"), str(folder / "b")]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_what_was_read_back_makes_the_same_bytes_again(tmp_path: Path, facts: Facts) -> None:
    first = snapshot.write(tmp_path / "a", facts, RULES, AS_OF)
    back = snapshot.read(tmp_path / "a")
    assert snapshot.write(tmp_path / "b", back.facts, back.judged_with, AS_OF) == first


def test_another_process_makes_the_same_bytes(tmp_path: Path, facts: Facts) -> None:
    info = snapshot.write(tmp_path / "a", facts, RULES, AS_OF)
    program = (
        "import sys; from pathlib import Path; from tasks.crm import snapshot\n"
        "back = snapshot.read(Path(sys.argv[1]))\n"
        "print(snapshot.write(Path(sys.argv[2]), back.facts, back.judged_with, back.info.as_of).hash)"
    )
    assert elsewhere(program, tmp_path).strip() == info.hash


def test_any_difference_makes_another_hash(tmp_path: Path, facts: Facts) -> None:
    case: Any = facts.frames["case"].copy()
    case.loc[0, "received_at"] += pd.Timedelta(1, "us")
    hashes = {
        snapshot.write(tmp_path / "a", facts, RULES, AS_OF).hash,
        snapshot.write(tmp_path / "b", facts, RULES, AS_OF + 1).hash,
        snapshot.write(tmp_path / "c", facts, RULES | {"rules/readings.yaml": "pauses: yes\n"}, AS_OF).hash,
        snapshot.write(
            tmp_path / "d", replace(facts, frames=facts.frames | {"case": case}), RULES, AS_OF
        ).hash,
        snapshot.write(
            tmp_path / "e", replace(facts, extracted_at=facts.extracted_at + 1), RULES, AS_OF
        ).hash,
    }
    assert len(hashes) == 5


def test_a_changed_byte_is_named_wherever_it_is(tmp_path: Path, facts: Facts) -> None:
    snapshot.write(tmp_path / "s", facts, RULES, AS_OF)
    for name, content in contents(tmp_path / "s").items():
        path = tmp_path / "s" / name
        path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
        with pytest.raises(SnapshotError) as error:
            snapshot.read(tmp_path / "s")
        assert error.value.where == str(path) or name == "manifest.json"
        path.write_bytes(content)
    snapshot.read(tmp_path / "s")


def test_a_missing_file_and_one_too_many_are_named(tmp_path: Path, facts: Facts) -> None:
    snapshot.write(tmp_path / "s", facts, RULES, AS_OF)
    for name, content in contents(tmp_path / "s").items():
        (tmp_path / "s" / name).unlink()
        with pytest.raises(SnapshotError, match=r"missing|lost its manifest") as error:
            snapshot.read(tmp_path / "s")
        assert name in error.value.where
        (tmp_path / "s" / name).write_bytes(content)
    (tmp_path / "s" / "rules" / "extra.yaml").write_text("x")
    with pytest.raises(SnapshotError, match="does not have") as error:
        snapshot.read(tmp_path / "s")
    assert error.value.where.endswith("extra.yaml")


def test_another_snapshot_than_expected_is_refused(tmp_path: Path, facts: Facts) -> None:
    snapshot.write(tmp_path / "s", facts, RULES, AS_OF)
    with pytest.raises(SnapshotError, match="another one"):
        snapshot.read(tmp_path / "s", "0" * 64)


def test_a_folder_that_holds_another_snapshot_is_left_alone(tmp_path: Path, facts: Facts) -> None:
    snapshot.write(tmp_path / "s", facts, RULES, AS_OF)
    before = contents(tmp_path / "s")
    snapshot.write(tmp_path / "s", facts, RULES, AS_OF)
    with pytest.raises(SnapshotError, match="another snapshot lies here"):
        snapshot.write(tmp_path / "s", facts, RULES, AS_OF + 1)
    assert contents(tmp_path / "s") == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "path", ["../out.yaml", "/etc/x", "frames/case.parquet", "manifest.json", "facts.json", ""]
)
def test_no_file_leaves_the_folder_or_takes_our_places(tmp_path: Path, facts: Facts, path: str) -> None:
    with pytest.raises(SnapshotError, match="no place for a file"):
        snapshot.write(tmp_path / "s", facts, {path: "x"}, AS_OF)
    assert not (tmp_path / "s").exists()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, facts: Facts) -> None:
    snapshot.write(tmp_path / "a", facts, RULES, AS_OF)
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from tasks.crm import snapshot\n"
        "back = snapshot.read(Path(sys.argv[1]))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))\n"  # as if no more than this fitted on the disk
        "try: snapshot.write(Path(sys.argv[2]), back.facts, back.judged_with, 1)\n"
        "except snapshot.SnapshotError as error: print(error)"
    )
    assert "the snapshot cannot be written" in elsewhere(program, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if "b" in path.name.removesuffix(".db")] == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, facts: Facts) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SnapshotError, match="cannot be written"):
        snapshot.write(tmp_path / "file" / "s", facts, RULES, AS_OF)


def test_a_snapshot_of_another_kind_says_so(tmp_path: Path, facts: Facts) -> None:
    snapshot.write(tmp_path / "s", facts, RULES, AS_OF)
    manifest: dict[str, Any] = json.loads((tmp_path / "s" / "manifest.json").read_text())
    (tmp_path / "s" / "manifest.json").write_text(json.dumps(manifest | {"schema": 2}))
    with pytest.raises(SnapshotError, match="of another kind"):
        snapshot.read(tmp_path / "s")


def test_nobodys_name_phone_mail_or_text_is_in_it(tmp_path: Path) -> None:
    found = read_small(sqlite_crm(tmp_path), tmp_path)
    snapshot.write(tmp_path / "s", found.facts, {}, AS_OF)
    everything = b"\n".join(contents(tmp_path / "s").values())
    texts = [text for name in ("name", "email", "phone") for text in found.directory[name].dropna()]
    assert "李娜" in texts
    assert "li.na@example.com" in texts
    assert "021-5555 1234" in texts
    for text in [*texts, "电子", "5555"]:
        assert text.encode() not in everything
    for frame in found.facts.frames.values():  # compression could hide a text: look at what is read back too
        read_back = frame.to_csv()
        assert not any(text in read_back for text in texts)
