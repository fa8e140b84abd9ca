"""The ASGI application of one registry: its token endpoints and the dispatch of everything else."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from azure_simulator.core.data_plane import DataPlaneApplication
from azure_simulator.core.errors import ArmError
from azure_simulator.core.service import Context
from azure_simulator.registry import acr, distribution
from azure_simulator.registry.access import Subject, basic, parse_scopes, unauthorized
from azure_simulator.registry.errors import RegistryError
from azure_simulator.registry.registry import Registry

_ROUTES = [
    (method, re.compile(pattern + "$"), handler, needs)
    for method, pattern, handler, needs in (*distribution.ROUTES, *acr.ROUTES)
]


class RegistryApplication(DataPlaneApplication):
    """Answers on a registry's own address. `current` gives the registry as it is now, None when it is deleted."""

    def __init__(self, context: Context, login_server: str, current: Callable[[], Registry | None]) -> None:
        super().__init__(context, login_server)
        self._current = current

    def broken(self) -> RegistryError:
        return RegistryError(500, "UNKNOWN", "The simulator broke; its log says where.")

    def headers(self) -> dict[str, str]:
        return {"Docker-Distribution-Api-Version": "registry/2.0"}

    def injected(self, error: ArmError) -> RegistryError:
        return RegistryError(error.status, error.code, error.message, headers=error.headers)

    async def answer(self, request: Request, path: str) -> Response:
        registry = self._current()
        if registry is None:
            raise RegistryError(404, "NOT_FOUND", "the registry does not exist")
        if request.client is not None:
            registry.access.require_network(request.client.host)
        if path == "/oauth2/token":
            return await _token(registry, request)
        if path == "/oauth2/exchange":
            return await _exchange(registry, request)
        known = False
        for method, pattern, handler, needs in _ROUTES:
            match = pattern.match(path)
            if match is None:
                continue
            known = True
            if method == request.method:
                params = match.groupdict()
                registry.access.authorize(request.headers.get("authorization"), needs(params))
                return await handler(registry, request, params)
        if known:
            raise RegistryError(405, "UNSUPPORTED", "The operation is unsupported.")
        raise RegistryError(404, "NOT_FOUND", "the requested resource does not exist")


async def _form(request: Request) -> list[tuple[str, str]]:
    if request.method == "GET":
        return list(request.query_params.multi_items())
    if request.method == "POST":
        return parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
    raise RegistryError(405, "UNSUPPORTED", "The operation is unsupported.")


async def _token(registry: Registry, request: Request) -> Response:
    """Scoped access token for a refresh token, for a name and password, or for nobody where anyone may pull."""
    items = await _form(request)
    form = dict(items)
    wanted = parse_scopes(value for name, value in items if name == "scope")
    _check_service(registry, form)
    subject: Subject | None = None
    credentials = basic(request.headers.get("authorization"))
    if credentials is None and form.get("grant_type") == "password" and form.get("username"):
        credentials = (form["username"], form.get("password", ""))
    if credentials is not None:
        subject = registry.access.password(*credentials)
    elif form.get("refresh_token"):
        subject = registry.access.refresh_subject(form["refresh_token"])
    elif registry.document.body["properties"]["anonymousPullEnabled"]:
        subject = Subject("anonymous", "")
    if subject is None:
        raise unauthorized(wanted)
    return JSONResponse({"access_token": registry.access.issue_access(subject, wanted)})


async def _exchange(registry: Registry, request: Request) -> Response:
    """Refresh token of the registry for an access token of the tenant."""
    form = dict(await _form(request))
    _check_service(registry, form)
    if "access_token" not in form.get("grant_type", "") or not form.get("access_token"):
        raise RegistryError(400, "INVALID_REQUEST", "grant_type must be access_token, with an access_token")
    subject = registry.access.entra_token(form["access_token"])
    if subject is None:
        raise unauthorized([])
    return JSONResponse({"refresh_token": registry.access.issue_refresh(subject)})


def _check_service(registry: Registry, form: dict[str, str]) -> None:
    service = form.get("service")
    if service is not None and service.lower() != registry.login_server:
        raise RegistryError(400, "INVALID_REQUEST", f"service '{service}' is not {registry.login_server}")
