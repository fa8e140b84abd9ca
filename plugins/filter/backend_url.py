# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter backend_url."""

from __future__ import annotations

DOCUMENTATION = r"""
name: backend_url
version_added: 0.1.0
short_description: The address that a backend is called at
description:
  - Returns the address of a backend, without a path; an empty text where its host is not known.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input, port
options:
  _input:
    description: Its host, as M(codexdominion.azure.backend_info) has it, or words that say why there is none.
    type: str
    required: true
  port:
    description: The port it listens on.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Say where it is
  ansible.builtin.debug:
    msg: "{{ found['backend']['host'] | codexdominion.azure.backend_url(8001) }}"
"""

RETURN = r"""
_value:
  description: The address.
  type: str
  sample: http://codex-api.eastus.azurecontainer.io:8001
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _texts


def backend_url(host: str, port: int) -> str:
    """Return the address; see the documentation above."""
    return _texts.url(str(host), int(port))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"backend_url": backend_url}
