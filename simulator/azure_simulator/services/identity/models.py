"""Applications (clients) and the rules of the token endpoint, as Microsoft Entra ID answers them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from azure_simulator.core.store import Store
from azure_simulator.services.identity.tokens import FEDERATION_AUDIENCE, Tokens
from azure_simulator.settings import Account

_KIND = "applications"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class EntraError(Exception):
    """An OAuth error with its AADSTS code."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.number = number
        self.message = message

    def body(self) -> dict[str, Any]:
        """The error body with trace ids and time, as the token endpoint sends it."""
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        description = (
            f"AADSTS{self.number}: {self.message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
        )
        return {
            "error": self.error,
            "error_description": description,
            "error_codes": [self.number],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }


@dataclass(frozen=True)
class Application:
    """A client that may ask for tokens: a service principal or a managed identity."""

    client_id: str
    object_id: str


class Directory:
    """The tenant's applications."""

    def __init__(self, store: Store, account: Account, tokens: Tokens, resources: Iterable[str]) -> None:
        self._store = store
        self._account = account
        self._tokens = tokens
        self._resources = frozenset(resources)

    def ensure_account(self) -> None:
        """The service principal of azure.env, with the secret it was made with unless it was rotated since."""
        if self._store.get(_KIND, self._account.client_id) is None:
            self._put(self._account.client_id, self._account.object_id, self._account.initial_secret)

    def secret_of_account(self) -> str:
        """The current secret of the account's service principal."""
        document = self._store.get(_KIND, self._account.client_id)
        return str(document.private["secret"]) if document else self._account.initial_secret

    def rotate_secret(self) -> str:
        """A new secret for the account's service principal; the old one stops working at once."""
        secret = secrets.token_urlsafe(30)
        self._put(self._account.client_id, self._account.object_id, secret)
        return secret

    def add_application(self, client_id: str, object_id: str, secret: str) -> None:
        """Another client, for tests of permissions."""
        self._put(client_id, object_id, secret)

    def has_principal(self, object_id: str) -> bool:
        """Whether an application has this object id."""
        return any(document.body["objectId"] == object_id.lower() for document in self._store.list(_KIND))

    def _put(self, client_id: str, object_id: str, secret: str) -> None:
        self._store.put(_KIND, client_id, {"objectId": object_id}, {"secret": secret})

    def authenticate(self, tenant: str, form: dict[str, str]) -> Application:
        """The application of a client-credentials request, or EntraError."""
        self.check_tenant(tenant)
        grant = form.get("grant_type", "")
        if grant != "client_credentials":
            raise EntraError(
                400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'."
            )
        client_id = form.get("client_id", "")
        if not client_id:
            message = "The request body must contain the following parameter: 'client_id'."
            raise EntraError(400, "invalid_request", 900144, message)
        document = self._store.get(_KIND, client_id)
        if document is None:
            message = (
                f"Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can happen "
                "if the application has not been installed by the administrator of the tenant or consented to by any "
                "user in the tenant. You may have sent your authentication request to the wrong tenant."
            )
            raise EntraError(400, "unauthorized_client", 700016, message)
        application = Application(client_id, document.body["objectId"])
        if form.get("client_assertion"):
            if form.get("client_assertion_type") != ASSERTION_TYPE:
                raise EntraError(400, "invalid_request", 900024, "The client_assertion_type is not supported.")
            self._check_assertion(form["client_assertion"], client_id)
            return application
        secret = form.get("client_secret", "")
        if not secret:
            message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            raise EntraError(401, "invalid_client", 7000218, message)
        if not hmac.compare_digest(_digest(secret), _digest(str(document.private["secret"]))):
            message = (
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                f"value, not the client secret ID, for a secret added to app '{client_id}'."
            )
            raise EntraError(401, "invalid_client", 7000215, message)
        return application

    def _check_assertion(self, assertion: str, client_id: str) -> None:
        """EntraError unless a workload's token is signed by the trusted issuer, for this client, and still good."""
        try:
            claims = self._tokens.vouched(assertion)
        except jwt.ExpiredSignatureError as error:
            message = "Client assertion is not within its valid time range."
            raise EntraError(401, "invalid_client", 700024, message) from error
        except jwt.InvalidTokenError as error:
            raise EntraError(401, "invalid_client", 700027, "Client assertion failed signature validation.") from error
        trusted = {
            "iss": (700211, "issuer", self._tokens.federation_issuer),
            "aud": (700212, "audience", FEDERATION_AUDIENCE),
            "sub": (700213, "subject", client_id),
        }
        for name, (number, word, wanted) in trusted.items():
            if claims[name] != wanted:
                message = (
                    f"No matching federated identity record found for presented assertion {word} '{claims[name]}'. "
                    "Check your federated identity credential Subject, Audience and Issuer against the presented "
                    "assertion."
                )
                raise EntraError(401, "invalid_client", number, message)

    def audience(self, tenant: str, form: dict[str, str]) -> str:
        """The resource a token is asked for, or EntraError: `scope` as version 2 has it, `resource` as version 1."""
        scope, resource = form.get("scope", ""), form.get("resource", "")
        if not scope and not resource:
            message = "The request body must contain the following parameter: 'scope'."
            raise EntraError(400, "invalid_request", 900144, message)
        if scope and not scope.endswith("/.default"):
            message = (
                f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value "
                "with /.default suffixed to the resource identifier (application ID URI)."
            )
            raise EntraError(400, "invalid_scope", 1002012, message)
        audience = scope.removesuffix("/.default") or resource
        if audience.removesuffix("/") not in self._resources:
            message = (
                f"The resource principal named {audience} was not found in the tenant named {tenant}. This can happen "
                "if the application has not been installed by the administrator of the tenant or consented to by any "
                "user in the tenant. You might have sent your authentication request to the wrong tenant."
            )
            raise EntraError(400, "invalid_resource", 500011, message)
        return audience

    def check_tenant(self, tenant: str) -> None:
        """EntraError 90002 unless it is this directory."""
        if tenant.lower() != self._account.tenant_id:
            message = (
                f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into "
                "the correct cloud. Check with your subscription administrator, this may happen if there are no active "
                "subscriptions for the tenant."
            )
            raise EntraError(400, "invalid_request", 90002, message)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
