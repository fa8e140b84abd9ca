"""Routes of login.microsoftonline.com: discovery and tokens."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from azure_simulator.core.control import ControlError
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, Service
from azure_simulator.services.identity.models import Directory, EntraError
from azure_simulator.services.identity.tokens import LIFETIME, REGISTRY_AUDIENCE
from azure_simulator.services.key_vault.access import AUDIENCE as VAULT_AUDIENCE


class IdentityService(Service):
    """Client-credentials tokens for service principals of one tenant."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        # What a token can be had for: the data planes that check one, and nothing else.
        resources = (context.settings.url, VAULT_AUDIENCE, REGISTRY_AUDIENCE)
        self.directory = Directory(context.store, context.settings.account, context.tokens, resources)
        context.hook("identity/token", self._mint)
        context.hook("identity/federated-token", self._vouch)
        context.hook("identity/rotate-secret", self._rotate)
        context.hook("identity/applications", self._add)

    async def startup(self) -> None:
        self.directory.ensure_account()

    def has_principal(self, object_id: str) -> bool:
        return self.directory.has_principal(object_id)

    def routes(self) -> Iterable[Route]:
        return (
            self.route(
                "GET", "/{tenant}/v2.0/.well-known/openid-configuration", self.configuration, authenticated=False
            ),
            self.route("GET", "/{tenant}/.well-known/openid-configuration", self.configuration, authenticated=False),
            self.route("GET", "/{tenant}/discovery/instance", self.instance, authenticated=False),
            self.route("GET", "/{tenant}/discovery/v2.0/keys", self.keys, authenticated=False),
            self.route("POST", "/{tenant}/oauth2/v2.0/token", self.token, authenticated=False),
            self.route("POST", "/{tenant}/oauth2/token", self.token, authenticated=False),
        )

    async def configuration(self, request: ArmRequest) -> ArmResponse:
        """OpenID configuration; MSAL reads the endpoints from it."""
        tenant = request.params["tenant"]
        try:
            if tenant.lower() not in ("common", "organizations"):
                self.directory.check_tenant(tenant)
        except EntraError as error:
            return ArmResponse(error.status, error.body())
        base = f"{request.base_url}/{tenant}"
        body: dict[str, Any] = {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": self.context.tokens.issuer,
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "tenant_region_scope": None,
            "cloud_instance_name": request.base_url.removeprefix("https://"),
        }
        return ArmResponse(200, body)

    async def instance(self, request: ArmRequest) -> ArmResponse:
        """Instance discovery, in case a client asks this authority about itself."""
        host = request.base_url.removeprefix("https://")
        tenant = self.context.settings.account.tenant_id
        return ArmResponse(
            200,
            {
                "tenant_discovery_endpoint": f"{request.base_url}/{tenant}/v2.0/.well-known/openid-configuration",
                "api-version": "1.1",
                "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
            },
        )

    async def keys(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.context.tokens.jwks())

    async def token(self, request: ArmRequest) -> ArmResponse:
        """Both token endpoints: v2 takes `scope`, v1 takes `resource`."""
        form = dict(parse_qsl(request.content.decode(errors="replace"), keep_blank_values=True))
        try:
            application = self.directory.authenticate(request.params["tenant"], form)
            audience = self.directory.audience(request.params["tenant"], form)
        except EntraError as error:
            return ArmResponse(error.status, error.body())
        token = self.context.tokens.issue(application.object_id, application.client_id, audience)
        body: dict[str, Any] = {
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "ext_expires_in": LIFETIME,
            "access_token": token,
        }
        if "resource" in form:
            body |= {"resource": form["resource"], "expires_on": str(int(time.time()) + LIFETIME)}
        return ArmResponse(200, body)

    async def _mint(self, body: dict[str, Any]) -> dict[str, Any]:
        """Hook: a token of any lifetime for the account's service principal (negative: expired)."""
        account = self.context.settings.account
        url, lifetime = self.context.settings.url, _lifetime(body)
        return {"access_token": self.context.tokens.issue(account.object_id, account.client_id, url, lifetime)}

    async def _vouch(self, body: dict[str, Any]) -> dict[str, Any]:
        """Hook: what a workload exchanges for a token of a client (the service principal if none is named)."""
        client_id = str(body.get("client_id", self.context.settings.account.client_id))
        return {"token": self.context.tokens.vouch(client_id, _lifetime(body))}

    async def _rotate(self, body: dict[str, Any]) -> dict[str, Any]:
        """Hook: replace the service principal's secret; azure.env keeps the old one, as an operator's file would."""
        return {"client_secret": self.directory.rotate_secret()}

    async def _add(self, body: dict[str, Any]) -> dict[str, Any]:
        """Hook: another application, without any role."""
        try:
            client_id, object_id, secret = (str(body[name]) for name in ("client_id", "object_id", "client_secret"))
        except KeyError as error:
            raise ControlError(f"{error.args[0]} is missing") from error
        self.directory.add_application(client_id, object_id, secret)
        return {"client_id": client_id}


def _lifetime(body: dict[str, Any]) -> int:
    lifetime = body.get("lifetime", LIFETIME)
    if not isinstance(lifetime, int):
        raise ControlError("lifetime must be an integer of seconds")
    return lifetime
