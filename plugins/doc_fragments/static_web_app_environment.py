# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Static Web App, one of its environments, and where its builds are kept."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules for what is served."""

    DOCUMENTATION = r"""
options:
  resource_group:
    description: The resource group of the Static Web App.
    type: str
    required: true
  name:
    description: The name of the Static Web App.
    type: str
    required: true
  environment:
    description:
      - The environment, V(production) or the name of a preview, of 1 to 16 letters, digits and hyphens.
      - Azure knows previews by letters and digits in lower case, so V(pr-42) is C(pr42) there.
    type: str
    default: production
requirements:
  - azure-mgmt-web
"""

    BUILDS = r"""
options:
  builds_directory:
    description:
      - The directory in which builds are kept. It is created, for this user only, when the first one is.
      - If not set, it is one in the user's own state (E(XDG_STATE_HOME)).
    type: path
"""

    NODE = r"""
options:
  node_directory:
    description:
      - The directory with C(node) and C(npm).
      - If not set, they are looked for in the directories of E(PATH).
    type: path
  timeout:
    description: After how many seconds the task gives up, and kills what it has started.
    type: int
    default: 1800
requirements:
  - Node.js with npm
"""
