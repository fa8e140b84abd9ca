"""Identities and role assignments through their SDK clients, and what permissions do."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.msi import ManagedServiceIdentityClient

from tests.simulator.clients import client
from tests.simulator_fixture import Simulator

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"


@pytest.fixture
def group(simulator: Simulator) -> str:
    simulator.register("Microsoft.ManagedIdentity")
    return simulator.group("codex")


@pytest.fixture
def identities(simulator: Simulator, group: str) -> ManagedServiceIdentityClient:
    return client(simulator, ManagedServiceIdentityClient)


@pytest.fixture
def authorization(simulator: Simulator) -> AuthorizationManagementClient:
    return client(simulator, AuthorizationManagementClient)


def _body(simulator: Simulator, role: str, principal: str, **more: Any) -> dict[str, Any]:
    definition = f"{simulator.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return {"properties": {"roleDefinitionId": definition, "principalId": principal, **more}}


def test_life_of_an_identity(identities: ManagedServiceIdentityClient) -> None:
    operations = identities.user_assigned_identities
    created = operations.create_or_update("codex", "puller", {"location": "eastus", "tags": {"a": "b"}})
    again = operations.create_or_update("codex", "puller", {"location": "eastus"})
    assert (again.principal_id, again.client_id) == (created.principal_id, created.client_id)
    assert [identity.name for identity in operations.list_by_resource_group("codex")] == ["puller"]
    with pytest.raises(HttpResponseError, match="already exists in location 'eastus'"):
        operations.create_or_update("codex", "puller", {"location": "westus"})
    operations.delete("codex", "puller")
    assert list(operations.list_by_subscription()) == []


def test_assignments(
    simulator: Simulator,
    group: str,
    identities: ManagedServiceIdentityClient,
    authorization: AuthorizationManagementClient,
) -> None:
    identity = identities.user_assigned_identities.create_or_update("codex", "puller", {"location": "eastus"})
    principal = str(identity.principal_id)
    name = str(uuid.uuid4())
    body: Any = _body(simulator, PULL, principal)
    created = authorization.role_assignments.create(group, name, body)
    assert authorization.role_assignments.create(group, name, body).id == created.id
    with pytest.raises(ResourceExistsError) as caught:
        authorization.role_assignments.create(group, str(uuid.uuid4()), body)
    assert caught.value.error is not None
    assert caught.value.error.code == "RoleAssignmentExists"
    by_principal = f"principalId eq '{principal}'"
    below = f"{group}/providers/Microsoft.ContainerRegistry/registries/any"
    for scope, expression, expected in (
        (group, by_principal, [name]),
        (below, f"assignedTo('{principal}')", [name]),
        (simulator.subscription, by_principal, [name]),
        (simulator.subscription, "atScope()", []),
        (group, "principalId eq '00000000-0000-0000-0000-000000000000'", []),
    ):
        found = authorization.role_assignments.list_for_scope(scope, filter=expression)
        assert [assignment.name for assignment in found] == expected, (scope, expression)
    assert authorization.role_assignments.delete(group, name).id == created.id
    assert list(authorization.role_assignments.list_for_scope(group, filter=by_principal)) == []


def test_role_definitions_by_name(simulator: Simulator, authorization: AuthorizationManagementClient) -> None:
    (role,) = authorization.role_definitions.list(simulator.subscription, filter="roleName eq 'AcrPull'")
    assert role.name == PULL


@pytest.mark.parametrize(
    ("name", "role", "more", "code"),
    [
        ("not-a-guid", PULL, {"principalType": "ServicePrincipal"}, "InvalidRoleAssignmentId"),
        (None, "44444444-4444-4444-4444-444444444444", {"principalType": "User"}, "RoleDefinitionDoesNotExist"),
        (None, PULL, {}, "PrincipalNotFound"),
        (None, PULL, {"principalType": "Robot"}, "InvalidRequestContent"),
    ],
)
def test_refused_assignments(
    simulator: Simulator, group: str, name: str | None, role: str, more: dict[str, Any], code: str
) -> None:
    path = f"{group}/providers/Microsoft.Authorization/roleAssignments/{name or uuid.uuid4()}"
    answer = simulator.call("PUT", path, "2022-04-01", _body(simulator, role, str(uuid.uuid4()), **more))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_permissions_of_another_principal(simulator: Simulator, group: str) -> None:
    ids = {"client_id": str(uuid.uuid4()), "object_id": str(uuid.uuid4()), "client_secret": "x" * 20}
    simulator.hook("POST", "identity/applications", ids)
    form = {
        "grant_type": "client_credentials",
        "client_id": ids["client_id"],
        "client_secret": ids["client_secret"],
        "scope": f"{simulator.url}/.default",
    }
    token = simulator.call("POST", f"/{simulator.connection['tenant_id']}/oauth2/v2.0/token", data=form).json()[
        "access_token"
    ]
    headers = {"Authorization": f"Bearer {token}"}
    refused = simulator.call("GET", group, "2022-09-01", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AuthorizationFailed")
    assert "Microsoft.Resources/subscriptions/resourceGroups/read" in refused.json()["error"]["message"]
    path = f"{group}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    simulator.call("PUT", path, "2022-04-01", _body(simulator, READER, ids["object_id"])).raise_for_status()
    simulator.hook("POST", "clock", {"seconds": 3600})
    assert simulator.call("GET", group, "2022-09-01", headers=headers).status_code == 200
    assert simulator.call("DELETE", group, "2022-09-01", headers=headers).status_code == 403
