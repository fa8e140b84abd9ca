"""Tasks and runs of registries: their rules and their state."""

from __future__ import annotations

import copy
import re
import uuid
from typing import Any

from azure_simulator.core.body import Anything, Array, Boolean, Integer, Object, String
from azure_simulator.core.clock import Clock, isoformat
from azure_simulator.core.errors import ArmError
from azure_simulator.core.store import Document, Store
from azure_simulator.services.container_registry.models import failed

RUNS, TASKS = "registryRuns", "registryTasks"
_RUN_TYPE = "Microsoft.ContainerRegistry/registries/runs"
_TASK_TYPE = "Microsoft.ContainerRegistry/registries/tasks"
OVER = frozenset({"Succeeded", "Failed", "Canceled", "Error", "Timeout"})

_PLATFORM = Object(
    {
        "os": String(("Linux", "Windows")),
        "architecture": String(("amd64", "x86", "386", "arm", "arm64")),
        "variant": String(("v6", "v7", "v8")),
    },
    required=("os",),
    name="PlatformProperties",
)
_ARGUMENT = Object(
    {"type": Anything(), "name": String(), "value": String(), "isSecret": Boolean()},
    required=("name", "value"),
    name="Argument",
)
_COMMON = {
    "type": String(("DockerBuildRequest", "TaskRunRequest", "EncodedTaskRunRequest", "FileTaskRunRequest")),
    "isArchiveEnabled": Boolean(),
    "agentPoolName": Anything(),
    "logTemplate": Anything(),
}
REQUESTS = {
    "DockerBuildRequest": Object(
        {
            **_COMMON,
            "imageNames": Array(String()),
            "isPushEnabled": Boolean(),
            "noCache": Boolean(),
            "dockerFilePath": String(),
            "target": Anything(),
            "arguments": Array(_ARGUMENT),
            "timeout": Integer(300, 28800),
            "platform": _PLATFORM,
            "agentConfiguration": Anything(),
            "sourceLocation": String(),
            "credentials": Anything(),
        },
        required=("type", "dockerFilePath", "platform"),
        name="DockerBuildRequest",
    ),
    "TaskRunRequest": Object(
        {**_COMMON, "taskId": String(), "overrideTaskStepProperties": Anything()},
        required=("type", "taskId"),
        name="TaskRunRequest",
    ),
}


