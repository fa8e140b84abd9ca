"""Container groups: what is stored of them, and what each request does to them."""

from __future__ import annotations

import hashlib
from typing import Any

from azure_simulator.containers.group import GroupSupervisor
from azure_simulator.containers.image import Image, pinned_name
from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.providers import region_name
from azure_simulator.core.routing import ArmRequest
from azure_simulator.core.service import Context
from azure_simulator.core.store import Document
from azure_simulator.services.container_instance import exceptions, rules
from azure_simulator.services.container_instance.identities import Identities
from azure_simulator.services.container_instance.images import Credential, Images, ImageUnavailable, ResolvedImage
from azure_simulator.services.container_instance.quotas import Quotas
from azure_simulator.services.container_instance.registries import SimulatedRegistries
from azure_simulator.services.container_instance.runner import Runner
from azure_simulator.services.container_instance.views import render, without_secrets

GROUPS = "containerGroups"
_RUNTIME = "containerGroupRuntime"
_LABELS = "dnsLabels"
_DEPLOY, _STOP = "containerGroup.deploy", "containerGroup.stop"
_SETTLED = frozenset({"Succeeded", "Failed"})


class ContainerGroups:
    """All container groups.

    Public properties are the document's body, the complete ones (with secrets) its private part. A second document
    remembers what only the engine knows: images by digest, events, restart counts, whether the group was stopped.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store
        self._runner = Runner(context, self._remember)
        self._identities = Identities(context)
        self._quotas = Quotas(context.store, GROUPS)
        self.images = Images(context.store, self._runner.images_folder, SimulatedRegistries(context))
        context.operations.define(_DEPLOY, self._deploy, self._deploy_failed)
        context.operations.define(_STOP, self._stop_work)

    # -- life of the simulator -----------------------------------------------------------------------------------

    async def startup(self) -> None:
        """End what a killed simulator left, and go on running what ran."""
        self._runner.end_orphans()
        for document in self._store.list(GROUPS):
            await self._take_up(document)

    async def shutdown(self) -> None:
        await self._runner.end_all()

    async def reset(self) -> None:
        await self._runner.clear()

    async def delete_resource_group(self, group_id: str) -> None:
        """Delete every container group of a resource group."""
        for document in self._store.list(GROUPS, f"{group_id}/"):
            await self._delete(document)

    async def _take_up(self, document: Document) -> None:
        runtime = self._runtime(document.id)
        if not runtime.get("snapshots") or document.body["properties"]["provisioningState"] not in _SETTLED:
            return  # never deployed, or its operation goes on and deploys it
        properties = document.private["properties"]
        images = self._cached_images(runtime)
        if images is None:
            return
        group = self._runner.prepare(document.id, properties, images, snapshots=runtime["snapshots"])
        if runtime.get("stopped"):
            group.mark_stopped()
        else:
            group.start()

    def _cached_images(self, runtime: dict[str, Any]) -> dict[str, Image] | None:
        images = {name: self.images.cached(record) for name, record in runtime.get("images", {}).items()}
        complete = {name: image for name, image in images.items() if image is not None}
        return complete if len(complete) == len(images) else None

    # -- reading -------------------------------------------------------------------------------------------------

    def get(self, group_id: str, api_version: str) -> dict[str, Any]:
        """One group with all instance views."""
        return self._view(self._document(group_id), api_version, containers=True)

    def below(self, scope: str, api_version: str) -> list[dict[str, Any]]:
        """Groups below a scope, without instance views."""
        return [render(document.body, api_version) for document in self._store.list(GROUPS, f"{scope}/")]

    def logs(self, group_id: str, container: str, tail: int | None, timestamps: bool) -> str:
        """What a container wrote."""
        document = self._document(group_id)
        self._refuse_transition(document)
        self._known_container(document, container)
        group = self._runner.get(group_id)
        if group is None:
            raise exceptions.logs_not_available(container)
        every = {**group.init_containers, **group.containers}
        return every[container].log.read(tail=tail, timestamps=timestamps)

    def events(self, group_id: str) -> list[dict[str, Any]]:
        """Events of all its containers, as a status answer lists them."""
        snapshots = self._runtime(group_id).get("snapshots", {})
        return [event for snapshot in snapshots.values() for event in snapshot.get("events", [])]

    def usages(self, location: str) -> list[dict[str, Any]]:
        return self._quotas.usages(region_name(location))

    def require_container(self, group_id: str, container: str) -> None:
        """404 unless the group has this container."""
        self._known_container(self._document(group_id), container)

    # -- changing ------------------------------------------------------------------------------------------------

    def put(self, request: ArmRequest, group_id: str, body: dict[str, Any]) -> tuple[bool, dict[str, Any], Operation]:
        """Create a group or update it as a whole; whether it is new, its view, and the operation that deploys it."""
        name = group_id.rsplit("/", 1)[-1]
        wanted = rules.parse(name, body)
        old = self._store.get(GROUPS, group_id)
        running = self._check_update(group_id, name, wanted, old)
        cpu, memory = rules.amounts(wanted.properties)
        if request.fault("capacity") or cpu > rules.MOST_CPU or memory > rules.MOST_MEMORY_GB:
            raise exceptions.no_capacity(wanted.location, cpu, memory, wanted.properties["osType"])
        if old is None:
            self._quotas.require(wanted.location, cpu)
        self._check_label(group_id, name, wanted)
        identity = self._identities.resolve(group_id, wanted.identity)
        images = self._resolve_images(name, wanted.properties)
        stored: dict[str, Any] = {
            "id": old.id if old else group_id,
            "name": old.body["name"] if old else name,
            "type": rules.RESOURCE_TYPE,
            "location": wanted.location,
            "properties": without_secrets(wanted.properties),
        }
        for member, value in (("identity", identity), ("zones", wanted.zones), ("tags", wanted.tags)):
            if value is not None:
                stored[member] = value
        self._set_address(stored, running)
        stored["properties"]["provisioningState"] = "Pending"
        runtime = self._runtime(group_id)
        with self._store.transaction():
            document = self._store.put(GROUPS, group_id, stored, {"properties": wanted.properties})
            self._put_runtime(group_id, runtime | {"images": {key: item.record() for key, item in images.items()}})
            operation = self._context.operations.start(
                request,
                _DEPLOY,
                document.id,
                duration="container_group.restart" if running else "container_group.create",
                status="Pending",
            )
        return old is None, self._view(document, request.api_version, containers=False), operation

    def patch(self, group_id: str, tags: dict[str, str] | None, api_version: str) -> dict[str, Any]:
        """Replace the tags; nothing restarts."""
        document = self._document(group_id)
        if tags is not None:
            document.body["tags"] = tags
            self._store.put(GROUPS, group_id, document.body)
        return self._view(document, api_version, containers=False)

    async def delete(self, group_id: str, api_version: str) -> dict[str, Any] | None:
        """Delete a group and answer its last state; None if there is none."""
        document = self._store.get(GROUPS, group_id)
        if document is None:
            return None
        self._refuse_transition(document)
        last = self._view(document, api_version, containers=True)
        await self._delete(document)
        return last

    def restart(self, request: ArmRequest, group_id: str) -> Operation:
        """Start all containers anew, with what the images' tags now stand for."""
        document = self._document(group_id)
        active = self._context.operations.active(group_id)
        if active is not None and document.body["properties"]["provisioningState"] == "Updating":
            return active
        self._refuse_transition(document)
        return self._redeploy(request, document, "container_group.restart")

    def start(self, request: ArmRequest, group_id: str) -> Operation | None:
        """Start a group that is stopped or has ended; None when it runs already."""
        document = self._document(group_id)
        self._refuse_transition(document)
        group = self._runner.get(group_id)
        if group is not None and group.state in ("Running", "Pending"):
            return None
        return self._redeploy(request, document, "container_group.start")

    def stop(self, request: ArmRequest, group_id: str) -> None:
        """Stop all containers; the provisioning state stays Succeeded."""
        document = self._document(group_id)
        self._refuse_transition(document)
        if not self._runtime(group_id).get("stopped"):
            self._context.operations.start(request, _STOP, document.id, duration="container_group.stop")

    def crash(self, group_id: str, container: str | None) -> list[str]:
        """Kill the processes of a group's containers (or of one); the names of those that ran."""
        document = self._document(group_id)
        group = self._runner.get(group_id)
        if container is not None:
            self._known_container(document, container)
        every = group.containers.items() if group is not None else ()
        return [name for name, item in every if container in (None, name) and item.crash()]

    def reserve_label(self, label: str, location: str) -> None:
        """Let another customer have a DNS label, for rehearsing that it is taken."""
        self._store.put(_LABELS, f"{region_name(location)}/{label}", {"label": label})

    # -- operations ----------------------------------------------------------------------------------------------

    async def _deploy(self, operation: Operation) -> None:
        document = self._store.get(GROUPS, operation.resource_id)
        if document is None:
            return  # deleted together with its resource group
        if document.body["properties"]["provisioningState"] == "Pending":
            self._set_state(document, "Creating")
        operation.status = "Creating"
        self._context.operations.save(operation)
        name, properties = document.body["name"], document.private["properties"]
        # Azure, too, ends the old containers before it fetches what the new ones need: every update is an outage.
        await self._runner.end(document.id)
        runtime = self._runtime(document.id)
        events = {
            container["name"]: self._runner.events(container["name"], runtime.get("snapshots", {}))
            for container in (*properties["containers"], *properties["initContainers"])
        }
        images: dict[str, Image] = {}
        for key, record in runtime["images"].items():
            image = self.images.cached(record)
            pinned = pinned_name(record["name"], record["digest"])
            events[key].add("Pulling", f'pulling image "{pinned}"')
            if image is None:
                await self._context.clock.wait(self._context.durations.seconds("container_group.pull"))
                image = await self._pull(name, properties, record)
            events[key].add("Pulled", f'Successfully pulled image "{pinned}"')
            images[key] = image
        group = self._runner.prepare(document.id, properties, images, events=events)
        self._put_runtime(document.id, {**runtime, "stopped": False})
        group.start()
        await group.started()
        if (document := self._store.get(GROUPS, operation.resource_id)) is not None:
            self._show_ip(document.body)
            self._set_state(document, "Succeeded")
            self._remember(document.id)

    async def _deploy_failed(self, operation: Operation, error: ArmError) -> None:
        if (document := self._store.get(GROUPS, operation.resource_id)) is not None:
            self._set_state(document, "Failed")

    async def _pull(self, name: str, properties: dict[str, Any], record: dict[str, Any]) -> Image:
        """Fetch by digest what was accepted by name: the tag may have moved since."""
        try:
            resolved = self.images.resolve(pinned_name(record["name"], record["digest"]), self._credentials(properties))
            return await self.images.unpack(
                ResolvedImage(record["name"], resolved.digest, resolved.config, resolved.layers, resolved.open_blob)
            )
        except ImageUnavailable as error:
            raise exceptions.inaccessible_image(record["name"], name) from error

    async def _stop_work(self, operation: Operation) -> None:
        group = self._runner.get(operation.resource_id)
        if group is not None:
            await group.stop()
        if self._store.get(GROUPS, operation.resource_id) is not None:
            self._put_runtime(operation.resource_id, self._runtime(operation.resource_id) | {"stopped": True})

    def _redeploy(self, request: ArmRequest, document: Document, duration: str) -> Operation:
        images = self._resolve_images(document.body["name"], document.private["properties"])
        records = {key: item.record() for key, item in images.items()}
        with self._store.transaction():
            self._put_runtime(document.id, self._runtime(document.id) | {"images": records})
            self._set_state(document, "Updating")
            return self._context.operations.start(request, _DEPLOY, document.id, duration=duration, status="Pending")

    # -- checks --------------------------------------------------------------------------------------------------

    def _check_update(self, group_id: str, name: str, wanted: rules.GroupRequest, old: Document | None) -> bool:
        """Whether this updates a group that runs; raises what Azure refuses."""
        if old is None:
            return False
        self._refuse_transition(old)
        if old.body["location"] != wanted.location:
            resource_group = group_id.split("/")[4]
            raise exceptions.wrong_location(name, resource_group, old.body["location"], wanted.location)
        group = self._runner.get(group_id)
        if group is None or group.state in ("Succeeded", "Failed", "Stopped"):
            return False  # a group that has ended is deployed as if it were new
        if changes := rules.forbidden_changes(old.private["properties"], wanted.properties):
            raise exceptions.invalid_update(name, changes)
        return True

    def _check_label(self, group_id: str, name: str, wanted: rules.GroupRequest) -> None:
        address = wanted.properties.get("ipAddress") or {}
        label = address.get("dnsNameLabel")
        if label is None or address["autoGeneratedDomainNameLabelScope"] == "Noreuse":
            return
        key = self._label_key(group_id, wanted.location, address)
        taken = self._store.get(_LABELS, f"{wanted.location}/{label}") is not None and key[2] == ""
        for document in self._store.list(GROUPS):
            other = document.body["properties"].get("ipAddress") or {}
            if document.id.lower() != group_id.lower() and other.get("dnsNameLabel"):
                taken = taken or self._label_key(document.id, document.body["location"], other) == key
        if taken:
            raise exceptions.dns_label_taken(label, name)

    def _label_key(self, group_id: str, location: str, address: dict[str, Any]) -> tuple[str, str, str]:
        """What must be unique: region, label, and the part that the scope puts between them."""
        account = self._context.settings.account
        inserted = {
            "Unsecure": "",
            "TenantReuse": account.tenant_id,
            "SubscriptionReuse": account.subscription_id,
            "ResourceGroupReuse": "/".join(group_id.split("/")[:5]).lower(),
            "Noreuse": group_id.lower(),
        }[address["autoGeneratedDomainNameLabelScope"]]
        return location, address["dnsNameLabel"], inserted and hashlib.sha256(inserted.encode()).hexdigest()[:16]

    def _resolve_images(self, name: str, properties: dict[str, Any]) -> dict[str, ResolvedImage]:
        credentials = self._credentials(properties)
        images = {}
        for container in (*properties["containers"], *properties["initContainers"]):
            image = container["properties"]["image"]
            try:
                images[container["name"]] = self.images.resolve(image, credentials)
            except ImageUnavailable as error:
                raise exceptions.inaccessible_image(image, name) from error
        return images

    def _credentials(self, properties: dict[str, Any]) -> list[Credential]:
        credentials = []
        for item in properties.get("imageRegistryCredentials", []):
            principal = self._identities.principal_of(item["identity"]) if "identity" in item else ""
            credentials.append(
                Credential(item["server"], item.get("username", ""), item.get("password", ""), principal)
            )
        return credentials

    def _refuse_transition(self, document: Document) -> None:
        if self._context.operations.active(document.id) is not None:
            raise exceptions.transitioning(document.body["name"])

    def _known_container(self, document: Document, container: str) -> None:
        properties = document.body["properties"]
        if container not in {item["name"] for item in (*properties["containers"], *properties["initContainers"])}:
            raise exceptions.container_not_found(container, document.body["name"])

    # -- documents -----------------------------------------------------------------------------------------------

    def _document(self, group_id: str) -> Document:
        document = self._store.get(GROUPS, group_id)
        if document is None:
            raise exceptions.group_not_found(group_id.rsplit("/", 1)[-1])
        return document

    def _runtime(self, group_id: str) -> dict[str, Any]:
        document = self._store.get(_RUNTIME, group_id)
        return document.body if document else {}

    def _put_runtime(self, group_id: str, runtime: dict[str, Any]) -> None:
        self._store.put(_RUNTIME, group_id, runtime)

    def _remember(self, group_id: str) -> None:
        """Store what the engine knows of a group, so that it is not lost when the simulator is killed."""
        group = self._runner.get(group_id)
        if group is None:
            return
        every = {**group.init_containers, **group.containers}
        snapshots = {name: container.snapshot() for name, container in every.items()}
        self._put_runtime(group_id, {**self._runtime(group_id), "snapshots": snapshots})

    def _set_state(self, document: Document, state: str) -> None:
        document.body["properties"]["provisioningState"] = state
        self._store.put(GROUPS, document.id, document.body)

    def _set_address(self, stored: dict[str, Any], running: bool) -> None:
        """The group's own loopback address stands for both its IP address and its name.

        The name is known at once, the address only when the group has been deployed.
        """
        group_id, address = stored["id"], stored["properties"].get("ipAddress")
        if address is None:
            self._context.addresses.release(group_id)
            return
        ip = self._context.addresses.allocate(group_id)
        # A client that sends back what it read sends the address, too; it is not the client's to choose.
        address.pop("ip", None)
        if "dnsNameLabel" in address:
            address["fqdn"] = ip
        if running:
            self._show_ip(stored)

    def _show_ip(self, stored: dict[str, Any]) -> None:
        if (address := stored["properties"].get("ipAddress")) is not None:
            ip = self._context.addresses.allocate(stored["id"])
            stored["properties"]["ipAddress"] = {"ports": address["ports"], "ip": ip, **address}

    def _view(self, document: Document, api_version: str, *, containers: bool) -> dict[str, Any]:
        group: GroupSupervisor | None = self._runner.get(document.id)
        state = group.state if group is not None else "Pending"
        body = document.body
        if body["properties"]["provisioningState"] == "Failed" and group is None:
            state = "Failed"
        views = None
        if containers and group is not None:
            every = {**group.init_containers, **group.containers}
            views = {name: container.snapshot() for name, container in every.items()}
        return render(body, api_version, state=state, containers=views)

    async def _delete(self, document: Document) -> None:
        self._context.operations.cancel(document.id)
        with self._store.transaction():
            self._store.delete(GROUPS, document.id)
            self._store.delete(_RUNTIME, document.id)
        await self._runner.delete(document.id)
        self._identities.forget(document.id)
