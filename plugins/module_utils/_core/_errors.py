# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors: one line with cause and remedy for people, a structured C(failure) for programs. Private to this collection.

Decisions are made by Azure's C(error.code), never by the HTTP status: a 409 can mean "no capacity", "busy" or "exists".
Error format: U(https://learn.microsoft.com/rest/api/azure/resource-manager/).
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._remedies import remedy_for

NOT_FOUND = frozenset(
    {"ResourceNotFound", "ResourceGroupNotFound", "ParentResourceNotFound", "ContainerGroupNotFound", "NotFound"}
)
"""Codes that say "there is no such resource"."""

BUSY = frozenset(
    {
        "AnotherOperationInProgress",
        "CacheBusy",
        "ContainerGroupTransitioning",
        "OperationInProgress",
        "ServerBusy",
        "ServerIsBusy",
    }
)
"""Codes that say "not now": the same request succeeds once the running operation has ended."""

_HOPELESS = re.compile(
    r"\b(?:\w*failed|disabled|canceled|inaccessible)\b[\w' ]{0,20}\bstate|"
    r"state\W{1,4}(?:\w*failed|disabled|canceled)\b",
    re.IGNORECASE,
)
"""What such a conflict says when it is about a state that stays, however long anybody waits."""

UNCERTAIN = frozenset({408, 500, 502, 503, 504})
"""Statuses that do not say whether a write was done: it may have been, and only its answer was lost."""

LOST = frozenset({"AnswerIncomplete", "ConnectionLost", "InvalidResponse"})
"""Our codes for an answer that did not arrive."""


class OperationsError(Exception):
    """A failure with everything an operator or a program needs to react.

    :param message: what happened, one line, without a final full stop.
    :param code: Azure's error code, or one of ours in the same style.
    :param remedy: what to do about it; looked up by code when left out.
    :param details: further structured facts (events, logs, problems), without secrets.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int | None = None,
        remedy: str | None = None,
        request_id: str | None = None,
        correlation_id: str | None = None,
        details: dict[str, t.Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = " ".join(message.split()).rstrip(".")
        self.code = code
        self.status = status
        self.remedy = remedy if remedy is not None else remedy_for(code, status, message)
        self.request_id = request_id
        self.correlation_id = correlation_id
        self.details = details or {}

    @property
    def not_found(self) -> bool:
        """Whether Azure says that the resource does not exist."""
        return self.code in NOT_FOUND

    @property
    def busy(self) -> bool:
        """Whether Azure asks to come back later, and waiting can end what it says."""
        return self.code in BUSY and not _HOPELESS.search(self.message)

    @property
    def uncertain(self) -> bool:
        """Whether a write that ended so may have been done all the same."""
        return self.status in UNCERTAIN or self.code in LOST

    def __str__(self) -> str:
        text = f"{self.message} ({self.code})." if self.code and self.code not in self.message else f"{self.message}."
        return f"{text} {self.remedy}" if self.remedy else text

    def failure(self) -> dict[str, t.Any]:
        """Return the structured form, with the same keys every time."""
        return {
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            "status": self.status,
            "request_id": self.request_id,
            "correlation_id": self.correlation_id,
            "details": self.details,
        }


class ExplainedError(OperationsError):
    """A failure whose message says all there is to say, remedy and commands included; it is shown as it is."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message, code=code, remedy="")
        self.message = message

    def __str__(self) -> str:
        return self.message


def from_azure(exc: Exception, doing: str) -> OperationsError:
    """Turn an exception of azure-core or azure-identity into ours.

    :param doing: what was being done, such as C(reading container group codex-api).
    """
    from azure.core import exceptions as azure_exceptions

    if isinstance(exc, azure_exceptions.HttpResponseError) and exc.response is not None:
        return _from_response(exc, doing)
    if isinstance(exc, azure_exceptions.ClientAuthenticationError):
        return _from_authentication(exc, doing)
    if isinstance(exc, azure_exceptions.AzureError):
        return _from_transport(exc, doing)
    raise exc


def _from_response(exc: t.Any, doing: str) -> OperationsError:
    response = exc.response
    code, message = _code_and_message(response)
    if re.search(r"AADSTS\d+", message):
        return _from_authentication(exc, doing)
    headers = response.headers
    return OperationsError(
        f"{doing} failed: {message}" if doing else message,
        code=code or f"Http{response.status_code}",
        status=response.status_code,
        request_id=headers.get("x-ms-request-id"),
        correlation_id=headers.get("x-ms-correlation-request-id"),
    )


def _code_and_message(response: t.Any) -> tuple[str, str]:
    """Return code and message of the usual error envelope, App Service's capitals and the bare form alike."""
    if hasattr(response, "read"):
        response.read()  # what was asked for as a stream has not been read yet
    try:
        body = json.loads(response.text())  # older generated clients have responses without json()
    except ValueError:
        body = None
    if isinstance(body, str):  # one provider sends its JSON envelope as a JSON string
        return "", body
    error = body.get("error", body) if isinstance(body, dict) else {}
    if isinstance(error, list) and error:
        error = error[0]
    if isinstance(error, dict):
        code = error.get("code") or error.get("Code")
        message = error.get("message") or error.get("Message")
        if code or message:
            return str(code or ""), str(message or code)
    registry_errors = body.get("errors") if isinstance(body, dict) else None
    if registry_errors:  # the form of the OCI distribution protocol
        return str(registry_errors[0].get("code", "")), str(registry_errors[0].get("message", ""))
    return "", f"HTTP {response.status_code} {response.reason or ''}".strip()


def from_sign_in(exc: Exception) -> OperationsError:
    """Turn what azure-identity raises into ours: a sign-in host that is not reached has refused nobody.

    azure-identity calls every failure one of authentication, and keeps the real one as its cause.
    """
    from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, IncompleteReadError

    doing = "Signing in to Azure"
    cause: BaseException | None = exc
    while cause is not None:
        lost = isinstance(cause, IncompleteReadError) or not isinstance(cause, HttpResponseError)
        if isinstance(cause, AzureError) and not isinstance(cause, ClientAuthenticationError) and lost:
            error = _from_transport(cause, doing)
            return OperationsError(error.message, code=f"SignIn{error.code}")
        status = getattr(getattr(cause, "response", None), "status_code", None)
        if status is not None and (status == 429 or status >= 500):
            return OperationsError(f"{doing} failed: HTTP {status}", code="SignInUnavailable", status=status)
        cause = cause.__cause__ or cause.__context__
    if "Unable to complete OIDC Discovery" in str(exc):
        return OperationsError(f"{doing} failed: the sign-in host does not work", code="SignInUnavailable")
    return from_azure(exc, doing)


def _from_authentication(exc: Exception, doing: str) -> OperationsError:
    text = " ".join(str(exc).split())
    match = re.search(r"AADSTS\d+", text)
    if match:
        code = match.group(0)
    elif "Unable to get authority configuration" in text:  # MSAL keeps Entra's own AADSTS90002 to itself
        code, text = "TenantNotFound", "there is no such tenant at this authority"
    else:
        code = "AuthenticationFailed"
    # Entra's answer ends with trace and correlation ids and a time stamp; they belong to the structured part.
    correlation = re.search(r"Correlation ID: ([0-9a-fA-F-]+)", text)
    brief = re.split(r"\s*Trace ID:", text, maxsplit=1)[0].removeprefix("Authentication failed: ")
    return OperationsError(
        f"{doing} failed: no token: {brief}",
        code=code,
        status=401,
        correlation_id=correlation.group(1) if correlation else None,
    )


_TRANSPORT = (
    ("CertificateNotTrusted", r"certificate[ _]verify[ _]failed", "the server's certificate is not trusted"),
    (
        "ProxyFailed",
        r"ProxyError|unable to connect to proxy|tunnel connection failed",
        "the proxy does not let the request through",
    ),
    (
        "HostNotFound",
        r"failed to resolve|name or service not known|name resolution|getaddrinfo|nodename nor servname",
        "there is no such host",
    ),
)
"""Code, what urllib3 says, and what we say of it; the first that fits."""


def _from_transport(exc: Exception, doing: str) -> OperationsError:
    from azure.core import exceptions

    text = " ".join(str(exc).split())
    host = re.search(r"host='([^']+)'", text)
    for code, pattern, message in _TRANSPORT:
        if re.search(pattern, text, re.IGNORECASE):
            return OperationsError(f"{doing} failed: {message}{f': {host.group(1)}' if host else ''}", code=code)
    if isinstance(exc, exceptions.IncompleteReadError):
        return OperationsError(f"{doing} failed: the answer breaks off", code="AnswerIncomplete")
    if "timed out" in text and not isinstance(exc, exceptions.ServiceResponseError):
        return OperationsError(f"{doing} failed: no answer in time: {text}", code="EndpointTimedOut")
    if isinstance(exc, exceptions.ServiceResponseError):
        return OperationsError(f"{doing} failed: the connection was lost: {text}", code="ConnectionLost")
    return OperationsError(f"{doing} failed: no answer: {text}", code="EndpointUnreachable")
