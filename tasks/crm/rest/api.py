"""One REST API, asked in order and with patience: rate limits, faults and cut lines are waited out, within bounds.

All tries of a request are made here, by dlt's client. What is refused after them is told as a `LandingError`,
which no flow tries again. The token goes into one header and nowhere else; other addresses than the API's own
are never followed, whatever an answer names.
"""

import logging
import os
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr
from requests import PreparedRequest, RequestException, Response, exceptions
from requests.auth import AuthBase, HTTPBasicAuth

from audits.errors import ClausewatchError, WrongUse

#: What dlt must find in the environment before it is imported: nothing calls out, nothing is said aside.
_QUIET: Final = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_PATIENCE_S: Final = 60
_PASSING: Final = (exceptions.ConnectionError, exceptions.Timeout, exceptions.ChunkedEncodingError)
_DO: Final = {
    401: "check user and token in the environment",
    403: "give the token's user the right to export (Zendesk: an administrator)",
    404: "check the path of the stream, and that the API's plan has it",
    429: "wait, or raise `attempts` and `longest_wait`",
}


#: Parameters of a request; a list is one parameter said several times.
Query = dict[str, str | int | list[str]]


class LandingError(ClausewatchError):
    """An API could not be read to its end; what had landed stays, and the next landing goes on from there."""


class Answer(NamedTuple):
    """One answer: its JSON object, and the instant that the server's own clock gave it."""

    body: dict[str, Any]
    at: datetime | None


def dlt_named(where: str) -> Any:
    """The package dlt, imported when it is first needed.

    Raises:
        WrongUse: it is not installed.
    """
    for name, value in _QUIET.items():
        os.environ[name] = value
    try:
        import dlt  # noqa: PLC0415  # two seconds, and an optional extra
    except ImportError:
        do = "install the extra: pip install 'clausewatch[rest]', in this checkout pip install -e '.[rest]'"
        raise WrongUse("a CRM over REST needs the package dlt, which is not installed", where, do) from None
    logging.getLogger("dlt").setLevel(logging.CRITICAL)
    return dlt


class _Bearer(AuthBase):
    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


class Api:
    """An API that is read by GET.

    Args:
        root: ``https://...``; plain HTTP only on this machine.
        user, token: see ``config.mapping.landing.Landing``.
        attempts, longest_wait: bounds of patience with one request.
        where: file and line, for errors.

    Raises:
        WrongUse: dlt is not installed, or the token would travel in the clear.
    """

    def __init__(
        self,
        root: str,
        user: SecretStr | None,
        token: SecretStr,
        attempts: int,
        longest_wait: int,
        where: str,
    ) -> None:
        self.root, self._where = root.rstrip("/"), where
        self._refuse_clear_text()
        dlt_named(where)
        from dlt.sources.helpers.requests import Client  # noqa: PLC0415  # see dlt_named

        secret = token.get_secret_value()
        self._auth = HTTPBasicAuth(user.get_secret_value(), secret) if user else _Bearer(token)
        self._client = Client(
            request_timeout=_PATIENCE_S,
            raise_for_status=False,
            status_codes=(),
            exceptions=(),
            retry_condition=_may_pass,
            request_max_attempts=attempts,
            request_max_retry_delay=longest_wait,
        )

    def _refuse_clear_text(self) -> None:
        parts = urlsplit(self.root)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            found = f"`{parts.scheme}://{parts.hostname}` is not https, and would show the token to everybody"
            raise WrongUse(found, self._where, "give the API's root as https://...")
        if parts.username or parts.password:
            raise WrongUse("the API's root carries a login", self._where, "use `user` and `token` instead")

    def get(self, path: str, query: Query) -> Answer:
        """The answer to one request.

        Raises:
            LandingError: refused, or no usable answer within the tries that are allowed.
        """
        try:
            response = self._client.get(
                self.root + path, params=query, auth=self._auth, allow_redirects=False
            )
        except exceptions.SSLError:
            do = "check the certificate; a private authority is named by REQUESTS_CA_BUNDLE"
            raise LandingError("the API's certificate is not to be trusted", self._at(path), do) from None
        except RequestException as error:
            do = "check that the API can be reached; the next landing goes on where this one stopped"
            raise LandingError(
                f"the API gave no answer ({type(error).__name__})", self._at(path), do
            ) from None
        return Answer(self._read(response, path), _told_at(response))

    def _read(self, response: Response, path: str) -> dict[str, Any]:
        status = response.status_code
        if status != 200:
            do = _DO.get(status, "see what the API's makers say of it; the next landing goes on from here")
            raise LandingError(f"the API answers {status}", self._at(path), do)
        try:
            body = response.json()
        except exceptions.JSONDecodeError:
            body = None
        if not isinstance(body, dict):
            raise LandingError("the API's answer is no JSON object", self._at(path), "check `api` and `path`")
        return body

    def _at(self, path: str) -> str:
        return f"{urlsplit(self.root).netloc}{path}, {self._where}"

    def close(self) -> None:
        """Let the connections go."""
        self._client.session.close()


def _may_pass(response: Response | None, error: BaseException | None) -> bool:
    """Whether to try again: too many requests, a fault of the server, a line that broke; never a bad certificate."""
    if response is not None:
        return response.status_code == 429 or response.status_code >= 500
    return isinstance(error, _PASSING) and not isinstance(error, exceptions.SSLError)


def _told_at(response: Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
