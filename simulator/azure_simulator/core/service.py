"""What a simulated service is, and what it gets to work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from azure_simulator.core.routing import Handler, Route

if TYPE_CHECKING:
    from azure_simulator.core.addresses import Addresses
    from azure_simulator.core.clock import Clock
    from azure_simulator.core.durations import Durations
    from azure_simulator.core.faults import Faults
    from azure_simulator.core.listeners import Listeners
    from azure_simulator.core.operations import Operations
    from azure_simulator.core.request_log import RequestLog
    from azure_simulator.core.store import Store
    from azure_simulator.core.throttling import Throttle
    from azure_simulator.services.authorization.roles import Authorizer
    from azure_simulator.services.identity.tokens import Tokens
    from azure_simulator.settings import Settings

ControlHook = Callable[[dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class ResourceType:
    """A type as the provider list shows it. `name` without the namespace; regions in display form."""

    name: str
    api_versions: tuple[str, ...]
    locations: tuple[str, ...] = ()


@dataclass
class Context:
    """Everything shared. One per simulator; services are found by class with `service()`."""

    settings: Settings
    store: Store
    clock: Clock
    durations: Durations
    operations: Operations
    addresses: Addresses
    faults: Faults
    requests: RequestLog
    throttle: Throttle
    listeners: Listeners
    tokens: Tokens
    authorizer: Authorizer
    services: list[Service] = field(default_factory=list)
    hooks: dict[str, ControlHook] = field(default_factory=dict)

    def service(self, kind: type[ServiceT]) -> ServiceT:
        """The loaded service of that class; KeyError when it is not loaded."""
        for service in self.services:
            if isinstance(service, kind):
                return service
        raise KeyError(kind.__name__)

    def providers(self, namespace: str) -> list[Service]:
        """The loaded services of a provider namespace (without case)."""
        named = (service for service in self.services if service.namespace is not None)
        return [service for service in named if str(service.namespace).lower() == namespace.lower()]

    def hook(self, name: str, handler: ControlHook) -> None:
        """Offer `POST /_simulator/NAME`; the handler gets the JSON body and returns the JSON answer."""
        self.hooks[name] = handler


class Service:
    """Base of a simulated service. Subclasses set the class attributes and give `routes()`."""

    namespace: ClassVar[str | None] = None
    resource_types: ClassVar[Sequence[ResourceType]] = ()
    api_versions: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, context: Context) -> None:
        self.context = context

    def routes(self) -> Iterable[Route]:
        """All routes of the service."""
        return ()

    def route(self, method: str, template: str, handler: Handler, **options: Any) -> Route:
        """A route with the service's api-versions unless `api_versions=` says otherwise."""
        options.setdefault("api_versions", self.api_versions)
        return Route(method, template, handler, **options)

    async def startup(self) -> None:
        """Called once at each start, before operations are resumed and before requests are served."""

    async def shutdown(self) -> None:
        """Called when the simulator stops in order."""

    async def reset(self) -> None:
        """Forget everything; the store is cleared right after."""

    async def delete_group(self, group_id: str) -> None:
        """Delete all resources of the service in a resource group that is being deleted."""

    def has_principal(self, object_id: str) -> bool:
        """Whether the service knows a principal of this (lower-case) id: an application, an identity of a resource."""
        return False

    def resources(self, scope: str) -> list[dict[str, Any]]:
        """Tracked resources under a subscription or group id, as `GET …/resources` lists them (whole bodies)."""
        return []


ServiceT = TypeVar("ServiceT", bound=Service)
