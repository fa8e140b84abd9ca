"""The ASGI application of one vault: the way of a request, and the table of what is answered."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from azure_simulator.core.data_plane import DataPlaneApplication
from azure_simulator.core.service import Context
from azure_simulator.core.store import Document
from azure_simulator.services.key_vault import schema
from azure_simulator.services.key_vault.access import Access
from azure_simulator.services.key_vault.errors import VaultError, bad_parameter
from azure_simulator.services.key_vault.secrets import Secrets

_PAGE = 25
_QUERY = {"api-version", "maxresults", "$skiptoken"}


@dataclass(frozen=True)
class _Call:
    """A request that may do what it asks for; `body` is empty where none is expected."""

    secrets: Secrets
    name: str
    version: str | None
    body: dict[str, Any]


def _purge(call: _Call) -> None:
    call.secrets.purge(call.name)


# Method, path, data action below Microsoft.KeyVault/vaults/secrets/, answer. A list is answered in pages, None is 204.
_ROUTES: tuple[tuple[str, str, str, Callable[[_Call], Any]], ...] = (
    ("GET", r"/secrets", "readMetadata/action", lambda call: call.secrets.current()),
    ("GET", r"/secrets/(?P<name>[^/]+)/versions", "readMetadata/action", lambda call: call.secrets.versions(call.name)),
    (
        "GET",
        r"/secrets/(?P<name>[^/]+)(?:/(?P<version>[^/]+))?",
        "getSecret/action",
        lambda call: call.secrets.get(call.name, call.version),
    ),
    ("PUT", r"/secrets/(?P<name>[^/]+)", "setSecret/action", lambda call: call.secrets.set(call.name, call.body)),
    (
        "PATCH",
        r"/secrets/(?P<name>[^/]+)(?:/(?P<version>[^/]+))?",
        "update/action",
        lambda call: call.secrets.update(call.name, call.version, call.body),
    ),
    ("DELETE", r"/secrets/(?P<name>[^/]+)", "delete", lambda call: call.secrets.delete(call.name)),
    (
        "GET",
        r"/deletedsecrets/(?P<name>[^/]+)",
        "readMetadata/action",
        lambda call: call.secrets.deleted(call.name),
    ),
    ("DELETE", r"/deletedsecrets/(?P<name>[^/]+)", "purge/action", _purge),
)
_COMPILED = [(method, re.compile(pattern), action, answer) for method, pattern, action, answer in _ROUTES]


class VaultApplication(DataPlaneApplication):
    """Answers on a vault's own address. `current` gives the vault as it is now, None when it is deleted."""

    def __init__(self, context: Context, host: str, current: Callable[[], Document | None]) -> None:
        super().__init__(context, host)
        self._current = current

    def broken(self) -> VaultError:
        return VaultError(500, "InternalServerError", "The simulator broke; its log says where.")

    def headers(self) -> dict[str, str]:
        return {"Cache-Control": "no-cache", "x-ms-request-id": str(uuid.uuid4())}

    async def answer(self, request: Request, path: str) -> Response:
        path = path.rstrip("/")
        vault = self._current()
        if vault is None:
            raise VaultError(404, "VaultNotFound", "The vault does not exist.")
        context = self._context
        access = Access(vault, context.authorizer, context.tokens, context.settings.url)
        principal = access.authenticate(request.headers.get("authorization"))
        _check_query(request)
        if request.client is not None:
            access.require_network(principal, request.client.host)
        match, action, answer = _route(request.method, path)
        params = match.groupdict()
        name, version = params.get("name") or "", params.get("version")
        access.require(principal, action, f"/secrets/{name}" if name else "")
        body = await _body(request) if request.method in ("PUT", "PATCH") else {}
        found = answer(_Call(Secrets(context.store, context.clock, vault), name, version, body))
        if found is None:
            return Response(status_code=204)
        return JSONResponse(_page(request, vault, path, found) if isinstance(found, list) else found)


def _route(method: str, path: str) -> tuple[re.Match[str], str, Callable[[_Call], Any]]:
    known = False
    for candidate, pattern, action, answer in _COMPILED:
        match = pattern.fullmatch(path)
        if match is not None and candidate == method:
            return match, action, answer
        known = known or match is not None
    if known and method != "POST":  # what Azure has as POST (backup, restore, recover) is not built
        raise VaultError(405, "MethodNotAllowed", f"The method {method} is not allowed for {path}.")
    message = f"Azure may have {method} {path} in a vault, but this simulator does not implement it."
    raise VaultError(501, "NotImplementedBySimulator", message)


def _check_query(request: Request) -> None:
    version = request.query_params.get("api-version")
    if not version:
        raise bad_parameter("The request is missing the query parameter api-version.")
    if version not in schema.SECRET_VERSIONS:
        supported = ", ".join(schema.SECRET_VERSIONS)
        raise bad_parameter(f"The api-version '{version}' is invalid. The supported versions are '{supported}'.")
    if unknown := set(request.query_params) - _QUERY:
        raise bad_parameter(f"Unknown query parameters: {', '.join(sorted(unknown))}.")


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise bad_parameter("The request body is not JSON.") from error
    if not isinstance(body, dict):
        raise bad_parameter("The request body is not an object.")
    return body


def _page(request: Request, vault: Document, path: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of a list; the token of the next one is where it begins."""
    asked, begin = request.query_params.get("maxresults", str(_PAGE)), request.query_params.get("$skiptoken", "0")
    if not asked.isdigit() or not 1 <= int(asked) <= _PAGE:
        raise bad_parameter(f"maxresults must be a number from 1 to {_PAGE}.")
    if not begin.isdigit():
        raise bad_parameter("The $skiptoken is invalid.")
    end = int(begin) + int(asked)
    link = None
    if end < len(items):
        uri = str(vault.body["properties"]["vaultUri"]).rstrip("/")
        version = quote(request.query_params["api-version"])
        link = f"{uri}{path}?api-version={version}&$skiptoken={end}&maxresults={asked}"
    return {"value": items[int(begin) : end], "nextLink": link}
