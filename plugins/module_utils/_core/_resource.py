# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way every resource is brought to a wanted state. Private to this collection.

Read, plan, stop here under C(--check), write, wait, read back: in this order, for every resource. Check mode is one
gate and not a second path, so that it cannot say something else than the real run does.
"""

from __future__ import annotations

import abc
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _operations, _providers
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import DONE, Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _impact_limit, _names, _plan, _states
from ansible_collections.codexdominion.azure.plugins.module_utils._core._case import flatten
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Plan

BUSY_SECONDS = 5.0
"""How often a write is tried again while Azure says that another operation is running."""

LOST_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""After how many seconds it is looked what has become of a write whose answer was lost, and how often."""

_CONFLICTS = frozenset({404, 409, 412})
_CONFUSED = frozenset({"InternalServerError"})  # what PostgreSQL servers say of a second backup of the same name

Acted = t.TypeVar("Acted")


class Readable(t.Protocol):
    """What can be looked at again and again."""

    @property
    def what(self) -> str:
        """The operator's words, such as C(container group codex-api)."""

    def read(self) -> Body | None:
        """Return the resource as Azure has it, or None."""


class Resource(abc.ABC):
    """One kind of Azure resource, as one task wants it: what is the same for most kinds, each of which may differ."""

    kind: t.ClassVar[str]
    """The key of the result, such as C(container_group)."""
    provider: t.ClassVar[str]
    """The namespace of its resource provider, such as C(Microsoft.ContainerInstance)."""
    seconds: t.ClassVar[int]
    """How long a plan usually takes."""
    loses: t.ClassVar[str] = ""
    """What is lost with a resource that is deleted, such as C(its data), where that needs C(force)."""
    what: str
    """The operator's words, such as C(container group codex-api)."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._params = ctx.params
        self._name = str(ctx.params.get("name") or "")
        self._deadline = time.monotonic() + ctx.timeout

    @abc.abstractmethod
    def read(self) -> Body | None:
        """Return the resource as Azure has it, or None."""

    def plan(self, actual: Body | None) -> Plan:
        """Return what has to change; raise OperationsError when that is not allowed."""
        if self._params["state"] == "absent":
            return _plan.NOTHING if actual is None else self._plan_delete(actual)
        return self._plan_create() if actual is None else self._plan_update(actual)

    @abc.abstractmethod
    def _plan_create(self) -> Plan:
        """Return the plan where there is none yet."""

    @abc.abstractmethod
    def _plan_update(self, actual: Body) -> Plan:
        """Return the plan where there is one."""

    def _plan_delete(self, actual: Body) -> Plan:
        """Return the plan where there is one that has to go."""
        self._require_force()
        return _plan.delete({"name": self._name, "id": actual["id"]})

    def _require_force(self) -> None:
        if self.loses and not self._params["force"]:
            raise OperationsError(
                f"{self.what} would be deleted with {self.loses}",
                code="ForceRequired",
                remedy="Set force to true to delete it.",
            )

    @abc.abstractmethod
    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        """Write the plan; return Azure's answer, finished or not."""

    def pending(self, actual: Body) -> str:
        """Return what Azure is still doing to it, or an empty string."""
        return _states.pending(self.kind, actual)

    def settle(self, plan: Plan, deadline: float) -> None:  # noqa: B027 - most are finished when Azure says so
        """Wait, until C(deadline), for what Azure's own "Succeeded" does not cover; raise if it does not come."""

    def typical(self, plan: Plan) -> int:
        """Return how long the plan usually takes, in seconds."""
        return self.seconds

    def represent(self, actual: Body | None, plan: Plan) -> dict[str, t.Any] | None:
        """Return the result: as Azure has it, or, for something not yet there, as far as it is known."""
        if actual is not None:
            return flatten(actual)
        return self._foreseen() if plan.action is Action.CREATE else None

    def _foreseen(self) -> dict[str, t.Any] | None:
        """Return what is known of something that is not yet there."""
        return None


