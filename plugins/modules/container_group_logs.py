#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container_group_logs module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: container_group_logs
version_added: 0.1.0
short_description: Read the log of a container
description:
  - Returns what a container of a container group has written to its standard output and error.
  - Azure keeps the last 4 MB of a running container and the last 16 KB of a stopped one.
  - Follows API version 2023-05-01 of Microsoft.ContainerInstance, see
    U(https://learn.microsoft.com/rest/api/container-instances/containers/list-logs).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.attributes.read_only
requirements:
  - azure-mgmt-containerinstance
options:
  resource_group:
    description: The resource group.
    type: str
    required: true
  name:
    description: The container group.
    type: str
    required: true
  container:
    description: The container. The first of the group if this is not set.
    type: str
  tail:
    description: Return only so many of the last lines. Everything if this is not set.
    type: int
  hide:
    description:
      - Secrets that must not be shown in the lines, such as those the container was given.
      - Each is hidden in whatever form programs write it, see the guide on secrets.
    type: list
    elements: str
    default: []
  timestamps:
    description: Whether each line begins with the time it was written.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Read the last lines of the backend
  codexdominion.azure.container_group_logs:
    resource_group: codex-rg
    name: codex-api
    tail: 50
"""

RETURN = r"""
container:
  description: The container whose log this is.
  returned: success
  type: str
  sample: api
lines:
  description:
    - The lines of the log, oldest first. A carriage return ends a line, too.
    - They are free of what only a terminal understands, and of passwords in URLs.
  returned: success
  type: list
  elements: str
  sample: ["INFO: Application startup complete."]
remedy:
  description: What to do about a container that does not run or was restarted; empty for one that just runs.
  returned: success
  type: str
  sample: "The container was killed, most likely for lack of memory: give it more memory."
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group._group import read_log
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _names
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params


def _tail(params: Params) -> list[str]:
    tail = params["tail"]
    return [] if tail is None or tail > 0 else [f"tail: {tail} is not a positive number of lines"]


PACKAGES = ("azure.mgmt.containerinstance",)
SPEC = _common_specs.AZURE.merge(_common_specs.IN_GROUP).merge(
    ArgumentSpec(
        options={
            "name": {"type": "str", "required": True},
            "container": {"type": "str"},
            "tail": {"type": "int"},
            "hide": {"type": "list", "elements": "str", "default": [], "no_log": True},
            "timestamps": {"type": "bool", "default": False},
        },
        rules={"name": _names.container, "container": _names.container},
        checks=(_tail,),
    )
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Return the log."""
    container, lines, remedy = read_log(ctx)
    return {"changed": False, "container": container, "lines": lines, "remedy": remedy}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
