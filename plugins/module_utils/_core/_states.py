# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure says of a resource's life: settled, failed, or something still goes on. Pure; private to this collection.

Every service has words of its own for that, so they stand in one table, by the kind of resource. A state that is
neither settled nor failed is waited for; one that has failed is a difference, since nothing runs as it should.
Source: the enumerations in Azure's own specifications of these services; U(https://github.com/Azure/azure-rest-api-specs).
"""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Change, Impact

Body = dict[str, t.Any]

NAME = "provisioning_state"
"""What the difference is called, in diffs."""
WANTED = "Succeeded"


class Mend(enum.Enum):
    """How something that has failed is brought into order."""

    WRITE = "written again as it is wanted"
    RECREATE = "deleted and created, which has to be allowed"
    NEVER = "not by us"


@dataclasses.dataclass(frozen=True)
class Lifecycle:
    """The states of one kind of resource.

    :param fields: the properties that hold them, the most telling first; none where Azure shows no state.
    :param settled: those in which nothing is going on, and nothing has to be done; in lower case, as C(failed).
    :param failed: those that stay, and are not what anybody wanted.
    :param impact: what writing it again does to what runs.
    :param way_out: what the operator does where we do nothing.
    """

    fields: tuple[str, ...] = ()
    settled: frozenset[str] = frozenset({"succeeded"})
    failed: t.Mapping[str, Mend] = dataclasses.field(default_factory=dict)
    impact: Impact = Impact.NONE
    way_out: str = ""


_PROVISIONING = ("provisioningState",)
_WRITTEN_AGAIN = {"failed": Mend.WRITE, "canceled": Mend.WRITE}
_NO_STATE = Lifecycle()

TABLE: dict[str, Lifecycle] = {
    "resource_group": Lifecycle(_PROVISIONING, failed=_WRITTEN_AGAIN),
    "container_registry": Lifecycle(_PROVISIONING, failed=_WRITTEN_AGAIN),
    "container_group": Lifecycle(
        _PROVISIONING, failed={**_WRITTEN_AGAIN, "unhealthy": Mend.WRITE}, impact=Impact.RESTART
    ),
    "user_assigned_identity": _NO_STATE,
    "role_assignment": _NO_STATE,
    "traffic_manager_profile": _NO_STATE,
    "static_web_app": _NO_STATE,
    "postgresql_server": Lifecycle(
        ("state",),
        settled=frozenset({"ready", "stopped"}),
        failed={"disabled": Mend.NEVER, "inaccessible": Mend.NEVER, "failed": Mend.NEVER},
        way_out="The portal says why; a key it is encrypted with may be gone. Restore its data to another server "
        "(restore_database, or database_server_name and a dump), or remove it with teardown_stack.",
    ),
    "postgresql_firewall_rule": _NO_STATE,
    "postgresql_database": _NO_STATE,
    "postgresql_configuration": _NO_STATE,
    "backup": _NO_STATE,
    "redis_cache": Lifecycle(
        _PROVISIONING,
        failed={**_WRITTEN_AGAIN, "disabled": Mend.NEVER},
        impact=Impact.RESTART,
        way_out="Look at the cache in the portal: it was switched off by Azure, often for an unpaid subscription.",
    ),
    "managed_redis": Lifecycle(
        ("resourceState", "provisioningState"),
        settled=frozenset({"running", "succeeded"}),
        failed={
            "createfailed": Mend.RECREATE,
            "failed": Mend.WRITE,
            "canceled": Mend.WRITE,
            "updatefailed": Mend.WRITE,
            "scalingfailed": Mend.WRITE,
            "enablefailed": Mend.NEVER,
            "disablefailed": Mend.NEVER,
            "disabled": Mend.NEVER,
            "deletefailed": Mend.NEVER,
        },
        impact=Impact.RESTART,
        way_out="Look at the cache in the portal; remove it there, or with teardown_stack, and create it again.",
    ),
}
"""By the kind of resource, as modules call it."""


@dataclasses.dataclass(frozen=True)
class Failure:
    """A state that has failed, in Azure's words, and how it is mended."""

    state: str
    mend: Mend


def pending(kind: str, body: Body) -> str:
    """Return what Azure is still doing to a resource, or an empty string."""
    lifecycle = TABLE[kind]
    for state in _states(lifecycle, body):
        if state.lower() not in lifecycle.settled and not _failure(lifecycle, state):
            return state
    return ""


def failure(kind: str, body: Body | None) -> Failure | None:
    """Return how a resource has failed, or None where it has not, or something is still going on."""
    if body is None or pending(kind, body):
        return None
    if kind == "container_group" and _runs(body):
        return None  # Azure goes on trying after it has said Failed, and this group came up in the end
    lifecycle = TABLE[kind]
    return next((found for state in _states(lifecycle, body) if (found := _failure(lifecycle, state))), None)


def changes(kind: str, what: str, body: Body | None, *, allow_recreate: bool = False, allow: str = "") -> list[Change]:
    """Return the difference that a failed state is; none where it has not failed.

    :param what: the operator's words for the resource.
    :param allow: how it is allowed to delete and create it.
    :raises OperationsError: with code C(ProvisioningFailed) where the task cannot, or may not, mend it.
    """
    if (found := failure(kind, body)) is None:
        return []
    lifecycle = TABLE[kind]
    if found.mend is Mend.NEVER:
        raise OperationsError(f"{what} is {found.state}", code="ProvisioningFailed", remedy=lifecycle.way_out)
    if found.mend is Mend.RECREATE and not allow_recreate:
        raise OperationsError(
            f"{what} is {found.state}: Azure can only delete it and create it again",
            code="ProvisioningFailed",
            remedy=f"{allow} Whatever data it holds is lost by that.",
        )
    impact = Impact.DATA_LOSS if found.mend is Mend.RECREATE else lifecycle.impact
    return [Change((NAME,), found.state, WANTED, impact)]


def _states(lifecycle: Lifecycle, body: Body) -> t.Iterator[str]:
    properties = body.get("properties") or {}
    yield from (str(properties[field]) for field in lifecycle.fields if properties.get(field))


def _failure(lifecycle: Lifecycle, state: str) -> Failure | None:
    word = state.lower()
    if (mend := lifecycle.failed.get(word)) is not None:
        return Failure(state, mend)
    return Failure(state, Mend.NEVER) if word.endswith("failed") else None  # one that Azure has added meanwhile


def _runs(group: Body) -> bool:
    containers = (group.get("properties") or {}).get("containers") or []
    views = [(one.get("properties") or {}).get("instanceView") or {} for one in containers]
    return bool(views) and all((view.get("currentState") or {}).get("state") == "Running" for view in views)
