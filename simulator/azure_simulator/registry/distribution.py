"""`/v2/`: the OCI distribution specification, version 1.1."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from azure_simulator.registry.access import CATALOG, Grant, repository
from azure_simulator.registry.blobs import check_digest
from azure_simulator.registry.errors import RegistryError, blob_unknown, denied, manifest_invalid, range_invalid
from azure_simulator.registry.registry import Registry
from azure_simulator.registry.repositories import (
    DOCKER_LIST,
    OCI_INDEX,
    OCI_MANIFEST,
    Manifest,
    check_repository,
    page,
)

_MAX_MANIFEST = 4 << 20
_RANGE = re.compile(r"^(?:bytes[ =])?(\d+)-(\d+)(?:/.*)?$")

Handler = Callable[[Registry, Request, dict[str, str]], Awaitable[Response]]
Row = tuple[str, str, Handler, Callable[[dict[str, str]], list[Grant]]]


async def base(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    """The version check; where clients learn how to authenticate."""
    return JSONResponse({})


async def catalog(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    names, last = page(registry.repositories.names(), _limit(request), request.query_params.get("last"))
    return _paged(request, {"repositories": names}, last)


async def tags(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    name = params["name"]
    registry.repositories.require(name)
    names = [str(tag["name"]) for tag in registry.repositories.tags(name)]
    shown, last = page(names, _limit(request), request.query_params.get("last"))
    return _paged(request, {"name": name, "tags": shown}, last)


async def referrers(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    found = registry.repositories.referrers(check_repository(params["name"]), params["digest"])
    headers = {}
    if (wanted := request.query_params.get("artifactType")) is not None:
        found = [descriptor for descriptor in found if descriptor.get("artifactType") == wanted]
        headers["OCI-Filters-Applied"] = "artifactType"
    body = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": found}
    return JSONResponse(body, headers=headers, media_type=OCI_INDEX)


# -- manifests -------------------------------------------------------------------------------------------------------


async def get_manifest(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    manifest = registry.repositories.resolve(params["name"], params["reference"])
    manifest = _acceptable(registry, params["name"], manifest, ",".join(request.headers.getlist("accept")))
    headers = {"Docker-Content-Digest": manifest.digest, "ETag": f'"{manifest.digest}"'}
    content = manifest.content
    if request.method == "HEAD":
        headers["Content-Length"] = str(len(content))
        content = b""
    return Response(content, headers=headers, media_type=manifest.media_type)


def _acceptable(registry: Registry, name: str, manifest: Manifest, accept: str) -> Manifest:
    """The manifest in a form the client takes, as registries that follow Docker's answer clients of before."""
    taken = {one.partition(";")[0].strip() for one in accept.split(",") if one.strip()}
    if not taken or manifest.media_type in taken or taken & {"*/*", "application/*"}:
        return manifest
    if manifest.media_type == DOCKER_LIST:
        for entry in manifest.json()["manifests"]:
            told = entry.get("platform") or {}
            if (told.get("os"), told.get("architecture")) == ("linux", "amd64"):
                return registry.repositories.resolve(name, entry["digest"])
    if manifest.media_type in (OCI_MANIFEST, OCI_INDEX):
        what, plural = ("index", "indexes") if manifest.media_type == OCI_INDEX else ("manifest", "manifests")
        message = f"OCI {what} found, but accept header does not support OCI {plural}"
        raise RegistryError(404, "MANIFEST_UNKNOWN", message)
    return manifest


