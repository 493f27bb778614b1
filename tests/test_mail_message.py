"""The bytes of a mail, and mails as files."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from tasks.mail.eml import EmlFolder
from tasks.mail.message import Attachment, BadMail, Composed, Sender, compose
from tasks.store.rows import OutboxMail

SENDER = Sender("cw@demo.example", "Clausewatch 合规提醒")
SUBJECT = "[超时 5 分] K-0382 技术支持 T-20261009-0417：请启动应急小组"
WHEN = datetime(2026, 10, 10, 4, 30, tzinfo=UTC)


def composed(subject: str = SUBJECT, recipient: str = "a@demo.example", **more: object) -> Composed:
    given = {"text": "正文\n", "html": "<p>正文</p>", "date": WHEN, **more}
    return compose("0123456789abcdef", SENDER, recipient, subject, **given)  # type: ignore[arg-type]


def parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def letter(mail: Composed) -> OutboxMail:
    return OutboxMail(
        "0123456789abcdef",
        "demo",
        "E 1",
        "digest",
        mail.sender,
        mail.recipients,
        mail.message_id,
        mail.content,
        1,
    )


def test_a_mail_says_the_same_in_text_and_html() -> None:
    mail = parsed(composed().content)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert (plain.get_content().strip(), html.get_content().strip()) == ("正文", "<p>正文</p>")


def test_a_chinese_subject_and_sender_can_be_read() -> None:
    mail = parsed(composed(SUBJECT * 3).content)
    assert mail["Subject"] == SUBJECT * 3
    assert mail["From"] == "Clausewatch 合规提醒 <cw@demo.example>"
    assert mail["To"] == "a@demo.example"


def test_every_line_is_short_enough_for_any_server() -> None:
    content = composed(SUBJECT * 5, html="<p>" + "很长" * 3000 + "</p>").content
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert content.isascii()


def test_robots_are_asked_not_to_answer_and_the_id_is_the_envelopes() -> None:
    mail = parsed(composed().content)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Precedence"] == "bulk"
    assert mail["List-Id"] == "Clausewatch <clausewatch.demo.example>"
    assert mail["Message-ID"] == composed().message_id == "<0123456789abcdef@demo.example>"
    assert mail["Date"].datetime == WHEN


def test_a_file_comes_with_its_chinese_name() -> None:
    mail = parsed(composed(attachments=[Attachment("发现-10-13.csv", b"a,b\r\n")]).content)
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_payload(decode=True)) == ("发现-10-13.csv", b"a,b\r\n")


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n"])
def test_a_line_break_in_a_subject_is_refused(break_: str) -> None:
    with pytest.raises(BadMail, match="line break"):
        composed(f"K-1{break_}Bcc: everybody@demo.example")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c",
        "a@demo.example\nBcc: x@demo.example",
        "a@demo.example, b@demo.example",
        "A <a@demo.example>",
        "a b@demo.example",
        "a@demo.example\x00",
    ],
)
def test_only_one_plain_address_is_a_recipient(address: str) -> None:
    with pytest.raises(BadMail, match="no plain e-mail address"):
        composed(recipient=address)


def test_a_name_cannot_smuggle_in_a_header() -> None:
    sender = Sender("cw@demo.example", "Clausewatch\r\nBcc: x@demo.example")
    with pytest.raises(BadMail):
        compose("0", sender, "a@demo.example", "s", "t", "h", WHEN)


def test_a_mail_becomes_one_file_named_after_its_envelope(tmp_path: Path) -> None:
    folder, mail = EmlFolder(tmp_path / "notices"), composed()
    for _ in range(2):
        delivery = folder.deliver(letter(mail), lambda: None)
    assert [one.outcome for one in delivery.answers] == ["written"]
    (file,) = (tmp_path / "notices").iterdir()
    assert (file.name, file.read_bytes()) == ("digest-E_1-0123456789abcdef.eml", mail.content)


def test_a_file_that_cannot_be_written_is_trouble_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "notices").write_text("a file where the folder should be")
    delivery = EmlFolder(tmp_path / "notices").deliver(letter(composed()), lambda: None)
    assert [one.outcome for one in delivery.answers] == ["failed"]
    assert "notices" in delivery.trouble
    assert list(tmp_path.iterdir()) == [tmp_path / "notices"]


def test_a_full_disk_leaves_no_half_mail(tmp_path: Path) -> None:
    folder = EmlFolder(tmp_path)
    path = folder.path(letter(composed()))
    path.with_name(f".unfinished-{path.name}").symlink_to("/dev/full")
    delivery = folder.deliver(letter(composed()), lambda: None)
    assert [one.outcome for one in delivery.answers] == ["failed"]
    assert "No space left" in delivery.trouble
    assert list(tmp_path.iterdir()) == []
