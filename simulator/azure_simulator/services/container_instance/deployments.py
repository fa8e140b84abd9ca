"""Operations on container groups: what happens between an accepted request and running containers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from azure_simulator.containers.image import Image, pinned_name
from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.routing import ArmRequest
from azure_simulator.core.service import Context
from azure_simulator.core.store import Document
from azure_simulator.services.container_instance import exceptions
from azure_simulator.services.container_instance.documents import SETTLED, Documents
from azure_simulator.services.container_instance.identities import Identities
from azure_simulator.services.container_instance.images import Credential, Images, ImageUnavailable, ResolvedImage
from azure_simulator.services.container_instance.runner import Runner

_log = logging.getLogger(__name__)
_DEPLOY, _STOP = "containerGroup.deploy", "containerGroup.stop"


class Deployments:
    """Starts operations, does their work, and takes running groups up again after a restart of the simulator."""

    def __init__(
        self, context: Context, documents: Documents, images: Images, identities: Identities, runner: Runner
    ) -> None:
        self._context = context
        self._documents = documents
        self._images = images
        self._identities = identities
        self._runner = runner
        self._deleting: set[str] = set()
        context.operations.define(_DEPLOY, self._deploy, self._deploy_failed)
        context.operations.define(_STOP, self._stop)

    # -- before it is accepted ---------------------------------------------------------------------------------------

    def refuse_transition(self, document: Document) -> None:
        """409 ContainerGroupTransitioning while an operation is under way."""
        if document.id.lower() in self._deleting or self._context.operations.active(document.id) is not None:
            raise exceptions.transitioning(document.body["name"])

    @contextmanager
    def deleting(self, document: Document) -> Iterator[None]:
        """Ends the group's operations, and refuses new ones while its processes are being ended."""
        key = document.id.lower()
        self._deleting.add(key)
        self._context.operations.cancel(document.id)
        try:
            yield
        finally:
            self._deleting.discard(key)

    def resolve_images(self, name: str, properties: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Records of the images by container, as their names stand for now. Raises 400 InaccessibleImage."""
        credentials = self._credentials(properties)
        records = {}
        for container in _containers(properties):
            image = container["properties"]["image"]
            try:
                records[container["name"]] = self._images.resolve(image, credentials).record()
            except ImageUnavailable as error:
                # Azure's answer does not say why; whoever rehearses finds it in the simulator's log.
                _log.info("container group %s: %s", name, error)
                raise exceptions.inaccessible_image(image, name) from error
        return records

    # -- starting operations -----------------------------------------------------------------------------------------

    def deploy(
        self, request: ArmRequest, document: Document, images: dict[str, dict[str, Any]], duration: str
    ) -> Operation:
        """Start (anew) what the document says, with these images."""
        self._documents.update_runtime(document.id, images=images)
        return self._context.operations.start(request, _DEPLOY, document.id, duration=duration, status="Pending")

    def stop(self, request: ArmRequest, document: Document) -> None:
        """Stop all containers. Azure offers no way to follow this."""
        self._context.operations.start(request, _STOP, document.id, duration="container_group.stop")

    # -- their work --------------------------------------------------------------------------------------------------

    async def _deploy(self, operation: Operation) -> None:
        document = self._documents.find(operation.resource_id)
        if document is None:
            return  # deleted together with its resource group
        if document.body["properties"]["provisioningState"] == "Pending":
            self._documents.set_state(document, "Creating")
        operation.status = "Creating"
        self._context.operations.save(operation)
        # Azure, too, ends the old containers before it fetches what the new ones need: every update is an outage.
        await self._runner.end(document.id)
        properties, runtime = document.private["properties"], self._documents.runtime(document.id)
        events = {
            container["name"]: self._runner.events(container["name"], runtime.get("snapshots", {}))
            for container in _containers(properties)
        }
        images = {}
        for name, record in runtime["images"].items():
            pinned = pinned_name(record["name"], record["digest"])
            events[name].add("Pulling", f'pulling image "{pinned}"')
            images[name] = self._images.cached(record) or await self._pull(document, record)
            events[name].add("Pulled", f'Successfully pulled image "{pinned}"')
        group = self._runner.prepare(document.id, properties, images, events=events)
        self._documents.update_runtime(document.id, stopped=False)
        group.start()
        await group.started()
        # Read again: tags may have changed meanwhile, or the group may be gone.
        if (document := self._documents.find(operation.resource_id)) is not None:
            self._show_ip(document)
            self._documents.set_state(document, "Succeeded")
            self._documents.update_runtime(document.id, snapshots=group.snapshots())

    async def _pull(self, document: Document, record: dict[str, Any]) -> Image:
        """Fetch by digest what was accepted by name: the tag may have moved since."""
        await self._context.clock.wait(self._context.durations.seconds("container_group.pull"))
        pinned = pinned_name(record["name"], record["digest"])
        try:
            found = self._images.resolve(pinned, self._credentials(document.private["properties"]))
            named = ResolvedImage(record["name"], found.digest, found.config, found.layers, found.open_blob)
            return await self._images.unpack(named)
        except ImageUnavailable as error:
            raise exceptions.inaccessible_image(record["name"], document.body["name"]) from error

    async def _deploy_failed(self, operation: Operation, error: ArmError) -> None:
        if (document := self._documents.find(operation.resource_id)) is not None:
            self._documents.set_state(document, "Failed")

    async def _stop(self, operation: Operation) -> None:
        group = self._runner.get(operation.resource_id)
        if group is not None:
            await group.stop()
        if self._documents.find(operation.resource_id) is not None:
            self._documents.update_runtime(operation.resource_id, stopped=True)

    # -- after a restart of the simulator ----------------------------------------------------------------------------

    def take_up(self, document: Document) -> None:
        """Go on running a group as it was when the simulator ended. One that cannot be is Failed; the others go on."""
        try:
            self._take_up(document)
        except Exception:
            _log.exception("container group %s cannot be taken up again", document.body["name"])
            self._documents.set_state(document, "Failed")

    def _take_up(self, document: Document) -> None:
        runtime = self._documents.runtime(document.id)
        if not runtime.get("snapshots") or document.body["properties"]["provisioningState"] not in SETTLED:
            return  # never deployed, or its operation goes on and deploys it
        images = {}
        for name, record in runtime["images"].items():
            image = self._images.cached(record)
            if image is None:
                return  # accepted and never pulled: the deployment failed
            images[name] = image
        snapshots = runtime["snapshots"]
        group = self._runner.prepare(document.id, document.private["properties"], images, snapshots=snapshots)
        if runtime.get("stopped"):
            group.mark_stopped()
        else:
            group.start()

    # -- small things ------------------------------------------------------------------------------------------------

    def _show_ip(self, document: Document) -> None:
        """The name of a group is known at once, its address only when it has been deployed."""
        properties = document.body["properties"]
        if (address := properties.get("ipAddress")) is not None:
            ip = self._context.addresses.allocate(document.id)
            properties["ipAddress"] = {"ports": address["ports"], "ip": ip, **address}

    def _credentials(self, properties: dict[str, Any]) -> list[Credential]:
        credentials = []
        for item in properties.get("imageRegistryCredentials", []):
            principal = self._identities.principal_of(item["identity"]) if "identity" in item else ""
            credentials.append(
                Credential(item["server"], item.get("username", ""), item.get("password", ""), principal)
            )
        return credentials


def _containers(properties: dict[str, Any]) -> list[dict[str, Any]]:
    return [*properties["containers"], *properties["initContainers"]]
