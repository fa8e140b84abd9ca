# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases of PostgreSQL servers. Private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._child import PostgresqlChild

OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "charset": {"type": "str"},
    "collation": {"type": "str"},
    "force": {"type": "bool", "default": False},
}

_FIXED = ("charset", "collation")
_AZURES_OWN = frozenset({"azure_maintenance", "azure_sys", "postgres", "template0", "template1"})


def problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with the options together."""
    if params["state"] == "absent" and params["name"] in _AZURES_OWN:
        yield f"name: {params['name']} belongs to the server and cannot be deleted"


class PostgresqlDatabase(PostgresqlChild):
    """A database as one task wants it."""

    kind = "postgresql_database"
    _child = _api.Child.DATABASE
    _path = "databases"
    loses = "all its data"

    def _plan_create(self) -> Plan:
        return _plan.create({"name": self._name, **self._named()})

    def _plan_update(self, actual: Body) -> Plan:
        for option, wanted in self._named().items():
            present = str(actual["properties"].get(option))
            if present.lower() != wanted.lower():  # Azure writes utf8 as UTF8
                raise OperationsError(
                    f"{option} of {self.what} is {present}, and cannot become {wanted}",
                    code="PropertyCannotChange",
                    remedy="Create another database and move the data: dump it and restore it there.",
                )
        return _plan.NOTHING

    def _plan_delete(self, actual: Body) -> Plan:
        self._require_force()
        return _plan.delete({"name": self._name})

    def body(self) -> Body:
        return {"properties": self._named()}

    def _named(self) -> dict[str, str]:
        return {option: self._params[option] for option in _FIXED if self._params[option]}