async def put_manifest(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    content = await request.body()
    if len(content) > _MAX_MANIFEST:
        raise manifest_invalid("manifest is larger than 4 MiB")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip() or None
    name = params["name"]
    digest, subject = registry.repositories.put_manifest(name, params["reference"], media_type, content)
    headers = {"Docker-Content-Digest": digest, "Location": f"/v2/{name}/manifests/{digest}"}
    if subject is not None:
        headers["OCI-Subject"] = subject
    return Response(status_code=201, headers=headers)


async def delete_manifest(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    reference = params["reference"]
    if reference.startswith("sha256:"):
        registry.repositories.delete_manifest(params["name"], reference)
    else:
        registry.repositories.delete_tag(params["name"], reference)
    return Response(status_code=202)


# -- blobs -----------------------------------------------------------------------------------------------------------


async def get_blob(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    digest = params["digest"]
    if not registry.repositories.has_blob(check_repository(params["name"]), digest):
        raise blob_unknown(digest)
    headers = {"Docker-Content-Digest": digest, "ETag": f'"{digest}"', "Accept-Ranges": "bytes"}
    return FileResponse(registry.blobs.path(digest), headers=headers, media_type="application/octet-stream")


async def delete_blob(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    if not registry.repositories.unlink_blob(check_repository(params["name"]), params["digest"]):
        raise blob_unknown(params["digest"])
    return Response(status_code=202)


async def start_upload(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    """Begin an upload; or mount a blob of another repository; or, with `digest`, take the whole blob at once."""
    name = check_repository(params["name"])
    query = request.query_params
    if (mount := query.get("mount")) is not None:
        source = query.get("from")
        size = registry.blobs.size(mount)
        if source and size is not None and registry.repositories.has_blob(source, mount):
            try:
                registry.access.authorize(request.headers.get("authorization"), [repository(source, "pull")])
            except RegistryError as error:
                raise denied("the blob's source repository is not readable with these credentials") from error
            registry.repositories.link_blob(name, mount, size)
            return _created(name, mount)
    upload = registry.blobs.begin()
    if (digest := query.get("digest")) is not None:
        await _append(registry, request, upload)
        return await _finish(registry, name, upload, digest)
    return _accepted(name, upload, 0)


async def upload_status(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    response = _accepted(params["name"], params["upload"], registry.blobs.offset(params["upload"]))
    response.status_code = 204
    return response


async def append_upload(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    upload = params["upload"]
    _check_range(registry, request, params["name"], upload)
    await _append(registry, request, upload)
    return _accepted(params["name"], upload, registry.blobs.offset(upload))


async def finish_upload(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    """The last piece (or none) and the digest, which is verified."""
    name, upload = check_repository(params["name"]), params["upload"]
    digest = request.query_params.get("digest")
    if digest is None:
        raise RegistryError(400, "DIGEST_INVALID", "the digest parameter is missing")
    check_digest(digest)
    _check_range(registry, request, name, upload)
    await _append(registry, request, upload)
    return await _finish(registry, name, upload, digest)


async def cancel_upload(registry: Registry, request: Request, params: dict[str, str]) -> Response:
    registry.blobs.cancel(params["upload"])
    return Response(status_code=204)


def _check_range(registry: Registry, request: Request, name: str, upload: str) -> None:
    """A piece must begin where the upload ends; 416 with the range that is there otherwise."""
    offset = registry.blobs.offset(upload)
    given = request.headers.get("content-range")
    if given is None:
        return
    match = _RANGE.match(given)
    length = request.headers.get("content-length")
    headers = dict(_accepted(name, upload, offset).headers)
    if match is None or int(match[1]) != offset:
        raise range_invalid(f"the upload has {offset} bytes, '{given}' does not continue it", headers)
    if length is not None and int(match[2]) - int(match[1]) + 1 != int(length):
        raise range_invalid(f"'{given}' is not {length} bytes long", headers)


async def _append(registry: Registry, request: Request, upload: str) -> None:
    with registry.blobs.upload_path(upload).open("ab") as file:
        async for chunk in request.stream():
            if chunk:
                file.write(chunk)


async def _finish(registry: Registry, name: str, upload: str, digest: str) -> Response:
    size = await asyncio.to_thread(registry.blobs.finish, upload, digest)
    registry.repositories.link_blob(name, digest, size)
    return _created(name, digest)


def _created(name: str, digest: str) -> Response:
    headers = {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest}
    return Response(status_code=201, headers=headers)


def _accepted(name: str, upload: str, offset: int) -> Response:
    headers = {
        "Location": f"/v2/{name}/blobs/uploads/{upload}",
        "Docker-Upload-UUID": upload,
        # An empty upload has no last byte; every registry says 0-0 then.
        "Range": f"0-{max(0, offset - 1)}",
    }
    return Response(status_code=202, headers=headers)


# -- paging ----------------------------------------------------------------------------------------------------------


def _limit(request: Request) -> int | None:
    text = request.query_params.get("n")
    if text is None:
        return None
    if not text.isdigit():
        raise RegistryError(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested", {"n": text})
    return int(text)


def _paged(request: Request, body: dict[str, Any], last: str | None) -> Response:
    headers = {}
    if last is not None:
        query = urlencode({"last": last, "n": request.query_params["n"]})
        headers["Link"] = f'<{quote(request.url.path)}?{query}>; rel="next"'
    return JSONResponse(body, headers=headers)


def _nothing(params: dict[str, str]) -> list[Grant]:
    return []


def _catalog(params: dict[str, str]) -> list[Grant]:
    return [CATALOG]


def _pull(params: dict[str, str]) -> list[Grant]:
    return [repository(params["name"], "pull")]


def _push(params: dict[str, str]) -> list[Grant]:
    return [repository(params["name"], "pull", "push")]


def _delete(params: dict[str, str]) -> list[Grant]:
    return [repository(params["name"], "delete")]


_NAME = r"/v2/(?P<name>.+?)"
_MANIFEST = _NAME + r"/manifests/(?P<reference>[^/]+)"
_UPLOAD = _NAME + r"/blobs/uploads/(?P<upload>[^/]+)"
_BLOB = _NAME + r"/blobs/(?P<digest>[^/]+)"

# method, path, handler, what the caller must be allowed. Uploads stand before blobs, whose pattern is wider.
ROUTES: tuple[Row, ...] = (
    ("GET", r"/v2/?", base, _nothing),
    ("GET", r"/v2/_catalog", catalog, _catalog),
    ("GET", _NAME + r"/tags/list", tags, _pull),
    ("GET", _NAME + r"/referrers/(?P<digest>[^/]+)", referrers, _pull),
    ("GET", _MANIFEST, get_manifest, _pull),
    ("HEAD", _MANIFEST, get_manifest, _pull),
    ("PUT", _MANIFEST, put_manifest, _push),
    ("DELETE", _MANIFEST, delete_manifest, _delete),
    ("POST", _NAME + r"/blobs/uploads/?", start_upload, _push),
    ("GET", _UPLOAD, upload_status, _push),
    ("PATCH", _UPLOAD, append_upload, _push),
    ("PUT", _UPLOAD, finish_upload, _push),
    ("DELETE", _UPLOAD, cancel_upload, _push),
    ("GET", _BLOB, get_blob, _pull),
    ("HEAD", _BLOB, get_blob, _pull),
    ("DELETE", _BLOB, delete_blob, _delete),
)
