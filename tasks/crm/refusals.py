"""What a CRM's database may answer instead of rows, in words for the person who can mend it."""

import re
from typing import Final, Literal
from urllib.parse import quote, quote_plus

from sqlalchemy.engine import URL

from audits.errors import ClausewatchError

Kind = Literal["down", "login", "slow", "busy", "missing", "denied", "other"]

_FOUND: Final[dict[Kind, str]] = {
    "down": "the CRM's database cannot be reached",
    "login": "the CRM's database refuses the login",
    "slow": "the CRM's database did not answer in time",
    "busy": "the CRM's database is locked by somebody else",
    "missing": "the SELECT names something the CRM does not have",
    "denied": "the role may not read what the SELECT names",
    "other": "the CRM's database cannot run the SELECT",
}
_DO: Final[dict[Kind, str]] = {
    "down": "check that it runs and that host, port and path are right",
    "login": "check user, password and database name in the environment",
    "slow": "raise `statement_timeout` of the connection, or help the SELECT with an index",
    "busy": "run again when the other program is done",
    "missing": "correct the SELECT at this line; perhaps the CRM was updated",
    "denied": "grant SELECT on it to the role",
    "other": "correct the SELECT at this line",
}


class CrmError(ClausewatchError):
    """The CRM could not be read; ``kind`` says how (down, login, slow, busy, missing, denied, other)."""

    def __init__(self, kind: Kind, said: str, where: str) -> None:
        self.kind = kind
        super().__init__(f"{_FOUND[kind]}: {said}" if said else _FOUND[kind], where, _DO[kind])


class Refusal(Exception):
    """A driver's error, understood: its kind, and what the database itself said (secrets masked)."""

    def __init__(self, kind: Kind, said: str) -> None:
        self.kind, self.said = kind, said
        super().__init__(f"{kind}: {said}")


def said_by(error: BaseException, url: URL) -> str:
    """The database's own words on one line, without statement, password or URL."""
    text = str(error)
    for secret in _secrets(url):
        text = text.replace(secret, "***")
    text = re.sub(r"(://[^\s/:@]*):[^\s@]*@", r"\1:***@", text)
    text = text.partition("Query was:")[0].partition("[SQL:")[0].partition("(Background on")[0]
    return " ".join(text.split())[:300]


def _secrets(url: URL) -> list[str]:
    """The password in every form it could take in a message."""
    password = str(url.password or "")
    hidden = [str(value) for key, value in url.query.items() if "pass" in key.lower() or "key" in key.lower()]
    plain = [word for word in (password, *hidden) if word]
    forms = {form for word in plain for form in (word, quote(word, safe=""), quote_plus(word))}
    return sorted(forms, key=len, reverse=True)
