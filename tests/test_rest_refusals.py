"""What a landing refuses, says and keeps to itself: logins, certificates, redirects, slips in the mapping."""

import json
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from audits.errors import WrongUse
from config.mapping import Mapping, MappingError, load_mapping
from tasks.crm.rest import land_all
from tasks.crm.rest.api import LandingError
from tests.house import ROOT
from tests.servers.certificates import Certificates
from tests.servers.zendesk import TOKEN, Desk, zendesk_server
from tests.zendesk_desk import AT, COMPLETE, desk, environment, mapping_for, naps, small, staged, tell

pytestmark = pytest.mark.slow

__all__ = ["desk", "naps"]
NOW: Final = AT + timedelta(hours=3)


@pytest.mark.parametrize(
    ("fault", "said"),
    [("401", "answers 401"), ("404", "answers 404"), ("redirect", "answers 302"), ("garbage", "no list")],
)
def test_what_will_not_pass_is_said_at_once_with_the_place(
    desk: Desk, tmp_path: Path, naps: list[float], fault: str, said: str
) -> None:
    tell(desk)
    desk.faults = {"ticket_events": [fault]}
    with pytest.raises(LandingError, match=said):
        land_all(small(desk, tmp_path), NOW)
    assert naps == []
    assert "/elsewhere" not in desk.paths()


def test_a_wrong_token_is_told_and_the_right_one_is_found_nowhere(
    desk: Desk, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    tell(desk)
    wrong = Mapping(**{**vars(small(desk, tmp_path)), "_env": environment(desk, "") | {
        "CLAUSEWATCH_ZENDESK_TOKEN": "wrong-and-secret"}})  # fmt: skip
    with caplog.at_level("DEBUG"):
        with pytest.raises(LandingError, match="401") as error:
            land_all(wrong, NOW)
        assert "wrong-and-secret" not in str(error.value)
        land_all(small(desk, tmp_path), NOW)
    said = "".join((caplog.text, *capfd.readouterr()))
    assert "wrong-and-secret" not in said
    assert TOKEN not in said
    left = [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert left == []


def test_without_a_user_the_token_is_a_bearers(desk: Desk, tmp_path: Path) -> None:
    tell(desk)
    user = '      user: "${CLAUSEWATCH_ZENDESK_USER}/token"'
    land_all(small(desk, tmp_path, (user, "     ")), NOW)
    assert len(staged(tmp_path)) == 9
    assert desk.logins == {"Bearer"}


def test_only_what_the_mapping_names_is_kept(desk: Desk, tmp_path: Path) -> None:
    tell(desk)
    land_all(mapping_for(desk, tmp_path), NOW)
    for path in (tmp_path / "zendesk").rglob("*"):
        if path.is_file():
            assert b"Private words" not in path.read_bytes()
            assert b"client@example.com" not in path.read_bytes()
    assert sorted(path.name for path in (tmp_path / "zendesk" / "landing").iterdir()) == ["lock"]


def test_another_api_does_not_land_on_top_of_the_first(desk: Desk, tmp_path: Path) -> None:
    tell(desk)
    land_all(small(desk, tmp_path), NOW)
    with (
        zendesk_server(Desk(desk.at)) as other,
        pytest.raises(LandingError, match="holds the records of http"),
    ):
        land_all(small(other, tmp_path), NOW)


def test_tls_is_verified_and_a_bad_certificate_is_not_tried_twice(
    certificates: Certificates, tmp_path: Path, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    with zendesk_server(Desk(int(AT.timestamp())), certificates.self_signed.context()) as desk:
        with pytest.raises(LandingError, match="certificate is not to be trusted"):
            land_all(small(desk, tmp_path), NOW)
        assert desk.asked == []
    assert naps == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
    with zendesk_server(Desk(int(AT.timestamp())), certificates.trusted.context()) as desk:
        (tmp_path / "trusted").mkdir()
        assert land_all(small(desk, tmp_path / "trusted"), NOW) == COMPLETE


def test_the_token_is_never_sent_in_the_clear(desk: Desk, tmp_path: Path) -> None:
    mapping = mapping_for(desk, tmp_path, ("${CLAUSEWATCH_ZENDESK_URL}", "http://acme.zendesk.com"))
    with pytest.raises(WrongUse, match="is not https"):
        land_all(mapping, NOW)


def test_a_token_that_is_not_set_is_named_with_its_line(desk: Desk, tmp_path: Path) -> None:
    mapping = mapping_for(desk, tmp_path, ("CLAUSEWATCH_ZENDESK_TOKEN", "NOBODY_SETS_THIS"))
    with pytest.raises(MappingError, match=r"NOBODY_SETS_THIS is not set .*zendesk.yaml:\d+"):
        land_all(mapping, NOW)


def test_without_the_extra_the_package_to_install_is_named(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dlt", None)
    with pytest.raises(WrongUse, match=r"clausewatch\[rest\]"):
        land_all(mapping_for(desk, tmp_path), NOW)
    assert desk.asked == []


def test_a_mapping_without_an_api_lands_nothing() -> None:
    assert land_all(load_mapping("creme", {}), NOW) is None


def test_the_example_of_the_page_on_rest_loads(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "rest.md").read_text(encoding="utf-8")
    (example,) = [block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "streams:" in block]
    head = "schema: 1\nsource: acme\ntitle: {zh: x, en: x}\nzone: Asia/Shanghai\n"
    select = 'entities: {case: {from: crm, select: "SELECT id, opened_at AS received_at FROM cases"}}\n'
    (tmp_path / "acme.yaml").write_text(head + example + select, encoding="utf-8")
    landing = load_mapping(tmp_path / "acme.yaml", {}).file.connections["crm"].landing
    assert landing is not None
    assert list(landing.streams["cases"].tables) == ["cases", "case_steps"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('token: "${CLAUSEWATCH_ZENDESK_TOKEN}"', 'token: "abc"', "token"),
        ("status: text\n", "status: texts\n", "is not `int`, `text`, `truth` or `names`"),
        ("key: [merged_id]", "key: [merged]", "the key `merged` is no column"),
        ("            groups:\n", "            landing:\n", "needs another name"),
        ('since: "2026-01-01"', 'since: "soon"', "is no day"),
        ("done: end_of_stream, first: start_time, kept: true}\n          tables:\n            tickets:",
         "first: start_time, kept: true}\n          tables:\n            tickets:", "either `done` or `more`"),
    ],
)  # fmt: skip
def test_a_landing_that_is_written_wrongly_is_told_by_file_and_line(
    desk: Desk, tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(MappingError, match=said) as error:
        mapping_for(desk, tmp_path, (old, new))
    assert "zendesk.yaml:" in str(error.value)
    assert json.dumps("abc") not in str(error.value)