def converge(ctx: Context, resource: Resource) -> dict[str, t.Any]:
    """Bring a resource to its wanted state.

    :returns: C(changed), C(impact), C(diff), the resource under its kind, and C(operation) if it still runs.
    """
    deadline = time.monotonic() + ctx.timeout
    actual, plan = _look(ctx, resource, deadline)
    result: dict[str, t.Any] = {"changed": plan.changed, "impact": str(plan.impact), "diff": plan.diff()}
    if not plan.changed or ctx.check_mode:
        return {**result, "operation": None, resource.kind: resource.represent(actual, plan)}
    # It was looked at before, where there is a limit; somebody else may have changed something since.
    if refused := _impact_limit.excess(resource.kind, ctx.params, plan.impact, ctx.max_impact):
        raise refused
    if plan.action is Action.CREATE:
        _providers.ensure(ctx, resource.provider, deadline)
    answer = _write(ctx, resource, plan, actual, deadline)
    if not ctx.wait:
        operation = _operations.from_answer(answer, resource.what, resource.typical(plan))
        handle = operation.as_result() if operation else None
        return {**result, "operation": handle, resource.kind: resource.represent(answer.body or None, plan)}
    resource.settle(plan, deadline)
    actual = resource.read()
    _confirm(ctx, resource, plan, actual)
    return {**result, "operation": None, resource.kind: resource.represent(actual, plan)}


def _look(ctx: Context, resource: Resource, deadline: float) -> tuple[Body | None, Plan]:
    """Return the resource and what has to change.

    What this run has read a moment ago is good enough to see that nothing has to. It decides no write, and refuses
    nothing: then everything is read again.
    """

    def look() -> tuple[Body | None, Plan]:
        actual = resource.read()
        if not ctx.check_mode and ctx.wait:
            actual = _await_earlier(ctx, resource, actual, deadline)
        return actual, resource.plan(actual)

    found: tuple[Body | None, Plan] | None = None
    with ctx.session.kept() as reads:
        try:
            found = look()
        except OperationsError:
            if not reads.used:
                raise
    return look() if found is None or (reads.used and found[1].changed) else found


def _await_earlier(ctx: Context, resource: Resource, actual: Body | None, deadline: float) -> Body | None:
    """Wait for the end of what an interrupted run (or somebody else) has started, instead of writing over it."""

    def unfinished(found: Body | None) -> str:
        present = resource.pending(found) if found is not None else ""
        return f"still {present}, by an operation started earlier" if present else ""

    return poll(ctx, resource, actual, deadline, unfinished)


def poll(
    ctx: Context,
    resource: Readable,
    actual: Body | None,
    deadline: float,
    unfinished: t.Callable[[Body | None], str],
) -> Body | None:
    """Read a resource again and again, ever less often, until it is as it should be; return it.

    :param actual: the resource as it was read last.
    :param unfinished: returns how it still is, or an empty string when it is as it should be.
    :raises OperationsError: with code C(Timeout) when the deadline, by time.monotonic(), comes first.
    """
    pause = 1.0
    while left := unfinished(actual):
        if time.monotonic() + pause > deadline:
            raise OperationsError(
                f"{resource.what} is {left}", code="Timeout", remedy="Run again to go on waiting, or raise timeout."
            )
        ctx.report(f"{resource.what}: {left}")
        time.sleep(pause)
        pause = min(2 * pause, BUSY_SECONDS)
        actual = resource.read()
    return actual


def need_location(what: str, location: str | None) -> None:
    """Refuse to create something without a region.

    :raises OperationsError: when there is none.
    """
    if not location:
        raise OperationsError(
            f"{what} does not exist yet, and no location is given",
            code="LocationRequired",
            remedy="Set stack_location (location), such as eastus.",
        )


