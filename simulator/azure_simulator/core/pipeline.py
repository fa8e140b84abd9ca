"""The way of a request: log, faults, route, token, quota, api-version, subscription, group, registration, handler."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from azure_simulator.core.addresses import AddressesExhausted
from azure_simulator.core.control import Control
from azure_simulator.core.errors import ArmError, group_not_found, provider_not_registered
from azure_simulator.core.faults import Fault
from azure_simulator.core.gate import Gate
from azure_simulator.core.headers import STANDARD, request_headers
from azure_simulator.core.injection import ConnectionReset, abort, apply, send_answer, strike
from azure_simulator.core.providers import Providers
from azure_simulator.core.routing import ArmRequest, ArmResponse, Match, Route, Router
from azure_simulator.core.service import Context
from azure_simulator.services.authorization.locks import Locks

_log = logging.getLogger(__name__)
_WRITES = ("PUT", "PATCH", "POST")
_LOGGED_BODY = 64_000


class Pipeline:
    """The ASGI application of the management endpoint."""

    def __init__(self, context: Context, router: Router, providers: Providers) -> None:
        self._context = context
        self._router = router
        self._providers = providers
        self._control = Control(context)
        self._gate = Gate(context.settings)
        self._locks = Locks(context.store)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        started = time.perf_counter()
        path = unquote(scope["path"])
        if path.startswith("/_simulator/"):
            answer = self._gate.refusal(scope["headers"]) or await self._control.handle(
                request.method, path.removeprefix("/_simulator/"), await request.body()
            )
            await _response(request.method, answer, {"date": formatdate(usegmt=True)}).__call__(scope, receive, send)
            return
        content = await request.body()
        # Machine time on purpose: distance is no duration of Azure's, which the time scale is about.
        if self._context.settings.options.latency.milliseconds:
            await asyncio.sleep(self._context.settings.options.latency.seconds())
        faults = self._context.faults.matching(request.method, path)
        try:
            answer = await self._handle(request, path, content, faults)
            strike(faults)
        except ConnectionReset:
            self._record(request, path, content, 0, started)
            abort(self._context.listeners, scope)
            return
        except ArmError as error:
            answer = ArmResponse(error.status, error.body(), error.headers)
        except AddressesExhausted as error:
            answer = ArmResponse(503, ArmError(503, "ServiceUnavailable", f"Simulator: {error}.").body())
        except Exception:
            _log.exception("%s %s broke", request.method, path)
            body = {"error": {"code": "InternalServerError", "message": "The simulator broke; its log says where."}}
            answer = ArmResponse(500, body)
        self._record(request, path, content, answer.status, started)
        # Clients that compare a moment with this clock must not see another one than the resources do.
        date = formatdate(self._context.clock.timestamp(), usegmt=True)
        headers = {"date": date, **STANDARD, **request_headers()}
        if (client_id := request.headers.get("x-ms-client-request-id")) and (
            request.headers.get("x-ms-return-client-request-id", "").lower() == "true"
        ):
            headers["x-ms-client-request-id"] = client_id
        response = _response(request.method, answer, headers)
        await send_answer(response, faults, self._context.listeners, scope, receive, send)

    def _record(self, request: Request, path: str, content: bytes, status: int, started: float) -> None:
        body: Any = None
        if content and len(content) < _LOGGED_BODY and "json" in request.headers.get("content-type", ""):
            try:
                body = json.loads(content)
            except ValueError:
                body = "(not JSON)"
        self._context.requests.add(
            host="management",
            method=request.method,
            path=path,
            query=request.url.query,
            status=status,
            milliseconds=(time.perf_counter() - started) * 1000,
            client_request_id=request.headers.get("x-ms-client-request-id"),
            body=body,
        )

    async def _handle(self, request: Request, path: str, content: bytes, faults: list[Fault]) -> ArmResponse:
        await apply(faults)
        match = self._router.match(request.method, path)
        if match is None or match.route is None:
            self._context.tokens.verify(request.headers.get("authorization"))
            raise self._unrouted(request, path, match)
        route = match.route
        arm = ArmRequest(
            method=request.method,
            path=path,
            params=match.params,
            query=request.query_params,
            headers=request.headers,
            content=content,
            base_url=self._context.settings.url,
            faults=faults,
        )
        if not route.authenticated:
            return await route.handler(arm)
        arm.principal = self._context.tokens.verify(request.headers.get("authorization"))
        account = self._context.settings.account
        quota = self._context.throttle.take(arm.principal.object_id, account.subscription_id, arm.method)
        self._check_version(route, arm)
        self._check_scope(route, arm)
        self._context.authorizer.require(arm.principal, route.action, path)
        self._locks.require_unlocked(route.method, path)
        if route.method in _WRITES and route.namespace and not self._providers.registered(route.namespace):
            raise provider_not_registered(route.namespace)
        answer = await route.handler(arm)
        answer.headers.update(quota)
        return answer

    def _check_version(self, route: Route, arm: ArmRequest) -> None:
        if not route.api_versions:
            return
        version = arm.api_version
        if not version:
            message = "The api-version query parameter (?api-version=) is required for all requests."
            raise ArmError(400, "MissingApiVersionParameter", message, gateway=True)
        if version in route.api_versions:
            return
        supported = ", ".join(sorted(route.api_versions, reverse=True))
        if route.namespace is None or route.resource_type is None:
            message = f"The api-version '{version}' is invalid. The supported versions are '{supported}'."
            raise ArmError(400, "InvalidApiVersionParameter", message, gateway=True)
        message = (
            f"No registered resource provider found for location '' and API version '{version}' for type "
            f"'{route.resource_type}'. The supported api-versions are '{supported}'."
        )
        raise ArmError(400, "NoRegisteredProviderFound", message, gateway=True)

    def _check_scope(self, route: Route, arm: ArmRequest) -> None:
        subscription = arm.params.get("subscription")
        if subscription and subscription.lower() != self._context.settings.account.subscription_id:
            message = f"The subscription '{subscription}' could not be found."
            raise ArmError(404, "SubscriptionNotFound", message, gateway=True)
        group = arm.params.get("group")
        if group and route.needs_group:
            state = self._providers.group_state(group)
            if state is None:
                raise group_not_found(group)
            if state == "Deleting" and route.method in _WRITES:
                message = f"The resource group '{group}' is in deprovisioning state and cannot perform this operation."
                raise ArmError(409, "ResourceGroupBeingDeleted", message, gateway=True)

    def _unrouted(self, request: Request, path: str, match: Match | None) -> ArmError:
        if match is not None and match.methods:
            allowed = ", ".join(sorted(match.methods))
            message = f"The requested resource does not support http method '{request.method}'."
            return ArmError(405, "MethodNotAllowed", message, headers={"Allow": allowed})
        return self._providers.unknown(request.method, path)


def _response(method: str, answer: ArmResponse, headers: dict[str, str]) -> Response:
    merged = {**headers, **answer.headers}
    if answer.body is None or method == "HEAD":
        if answer.body is None and answer.status not in (204, 304):
            merged.setdefault("content-length", "0")
        return Response(b"", status_code=answer.status, headers=merged)
    if isinstance(answer.body, bytes):
        return Response(answer.body, status_code=answer.status, headers=merged)
    merged.setdefault("content-type", "application/json; charset=utf-8")
    content = json.dumps(answer.body, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(content, status_code=answer.status, headers=merged)
