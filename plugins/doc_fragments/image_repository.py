# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which repository of images, and who asks for it."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that work on the images of a repository."""

    DOCUMENTATION = r"""
options:
  registry:
    description: The host name of the registry as Azure gives it in C(login_server).
    type: str
    required: true
  repository:
    description: The repository, such as V(codex-backend).
    type: str
    required: true
  username:
    description: The user name of the registry's admin user or of a registry token.
    type: str
  password:
    description: The password to O(username).
    type: str
requirements:
  - azure-containerregistry
"""
