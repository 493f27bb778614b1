"""Certificates for loopback: an authority of our own, a server it vouches for, and one nobody vouches for."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.clock import now

_LIFE = timedelta(days=2)


@dataclass(frozen=True)
class ServerCertificate:
    """PEM files of a server for `localhost` and 127.0.0.1."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """The server's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True)
class Certificates:
    """What a test hands to client and server: `authority` is the PEM file that a client trusts."""

    authority: Path
    trusted: ServerCertificate
    self_signed: ServerCertificate
    wrong_name: ServerCertificate


def make_certificates(folder: Path) -> Certificates:
    """Write all of them into the folder; each is valid from yesterday for two days."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("Clausewatch test authority", authority_key, [])
    _write(folder, "authority", authority, authority_key)
    here: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    elsewhere: list[x509.GeneralName] = [x509.DNSName("mail.example.org")]
    key = ec.generate_private_key(ec.SECP256R1())
    return Certificates(
        folder / "authority.pem",
        _write(folder, "trusted", _certificate("localhost", key, here, authority, authority_key), key),
        _write(folder, "self_signed", _certificate("localhost", key, here), key),
        _write(
            folder, "wrong_name", _certificate("elsewhere", key, elsewhere, authority, authority_key), key
        ),
    )


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    hosts: list[x509.GeneralName],
    issuer: x509.Certificate | None = None,
    issuer_key: ec.EllipticCurvePrivateKey | None = None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer_key or key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - _LIFE / 2)
        .not_valid_after(now() + _LIFE)
        .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _write(
    folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> ServerCertificate:
    files = ServerCertificate(folder / f"{name}.pem", folder / f"{name}.key")
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
