"""Built-in roles and the question "may this principal do that there?"."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass

from azure_simulator.core.clock import Clock
from azure_simulator.core.errors import ArmError
from azure_simulator.core.routing import Principal
from azure_simulator.core.store import Store
from azure_simulator.settings import Account

ASSIGNMENTS = "roleAssignments"


@dataclass(frozen=True)
class Role:
    """A built-in role definition."""

    name: str
    id: str
    description: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Whether the control-plane action is in the role."""
        return _any(action, self.actions) and not _any(action, self.not_actions)

    def allows_data(self, action: str) -> bool:
        """Whether the data-plane action is in the role; Owner and Contributor have none."""
        return _any(action, self.data_actions)


PULL = "Microsoft.ContainerRegistry/registries/pull/read"
PUSH = "Microsoft.ContainerRegistry/registries/push/write"
DELETE_ARTIFACT = "Microsoft.ContainerRegistry/registries/artifacts/delete"

OWNER = Role(
    "Owner",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
    ("*",),
)
CONTRIBUTOR = Role(
    "Contributor",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC.",
    ("*",),
    ("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"),
)
READER = Role("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", "View all resources, but make no changes.", ("*/read",))
ACR_PULL = Role("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d", "acr pull", (PULL,))
ACR_PUSH = Role("AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec", "acr push", (PULL, PUSH))
ACR_DELETE = Role("AcrDelete", "c2f4ef07-c644-48eb-af81-4b1b4947fb11", "acr delete", (DELETE_ARTIFACT,))
USER_ACCESS_ADMINISTRATOR = Role(
    "User Access Administrator",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "Lets you manage user access to Azure resources.",
    ("*/read", "Microsoft.Authorization/*"),
)
KEY_VAULT_SECRETS_USER = Role(
    "Key Vault Secrets User",
    "4633458b-17de-408a-b874-0445c86b69e6",
    "Read secret contents. Only works for key vaults that use the 'Azure role-based access control' permission model.",
    (),
    data_actions=(
        "Microsoft.KeyVault/vaults/secrets/getSecret/action",
        "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
    ),
)
KEY_VAULT_SECRETS_OFFICER = Role(
    "Key Vault Secrets Officer",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "Perform any action on the secrets of a key vault, except manage permissions. Only works for key vaults that use "
    "the 'Azure role-based access control' permission model.",
    (
        "Microsoft.KeyVault/checkNameAvailability/read",
        "Microsoft.KeyVault/deletedVaults/read",
        "Microsoft.KeyVault/locations/*/read",
        "Microsoft.KeyVault/vaults/*/read",
        "Microsoft.KeyVault/operations/read",
    ),
    data_actions=("Microsoft.KeyVault/vaults/secrets/*",),
)
KEY_VAULT_READER = Role(
    "Key Vault Reader",
    "21090545-7ca7-4776-b22c-e363652d74d2",
    "Read metadata of key vaults and its certificates, keys, and secrets. Cannot read sensitive values such as secret "
    "contents or key material. Only works for key vaults that use the 'Azure role-based access control' permission "
    "model.",
    (
        "Microsoft.KeyVault/checkNameAvailability/read",
        "Microsoft.KeyVault/deletedVaults/read",
        "Microsoft.KeyVault/locations/*/read",
        "Microsoft.KeyVault/vaults/*/read",
        "Microsoft.KeyVault/operations/read",
    ),
    data_actions=("Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"),
)
BUILT_IN = (
    OWNER,
    CONTRIBUTOR,
    READER,
    ACR_PULL,
    ACR_PUSH,
    ACR_DELETE,
    USER_ACCESS_ADMINISTRATOR,
    KEY_VAULT_SECRETS_USER,
    KEY_VAULT_SECRETS_OFFICER,
    KEY_VAULT_READER,
)
BY_ID = {role.id: role for role in BUILT_IN}


def _any(action: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


class Authorizer:
    """Answers permission questions from the stored role assignments.

    The service principal of the account owns the subscription without an assignment document, so that a fresh
    simulator needs no bootstrap. An assignment counts once its propagation time is over.
    """

    def __init__(self, store: Store, account: Account, clock: Clock) -> None:
        self._store = store
        self._account = account
        self._clock = clock

    def roles(self, object_id: str, scope: str) -> list[Role]:
        """Effective roles of a principal at a scope."""
        roles = [OWNER] if object_id == self._account.object_id else []
        now = self._clock.timestamp()
        for document in self._store.list(ASSIGNMENTS):
            properties = document.body["properties"]
            if properties["principalId"].lower() != object_id.lower():
                continue
            if not _covers(properties["scope"], scope) or document.private.get("effective", 0) > now:
                continue
            role = BY_ID.get(properties["roleDefinitionId"].rsplit("/", 1)[-1].lower())
            if role is not None:
                roles.append(role)
        return roles

    def allows(self, object_id: str, action: str, scope: str) -> bool:
        """Whether any effective role allows the action at the scope."""
        return any(role.allows(action) for role in self.roles(object_id, scope))

    def allows_data(self, object_id: str, action: str, scope: str) -> bool:
        """Whether any effective role allows the data action at the scope."""
        return any(role.allows_data(action) for role in self.roles(object_id, scope))

    def require(self, principal: Principal, action: str, scope: str) -> None:
        """403 AuthorizationFailed unless allowed."""
        if principal.object_id == self._account.object_id or self.allows(principal.object_id, action, scope):
            return
        message = (
            f"The client '{principal.client_id}' with object id '{principal.object_id}' does not have authorization to "
            f"perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, "
            "please refresh your credentials."
        )
        raise ArmError(403, "AuthorizationFailed", message, gateway=True)


def _covers(assigned: str, scope: str) -> bool:
    """An assignment holds at its scope and everything below."""
    assigned, scope = assigned.lower().rstrip("/"), scope.lower().rstrip("/")
    return scope == assigned or scope.startswith(assigned + "/") or not assigned
