"""Who may do what with the secrets of a vault: tokens for Key Vault's own audience, data actions of roles, networks."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import jwt

from azure_simulator.core.errors import ArmError
from azure_simulator.core.routing import Principal
from azure_simulator.core.store import Document
from azure_simulator.services.authorization.roles import Authorizer
from azure_simulator.services.identity.tokens import Tokens
from azure_simulator.services.key_vault.errors import VaultError

# What `/metadata/endpoints` says as keyVaultDns. Vaults answer at addresses, so no name below it has to resolve, and
# none can: https://www.rfc-editor.org/rfc/rfc2606#section-2
DNS_SUFFIX = "vault.rehearsal.invalid"
AUDIENCE = f"https://{DNS_SUFFIX}"


class Access:
    """Authentication and permissions of one vault."""

    def __init__(self, vault: Document, authorizer: Authorizer, tokens: Tokens, login: str) -> None:
        self._vault = vault
        self._authorizer = authorizer
        self._tokens = tokens
        self._login = login

    def authenticate(self, authorization: str | None) -> Principal:
        """The caller of a request, or 401 with the challenge that says where to get a token and for what."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise self._unauthorized("AKV10000: Request is missing a Bearer or PoP token.")
        try:
            principal, _ = self._tokens.decode(token, frozenset({AUDIENCE}))
        except ArmError as error:
            if error.code != "InvalidAuthenticationTokenAudience":
                raise self._unauthorized(f"AKV10032: {error.message}") from error
            found = jwt.decode(token, options={"verify_signature": False}).get("aud")
            raise self._unauthorized(f"AKV10022: Invalid audience. Expected {AUDIENCE}, found: {found}.") from error
        return principal

    def _unauthorized(self, message: str) -> VaultError:
        challenge = f'Bearer authorization="{self._login}/{self._tokens.tenant_id}", resource="{AUDIENCE}"'
        return VaultError(401, "Unauthorized", message, headers={"WWW-Authenticate": challenge})

    def require_network(self, principal: Principal, client: str) -> None:
        """403 unless the vault's network rules let the client's address in."""
        properties = self._vault.body["properties"]
        rules = properties.get("networkAcls") or {}
        if properties["publicNetworkAccess"].lower() == "disabled":
            message = (
                "Public network access is disabled and request is not from a trusted service nor via an approved "
                f"private link.\r\n{self._caller(principal)}\r\n{self._where()}"
            )
            raise VaultError(403, "Forbidden", message, "ForbiddenByConnection")
        named = (ip_network(rule["value"], strict=False) for rule in rules.get("ipRules") or [])
        if (rules.get("defaultAction") or "Allow").lower() == "deny" and not any(
            ip_address(client) in network for network in named
        ):
            message = (
                "Client address is not authorized and caller is not a trusted service.\r\n"
                f"Client address: {client}\r\n{self._caller(principal)}\r\n{self._where()}"
            )
            raise VaultError(403, "Forbidden", message, "ForbiddenByFirewall")

    def require(self, principal: Principal, action: str, below: str) -> None:
        """403 unless a role of the caller has the data action at the vault, above it, or at the one secret."""
        action = f"Microsoft.KeyVault/vaults/secrets/{action}"
        scope = f"{self._vault.id}{below}"
        if self._authorizer.allows_data(principal.object_id, action, scope):
            return
        message = (
            "Caller is not authorized to perform action on resource.\r\n"
            "If role assignments, deny assignments or role definitions were changed recently, please observe "
            f"propagation time.\r\n{self._caller(principal)}\r\nAction: '{action}'\r\nResource: '{scope.lower()}'\r\n"
            "Assignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\n"
            f"{self._where()}\r\n"
        )
        raise VaultError(403, "Forbidden", message, "ForbiddenByRbac")

    def _caller(self, principal: Principal) -> str:
        return (
            f"Caller: appid={principal.client_id};oid={principal.object_id};iss=https://sts.windows.net/"
            f"{principal.tenant_id}/"
        )

    def _where(self) -> str:
        return f"Vault: {self._vault.body['name']};location={self._vault.body['location']}"
