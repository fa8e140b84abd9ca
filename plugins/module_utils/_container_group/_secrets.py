# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets of a container group: which the task gives, and which Azure has but does not show. Private.

Each secret has a name unique within the group, such as C(containers.api.secret_environment.DATABASE_URL).
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text

Body = dict[str, t.Any]


def named(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Return every secret the task gives, by name, as the text that is written."""
    found: dict[str, str] = {}
    for container in params["containers"] or []:
        for key, value in (container["secret_environment"] or {}).items():
            found[variable(container["name"], key)] = _text.text(value)
    for credential in params["registry_credentials"] or []:
        if credential["password"]:
            found[_password(credential["server"])] = credential["password"]
    if params["log_analytics"]:
        found[_WORKSPACE_KEY] = params["log_analytics"]["workspace_key"]
    for volume in params["volumes"] or []:
        for key, value in (volume["secret"] or {}).items():
            found[f"{_volume(volume['name'])}.secret.{key}"] = _text.text(value)
        if volume["azure_file"]:
            found[f"{_volume(volume['name'])}.azure_file"] = volume["azure_file"]["storage_account_key"]
    return found


def withheld(params: t.Mapping[str, t.Any], actual: Body) -> list[str]:
    """Return the secrets a group has and the task does not give: a PUT would lose them.

    Whatever a task names, it names whole; so only parts it leaves out altogether can be missing.
    """
    properties = actual["properties"]
    missing: list[str] = []
    given = {one["name"]: one for one in params["containers"] or []}
    for container in properties.get("containers") or []:
        named_here = params["containers"] is None or container["name"] in given
        if named_here and given.get(container["name"], {}).get("secret_environment") is None:
            missing += [variable(container["name"], name) for name in secret_variables(container)]
    if params["registry_credentials"] is None:
        credentials = properties.get("imageRegistryCredentials") or []
        missing += [_password(one["server"]) for one in credentials if not one.get("identity")]
    if params["log_analytics"] is None and (properties.get("diagnostics") or {}).get("logAnalytics"):
        missing.append(_WORKSPACE_KEY)
    if params["volumes"] is None:
        for volume in properties.get("volumes") or []:
            if volume.get("secret") is not None or volume.get("azureFile"):
                missing.append(_volume(volume["name"]))
    return missing


def secret_variables(container: Body) -> list[str]:
    """Return the names of a container's secret variables: Azure returns them without a value."""
    variables = container["properties"].get("environmentVariables") or []
    return [one["name"] for one in variables if one.get("value") is None]


_WORKSPACE_KEY = "log_analytics.workspace_key"


def variable(container: str, name: str) -> str:
    """Return the name of the secret that a secret variable is."""
    return f"containers.{container}.secret_environment.{name}"


def is_variable(name: str) -> bool:
    """Return whether a secret is a secret variable, and not a password or a file."""
    return name.startswith("containers.")


def _password(server: str) -> str:
    return f"registry_credentials.{server}.password"


def _volume(name: str) -> str:
    return f"volumes.{name}"
