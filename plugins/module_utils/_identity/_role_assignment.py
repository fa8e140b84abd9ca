# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role assignments. API version 2022-04-01 of Microsoft.Authorization. Private to this collection.

An assignment is named by a GUID; ours is derived from scope, principal and role, so that an interrupted run finds it
again.
"""

from __future__ import annotations

import datetime
import typing as t
import uuid

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._generic import GenericResource
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import DONE, Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Impact, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import Resource

API_VERSION = "2022-04-01"

# How long a role is given to show where it is used.
SETTLING_SECONDS = 300

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
BUILT_IN_ROLES = {
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "AcrPush": "8311e382-0749-4cb8-b61a-304f252e45ec",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
}


def problem_with_role(value: str) -> str | None:
    """Return what is wrong with the C(role) option, or None."""
    if value in BUILT_IN_ROLES:
        return None
    try:
        uuid.UUID(value)
    except ValueError:
        return f"{value!r} is neither one of {', '.join(sorted(BUILT_IN_ROLES))} nor the GUID of a role definition"
    return None


def problem_with_principal(value: str) -> str | None:
    """Return what is wrong with the C(principal_id) option, or None."""
    try:
        uuid.UUID(value)
    except ValueError:
        return f"{value!r} is not the object id (a GUID) of a user, group or service principal"
    return None


def settling_seconds(result: t.Mapping[str, t.Any], now: datetime.datetime) -> int:
    """Return how much longer the role of a module's result may not show yet: none unless it was given a moment ago.

    A run that was stopped after it gave the role is followed by one that changes nothing, so its age counts.
    """
    if result["changed"]:
        return SETTLING_SECONDS if result["role_assignment"] else 0
    created = str((result["role_assignment"] or {}).get("created_on") or "")
    try:
        # Without the decimals, of which Azure writes another number than Python reads.
        age = (now - datetime.datetime.fromisoformat(f"{created[:19]}+00:00")).total_seconds()
    except ValueError:
        return 0
    return round(SETTLING_SECONDS - age) if 0 <= age < SETTLING_SECONDS else 0


class RoleAssignment(Resource):
    """One role for one principal at one scope."""

    kind = "role_assignment"
    provider = "Microsoft.Authorization"
    seconds = 5  # taking effect needs minutes that nothing shows; whoever uses the role has to try again

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._scope: str = ctx.params["scope"].rstrip("/")
        role = ctx.params["role"]
        guid = BUILT_IN_ROLES.get(role, role)
        definitions = f"/subscriptions/{ctx.session.subscription_id}/providers/Microsoft.Authorization/roleDefinitions"
        self._role_id = f"{definitions}/{guid}"
        self.what = f"role {role} at {self._scope.rsplit('/', 1)[-1]}"

    def _resource(self, suffix: str) -> GenericResource:
        resource_id = f"{self._scope}/providers/{self.provider}/roleAssignments{suffix}"
        return GenericResource(self._ctx.session, resource_id, API_VERSION, self.what)

    def read(self) -> Body | None:
        principal = self._params["principal_id"]
        if principal is None:
            self._need_check_mode()
            return None
        for one in self._resource("").list(f"principalId eq '{principal}'"):
            properties = one["properties"]
            same_role = properties["roleDefinitionId"].rsplit("/", 1)[-1] == self._role_id.rsplit("/", 1)[-1]
            if same_role and properties["scope"].lower() == self._scope.lower():
                return one
        return None

    def _need_check_mode(self) -> None:
        """A principal that an earlier task only plans has no role yet; there is no such thing in a real run."""
        if not self._ctx.check_mode:
            raise OperationsError(
                f"{self.what}: there is no principal_id",
                code="PrincipalRequired",
                remedy="It may be null under check mode only, for an identity that is not there yet.",
            )

    def _plan_create(self) -> Plan:
        return _plan.create(self._described())

    def _plan_update(self, actual: Body) -> Plan:
        return _plan.NOTHING

    def _plan_delete(self, actual: Body) -> Plan:
        return _plan.delete(self._described(), Impact.NONE)

    def _described(self) -> dict[str, str]:
        principal = self._params["principal_id"] or _plan.NOT_KNOWN
        return {"scope": self._scope, "principal_id": principal, "role": self._params["role"]}

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        if plan.action is Action.DELETE and actual is not None:
            return self._resource(f"/{actual['name']}").delete()
        principal = self._params["principal_id"]
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._scope} {principal} {self._role_id}".lower())
        # Without principalType Azure looks the principal up in a directory that may not know a new identity yet.
        properties = {
            "roleDefinitionId": self._role_id,
            "principalId": principal,
            "principalType": self._params["principal_type"],
        }
        try:
            return self._resource(f"/{name}").put({"properties": properties})
        except OperationsError as error:
            if error.code != "RoleAssignmentExists":
                raise
            return DONE  # Azure's lists show an assignment some seconds after it has been made
