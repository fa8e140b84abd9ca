"""Uploads of content: in the local Azure's own way, for Microsoft's protocol is not public.

An upload is stored, unpacked beside what is served, and served from one moment to the next. One that is cut, or
refused, leaves what was served before; its environment says `Uploading` for as long as nobody uploads again, which is
what has been reported of Azure.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import ClientDisconnect

from azure_simulator.core.injection import ConnectionReset
from azure_simulator.core.operations import Operation
from azure_simulator.core.service import Context
from azure_simulator.core.store import Document
from azure_simulator.services.static_sites import configuration, rules
from azure_simulator.services.static_sites.content import Content, ContentRefused
from azure_simulator.services.static_sites.environments import Environments
from azure_simulator.services.static_sites.rules import Plan

DEPLOY = "static_site.deploy"


@dataclass(frozen=True)
class Started:
    """A deployment that goes on."""

    id: str
    host: str


class Deployments:
    """Takes uploads. `open_environment` makes an environment that is not there yet."""

    def __init__(
        self,
        context: Context,
        environments: Environments,
        content: Content,
        open_environment: Callable[[Document, str], Awaitable[Document]],
    ) -> None:
        self._context = context
        self._environments = environments
        self._content = content
        self._open_environment = open_environment
        context.operations.define(DEPLOY, self._serve)

    async def upload(self, site: Document, environment: str, chunks: AsyncIterator[bytes]) -> Started:
        """Take an upload and begin to serve it.

        :raises ContentRefused: with the reason, for whoever uploads.
        :raises ConnectionReset: when it breaks off.
        """
        build = await self._environment(site, environment)
        self._environments.mark(build.id, "Uploading")
        version = uuid.uuid4().hex
        archive = self._content.upload_path(version)
        try:
            await _store(archive, chunks)
            plan = rules.PLANS[site.body["sku"]["name"]]
            used = sum(one.private["bytes"] for one in self._environments.list(site.id) if one.id != build.id)
            size = await asyncio.to_thread(self._unpack, archive, build.id, version, plan, used)
        except ClientDisconnect as error:
            raise ConnectionReset from error
        except ContentRefused:
            self._environments.mark(build.id, "Ready" if build.private["version"] else "Failed")
            raise
        finally:
            archive.unlink(missing_ok=True)
        self._environments.mark(build.id, "Deploying")
        operation = self._context.operations.start(
            None, DEPLOY, build.id, duration=DEPLOY, data={"version": version, "bytes": size}
        )
        return Started(operation.id, build.body["properties"]["hostname"])

    async def _environment(self, site: Document, name: str) -> Document:
        if name != rules.DEFAULT and not rules.is_environment(name):
            raise ContentRefused(
                "The environment name provided exceeds the character limit of 16 or has invalid character(s). "
                "Valid characters are 0-9, a-z, and A-Z."
            )
        found = self._environments.find(site, name)
        if found is not None:
            return found
        if site.body["properties"]["stagingEnvironmentPolicy"] != "Enabled":
            raise ContentRefused("Staging environments are not allowed for this Static Web App.")
        most = rules.PLANS[site.body["sku"]["name"]].previews
        if self._environments.previews(site) >= most:
            raise ContentRefused(
                f"This Static Web App already has the maximum number of staging environments ({most}). "
                "Please remove one and try again."
            )
        return await self._open_environment(site, name)

    def _unpack(self, archive: Path, build_id: str, version: str, plan: Plan, used: int) -> int:
        size = self._content.unpack(archive, build_id, version, plan, used)
        try:
            configuration.check(self._content.path(build_id, version))
        except ContentRefused:
            self._content.drop(build_id, version)
            raise
        return size

    def find(self, site: Document, identifier: str) -> Operation | None:
        """A deployment of a site."""
        operation = self._context.operations.get(identifier)
        if operation is None or operation.kind != DEPLOY:
            return None
        return operation if operation.resource_id.lower().startswith(f"{site.id}/builds/".lower()) else None

    async def _serve(self, operation: Operation) -> None:
        version = str(operation.data["version"])
        unused = self._environments.serve(operation.resource_id, version, int(operation.data["bytes"]))
        if unused is not None:
            self._content.drop(operation.resource_id, unused)


async def _store(path: Path, chunks: AsyncIterator[bytes]) -> None:
    with path.open("wb") as file:
        async for chunk in chunks:
            file.write(chunk)
