"""Between stored container groups and the engine: turns a group's properties into processes and back into views."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from azure_simulator.containers.events import EventLog
from azure_simulator.containers.group import GroupSupervisor
from azure_simulator.containers.image import Image
from azure_simulator.containers.interpreter import Network
from azure_simulator.containers.layers import remove_tree
from azure_simulator.containers.orphans import end_orphans
from azure_simulator.containers.probes import Probe
from azure_simulator.containers.process import Limits
from azure_simulator.containers.state import RestartPolicy
from azure_simulator.containers.supervisor import ContainerSpec, Host
from azure_simulator.core.service import Context

_GIGABYTE = 1024**3


class Runner:
    """The groups that run. `changed(group_id)` is called after every change of what a group's views show."""

    def __init__(self, context: Context, changed: Callable[[str], None]) -> None:
        self._context = context
        self._changed = changed
        self._folder = context.settings.state_dir / "containers"
        # Secret volumes, and what containers write: their owner's business only.
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._groups: dict[str, GroupSupervisor] = {}
        self._host = Host(
            now=context.clock.now,
            wait=context.clock.wait,
            scale=context.durations.scale,
            backoff=context.durations.seconds("container_group.backoff"),
            bytecode=self._folder / "bytecode",
            environment=(("SSL_CERT_FILE", str(self._trusted())),),
        )

    def _trusted(self) -> Path:
        """What containers trust: an image brings the authorities of Azure's services, and here they are our own."""
        path = self._folder / "trusted.pem"
        system = ssl.get_default_verify_paths().cafile
        bundles = [self._context.settings.ca_path, *([Path(system)] if system else [])]
        path.write_bytes(b"\n".join(bundle.read_bytes() for bundle in bundles))
        return path

    @property
    def images_folder(self) -> Path:
        return self._folder / "images"

    def end_orphans(self) -> None:
        """End what a killed simulator left running."""
        end_orphans(self._folder / "groups")

    def get(self, group_id: str) -> GroupSupervisor | None:
        return self._groups.get(group_id.lower())

    def events(self, container: str, snapshots: Mapping[str, Any]) -> EventLog:
        """The container's events so far, ready for those of a new deployment."""
        events = EventLog(self._context.clock.now, list(snapshots.get(container, {}).get("events", [])))
        events.new_deployment()
        return events

    def prepare(
        self,
        group_id: str,
        properties: dict[str, Any],
        images: Mapping[str, Image],
        *,
        snapshots: Mapping[str, Mapping[str, Any]] | None = None,
        events: Mapping[str, EventLog] | None = None,
    ) -> GroupSupervisor:
        """The supervisor of a group, not started. `images` by container name; `properties` with secrets."""
        folder = self._group_folder(group_id)
        volumes = {volume["name"]: volume for volume in properties.get("volumes", [])}
        # A group that goes on after a restart of the simulator finds its volumes as it left them.
        folders = {name: self._volume(folder, volume, keep=snapshots is not None) for name, volume in volumes.items()}
        group = GroupSupervisor(
            folder,
            [_spec(item, images[item["name"]], folders) for item in properties["containers"]],
            [_spec(item, images[item["name"]], folders) for item in properties["initContainers"]],
            RestartPolicy(properties.get("restartPolicy", RestartPolicy.ALWAYS)),
            self._network(group_id, properties),
            self._host,
            lambda: self._on_change(group_id, group),
            snapshots=snapshots,
            events=events,
        )
        self._groups[group_id.lower()] = group
        return group

    async def end(self, group_id: str) -> None:
        """End a group's processes to make room for a new deployment."""
        group = self._groups.get(group_id.lower())
        if group is not None:
            await group.abandon(silently=False)
            del self._groups[group_id.lower()]

    async def delete(self, group_id: str) -> None:
        """End a group's processes and delete its files; its addresses are free again."""
        group = self._groups.pop(group_id.lower(), None)
        if group is not None:
            await group.abandon(silently=True)
        self._context.addresses.release(f"{group_id}#internal")
        self._context.addresses.release(group_id)
        await asyncio.to_thread(_remove, self._group_folder(group_id))

    async def end_all(self) -> None:
        """End every group because the simulator stops; `prepare` with their snapshots takes them up again."""
        groups, self._groups = self._groups, {}
        await asyncio.gather(*(group.abandon(silently=True) for group in groups.values()))

    async def clear(self) -> None:
        """End every group and delete the files of all."""
        await self.end_all()
        for name in ("groups", "shares"):
            await asyncio.to_thread(_remove, self._folder / name)

    def _on_change(self, group_id: str, group: GroupSupervisor) -> None:
        if self._groups.get(group_id.lower()) is group:
            self._changed(group_id)

    def _group_folder(self, group_id: str) -> Path:
        digest = hashlib.sha256(group_id.lower().encode()).hexdigest()[:12]
        return self._folder / "groups" / f"{group_id.rsplit('/', 1)[-1].lower()}-{digest}"

    def _network(self, group_id: str, properties: dict[str, Any]) -> Network:
        internal = self._context.addresses.allocate(f"{group_id}#internal")
        address = properties.get("ipAddress")
        if address is None:
            return Network(internal)
        exposed = frozenset(int(port["port"]) for port in address["ports"])
        return Network(internal, self._context.addresses.allocate(group_id), exposed)

    def _volume(self, group_folder: Path, volume: dict[str, Any], *, keep: bool) -> Path:
        """The folder behind a volume; emptied for each deployment, except a share, which outlives its groups."""
        if share := volume.get("azureFile"):
            folder = self._folder / "shares" / str(share["storageAccountName"]) / str(share["shareName"])
            folder.mkdir(parents=True, exist_ok=True)
            return folder
        folder = group_folder / ".volumes" / str(volume["name"])
        if keep and folder.exists():
            return folder
        _remove(folder)
        folder.mkdir(parents=True)
        for name, value in (volume.get("secret") or {}).items():
            path = folder / name
            path.touch(mode=0o600)
            path.write_bytes(_decoded(value))
        return folder


def _remove(folder: Path) -> None:
    if folder.exists():
        remove_tree(folder)


def _decoded(value: str) -> bytes:
    """Values of secret volumes are base64."""
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return value.encode()


def _spec(container: dict[str, Any], image: Image, folders: Mapping[str, Path]) -> ContainerSpec:
    properties = container["properties"]
    resources = properties.get("resources") or {}
    amounts = {**resources.get("requests", {}), **resources.get("limits", {})}
    return ContainerSpec(
        name=container["name"],
        image=image,
        command=tuple(properties.get("command") or ()),
        environment=tuple(
            (item["name"], item.get("secureValue", item.get("value", "")))
            for item in properties["environmentVariables"]
        ),
        limits=Limits(int(amounts.get("memoryInGB", 0) * _GIGABYTE), amounts.get("cpu", 0)),
        mounts={mount["mountPath"]: folders[mount["name"]] for mount in properties.get("volumeMounts") or []},
        liveness=_probe(properties.get("livenessProbe")),
        readiness=_probe(properties.get("readinessProbe")),
    )


def _probe(body: dict[str, Any] | None) -> Probe | None:
    return Probe.parse(body) if body else None
