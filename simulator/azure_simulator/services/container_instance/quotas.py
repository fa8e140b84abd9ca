"""Default limits of a subscription in one region, and how much of them is used."""

from __future__ import annotations

import math
from typing import Any

from azure_simulator.core.store import Store
from azure_simulator.services.container_instance import exceptions
from azure_simulator.services.container_instance.rules import amounts

# Microsoft's "Resource availability & quota limits for ACI": 100 groups and 100 standard cores a region.
GROUPS_PER_REGION, CORES_PER_REGION = 100, 100


class Quotas:
    """Counts stored container groups."""

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self._kind = kind

    def require(self, location: str, cpu: float) -> None:
        """400 ContainerGroupQuotaReached if one more group with so many CPUs is too much."""
        groups, cores = self._used(location)
        if groups >= GROUPS_PER_REGION:
            raise exceptions.quota_reached("ContainerGroups", location, GROUPS_PER_REGION, groups, 1)
        wanted = math.ceil(cpu)
        if cores + wanted > CORES_PER_REGION:
            raise exceptions.quota_reached("StandardCores", location, CORES_PER_REGION, cores, wanted)

    def usages(self, location: str) -> list[dict[str, Any]]:
        """As `GET …/locations/{location}/usages` lists them."""
        groups, cores = self._used(location)
        return [
            _usage("ContainerGroups", "Container Groups", groups, GROUPS_PER_REGION),
            _usage("StandardCores", "Standard Cores", cores, CORES_PER_REGION),
        ]

    def _used(self, location: str) -> tuple[int, int]:
        here = [document for document in self._store.list(self._kind) if document.body["location"] == location]
        return len(here), math.ceil(sum(amounts(document.body["properties"])[0] for document in here))


def _usage(name: str, text: str, used: int, limit: int) -> dict[str, Any]:
    return {
        "unit": "Count",
        "currentValue": used,
        "limit": limit,
        "name": {"value": name, "localizedValue": text},
    }
