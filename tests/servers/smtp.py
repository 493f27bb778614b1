"""A private SMTP server that remembers what it got and misbehaves in the ways real ones do."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from socket import create_server
from typing import Literal, Protocol

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificates import ServerCertificate
from tests.servers.processes import LOOPBACK

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True)
class ReceivedMail:
    """One mail that the server took responsibility for, or swallowed before it hung up."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    encrypted: bool
    login: str | None

    @property
    def message(self) -> EmailMessage:
        """The content parsed: headers decoded, parts at hand."""
        return email.message_from_bytes(self.content, policy=email.policy.default)


@dataclass
class Behaviour:
    """How the server behaves; a test may change it between two mails."""

    #: Recipient to the answer that refuses it, as in {"a@example.org": "550 5.1.1 unknown"}.
    refuse: dict[str, str] = field(default_factory=dict)
    #: Hang up without an answer: at the DATA command (the mail is lost), or after its content was taken.
    drop: Literal["before_data", "after_data"] | None = None
    #: How many more times to drop; None: always.
    drops_left: int | None = None
    #: Seconds to wait before greeting, and before answering the content.
    late_greeting: float = 0
    late_answer: float = 0
    #: The answer to the content; a 4xx or 5xx refuses the mail.
    answer: str = "250 2.0.0 taken"

    def drops(self, moment: Literal["before_data", "after_data"]) -> bool:
        """Whether to hang up at this moment; counts it."""
        if self.drop != moment or self.drops_left == 0:
            return False
        if self.drops_left is not None:
            self.drops_left -= 1
        return True


class SmtpServer(Controller):
    """The running server: where it is, how it behaves, what it got, what it was asked."""

    def __init__(
        self, security: Security, context: ssl.SSLContext | None, login: tuple[str, str] | None
    ) -> None:
        self.behaviour = Behaviour()
        #: Mails whose content arrived and was not refused; with `after_data` the client does not know it.
        self.mails: list[ReceivedMail] = []
        #: Users who tried to log in, in order, with what came of it.
        self.logins: list[tuple[str, bool]] = []
        #: How many connections clients opened.
        self.connections = 0
        self._login = login
        self._conversations: list[SMTP] = []
        self._socket = create_server((LOOPBACK, 0))
        super().__init__(
            self,
            hostname=LOOPBACK,
            port=self._socket.getsockname()[1],
            ssl_context=context if security == "tls" else None,
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            auth_required=login is not None,
            # aiosmtpd does not know that implicit TLS is TLS; a login in the clear is ours to refuse.
            auth_require_tls=security == "starttls",
            authenticator=self._authenticate,
        )

    def factory(self) -> SMTP:
        """One conversation; called by aiosmtpd for every connection."""
        self.connections += 1
        self._conversations.append(_Conversation(self, **self.SMTP_kwargs))
        return self._conversations[-1]

    async def hang_up_all(self) -> None:
        """Cut every connection that a client left open."""
        for conversation in self._conversations:
            if conversation.transport is not None and not conversation.transport.is_closing():
                hang_up(conversation)
        await asyncio.sleep(0.01)  # the loop has to come round for a cut to be carried out

    def _create_server(self) -> "asyncio.Future[asyncio.AbstractServer]":
        # The socket is bound before aiosmtpd starts: no other process can take the port in between.
        coroutine = self.loop.create_server(self._factory_invoker, sock=self._socket, ssl=self.ssl_context)
        return asyncio.ensure_future(coroutine, loop=self.loop)

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        self.logins.append((given[0], given == self._login))
        return AuthResult(success=given == self._login, handled=False, auth_data=given[0])

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse one recipient; called by aiosmtpd."""
        refusal = self.behaviour.refuse.get(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Remember the mail, then answer, late or never; called by aiosmtpd."""
        if self.behaviour.answer.startswith("2"):
            self.mails.append(_received(session, envelope, encrypted=self.ssl_context is not None))
        if self.behaviour.drops("after_data"):
            hang_up(server)
            await asyncio.sleep(3600)  # cancelled as soon as the connection is gone
        await asyncio.sleep(self.behaviour.late_answer)
        return self.behaviour.answer


class _Conversation(SMTP):
    """aiosmtpd's protocol with the two moments that its hooks do not reach."""

    async def _handle_client(self) -> None:
        await asyncio.sleep(self._server.behaviour.late_greeting)
        await super()._handle_client()

    async def smtp_DATA(self, arg: str) -> None:
        if self._server.behaviour.drops("before_data"):
            hang_up(self)
            return
        await super().smtp_DATA(arg)

    @property
    def _server(self) -> SmtpServer:
        server = self.event_handler
        assert isinstance(server, SmtpServer)
        return server


def hang_up(conversation: SMTP) -> None:
    """Cut the connection without a word."""
    assert isinstance(conversation.transport, asyncio.Transport)
    conversation.transport.abort()


def _received(session: Session, envelope: Envelope, *, encrypted: bool) -> ReceivedMail:
    content = envelope.original_content
    assert content is not None
    assert envelope.mail_from is not None
    return ReceivedMail(
        sender=envelope.mail_from,
        recipients=tuple(envelope.rcpt_tos),
        content=content,
        encrypted=encrypted or session.ssl is not None,
        login=session.auth_data if session.authenticated else None,
    )


class StartSmtp(Protocol):
    """What the fixture `start_smtp` gives: start one more server; TLS takes the trusted certificate."""

    def __call__(
        self,
        security: Security = "none",
        certificate: ServerCertificate | None = None,
        login: tuple[str, str] | None = None,
    ) -> SmtpServer: ...


@contextmanager
def smtp_server(
    security: Security = "none",
    context: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
) -> Iterator[SmtpServer]:
    """A server on `127.0.0.1` and `server.port`.

    Args:
        security: in the clear, STARTTLS demanded, or TLS from the first byte.
        context: the server's certificate, needed unless security is "none".
        login: user and password that it demands; None: it takes mail from anybody.
    """
    server = SmtpServer(security, context, login)
    server.start()
    server.connections = 0  # the controller has knocked once to see whether it runs
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.hang_up_all(), server.loop).result(timeout=10)
        server.stop()
