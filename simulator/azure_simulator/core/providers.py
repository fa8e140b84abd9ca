"""Resource providers: which exist, which are registered, and what to say about paths nobody routes."""

from __future__ import annotations

from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.core.service import Context, Service
from azure_simulator.core.store import Store

_KIND = "providers"
GROUPS = "resourceGroups"

# Registered in every subscription from the beginning.
ALWAYS_REGISTERED = frozenset({"microsoft.resources", "microsoft.authorization"})

# Namespaces Azure has and the simulator does not: a request for one is answered 501, never with success.
NOT_SIMULATED = (
    "Microsoft.App",
    "Microsoft.Cdn",
    "Microsoft.Compute",
    "Microsoft.DBforMySQL",
    "Microsoft.DocumentDB",
    "Microsoft.EventGrid",
    "Microsoft.EventHub",
    "Microsoft.Insights",
    "Microsoft.OperationalInsights",
    "Microsoft.RecoveryServices",
    "Microsoft.Search",
    "Microsoft.ServiceBus",
    "Microsoft.Sql",
    "Microsoft.Storage",
)

REGIONS = (
    "East US",
    "East US 2",
    "Central US",
    "North Central US",
    "South Central US",
    "West Central US",
    "West US",
    "West US 2",
    "West US 3",
    "Canada Central",
    "Canada East",
    "Brazil South",
    "North Europe",
    "West Europe",
    "UK South",
    "UK West",
    "France Central",
    "Germany West Central",
    "Italy North",
    "Norway East",
    "Poland Central",
    "Spain Central",
    "Sweden Central",
    "Switzerland North",
    "South Africa North",
    "UAE North",
    "Qatar Central",
    "Israel Central",
    "Australia East",
    "Australia Southeast",
    "Central India",
    "South India",
    "West India",
    "Japan East",
    "Japan West",
    "Korea Central",
    "Korea South",
    "East Asia",
    "Southeast Asia",
    "New Zealand North",
    "Mexico Central",
)


def region_name(location: str) -> str:
    """`East US` and `eastus` alike become `eastus`."""
    return location.replace(" ", "").lower()


REGION_NAMES = frozenset(region_name(region) for region in REGIONS)


def check_location(location: Any, resource_type: str) -> str:
    """The region in its short form; 400 as ARM answers for none or an unknown one."""
    if not isinstance(location, str) or not location.strip():
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.", gateway=True)
    name = region_name(location)
    if name not in REGION_NAMES:
        message = (
            f"The provided location '{location}' is not available for resource type '{resource_type}'. "
            f"List of available regions for the resource type is '{','.join(sorted(REGION_NAMES))}'."
        )
        raise ArmError(400, "LocationNotAvailableForResourceType", message, gateway=True)
    return name


class Providers:
    """Registration states, and the provider list."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        self._context = context

    def registered(self, namespace: str) -> bool:
        """Whether writes to the namespace are allowed."""
        return self.state(namespace) in ("Registered", "Registering")

    def state(self, namespace: str) -> str:
        """`Registered`, `Registering`, `Unregistering` or `NotRegistered`."""
        if namespace.lower() in ALWAYS_REGISTERED:
            return "Registered"
        document = self._store.get(_KIND, namespace)
        return str(document.body["registrationState"]) if document else "NotRegistered"

    def set_state(self, namespace: str, state: str) -> None:
        self._store.put(_KIND, namespace, {"registrationState": state})

    def canonical(self, namespace: str) -> str | None:
        """Azure's own spelling of a namespace, or None when Azure has none of that name."""
        for name in self.names():
            if name.lower() == namespace.lower():
                return name
        return None

    def names(self) -> list[str]:
        simulated = {service.namespace for service in self._context.services if service.namespace}
        return sorted(simulated | set(NOT_SIMULATED))

    def describe(self, namespace: str) -> dict[str, Any]:
        """One provider as GET answers it."""
        services = self._context.providers(namespace)
        return {
            "id": f"/subscriptions/{self._context.settings.account.subscription_id}/providers/{namespace}",
            "namespace": namespace,
            "resourceTypes": _types(services),
            "registrationState": self.state(namespace),
            "registrationPolicy": (
                "RegistrationFree" if namespace.lower() in ALWAYS_REGISTERED else "RegistrationRequired"
            ),
        }

    def group_state(self, group: str) -> str | None:
        """Provisioning state of a resource group, None when there is none."""
        account = self._context.settings.account
        document = self._store.get(GROUPS, f"/subscriptions/{account.subscription_id}/resourceGroups/{group}")
        return str(document.body["properties"]["provisioningState"]) if document else None

    def unknown(self, method: str, path: str) -> ArmError:
        """The error for a path without a route: 501 for what Azure has, 404 or 400 for what it has not either."""
        segments = [segment for segment in path.split("/") if segment]
        lowered = [segment.lower() for segment in segments]
        index = len(lowered) - 1 - lowered[::-1].index("providers") if "providers" in lowered else None
        if index is None or index + 1 >= len(segments):
            return ArmError(404, "NotFound", f"The simulator has no route for {method} {path}.")
        namespace = segments[index + 1]
        if self.canonical(namespace) is None:
            message = f"The resource namespace '{namespace}' is invalid."
            return ArmError(404, "InvalidResourceNamespace", message, gateway=True)
        message = f"Azure may have {method} {path}, but this simulator does not implement it."
        return ArmError(501, "NotImplementedBySimulator", message)


def _types(services: list[Service]) -> list[dict[str, Any]]:
    return [
        {
            "resourceType": kind.name,
            "locations": list(kind.locations),
            "apiVersions": sorted(kind.api_versions, reverse=True),
            "capabilities": "SupportsTags, SupportsLocation" if "/" not in kind.name else "None",
        }
        for service in services
        for kind in service.resource_types
    ]
