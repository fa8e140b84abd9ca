# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What firewall rules and databases have in common: one thing by name on one server. Private to this collection."""

from __future__ import annotations

import abc
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import Resource
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api


class PostgresqlChild(Resource):
    """One thing of a server as one task wants it; what has to change is for the kind of thing to say."""

    provider = _api.PROVIDER
    seconds = 60  # Azure says when to ask again, and that is after 10 to 60 seconds
    _child: _api.Child
    _path: str

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._api = _api.ServerApi(ctx.session, ctx.params["resource_group"], ctx.params["server"])
        self.what = self._api.describe(self._child, self._name)

    def read(self) -> Body | None:
        return self._api.read_child(self._child, self._name)

    @abc.abstractmethod
    def body(self) -> Body:
        """Return the body of the request that creates or changes it."""

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        if plan.action is Action.DELETE:
            return self._api.delete_child(self._child, self._name)
        return self._api.write_child(self._child, self._name, self.body())

    def _foreseen(self) -> dict[str, t.Any]:
        return {"id": f"{self._api.id}/{self._path}/{self._name}", "name": self._name}
