"""What is sent a second time, and what is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.core import PipelineClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.paging import ItemPaged
from azure.core.pipeline import policies
from azure.core.rest import HttpRequest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _session, _transport
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._reads import Reads
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._transport import PatientTransport
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

URL = "https://management.example/subscriptions/s/x"
JSON = {"content-type": "application/json"}


class Answered:
    """A response as azure-core makes it from that of requests."""

    def __init__(self, request: Any, status: int, text: str = "{}", headers: dict[str, str] | None = None) -> None:
        self.request = request
        self.status_code = status
        self.reason = "reason"
        self.headers = {**JSON, **(headers or {})}
        self.content_type = self.headers["content-type"]
        self.internal_response = self
        self._text = text

    @property
    def content(self) -> bytes:
        return self._text.encode()

    def text(self, _encoding: str | None = None) -> str:
        return self._text

    def body(self) -> bytes:
        return self.content


class Wire:
    """What answers, one thing after the other, and what has been sent."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[str] = []

    def send(self, request: Any, **_options: Any) -> Any:
        self.sent.append(request.method)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, *rest = answer if isinstance(answer, tuple) else (answer,)
        return Answered(request, status, *rest)

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""


Make = Callable[..., PatientTransport]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return what makes a transport over a wire; nobody waits, and notes are kept as its attribute."""
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(time, "sleep", sleep)

    def made(wire: Wire, timeout: float = 3600, **options: Any) -> PatientTransport:
        notes: list[str] = []
        transport = PatientTransport(True, clock[0] + timeout, notes.append, **options)
        transport._inner = wire
        vars(transport)["notes"] = notes
        return transport

    return made


def request(method: str, url: str = URL) -> Any:
    return HttpRequest(method, url)


RESET = ServiceResponseError("Connection aborted.")
CUT = IncompleteReadError("IncompleteRead(3 bytes read, 4 more expected)")
LOST = [500, 502, 503, 504, 408, RESET, CUT, (200, '{"a": ')]
IDS = [str(one)[:20] for one in LOST]


@pytest.mark.parametrize("lost", LOST, ids=IDS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_only_reads_is_sent_again(make: Make, method: str, lost: Any) -> None:
    wire = Wire(lost, lost, (200, '{"a": 1}'))
    transport = make(wire)
    assert transport.send(request(method)).text() == '{"a": 1}'
    assert wire.sent == [method] * 3
    assert len(vars(transport)["notes"]) == 2


@pytest.mark.parametrize("lost", LOST, ids=IDS)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST", "DELETE"])
def test_a_write_that_may_have_been_done_is_sent_once(make: Make, method: str, lost: Any) -> None:
    wire = Wire(lost, (200, "{}"))
    transport = make(wire)
    try:
        found = transport.send(request(method))
    except AzureError:
        assert not isinstance(lost, int)
    else:
        assert found.status_code == lost
    assert wire.sent == [method]
    assert vars(transport)["notes"] == []


@pytest.mark.parametrize("lost", LOST, ids=IDS)
@pytest.mark.parametrize(
    ("method", "url", "options"),
    [
        ("POST", f"{URL}/listKeys", {}),
        ("POST", f"{URL}/listCredentials?api-version=1", {}),
        ("POST", f"{URL}/register", {}),
        ("PUT", URL, {"repeat_writes": True}),
        ("POST", URL, {"repeat_writes": True}),
    ],
)
def test_a_write_that_may_be_done_twice_is_sent_again(
    make: Make, method: str, url: str, options: dict[str, Any], lost: Any
) -> None:
    wire = Wire(lost, (200, "{}"))
    assert make(wire, **options).send(request(method, url)).status_code == 200
    assert wire.sent == [method] * 2


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "POST", "DELETE"])
@pytest.mark.parametrize("times", [1, 5, 20])
def test_throttling_is_waited_out_within_the_deadline(make: Make, method: str, times: int) -> None:
    throttled = (429, "{}", {"retry-after": "17"})
    wire = Wire(*[throttled] * times, (201, "{}"))
    assert make(wire).send(request(method)).status_code == 201
    wire = Wire(*[throttled] * times, (201, "{}"))
    assert make(wire, timeout=16).send(request(method)).status_code == 429
    assert wire.sent == [method]


_LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize(
    "told", [{}, *({"retry-after": one} for one in ("0", "0.0", "-5", "nan", "soon", _LONG_AGO))], ids=str
)
def test_throttling_that_names_no_time_is_asked_ever_less_often(make: Make, told: dict[str, str]) -> None:
    wire = Wire(*[(429, "{}", told)] * 1000)
    assert make(wire, timeout=300).send(request("PUT")).status_code == 429
    assert len(wire.sent) < 20


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_was_never_sent_is_sent_again_and_soon_given_up(make: Make, method: str) -> None:
    refused = ServiceRequestError("Connection refused")
    assert make(Wire(refused, refused, 200)).send(request(method)).status_code == 200
    wire = Wire(*[refused] * 9)
    with pytest.raises(ServiceRequestError):
        make(wire).send(request(method))
    assert len(wire.sent) == _transport.TRIES_UNSENT


def test_a_certificate_does_not_get_better(make: Make) -> None:
    wire = Wire(ServiceRequestError("SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed: self-signed"))
    with pytest.raises(ServiceRequestError):
        make(wire).send(request("GET"))
    assert len(wire.sent) == 1


def test_what_does_not_end_is_given_up(make: Make) -> None:
    wire = Wire(*[500] * 50)
    assert make(wire).send(request("GET")).status_code == 500
    assert len(wire.sent) == _transport.TRIES


@pytest.mark.parametrize("status", [200, 201, 202, 204, 304, 400, 401, 403, 404, 409, 412])
def test_what_azure_has_said_is_not_asked_again(make: Make, status: int) -> None:
    wire = Wire((status, "{}", {"retry-after": "1"}))
    assert make(wire).send(request("GET")).status_code == status
    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"x-ms-retry-after-ms": "20", "retry-after": "1"}, 0.02),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after-ms": "0", "retry-after": "3"}, 3.0),
        ({}, None),
    ],
)
def test_when_to_ask_again(headers: dict[str, str], seconds: float | None) -> None:
    assert _transport.retry_after(headers) == seconds


def test_a_body_that_is_read_while_it_is_sent_starts_anew(make: Make) -> None:
    import io

    content = io.BytesIO(b"0123456789")
    content.seek(3)
    sent: list[bytes] = []

    class Reading(Wire):
        def send(self, request: Any, **options: Any) -> Any:
            sent.append(request.data.read())
            return super().send(request, **options)

    class Upload:
        method, url, data = "PUT", URL, content

    make(Reading(500, 201), repeat_writes=True).send(Upload())
    assert sent == [b"3456789"] * 2


# Through a client as the SDKs build it


def client(transport: PatientTransport) -> PipelineClient[Any, Any]:
    chain = [policies.RetryPolicy(retry_total=0), policies.CustomHookPolicy()]
    return PipelineClient("https://management.example", policies=chain, transport=transport)


def operation(transport: PatientTransport, method: str) -> Callable[..., Any]:
    """Return an operation as the SDKs generate it."""

    def run(*_args: Any, cls: Any = None, **kwargs: Any) -> Any:
        response = client(transport)._pipeline.run(request(method), stream=True, **kwargs).http_response
        if response.status_code >= 400:
            raise HttpResponseError(response=response)
        return cls(response) if cls else response

    return run


@pytest.mark.parametrize("lost", [429, *LOST], ids=["429", *IDS])
def test_the_last_answer_counts(make: Make, lost: Any) -> None:
    found = _session.call("Reading it", operation(make(Wire(lost, lost, (200, '{"name": "last"}'))), "GET"))
    assert (found.status, found.body) == (200, {"name": "last"})


@pytest.mark.parametrize("lost", LOST, ids=IDS)
def test_a_write_without_an_answer_is_uncertain(make: Make, lost: Any) -> None:
    with pytest.raises(OperationsError) as raised:
        _session.call("Writing it", operation(make(Wire(lost)), "PUT"))
    assert raised.value.uncertain


@pytest.mark.parametrize("refusal", [400, 403, 404, 409, 412, 429])
def test_a_refusal_is_certain(make: Make, refusal: int) -> None:
    with pytest.raises(OperationsError) as raised:
        _session.call("Writing it", operation(make(Wire(refusal), timeout=0), "PUT"))
    assert not raised.value.uncertain


@pytest.mark.parametrize("lost", [429, *LOST], ids=["429", *IDS])
@pytest.mark.parametrize("page", [0, 1, 2])
def test_collected_pages_hold_everything_once(make: Make, page: int, lost: Any) -> None:
    answers: list[Any] = [(200, f'{{"value": [{{"n": {number}}}]}}') for number in range(3)]
    answers.insert(page, lost)
    transport = make(Wire(*answers))

    def listing(**kwargs: Any) -> Any:
        def get_next(link: str | None) -> Any:
            number = int(link or 0)
            sent = request("GET", f"{URL}?page={number}")
            return number, client(transport)._pipeline.run(sent, stream=False, **kwargs).http_response

        def extract(found: Any) -> Any:
            number, response = found
            if response.status_code >= 400:
                raise HttpResponseError(response=response)
            return (str(number + 1) if number < 2 else None), iter([number])

        return ItemPaged(get_next, extract)

    assert _session.collect("Listing them", listing) == [{"n": 0}, {"n": 1}, {"n": 2}]


GROUP = "https://management.example/subscriptions/s/resourceGroups/rg"


def kept(folder: Path) -> Reads:
    """The reads of another task of the same run."""
    reads = Reads(RunCache(str(folder), "north"), "me")
    reads.open()
    return reads


def test_what_was_kept_is_answered_like_what_comes_over_the_wire(make: Make, tmp_path: Path) -> None:
    first = make(Wire((200, '{"name": "ü"}', {"ETag": "1", "Set-Cookie": "c"})), reads=kept(tmp_path))
    first.send(request("GET", GROUP))
    wire = Wire()
    response = make(wire, reads=kept(tmp_path)).send(request("GET", GROUP))
    assert (response.status_code, response.json()) == (200, {"name": "ü"})
    assert response.headers["etag"] == "1"
    assert "set-cookie" not in response.headers
    assert wire.sent == []


def test_clients_and_pages_take_what_was_kept(make: Make, tmp_path: Path) -> None:
    from azure.mgmt.containerinstance import ContainerInstanceManagementClient

    class Nobody:
        def get_token(self, *_scopes: str, **_options: Any) -> Any:
            return AccessToken("token", 2**40)

    def client(wire: Wire) -> Any:
        transport = make(wire, reads=kept(tmp_path))
        return ContainerInstanceManagementClient(
            Nobody(), "s", base_url="https://management.example", transport=transport, retry_total=0
        ).container_groups

    page = '{"value": [{"name": "api"}]}'
    for wire in (Wire((200, page), (404, '{"error": {"code": "ResourceNotFound", "message": "no"}}')), Wire()):
        groups = client(wire)
        assert _session.collect("Listing", groups.list_by_resource_group, "rg") == [{"name": "api"}]
        assert _session.find("Reading", groups.get, "rg", "api") is None
        assert wire.answers == []


def test_a_write_is_noted_before_it_is_sent(make: Make, tmp_path: Path) -> None:
    make(Wire(200), reads=kept(tmp_path)).send(request("GET", GROUP))

    class Looking(Wire):
        def send(self, request: Any, **options: Any) -> Any:
            assert kept(tmp_path).take(GROUP) is None
            return super().send(request, **options)

    with pytest.raises(ServiceResponseError):
        make(Looking(ServiceResponseError("lost")), reads=kept(tmp_path)).send(request("PUT", GROUP))
    wire = Wire(200)
    make(wire, reads=kept(tmp_path)).send(request("GET", GROUP))
    assert wire.sent == ["GET"]
