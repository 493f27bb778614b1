"""Mail by SMTP, on `emails`, with what it leaves open closed: one try, a checked certificate, every refusal read.

`emails` sends again when the connection drops after the content, takes any certificate for TLS, and calls a
mail a success when one recipient of two was refused. Here a broken connection after the content began makes
the mail *unknown*, TLS is verified or there is none, and each recipient gets the server's own answer.
"""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from emails.backend.response import SMTPResponse
from emails.backend.smtp.backend import SMTPBackend
from emails.backend.smtp.client import SMTPClientWithResponse, SMTPClientWithResponse_SSL

from audits.errors import WrongUse
from tasks.mail.transport import Delivery
from tasks.store.rows import Answer, OutboxMail, Outcome

Security = Literal["starttls", "tls", "none"]
IMPLICIT_TLS_PORT: Final = 465


@dataclass(frozen=True)
class Server:
    """Where mail is handed in.

    Args:
        host, port: 465 speaks TLS from the first byte.
        security: ``starttls`` (the default elsewhere), ``tls`` or ``none``; "" chooses by the port.
        user, password: login; "" sends without one.
        timeout: seconds to wait for any one answer.
        authority: PEM file of the authority that vouches for the server; None: the system's.

    Raises:
        WrongUse: a password would travel in the clear.
    """

    host: str
    port: int = 587
    security: Security | Literal[""] = ""
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30
    authority: Path | None = None

    def __post_init__(self) -> None:
        """Refuse a login that anybody could read."""
        if self.user and self.speaks == "none":
            raise WrongUse(
                "a login without TLS would show its password to the network",
                f"SMTP server {self.host}:{self.port}",
                "set security to starttls or tls, or leave the user out",
            )

    @property
    def speaks(self) -> Security:
        """The security that counts."""
        return self.security or ("tls" if self.port == IMPLICIT_TLS_PORT else "starttls")


def knock(server: Server) -> str:
    """Connect, secure, log in and say goodbye, without a mail; what went wrong, in a line, or ""."""
    backend = _Backend(server)
    try:
        backend.get_client()
    except (smtplib.SMTPException, OSError) as error:
        return _said(error)
    finally:
        backend.close()
    return ""


class SmtpTransport:
    """One connection to one server, opened with the first mail and opened again when it was lost.

    Args:
        server: where mail is handed in.
        allow: addresses that may be reached, in lower case; None: all. A trial's last line of defence.
    """

    def __init__(self, server: Server, allow: frozenset[str] | None = None) -> None:
        self._where, self._allow = f"{server.host}:{server.port}", allow
        self._backend = _Backend(server)

    def deliver(self, mail: OutboxMail, before_content: Callable[[], None]) -> Delivery:
        """Send one mail, once; see ``Transport``."""
        wanted = [one for one in mail.recipients if self._allow is None or one.lower() in self._allow]
        barred = [one for one in mail.recipients if one not in wanted]
        answers = Delivery.same(barred, "refused", text="not on the pilot's allow-list").answers
        if not wanted:
            return Delivery(answers)
        sent = self._deliver(mail, wanted, before_content)
        return Delivery((*answers, *sent.answers), sent.trouble)

    def _deliver(self, mail: OutboxMail, wanted: list[str], before_content: Callable[[], None]) -> Delivery:
        reused = self._backend.connected
        found = self._try(mail, wanted, before_content)
        if reused and isinstance(found, smtplib.SMTPServerDisconnected) and not self._backend.content_begun:
            # Servers hang up on idle clients; nothing of this mail had left, so a fresh connection is safe.
            found = self._try(mail, wanted, before_content)
        if isinstance(found, SMTPResponse) and found.error is None:
            return Delivery(tuple(_accepted(found, one) for one in wanted))
        return self._failure(wanted, found.error if isinstance(found, SMTPResponse) else found)

    def _try(
        self, mail: OutboxMail, wanted: list[str], before_content: Callable[[], None]
    ) -> SMTPResponse | Exception:
        """What the backend answers, or what it raised; a connection that raised is not used again."""
        self._backend.begin(before_content)
        try:
            response = self._backend.sendmail(mail.sender, wanted, _Stored(mail.content))
        except (smtplib.SMTPException, OSError) as error:
            self._backend.drop()
            return error
        except BaseException:
            self._backend.drop()
            raise
        return response or smtplib.SMTPException("no recipient was given")

    def _failure(self, wanted: list[str], error: Exception | None) -> Delivery:
        """Why nothing was sent, or why nobody knows."""
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return Delivery(tuple(_answer(one, *error.recipients[one]) for one in wanted))
        if isinstance(error, smtplib.SMTPDataError):
            return Delivery(tuple(_answer(one, error.smtp_code, error.smtp_error) for one in wanted))
        said = f"{self._where}: {_said(error)}"
        if self._backend.content_begun:
            text = f"the connection broke after the content began: {said}"
            return Delivery.same(wanted, "unknown", text=text, trouble=said)
        code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
        return Delivery.same(wanted, "failed", code, said, trouble=said)

    def close(self) -> None:
        """Say goodbye to the server."""
        self._backend.close()


