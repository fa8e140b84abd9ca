"""`/acr/v1/`: ACR's own listing and attributes of repositories, manifests and tags."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from azure_simulator.registry.access import CATALOG, Grant, repository
from azure_simulator.registry.blobs import check_digest
from azure_simulator.registry.distribution import Row
from azure_simulator.registry.errors import RegistryError
from azure_simulator.registry.registry import Registry
from azure_simulator.registry.repositories import page

_DEFAULT_PAGE = 100
_ORDERS = {"", "none", "timeasc", "timedesc"}
# Kept for the simulator's own use, not shown.
_HIDDEN = ("size", "subject", "annotations")


async def catalog(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    names, last = page(registry.repositories.names(), _limit(request), request.query_params.get("last"))
    return _paged(request, {"repositories": names}, last)


async def get_repository(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    properties = registry.repositories.properties(params["name"])
    return JSONResponse({"registry": registry.login_server, **properties})


async def patch_repository(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    registry.repositories.change("repository", params["name"], None, await _attributes(request))
    return await get_repository(registry, request, params)


async def delete_repository(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    digests, tags = registry.repositories.delete_repository(params["name"])
    return JSONResponse({"manifestsDeleted": digests, "tagsDeleted": tags}, status_code=202)


async def list_tags(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    name = params["name"]
    registry.repositories.require(name)
    tags = registry.repositories.tags(name)
    if (digest := request.query_params.get("digest")) is not None:
        tags = [tag for tag in tags if tag["digest"] == digest]
    shown, last = _slice(request, tags, "name")
    return _paged(request, {"registry": registry.login_server, "imageName": name, "tags": shown}, last)


async def get_tag(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    tag = registry.repositories.tag(params["name"], params["tag"])
    return JSONResponse({"registry": registry.login_server, "imageName": params["name"], "tag": tag})


async def patch_tag(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    registry.repositories.tag(params["name"], params["tag"])
    registry.repositories.change("tag", params["name"], params["tag"], await _attributes(request))
    return await get_tag(registry, request, params)


async def delete_tag(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    registry.repositories.delete_tag(params["name"], params["tag"])
    return Response(status_code=202)


async def list_manifests(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    name = params["name"]
    manifests = sorted(registry.repositories.manifests(name), key=lambda manifest: str(manifest["digest"]))
    shown, last = _slice(request, manifests, "digest")
    body = {"registry": registry.login_server, "imageName": name, "manifests": [_show(item) for item in shown]}
    return _paged(request, body, last)


async def get_manifest(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    name, digest = params["name"], check_digest(params["digest"])
    document = registry.repositories.manifest_document(name, digest)
    tags = [str(tag["name"]) for tag in registry.repositories.tags(name) if tag["digest"] == digest]
    body = {"registry": registry.login_server, "imageName": name, "manifest": _show({**document, "tags": tags})}
    return JSONResponse(body)


async def patch_manifest(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    registry.repositories.manifest_document(params["name"], check_digest(params["digest"]))
    registry.repositories.change("manifest", params["name"], params["digest"], await _attributes(request))
    return await get_manifest(registry, request, params)


async def delete_manifest(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    registry.repositories.delete_manifest(params["name"], params["digest"])
    return Response(status_code=202)


def _show(manifest: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in manifest.items() if name not in _HIDDEN}


async def _attributes(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise RegistryError(400, "INVALID_REQUEST", f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise RegistryError(400, "INVALID_REQUEST", "the body must be an object")
    return body


def _limit(request: Request) -> int:
    text = request.query_params.get("n", str(_DEFAULT_PAGE))
    if not text.isdigit() or int(text) < 1:
        raise RegistryError(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested", {"n": text})
    return int(text)


def _slice(request: Request, items: list[dict[str, Any]], key: str) -> tuple[list[dict[str, Any]], str | None]:
    """Order by time if asked, go on after `last`, take `n`."""
    order = request.query_params.get("orderby", "")
    if order not in _ORDERS:
        raise RegistryError(400, "INVALID_REQUEST", f"orderby '{order}' is not one of timeasc, timedesc")
    if order.startswith("time"):
        items = sorted(items, key=lambda item: str(item["lastUpdateTime"]), reverse=order == "timedesc")
    last = request.query_params.get("last")
    if last is not None:
        keys = [item[key] for item in items]
        items = items[keys.index(last) + 1 :] if last in keys else [item for item in items if item[key] > last]
    limit = _limit(request)
    return items[:limit], (str(items[limit - 1][key]) if len(items) > limit else None)


def _paged(request: Request, body: dict[str, Any], last: str | None) -> Response:
    headers = {}
    if last is not None:
        query = {**dict(request.query_params), "last": last, "n": str(_limit(request))}
        headers["Link"] = f'<{quote(request.url.path)}?{urlencode(query)}>; rel="next"'
    return JSONResponse(body, headers=headers)


def _catalog(params: dict[str, str]) -> list[Grant]:
    return [CATALOG]


def _read(params: dict[str, str]) -> list[Grant]:
    return [repository(params["name"], "metadata_read")]


def _write(params: dict[str, str]) -> list[Grant]:
    return [repository(params["name"], "metadata_write")]


def _delete(params: dict[str, str]) -> list[Grant]:
    return [repository(params["name"], "delete")]


_NAME = r"/acr/v1/(?P<name>.+?)"
_TAG = _NAME + r"/_tags/(?P<tag>[^/]+)"
_MANIFEST = _NAME + r"/_manifests/(?P<digest>[^/]+)"

# The plain repository stands last: its pattern would match the others too.
ROUTES: tuple[Row, ...] = (
    ("GET", r"/acr/v1/_catalog", catalog, _catalog),
    ("GET", _NAME + r"/_tags", list_tags, _read),
    ("GET", _TAG, get_tag, _read),
    ("PATCH", _TAG, patch_tag, _write),
    ("DELETE", _TAG, delete_tag, _delete),
    ("GET", _NAME + r"/_manifests", list_manifests, _read),
    ("GET", _MANIFEST, get_manifest, _read),
    ("PATCH", _MANIFEST, patch_manifest, _write),
    ("DELETE", _MANIFEST, delete_manifest, _delete),
    ("GET", _NAME, get_repository, _read),
    ("PATCH", _NAME, patch_repository, _write),
    ("DELETE", _NAME, delete_repository, _delete),
)
