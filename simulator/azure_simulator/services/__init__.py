"""The services of the simulator, one package each: `models.py` stores and decides, `routes.py` parses and answers."""

from __future__ import annotations

from importlib import import_module

from azure_simulator.core.service import Context, Service

# Order matters for startup: what others look up comes first.
SERVICES = (
    "azure_simulator.services.metadata.routes:MetadataService",
    "azure_simulator.services.identity.routes:IdentityService",
    "azure_simulator.services.resources.routes:ResourcesService",
    "azure_simulator.services.authorization.routes:AuthorizationService",
    "azure_simulator.services.managed_identity.routes:ManagedIdentityService",
    "azure_simulator.services.key_vault.routes:KeyVaultService",
    "azure_simulator.services.container_registry.routes:ContainerRegistryService",
    "azure_simulator.services.registry_tasks.routes:RegistryTasksService",
    "azure_simulator.services.postgresql.routes:PostgreSqlService",
    "azure_simulator.services.redis.routes:RedisService",
    "azure_simulator.services.managed_redis.routes:ManagedRedisService",
    "azure_simulator.services.container_instance.routes:ContainerInstanceService",
    "azure_simulator.services.traffic_manager.routes:TrafficManagerService",
    "azure_simulator.services.static_sites.routes:StaticSitesService",
)


def load(context: Context) -> list[Service]:
    """Create every service."""
    services: list[Service] = []
    for name in SERVICES:
        module, _, attribute = name.partition(":")
        services.append(getattr(import_module(module), attribute)(context))
    return services
