# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for the end of what was started."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that start something long."""

    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until Azure has finished and the result has been read back.
      - With V(false) the task ends when Azure has accepted the request, and returns RV(ignore:operation), which
        M(codexdominion.azure.operation_wait) awaits.
    type: bool
    default: true
"""
