"""The server that content is uploaded to, and from which the client that does so is downloaded.

It answers below names that no network has, and below one that Microsoft has: all are reached by the proxy only.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from azure_simulator.core.data_plane import DataPlaneApplication, DataPlaneError
from azure_simulator.core.service import Context
from azure_simulator.core.store import Document
from azure_simulator.services.static_sites import rules
from azure_simulator.services.static_sites.content import ContentRefused
from azure_simulator.services.static_sites.deployments import Deployments
from azure_simulator.services.static_sites.stand_in_client import SERVER

LIST = "aka.ms"
NAMES = (SERVER, LIST)
URL = f"https://{SERVER}"
_PLATFORMS = ("linux-x64", "osx-x64")
_PUBLISHED = "2026-11-01T00:00:00Z"
_STATES = {"Succeeded": "Succeeded", "Failed": "Failed", "Canceled": "Failed"}


@cache
def _client() -> tuple[bytes, str]:
    """The stand-in client and its SHA-256."""
    content = Path(__file__).with_name("stand_in_client.py").read_bytes()
    return content, hashlib.sha256(content).hexdigest()


class ContentError(DataPlaneError):
    """An answer whose message the client prints as the reason of the failure."""

    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message}}


class ContentServer(DataPlaneApplication):
    """The content server of a simulator. `sites` finds a site by its token, `close` removes an environment."""

    def __init__(self, context: Context, deployments: Deployments, sites: Any, close: Any) -> None:
        super().__init__(context, SERVER)
        self._deployments = deployments
        self._by_token = sites
        self._close = close

    def broken(self) -> ContentError:
        return ContentError(500, "InternalServerError", "InternalServerError")

    def headers(self) -> dict[str, str]:
        return {"Cache-Control": "no-store"}

    async def answer(self, request: Request, path: str) -> Response:
        content, digest = _client()
        match request.method, path.strip("/").split("/"):
            case "GET", ["swalocaldeploy"]:
                return JSONResponse(_versions(digest))
            case "GET", ["clients", wanted, "StaticSitesClient"] if wanted == digest:
                return Response(content, media_type="application/octet-stream")
            case "POST", ["deployments"]:
                return await self._upload(request)
            case "GET", ["deployments", identifier]:
                return self._state(request, identifier)
            case "DELETE", ["environments", name]:
                return await self._remove(request, unquote(name))
        message = f"The local Azure has no {request.method} {path} here: Microsoft's protocol of uploads is not public."
        raise ContentError(501, "NotImplementedBySimulator", message)

    def _site(self, request: Request) -> Document:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        site: Document | None = self._by_token(token) if scheme == "Bearer" and token else None
        if site is None:
            raise ContentError(401, "Unauthorized", "Invalid API key.")
        return site

    async def _upload(self, request: Request) -> Response:
        site = self._site(request)
        environment = request.query_params.get("environment") or rules.DEFAULT
        try:
            started = await self._deployments.upload(site, environment, request.stream())
        except ContentRefused as error:
            raise ContentError(400, "BadRequest", str(error)) from error
        return JSONResponse({"id": started.id, "url": f"https://{started.host}"}, 202)

    def _state(self, request: Request, identifier: str) -> Response:
        operation = self._deployments.find(self._site(request), identifier)
        if operation is None:
            raise ContentError(404, "NotFound", "There is no such deployment.")
        reason = (operation.error or {}).get("message")
        return JSONResponse({"status": _STATES.get(operation.status, "InProgress"), "reason": reason})

    async def _remove(self, request: Request, name: str) -> Response:
        if name == rules.DEFAULT:
            raise ContentError(400, "BadRequest", "The production environment cannot be closed.")
        await self._close(self._site(request), name)
        return Response(status_code=204)


def _versions(digest: str) -> list[dict[str, Any]]:
    """The list of versions as the Static Web Apps CLI reads it."""
    one = {"url": f"https://{SERVER}/clients/{digest}/StaticSitesClient", "sha": digest}
    build = f"azure-simulator-{digest[:12]}"
    return [
        {
            "version": version,
            "buildId": build,
            "publishDate": _PUBLISHED,
            "files": {platform: dict(one) for platform in _PLATFORMS},
        }
        for version in ("stable", "latest")
    ]
