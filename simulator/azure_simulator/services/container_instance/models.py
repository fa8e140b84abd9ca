"""Container groups: what each request means for what is stored and what runs."""

from __future__ import annotations

from typing import Any

from azure_simulator.core.errors import location_fixed
from azure_simulator.core.operations import Operation
from azure_simulator.core.providers import region_name
from azure_simulator.core.routing import ArmRequest
from azure_simulator.core.service import Context
from azure_simulator.core.store import Document
from azure_simulator.services.container_instance import exceptions, rules
from azure_simulator.services.container_instance.deployments import Deployments
from azure_simulator.services.container_instance.documents import GROUPS, Documents
from azure_simulator.services.container_instance.identities import Identities
from azure_simulator.services.container_instance.images import Images
from azure_simulator.services.container_instance.labels import Labels
from azure_simulator.services.container_instance.quotas import Quotas
from azure_simulator.services.container_instance.registries import SimulatedRegistries
from azure_simulator.services.container_instance.runner import Runner
from azure_simulator.services.container_instance.views import render, without_secrets


class ContainerGroups:
    """All container groups of the subscription."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._documents = Documents(context.store)
        self._runner = Runner(context, self._remember)
        self._identities = Identities(context)
        self._labels = Labels(context.store, GROUPS, context.settings.account)
        self._quotas = Quotas(context.store, GROUPS)
        self.images = Images(context.store, self._runner.images_folder, SimulatedRegistries(context))
        self._deployments = Deployments(context, self._documents, self.images, self._identities, self._runner)

    # -- life of the simulator ---------------------------------------------------------------------------------------

    async def startup(self) -> None:
        """End what a killed simulator left, and go on running what ran."""
        self._runner.end_orphans()
        for document in self._documents.below():
            self._deployments.take_up(document)

    async def shutdown(self) -> None:
        await self._runner.end_all()

    async def reset(self) -> None:
        await self._runner.clear()

    async def delete_resource_group(self, group_id: str) -> None:
        """Delete every container group of a resource group."""
        for document in self._documents.below(group_id):
            await self._delete(document)

    # -- reading -----------------------------------------------------------------------------------------------------

    def get(self, group_id: str, api_version: str) -> dict[str, Any]:
        """One group with all instance views."""
        return self._view(self._documents.get(group_id), api_version, containers=True)

    def below(self, scope: str, api_version: str) -> list[dict[str, Any]]:
        """Groups below a scope, without instance views."""
        return [render(document.body, api_version) for document in self._documents.below(scope)]

    def logs(self, group_id: str, container: str, tail: int | None, timestamps: bool) -> str:
        """What a container wrote."""
        document = self._documents.get(group_id)
        self._deployments.refuse_transition(document)
        self._known_container(document, container)
        group = self._runner.get(group_id)
        if group is None:
            raise exceptions.logs_not_available(container)
        return group.every[container].log.read(tail=tail, timestamps=timestamps)

    def events(self, group_id: str) -> list[dict[str, Any]]:
        """Events of all its containers, as a status answer lists them."""
        snapshots = self._documents.runtime(group_id).get("snapshots", {})
        return [event for snapshot in snapshots.values() for event in snapshot.get("events", [])]

    def usages(self, location: str) -> list[dict[str, Any]]:
        """What is used of the region's quotas."""
        return self._quotas.usages(region_name(location))

    def require_container(self, group_id: str, container: str) -> None:
        """404 unless the group has this container."""
        self._known_container(self._documents.get(group_id), container)

    # -- changing ----------------------------------------------------------------------------------------------------

    def put(self, request: ArmRequest, group_id: str, body: dict[str, Any]) -> tuple[bool, dict[str, Any], Operation]:
        """Create a group or update it as a whole; whether it is new, its view, and the operation that deploys it."""
        name = group_id.rsplit("/", 1)[-1]
        wanted = rules.parse(name, body)
        old = self._documents.find(group_id)
        running = old is not None and self._check_update(old, wanted)
        cpu, memory = rules.amounts(wanted.properties)
        if request.fault("capacity") or cpu > rules.MOST_CPU or memory > rules.MOST_MEMORY_GB:
            raise exceptions.no_capacity(wanted.location, cpu, memory, wanted.properties["osType"])
        if old is None:
            self._quotas.require(wanted.location, cpu)
        self._labels.require(group_id, wanted.location, wanted.properties.get("ipAddress") or {})
        self._identities.check(wanted.identity)
        images = self._deployments.resolve_images(name, wanted.properties)
        with self._documents.transaction():
            document = self._store(old.id if old else group_id, old.body["name"] if old else name, wanted, running)
            duration = "container_group.restart" if running else "container_group.create"
            operation = self._deployments.deploy(request, document, images, duration)
        return old is None, self._view(document, request.api_version, containers=False), operation

    def patch(self, group_id: str, tags: dict[str, str] | None, api_version: str) -> dict[str, Any]:
        """Replace the tags; nothing restarts."""
        document = self._documents.get(group_id)
        if tags is not None:
            document.body["tags"] = tags
            self._documents.put(document.body)
        return self._view(document, api_version, containers=False)

    async def delete(self, group_id: str, api_version: str) -> dict[str, Any] | None:
        """Delete a group and answer its last state; None if there is none."""
        document = self._documents.find(group_id)
        if document is None:
            return None
        self._deployments.refuse_transition(document)
        last = self._view(document, api_version, containers=True)
        await self._delete(document)
        return last

    def restart(self, request: ArmRequest, group_id: str) -> Operation:
        """Start all containers anew, with what the images' tags now stand for."""
        document = self._documents.get(group_id)
        active = self._context.operations.active(group_id)
        if active is not None and document.body["properties"]["provisioningState"] == "Updating":
            return active
        self._deployments.refuse_transition(document)
        return self._redeploy(request, document, "container_group.restart")

    def start(self, request: ArmRequest, group_id: str) -> Operation | None:
        """Start a group that is stopped or has ended; None when it runs already."""
        document = self._documents.get(group_id)
        self._deployments.refuse_transition(document)
        group = self._runner.get(group_id)
        if group is not None and group.state in ("Running", "Pending"):
            return None
        return self._redeploy(request, document, "container_group.start")

    def stop(self, request: ArmRequest, group_id: str) -> None:
        """Stop all containers; the provisioning state stays Succeeded."""
        document = self._documents.get(group_id)
        self._deployments.refuse_transition(document)
        if not self._documents.runtime(group_id).get("stopped"):
            self._deployments.stop(request, document)

    def crash(self, group_id: str, container: str | None) -> list[str]:
        """Kill the processes of a group's containers (or of one); the names of those that ran."""
        document = self._documents.get(group_id)
        if container is not None:
            self._known_container(document, container)
        group = self._runner.get(group_id)
        every = group.containers.items() if group is not None else ()
        return [name for name, item in every if container in (None, name) and item.crash()]

    def reserve_label(self, label: str, location: str) -> None:
        """Let another customer have a DNS label, for rehearsing that it is taken."""
        self._labels.reserve(label, region_name(location))

    # -- how ---------------------------------------------------------------------------------------------------------

    def _check_update(self, old: Document, wanted: rules.GroupRequest) -> bool:
        """Whether this updates a group that runs; raises what Azure refuses."""
        self._deployments.refuse_transition(old)
        name, location = old.body["name"], old.body["location"]
        if location != wanted.location:
            raise location_fixed(name, old.id.split("/")[4], location, wanted.location)
        group = self._runner.get(old.id)
        if group is None or group.state in ("Succeeded", "Failed", "Stopped"):
            return False  # a group that has ended is deployed as if it were new
        if changes := rules.forbidden_changes(old.private["properties"], wanted.properties):
            raise exceptions.invalid_update(name, changes)
        return True

    def _store(self, group_id: str, name: str, wanted: rules.GroupRequest, running: bool) -> Document:
        body: dict[str, Any] = {
            "id": group_id,
            "name": name,
            "type": rules.RESOURCE_TYPE,
            "location": wanted.location,
            "properties": {**without_secrets(wanted.properties), "provisioningState": "Pending"},
        }
        identity = self._identities.assign(group_id, wanted.identity)
        for member, value in (("identity", identity), ("zones", wanted.zones), ("tags", wanted.tags)):
            if value is not None:
                body[member] = value
        self._set_address(body, running)
        return self._documents.put(body, wanted.properties)

    def _set_address(self, body: dict[str, Any], running: bool) -> None:
        """The group's own loopback address stands for both its IP address and its name."""
        address = body["properties"].get("ipAddress")
        if address is None:
            self._context.addresses.release(body["id"])
            return
        ip = self._context.addresses.allocate(body["id"])
        # A client that sends back what it read sends the address, too; it is not the client's to choose.
        address.pop("ip", None)
        if running:
            address["ip"] = ip
        if "dnsNameLabel" in address:
            address["fqdn"] = ip

    def _redeploy(self, request: ArmRequest, document: Document, duration: str) -> Operation:
        images = self._deployments.resolve_images(document.body["name"], document.private["properties"])
        with self._documents.transaction():
            self._documents.set_state(document, "Updating")
            return self._deployments.deploy(request, document, images, duration)

    async def _delete(self, document: Document) -> None:
        with self._deployments.deleting(document):
            await self._runner.delete(document.id)
            self._documents.delete(document.id)
            self._identities.forget(document.id)

    def _known_container(self, document: Document, container: str) -> None:
        properties = document.body["properties"]
        if container not in {item["name"] for item in (*properties["containers"], *properties["initContainers"])}:
            raise exceptions.container_not_found(container, document.body["name"])

    def _remember(self, group_id: str) -> None:
        """Store what the engine knows of a group, so that it is not lost when the simulator is killed."""
        group = self._runner.get(group_id)
        if group is not None:
            self._documents.update_runtime(group_id, snapshots=group.snapshots())

    def _view(self, document: Document, api_version: str, *, containers: bool) -> dict[str, Any]:
        group = self._runner.get(document.id)
        if group is None:
            failed = document.body["properties"]["provisioningState"] == "Failed"
            return render(document.body, api_version, state="Failed" if failed else "Pending")
        views = group.snapshots() if containers else None
        return render(document.body, api_version, state=group.state, containers=views)
