"""TLS to databases on other hosts: certificate and name are checked, unless the address itself says otherwise.

SMTP and the API of a landing have their own, stricter rooms (``mail/smtp.py``, ``crm/rest/api.py``): they
refuse. A database is left to whoever wrote its address, for some houses part their networks instead; what is
weaker than a checked certificate is told by ``doctor``.
"""

import ssl
from ipaddress import ip_address
from typing import Final

from sqlalchemy.engine import URL

_POSTGRES: Final = "postgresql"
_MARIA: Final = ("mysql", "mariadb")
_CLEAR: Final = ("disable", "allow", "prefer")
_CHECKED: Final = "verify-full"


def is_here(url: URL) -> bool:
    """Whether the way to the database stays on this machine: a file, a socket, loopback."""
    return all(_loopback(host) for host in _hosts(url))


def checked(url: URL) -> URL:
    """The address with TLS and a checked certificate asked for, where it goes to another host and names no other wish.

    For PostgreSQL, whose own default takes any certificate and goes without TLS where none is offered. The
    authority is ``sslrootcert``, else the system's (``SSL_CERT_FILE`` names another).
    """
    if url.get_backend_name() != _POSTGRES or is_here(url) or "sslmode" in url.query:
        return url
    asked = {"sslmode": _CHECKED}
    if "sslrootcert" not in url.query:
        asked["sslrootcert"] = ssl.get_default_verify_paths().cafile or "system"
    return url.update_query_dict(asked)


def context_for(url: URL) -> ssl.SSLContext | None:
    """What MariaDB's or MySQL's driver checks the server by; None where the way is short or the address says how."""
    said = any(key.startswith("ssl") for key in url.query)
    return None if said or is_here(url) else ssl.create_default_context()


def weakness(url: URL) -> str:
    """What anybody between here and the database could do, in a few words; "" where nothing."""
    if is_here(url):
        return ""
    if url.get_backend_name() == _POSTGRES:
        return _of_mode(str(checked(url).query["sslmode"]))
    if url.get_backend_name() in _MARIA:
        return _of_options({key: str(value).lower() for key, value in url.query.items()})
    return ""


def _of_mode(mode: str) -> str:
    if mode in _CLEAR:
        return f"rows and password may travel in the clear (sslmode={mode})"
    return "" if mode == _CHECKED else f"any server may pose as this one (sslmode={mode})"


def _of_options(said: dict[str, str]) -> str:
    if said.get("ssl_disabled", "") in {"1", "true", "yes"}:
        return "rows and password travel in the clear (ssl_disabled)"
    named = {key for key in said if key.startswith("ssl")}
    unchecked = said.get("ssl_check_hostname") in {"0", "false", "no"} or not named & {"ssl_ca", "ssl_capath"}
    return "any server may pose as this one (ssl_ca or ssl_check_hostname)" if named and unchecked else ""


def _hosts(url: URL) -> list[str]:
    """Every host an address names; libpq takes them from the query too."""
    named = [url.host or "", *(url.query.get(key, "") for key in ("host", "hostaddr"))]
    flat = [one for part in named for one in ((part,) if isinstance(part, str) else part)]
    return [host for part in flat for host in part.split(",") if host]


def _loopback(host: str) -> bool:
    if host == "localhost" or host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