@dataclass(frozen=True)
class _Stored:
    """The outbox's bytes in the shape the backend asks for."""

    content: bytes

    def as_bytes(self) -> bytes:
        return self.content


class _Client(SMTPClientWithResponse):
    """A conversation that checks certificates and says when the content leaves."""

    parent: "_Backend"

    def starttls(self, *_: Any) -> tuple[int, bytes]:
        """Verified, or not at all."""
        return super().starttls(context=self.parent.context)

    def send(self, s: Any) -> None:
        """Commands travel as text; bytes are the content."""
        if isinstance(s, bytes):
            self.parent.before_content()
            self.parent.content_begun = True
        super().send(s)


class _TlsClient(_Client, SMTPClientWithResponse_SSL):
    """The same with TLS from the first byte."""

    def __init__(self, parent: "_Backend", **kwargs: Any) -> None:
        self.context = parent.context  # what smtplib.SMTP_SSL wraps its socket with
        SMTPClientWithResponse.__init__(self, parent=parent, **kwargs)  # type: ignore[no-untyped-call]


class _Backend(SMTPBackend):
    """`emails`' backend with one try and our TLS."""

    connection_cls = _Client
    connection_ssl_cls = _TlsClient  # type: ignore[assignment] # emails defines it twice

    def __init__(self, server: Server) -> None:
        super().__init__(
            ssl=server.speaks == "tls",
            tls=server.speaks == "starttls",
            host=server.host,
            port=server.port,
            user=server.user or None,
            password=server.password or None,
            timeout=server.timeout,
        )
        self.context = ssl.create_default_context(cafile=server.authority)
        self.begin(lambda: None)

    def begin(self, before_content: Callable[[], None]) -> None:
        """A new mail: nothing of it has left."""
        self.before_content, self.content_begun = before_content, False

    @property
    def connected(self) -> bool:
        """Whether a connection stands, as far as we know."""
        return self._client is not None and self._client.sock is not None

    def drop(self) -> None:
        """Forget the connection without a goodbye: it may be in the middle of anything."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def retry_on_disconnect(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Once: a second try after the content could deliver twice."""
        return func


def _accepted(response: SMTPResponse, recipient: str) -> Answer:
    """The server took the mail, though perhaps not for this recipient."""
    if refused := response.refused_recipients.get(recipient):
        return _answer(recipient, *refused)
    return Answer(recipient, "sent", response.status_code or 0, _text(response.status_text))


def _answer(recipient: str, code: int, text: object) -> Answer:
    """4xx may be tried again, 5xx not."""
    outcome: Outcome = "failed" if 400 <= code < 500 else "refused"
    return Answer(recipient, outcome, code, _text(text))


def _text(said: object) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or "")


def _said(error: Exception | None) -> str:
    """The error in a line, in the server's words where it said something."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the login was refused: {error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(getattr(error, "strerror", "") or error) or type(error).__name__
