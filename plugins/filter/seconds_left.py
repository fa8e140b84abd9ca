# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter seconds_left."""

from __future__ import annotations

DOCUMENTATION = r"""
name: seconds_left
version_added: 0.1.0
short_description: Say how long a step may take that is one of several
description:
  - Returns the seconds until a deadline, one at least.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input, timeout
options:
  _input:
    description: When all has to be done, in seconds since 1970; V(none) for no deadline.
    type: float
    required: true
  timeout:
    description: What a step may take where there is no deadline, in seconds.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Say what is left
  ansible.builtin.debug:
    msg: "{{ deadline | codexdominion.azure.seconds_left(7200) }}"
"""

RETURN = r"""
_value:
  description: The seconds.
  type: int
"""

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _run_result


def seconds_left(deadline: float | None, timeout: int) -> int:
    """Return the seconds; see the documentation above."""
    return _run_result.seconds_left(None if deadline is None else float(deadline), int(timeout), time.time())


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"seconds_left": seconds_left}
