# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The deployment of a backend: in place, or to the other colour and the traffic after it. Private to this collection.

Until the traffic moves nothing has changed for those who use the backend; whatever fails, they stay where they are, or
are brought back. What an interrupted run has left is finished or undone by the next one.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _deployment_spec as _parts
from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _origins, _report
from ansible_collections.codexdominion.azure.plugins.module_utils._backend._look import look
from ansible_collections.codexdominion.azure.plugins.module_utils._backend._state import (
    BLUE_GREEN,
    Backend,
    digest_of,
    group_name,
    host_of,
    image_of,
    profile_name,
    retired,
    switch_of_strategy,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _spec as _group_spec
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _task as _group_task
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group._group import find_groups, read_log
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _impact_limit, _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import ExplainedError, OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._http import _check as _http
from ansible_collections.codexdominion.azure.plugins.module_utils._traffic import _task as _traffic_task

Result = dict[str, t.Any]

_NO_HOST = re.compile(r"[@/][a-z]+\.invalid\b")
"""Stands in a URL, under check mode, for the host of something that the run itself would make."""

_OF_IMPACT = {"none": "update", "restart": "change", "recreate": "recreate"}


@dataclasses.dataclass(frozen=True)
class _Served:
    """Who serves in the end.

    :param result: of the task on its group.
    :param moved: whether another one did before.
    """

    name: str
    endpoint: Params
    host: str
    result: Result
    moved: bool


class Deployment:
    """One deployment, as a task wants it."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._params = ctx.params
        self._name = str(ctx.params["name"])
        self._changed = False
        self._steps: list[Result] = []
        self._diffs: list[Result] = []

    def run(self) -> Result:
        """Bring the backend to its wanted state, or keep or give back what served.

        :raises OperationsError: with C(details) for the report, see _report.py.
        """
        if self._params["change"] == "restart":
            return self._restart()
        self._params = _origins.with_site(self._ctx)
        backend = Backend(self._name, self._groups())
        self._refuse_another_strategy(backend)
        if self._params["strategy"] == BLUE_GREEN:
            return self._blue_green(backend)
        return self._in_place(backend)

    def _refuse_another_strategy(self, backend: Backend) -> None:
        meaning = switch_of_strategy(backend, self._params["strategy"], self._params["drain_seconds"])
        if meaning and not (self._params["allow_recreate"] and self._params["change"] == "everything"):
            raise ExplainedError(f"{meaning} To do it: -e backend_allow_recreate=true", code="RecreateNotAllowed")

    # The strategies

    def _restart(self) -> Result:
        backend = look(self._ctx)
        image = self._image_of_serving(backend)
        try:
            result = self._act_on_group(backend.serving_name, "restarted")
        except OperationsError as error:
            if error.details.get("wrote"):
                error.details["done"] = "The containers were asked to restart; nothing else was changed."
            raise
        return self._finish(result, image, backend.host, result["impact"])

    def _in_place(self, backend: Backend) -> Result:
        if self._params["change"] == "environment":
            image = self._image_of_serving(backend)
            result = self._write_group(_parts.environment_of_group(self._params, self._name))
            return self._finish(result, image, host_of(result["container_group"]), result["impact"])
        image = str(self._params["image"])
        recreate = self._params["allow_recreate"] or self._params["strategy"] == "recreate"
        wanted = _parts.group(
            self._params,
            self._name,
            image,
            allow_recreate=recreate,
            rollback=True,
            remove_failed=bool(backend.colour_names),
        )
        result = self._write_group(wanted)
        host = host_of(result["container_group"])
        if backend.colour_names:
            self._retire_colours(backend, host)
        moves = self._ctx.check_mode and result["impact"] == "recreate" and not _has_name(result["container_group"])
        impact = "recreate" if backend.colour_names else result["impact"]
        return self._finish(result, image, "" if moves else host, impact)

    def _retire_colours(self, backend: Backend, host: str) -> None:
        """Remove what blue and green have left: it has served until here."""
        self._watch(self._name, host, self._params["drain_seconds"])
        self._write_profile("remove", profile_name(self._name), _parts.profile(self._params, state="absent"))
        for name in backend.colour_names:
            self._act_on_group(name, "absent")

    def _blue_green(self, backend: Backend) -> Result:
        # A name that is taken is found out here, before anything else is made.
        provided = self._write_profile("provide", profile_name(self._name), _parts.whole_profile(self._params))
        profile = provided["traffic_manager_profile"]
        backend = Backend(self._name, backend.groups, profile)
        wanted = str(self._params["image"] or "")
        image = wanted if self._params["change"] == "everything" else self._image_of_serving(backend)
        served = self._keep_or_switch(backend, image)
        self._retire(backend, served)
        host = str(((profile or {}).get("dns_config") or {}).get("fqdn") or "")
        # A colour that did not serve may be restarted or made anew: nobody notices.
        beside = "none" if served.moved else served.result["impact"]
        impact = "recreate" if backend.is_of_another(BLUE_GREEN) else beside
        return {**self._finish(served.result, image, host, impact), "traffic_manager_profile": profile}

    def _keep_or_switch(self, backend: Backend, image: str) -> _Served:
        """Leave the colour that serves as it is, write to it what restarts nothing, or bring up the other one."""
        if not backend.colour:
            return self._switch(backend, image)
        planned = self._group_of(backend.colour, image, recreate=True, plan_only=True)
        if planned["changed"] and (planned["impact"] != "none" or planned["previous"] is None):
            return self._switch(backend, image)
        result = self._group_of(backend.colour, image) if planned["changed"] else planned
        endpoint = backend.serving_endpoints[0]
        return _Served(backend.serving_name, endpoint, host_of(result["container_group"]), result, moved=False)

    def _switch(self, backend: Backend, image: str) -> _Served:
        """Bring the other colour up, let it prove itself, give it the traffic, and watch it."""
        colour, serving = backend.next_colour, backend.serving_endpoints
        name = group_name(self._name, colour)
        moved = False
        try:
            # One that was kept, stopped, is started by that too. Whatever becomes of it, nobody is served by it.
            result = self._group_of(colour, image, recreate=True, serves=False)
            host = host_of(result["container_group"]) or (_plan.NOT_KNOWN if self._ctx.check_mode else "")
            endpoint = {"name": colour, "target": host, "priority": 1}
            behind = [*serving, {**endpoint, "priority": 2}]
            timeout = self._params["ready_timeout"]
            self._write_profile(
                "probe",
                name,
                _parts.profile(self._params, endpoints=behind, await_online=[colour], timeout=timeout),
            )
            if serving:  # the only one has the traffic already
                former = [retired(one) for one in serving]
                switch = _parts.profile(self._params, endpoints=[endpoint, *former])
                moved = bool(self._write_profile("switch", name, switch)["changed"])
            # Long enough to see it fail, and to let clients forget the other one: after this, no way back is so fast.
            if [one for one in backend.group_names if one != name]:
                self._watch(name, host, max(self._params["bake_seconds"], self._params["drain_seconds"]))
        except OperationsError as error:
            raise self._give_back(backend, name, error, moved) from error
        return _Served(name, endpoint, host, result, moved=True)

    def _retire(self, backend: Backend, served: _Served) -> None:
        """Drain and remove what serves no more, or what an interrupted run has left."""
        names = [one for one in backend.group_names if one != served.name]
        endpoints = (backend.profile or {}).get("endpoints") or []
        if not names and len(endpoints) < 2:
            return
        # What a switch has just replaced was drained while the new one was watched.
        others = backend.other_endpoints
        if not served.moved and self._params["drain_seconds"] and (others or self._name in names):
            drained = _parts.profile(self._params, endpoints=[served.endpoint, *others])
            self._write_profile("drain", served.name, drained)
            self._watch(served.name, served.host, self._params["drain_seconds"])
        # Before the groups themselves: a name that somebody else may take must not stay an endpoint of ours.
        if backend.serving_endpoints if served.moved else endpoints[1:]:
            self._write_profile("forget", served.name, _parts.profile(self._params, endpoints=[served.endpoint]))
        for name in names:
            keeps = self._params["keep_previous"] and name != self._name
            self._act_on_group(name, "stopped" if keeps else "absent")

    # The way back

    def _give_back(self, backend: Backend, name: str, error: OperationsError, moved: bool) -> OperationsError:
        """Return the error with what was seen, once the traffic is where it was and what failed is removed.

        Neither of the two may hide the reason: what they could not do is part of what is told.
        """
        for fact, value in self._see(name).items():
            error.details.setdefault(fact, value)
        way_back = {
            "status": "nothing",
            "failed_name": name,
            "serving_name": backend.serving_name,
            "serving_image": image_of(backend.serving),
            "problem": "",
        }
        error.details["way_back"] = way_back
        if not backend.serves:
            return error
        try:
            given = _traffic_task.run(self._ctx.part(_parts.profile(self._params, endpoints=backend.serving_endpoints)))
        except OperationsError as problem:
            return _told(error, way_back, "traffic_lost", problem)
        way_back["status"] = "returned" if given["changed"] and moved else "stayed"
        try:
            self._act_on_group(name, "absent")
        except OperationsError as problem:
            return _told(error, way_back, way_back["status"], problem)
        return error

    def _see(self, name: str) -> Result:
        """Return what a look at a group that failed shows; that it shows nothing must not hide why it failed."""
        part = self._ctx.part({**self._params, "name": name, "container": None, "tail": 30, "timestamps": None})
        try:
            groups = find_groups(part)
        except OperationsError:
            return {}
        seen = _report.seen({"container_groups": groups})
        if not groups:
            return seen
        try:
            _container, lines, advice = read_log(part)
        except OperationsError as problem:
            return {**seen, "log_problem": problem.message}
        return {**seen, "log": lines, "advice": advice}

    # The parts

    def _groups(self) -> list[Result]:
        """Return the groups there are: as the task knows them already, or else as Azure has them."""
        names = self._params["group_names"]
        if names is None:
            return find_groups(self._ctx.part({**self._params, "name": None}))
        return [{"name": one, "containers": [{"image": self._params["serving_image"]}]} for one in names]

    def _image_of_serving(self, backend: Backend) -> str:
        if image := image_of(backend.serving):
            return image
        raise OperationsError(f"No container group serves as {self._name}", code="BackendMissing")

    def _group_of(
        self, colour: str, image: str, *, recreate: bool = False, plan_only: bool = False, serves: bool = True
    ) -> Result:
        label = f"{self._params['dns_label'] or self._name}-{colour}"
        name = group_name(self._name, colour)
        wanted = _parts.group(self._params, name, image, label=label, allow_recreate=recreate)
        return self._write_group(wanted, plan_only=plan_only, serves=serves)

    def _write_group(self, wanted: Params, *, plan_only: bool = False, serves: bool = True) -> Result:
        params = _parts.validated(_group_spec.SPEC, wanted)
        part = self._ctx.part(params, check_mode=True if plan_only else None)
        if not serves:
            part.max_impact = _impact_limit.NO_LIMIT
        result = _group_task.run(part)
        if not plan_only:
            operation = "create" if result["previous"] is None else _OF_IMPACT.get(result["impact"], "change")
            self._note(operation, wanted["name"], result)
        return result

    def _act_on_group(self, name: str, state: str) -> Result:
        params = _parts.validated(_group_spec.SPEC, _parts.action_on_group(self._params, name, state))
        part = self._ctx.part(params)
        if state != "restarted":  # it serves nobody any more, or not yet
            part.max_impact = _impact_limit.NO_LIMIT
        result = _group_task.run(part)
        self._note({"absent": "remove", "stopped": "stop", "restarted": "restart"}[state], name, result)
        return result

    def _write_profile(self, operation: str, name: str, params: Params) -> Result:
        result = _traffic_task.run(self._ctx.part(params))
        self._note(operation, name, result)
        return result

    def _watch(self, name: str, host: str, duration: int) -> None:
        """Ask the readiness page for so long; nothing is there to be asked under check mode."""
        if not duration or not host:
            return
        self._steps.append({"operation": "watch", "name": name, "seconds": duration})
        if not self._ctx.check_mode:
            _http.check(self._ctx.part(_parts.watch(self._params, host, duration)))

    def _note(self, operation: str, name: str, result: Result) -> None:
        if result["changed"]:
            self._changed = True
            self._steps.append({"operation": operation, "name": name})
            self._diffs.append(result["diff"])

    def _finish(self, result: Result, image: str, host: str, impact: str) -> Result:
        """Return the result: what was done on the way, and the group that serves.

        :param host: where clients reach it; empty where there is no such, or where it is not known yet.
        """
        return {
            "changed": self._changed,
            "impact": impact,
            "diff": self._diffs,
            "steps": self._steps,
            "container_group": result["container_group"],
            "previous": result["previous"],
            "operation": result["operation"],
            "host": host or (_plan.NOT_KNOWN if self._ctx.check_mode else ""),
            "image": image,
            "digest": digest_of(image),
            "environment_digest": _parts.environment_digest(self._params),
            "unknown_environment": _unknown(self._params, self._diffs) if self._ctx.check_mode else [],
        }


def _unknown(params: Params, diffs: t.Sequence[Result]) -> list[str]:
    """Return the variables whose values nobody knows yet, where they are all that differs: they may be as they were."""
    unknown = {name for name, value in (params["secret_environment"] or {}).items() if _NO_HOST.search(str(value))}
    changed = {name for diff in diffs for name in _leaves(diff.get("after") or {})}
    return sorted(unknown) if changed and changed <= unknown else []


def _leaves(tree: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value)
        else:
            yield name


def _has_name(group: t.Mapping[str, t.Any] | None) -> bool:
    return bool(((group or {}).get("ip_address") or {}).get("fqdn"))


def _told(error: OperationsError, way_back: Result, status: str, problem: OperationsError) -> OperationsError:
    way_back |= {"status": status, "problem": str(problem)}
    return error
