"""Who may do what in a registry: admin user, service principals, identities, and the registry's own tokens."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.core.store import Document
from azure_simulator.registry.errors import RegistryError
from azure_simulator.services.authorization.roles import DELETE_ARTIFACT, PULL, PUSH, Authorizer
from azure_simulator.services.identity.models import Directory, EntraError
from azure_simulator.services.identity.tokens import REGISTRY_AUDIENCE, Tokens

# The user name that goes with a refresh token as password (what `az acr login --expose-token` tells people to use).
TOKEN_USER = "00000000-0000-0000-0000-000000000000"
REFRESH_LIFETIME = 3 * 3600
ACCESS_LIFETIME = 75 * 60
_ADMIN, _ANONYMOUS = "admin", "anonymous"

# What each permission of a principal is worth in scopes.
_READ = frozenset({"pull", "metadata_read"})
_WRITE = frozenset({"push", "metadata_write"})
_DELETE = frozenset({"delete"})
ALL = _READ | _WRITE | _DELETE

_SCOPE = re.compile(r"^(?P<type>[a-z]+):(?P<name>[^\s]+):(?P<actions>[a-z_*,]+)$")


@dataclass(frozen=True)
class Grant:
    """Actions on one resource: `repository` NAME or `registry` `catalog`."""

    type: str
    name: str
    actions: frozenset[str]

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(sorted(self.actions))}"


def repository(name: str, *actions: str) -> Grant:
    return Grant("repository", name, frozenset(actions))


CATALOG = Grant("registry", "catalog", frozenset({"*"}))


def parse_scopes(texts: Iterable[str]) -> list[Grant]:
    """Grants of `scope` values, each holding one or more separated by spaces; what cannot be read grants nothing."""
    grants = []
    for text in " ".join(texts).split():
        match = _SCOPE.match(text)
        if match is not None:
            grants.append(Grant(match["type"], match["name"], frozenset(match["actions"].split(","))))
    return grants


@dataclass(frozen=True)
class Subject:
    """An authenticated caller of a registry."""

    kind: str
    name: str


class Access:
    """Authentication and permissions of one registry."""

    def __init__(self, registry: Document, authorizer: Authorizer, directory: Directory, tokens: Tokens) -> None:
        self._registry = registry
        self._authorizer = authorizer
        self._directory = directory
        self._tokens = tokens

    @property
    def _service(self) -> str:
        return str(self._registry.body["properties"]["loginServer"])

    # -- who ---------------------------------------------------------------------------------------------------------

    def password(self, username: str, password: str) -> Subject | None:
        """The caller of a name and password: admin user, service principal, or a refresh token as password."""
        if username == TOKEN_USER:
            return self.refresh_subject(password)
        if username.lower() == self._registry.body["name"].lower():
            if not self._registry.body["properties"]["adminUserEnabled"]:
                return None
            known = self._registry.private["passwords"]
            return Subject(_ADMIN, username) if any(_same(password, item) for item in known) else None
        form = {"grant_type": "client_credentials", "client_id": username, "client_secret": password}
        try:
            application = self._directory.authenticate(self._tokens.tenant_id, form)
        except EntraError:
            return None
        return Subject("principal", application.object_id)

    def entra_token(self, token: str) -> Subject | None:
        """The caller of an access token of the tenant."""
        try:
            principal, _ = self._tokens.decode(token, self._tokens.arm_audiences | {REGISTRY_AUDIENCE})
        except ArmError:
            return None
        return Subject("principal", principal.object_id)

    def refresh_subject(self, token: str) -> Subject | None:
        """The caller a refresh token was issued to, by this registry."""
        claims = self._tokens.claims(token, self._service)
        if claims is None or claims.get("grant_type") != "refresh_token":
            return None
        return Subject(claims["kind"], claims["sub"])

    # -- what --------------------------------------------------------------------------------------------------------

    def actions(self, subject: Subject) -> frozenset[str]:
        """Everything the caller may do in any repository."""
        if subject.kind == _ADMIN:
            return ALL if self._registry.body["properties"]["adminUserEnabled"] else frozenset()
        anonymous = _READ if self._registry.body["properties"]["anonymousPullEnabled"] else frozenset()
        if subject.kind == _ANONYMOUS:
            return frozenset(anonymous)
        allowed = set(anonymous)
        if self._registry.body["properties"]["roleAssignmentMode"] == "AbacRepositoryPermissions":
            # In this mode AcrPull, AcrPush, Owner, Contributor and Reader are worth nothing here; the repository roles
            # it wants instead are not simulated, so nobody but the admin user gets in.
            return frozenset(allowed)
        for permission, worth in ((PULL, _READ), (PUSH, _WRITE), (DELETE_ARTIFACT, _DELETE)):
            if self._authorizer.allows(subject.name, permission, self._registry.id):
                allowed |= worth
        return frozenset(allowed)

    def grants(self, subject: Subject, wanted: Iterable[Grant]) -> list[Grant]:
        """The part of the wanted grants the caller has."""
        allowed = self.actions(subject)
        granted = []
        for grant in wanted:
            if grant.type == "registry" and grant.name == "catalog":
                if "metadata_read" in allowed and subject.kind != _ANONYMOUS:
                    granted.append(grant)
                continue
            actions = allowed if "*" in grant.actions else grant.actions & allowed
            if actions:
                granted.append(Grant(grant.type, grant.name, actions))
        return granted

    # -- from where --------------------------------------------------------------------------------------------------

    def require_network(self, client: str) -> None:
        """403 unless the registry's network rules let the client's address in."""
        properties = self._registry.body["properties"]
        rules = properties["networkRuleSet"]
        allowed = properties["publicNetworkAccess"] == "Enabled" and (
            rules["defaultAction"] == "Allow"
            or any(ip_address(client) in ip_network(rule["value"], strict=False) for rule in rules["ipRules"])
        )
        if not allowed:
            message = (
                f"client with IP '{client}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."
            )
            raise RegistryError(403, "DENIED", message)

    # -- tokens ------------------------------------------------------------------------------------------------------

    def issue_refresh(self, subject: Subject) -> str:
        """A refresh token of this registry."""
        return self._sign(subject, REFRESH_LIFETIME, {"grant_type": "refresh_token"})

    def issue_access(self, subject: Subject, wanted: list[Grant]) -> str:
        """An access token for what the caller may have of `wanted`; 401 when that is nothing of something."""
        granted = self.grants(subject, wanted)
        if wanted and not granted:
            raise unauthorized(wanted)
        access = [{"Type": grant.type, "Name": grant.name, "Actions": sorted(grant.actions)} for grant in granted]
        return self._sign(subject, ACCESS_LIFETIME, {"grant_type": "access_token", "access": access})

    def _sign(self, subject: Subject, lifetime: int, claims: dict[str, Any]) -> str:
        now = int(time.time())
        base = {
            "iss": "Azure Container Registry",
            "aud": self._service,
            "iat": now,
            "nbf": now - 60,
            "exp": now + lifetime,
        }
        return self._tokens.sign({**base, "sub": subject.name, "kind": subject.kind, **claims})

    def authorize(self, authorization: str | None, needed: list[Grant]) -> None:
        """Let the request pass, or raise 401 with a challenge (403 for a caller whose rights do not suffice)."""
        if authorization is None:
            if needed and self._covers(self.grants(Subject(_ANONYMOUS, ""), needed), needed):
                return
            raise self.challenge(needed)
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "basic":
            subject = self.password(*_decode_basic(value))
            if subject is None:
                raise self.challenge(needed, "invalid_token")
            if not self._covers(self.grants(subject, needed), needed):
                raise RegistryError(403, "DENIED", "requested access to the resource is denied", _detail(needed))
            return
        claims = self._tokens.claims(value, self._service) if scheme.lower() == "bearer" else None
        if claims is None or claims.get("grant_type") != "access_token":
            raise self.challenge(needed, "invalid_token")
        granted = [Grant(item["Type"], item["Name"], frozenset(item["Actions"])) for item in claims.get("access", [])]
        # A token is a promise of the past: roles taken away since, or an admin user switched off, end it.
        granted = self.grants(Subject(claims["kind"], claims["sub"]), granted)
        if not self._covers(granted, needed):
            raise self.challenge(needed, "insufficient_scope")

    @staticmethod
    def _covers(granted: list[Grant], needed: list[Grant]) -> bool:
        return all(
            any(
                grant.type == need.type and grant.name == need.name and need.actions <= grant.actions
                for grant in granted
            )
            for need in needed
        )

    def challenge(self, needed: list[Grant], error: str | None = None) -> RegistryError:
        """401 that says where to get a token and for what."""
        parts = [f'realm="https://{self._service}/oauth2/token"', f'service="{self._service}"']
        if needed:
            parts.append(f'scope="{" ".join(str(grant) for grant in needed)}"')
        if error:
            parts.append(f'error="{error}"')
        return unauthorized(needed, {"Www-Authenticate": "Bearer " + ",".join(parts)})


def unauthorized(needed: list[Grant], headers: dict[str, str] | None = None) -> RegistryError:
    """ACR's 401 body."""
    message = "authentication required, visit https://aka.ms/acr/authorization for more information."
    return RegistryError(401, "UNAUTHORIZED", message, _detail(needed), headers)


def _detail(needed: list[Grant]) -> list[dict[str, str]] | None:
    if not needed:
        return None
    return [
        {"Type": grant.type, "Name": grant.name, "Action": action}
        for grant in needed
        for action in sorted(grant.actions)
    ]


def _decode_basic(value: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    username, _, password = text.partition(":")
    return username, password


def basic(authorization: str | None) -> tuple[str, str] | None:
    """Name and password of a Basic header, None when there is none."""
    scheme, _, value = (authorization or "").partition(" ")
    return _decode_basic(value) if scheme.lower() == "basic" else None


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(hashlib.sha256(left.encode()).digest(), hashlib.sha256(right.encode()).digest())
