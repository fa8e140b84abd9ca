# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs M(codexdominion.azure.inventory_check) on the controller, which alone knows variables as they were written."""

from __future__ import annotations

import typing as t

from ansible import constants as C
from ansible.plugins.action import ActionBase

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _ahead
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import invalid
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _hosts, _problems, _run_tags
from ansible_collections.codexdominion.azure.plugins.modules import inventory_check
from ansible_collections.codexdominion.azure.plugins.plugin_utils import _host_inventory
from ansible_collections.codexdominion.azure.plugins.plugin_utils._host_inventory import HostInventory, Variables
from ansible_collections.codexdominion.azure.plugins.plugin_utils._yaml_source import Sources

_host_inventory.preload()


class ActionModule(ActionBase):
    """See the module's documentation."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        checked = inventory_check.SPEC.validate(dict(self._task.args))
        if wrong := inventory_check.SPEC.problems(checked):
            return {**result, **invalid(wrong)}
        known = checked.validated_parameters["playbook_tags"]
        sources = Sources(self._loader)
        host = self._host(variables, sources)
        problems = [
            *_host_inventory.tag_problems(variables, known),
            *_host_inventory.command_line_problems(variables),
            *host.problems(_needs(checked.validated_parameters["needs"], variables)),
            *self._conflicts(variables, sources, removes=checked.validated_parameters["removes"]),
        ]
        result["changed"] = False
        if unknown := _run_tags.unknown(known, [str(one) for one in variables.get("ansible_run_tags") or []]):
            result["warnings"] = [f"--tags {','.join(unknown)} selects nothing of the playbook"]
        if problems:
            refused = invalid(problems)
            refused["msg"] = _problems.message(host.name(), problems)
            refused["failure"]["message"] = refused["msg"].partition("\n")[0]  # the rest is in the details
            return {**result, **refused}
        # The first task that looks at Azure reads all of it, which is after the lock was taken where one is.
        cache = RunCache(str(vars(C)["DEFAULT_LOCAL_TMP"]))
        _ahead.lay_down(cache, str(variables.get("inventory_hostname")), host.reads())
        return result

    def _host(self, variables: Variables, sources: Sources) -> HostInventory:
        return HostInventory(variables, self._templar, sources)

    def _conflicts(self, variables: Variables, sources: Sources, *, removes: bool) -> list[str]:
        """Return what this host says against the others; what each of them says is worked out once for the run."""
        run = [str(one) for one in variables.get("ansible_play_hosts_all") or []]
        hosts = [str(one) for one in variables.get("groups", {}).get("all", run)] if removes else run
        me = str(variables.get("inventory_hostname"))
        if len(hosts) < 2 or me not in hosts:
            return []

        def everybody() -> dict[str, t.Any]:
            raw = variables["hostvars"].raw_get
            return {one: self._host(raw(one), sources).claims() for one in hosts}

        folder = str(vars(C)["DEFAULT_LOCAL_TMP"])
        claims = RunCache(folder).get_or_make(f"inventory {' '.join(hosts)}", everybody)
        return list(_hosts.still_needed(me, run, claims) if removes else _hosts.conflicts(me, claims))


def _needs(needs: list[str], variables: Variables) -> list[str]:
    wanted, skipped = variables.get("ansible_run_tags") or ["all"], variables.get("ansible_skip_tags") or []
    return _run_tags.needed(needs, [str(one) for one in wanted], [str(one) for one in skipped])
