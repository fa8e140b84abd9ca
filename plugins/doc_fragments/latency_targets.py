# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a latency counts for."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that measure how fast something answers."""

    DOCUMENTATION = r"""
options:
  targets:
    description:
      - What a latency beyond its target is. With V(fail) it is an expectation that is not met, as any other.
      - With V(tell) it is only said, in RV(ignore:checks), as where the machine that measures is busy with something
        else.
    type: str
    choices: [fail, tell]
    default: fail
"""
