"""Mail against a real SMTP server that fails as real ones do: delivered once, or unknown or refused and why."""

import socket

import pytest

from audits.errors import WrongUse
from tasks.mail.smtp import Security, Server, SmtpTransport
from tasks.mail.transport import Delivery
from tasks.store.rows import Answer, OutboxMail
from tests.servers.certificates import Certificates
from tests.servers.processes import LOOPBACK, free_port
from tests.servers.smtp import SmtpServer, StartSmtp

CONTENT = b"Subject: 1\r\n\r\nbody\r\n"


def letter(*recipients: str, content: bytes = CONTENT) -> OutboxMail:
    to = recipients or ("a@demo.example",)
    return OutboxMail(
        "m1", "demo", "E1", "escalation", "cw@demo.example", to, "<m1@demo.example>", content, 1
    )


LETTER, TWO = letter(), letter("a@demo.example", "b@demo.example")


def client(server: SmtpServer, security: Security = "none", **more: object) -> SmtpTransport:
    return SmtpTransport(Server(LOOPBACK, server.port, security, **{"timeout": 5, **more}))  # type: ignore[arg-type]


def deliver(transport: SmtpTransport, mail: OutboxMail = LETTER) -> Delivery:
    try:
        return transport.deliver(mail, lambda: None)
    finally:
        transport.close()


def only(delivery: Delivery) -> Answer:
    (answer,) = delivery.answers
    return answer


