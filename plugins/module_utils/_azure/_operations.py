# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long-running operations of Azure Resource Manager: started by one task, awaited by it or by a later one. Private.

Protocol: U(https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations). The service says
where to ask (Azure-AsyncOperation, else Location, else the resource itself) and how often (Retry-After).
"""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Answer, Session
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._transport import retry_after
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

POLL_SECONDS = 5
"""How often to ask when Azure does not say: container groups never do, and 30 s (azure-core's default) wastes time."""

_SUCCEEDED = "succeeded"
_BROKEN = frozenset({"failed", "canceled", "cancelled"})

Report = t.Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Operation:
    """Something Azure has accepted and not yet finished.

    :param what: the operator's words, such as C(container group codex-api).
    :param url: where to ask.
    :param form: how the answer tells the state: C(status) (a JSON status), C(code) (202 until done), or C(resource)
        (the resource's own
        provisioning state).
    :param typical: how long this usually takes, in seconds.
    """

    what: str
    url: str
    form: str
    typical: int
    started: float

    def as_result(self) -> dict[str, t.Any]:
        """Return what a task with C(wait: false) hands to a later M(codexdominion.azure.operation_wait)."""
        return dataclasses.asdict(self)

    @classmethod
    def from_result(cls, value: t.Mapping[str, t.Any]) -> Operation:
        """Read what as_result() wrote.

        :raises OperationsError: when something is missing or of the wrong type.
        """
        try:
            return cls(
                str(value["what"]),
                str(value["url"]),
                str(value["form"]),
                int(value["typical"]),
                float(value["started"]),
            )
        except (KeyError, TypeError, ValueError) as exc:
            raise OperationsError(
                f"operations: {exc} is missing or wrong",
                code="InvalidOperation",
                remedy="Pass what a task with wait: false returned as operation.",
            ) from exc


def handle(given: t.Any) -> dict[str, t.Any] | None:
    """Return what is known of an operation and nothing else of what was given, which may be a task's whole result."""
    if not given or not isinstance(given, t.Mapping):
        return None
    found = given.get("operation", given) or {}
    names = [field.name for field in dataclasses.fields(Operation)]
    return {name: found[name] for name in names if name in found} if found else None


def from_answer(answer: Answer, what: str, typical: int) -> Operation | None:
    """Return the operation an answer has started, or None where Azure had finished already."""
    now = time.time()
    if url := answer.headers.get("azure-asyncoperation"):
        return Operation(what, url, "status", typical, now)
    if answer.status == 202 and (url := answer.headers.get("location")):
        return Operation(what, url, "code", typical, now)
    if answer.method == "DELETE":  # its body is the last state of what is gone
        return None
    state = (answer.body.get("properties") or {}).get("provisioningState", _SUCCEEDED)
    if answer.status in (200, 201) and str(state).lower() != _SUCCEEDED:
        return Operation(what, answer.url, "resource", typical, now)
    return None


def wait(session: Session, operations: t.Sequence[Operation], timeout: float, report: Report) -> None:
    """Wait until all operations have succeeded.

    :param timeout: seconds for all together.
    :raises OperationsError: Azure's own error if one fails, or code C(Timeout) with what is still running.
    """
    waiting = dict.fromkeys(operations, 0.0)
    states = dict.fromkeys(operations, "accepted")
    deadline = time.monotonic() + timeout
    while waiting:
        for operation in [one for one, due in waiting.items() if due <= time.monotonic()]:
            state, retry_after = _ask(session, operation)
            states[operation] = state
            if state.lower() == _SUCCEEDED:
                del waiting[operation]
            else:
                waiting[operation] = time.monotonic() + retry_after
        report("; ".join(_progress(operation, states[operation], timeout) for operation in operations))
        if not waiting:
            return
        if time.monotonic() >= deadline:
            raise _too_long(waiting, states, timeout)
        time.sleep(max(0.0, min(*waiting.values(), deadline) - time.monotonic()))


def _progress(operation: Operation, state: str, timeout: float) -> str:
    elapsed, limit = int(time.time() - operation.started), int(timeout)
    return f"{operation.what}: {state} {_clock(elapsed)} (typically {_clock(operation.typical)}, limit {_clock(limit)})"


def _clock(seconds: int) -> str:
    return f"{seconds // 60}m{seconds % 60:02d}s" if seconds >= 60 else f"{seconds}s"


def _too_long(waiting: t.Iterable[Operation], states: t.Mapping[Operation, str], timeout: float) -> OperationsError:
    still = ", ".join(f"{operation.what} ({states[operation]})" for operation in waiting)
    return OperationsError(
        f"Not finished after {_clock(int(timeout))}: {still}",
        code="Timeout",
        remedy="Azure goes on: run again to wait for the end, or raise timeout.",
    )


def _ask(session: Session, operation: Operation) -> tuple[str, float]:
    answer = session.get(operation.url, f"Waiting for {operation.what}")
    pause = retry_after(answer.headers) or POLL_SECONDS  # 0 would be asking without a pause
    if operation.form == "code":
        return ("InProgress" if answer.status == 202 else "Succeeded"), pause
    if operation.form == "resource":
        state = str((answer.body.get("properties") or {}).get("provisioningState", "Succeeded"))
    else:
        state = str(answer.body.get("status", "Succeeded" if answer.status != 202 else "InProgress"))
    if state.lower() in _BROKEN or state.lower().endswith("failed"):
        error = answer.body.get("error") or {}
        raise OperationsError(
            f"{operation.what}: {error.get('message') or f'the operation ended as {state}'}",
            code=str(error.get("code") or f"Operation{state}"),
            request_id=answer.headers.get("x-ms-request-id"),
            correlation_id=answer.headers.get("x-ms-correlation-request-id"),
        )
    return state, pause
