"""Errors of the connection: what they are called, and what to do about them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import (
    OperationsError,
    from_azure,
    from_sign_in,
)

_POOL = "HTTPSConnectionPool(host='login.example', port=443): Max retries exceeded with url: /t (Caused by {})"
TRANSPORT: list[tuple[str, Exception, str]] = [
    (
        "name",
        ServiceRequestError(_POOL.format("NameResolutionError(\"Failed to resolve 'login.example' ([Errno -2])\")")),
        "HostNotFound",
    ),
    ("name, older", ServiceRequestError("[Errno -3] Temporary failure in name resolution"), "HostNotFound"),
    ("name, macOS", ServiceRequestError("[Errno 8] nodename nor servname provided, or not known"), "HostNotFound"),
    (
        "proxy",
        ServiceRequestError(_POOL.format("ProxyError('Unable to connect to proxy', OSError('Tunnel failed: 403'))")),
        "ProxyFailed",
    ),
    (
        "tls",
        ServiceRequestError(_POOL.format("SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] self-signed')")),
        "CertificateNotTrusted",
    ),
    ("connecting", ServiceRequestError(_POOL.format("Connection to login.example timed out.")), "EndpointTimedOut"),
    ("refused", ServiceRequestError(_POOL.format("NewConnectionError('Connection refused')")), "EndpointUnreachable"),
    ("answering", ServiceResponseError("Read timed out. (read timeout=120)"), "ConnectionLost"),
    ("reset", ServiceResponseError("('Connection aborted.', ConnectionResetError(104))"), "ConnectionLost"),
    ("cut", IncompleteReadError("IncompleteRead(3 bytes read, 4 more expected)"), "AnswerIncomplete"),
]


@pytest.mark.parametrize(("exc", "code"), [case[1:] for case in TRANSPORT], ids=[case[0] for case in TRANSPORT])
def test_a_connection_that_fails_has_its_own_code(exc: Exception, code: str) -> None:
    error = from_azure(exc, "Reading it")
    assert error.code == code
    assert error.remedy and "\n" not in str(error)


@pytest.mark.parametrize(("exc", "code"), [case[1:] for case in TRANSPORT], ids=[case[0] for case in TRANSPORT])
def test_a_sign_in_host_that_is_not_reached_has_refused_nobody(exc: Exception, code: str) -> None:
    # As azure-identity wraps it.
    wrapped = ClientAuthenticationError(message=f"Authentication failed: {exc}")
    wrapped.__cause__ = exc
    error = from_sign_in(wrapped)
    assert error.code == f"SignIn{code}"
    assert error.code != "AuthenticationFailed"
    assert error.remedy and "az login" not in error.remedy


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_sign_in_host_that_does_not_work(status: int) -> None:
    response: Any = SimpleNamespace(status_code=status, reason="r", headers={}, text=lambda: "<html>", request=None)
    wrapped = ClientAuthenticationError(message="Authentication failed: Unexpected response from AAD")
    wrapped.__cause__ = HttpResponseError(message="m", response=response)
    error = from_sign_in(wrapped)
    assert (error.code, error.status) == ("SignInUnavailable", status)


def test_a_refused_sign_in_is_one() -> None:
    told = "Authentication failed: AADSTS7000215: Invalid client secret. Trace ID: a Correlation ID: 0-1 Timestamp: t"
    assert from_sign_in(ClientAuthenticationError(message=told)).code == "AADSTS7000215"
    assert from_sign_in(ClientAuthenticationError(message="Azure CLI not found")).code == "AuthenticationFailed"


@pytest.mark.parametrize(
    ("message", "busy"),
    [
        ("The resource is busy processing a previous update request. Please try again later.", True),
        ("The cluster is updating", True),
        ("The resource is in CreateFailed state and cannot be updated", False),
        ("Operation cannot be done on a resource in a failed state", False),
        ("The provisioning state 'Failed' does not allow it", False),
        ("The cache has provisioningState: Canceled", False),
        ("The server is in Disabled state", False),
    ],
)
@pytest.mark.parametrize("code", ["CacheBusy", "AnotherOperationInProgress", "ServerIsBusy"])
def test_what_waiting_cannot_end_is_not_busy(code: str, message: str, busy: bool) -> None:
    assert OperationsError(message, code=code, status=409).busy is busy


@pytest.mark.parametrize(
    ("status", "doing", "capacity"),
    [
        (409, "Writing container group api", True),
        (503, "Writing container group api", False),
        (503, "Reading resource group rg", False),
        (409, "Writing PostgreSQL server db", False),
        (None, "Waiting for Redis cache c", False),
    ],
)
def test_no_capacity_is_what_a_container_group_is_told(status: int | None, doing: str, capacity: bool) -> None:
    error = OperationsError(f"{doing} failed: not available", code="ServiceUnavailable", status=status)
    assert ("capacity" in error.remedy) is capacity
    assert ("backend_cpu" in error.remedy) is capacity