class Runs:
    """The runs of all registries, by the id of the registry and their own."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def stamp(self) -> str:
        return isoformat(self._clock.now()).replace("Z", "+00:00")

    def create(self, registry: Document, request: dict[str, Any], task: Document | None, caller: str) -> Document:
        """A new run, queued."""
        number = 1 + len(self.of(registry.id))
        name = f"ch{number}"
        now = self.stamp()
        step = task.body["properties"] if task else request
        properties: dict[str, Any] = {
            "runId": name,
            "status": "Queued",
            "lastUpdatedTime": now,
            "runType": "QuickRun",
            "createTime": now,
            **({"task": task.body["name"]} if task else {}),
            "platform": {"os": "linux", "architecture": "amd64", **_lower(step.get("platform") or {})},
            "agentConfiguration": step.get("agentConfiguration") or {"cpu": 2},
            "provisioningState": "Succeeded",
            "isArchiveEnabled": bool(request.get("isArchiveEnabled")),
        }
        body: dict[str, Any] = {
            "type": _RUN_TYPE,
            "properties": properties,
            "id": f"{registry.id}/runs/{name}",
            "name": name,
            "systemData": {"lastModifiedBy": caller, "lastModifiedByType": "Application", "lastModifiedAt": now},
        }
        wanted = {**request, "step": task.body["properties"]["step"]} if task else request
        self._store.put(RUNS, body["id"], body, {"request": wanted, "container": f"container-{uuid.uuid4().hex}"})
        return self.get(registry, name)

    def get(self, registry: Document, name: str) -> Document:
        document = self._store.get(RUNS, f"{registry.id}/runs/{name}")
        if document is None:
            raise failed(404, "RunNotFound", f"The run '{name}' could not be found.")
        return document

    def by_id(self, run_id: str) -> Document | None:
        return self._store.get(RUNS, run_id)

    def of(self, registry_id: str) -> list[Document]:
        """The runs of a registry, the newest first."""
        found = self._store.list(RUNS, f"{registry_id}/runs/")
        return sorted(found, key=lambda run: int(run.body["name"][2:]), reverse=True)

    def listed(self, registry_id: str, query: str, top: int | None) -> list[dict[str, Any]]:
        """The bodies of runs that fit a filter."""
        found = [run.body for run in self.of(registry_id)]
        for clause in filter(None, re.split(r"\s+and\s+", query)):
            match = re.fullmatch(r"(TaskName|Status|RunId)\s+eq\s+'([^']*)'", clause, re.IGNORECASE)
            if match is None:
                raise ArmError(501, "NotImplemented", f"The simulator does not know the filter {clause!r} of runs.")
            name = {"taskname": "task", "status": "status", "runid": "runId"}[match[1].lower()]
            found = [one for one in found if one["properties"].get(name) == match[2]]
        return found[:top]

    def change(self, run_id: str, **properties: Any) -> None:
        """Note what has become of a run."""
        document = self._store.get(RUNS, run_id)
        if document is not None:
            document.body["properties"] |= {"lastUpdatedTime": self.stamp(), **properties}
            self._store.put(RUNS, run_id, document.body)

    def forget(self, registry_id: str) -> list[Document]:
        """The registry is deleted; the runs it had."""
        found = self.of(registry_id)
        for run in found:
            self._store.delete(RUNS, run.id)
        return found


class Tasks:
    """The tasks of all registries."""

    def __init__(self, store: Store, runs: Runs) -> None:
        self._store = store
        self._runs = runs

    def put(self, registry: Document, name: str, body: dict[str, Any], caller: str, tenant_id: str) -> dict[str, Any]:
        old = self._store.get(TASKS, f"{registry.id}/tasks/{name}")
        now = self._runs.stamp()
        properties = copy.deepcopy(body.get("properties") or {})
        if not isinstance(properties.get("step"), dict):
            raise failed(400, "InvalidTaskStep", "The task needs a step.")
        task: dict[str, Any] = {"type": _TASK_TYPE}
        if body.get("identity"):
            principal = (old.body.get("identity") or {}).get("principalId") if old else None
            task["identity"] = {
                "principalId": principal or str(uuid.uuid4()),
                "tenantId": tenant_id,
                **body["identity"],
            }
        credentials = properties.pop("credentials", None)
        task["properties"] = {
            "provisioningState": "Succeeded",
            "creationDate": old.body["properties"]["creationDate"] if old else now,
            "status": "Enabled",
            "timeout": 3600,
            "isSystemTask": False,
            **properties,
            **({"credentials": _shown(credentials)} if credentials else {}),
        }
        modified = {"lastModifiedBy": caller, "lastModifiedByType": "Application", "lastModifiedAt": now}
        created = {"createdBy": caller, "createdByType": "Application", "createdAt": now}
        task |= {"id": f"{registry.id}/tasks/{name}", "name": name, "location": body.get("location", "")}
        task["systemData"] = {**(old.body["systemData"] if old else created), **modified}
        self._store.put(TASKS, task["id"], task)
        return task

    def patch(self, registry: Document, name: str, body: dict[str, Any], caller: str) -> dict[str, Any]:
        task = self.get(registry, name).body
        wanted = copy.deepcopy(body.get("properties") or {})
        if "credentials" in wanted:
            wanted["credentials"] = _shown(wanted["credentials"]) or None
        _merge(task["properties"], wanted)
        task["systemData"] |= {"lastModifiedBy": caller, "lastModifiedAt": self._runs.stamp()}
        self._store.put(TASKS, task["id"], task)
        return task

    def get(self, registry: Document, name: str) -> Document:
        document = self._store.get(TASKS, f"{registry.id}/tasks/{name}")
        if document is None:
            message = f"The Resource '{_TASK_TYPE}/{registry.body['name']}/{name}' was not found."
            raise ArmError(404, "ResourceNotFound", message)
        return document

    def by_id(self, task_id: str) -> Document | None:
        return self._store.get(TASKS, task_id)

    def of(self, registry_id: str) -> list[dict[str, Any]]:
        return [document.body for document in self._store.list(TASKS, f"{registry_id}/tasks/")]

    def delete(self, registry: Document, name: str) -> bool:
        return self._store.delete(TASKS, f"{registry.id}/tasks/{name}")

    def forget(self, registry_id: str) -> None:
        for task in self.of(registry_id):
            self._store.delete(TASKS, task["id"])


def _shown(credentials: Any) -> dict[str, Any]:
    """Which registries a task has credentials for, and nothing of them."""
    names = (credentials or {}).get("customRegistries") or {}
    return {"customRegistries": dict.fromkeys(names)} if names else {}


def _lower(platform: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value).lower() for name, value in platform.items() if value}


def _merge(target: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if value is None:
            continue
        if isinstance(value, dict) and isinstance(target.get(name), dict):
            _merge(target[name], value)
        else:
            target[name] = value
