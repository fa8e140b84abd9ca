"""Sends the requests of a recording to the simulator and compares its answers with the recorded ones.

Compared: status codes, the names of the response headers, and the shape of bodies (member names and JSON types, not
values). Every difference has a name such as `PUT registries: extra body.properties.x`; a test either has none or
lists it with the reason why it is right.

Recordings are not part of the project; where they are absent the tests are skipped.
"""

from __future__ import annotations

import ast
import fnmatch
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import yaml

from tests.simulator_fixture import Simulator
from tests.support.waiting import PATIENCE_SECONDS, until

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "azure-recordings"
_ZERO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
_OPERATION_HEADERS = ("azure-asyncoperation", "location")

# Names of headers that say nothing about the service: transport, caches, and what differs between years of Azure.
IGNORED_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "content-type",
        "date",
        "server",
        "transfer-encoding",
        "vary",
        "x-aspnet-version",
        "x-cache",
        "x-content-type-options",
        "x-msedge-ref",
        "x-powered-by",
        "retry-after",
        "x-ms-operation-identifier",
    }
)
_IGNORED_HEADER_PREFIXES = ("x-ms-ratelimit-",)


@dataclass(frozen=True)
class Exchange:
    """One recorded request with its answer."""

    index: int
    method: str
    url: str
    body: Any
    status: int
    headers: Mapping[str, str]
    content: str

    @property
    def label(self) -> str:
        """Method and what it is about: resource type and action, without names."""
        path = urlsplit(self.url).path
        match = re.search(r"/providers/[^/]+/(.+)$", path, re.IGNORECASE)
        if match:
            parts = match[1].split("/")
            return f"{self.method} {'/'.join(parts[::2])}"
        match = re.search(
            r"/(resourcegroups|operationresults|resources|providers)(?:/[^/]+(?:/(.+))?)?$", path, re.IGNORECASE
        )
        if match:
            return f"{self.method} {match[1].lower()}{f'/{match[2]}' if match[2] else ''}"
        return f"{self.method} {path}"


@dataclass
class Outcome:
    """What a walk through a recording found."""

    differences: list[str] = field(default_factory=list)
    exchanges: int = 0

    def unexplained(self, justified: Mapping[str, str]) -> list[str]:
        """Differences no pattern of `justified` covers."""
        return [name for name in self.differences if not any(fnmatch.fnmatchcase(name, p) for p in justified)]

    def unused(self, justified: Iterable[str]) -> list[str]:
        """Patterns that cover nothing."""
        return [p for p in justified if not any(fnmatch.fnmatchcase(name, p) for name in self.differences)]


def recordings(folder: str) -> list[Any]:
    """pytest parameters: the recordings of a folder, or one that skips."""
    found = sorted((RECORDINGS / folder).glob("*.yaml"))
    if not found:
        return [
            pytest.param(None, marks=pytest.mark.skip(reason="the recordings are not on this machine"), id="absent")
        ]
    return [pytest.param(path, id=path.stem) for path in found]


