# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container groups. API version 2023-05-01 of Microsoft.ContainerInstance, by azure-mgmt-containerinstance. Private."""

from __future__ import annotations

import functools
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import (
    Answer,
    Body,
    call,
    collect,
    encode,
    find,
    start,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import (
    _body,
    _compare,
    _gates,
    _health,
    _liveness,
    _log,
    _preview,
    _pull,
    _secrets,
    _spec,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core import (
    _impact_limit,
    _plan,
    _secret_digest,
    _states,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core._case import flatten
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Change, Impact, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import (
    Resource,
    finish,
    need_location,
    patiently,
    refuse_move,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _images

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 10.0


class ContainerGroup(Resource):
    """A container group as one task wants it."""

    kind = "container_group"
    provider = "Microsoft.ContainerInstance"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._where = (ctx.params["resource_group"], ctx.params["name"])
        self.what = f"container group {ctx.params['name']}"
        client = ctx.session.client("azure.mgmt.containerinstance", "ContainerInstanceManagementClient")
        self._groups, self._containers = client.container_groups, client.containers
        self._acted = False
        self._begun = False
        self._started: dict[str, str] = {}
        self.planned = False
        """Whether it is known what was there before the task."""
        self.before: Body | None = None
        """The group as it was before the task, as Azure had it."""
        self.past: frozenset[tuple[str, ...]] = frozenset()
        self.wrote = False
        """Whether Azure has accepted a write, so that what ran may run no more."""
        self.recreated = False

    def read(self) -> Body | None:
        return find(f"Reading {self.what}", self._groups.get, *self._where)

    def logs(self, container: str, tail: int = _health.LOG_LINES) -> list[str]:
        """Return the last log lines of a container; none while Azure has no log yet."""
        found = find(f"Reading the log of {container}", self._containers.list_logs, *self._where, container, tail=tail)
        return _log.lines(str((found or {}).get("content") or ""))

    # What has to change

    def plan(self, actual: Body | None) -> Plan:
        if not self._begun:
            self.planned = True
            self.before, self.past = actual, _health.event_keys(actual)
        state = self._params["state"]
        return self._plan_action(state, actual) if state in _spec.ACTIONS else super().plan(actual)

    def _plan_create(self) -> Plan:
        if self._params["planned"] and self._ctx.check_mode:
            return _plan.update([Change(("tags",), None, self._params["tags"])] if self._params["tags"] else [])
        self._need_enough()
        return Plan(Action.CREATE, tuple(self._changes({"properties": {}}, self._wanted(None))))

    def _plan_update(self, actual: Body) -> Plan:
        refuse_move(self.what, self._params["location"], actual)
        failed = _states.changes(self.kind, self.what, actual)
        plan = _plan.update([*failed, *self._changes(actual, self._wanted(actual))])
        if plan.impact > Impact.NONE:
            self._refuse_loss(actual)
        if plan.impact >= Impact.RECREATE and not self._params["allow_recreate"]:
            names = ", ".join(change.name for change in plan.of_impact(Impact.RECREATE))
            raise OperationsError(
                f"Azure cannot change this of {self.what} in place: {names}",
                code="RecreateNotAllowed",
                remedy="Set backend_allow_recreate (allow_recreate) to true to delete and create the group; its "
                "address may change.",
            )
        if plan.impact > Impact.NONE and self._params["registry_credentials"] is None:
            _pull.refuse_without_identity(self._ctx.session, self.what, actual)
        if not plan.changed and self._params["gates"] and _health.stopped(actual):
            return _plan.update([Change(("state",), "Stopped", "Running", Impact.RESTART)])
        return plan

    def _plan_action(self, state: str, actual: Body | None) -> Plan:
        if actual is None:
            raise OperationsError(f"{self.what} does not exist", code="ContainerGroupNotFound")
        present = str((actual["properties"].get("instanceView") or {}).get("state"))
        reached = {"stopped": present == "Stopped", "started": present in ("Running", "Pending"), "restarted": False}
        if reached[state] or self._acted or self._has_restarted(actual):
            return _plan.NOTHING
        if state != "stopped":
            _pull.refuse_without_identity(self._ctx.session, self.what, actual)
        return _plan.update([Change(("state",), present, state.capitalize(), Impact.RESTART)])

    def _has_restarted(self, actual: Body) -> bool:
        """Return whether a restart whose answer was lost has been done: every container has started since."""
        now = _health.starts(actual)
        return bool(self._started) and all(now.get(name) not in (None, at) for name, at in self._started.items())

    def _wanted(self, actual: Body | None) -> Body:
        body = _body.build(self._params, actual, self._deployable(actual))
        if (address := body["properties"].get("ipAddress")) and not address["ports"]:
            raise OperationsError(
                f"{self.what} gets an address, but no port is open at it",
                code="PortsRequired",
                remedy="Set ports of a container or of the group.",
            )
        tags = _plan.compare_tags(self._params["tags"], (actual or {}).get("tags") or {}, self._params["append_tags"])
        body["tags"] = dict((actual or {}).get("tags") or {} if tags is None else tags)
        return body

    def _changes(self, actual: Body, wanted: Body) -> list[Change]:
        before = (
            {**_body.view(actual), "tags": _secret_digest.without(actual.get("tags"))} if actual["properties"] else {}
        )
        after = {**_body.view(wanted), "tags": _secret_digest.without(wanted.get("tags"))}
        changes = _compare.compare(before, after)
        tag = (actual.get("tags") or {}).get(_secret_digest.TAG)
        stale = _secret_digest.changed(self._secret_values, tag, self._params["secrets_key"])
        return changes + _compare.secrets(stale, changes)

    @functools.cached_property
    def _secret_values(self) -> dict[str, str]:
        return _secrets.named(self._params)

    def _need_enough(self) -> None:
        need_location(self.what, self._params["location"])
        missing = [one["name"] for one in self._params["containers"] or [] if not one["image"]]
        if not self._params["containers"] or missing:
            subject = f"container {', '.join(missing)} has no image" if missing else "no containers are given"
            raise OperationsError(
                f"{self.what} does not exist yet, and {subject}",
                code="ContainersRequired",
                remedy="Set containers, each with name and image.",
            )

    def _refuse_loss(self, actual: Body) -> None:
        """Refuse a PUT that would lose a secret: Azure resets what a PUT leaves out, and never shows us secrets."""
        if missing := _secrets.withheld(self._params, actual):
            raise OperationsError(
                f"{self.what} holds secrets that this change would lose: {', '.join(missing)}",
                code="SecretsRequired",
                remedy="Azure does not return them: name them in this task too (an empty value removes them).",
            )

    def _deployable(self, actual: Body | None) -> dict[str, str]:
        """Return the image to deploy for each one the task names: by digest, where its registry can be asked."""
        return {
            one["image"]: self._resolve(one["image"], actual)
            for one in self._params["containers"] or []
            if one["image"]
        }

    def _resolve(self, reference: str, actual: Body | None) -> str:
        if reference in self._resolved:
            return self._resolved[reference]
        image = _images.parse(reference)
        given = {one["server"]: one for one in self._params["registry_credentials"] or []}
        present = ((actual or {}).get("properties") or {}).get("imageRegistryCredentials") or []
        by_identity = {one["server"] for one in present if one.get("identity")}
        known = image.server in given or image.server in by_identity
        if known and not image.digest and self._params["resolve_digest"]:
            credential = given.get(image.server, {})
            registry = _images.Registry(
                self._ctx.session, image.server, credential.get("username"), credential.get("password")
            )
            digest = registry.digest(image.repository, image.tag)
            image = _images.Image(image.server, image.repository, "", digest)
        self._resolved[reference] = str(image)
        return str(image)

    @functools.cached_property
    def _resolved(self) -> dict[str, str]:
        return {}

    # Writing

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        self._begun = True
        state = self._params["state"]
        if plan.action is Action.DELETE:
            return self._delete()
        if state in _spec.ACTIONS:
            return self._act(state, actual)
        if all(change.path[0] == "state" for change in plan.changes):
            return self._act("started", actual)
        body = self._wanted(actual)
        if actual is not None and all(change.path[0] == "tags" for change in plan.changes):
            # What remembers the secrets is no tag of the task's, and stays when others are replaced.
            ours = {name: value for name, value in (actual.get("tags") or {}).items() if name == _secret_digest.TAG}
            tags = encode({"tags": {**body["tags"], **ours}})
            return call(f"Tagging {self.what}", self._groups.update, *self._where, tags)
        if self._secret_values:
            remembered = _secret_digest.remember(self._secret_values, self._params["secrets_key"])
            body["tags"][_secret_digest.TAG] = remembered
        else:
            body["tags"].pop(_secret_digest.TAG, None)
        if actual is not None and plan.impact >= Impact.RECREATE:
            return self._recreate(body)
        try:
            return self._put(body)
        except OperationsError as error:
            if error.code != "InvalidContainerGroupUpdate" or not self._params["allow_recreate"]:
                raise
            if refused := _impact_limit.excess(self.kind, self._params, Impact.RECREATE, self._ctx.max_impact):
                raise refused from error
            self._ctx.warn(f"Azure did not make the change in place, so {self.what} was deleted and created: {error}")
            return self._recreate(body)

    def _act(self, state: str, actual: Body | None) -> Answer:
        if state == "stopped":
            answer = call(f"Stopping {self.what}", self._groups.stop, *self._where)
        elif state == "started":
            self.wrote = True
            answer = start(f"Starting {self.what}", self._groups.begin_start, *self._where)
        else:
            self.wrote = True
            self._started = _health.starts(actual or {"properties": {}})
            answer = start(f"Restarting {self.what}", self._groups.begin_restart, *self._where)
        self._acted = True
        return answer

    def _delete(self) -> Answer:
        return start(f"Deleting {self.what}", self._groups.begin_delete, *self._where)

    def _recreate(self, body: Body) -> Answer:
        self._delete()
        self.wrote = True
        self._await_gone(time.monotonic() + self._ctx.timeout)
        self.recreated = True
        return self._put(body)

    def _put(self, body: Body) -> Answer:
        """PUT the whole group; give a role granted a moment ago the time to take effect."""
        content, pause = encode(body), _FIRST_PAUSE
        by_identity = any(one["identity"] for one in self._params["registry_credentials"] or [])
        until = time.monotonic() + (self._params["image_access_timeout"] if by_identity else 0)
        while True:
            try:
                answer = start(f"Writing {self.what}", self._groups.begin_create_or_update, *self._where, content)
                self.wrote = True
                return answer
            except OperationsError as error:
                if error.code != "InaccessibleImage" or time.monotonic() + pause > until:
                    raise
            self._ctx.report(f"{self.what}: the identity may not pull the image yet, trying again")
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def put_back(self, body: Body, deadline: float) -> None:
        """Write what ran before once more, and watch it.

        :param body: as _body.restored() has it.
        :raises OperationsError: if it cannot be written or does not run either.
        """
        actual = self.read()
        self.past = _health.event_keys(actual)
        changes = _compare.compare(_body.view(actual), _body.view(body)) if actual else []
        recreate = any(change.impact >= Impact.RECREATE for change in changes)
        recreate = recreate and self._params["allow_recreate"]

        def write() -> None:
            answer = self._recreate(body) if recreate else self._put(body)
            finish(self._ctx, answer, self.what, self.typical(_plan.update(changes)), deadline)

        # Written once more where the answer was lost: nobody can see whether the secrets are those of before.
        patiently(self._ctx, self.what, deadline, write, done=lambda: False)
        _health.await_running(self.what, self, self._params["stable_seconds"], deadline, self._ctx.report)

    def remove(self, deadline: float) -> None:
        """Delete what this task has made, and wait until it is gone."""
        self._delete()
        self._await_gone(deadline)

    # Waiting

    def settle(self, plan: Plan, deadline: float) -> None:
        if plan.action is Action.DELETE:
            self._await_gone(deadline)
        elif self._params["state"] == "stopped":
            self._await_stopped(deadline)
        elif plan.impact > Impact.NONE or plan.action is Action.CREATE:
            self.wrote = True  # also where the answer was lost, and Azure shows that it was done
            stable = self._params["stable_seconds"]
            _health.await_running(self.what, self, stable, deadline, self._ctx.report)

    def prove(self) -> None:
        """See that a group with nothing to be written runs and answers: it may be what an interrupted run has left.

        :raises OperationsError: as for one that was written.
        """
        if self.before is None:
            return
        running: Body | None = self.before
        if not _health.runs(self.before):
            patience = max(gate["timeout"] for gate in self._params["gates"])
            deadline = time.monotonic() + min(patience, self._ctx.timeout)
            _health.await_running(self.what, self, self._params["stable_seconds"], deadline, self._ctx.report)
            running = self.read()
        try:
            _gates.ask(self._ctx, self.before)
        except OperationsError as error:
            raise self._not_steady(running) or error from None

    def _not_steady(self, running: Body | None) -> OperationsError | None:
        """Return why a group ran for a moment only, between two crashes; None if it runs all the time."""
        now = self.read()
        if now is None or running is None:
            return None
        before, after = _health.starts(running), _health.starts(now)
        for name in _health.states(now):
            if before.get(name) != after.get(name):
                stable = self._params["stable_seconds"]
                return _health.diagnose(self.what, now, name, self, stable, _liveness.Proofs())
        return None

    def _await_gone(self, deadline: float) -> None:
        self._poll(deadline, "still being deleted", lambda group: group is None)

    def _await_stopped(self, deadline: float) -> None:
        def stopped(group: Body | None) -> bool:
            return group is None or _health.stopped(group)

        self._poll(deadline, "still stopping", stopped)

    def _poll(self, deadline: float, meanwhile: str, done: t.Callable[[Body | None], bool]) -> None:
        while not done(self.read()):
            if time.monotonic() >= deadline:
                raise OperationsError(
                    f"{self.what} is {meanwhile}",
                    code="Timeout",
                    remedy="Run again to go on waiting, or raise timeout.",
                )
            self._ctx.report(f"{self.what}: {meanwhile}")
            time.sleep(_health.POLL_SECONDS)

    # Telling

    def typical(self, plan: Plan) -> int:
        return {Action.DELETE: 10, Action.CREATE: 60}.get(plan.action, 30)

    def represent(self, actual: Body | None, plan: Plan) -> dict[str, t.Any] | None:
        if actual is None and (self._params["state"] == "absent" or plan.action is Action.NOTHING):
            return None
        identifier = self._ctx.session.resource_id(self._where[0], self.provider, "containerGroups", self._where[1])
        described = describe(actual) if actual else {"id": identifier, "name": self._where[1], "ip_address": None}
        if actual is None or (self._ctx.check_mode and plan.action is Action.UPDATE):
            return _preview.preview(described, plan.changes)
        return described


def describe(group: Body) -> dict[str, t.Any]:
    """Return a group as a module's result: as Azure has it, in snake_case, containers flattened."""
    result = flatten(group)
    containers = [*group["properties"].get("containers", []), *(group["properties"].get("initContainers") or [])]
    described = [flatten(one) for one in containers]
    result["containers"] = described[: len(group["properties"].get("containers", []))]
    result["init_containers"] = described[len(result["containers"]) :]
    return result


def find_groups(ctx: Context) -> list[dict[str, t.Any]]:
    """Return the group the task names, or all of its resource group; an empty list where there is none of either."""
    with ctx.session.kept():
        return [describe(one) for one in _find_groups(ctx, ctx.params["resource_group"], ctx.params["name"])]


def _find_groups(ctx: Context, group: str, name: str | None) -> list[Body]:
    client = ctx.session.client("azure.mgmt.containerinstance", "ContainerInstanceManagementClient")
    if name:
        found = find(f"Reading container group {name}", client.container_groups.get, group, name)
        return [found] if found else []
    try:
        return collect(
            f"Listing the container groups of {group}", client.container_groups.list_by_resource_group, group
        )
    except OperationsError as error:
        if not error.not_found:
            raise
        return []


def read_log(ctx: Context) -> tuple[str, list[str], str]:
    """Return the container the task means, the lines of its log, and what to do about it if it does not run.

    :raises OperationsError: when there is no such group or container.
    """
    where = (ctx.params["resource_group"], ctx.params["name"])
    client = ctx.session.client("azure.mgmt.containerinstance", "ContainerInstanceManagementClient")
    group = call(f"Reading container group {where[1]}", client.container_groups.get, *where).body
    container = ctx.params["container"] or group["properties"]["containers"][0]["name"]
    options = {"tail": ctx.params["tail"], "timestamps": ctx.params["timestamps"] or None}
    found = call(f"Reading the log of {container}", client.containers.list_logs, *where, container, **options).body
    lines = _log.lines(str(found.get("content") or ""))
    return container, lines, _health.advice(group, container, lines)
