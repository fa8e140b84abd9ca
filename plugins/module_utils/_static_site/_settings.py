# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application settings of a static web app: what has to change, and nothing of it shown that is secret. Pure. Private.

Azure shows the values of all settings to whoever may list them. So secret ones are compared as they are, like the
others, and a change that somebody else has made is seen.
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import (
    SECRET_CHANGED,
    SECRET_UNCHANGED,
    Change,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text


def are_named(params: Params) -> bool:
    """Return whether the task says anything about settings."""
    return params["app_settings"] is not None or params["secret_app_settings"] is not None


def wanted(params: Params, present: t.Mapping[str, str]) -> dict[str, str]:
    """Return all settings as they are to be."""
    named = {**(params["app_settings"] or {}), **(params["secret_app_settings"] or {})}
    texts = {name: _text.text(value) for name, value in named.items()}
    return {**present, **texts} if params["append_app_settings"] else texts


def changes(params: Params, present: t.Mapping[str, str]) -> list[Change]:
    """Return what has to change; of a setting that the task does not name nothing but the name is shown."""
    after, secret = wanted(params, present), params["secret_app_settings"] or {}
    found = []
    for name in sorted({*present, *after}):
        if present.get(name) == after.get(name):
            continue
        if name in secret:
            found.append(Change(("secret_app_settings", name), None, SECRET_CHANGED))
        elif name in after:
            found.append(Change(("app_settings", name), present.get(name), after[name]))
        else:
            found.append(Change(("app_settings", name), SECRET_UNCHANGED, None))
    return found


def problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with the settings a task names."""
    plain, secret = params["app_settings"] or {}, params["secret_app_settings"] or {}
    for option, settings in (("app_settings", plain), ("secret_app_settings", secret)):
        yield from (f"{option}{wrong}" for wrong in _text.problems(settings, secret=option != "app_settings"))
        if any(not str(name).strip() for name in settings):
            yield f"{option}: a setting has no name"
    yield from (f"app_settings: {name} is in secret_app_settings too" for name in sorted({*plain} & {*secret}))