def load(path: Path) -> list[Exchange]:
    """The exchanges of a recording, in order."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    exchanges = []
    for index, interaction in enumerate(content["interactions"]):
        request, response = interaction["request"], interaction["response"]
        headers = {
            name.lower(): value[0] if isinstance(value, list) else value for name, value in response["headers"].items()
        }
        exchanges.append(
            Exchange(
                index,
                request["method"],
                request["uri"],
                _request_body(request["body"]),
                response["status"]["code"],
                headers,
                response["body"].get("string") or "",
            )
        )
    return exchanges


def _request_body(body: Any) -> Any:
    """The JSON of a request; older recorders wrote the repr of bytes, more than once."""
    while isinstance(body, bytes) or (isinstance(body, str) and body.startswith("b'")):
        body = body.decode() if isinstance(body, bytes) else ast.literal_eval(body)
    if isinstance(body, str) and body.startswith("<binary"):
        return body
    return json.loads(body) if body else None


class Replay:
    """One recording against one simulator with an empty subscription."""

    def __init__(self, simulator: Simulator, exchanges: list[Exchange]) -> None:
        self._simulator = simulator
        self._exchanges = exchanges
        self._subscription = simulator.connection["subscription_id"]
        self._operations: dict[str, str] = {}
        self.answers: list[tuple[Exchange, requests.Response]] = []
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = simulator.connection["ca_path"]
        self._session.headers["Authorization"] = f"Bearer {simulator.token()}"

    def prepare(self, *namespaces: str) -> None:
        """Register providers, and create the groups the recording's own set-up had made before it began."""
        self._simulator.register(*namespaces)
        seen: set[str] = set()
        for exchange in self._exchanges:
            match = re.search(r"/resourcegroups/([^/]+)(/?)", urlsplit(exchange.url).path, re.IGNORECASE)
            if match is None or match[1].lower() in seen:
                continue
            seen.add(match[1].lower())
            creates = exchange.method == "PUT" and not match[2]
            missing = exchange.status == 404 and not match[2]
            if not creates and not missing:
                self._simulator.group(match[1], "westus")

    def run(self) -> Outcome:
        """Send everything in order; polls of one operation count as one request, repeated until it is over."""
        outcome = Outcome()
        index = 0
        while index < len(self._exchanges):
            exchange = self._exchanges[index]
            last = index
            key = _operation_key(exchange.url)
            if exchange.method == "GET" and key in self._operations:
                while last + 1 < len(self._exchanges) and self._is_poll(self._exchanges[last + 1], key):
                    last += 1
                exchange = self._exchanges[last]
                response = self._poll(self._operations[key], exchange)
            else:
                response = self._send(exchange)
            self.answers.append((exchange, response))
            outcome.exchanges += last - index + 1
            outcome.differences += compare(exchange, response)
            self._remember(exchange, response)
            index = last + 1
        return outcome

    def _is_poll(self, exchange: Exchange, before: str) -> bool:
        """Whether it asks once more what was asked before: the result of an operation is not its status."""
        key = _operation_key(exchange.url)
        same = key.rpartition("/")[0] == before.rpartition("/")[0]
        return exchange.method == "GET" and key in self._operations and same

    def _send(self, exchange: Exchange) -> requests.Response:
        if (elsewhere := self._answer_elsewhere(exchange)) is not None:
            return elsewhere
        parts = urlsplit(exchange.url.replace(_ZERO_SUBSCRIPTION, self._subscription))
        body = exchange.body
        if body is not None:
            body = json.loads(json.dumps(body).replace(_ZERO_SUBSCRIPTION, self._subscription))
        url = f"{self._simulator.url}{parts.path}"
        return self._session.request(
            exchange.method, url, params=parse_qsl(parts.query), json=body, timeout=PATIENCE_SECONDS
        )

    def _answer_elsewhere(self, exchange: Exchange) -> requests.Response | None:
        """The answer to what does not go to the management endpoint; None where it does."""
        return None

    def _poll(self, url: str, last: Exchange) -> requests.Response:
        """Ask until the answer is no longer one of work going on, as the recording's last one is not."""
        response = self._session.get(url, timeout=PATIENCE_SECONDS)

        def over() -> bool:
            nonlocal response
            if not _running(response.status_code, response.text) or _running(last.status, last.content):
                return True
            self._simulator.hook("POST", "clock", {"seconds": 1})
            response = self._session.get(url, timeout=PATIENCE_SECONDS)
            return False

        until(over, f"the end of {url}")
        return response

    def _remember(self, exchange: Exchange, response: requests.Response) -> None:
        for name in _OPERATION_HEADERS:
            if name in exchange.headers and name in response.headers:
                self._operations[_operation_key(exchange.headers[name])] = response.headers[name]


def _operation_key(url: str) -> str:
    """The URL without the signature that changes from poll to poll."""
    return urlsplit(url).path.lower()


def _running(status: int, content: str) -> bool:
    if status == 202:
        return True
    try:
        body = json.loads(content)
    except ValueError:
        return False
    state = body.get("status") if isinstance(body, dict) else None
    return state is not None and state not in ("Succeeded", "Failed", "Canceled")


def compare(exchange: Exchange, response: requests.Response) -> list[str]:
    """Names of the differences between the recorded answer and the simulator's."""
    if response.status_code != exchange.status:
        return [f"{exchange.label}: status {exchange.status} became {response.status_code} {response.text[:200]}"]
    differences = []
    ours = {name.lower() for name in response.headers}
    for name in sorted(exchange.headers):
        if name in IGNORED_HEADERS or name.startswith(_IGNORED_HEADER_PREFIXES):
            continue
        if name not in ours:
            differences.append(f"{exchange.label}: header {name} is missing")
    differences += [f"{exchange.label}: {item}" for item in _bodies(exchange.content, response.text)]
    return differences


def _bodies(recorded: str, ours: str) -> list[str]:
    if bool(recorded.strip()) != bool(ours.strip()):
        return [f"body {'present' if recorded.strip() else 'empty'} became {'present' if ours.strip() else 'empty'}"]
    if not recorded.lstrip().startswith(("{", "[")):
        return []
    return list(_shapes(json.loads(recorded), json.loads(ours), "body"))


def _shapes(recorded: Any, ours: Any, path: str) -> Iterable[str]:
    if _kind(recorded) != _kind(ours):
        yield f"{path} is {_kind(ours)}, not {_kind(recorded)}"
    elif isinstance(recorded, dict):
        free = path.endswith((".tags", ".userAssignedIdentities", ".secret"))
        for name in sorted(recorded.keys() | ours.keys()):
            if free or (name in recorded and name in ours):
                if name in recorded and name in ours:
                    yield from _shapes(recorded[name], ours[name], f"{path}.{name}")
            else:
                yield f"{'missing' if name in recorded else 'extra'} {path}.{name}"
    elif isinstance(recorded, list) and recorded and ours:
        yield from _shapes(*_counterparts(recorded, ours), f"{path}[]")


def _counterparts(recorded: list[Any], ours: list[Any]) -> tuple[Any, Any]:
    """Two items to compare: of the same name if there are any (a subscription's list has strangers), else the first."""
    for item in recorded:
        for other in ours:
            if isinstance(item, dict) and isinstance(other, dict) and item.get("name", 0) == other.get("name", 1):
                return item, other
    return recorded[0], ours[0]


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def walk(simulator: Simulator, recording: Path, *namespaces: str) -> Outcome:
    """Replay a recording file."""
    replay = Replay(simulator, load(recording))
    replay.prepare(*namespaces)
    return replay.run()
