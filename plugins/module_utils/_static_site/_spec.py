# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a static web app and what is wrong with them. Pure; private to this collection."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site import _domains, _settings

MOST_DOMAINS = {"Free": 2, "Standard": 5}
"""How many custom domains a plan allows: U(https://learn.microsoft.com/azure/static-web-apps/quotas)."""


def problem_with_name(value: str) -> str | None:
    """Check the name of a static web app."""
    if re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?", value):
        return None
    return f"{value!r} is not valid: 1 to 40 letters, digits and inner hyphens"


def _problems(params: Params) -> t.Iterator[str]:
    yield from _settings.problems(params)
    names = [one["name"].lower() for one in params["custom_domains"] or []]
    yield from (f"custom_domains.name: {wrong}" for one in names if (wrong := _domains.problem_with_name(one)))
    yield from (f"custom_domains: {name} is named twice" for name in sorted({n for n in names if names.count(n) > 1}))
    sku = params["sku"]
    if sku and len(set(names)) > MOST_DOMAINS[sku]:
        yield f"custom_domains: {len(set(names))} domains, a {sku} static web app has {MOST_DOMAINS[sku]} at most"


NAME = ArgumentSpec(options={"name": {"type": "str", "required": True}}, rules={"name": problem_with_name})
RETURN_TOKEN = ArgumentSpec(options={"return_deployment_token": {"type": "bool", "default": False, "no_log": False}})

SPEC = (
    _common_specs.tracked(timeout=900)
    .merge(_common_specs.LOCATION)
    .merge(_common_specs.STATE)
    .merge(NAME)
    .merge(RETURN_TOKEN)
    .merge(
        ArgumentSpec(
            options={
                "sku": {"type": "str", "choices": list(MOST_DOMAINS)},
                "staging_environments": {"type": "bool"},
                "app_settings": {"type": "dict"},
                "secret_app_settings": {"type": "dict", "no_log": True},
                "append_app_settings": {"type": "bool", "default": True},
                "custom_domains": {
                    "type": "list",
                    "elements": "dict",
                    "options": {
                        "name": {"type": "str", "required": True},
                        "validation": {"type": "str", "default": "dns_txt", "choices": list(_domains.METHODS)},
                    },
                },
                "reset_deployment_token": {"type": "bool", "default": False, "no_log": False},
            },
            checks=(_problems,),
        )
    )
)

INFO_SPEC = _common_specs.AZURE.merge(_common_specs.IN_GROUP).merge(NAME).merge(RETURN_TOKEN)
