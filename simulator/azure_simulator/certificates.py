"""The simulator's certificate authority and the leaf certificates of its addresses.

One CA per state directory, kept across restarts, so that a client's trust stays valid. Leaves carry the address as
IP subject alternative name; clients connect to addresses, not names.
"""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from azure_simulator.core.files import write_private

_YEARS = datetime.timedelta(days=3650)
# Some clients refuse leaves that live longer than 825 days.
_LEAF_LIFE = datetime.timedelta(days=800)


class CertificateAuthority:
    """Issues leaves for loopback addresses; everything is kept in the state directory."""

    def __init__(self, state_dir: Path) -> None:
        self.ca_path = state_dir / "ca.pem"
        self._key_path = state_dir / "ca-key.pem"
        self._leaves = state_dir / "certificates"
        self._leaves.mkdir(mode=0o700, exist_ok=True)
        if self.ca_path.exists() and self._key_path.exists():
            self._certificate = x509.load_pem_x509_certificate(self.ca_path.read_bytes())
            key = serialization.load_pem_private_key(self._key_path.read_bytes(), password=None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise ValueError(f"{self._key_path} does not hold an elliptic curve key")
            self._key = key
        else:
            self._key = ec.generate_private_key(ec.SECP256R1())
            self._certificate = self._make_authority()
            write_private(self._key_path, _private_pem(self._key))
            self.ca_path.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def _make_authority(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "azure-simulator local CA")])
        now = datetime.datetime.now(datetime.UTC)
        public = self._key.public_key()
        identifier = x509.SubjectKeyIdentifier.from_public_key(public)
        usage = x509.KeyUsage(
            key_cert_sign=True,
            crl_sign=True,
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + _YEARS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(identifier, critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def leaf(self, address: str, names: tuple[str, ...] = ()) -> Path:
        """PEM file (key, leaf, CA) of an address; made on first use, renewed when it nears its end.

        :param names: host names that it is for as well.
        """
        path = self._leaves / f"{'_'.join((address, *names))}.pem"
        if path.exists():
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            if certificate.not_valid_after_utc > datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=30):
                return path
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        authority = self._certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        alternatives = [x509.IPAddress(ipaddress.ip_address(address)), *map(x509.DNSName, names)]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)]))
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + _LEAF_LIFE)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        chain = certificate.public_bytes(serialization.Encoding.PEM).decode()
        write_private(path, _private_pem(key) + chain + self.ca_path.read_text())
        return path


def _private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