def refuse_move(what: str, wanted: str | None, actual: Body, code: str = "InvalidResourceLocation") -> None:
    """Refuse another region than the one a resource is in: no resource of ours can move.

    :raises OperationsError: when C(wanted) names another region.
    """
    present = str(actual["location"])
    if wanted and _names.normalise_location(wanted) != _names.normalise_location(present):
        raise OperationsError(
            f"{what} is in {present}, not in {wanted}",
            code=code,
            remedy="It cannot move: use its present location or another name.",
        )


def patiently(
    ctx: Context,
    what: str,
    deadline: float,
    act: t.Callable[[], Acted],
    done: t.Callable[[], bool],
    *,
    look_always: bool = False,
) -> Acted | None:
    """Act, and come back later for as long as Azure says that another operation is running.

    Azure may say that it is busy at once, or accept the request and let its operation fail with the same code. And the
    answer may be lost on its way, when nobody knows whether the write was done. Whatever was, Azure shows: so it is
    looked at once more, and only what is missing then is sent again.

    :param act: may be called several times.
    :param deadline: by time.monotonic(); then Azure's own error is raised.
    :param done: is asked, once an answer was lost, whether what was sent has been done; it waits where something still
        goes on, and raises where that cannot be known.
    :param look_always: ask it also where Azure was busy only: somebody else may have done what is wanted.
    :returns: what C(act) returned; None where it was done, and the answer was lost.
    """
    lost = iter(LOST_SECONDS)
    doubtful = False
    while True:
        try:
            return act()
        except OperationsError as error:
            # A conflict after a lost answer is most likely one with what we have written ourselves.
            doubtful = doubtful or error.uncertain
            unknown = error.uncertain or (doubtful and (error.status in _CONFLICTS or error.code in _CONFUSED))
            pause = BUSY_SECONDS if error.busy else next(lost, None) if unknown else None
            if pause is None or time.monotonic() + pause > deadline:
                raise
            why = "busy" if error.busy else "the answer was lost"
            ctx.report(f"{what}: {why} ({error.code}), trying again")
        time.sleep(pause)
        if (doubtful or look_always) and done():
            return None


def finish(ctx: Context, answer: Answer, what: str, typical: int, deadline: float) -> None:
    """Wait for the end of what an answer has started.

    :raises OperationsError: Azure's own error if it fails, or code C(Timeout).
    """
    if operation := _operations.from_answer(answer, what, typical):
        _operations.wait(ctx.session, [operation], max(0.0, deadline - time.monotonic()), ctx.report)


def _write(ctx: Context, resource: Resource, plan: Plan, actual: Body | None, deadline: float) -> Answer:
    """Write, and wait for the end of the operation if the task waits; what runs meanwhile may be ours."""

    def act() -> Answer:
        answer = resource.apply(plan, actual)
        if ctx.wait:
            finish(ctx, answer, resource.what, resource.typical(plan), deadline)
        return answer

    def done() -> bool:
        nonlocal plan, actual
        actual = _await_earlier(ctx, resource, resource.read(), deadline)
        plan = resource.plan(actual)
        return not plan.changed

    return patiently(ctx, resource.what, deadline, act, done, look_always=True) or DONE


def _confirm(ctx: Context, resource: Resource, plan: Plan, actual: Body | None) -> None:
    """Check by what was read back that the plan is done: an accepted request alone is no success."""
    if (actual is None) is not (plan.action is Action.DELETE):
        state = "is still there" if actual is not None else "is not there"
        raise OperationsError(f"Azure accepted the request, but {resource.what} {state}", code="NotConfirmed")
    left = resource.plan(actual)
    if failed := next((change for change in left.changes if change.name == _states.NAME), None):
        raise OperationsError(
            f"Azure accepted the request, but {resource.what} is {failed.before}",
            code="ProvisioningFailed",
            remedy="Run again to have it written once more; its activity log in the portal says why it failed.",
        )
    if left.changed:
        names = ", ".join(change.name for change in left.changes)
        ctx.warn(f"{resource.what}: Azure accepted the request, but does not show it in: {names}")