def test_exactly_the_stored_bytes_arrive(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    assert only(deliver(client(server))) == Answer("a@demo.example", "sent", 250, "2.0.0 taken")
    (mail,) = server.mails
    assert (mail.sender, mail.recipients, mail.content) == (
        "cw@demo.example",
        ("a@demo.example",),
        LETTER.content,
    )


def test_lines_that_begin_with_a_dot_arrive_as_they_are(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    content = b"Subject: 1\r\n\r\n.\r\n..x\r\n"
    assert only(deliver(client(server), letter(content=content))).outcome == "sent"
    assert server.mails[0].content == content


def test_a_connection_that_breaks_after_the_content_leaves_the_fate_unknown_and_one_copy(
    start_smtp: StartSmtp,
) -> None:
    server = start_smtp()
    server.behaviour.drop = "after_data"
    delivery = deliver(client(server))
    assert only(delivery).outcome == "unknown"
    assert delivery.trouble
    assert len(server.mails) == 1
    assert server.connections == 1


def test_a_server_too_slow_to_answer_leaves_the_fate_unknown_and_one_copy(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    server.behaviour.late_answer = 600
    assert only(deliver(client(server, timeout=2))).outcome == "unknown"
    assert len(server.mails) == 1


def test_a_connection_that_breaks_before_the_content_may_be_tried_again(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    server.behaviour.drop = "before_data"
    delivery = deliver(client(server))
    assert only(delivery).outcome == "failed"
    assert delivery.trouble
    assert (server.mails, server.connections) == ([], 1)


@pytest.mark.parametrize(
    ("answer", "state"),
    [("450 4.2.0 later", "failed"), ("550 5.7.1 policy", "refused"), ("451 4.3.0 disk", "failed")],
)
def test_the_answer_to_the_content_decides(start_smtp: StartSmtp, answer: str, state: str) -> None:
    server = start_smtp()
    server.behaviour.answer = answer
    found = only(deliver(client(server)))
    assert (found.outcome, f"{found.code} {found.text}") == (state, answer)


@pytest.mark.parametrize(
    ("answer", "state"), [("450 4.2.1 full", "failed"), ("550 5.1.1 unknown", "refused")]
)
def test_a_refused_recipient_is_no_success(start_smtp: StartSmtp, answer: str, state: str) -> None:
    server = start_smtp()
    server.behaviour.refuse = {"a@demo.example": answer}
    delivery = deliver(client(server))
    found = only(delivery)
    assert (found.outcome, f"{found.code} {found.text}") == (state, answer)
    assert delivery.trouble == ""
    assert server.mails == []


def test_of_two_recipients_each_gets_its_own_answer(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    server.behaviour.refuse = {"b@demo.example": "550 5.1.1 unknown"}
    delivery = deliver(client(server), TWO)
    assert {one.recipient: one.outcome for one in delivery.answers} == {
        "a@demo.example": "sent",
        "b@demo.example": "refused",
    }
    assert server.mails[0].recipients == ("a@demo.example",)


def test_the_next_mail_goes_out_after_a_refusal_on_the_same_connection(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    transport = client(server)
    server.behaviour.refuse = {"a@demo.example": "550 5.1.1 unknown"}
    assert only(transport.deliver(LETTER, lambda: None)).outcome == "refused"
    server.behaviour.refuse = {}
    assert only(deliver(transport)).outcome == "sent"
    assert server.connections == 1


def test_a_server_that_hung_up_between_two_mails_is_called_again(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    transport = client(server)
    assert only(transport.deliver(LETTER, lambda: None)).outcome == "sent"
    server.behaviour.drop, server.behaviour.drops_left = "before_data", 1
    assert only(deliver(transport)).outcome == "sent"
    assert (len(server.mails), server.connections) == (2, 2)


def test_nobody_listening_may_be_tried_again() -> None:
    delivery = deliver(SmtpTransport(Server(LOOPBACK, free_port(), "none", timeout=2)))
    assert only(delivery).outcome == "failed"
    assert "refused" in delivery.trouble.lower()


def test_a_server_that_never_greets_is_given_up(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    server.behaviour.late_greeting = 600
    delivery = deliver(client(server, timeout=0.5))
    assert only(delivery).outcome == "failed"
    assert "timed out" in delivery.trouble


def test_a_port_that_speaks_something_else_is_trouble() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.settimeout(5)
        port = listener.getsockname()[1]
        delivery = deliver(SmtpTransport(Server(LOOPBACK, port, "none", timeout=0.5)))
    assert only(delivery).outcome == "failed"


# TLS and login.


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_with_a_good_certificate_gets_the_mail_encrypted(
    start_smtp: StartSmtp, certificates: Certificates, security: Security
) -> None:
    server = start_smtp(security)
    assert only(deliver(client(server, security, authority=certificates.authority))).outcome == "sent"
    assert server.mails[0].encrypted
    assert server.connections == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("which", ["self_signed", "wrong_name", "stranger"])
def test_a_certificate_nobody_vouches_for_is_refused(
    start_smtp: StartSmtp, certificates: Certificates, security: Security, which: str
) -> None:
    certificate = certificates.trusted if which == "stranger" else getattr(certificates, which)
    server = start_smtp(security, certificate)
    authority = None if which == "stranger" else certificates.authority
    delivery = deliver(client(server, security, authority=authority))
    assert only(delivery).outcome == "failed"
    assert "certificate verify failed" in delivery.trouble
    assert server.mails == []


def test_a_server_without_starttls_gets_nothing(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    delivery = deliver(client(server, "starttls"))
    assert only(delivery).outcome == "failed"
    assert "STARTTLS" in delivery.trouble
    assert server.mails == []


def test_port_465_speaks_tls_from_the_first_byte_and_others_starttls() -> None:
    assert (Server("h", 465).speaks, Server("h", 587).speaks, Server("h", 25, "none").speaks) == (
        "tls",
        "starttls",
        "none",
    )


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_is_made_over_tls(
    start_smtp: StartSmtp, certificates: Certificates, security: Security
) -> None:
    server = start_smtp(security, login=("cw", "geheim"))
    trusted = certificates.authority
    delivery = deliver(client(server, security, authority=trusted, user="cw", password="geheim"))
    assert only(delivery).outcome == "sent"
    assert (server.mails[0].login, server.logins) == ("cw", [("cw", True)])


def test_a_refused_login_says_so_and_never_shows_the_password(
    start_smtp: StartSmtp, certificates: Certificates
) -> None:
    server = start_smtp("starttls", login=("cw", "geheim"))
    made = Server(LOOPBACK, server.port, "starttls", "cw", "falsch", 5, certificates.authority)
    delivery = deliver(SmtpTransport(made))
    assert (only(delivery).outcome, only(delivery).code) == ("failed", 535)
    assert "login was refused" in delivery.trouble
    assert "falsch" not in f"{made} {delivery}"


def test_a_login_in_the_clear_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(WrongUse, match="without TLS"):
        Server("mail.example", 25, "none", user="cw", password="geheim")


# The moment before the content, and the pilot's list.


def test_the_outbox_is_told_just_before_the_content_and_only_then(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    seen: list[int] = []
    transport = client(server)
    transport.deliver(LETTER, lambda: seen.append(len(server.mails)))
    server.behaviour.refuse = {"a@demo.example": "450 4.2.1 full"}
    transport.deliver(LETTER, lambda: seen.append(99))
    transport.close()
    assert seen == [0]


@pytest.mark.parametrize("error", [RuntimeError("store locked"), OSError("store locked")])
def test_when_the_outbox_cannot_note_it_nothing_is_sent(start_smtp: StartSmtp, error: Exception) -> None:
    server = start_smtp()

    def fail() -> None:
        raise error

    transport = client(server)
    try:
        assert only(transport.deliver(LETTER, fail)).outcome == "failed"
    except RuntimeError as raised:
        assert raised is error  # noqa: PT017 - either way is sound: what counts is what the server got
    transport.close()
    assert server.mails == []


def test_a_trial_reaches_only_its_list(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    transport = SmtpTransport(
        Server(LOOPBACK, server.port, "none", timeout=5), allow=frozenset({"a@demo.example"})
    )
    delivery = deliver(transport, TWO)
    assert delivery.answers[0] == Answer("b@demo.example", "refused", text="not on the pilot's allow-list")
    assert server.mails[0].recipients == ("a@demo.example",)


def test_a_trial_that_reaches_nobody_does_not_even_call(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    transport = SmtpTransport(Server(LOOPBACK, server.port, "none", timeout=5), allow=frozenset())
    assert only(deliver(transport)).outcome == "refused"
    assert server.connections == 0


def test_fifty_mails_share_one_connection(start_smtp: StartSmtp) -> None:
    server = start_smtp()
    transport = client(server)
    assert all(only(transport.deliver(LETTER, lambda: None)).outcome == "sent" for _ in range(50))
    transport.close()
    assert (len(server.mails), server.connections) == (50, 1)
