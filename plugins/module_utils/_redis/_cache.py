# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Caches of Azure Cache for Redis: created, changed, scaled, deleted. Private to this collection.

Changes go by PATCH and hold only what differs. Firewall rules and the patch schedule are resources of their own, and
are read and written with the cache; they come first, so that a new cache is never open while it should not be.
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import DONE, Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan, _states
from ansible_collections.codexdominion.azure.plugins.module_utils._core._case import flatten
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Change, Impact, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import (
    Resource,
    finish,
    need_location,
    refuse_move,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _api
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _rules as _redis_rules
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._cache_spec import PROPERTIES
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._rules import Sku

_NEW = {"minimum_tls_version": "1.2", "non_ssl_port": False}
_IMPACTS = {option: one.impact for option, one in PROPERTIES.items()}
_CHILDREN = ("firewall_rules", "patch_schedule")
# Azure does not take these together with anything else.
_ALONE = ("sku", "public_network_access")


class RedisCache(Resource):
    """A cache as one task wants it."""

    kind = "redis_cache"
    provider = _api.PROVIDER
    loses = "its data"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._api = _api.CacheApi(ctx.session, ctx.params["resource_group"], ctx.params["name"])
        self.what = self._api.what

    def read(self) -> Body | None:
        return self._api.read()

    # What has to change

    def _plan_create(self) -> Plan:
        need_location(self.what, self._params["location"])
        sku = self._sku(Sku("Basic", 0))
        return _plan.create({"location": self._params["location"], "sku": str(sku), **_NEW, **self._named()})

    def _plan_update(self, actual: Body) -> Plan:
        refuse_move(self.what, self._params["location"], actual)
        failed = _states.changes(self.kind, self.what, actual)
        return _plan.update([*failed, *self._changes(actual)])

    def _sku(self, present: Sku) -> Sku:
        """Return the size the task wants, which may name only a part of it."""
        name, capacity = self._params["sku"] or present.name, self._params["capacity"]
        if capacity is None:
            same = _redis_rules.FAMILIES[name] == present.family
            capacity = present.capacity if same else _redis_rules.CAPACITIES[_redis_rules.FAMILIES[name]][0]
        wanted = Sku(name, capacity)
        if problem := _redis_rules.sku(wanted):
            raise OperationsError(
                f"{self.what}: {problem}",
                code="InvalidSku",
                remedy="Correct redis_sku (sku) or redis_capacity (capacity).",
            )
        return wanted

    def _named(self) -> dict[str, t.Any]:
        """Return what the task names, in the words of the options; the size is apart."""
        named = {option: self._params[option] for option in (*PROPERTIES, "tags", *_CHILDREN)}
        named["firewall_rules"] = _rules(self._params["firewall_rules"])
        if self._params["configuration"]:
            named["configuration"] = _redis_rules.normalise(self._params["configuration"])
        return {option: value for option, value in named.items() if value is not None}

    def _changes(self, actual: Body) -> list[Change]:
        present, wanted = self._view(actual), self._named()
        configuration = wanted.pop("configuration", {})
        wanted["tags"] = _plan.compare_tags(
            self._params["tags"], actual.get("tags") or {}, bool(self._params["append_tags"])
        )
        changes = self._scale(actual) + _plan.compare(wanted, present, _IMPACTS)
        self._refuse_opening(present, wanted)
        stored = present["configuration"]
        return changes + [
            Change(("configuration", key), stored.get(key), value)
            for key, value in configuration.items()
            if not _redis_rules.same(value, stored.get(key))
        ]

    def _scale(self, actual: Body) -> list[Change]:
        present = _sku_of(actual)
        wanted = self._sku(present)
        if wanted == present:
            return []
        if refused := _redis_rules.scale(present, wanted):
            raise OperationsError(
                f"{self.what} is {present}, and cannot become {wanted}: Azure does not scale it {refused[0]}",
                code="ScaleNotSupported",
                remedy=refused[1],
            )
        lost = wanted.name == "Basic"
        if lost and not self._params["force"]:
            raise OperationsError(
                f"{self.what} is Basic: it loses all its data and is away while its size changes",
                code="ForceRequired",
                remedy="Set force to true to scale it nevertheless, or set sku to Standard first: that keeps the data.",
            )
        return [Change(("sku",), str(present), str(wanted), Impact.DATA_LOSS if lost else Impact.RESTART)]

    def _refuse_opening(self, present: t.Mapping[str, t.Any], wanted: t.Mapping[str, t.Any]) -> None:
        opens = wanted.get("firewall_rules") == {} and present.get("firewall_rules")
        if opens and not self._params["force"]:
            raise OperationsError(
                f"{self.what} would admit every address, as it does when it has no firewall rule",
                code="ForceRequired",
                remedy="Set force to true if that is meant.",
            )

    def _view(self, actual: Body) -> dict[str, t.Any]:
        """Return the cache in the words of the options; what belongs to it is read only where the task names it."""
        properties = actual["properties"]
        view = {option: one.read(properties) for option, one in PROPERTIES.items()}
        view["redis_version"] = _version(self._params["redis_version"], str(properties.get("redisVersion") or ""))
        view["configuration"] = properties.get("redisConfiguration") or {}
        view["tags"] = actual.get("tags") or {}
        if self._params["firewall_rules"] is not None:
            view["firewall_rules"] = self._api.firewall_rules()
        if self._params["patch_schedule"] is not None:
            view["patch_schedule"] = [_entry(one) for one in self._api.patch_schedule()]
        return view

    # Writing

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        if plan.action is Action.DELETE:
            return self._api.delete()
        if actual is None:
            answer = self._api.create(self._body(plan.changes, {}))
            self._write_children(plan)
            return answer
        if any(change.name == _states.NAME for change in plan.changes):
            answer = self._api.create(self._whole(actual, plan))
            self._write_children(plan)
            return answer
        self._write_children(plan)
        return self._update(plan, actual)

    def _whole(self, actual: Body, plan: Plan) -> Body:
        """Return the body that writes a cache again which has failed: as it is, and over it what is to change."""
        present = actual["properties"]
        names = ("sku", *(one.name for one in PROPERTIES.values()))
        kept = {name: present[name] for name in names if present.get(name) is not None}
        stored = present.get("redisConfiguration") or {}
        if stored:
            kept["redisConfiguration"] = _redis_rules.writable(stored)
        changed = self._body(plan.changes, stored)
        body = {"location": actual["location"], "tags": actual.get("tags") or {}, **changed}
        return {**body, "properties": {**kept, **changed["properties"]}}

    def _update(self, plan: Plan, actual: Body) -> Answer:
        """Send the changes in as many requests as Azure wants, each awaited before the next."""
        own = [change for change in plan.changes if change.path[0] not in _CHILDREN]
        together = [change for change in own if change.path[0] not in _ALONE]
        requests = [part for part in (together, *([one] for one in own if one.path[0] in _ALONE)) if part]
        answer = DONE
        for number, part in enumerate(requests):
            answer = self._api.update(self._body(part, actual["properties"].get("redisConfiguration") or {}))
            if not self._ctx.wait:
                break
            if number + 1 < len(requests):
                finish(self._ctx, answer, self.what, self.typical(plan), self._deadline)
        return answer

    def _body(self, changes: t.Sequence[Change], stored: t.Mapping[str, str]) -> Body:
        properties: Body = {}
        body: Body = {"properties": properties}
        for change in changes:
            option, value = change.path[0], change.after
            if option == "sku":
                sku = _parse(value)
                properties["sku"] = {"name": sku.name, "family": sku.family, "capacity": sku.capacity}
            elif option == "configuration":
                # A whole one, as Azure's own tools send it: it is not documented that settings left out are kept.
                settings = properties.setdefault("redisConfiguration", _redis_rules.writable(stored))
                settings |= {change.path[1]: value} if len(change.path) > 1 else value
            elif option in PROPERTIES:
                properties[PROPERTIES[option].name] = PROPERTIES[option].write(value)
            elif option in ("location", "tags"):
                body[option] = value
        return body

    def _write_children(self, plan: Plan) -> None:
        changes = {change.path[0]: change for change in plan.changes if change.path[0] in _CHILDREN}
        if rules := changes.get("firewall_rules"):
            before = rules.before or {}
            for name, rule in rules.after.items():
                if rule != before.get(name):
                    self._api.write_firewall_rule(name, rule["start_address"], rule["end_address"])
            for name in before.keys() - rules.after.keys():
                self._api.delete_firewall_rule(name)
        if schedule := changes.get("patch_schedule"):
            self._api.write_patch_schedule(
                [
                    {
                        "dayOfWeek": one["day_of_week"],
                        "startHourUtc": one["start_hour_utc"],
                        "maintenanceWindow": f"PT{one['hours']}H",
                    }
                    for one in schedule.after
                ]
            )

    # Telling

    def typical(self, plan: Plan) -> int:
        """Return seconds, from recordings of the service."""
        names = {change.path[0] for change in plan.changes}
        if plan.action is Action.UPDATE and "sku" not in names:
            return 120
        return 300 if plan.action is Action.DELETE else 1200

    def _foreseen(self) -> dict[str, t.Any]:
        return {"id": self._api.id, "name": self._api.name, "host_name": None, "ssl_port": None}

    def represent(self, actual: Body | None, plan: Plan) -> dict[str, t.Any] | None:
        if actual is None:
            return super().represent(actual, plan)
        result = flatten(actual)
        result.pop("access_keys", None)  # Azure shows them in some answers and not in others
        if self._params["return_keys"] and self._params["state"] == "present":
            shown = result.get("provisioning_state") != "Creating" and not result["disable_access_key_authentication"]
            result["keys"] = self._api.keys() if shown else None
        return result


def _sku_of(actual: Body) -> Sku:
    sku = actual["properties"]["sku"]
    return Sku(sku["name"], sku["capacity"])


def _parse(text: str) -> Sku:
    name, _space, size = text.partition(" ")
    return Sku(name, int(size[1:]))


def _rules(rules: list[dict[str, str]] | None) -> dict[str, dict[str, str]] | None:
    if rules is None:
        return None
    return {
        rule["name"]: {
            "start_address": rule["start_address"],
            "end_address": rule["end_address"] or rule["start_address"],
        }
        for rule in rules
    }


def _entry(entry: Body) -> dict[str, t.Any]:
    hours = str(entry.get("maintenanceWindow") or "PT5H").removeprefix("PT").removesuffix("H")
    return {"day_of_week": entry["dayOfWeek"], "start_hour_utc": entry["startHourUtc"], "hours": int(hours)}


def _version(wanted: str | None, present: str) -> str:
    """Return the version as the task words it: Azure answers C(6.0.14) to C(6), and never C(latest)."""
    if wanted and (wanted == "latest" or f"{present}.".startswith(f"{wanted}.")):
        return wanted
    return present
