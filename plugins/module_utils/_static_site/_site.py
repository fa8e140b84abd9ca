# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Static web apps: created, changed, deleted, with their settings, domains and token. Private to this collection.

Settings, domains and the token are no part of the site's own body, and are read and written beside it. Content is not
written here: it is uploaded by whoever holds the deployment token.
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import DONE, Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan, _resource
from ansible_collections.codexdominion.azure.plugins.module_utils._core._case import flatten
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Change, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import (
    Resource,
    finish,
    need_location,
    refuse_move,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site import _domains, _settings
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site._api import PROVIDER, SiteApi

_OWN = ("sku", "staging_environments", "tags")
_POLICY = {True: "Enabled", False: "Disabled"}


class StaticWebApp(Resource):
    """A static web app as one task wants it."""

    kind = "static_web_app"
    provider = PROVIDER
    seconds = 60

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._api = SiteApi(ctx.session, ctx.params["resource_group"], ctx.params["name"])
        self.what = self._api.what
        self._waiting: dict[str, str | None] = {}
        self._seen: list[Body] | None = None
        self._former_token = ""
        self._was_reset = False

    def read(self) -> Body | None:
        return self._api.read()

    # What has to change

    def _plan_create(self) -> Plan:
        need_location(self.what, self._params["location"])
        wanted = {"location": self._params["location"], "sku": self._params["sku"] or "Free", **self._own({})}
        # No CNAME record can lead to a site that has no host name yet.
        self._waiting = {name: None for name, method in self._domains.items() if method == "cname"}
        parts = _settings.changes(self._params, {}) if _settings.are_named(self._params) else []
        parts += _domains.changes(self._domains, {}, self._waiting)
        return Plan(Action.CREATE, _plan.create(wanted).changes + tuple(parts))

    def _plan_update(self, actual: Body) -> Plan:
        refuse_move(self.what, self._params["location"], actual)
        changes = _plan.compare(self._own(actual), _view(actual))
        if _settings.are_named(self._params):
            changes += _settings.changes(self._params, self._api.settings())
        if self._params["custom_domains"] is not None:
            changes += self._domain_changes()
        if self._params["reset_deployment_token"] and not self._is_reset():
            changes.append(Change(("deployment_token",), _plan.SECRET_UNCHANGED, _plan.SECRET_CHANGED))
        return _plan.update(changes)

    def _own(self, actual: Body) -> dict[str, t.Any]:
        """Return what the task names of the site's own body, in the words of the options."""
        tags = _plan.compare_tags(self._params["tags"], actual.get("tags") or {}, self._params["append_tags"])
        named = {"sku": self._params["sku"], "staging_environments": self._params["staging_environments"], "tags": tags}
        return {option: value for option, value in named.items() if value is not None}

    @property
    def _domains(self) -> dict[str, str]:
        """The domains the task names, with how they are proven."""
        return {one["name"].lower(): one["validation"] for one in self._params["custom_domains"] or []}

    def _domain_changes(self) -> list[Change]:
        self._seen = self._api.domains()
        present = _domains.by_name(self._seen)
        self._waiting = {}
        for name, method in _domains.missing(self._domains, present).items():
            if method == "cname" and (refusal := self._refusal(name)):
                self._waiting[name] = refusal
        return _domains.changes(self._domains, present, self._waiting)

    def _refusal(self, domain: str) -> str | None:
        """Return why a domain cannot be added yet, or None where it can."""
        try:
            self._api.validate_domain(domain, _domains.METHODS["cname"])
        except OperationsError as error:
            if error.code != "BadRequest":
                raise
            return error.message
        return None

    def _is_reset(self) -> bool:
        return self._was_reset or bool(self._former_token and self._api.token() != self._former_token)

    # Writing

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        if plan.action is Action.DELETE:
            return self._api.delete()
        named = {change.path[0]: change.after for change in plan.changes if len(change.path) == 1}
        domains = {change.path[1]: change for change in plan.changes if change.path[0] == "custom_domains"}
        for name in (name for name, change in domains.items() if change.after is None):
            self._finish(self._api.delete_domain(name), name)  # first: a smaller plan may not allow as many
        answer = DONE
        if plan.action is Action.CREATE:
            answer = self._api.create({"location": named["location"], **_body(named)})
            self._finish(answer, self.what)
        elif any(option in named for option in _OWN):
            answer = self._api.update(_body(named), actual)
            self._finish(answer, self.what)
        if any(change.path[0] in ("app_settings", "secret_app_settings") for change in plan.changes):
            present = {} if actual is None else self._api.settings()
            self._api.write_settings(_settings.wanted(self._params, present))
        for name, change in domains.items():
            if change.after is not None:
                self._add_domain(name, str(change.after))
        if "deployment_token" in named:
            self._former_token = self._former_token or self._api.token()
            self._api.reset_token()
            self._was_reset = True
        return answer

    def _add_domain(self, name: str, method: str) -> None:
        answer = self._api.add_domain(name, _domains.METHODS[method])
        if method == "cname":  # the other way ends when the operator has made the record
            self._finish(answer, name)

    def _finish(self, answer: Answer, what: str) -> None:
        if self._ctx.wait:
            finish(self._ctx, answer, what, self.seconds, self._deadline)

    def settle(self, plan: Plan, deadline: float) -> None:
        """Wait until Azure says which TXT record a domain needs."""
        added = {
            change.path[1]
            for change in plan.changes
            if change.path[0] == "custom_domains" and change.after == "dns_txt"
        }
        for name in added:
            domain = _Domain(self._api, name)

            def unfinished(found: Body | None) -> str:
                status = _domains.status_of(found) if found else "not there"
                return status if status in ("not there", "RetrievingValidationToken") else ""

            _resource.poll(self._ctx, domain, domain.read(), deadline, unfinished)

    # Telling

    def _foreseen(self) -> dict[str, t.Any]:
        found: Body = {"id": self._api.id, "name": self._name, "properties": {"defaultHostname": None}}
        domains = [_domains.waiting_for_record(name, None, why) for name, why in self._waiting.items()]
        return {**flatten(found), "tags": self._params["tags"] or {}, "custom_domains": domains, "builds": []}

    def represent(self, actual: Body | None, plan: Plan) -> dict[str, t.Any] | None:
        if actual is None or self._params["state"] == "absent":
            return super().represent(actual, plan)
        result = describe(self._api, actual, None if plan.changed else self._seen)
        host = result["default_hostname"]
        result["custom_domains"] += [
            _domains.waiting_for_record(name, host, why) for name, why in self._waiting.items()
        ]
        if self._params["return_deployment_token"]:
            planned = any(change.path == ("deployment_token",) for change in plan.changes) and self._ctx.check_mode
            result["credentials"] = {"deployment_token": _plan.NOT_KNOWN if planned else self._api.token()}
        return result


class _Domain:
    """One domain, looked at again and again."""

    def __init__(self, api: SiteApi, name: str) -> None:
        self._api, self._name = api, name
        self.what = f"domain {name}"

    def read(self) -> Body | None:
        return _domains.by_name(self._api.domains()).get(self._name)


def find_site(ctx: Context) -> list[dict[str, t.Any]]:
    """Return the static web app the task names; an empty list where there is none."""
    api = SiteApi(ctx.session, ctx.params["resource_group"], ctx.params["name"])
    with ctx.session.kept():
        found = api.read()
    if found is None:
        return []
    result = describe(api, found)
    if ctx.params["return_deployment_token"]:
        result["credentials"] = {"deployment_token": api.token()}
    return [result]


def describe(api: SiteApi, actual: Body, domains: list[Body] | None = None) -> dict[str, t.Any]:
    """Return a site with its domains and environments, as results have it.

    :param domains: its domains, where they have been read already.
    """
    result = flatten(actual)
    result["tags"] = actual.get("tags") or {}
    host = result.get("default_hostname")
    result["staging_environments"] = result.get("staging_environment_policy") != "Disabled"
    result["custom_domains"] = [_domains.describe(one, host) for one in (api.domains() if domains is None else domains)]
    result["builds"] = [flatten(one) for one in api.builds()]
    return result


def _view(actual: Body) -> dict[str, t.Any]:
    return {
        "sku": actual["sku"]["name"],
        "staging_environments": actual["properties"].get("stagingEnvironmentPolicy") != "Disabled",
        "tags": actual.get("tags") or {},
    }


def _body(named: t.Mapping[str, t.Any]) -> Body:
    """Return the part of a body that says what is named."""
    body: Body = {"properties": {}}
    if "sku" in named:
        body["sku"] = {"name": named["sku"], "tier": named["sku"]}
    if "tags" in named:
        body["tags"] = named["tags"]
    if "staging_environments" in named:
        body["properties"]["stagingEnvironmentPolicy"] = _POLICY[named["staging_environments"]]
    return body
