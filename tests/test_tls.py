"""Databases on other hosts are spoken to over checked TLS, unless their address says otherwise."""

import ssl

import pymysql
import pytest
from sqlalchemy.engine import make_url

from config.mapping.model import Connection
from tasks import tls
from tasks.crm.mariadb import maria_engine
from tasks.crm.postgres import libpq_uri
from tasks.crm.refusals import CrmError
from tasks.crm.sources import source_at
from tasks.store.engine import open_engine
from tests.servers.databases import Database

SETTINGS = Connection(url="${X}")
FAR = "postgresql://u:p@crm.example.com/crm"


@pytest.mark.parametrize(
    "text",
    ["postgresql:///crm", "postgresql://u@localhost/crm", "postgresql://u@127.0.0.1:5432/crm", "sqlite:///a.db",
     "postgresql://u@[::1]/crm", "postgresql:///crm?host=/var/run/postgresql", "mysql://u@127.0.0.2/crm"],
)  # fmt: skip
def test_what_stays_on_this_machine_is_left_as_it_is(text: str) -> None:
    url = make_url(text)
    assert tls.is_here(url)
    assert tls.checked(url) == url
    assert tls.context_for(url) is None
    assert tls.weakness(url) == ""


@pytest.mark.parametrize(
    "text", [FAR, "postgresql:///crm?host=10.0.0.7", "postgresql:///crm?host=localhost,db2"]
)
def test_another_host_must_prove_itself_unless_told_otherwise(text: str) -> None:
    url = make_url(text)
    assert tls.checked(url).query["sslmode"] == "verify-full"
    assert tls.checked(url).query["sslrootcert"]
    assert "sslmode=verify-full" in libpq_uri(url, SETTINGS)
    assert tls.weakness(url) == ""


@pytest.mark.parametrize(
    ("query", "said"),
    [("sslmode=disable", "in the clear"), ("sslmode=prefer", "in the clear"), ("sslmode=require", "pose"),
     ("sslmode=verify-ca", "pose"), ("sslmode=verify-full", "")],
)  # fmt: skip
def test_an_address_that_asks_for_less_is_obeyed_and_told(query: str, said: str) -> None:
    url = make_url(f"{FAR}?{query}")
    assert tls.checked(url) == url
    assert said in tls.weakness(url)
    assert bool(said) == bool(tls.weakness(url))


@pytest.mark.parametrize(
    ("query", "said"),
    [("", ""), ("?ssl_ca=ca.pem", ""), ("?ssl_disabled=true", "in the clear"),
     ("?ssl_ca=ca.pem&ssl_check_hostname=false", "pose"), ("?ssl_cert=mine.pem", "pose")],
)  # fmt: skip
def test_the_same_holds_for_mariadb(query: str, said: str) -> None:
    url = make_url(f"mariadb://u:p@crm.example.com/crm{query}")
    assert said in tls.weakness(url)
    assert bool(said) == bool(tls.weakness(url))
    context = tls.context_for(url)
    assert (context is None) == bool(query)
    if context is not None:
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_the_store_asks_for_it_too() -> None:
    engine = open_engine("postgresql://u:p@store.example.com/audit", 5)
    assert engine.url.query["sslmode"] == "verify-full"
    engine.dispose()


def test_a_postgres_without_tls_is_refused_where_it_must_prove_itself(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "is_here", lambda _: False)
    with pytest.raises(CrmError, match="SSL was required"):
        source_at(make_url(postgres_database.url), SETTINGS, "crm")


def test_a_mariadb_whose_certificate_nobody_signed_is_refused(
    mariadb_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "is_here", lambda _: False)
    engine = maria_engine(make_url(mariadb_database.url), SETTINGS)
    with pytest.raises(pymysql.err.OperationalError, match=r"SSL|certificate"):
        engine.raw_connection()
    engine.dispose()
