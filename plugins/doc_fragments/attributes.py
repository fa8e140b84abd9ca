# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible users may expect of every module."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/codexdominion.azure.azure) in C(module_defaults) to set the connection for all modules.
    support: full
    membership:
      - codexdominion.azure.azure
  check_mode:
    description: Can run in C(check_mode) and predict the result without sending any write request.
    support: full
  diff_mode:
    description: Returns what has changed, or in check mode would change. Secrets are never shown.
    support: full
  idempotent:
    description: When run twice in a row with the same options, the second run sends no write request.
    support: full
  async:
    description: Supports the C(async) keyword; the task then runs as an ordinary module.
    support: full
"""

    READ_ONLY = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/codexdominion.azure.azure) in C(module_defaults) to set the connection for all modules.
    support: full
    membership:
      - codexdominion.azure.azure
  check_mode:
    description: Only reads, in C(check_mode) as well.
    support: full
  diff_mode:
    description: Changes nothing, so there is nothing to show.
    support: N/A
  idempotent:
    description: Only reads.
    support: full
  async:
    description: Supports the C(async) keyword; the task then runs as an ordinary module.
    support: full
"""
