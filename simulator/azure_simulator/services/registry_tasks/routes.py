"""Routes of a registry's tasks and runs, what a run does, and the listener of their storage."""

from __future__ import annotations

import asyncio
import shutil
import tarfile
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from azure_simulator.building import podman, small
from azure_simulator.building.dockerfile import BuildError
from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, ResourceType, Service
from azure_simulator.core.store import Document
from azure_simulator.registry.registry import open_registry
from azure_simulator.services.container_registry.models import failed
from azure_simulator.services.container_registry.routes import ContainerRegistryService
from azure_simulator.services.registry_tasks.models import OVER, REQUESTS, Runs, Tasks
from azure_simulator.services.registry_tasks.storage import PORT, StorageApplication, TaskStorage

API_VERSIONS = ("2018-09-01", "2019-04-01", "2019-06-01-preview", "2025-03-01-preview")
_RUN = "registry.run"
_REGISTRY = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{name}"
)
_LOG = "rawtext.log"
_BUILDERS = ("auto", "small", "podman")


class RegistryTasksService(Service):
    """Sources, tasks, runs with their logs; a run builds an image and has it in its registry."""

    namespace = "Microsoft.ContainerRegistry"
    api_versions = frozenset(API_VERSIONS)
    resource_types = (
        ResourceType("registries/tasks", API_VERSIONS),
        ResourceType("registries/runs", API_VERSIONS),
        ResourceType("registries/scheduleRun", API_VERSIONS),
        ResourceType("registries/listBuildSourceUploadUrl", API_VERSIONS),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.runs = Runs(context.store, context.clock)
        self.tasks = Tasks(context.store, self.runs)
        self._folder = context.settings.state_dir / "registry-tasks"
        self.storage = TaskStorage(self._folder / "storage")
        self._builder = "auto"
        self._listening: set[str] = set()
        context.operations.define(_RUN, self._work, self._broken)
        context.hook("registry/builder", self._choose)

    def routes(self) -> Iterable[Route]:
        run, task = _REGISTRY + "/runs/{run}", _REGISTRY + "/tasks/{task}"
        return (
            self.route("POST", _REGISTRY + "/listBuildSourceUploadUrl", self.upload_url),
            self.route("POST", _REGISTRY + "/scheduleRun", self.schedule),
            self.route("GET", _REGISTRY + "/runs", self.list_runs),
            self.route("GET", run, self.get_run),
            self.route("PATCH", run, self.patch_run),
            self.route("POST", run + "/listLogSasUrl", self.log_url),
            self.route("POST", run + "/cancel", self.cancel),
            self.route("GET", _REGISTRY + "/tasks", self.list_tasks),
            self.route("PUT", task, self.put_task),
            self.route("PATCH", task, self.patch_task),
            self.route("GET", task, self.get_task),
            self.route("POST", task + "/listDetails", self.get_task),
            self.route("DELETE", task, self.delete_task),
        )

    async def startup(self) -> None:
        registries = self.context.service(ContainerRegistryService)
        registries.deleting.add(self.forget)
        for registry in registries.registries.list():
            if self.runs.of(registry.id):
                await self._listen(registry)

    async def reset(self) -> None:
        for address in list(self._listening):
            await self.context.listeners.close(address, PORT)
        self._listening.clear()
        self._builder = "auto"
        self.storage.clear()

    async def forget(self, registry: Document) -> None:
        """The registry is being deleted."""
        for run in self.runs.forget(registry.id):
            self.context.operations.cancel(run.id)
            self.storage.remove(run.private["container"])
        self.tasks.forget(registry.id)
        if (address := _address(registry)) in self._listening:
            self._listening.discard(address)
            await self.context.listeners.close(address, PORT)

    async def _choose(self, body: dict[str, Any]) -> dict[str, str]:
        wanted = body.get("use", "auto")
        if wanted not in _BUILDERS:
            raise ArmError(400, "InvalidBuilder", f"There are: {', '.join(_BUILDERS)}.")
        self._builder = wanted
        return {"builder": wanted}

    def _registry(self, request: ArmRequest) -> Document:
        registries = self.context.service(ContainerRegistryService).registries
        return registries.get(request.params["group"], request.params["name"])

    async def _listen(self, registry: Document) -> str:
        """The address of the registry, with the storage answering on it."""
        address = _address(registry)
        if address not in self._listening:
            application = StorageApplication(self.context, f"{address}:{PORT}", self.storage)
            await self.context.listeners.open(address, PORT, application)
            self._listening.add(address)
        return address

    # -- sources and runs --------------------------------------------------------------------------------------------

    async def upload_url(self, request: ArmRequest) -> ArmResponse:
        registry = self._registry(request)
        address = await self._listen(registry)
        moment = self.context.clock.now().strftime("%Y%m%d%H%M")
        name = f"tasks-source/{moment}/{uuid.uuid4().hex}.tar.gz"
        url = self.storage.url(address, _container(registry), name, "cw")
        return ArmResponse(200, {"relativePath": name, "uploadUrl": url})

    async def schedule(self, request: ArmRequest) -> ArmResponse:
        registry = self._registry(request)
        body = request.json()
        kind = str(body.get("type"))
        if kind not in REQUESTS:
            raise ArmError(501, "NotImplemented", f"The simulator does not run {kind}; it knows {', '.join(REQUESTS)}.")
        REQUESTS[kind].check(body)
        task = None
        if kind == "TaskRunRequest":
            task = self.tasks.by_id(body["taskId"])
            if task is None:
                raise failed(404, "TaskNotFound", f"The task '{body['taskId']}' could not be found.")
        elif not self._source(registry, body.get("sourceLocation") or "").is_file():
            raise failed(400, "SourceNotFound", f"The source {body.get('sourceLocation')!r} was not uploaded.")
        run = self.runs.create(registry, body, task, request.caller.client_id)
        self.context.operations.start(request, _RUN, run.id, duration="registry.run", status="Queued")
        shown = {**run.body, "properties": dict(run.body["properties"])}
        for later in ("runType", "createTime", "task", "platform", "agentConfiguration"):
            shown["properties"].pop(later, None)
        return ArmResponse(200, shown)

    async def list_runs(self, request: ArmRequest) -> ArmResponse:
        top = request.query.get("$top", "")
        found = self.runs.listed(
            self._registry(request).id, request.query.get("$filter", ""), int(top) if top else None
        )
        return ArmResponse(200, {"value": found})

    async def get_run(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.runs.get(self._registry(request), request.params["run"]).body)

    async def patch_run(self, request: ArmRequest) -> ArmResponse:
        run = self.runs.get(self._registry(request), request.params["run"])
        self.runs.change(run.id, isArchiveEnabled=bool(request.json().get("isArchiveEnabled")))
        shown = self.runs.get(self._registry(request), request.params["run"]).body
        modified = shown["systemData"]
        created = {f"created{name[12:]}": value for name, value in modified.items()}
        return ArmResponse(200, {**shown, "systemData": {**created, **modified}})

    async def log_url(self, request: ArmRequest) -> ArmResponse:
        registry = self._registry(request)
        run = self.runs.get(registry, request.params["run"])
        address = await self._listen(registry)
        url = self.storage.url(address, run.private["container"], f"logs/{run.body['name']}/{_LOG}", "r")
        return ArmResponse(200, {"logLink": url})

    async def cancel(self, request: ArmRequest) -> ArmResponse:
        """200; a run that is over stays as it is."""
        run = self.runs.get(self._registry(request), request.params["run"])
        if run.body["properties"]["status"] not in OVER:
            self.context.operations.cancel(run.id)
            self._end(run, "Canceled", "canceled")
        return ArmResponse(200)

    # -- tasks -------------------------------------------------------------------------------------------------------

    async def list_tasks(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, {"value": self.tasks.of(self._registry(request).id)})

    async def put_task(self, request: ArmRequest) -> ArmResponse:
        tenant = self.context.settings.account.tenant_id
        caller = request.caller.client_id
        task = self.tasks.put(self._registry(request), request.params["task"], request.json(), caller, tenant)
        return ArmResponse(200, task)

    async def patch_task(self, request: ArmRequest) -> ArmResponse:
        registry, caller = self._registry(request), request.caller.client_id
        return ArmResponse(200, self.tasks.patch(registry, request.params["task"], request.json(), caller))

    async def get_task(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.tasks.get(self._registry(request), request.params["task"]).body)

    async def delete_task(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200 if self.tasks.delete(self._registry(request), request.params["task"]) else 204)

    # -- what a run does ---------------------------------------------------------------------------------------------

    async def _work(self, operation: Operation) -> None:
        run = self.runs.by_id(operation.resource_id)
        if run is None:
            return
        self.runs.change(run.id, status="Running", startTime=self.runs.stamp())
        try:
            images = await self._build(run)
        except BuildError as error:
            self._log(run, f"Error: {error}")
            self._end(run, "Failed", "failed", runErrorMessage=f"failed during run, err: {error}")
        except (OSError, tarfile.TarError) as error:
            self._end(run, "Failed", "failed", runErrorMessage=f"the source cannot be unpacked: {error}")
        else:
            self._end(run, "Succeeded", "successful", **({"outputImages": images} if images else {}))

    async def _broken(self, operation: Operation, error: ArmError) -> None:
        if (run := self.runs.by_id(operation.resource_id)) is not None:
            self._end(run, "Error", "internalerror", runErrorMessage=error.message)

    async def _build(self, run: Document) -> list[dict[str, str]]:
        request = run.private["request"]
        if request["type"] != "DockerBuildRequest":
            raise BuildError(
                f"the simulator runs no step of the kind {request['step'].get('type')} and fetches no source from "
                f"{request['step'].get('contextPath')}: it builds uploaded sources only"
            )
        registry_id = run.id.rpartition("/runs/")[0]
        service = self.context.service(ContainerRegistryService)
        document = service.registries.by_id(registry_id)
        if document is None:
            raise BuildError("the registry is gone")
        registry = open_registry(self.context, service.blobs, document)
        source = self._folder / "work" / uuid.uuid4().hex
        try:
            self._log(run, "Downloading source code...")
            await asyncio.to_thread(_unpack, self._source(document, request["sourceLocation"]), source)
            self._log(run, "Finished downloading source code")
            self._log(run, f"Logging in to registry: {registry.login_server}")
            self._log(run, f"Successfully logged into {registry.login_server}")
            self._log(run, "Executing step ID: build. Timeout(sec): 28800, Working directory: '', Network: ''")
            order = _order(request, source)
            # What was asked for counts, and what there is.
            if self._builder == "podman" or (self._builder == "auto" and await asyncio.to_thread(podman.works)):
                return await podman.build(order, registry, self._folder / "podman", lambda line: self._write(run, line))
            return small.build(order, registry, lambda line: self._write(run, line))
        finally:
            await asyncio.to_thread(shutil.rmtree, source, ignore_errors=True)

    def _end(self, run: Document, status: str, outcome: str, **properties: Any) -> None:
        words = {"Succeeded": "was successful", "Canceled": "was canceled"}.get(status, "failed")
        message = properties.get("runErrorMessage")
        self._write(run, f"\nRun ID: {run.body['name']} {words} after 1s{f'. Error: {message}' if message else ''}")
        self.runs.change(run.id, status=status, finishTime=self.runs.stamp(), **properties)
        self.storage.finish(run.private["container"], f"logs/{run.body['name']}/{_LOG}", outcome)

    def _log(self, run: Document, text: str) -> None:
        self._write(run, f"{self.context.clock.now():%Y/%m/%d %H:%M:%S} {text}")

    def _write(self, run: Document, line: str) -> None:
        self.storage.append(run.private["container"], f"logs/{run.body['name']}/{_LOG}", f"{line}\r\n")

    def _source(self, registry: Document, location: str) -> Path:
        return self.storage.path(_container(registry), location or "none")


def _address(registry: Document) -> str:
    return str(registry.body["properties"]["loginServer"]).partition(":")[0]


def _container(registry: Document) -> str:
    """The container of a registry's sources, the same for all of them."""
    name = registry.id.lower() + registry.body["systemData"]["createdAt"]
    return f"container-{uuid.uuid5(uuid.NAMESPACE_URL, name).hex}"


def _order(request: dict[str, Any], source: Path) -> small.Order:
    platform = request["platform"]
    parts = [str(platform["os"]).lower(), platform.get("architecture") or "amd64", platform.get("variant")]
    return small.Order(
        source,
        request["dockerFilePath"],
        request.get("target") or "",
        "/".join(part for part in parts if part),
        {one["name"]: one["value"] for one in request.get("arguments") or []},
        tuple(request.get("imageNames") or []) if request.get("isPushEnabled", True) else (),
    )


def _unpack(archive: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
