# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Server parameters of PostgreSQL servers, several in one task. Private to this collection.

All are read by one request, since Azure answers a question for a parameter that does not exist with an internal error.
They are written one after the other: Azure takes one write at a time on a server.
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._case import flatten
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Change, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import Resource, finish
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api, _values

_CHILD = _api.Child.CONFIGURATION
_SOURCES = {"present": "user-override", "default": "system-default"}


def problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with the options together."""
    if not params["configurations"]:
        yield "configurations: it names no parameter"
    if params["state"] == "present":
        empty = sorted(name for name, value in (params["configurations"] or {}).items() if value is None)
        yield from (f"configurations.{name}: there is no value; state=default sets it back" for name in empty)


class PostgresqlConfiguration(Resource):
    """The parameters a task names, as it wants them."""

    kind = "postgresql_configuration"
    provider = _api.PROVIDER
    seconds = 15  # whether a parameter is in force then, restart_required() tells

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._state: str = ctx.params["state"]
        self._wanted: dict[str, t.Any] = ctx.params["configurations"]
        self._api = _api.ServerApi(ctx.session, ctx.params["resource_group"], ctx.params["server"])
        self._written: set[str] = set()
        self._seen: Body | None = None
        self.what = f"server parameters of {self._api.what}"

    def read(self) -> Body | None:
        """Return all parameters by name; None where there is no server yet, as in a check before it is created."""
        try:
            self._seen = {one["name"]: one for one in self._api.list(_CHILD)}
        except OperationsError as error:
            if not error.not_found:
                raise
            self._seen = None
        return self._seen

    def _plan_create(self) -> Plan:
        return _plan.update(Change((name,), None, self._value(name, {})) for name in sorted(self._wanted))

    def _plan_update(self, actual: Body) -> Plan:
        self._refuse(actual)
        found = {name: actual[name]["properties"] for name in sorted(self._wanted)}
        return _plan.update(
            Change((name,), one["value"], self._value(name, one))
            for name, one in found.items()
            if not _values.same(one, one["value"], self._value(name, one))
        )

    def _value(self, name: str, parameter: Body) -> str:
        if self._state == "default":
            return str(parameter.get("defaultValue", "(default)"))
        return _values.text(self._wanted[name])

    def _refuse(self, actual: Body) -> None:
        unknown = sorted(set(self._wanted) - set(actual))
        wrong = [f"configurations.{name}: there is no such server parameter" for name in unknown]
        for name in sorted(set(self._wanted) - set(unknown)):
            parameter = actual[name]["properties"]
            if problem := _values.problem(name, parameter, self._value(name, parameter)):
                wrong.append(problem)
        if wrong:
            raise OperationsError(
                f"{self.what}: {'; '.join(wrong)}",
                code="InvalidParameterValue",
                remedy="Correct configurations; nothing was changed.",
                details={"problems": wrong},
            )

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        """Write all that is planned, waiting in between; a repeated call goes on where the last one was told "busy"."""
        *earlier, last = [one for one in plan.changes if one.name not in self._written]
        for change in earlier:
            finish(self._ctx, self._write(change), f"server parameter {change.name}", self.seconds, self._deadline)
            self._written.add(change.name)
        return self._write(last)

    def _write(self, change: Change) -> Answer:
        body = {"properties": {"value": change.after, "source": _SOURCES[self._state]}}
        return self._api.write_child(_CHILD, change.name, body)

    def represent(self, actual: Body | None, plan: Plan) -> dict[str, t.Any] | None:
        known = actual or self._seen  # Azure's answer to a write does not hold the parameters
        return {name: flatten(known[name]) for name in self._wanted} if known else None


def restart_required(result: dict[str, t.Any]) -> list[str]:
    """Return which of a result's parameters are not in force before the server restarts, sorted.

    In check mode, and without waiting, those that are only planned are counted too.
    """
    parameters: dict[str, t.Any] = result["postgresql_configuration"] or {}
    changed = result["diff"]["after"]
    return sorted(
        name
        for name, one in parameters.items()
        if one.get("is_config_pending_restart") or (name in changed and not one.get("is_dynamic_config", True))
    )
