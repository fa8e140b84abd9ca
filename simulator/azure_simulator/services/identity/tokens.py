"""Access tokens: signed when asked for, verified on every request."""

from __future__ import annotations

import hashlib
import time
import uuid
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from azure_simulator.core.errors import ArmError
from azure_simulator.core.files import write_private
from azure_simulator.core.routing import Principal
from azure_simulator.settings import Account

LIFETIME = 3599
# Who has the registries' data plane as its audience, in every cloud of Microsoft's; the one of Azure Resource Manager
# serves there too.
REGISTRY_AUDIENCE = "https://containerregistry.azure.net"
FEDERATION_AUDIENCE = "api://AzureADTokenExchange"
_CACHE = 512


class Tokens:
    """Signs RS256 tokens with a key kept in the state directory, and verifies them.

    Expiry follows the machine's time, not the simulated clock: MSAL caches tokens by the machine's time and would
    go on using a token that only the simulator thinks expired.
    """

    def __init__(self, state_dir: Path, account: Account, issuer_base: str) -> None:
        self._account = account
        self._key = _load_key(state_dir / "token-key.pem")
        self._public = self._key.public_key()
        self._base = issuer_base
        numbers = self._public.public_numbers()
        self.key_id = hashlib.sha256(f"{numbers.n:x}".encode()).hexdigest()[:27]
        self._verified: dict[str, tuple[Principal, float]] = {}

    @property
    def issuer(self) -> str:
        return f"{self._base}/{self._account.tenant_id}/v2.0"

    @property
    def federation_issuer(self) -> str:
        """Who vouches for workloads: there is no outside issuer on one machine, so it is this one."""
        return f"{self._base}/{self._account.tenant_id}/federation"

    @property
    def arm_audiences(self) -> frozenset[str]:
        """What a token for Azure Resource Manager may be made out to."""
        return frozenset({self._base, f"{self._base}/"})

    @property
    def tenant_id(self) -> str:
        return self._account.tenant_id

    def sign(self, claims: dict[str, Any]) -> str:
        """Any claims, signed; registries make their own tokens with it."""
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self.key_id})

    def claims(self, token: str, audience: str) -> dict[str, Any] | None:
        """The claims of a token signed here for that audience; None when it is anything else, or expired."""
        try:
            claims: dict[str, Any] = jwt.decode(token, self._public, algorithms=["RS256"], audience=audience)
        except jwt.InvalidTokenError:
            return None
        return claims

    def vouch(self, client_id: str, lifetime: int) -> str:
        """What a workload shows to be this client, as a cluster or a build service would make it."""
        now = int(time.time())
        claims = {"aud": FEDERATION_AUDIENCE, "iss": self.federation_issuer, "sub": client_id, "exp": now + lifetime}
        return self.sign({**claims, "iat": min(now, now + lifetime)})

    def vouched(self, assertion: str) -> dict[str, Any]:
        """The claims of an assertion that was signed here and has not expired; jwt.InvalidTokenError otherwise."""
        options: jwt.types.Options = {"verify_aud": False, "require": ["exp", "iss", "aud", "sub"]}
        claims: dict[str, Any] = jwt.decode(assertion, self._public, algorithms=["RS256"], options=options)
        return claims

    def jwks(self) -> dict[str, Any]:
        """The public key set."""
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(self._public, as_dict=True)
        return {"keys": [{**jwk, "use": "sig", "kid": self.key_id, "issuer": self.issuer}]}

    def issue(self, object_id: str, client_id: str, audience: str, lifetime: int = LIFETIME) -> str:
        """A token for a principal; a negative lifetime makes one that expired already."""
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": self.issuer,
            "iat": min(now, now + lifetime),
            "nbf": min(now, now + lifetime),
            "exp": now + lifetime,
            "appid": client_id,
            "idtyp": "app",
            "oid": object_id,
            "sub": object_id,
            "tid": self._account.tenant_id,
            "uti": uuid.uuid4().hex,
            "ver": "1.0",
        }
        return self.sign(claims)

    def verify(self, authorization: str | None) -> Principal:
        """The principal of an `Authorization` header; 401 as ARM answers when there is none or it is no good."""
        if not authorization:
            message = "Authentication failed. The 'Authorization' header is missing."
            raise self._unauthorized("AuthenticationFailed", message)
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            message = "Authentication failed. The 'Authorization' header is provided in an invalid format."
            raise self._unauthorized("AuthenticationFailed", message)
        cached = self._verified.get(token)
        if cached is not None and cached[1] > time.time():
            return cached[0]
        principal, expires = self.decode(token, self.arm_audiences)
        if len(self._verified) >= _CACHE:
            self._verified.clear()
        self._verified[token] = (principal, expires)
        return principal

    def decode(self, token: str, audiences: frozenset[str]) -> tuple[Principal, float]:
        """Principal and expiry of a token made out to one of the audiences; ArmError 401 when it is no good."""
        try:
            claims = jwt.decode(
                token, self._public, algorithms=["RS256"], options={"verify_aud": False, "require": ["exp"]}
            )
        except jwt.ExpiredSignatureError as error:
            raise self._unauthorized(
                "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."
            ) from error
        except jwt.InvalidTokenError as error:
            raise self._unauthorized("InvalidAuthenticationToken", "The access token is invalid.") from error
        if claims.get("tid") != self._account.tenant_id or claims.get("iss") != self.issuer:
            message = (
                "The access token is from the wrong issuer. It must match one of the tenants of this subscription."
            )
            raise self._unauthorized("InvalidAuthenticationTokenTenant", message)
        if (audience := claims.get("aud")) not in audiences:
            allowed = ",".join(f"'{one}'" for one in sorted(audiences))
            message = (
                f"The access token has been obtained for wrong audience or resource '{audience}'. It should exactly "
                f"match with one of the allowed audiences {allowed}."
            )
            raise self._unauthorized("InvalidAuthenticationTokenAudience", message)
        return Principal(claims["oid"], claims["appid"], claims["tid"]), float(claims["exp"])

    def _unauthorized(self, code: str, message: str) -> ArmError:
        challenge = (
            f'Bearer authorization_uri="{self._base}/{self._account.tenant_id}", error="invalid_token", '
            f'error_description="{message}"'
        )
        return ArmError(401, code, message, headers={"WWW-Authenticate": challenge}, gateway=True)


def _load_key(path: Path) -> rsa.RSAPrivateKey:
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError(f"{path} does not hold an RSA key")
        return key
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(path, pem.decode())
    return key
