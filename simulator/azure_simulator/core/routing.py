"""Requests, answers, and the table that leads from a path to a handler.

Templates are literal segments and `{name}` parameters; literals match without case, as Azure's do. A template that
begins with `{scope}` is an extension resource: everything before its `/providers/…` becomes the `scope` parameter.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from azure_simulator.core.errors import ArmError, invalid_content
from azure_simulator.core.faults import Fault


@dataclass(frozen=True)
class Principal:
    """Whoever a verified access token stands for."""

    object_id: str
    client_id: str
    tenant_id: str


@dataclass
class ArmRequest:
    """A request that passed the pipeline; `params` are the template's parameters, percent-decoded."""

    method: str
    path: str
    params: dict[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    base_url: str
    principal: Principal | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def api_version(self) -> str:
        """The query's api-version, empty where a route needs none."""
        return self.query.get("api-version", "")

    @property
    def caller(self) -> Principal:
        """Who asks; only routes that need no token have nobody."""
        if self.principal is None:
            raise ValueError(f"{self.path} is not authenticated")
        return self.principal

    def json(self) -> dict[str, Any]:
        """The body as an object; 400 InvalidRequestContent when it is not one."""
        if not self.content.strip():
            raise ArmError(400, "InvalidRequestContent", "The request content is empty but an object is required.")
        try:
            value = json.loads(self.content)
            if b"\\u" in self.content:
                # Half of a surrogate pair is no text: it could be neither stored nor answered.
                json.dumps(value, ensure_ascii=False).encode()
        except ValueError as error:
            raise invalid_content(str(error)) from error
        if not isinstance(value, dict):
            raise invalid_content("The value is not an object.")
        return value

    def url(self, path: str, api_version: str | None = None) -> str:
        """Absolute URL of a path on this endpoint, with the request's api-version unless told another."""
        return f"{self.base_url}{quote(path, safe='/%')}?api-version={api_version or self.api_version}"

    def fault(self, kind: str) -> Fault | None:
        """The first injected fault of that kind that applies to this request."""
        return next((fault for fault in self.faults if fault.kind == kind), None)


@dataclass
class ArmResponse:
    """What a handler answers. `body=None` sends no content at all; bytes are sent as they are."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[ArmRequest], Awaitable[ArmResponse]]


@dataclass(frozen=True)
class Route:
    """One method on one path template.

    `api_versions`: accepted ones (empty: the parameter is not looked at). `authenticated=False` for endpoints that
    need no token. `needs_group=False` when a missing resource group is no error here (DELETE that answers 204).
    """

    method: str
    template: str
    handler: Handler
    api_versions: frozenset[str] = frozenset()
    authenticated: bool = True
    needs_group: bool = True

    @property
    def segments(self) -> list[str]:
        return [segment for segment in self.template.split("/") if segment]

    @property
    def namespace(self) -> str | None:
        """`Microsoft.X` when the path names a provider, else None."""
        segments = self.segments
        index = _last_provider(segments)
        if index is None or index + 1 >= len(segments) or segments[index + 1].startswith("{"):
            return None
        return segments[index + 1]

    @property
    def resource_type(self) -> str | None:
        """`registries` or `registries/replications`: literal segments after the namespace, at even distance."""
        segments = self.segments
        index = _last_provider(segments)
        if index is None:
            return None
        return "/".join(segment for segment in segments[index + 2 :: 2] if not segment.startswith("{")) or None

    @property
    def action(self) -> str:
        """The permission ARM asks for, e.g. `Microsoft.X/things/read` or `Microsoft.X/things/start/action`."""
        namespace, kind = self.namespace, self.resource_type
        if namespace is None:
            namespace, kind = "Microsoft.Resources", "subscriptions/resourceGroups"
        verbs = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
        # The last literal of a POST path is already in the type: `things/start`.
        verb = verbs.get(self.method, "action")
        return f"{namespace}/{kind}/{verb}"


def _last_provider(segments: list[str]) -> int | None:
    indexes = [index for index, segment in enumerate(segments) if segment.lower() == "providers"]
    return indexes[-1] if indexes else None


@dataclass
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    routes: dict[str, Route] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """A route with its parameters, or (route None) the methods the path does know."""

    route: Route | None
    params: dict[str, str]
    methods: tuple[str, ...]


class Router:
    """Routes by path; literals win over parameters."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._plain = _Node()
        self._extension = _Node()
        for route in routes:
            segments = route.segments
            node = self._plain
            if segments[0] == "{scope}":
                node, segments = self._extension, segments[1:]
            for segment in segments:
                if segment.startswith("{"):
                    node.parameter = node.parameter or _Node()
                    node = node.parameter
                else:
                    node = node.literals.setdefault(segment.lower(), _Node())
            if route.method in node.routes:
                raise ValueError(f"{route.method} {route.template} is routed twice")
            node.routes[route.method] = route

    def match(self, method: str, path: str) -> Match | None:
        """The match, or None when no template has this shape."""
        segments = [segment for segment in path.split("/") if segment]
        found = _walk(self._plain, segments, 0, [])
        scope = ""
        if found is None and (index := _last_provider(segments)) is not None:
            found = _walk(self._extension, segments[index:], 0, [])
            scope = "/" + "/".join(segments[:index])
        if found is None:
            return None
        node, values = found
        route = node.routes.get(method)
        if route is None:
            return Match(None, {}, tuple(node.routes))
        names = [segment[1:-1] for segment in route.segments if segment.startswith("{")]
        if names and names[0] == "scope":
            values = [scope, *values]
        return Match(route, dict(zip(names, values, strict=True)), tuple(node.routes))


def _walk(node: _Node, segments: list[str], index: int, values: list[str]) -> tuple[_Node, list[str]] | None:
    if index == len(segments):
        return (node, values) if node.routes else None
    literal = node.literals.get(segments[index].lower())
    if literal is not None and (found := _walk(literal, segments, index + 1, values)) is not None:
        return found
    if node.parameter is not None:
        return _walk(node.parameter, segments, index + 1, [*values, segments[index]])
    return None
